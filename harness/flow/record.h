// SPDX-License-Identifier: Apache-2.0
// A record: identity, intended time, class, and a payload that is a function of them.
#ifndef FLOW_RECORD_H
#define FLOW_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum record_flag {
    RECORD_REPLAY = 1u << 0,   // admitted a second time (a retry after an answer that got lost)
    RECORD_EXTERNAL = 1u << 1, // came from outside: payload checked by the hash taken at receipt
    RECORD_MALFORMED = 1u << 2,
    RECORD_DEGRADED = 1u << 3,
    RECORD_OVERSIZE = 1u << 4,  // too long for a receiver, which has read it over: lost as it comes
    RECORD_REWRITTEN = 1u << 5, // a processor changed the payload: checked by the hash taken after that
    RECORD_SPILLED = 1u << 6,   // read back from an edge's overflow, and still in it
    RECORD_RECOVERED = 1u << 7, // ... which an earlier run had left: no source of this run knows it
};

struct record {
    struct record *next;   // free list and batch links
    struct origin *origin; // of a copy: what it shares with the others (see flow/whole.h); NULL: no copy
    uint16_t source;       // index in the scenario
    uint16_t sender;       // index among the source's senders; an external source has one sender, 0
    uint8_t record_class;
    uint8_t flags;
    uint8_t pool_class;
    int16_t branch;           // of a copy on its way to one of several sinks: which; -1: none
    uint16_t spill_edge;      // RECORD_SPILLED: the edge ...
    uint64_t spill_number;    // ... and the record's number in its overflow
    uint64_t seq;             // dense per sender, from 0
    uint64_t intended_ns;     // when the schedule said (external: receipt)
    uint64_t sent_ns;         // actual push at the source (service time counts from here)
    uint64_t pushed_ns;       // push into the edge it was last in
    uint64_t paced_ns;        // when its pacer let it go
    uint32_t pacer;           // number of the pacer whose result it is (flow/pacer.h); 0: none
    uint32_t paced_in_flight; // records in flight then, itself included
    uint64_t mark;            // the source's own bookkeeping (file: offset behind this line)
    uint64_t payload_hash;    // external: of the payload as received; rewritten: as it was left
    uint32_t size;            // payload bytes
    unsigned char payload[];  // pool_class says how many fit
};

// Fills / checks the payload of (source, sender, seq, class): pseudo-random printable bytes (no newline, no
// quote, no backslash), the same for the same identity and seed. Sizes from 0.
void payload_fill(unsigned char *to, size_t size, uint64_t seed, unsigned source, unsigned sender,
                  uint64_t seq, unsigned record_class);
bool payload_matches(const unsigned char *p, size_t size, uint64_t seed, unsigned source, unsigned sender,
                     uint64_t seq, unsigned record_class);
uint64_t payload_hash(const unsigned char *p, size_t size);

// Records come from pools by size class, grown in slabs and never beyond what the edges and hands can hold.
struct record_pool;
struct record_pool *record_pool_create(void);
void record_pool_destroy(struct record_pool *p);

// Watches what the pool has taken from the machine: the most it ever held goes to *peak_bytes, and `reached`
// is called, once, by the thread whose record made it more than limit_bytes (0: no limit). Before the first
// record is taken. The pool keeps what it has; only records of more than 1 MiB go back to the machine one by
// one.
struct pool_watch {
    _Atomic uint64_t *peak_bytes;
    uint64_t limit_bytes;
    void (*reached)(void *context);
    void *context;
};
void record_pool_watch(struct record_pool *p, struct pool_watch watch);
struct record *record_take(struct record_pool *p,
                           size_t payload_bytes);          // NULL when memory is exhausted; any thread
void record_give(struct record_pool *p, struct record *r); // any thread
size_t record_room(const struct record *r);                // payload bytes that it can hold at least
// The same record in one with room for so many bytes; the old one is given back. NULL when memory ends: then
// it is as it was.
struct record *record_grow(struct record_pool *p, struct record *r, size_t payload_bytes);

#endif
