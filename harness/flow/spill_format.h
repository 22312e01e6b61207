// SPDX-License-Identifier: Apache-2.0
// What a spilled record looks like in a segment. All numbers little-endian:
//
//   0 magic "WSPR"   4 CRC-32C of bytes 8..95   8 CRC-32C of the payload   12 payload bytes
//   16 number  24 seq  32 intended  40 sent  48 pushed  56 mark  64 payload hash
//   72 source  74 sender  76 class  77 flags  78 zero
//   80 paced  88 pacer  92 paced in flight  96 payload
//
// A segment begins with 32 bytes: magic "WEIRSEG1", the number of its first record, CRC-32C of both, zeros.
#ifndef FLOW_SPILL_FORMAT_H
#define FLOW_SPILL_FORMAT_H

#include <stdbool.h>

#include "flow/record.h"

enum { SPILL_SEGMENT_HEAD = 32, SPILL_HEAD = 96 };

struct spill_head {
    uint64_t number;
    uint32_t size, payload_crc;
};

void spill_put_segment(unsigned char *to, uint64_t first);
bool spill_get_segment(const unsigned char *from, uint64_t *first);

// Writes head and payload: SPILL_HEAD + r->size bytes.
void spill_put(unsigned char *to, const struct record *r, uint64_t number);
// False when these SPILL_HEAD bytes are no head.
bool spill_get_head(const unsigned char *from, struct spill_head *head);
// Fills in what the head and the payload behind it say. r has room for head->size bytes. False: the payload
// is not the one that was written.
bool spill_get(const unsigned char *from, const struct spill_head *head, struct record *r);

#endif
