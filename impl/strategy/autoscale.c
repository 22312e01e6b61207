// SPDX-License-Identifier: Apache-2.0
// The scaler of log-generator (berk2k/log-generator), with its defaults: once per `interval` (1 s) one worker
// more if the queue is more than 80 % full, one less if it is less than 20 % full, within 1 and 10. Exactly
// on a mark nothing happens. The marks are read at that instant; nothing is averaged.
//
// The clock starts with the first question, which is answered with no change. Answers come on a fixed grid;
// points of it that were missed are left out, not made up for. A worker count outside the bounds is led back
// in, one per interval. A queue without a bound has no fill: only the bounds count. `cooldown` (weir's own,
// off by default) is the shortest time between two changes, however they point.
#include "strategy/autoscale.h"

#include "strategy/fill.h"
#include "strategy/instant.h"

enum { NEXT, REST_UNTIL }; // slots

const struct weir_param_spec weir_autoscale_params[] = {
    [WEIR_SCALE_UP] = {"up", WEIR_PARAM_SHARE, 0.8, 0, 1, "fill above which a worker is added"},
    [WEIR_SCALE_DOWN] = {"down", WEIR_PARAM_SHARE, 0.2, 0, 1, "fill below which a worker is taken away"},
    [WEIR_SCALE_INTERVAL] = {"interval", WEIR_PARAM_DURATION, 1e9, 1000, 3600e9, "time between two looks"},
    [WEIR_SCALE_MIN] = {"min", WEIR_PARAM_COUNT, 1, 1, 1e4, "fewest workers"},
    [WEIR_SCALE_MAX] = {"max", WEIR_PARAM_COUNT, 10, 1, 1e4, "most workers"},
    [WEIR_SCALE_COOLDOWN] = {"cooldown", WEIR_PARAM_DURATION, 0, 0, 3600e9,
                             "shortest time between two changes"},
    {.key = NULL},
};

static bool below(const struct weir_scale_view *v, double share)
{
    return v->capacity != SIZE_MAX && !fill_at_least(v->len, v->capacity, share);
}

static int wanted(const struct weir_strategy_state *s, const struct weir_scale_view *v)
{
    double workers = v->workers;
    if (workers < s->params[WEIR_SCALE_MIN])
        return 1;
    if (workers > s->params[WEIR_SCALE_MAX])
        return -1;
    if (fill_above(v->len, v->capacity, s->params[WEIR_SCALE_UP]))
        return workers < s->params[WEIR_SCALE_MAX] ? 1 : 0;
    if (below(v, s->params[WEIR_SCALE_DOWN]))
        return workers > s->params[WEIR_SCALE_MIN] ? -1 : 0;
    return 0;
}

// The first point of the grid after now.
static uint64_t next_look(const struct weir_strategy_state *s, uint64_t now_ns)
{
    uint64_t interval = (uint64_t)s->params[WEIR_SCALE_INTERVAL];
    return time_after(now_ns - (now_ns - s->state[NEXT].u) % interval, (double)interval);
}

struct weir_scale weir_autoscale(struct weir_strategy_state *s, const struct weir_scale_view *v)
{
    if (s->state[NEXT].u == 0)
        s->state[NEXT].u = time_after(v->now_ns, s->params[WEIR_SCALE_INTERVAL]);
    if (v->now_ns < s->state[NEXT].u)
        return (struct weir_scale){.change = 0, .next_ns = s->state[NEXT].u};
    s->state[NEXT].u = next_look(s, v->now_ns);
    int change = v->now_ns < s->state[REST_UNTIL].u ? 0 : wanted(s, v);
    if (change)
        s->state[REST_UNTIL].u = time_after(v->now_ns, s->params[WEIR_SCALE_COOLDOWN]);
    return (struct weir_scale){.change = change, .next_ns = s->state[NEXT].u};
}
