// SPDX-License-Identifier: Apache-2.0
// The fuller the queue, the longer the producer sleeps before it offers: the adaptive slowdown of
// log-generator (berk2k/log-generator), which reads len / capacity and sleeps once per record.
//
// Its two tables contradict each other. The README's is the default here: above 95 % 2 ms, above 90 % 1 ms,
// above 80 % 500 us, else nothing. Its code has the marks 90, 80 and 50 % with the same sleeps: {high: 90%,
// middle: 80%, low: 50%}. A mark itself still belongs to the band below. Marks that are not in order act as
// they are read: the highest band that matches wins.
#include "strategy/fill.h"
#include "strategy/instant.h"
#include "strategy/pacing.h"

enum { HIGH, MIDDLE, LOW, HIGH_SLEEP, MIDDLE_SLEEP, LOW_SLEEP, BANDS = 3 };

static const struct weir_param_spec params[] = {
    [HIGH] = {"high", WEIR_PARAM_SHARE, 0.95, 0, 1, "fill above which it sleeps longest"},
    [MIDDLE] = {"middle", WEIR_PARAM_SHARE, 0.90, 0, 1, "fill above which it sleeps longer"},
    [LOW] = {"low", WEIR_PARAM_SHARE, 0.80, 0, 1, "fill above which it sleeps"},
    [HIGH_SLEEP] = {"high_sleep", WEIR_PARAM_DURATION, 2e6, 0, 3600e9,
                    "sleep before an offer in the high band"},
    [MIDDLE_SLEEP] = {"middle_sleep", WEIR_PARAM_DURATION, 1e6, 0, 3600e9, "sleep in the middle band"},
    [LOW_SLEEP] = {"low_sleep", WEIR_PARAM_DURATION, 500e3, 0, 3600e9, "sleep in the low band"},
    {.key = NULL},
};

static double sleep_length(const struct weir_strategy_state *s, const struct weir_pacing_view *v)
{
    for (int band = HIGH; band < BANDS; band++) {
        if (fill_above(v->len, v->capacity, s->params[band]))
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
