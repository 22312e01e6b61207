// SPDX-License-Identifier: Apache-2.0
// Where messages end on a TCP connection (RFC 6587):
//
// - octet: "LEN SP MSG" (section 3.4.1). LEN begins with 1-9 and has at most nine digits. One line feed right
//   behind a counted message is taken as its trailer: some senders add one.
// - lf: messages that end with a line feed (section 3.4.2), which is not part of them. An empty line is an
//   empty message.
// - auto: decided by the first byte of each frame. A digit begins a count, anything else a line.
//
// A message longer than FRAME_MOST is read over, not kept: one `FRAME_OVERSIZE` when that is known. After a
// count that is none nothing can be told apart any more: `FRAME_GARBAGE`, the connection is of no further
// use.
//
// Pure: sees only the bytes it is handed. One struct a connection, one thread at a time.
#ifndef FLOW_FRAMING_H
#define FLOW_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "scenario/scenario.h"

enum {
    FRAME_MOST = RECORD_BYTES_MAX, // longest message, in bytes
    FRAME_COUNT_ROOM = 10,         // longest count with its space
    TCP_READ_BYTES = 16 * 1024,    // what a receiver reads ahead on each connection
    TCP_TURN = 8,                  // messages of one connection before the next one has its turn
    FRAME_ROOM = FRAME_MOST + FRAME_COUNT_ROOM + 1, // a receiver with so much room never gets stuck
};

struct framing {
    enum wire_framing mode;
    bool behind_count;  // the last frame was a counted one
    bool skipping_line; // the rest of an oversize line is read over
    uint64_t skip;      // bytes of an oversize counted message still to be read over
    size_t searched;    // bytes of the line at hand that hold no line feed
};

enum frame_kind {
    FRAME_MORE,     // not a whole frame yet: drop `used` bytes, read more, ask again
    FRAME_MESSAGE,  // text and size; drop `used` bytes afterwards
    FRAME_OVERSIZE, // one message that is too long; drop `used` bytes
    FRAME_GARBAGE,  // not a frame
};

struct frame {
    enum frame_kind kind;
    const unsigned char *text; // part of `data`
    size_t size, used;
};

// The next frame of data[0..size), which begins where the last one ended (`used` bytes were dropped),
// followed by what was read since. With FRAME_ROOM bytes it never answers MORE without using any.
struct frame framing_next(struct framing *f, const unsigned char *data, size_t size);

// At the orderly end of the connection: whether the rest is a line whose line feed was left out, which is a
// message. A count without all of its bytes is not.
bool framing_rest_is_message(const struct framing *f, const unsigned char *data, size_t size);

// How a built-in sender frames a message of `size` bytes: writes the count, answers its length (0 with lf).
size_t framing_put_head(enum wire_framing mode, size_t size, unsigned char head[FRAME_COUNT_ROOM]);
// All bytes of such a frame.
size_t framing_size(enum wire_framing mode, size_t size);

#endif
