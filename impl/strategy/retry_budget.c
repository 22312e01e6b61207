// SPDX-License-Identifier: Apache-2.0
#include "strategy/retry_budget.h"

static const uint64_t STRETCH_NS = 10000000000u;
enum { FREE_RETRIES = 10 }; // in a stretch

static void move_on(struct weir_retry_budget *b, uint64_t now_ns)
{
    uint64_t stretch = now_ns / STRETCH_NS;
    if (stretch == b->stretch)
        return;
    bool next = stretch == b->stretch + 1;
    b->firsts_before = next ? b->firsts : 0;
    b->retries_before = next ? b->retries : 0;
    b->firsts = b->retries = 0;
    b->stretch = stretch;
}

void weir_retry_budget_first(struct weir_retry_budget *b, uint64_t now_ns)
{
    move_on(b, now_ns);
    b->firsts++;
}

bool weir_retry_budget_take(struct weir_retry_budget *b, uint64_t now_ns)
{
    move_on(b, now_ns);
    double firsts = (double)(b->firsts + b->firsts_before);
    double retries = (double)(b->retries + b->retries_before + 1);
    if (b->share > 0 && b->retries >= FREE_RETRIES && retries > b->share * firsts)
        return false;
    b->retries++;
    return true;
}
