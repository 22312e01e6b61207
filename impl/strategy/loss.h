// SPDX-License-Identifier: Apache-2.0
// The reasons for which a record can be lost. One counter each in every ledger; the order is that of the
// document.
#ifndef WEIR_LOSS_H
#define WEIR_LOSS_H

#define WEIR_LOSS_LIST(X)                                                                                    \
    X(DROP_NEWEST, "drop_newest")                                                                            \
    X(DROP_OLDEST, "drop_oldest")                                                                            \
    X(TIMEOUT, "timeout")                                                                                    \
    X(PRIORITY, "priority")                                                                                  \
    X(AQM, "aqm")                                                                                            \
    X(EXPIRED, "expired")                                                                                    \
    X(RATE_LIMITED, "rate_limited")                                                                          \
    X(SAMPLED, "sampled")                                                                                    \
    X(RETRY_EXHAUSTED, "retry_exhausted")                                                                    \
    X(SINK_ERROR, "sink_error")                                                                              \
    X(OVERSIZE, "oversize")                                                                                  \
    X(SPILL, "spill")                                                                                        \
    X(SHUTDOWN, "shutdown")                                                                                  \
    X(CRASH, "crash")                                                                                        \
    X(KERNEL, "kernel")

#define X(id, name) WEIR_LOSS_##id,
enum weir_loss { WEIR_LOSS_LIST(X) WEIR_LOSS_COUNT };
#undef X

// As in the document: "drop_newest". Static; NULL for what is no reason.
const char *weir_loss_name(enum weir_loss reason);

#endif
