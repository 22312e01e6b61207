// SPDX-License-Identifier: Apache-2.0
// Gaps in the sequenceId that RFC 5424 (section 7.3.1) lets a syslog sender put on its messages: counts from
// 1 to 2147483647 and starts again at 1.
//
// A stream is one sender: an address and port. A sender that opens a new socket for each message (logger
// does) goes on with the number that the last stream of its address had reached.
#ifndef LIVE_IO_SEQUENCE_H
#define LIVE_IO_SEQUENCE_H

#include <stdint.h>

#include "live/io/common.h"

enum { SEQUENCE_STREAMS = 64 }; // beyond these the one that was silent for longest is forgotten

struct sequence_stream {
    unsigned char host[16];
    uint16_t port;
    uint32_t last;
    uint64_t used; // 0: free
};

struct sequence {
    struct sequence_stream streams[SEQUENCE_STREAMS];
    uint64_t clock;
};

// Takes note of a number (1..2147483647) and answers how many were left out before it.
uint64_t sequence_note(struct sequence *s, const struct sockaddr_storage *from, uint32_t number);

#endif
