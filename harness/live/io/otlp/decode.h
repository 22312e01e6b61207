// SPDX-License-Identifier: Apache-2.0
// Bodies of OTLP/HTTP log requests to records and back. Sources: OTLP specification 1.x (opentelemetry-proto,
// docs/specification.md: OTLP/HTTP, JSON Protobuf encoding), protobuf encoding guide, RFC 8259.
//
// Records of weir's own carry their identity as attributes weir.run, weir.source, weir.sender, weir.class,
// weir.seq, weir.intended (integers; 64-bit numbers as two's complement) and the payload as body.stringValue.
// Of foreign ones the payload is the body's text, or the body's value as compact JSON when it is no text.
#ifndef LIVE_IO_OTLP_DECODE_H
#define LIVE_IO_OTLP_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/io/common.h"

enum otlp_result {
    OTLP_GOOD,
    OTLP_GARBAGE,   // 400
    OTLP_TOO_LARGE, // 413: more records, or more values in one record, than memory is kept for
    OTLP_NO_MEMORY, // 503
};

struct otlp_records {
    struct io_origin *origin;
    uint64_t now_ns;    // receipt
    size_t most;        // records
    size_t most_memory; // bytes that one record may need while it is read

    struct record **list; // the caller gives the records back and frees the list, whatever the result was
    size_t count, room;
    enum otlp_result result;
    bool own;      // every record is of a built-in client of this run
    char why[160]; // for the Status message
};

enum otlp_result otlp_read_protobuf(struct otlp_records *r, const unsigned char *body, size_t size);
enum otlp_result otlp_read_json(struct otlp_records *r, const unsigned char *body, size_t size);

// For the two readers: takes the parts of one record. `id` NULL: it says nothing of where it comes from.
// False: stop, r->result says why.
bool otlp_add(struct otlp_records *r, const struct identity *id, const unsigned char *payload, size_t size);
bool otlp_stop(struct otlp_records *r, enum otlp_result result, const char *why);

// What the attributes of a record tell, gathered one by one.
struct otlp_identity {
    struct identity id;
    unsigned seen;   // one bit an attribute
    bool impossible; // a number out of range
};
void otlp_note(struct otlp_identity *i, const char *key, size_t key_size, int64_t value);
const struct identity *otlp_identity(const struct otlp_identity *i); // NULL when incomplete
extern const char *const otlp_keys[6];

#endif
