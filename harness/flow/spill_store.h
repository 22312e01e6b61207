// SPDX-License-Identifier: Apache-2.0
// Where an edge's overflow goes: a log of records in files of limited size ("segments"), appended to at one
// end and read at the other. Records are numbered from the log's beginning. A segment is removed when every
// record in it has reached its end; up to then a later run with the same folder reads it again.
//
// The log is the same in both engines; what differs is the device: real files (live/io/spill_files.c) or
// memory (sim/spill_memory.c). Not thread-safe: the edge's guard serialises all calls. Calls may block on the
// disk.
//
// A segment is a header and records, little-endian, each with CRC-32C over its header and over its payload
// (flow/spill_format.h). Whatever cannot be read back is skipped and counted, by the gap in the numbers.
#ifndef FLOW_SPILL_STORE_H
#define FLOW_SPILL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/record.h"

struct spill_device;

// Answers of int type are 0 or an errno. `segment` is a number given by the store; numbers only grow.
struct spill_device_ops {
    // The numbers of the segments that are there, ascending, at most `room`; answers how many there are.
    size_t (*list)(struct spill_device *d, uint64_t *segments, size_t room);
    int (*create)(struct spill_device *d, uint64_t segment);
    // Writes at the segment's end, `offset`. On an error nothing of it is there.
    int (*write)(struct spill_device *d, uint64_t segment, uint64_t offset, const void *data, size_t size);
    // Reads up to `size` bytes; answers how many there were (0 at the end and on an error).
    size_t (*read)(struct spill_device *d, uint64_t segment, uint64_t offset, void *data, size_t size);
    uint64_t (*size)(struct spill_device *d, uint64_t segment);
    int (*sync)(struct spill_device *d, uint64_t segment);
    void (*remove)(struct spill_device *d, uint64_t segment);
    // Keeps / tells a number across runs; false when none is kept.
    void (*keep)(struct spill_device *d, uint64_t position);
    bool (*kept)(struct spill_device *d, uint64_t *position);
    // Closes. `empty`: the log holds nothing, and neither shall the folder.
    void (*destroy)(struct spill_device *d, bool empty);
};

struct spill_device {
    const struct spill_device_ops *ops;
};

struct spill_limits {
    uint64_t max_bytes, segment_bytes, sync_ns;
};

struct spill_counters {
    uint64_t written;    // records, this run
    uint64_t recovered;  // records that an earlier run had left
    uint64_t unreadable; // records of both kinds that could not be read back
    uint64_t waiting;    // not yet read: what is on disk only
    uint64_t bytes, peak_bytes;
    uint64_t refusals; // appends that the disk refused (errno, or max), each a question to the admission
    uint64_t errors;   // of those and of syncs: others than a full disk
};

// A record that was read back.
struct spill_read {
    struct record *record; // NULL: see spill_take; else its spill_number is set
    bool recovered;        // from an earlier run: `number` counts from the first of those
    uint64_t number;
    uint64_t lost;       // so many before it cannot be read back
    bool lost_recovered; // ... and they are an earlier run's, ...
    uint64_t lost_first; // ... from this number on
};

struct spill_store;

// Takes the device over and looks what is there. NULL with *e when memory ends (the device is destroyed).
struct spill_store *spill_store_create(struct spill_device *device, struct record_pool *pool,
                                       const struct spill_limits *limits, struct error *e);
// Keeps the position, syncs, and leaves the folder empty when it may.
void spill_store_destroy(struct spill_store *s);

// 0: it is in the log, and the record can be given back. ENOSPC: the log has its max or the device is full.
// Any other errno: the device's. The record stays the caller's then.
int spill_append(struct spill_store *s, const struct record *r, uint64_t now_ns);

// Reads the next record in order. False: nothing is waiting, or no memory for it now (nothing is lost by
// that). True with record NULL: only `lost`. The caller owns the record and settles its number when it has
// ended.
bool spill_take(struct spill_store *s, struct spill_read *out, uint64_t now_ns);

// Record `number` (record.spill_number) has reached its end and need not come again. True when that gave
// room.
bool spill_settle(struct spill_store *s, uint64_t number);

const struct spill_counters *spill_counters(const struct spill_store *s);

#endif
