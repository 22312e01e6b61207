// SPDX-License-Identifier: Apache-2.0
// The fuller the queue, the longer the producer sleeps before it offers: the adaptive slowdown of
// log-generator (berk2k/log-generator), which reads len / capacity and sleeps once per record.
//
// Its two tables contradict each other; the sleeps are the same, 2 ms, 1 ms and 500 us, else nothing.
// `table: 1`, the default, has the marks of its README: above 95, 90 and 80 %. `table: 2` has those of its
// code: above 90, 80 and 50 %. A mark that is written replaces the table's. A mark itself still belongs to
// the band below. Marks that are not in order act as they are read: the highest band that matches wins.
#include "strategy/fill.h"
#include "strategy/instant.h"
#include "strategy/pacing.h"

enum { HIGH, MIDDLE, LOW, HIGH_SLEEP, MIDDLE_SLEEP, LOW_SLEEP, TABLE, BANDS = 3 };

static const double tables[2][BANDS] = {{0.95, 0.90, 0.80}, {0.90, 0.80, 0.50}};

static const struct weir_param_spec params[] = {
    [HIGH] = {"high", WEIR_PARAM_SHARE, 0, 0, 1, "fill above which it sleeps longest; 0: the table's"},
    [MIDDLE] = {"middle", WEIR_PARAM_SHARE, 0, 0, 1, "fill above which it sleeps longer; 0: the table's"},
    [LOW] = {"low", WEIR_PARAM_SHARE, 0, 0, 1, "fill above which it sleeps; 0: the table's"},
    [HIGH_SLEEP] = {"high_sleep", WEIR_PARAM_DURATION, 2e6, 0, 3600e9,
                    "sleep before an offer in the high band"},
    [MIDDLE_SLEEP] = {"middle_sleep", WEIR_PARAM_DURATION, 1e6, 0, 3600e9, "sleep in the middle band"},
    [LOW_SLEEP] = {"low_sleep", WEIR_PARAM_DURATION, 500e3, 0, 3600e9, "sleep in the low band"},
    [TABLE] = {"table", WEIR_PARAM_COUNT, 1, 1, 2, "marks: 1 is 95, 90, 80 %, 2 is 90, 80, 50 %"},
    {.key = NULL},
};

static double mark(const struct weir_strategy_state *s, int band)
{
    return s->params[band] > 0 ? s->params[band] : tables[(int)s->params[TABLE] - 1][band];
}

static double sleep_length(const struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    for (int band = HIGH; band < BANDS; band++) {
        if (fill_above(v->len, v->capacity, mark(s, band)))
            return s->params[BANDS + band];
    }
    return 0;
}

static struct weir_pace on_ask(struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    double length = v->paused ? 0 : sleep_length(s, v);
    if (length < 1)
        return (struct weir_pace){.go = true};
    return (struct weir_pace){.go = false, .until_ns = time_after(v->now_ns, length)};
}

const struct weir_pacing_ops weir_pacing_slowdown = {
    .name = "slowdown",
    .summary = "the producer sleeps before each record, the longer the fuller the queue is",
    .params = params,
    .on_ask = on_ask,
};
