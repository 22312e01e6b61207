// SPDX-License-Identifier: Apache-2.0
// The peers that weir knows (impl/peer/peers.h), and which of them this installation has.
//
// A peer is found beside the running program, or in ../lib/weir from there: its module weir-peer-NAME.so, or
// its driver weir-peer-NAME (driver.h).
#ifndef WEIR_BENCH_PEERS_H
#define WEIR_BENCH_PEERS_H

#include <stdbool.h>
#include <stddef.h>

struct bench_peer {
    const char *name, *summary;
    const char *package; // Debian's, which its adapter is built with
};

const struct bench_peer *bench_peer_at(size_t index);       // NULL after the last one
const struct bench_peer *bench_peer_find(const char *name); // NULL when there is none of that name
bool bench_peer_path(const struct bench_peer *peer, char *path, size_t size); // false when it was not built

#endif
