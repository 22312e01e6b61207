// SPDX-License-Identifier: Apache-2.0
// Inside of the UDP wire, for its tests.
#ifndef LIVE_IO_UDP_H
#define LIVE_IO_UDP_H

#include <stdint.h>

// The kernel counts a socket's drops in 32 bits. Answers the 64-bit total after the counter was seen at
// `seen`, given that it was at `*last` before and not more than 2^32 - 1 were dropped in between.
uint64_t udp_drops_advance(uint64_t total, uint32_t *last, uint32_t seen);

#endif
