// SPDX-License-Identifier: Apache-2.0
// The queues of others that weir can be compared with, in the order of docs and tables: name, what it is, the
// Debian package that its adapter (impl/peer/NAME.h, in C++ NAME.hpp) is built with. To add one, write the
// adapter, add its line here and one in harness/bench/peers.cmake.
#ifndef WEIR_PEERS_H
#define WEIR_PEERS_H

#define WEIR_PEERS(X)                                                                                        \
    X(ck_ring, "Concurrency Kit's ring, single sides where the counts allow", "libck-dev")                   \
    X(ck_ring_mp, "the same, always with the multi-producer and multi-consumer operations", "libck-dev")     \
    X(rte_ring, "DPDK's ring, single sides where the counts allow", "libdpdk-dev")                           \
    X(rte_ring_mp, "the same, always in the default multi-producer and multi-consumer mode", "libdpdk-dev")  \
    X(urcu_wfcq, "Userspace RCU's wait-free concurrent queue", "liburcu-dev")                                \
    X(moodycamel, "moodycamel::ConcurrentQueue", "libconcurrentqueue-dev")                                   \
    X(moodycamel_rw, "moodycamel::ReaderWriterQueue", "libreaderwriterqueue-dev")                            \
    X(boost_spsc, "boost::lockfree::spsc_queue", "libboost-dev")                                             \
    X(boost_mpmc, "boost::lockfree::queue, fixed size", "libboost-dev")                                      \
    X(tbb_bounded, "oneTBB's concurrent_bounded_queue", "libtbb-dev")                                        \
    X(gasyncqueue, "GLib's GAsyncQueue", "libglib2.0-dev")                                                   \
    X(lmax, "LMAX Disruptor on the JVM, one consumer", "libdisruptor-java and default-jdk-headless")         \
    X(pipe, "a pipe between two threads", "")                                                                \
    X(socketpair, "a Unix socket pair between two threads", "")

#endif
