// SPDX-License-Identifier: Apache-2.0
// A short look at a queue that somebody brought along, before anything is built on it: one thread, a few
// milliseconds. The whole contract is what `weir conform` checks.
#ifndef WEIR_QUEUE_TRIAL_H
#define WEIR_QUEUE_TRIAL_H

#include "queue/queue.h"

// Fills a queue of this configuration, empties it, closes it and destroys it. False, with what it did wrong
// in `why`. Blocks no longer than the queue's own operations; crashes when those do, so call it where that
// may happen.
bool weir_queue_trial(const struct weir_queue_ops *ops, const struct weir_queue_config *config, char *why,
                      size_t size);

#endif
