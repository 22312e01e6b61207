// SPDX-License-Identifier: Apache-2.0
#include "bench/peers.h"
#include "base/place.h"
#include "peer/peers.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ENTRY(name, summary, package) {#name, summary, package},
static const struct bench_peer peers[] = {WEIR_PEERS(ENTRY)};

enum { PEERS = sizeof peers / sizeof *peers };

const struct bench_peer *bench_peer_at(size_t index)
{
    return index < PEERS ? &peers[index] : NULL;
}

const struct bench_peer *bench_peer_find(const char *name)
{
    for (size_t i = 0; i < PEERS; i++)
        if (strcmp(peers[i].name, name) == 0)
            return &peers[i];
    return NULL;
}

bool bench_peer_path(const struct bench_peer *peer, char *path, size_t size)
{
    static const char *const places[] = {"", "/../lib/weir"}, *const kinds[] = {".so", ""};
    char folder[PATH_MAX];
    if (!own_folder(folder, sizeof folder))
        return false;
    for (size_t i = 0; i < 4; i++) {
        int length =
            snprintf(path, size, "%s%s/weir-peer-%s%s", folder, places[i / 2], peer->name, kinds[i % 2]);
        if (length > 0 && (size_t)length < size && access(path, R_OK) == 0)
            return true;
    }
    return false;
}
