// SPDX-License-Identifier: Apache-2.0
#include "flow/ledger.h"

uint64_t ledger_lost(const struct ledger *l)
{
    uint64_t sum = 0;
    for (int i = 0; i < WEIR_LOSS_COUNT; i++)
        sum += l->lost[i];
    return sum;
}

static uint64_t accounted(const struct ledger *l)
{
    return l->delivered + ledger_lost(l) + l->filtered + l->refused_final + l->in_flight + l->spilled +
           l->unsent;
}

int64_t ledger_unknown(const struct ledger *l)
{
    return (int64_t)(l->generated - accounted(l));
}

void ledger_add(struct ledger *into, const struct ledger *from)
{
    into->generated += from->generated;
    into->delivered += from->delivered;
    into->filtered += from->filtered;
    into->refused_final += from->refused_final;
    into->in_flight += from->in_flight;
    into->spilled += from->spilled;
    into->unsent += from->unsent;
    into->admitted += from->admitted;
    into->attempts += from->attempts;
    into->retries += from->retries;
    into->refused += from->refused;
    into->degraded += from->degraded;
    into->malformed += from->malformed;
    into->recovered += from->recovered;
    for (int i = 0; i < WEIR_LOSS_COUNT; i++)
        into->lost[i] += from->lost[i];
}
