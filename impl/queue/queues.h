// SPDX-License-Identifier: Apache-2.0
// The built-in queues, in the order of docs and tables. To add one, write impl/queue/NAME.h (start from
// skeleton.h) and add its line here: the build reads this list too, and makes the table, the bench loop, the
// conformance test and the module from it.
#ifndef WEIR_QUEUES_H
#define WEIR_QUEUES_H

#define WEIR_QUEUES(X)                                                                                       \
    X(mutex)                                                                                                 \
    X(channel)                                                                                               \
    X(unbounded)                                                                                             \
    X(spsc)                                                                                                  \
    X(mpmc)                                                                                                  \
    X(disruptor)                                                                                             \
    X(null)

#endif
