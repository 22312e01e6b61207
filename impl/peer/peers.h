// SPDX-License-Identifier: Apache-2.0
// The queues of others that weir can be compared with, in the order of docs and tables: name, what it is, the
// Debian package that its adapter (impl/peer/NAME.h, in C++ NAME.hpp) is built with. To add one, write the
// adapter, add its line here and one in harness/bench/peers.cmake.
#ifndef WEIR_PEERS_H
#define WEIR_PEERS_H

#define WEIR_PEERS(X)                                                                                        \
    X(boost_spsc, "boost::lockfree::spsc_queue", "libboost-dev")                                             \
    X(boost_mpmc, "boost::lockfree::queue, fixed size", "libboost-dev")

#endif
