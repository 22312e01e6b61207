// SPDX-License-Identifier: Apache-2.0
// How a message looks on a wire and in a file. The size of a message is its whole length on the wire:
// identity first, then filler (payload_fill of that identity) up to the asked size.
//
//   raw      weir1=TAG filler
//   json     {"weir":"TAG","msg":"filler"}
//   rfc3164  <14>Jan  1 00:00:07 weir weir: TAG filler
//   rfc5424  <14>1 - - weir - - [meta sequenceId="8"][weir@32473 id="TAG"] filler
//
// The time in an rfc3164 header is that of the run, which starts in 1970.
//
// TAG is the identity in 41 characters: run, source, sender, class, seq and intended time, each a big-endian
// number in digits of base 64 (0-9 A-Z a-z - _), 11 + 3 + 3 + 2 + 11 + 11. The same length for every
// identity, so that a format has one smallest size.
//
// Sources: RFC 3164 section 4 (BSD syslog), RFC 5424 sections 6 and 7.3.1 (syslog, sequenceId
// counts 1..2147483647 and starts again at 1), RFC 5612 (32473 is the enterprise number for examples), RFC
// 8259 (JSON).
#ifndef FLOW_FORMAT_H
#define FLOW_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "scenario/scenario.h"

struct identity {
    uint64_t run; // tells messages of this run from those an earlier run left in a file
    uint16_t source, sender;
    uint8_t record_class;
    uint64_t seq, intended_ns;
};

// Smallest message of this format that holds any identity.
size_t format_minimum(enum wire_format format);

// Writes header and filler, exactly `size` bytes (>= format_minimum), no newline at the end. `seed` is that
// of payload_fill. Answers the offset at which the filler starts.
size_t format_encode(enum wire_format format, const struct identity *id, uint64_t seed, unsigned char *to,
                     size_t size);
// Whether a message is exactly what format_encode makes of this identity.
bool format_matches(enum wire_format format, const struct identity *id, uint64_t seed,
                    const unsigned char *message, size_t size);
// The same with a given payload instead of filler; answers the length written, or 0 when it does not fit in
// `room`. json: what a JSON string cannot hold is escaped, so a payload that is not weir's own may become
// longer.
size_t format_encode_payload(enum wire_format format, const struct identity *id, const unsigned char *payload,
                             size_t payload_size, unsigned char *to, size_t room);

// Recognises a message of weir's own (any of the four formats). True: *id, *payload and *payload_size are
// set; the payload is a part of the message (json: still escaped).
bool format_decode(const unsigned char *message, size_t size, struct identity *id,
                   const unsigned char **payload, size_t *payload_size);

// What can be read from a foreign syslog message. False: malformed for that format (raw never is). rfc3164
// asks for a priority only, as its section 4.3 makes everything behind it optional; json asks for one whole
// object.
struct foreign {
    unsigned severity;    // 0..7, 6 when the format has none
    bool has_sequence_id; // RFC 5424 [meta sequenceId="n"]
    uint32_t sequence_id;
};
bool format_foreign(enum wire_format format, const unsigned char *message, size_t size, struct foreign *f);

// Writes text as the inside of a JSON string: escaped, what is not UTF-8 becomes U+FFFD. Answers the length
// written (at most six times `size`), or SIZE_MAX when it does not fit.
size_t format_json_text(const unsigned char *text, size_t size, unsigned char *to, size_t room);
// Steps over one JSON value at *at, nested at most 64 deep, and answers true; *at is behind it. Syntax is
// checked except inside of numbers and escapes.
bool format_json_skip(const unsigned char **at, const unsigned char *end);

#endif
