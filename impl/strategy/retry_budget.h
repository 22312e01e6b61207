// SPDX-License-Identifier: Apache-2.0
// A retry budget as a share of the traffic: however long the trouble lasts, retries add at most that much to
// the load. After the per-client retry budget of Google's "Site Reliability Engineering", chapter 21 (a retry
// is allowed while retries are below 10 % of the requests). Pure: the caller brings the clock; several
// callers of one budget are serialised by the executor.
//
// Counted over the current stretch of 10 s and the one before. Different from the book, and as Finagle's
// RetryBudget has it: in each stretch a few retries are free (one a second), or a quiet client could never
// come back at all.
#ifndef WEIR_RETRY_BUDGET_H
#define WEIR_RETRY_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct weir_retry_budget {
    double share; // retries for each first attempt; 0: no budget, every retry is allowed
    uint64_t stretch, firsts, retries, firsts_before, retries_before;
};

// A first attempt was made.
void weir_retry_budget_first(struct weir_retry_budget *b, uint64_t now_ns);
// True: one more retry is within the budget, and is counted.
bool weir_retry_budget_take(struct weir_retry_budget *b, uint64_t now_ns);

#endif
