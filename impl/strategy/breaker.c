// SPDX-License-Identifier: Apache-2.0
// The rules and defaults of sony/gobreaker:
//
// - closed: all pass; `failures` failures in a row open it (gobreaker: more than 5), a success ends the row.
// - open: nothing passes for `open_for` (60 s).
// - half-open: as many attempts pass as there are `probes` (1). When that many have succeeded it closes, the
//   first that fails opens it again.
//
// A result belongs to the stretch in which its attempt was let through: each change of mode starts a new one,
// and results of an old one are ignored, so that a slow failure from before does not reopen what has just
// been mended. Different from gobreaker: probes whose results have not come after another `open_for` are
// given up and new ones are allowed, else an attempt without an end would keep the breaker half-open for
// ever.
#include "strategy/breaker.h"

#include "strategy/instant.h"

enum { MODE, STRETCH, UNTIL, FAILED, SENT, SUCCEEDED }; // slots

const struct weir_param_spec weir_breaker_params[] = {
    [WEIR_BREAKER_FAILURES] = {"failures", WEIR_PARAM_COUNT, 6, 1, 1e9, "failures in a row that open it"},
    [WEIR_BREAKER_OPEN_FOR] = {"open_for", WEIR_PARAM_DURATION, 60e9, 1e6, 86400e9,
                               "how long nothing is sent"},
    [WEIR_BREAKER_PROBES] = {"probes", WEIR_PARAM_COUNT, 1, 1, 1e9,
                             "attempts that must succeed to close it again"},
    {.key = NULL},
};

static void enter(struct weir_strategy_state *s, enum weir_breaker_mode mode, uint64_t now_ns)
{
    union weir_slot *m = s->state;
    m[MODE].u = mode;
    m[STRETCH].u++;
    m[UNTIL].u = time_after(now_ns, s->params[WEIR_BREAKER_OPEN_FOR]);
    m[FAILED].u = m[SENT].u = m[SUCCEEDED].u = 0;
}

enum weir_breaker_mode weir_breaker_mode(const struct weir_strategy_state *s, uint64_t now_ns)
{
    enum weir_breaker_mode mode = (enum weir_breaker_mode)s->state[MODE].u;
    return mode == WEIR_BREAKER_OPEN && now_ns >= s->state[UNTIL].u ? WEIR_BREAKER_HALF_OPEN : mode;
}

struct weir_breaker_answer weir_breaker_ask(struct weir_strategy_state *s, uint64_t now_ns)
{
    union weir_slot *m = s->state;
    if (m[MODE].u != WEIR_BREAKER_CLOSED) {
        bool all_out = m[SENT].u >= (uint64_t)s->params[WEIR_BREAKER_PROBES];
        if ((m[MODE].u == WEIR_BREAKER_OPEN || all_out) && now_ns < m[UNTIL].u)
            return (struct weir_breaker_answer){.allowed = false, .until_ns = m[UNTIL].u};
        if (m[MODE].u == WEIR_BREAKER_OPEN || all_out)
            enter(s, WEIR_BREAKER_HALF_OPEN, now_ns);
    }
    m[SENT].u++;
    return (struct weir_breaker_answer){.allowed = true, .ticket = m[STRETCH].u};
}

static void failure(struct weir_strategy_state *s, uint64_t now_ns)
{
    s->state[FAILED].u++;
    if (s->state[MODE].u == WEIR_BREAKER_HALF_OPEN ||
        s->state[FAILED].u >= (uint64_t)s->params[WEIR_BREAKER_FAILURES])
        enter(s, WEIR_BREAKER_OPEN, now_ns);
}

static void success(struct weir_strategy_state *s, uint64_t now_ns)
{
    s->state[FAILED].u = 0;
    s->state[SUCCEEDED].u++;
    if (s->state[MODE].u == WEIR_BREAKER_HALF_OPEN &&
        s->state[SUCCEEDED].u >= (uint64_t)s->params[WEIR_BREAKER_PROBES])
        enter(s, WEIR_BREAKER_CLOSED, now_ns);
}

void weir_breaker_result(struct weir_strategy_state *s, uint64_t ticket, uint64_t now_ns, bool failed)
{
    if (ticket != s->state[STRETCH].u || s->state[MODE].u == WEIR_BREAKER_OPEN)
        return;
    if (failed)
        failure(s, now_ns);
    else
        success(s, now_ns);
}
