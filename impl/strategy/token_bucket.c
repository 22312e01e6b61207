// SPDX-License-Identifier: Apache-2.0
// Lets a rate through, and bursts up to a size; what exceeds both is lost, however empty the queue is. The
// token bucket of RFC 2697 without colours: tokens flow in at `rate` up to `burst`, the bucket starts full, a
// record takes one and a group as many as it has records, all or none (a group larger than the burst never
// enters). Envoy and Loki limit so; journald and rsyslog (imuxsock, imudp) count per interval instead, which
// lets twice the burst through around the turn of an interval.
//
// Envoy has no default; these are journald's 10000 messages in 30 s. A token is taken for the offer: if the
// queue is full then, the record is lost (drop_newest) and the token is gone, as with a limiter in front of a
// buffer.
#include "strategy/list.h"

enum { RATE, BURST };
enum { TOKENS, LAST }; // slots

static const struct weir_param_spec params[] = {
    [RATE] = {"rate", WEIR_PARAM_RATE, 10000.0 / 30, 0.001, 1e12,
              "records a second that may enter in the long run"},
    [BURST] = {"burst", WEIR_PARAM_COUNT, 10000, 1, 1e9, "records that may enter at once after a pause"},
    {.key = NULL},
};

static void init(struct weir_strategy_state *s, uint64_t seed)
{
    (void)seed;
    s->state[TOKENS].d = s->params[BURST];
    s->state[LAST].u = 0;
}

static void refill(struct weir_strategy_state *s, uint64_t now_ns)
{
    if (now_ns <= s->state[LAST].u) // another producer with a later clock reading was here first
        return;
    double come = (double)(now_ns - s->state[LAST].u) * s->params[RATE] / 1e9;
    double tokens = s->state[TOKENS].d + come;
    s->state[TOKENS].d = tokens < s->params[BURST] ? tokens : s->params[BURST];
    s->state[LAST].u = now_ns;
}

static struct weir_decision on_offer(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    refill(s, v->now_ns);
    if (s->state[TOKENS].d < (double)v->count)
        return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_RATE_LIMITED};
    s->state[TOKENS].d -= (double)v->count;
    return (struct weir_decision){.verdict = WEIR_PUSH};
}

static struct weir_decision on_full(struct weir_strategy_state *s, const struct weir_offer_view *v)
{
    (void)s;
    (void)v;
    return (struct weir_decision){.verdict = WEIR_DROP, .reason = WEIR_LOSS_DROP_NEWEST};
}

const struct weir_strategy_ops weir_strategy_token_bucket = {
    .name = "token_bucket",
    .summary = "a rate and a burst may enter, what exceeds them is lost even when the queue has room",
    .place = WEIR_AT_ADMISSION,
    .flags = WEIR_S_STATEFUL | WEIR_S_LOSES,
    .params = params,
    .init = init,
    .on_offer = on_offer,
    .on_full = on_full,
};
