// SPDX-License-Identifier: Apache-2.0
// The overflow tier behind a queue, as rsyslog's disk-assisted queues, Vector's overflow buffers and
// syslog-ng's disk-buffer have it: what the queue cannot hold goes to disk and comes back in order. Pure
// decisions; the disk belongs to the executor, and what happens when it is full to the edge's admission.
//
// A record goes to disk when the queue is filled up to `high`, and as long as anything is on disk (so that
// each producer's records keep their order). Records come back once the queue has sunk to `low`, until it is
// at `high` again. rsyslog's watermarks are 90 % and 70 %; the defaults here use the whole queue and bring a
// record back for every place that becomes free, as Vector does.
#ifndef WEIR_STRATEGY_SPILL_H
#define WEIR_STRATEGY_SPILL_H

#include "strategy/strategy.h"

enum weir_spill_param {
    WEIR_SPILL_MAX,     // bytes on disk at most
    WEIR_SPILL_SEGMENT, // bytes of a file; at most a quarter of max, as room comes back file by file
    WEIR_SPILL_SYNC,    // longest time between syncs while records are written
    WEIR_SPILL_HIGH,
    WEIR_SPILL_LOW,
    WEIR_SPILL_PATH, // text: the folder
};

// It stands beside an admission. Parameters in the order of weir_spill_param: weir_params_defaults, no init.
struct weir_spill_ops {
    const char *name, *summary;
    uint32_t flags;
    const struct weir_param_spec *params;
};
extern const struct weir_spill_ops weir_spill;

struct weir_spill_view {
    size_t len, capacity; // of the queue now
    size_t count;         // records in the offer, which enter whole
    bool on_disk;         // something is on disk and not yet back
};

// Whether an offer goes to disk instead of into the queue.
bool weir_spill_out(const struct weir_strategy_state *s, const struct weir_spill_view *v);

// How many records may come back into a queue of this length now. Changes the state.
size_t weir_spill_back(struct weir_strategy_state *s, size_t len, size_t capacity);

#endif
