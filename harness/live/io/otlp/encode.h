// SPDX-License-Identifier: Apache-2.0
// Request bodies of the built-in clients, and the answers' bodies.
#ifndef LIVE_IO_OTLP_ENCODE_H
#define LIVE_IO_OTLP_ENCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/wire.h"

struct otlp_body {
    unsigned char *data;
    size_t size, room;
};

// Each replaces the body's content. False: out of memory.
bool otlp_write_protobuf(struct otlp_body *b, uint64_t run, const struct wire_message *m, size_t count);
bool otlp_write_json(struct otlp_body *b, uint64_t run, const struct wire_message *m, size_t count);
bool otlp_gzip(struct otlp_body *to, const struct otlp_body *from);

// A google.rpc.Status in the same encoding as the request.
bool otlp_write_status(struct otlp_body *b, bool json, int http_status, const char *message);

// Reads gzip (RFC 1952) piece by piece, never beyond a limit.
struct otlp_inflate;
enum inflate_result { INFLATE_MORE, INFLATE_END, INFLATE_GARBAGE, INFLATE_TOO_LARGE, INFLATE_NO_MEMORY };
struct otlp_inflate *otlp_inflate_new(void);
void otlp_inflate_free(struct otlp_inflate *z);
// Appends what the piece inflates to; the body never grows beyond `most` bytes.
enum inflate_result otlp_inflate(struct otlp_inflate *z, const void *piece, size_t size, struct otlp_body *to,
                                 size_t most);
bool otlp_append(struct otlp_body *b, const void *data, size_t size);

#endif
