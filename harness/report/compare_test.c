// SPDX-License-Identifier: Apache-2.0
// What the repetitions of two documents allow to be said, with the statistics of the gate
// (harness/gate/verdict.h): an exact interval of the change, a margin within which a change does not matter,
// Holm over the points of a figure.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rank_sum.h"
#include "base/stats.h"
#include "report/compare.h"
#include "result/jsonx.h"

static const double coverage = 0.99;

const char *compare_effect_name(enum compare_effect_verdict verdict)
{
    static const char *const names[] = {"", "REGRESSED", "IMPROVED", "UNCHANGED", "UNDERPOWERED"};
    return names[verdict];
}

// Of time and work 2 %, of what lies in the tail of a distribution 5 %, of shares one point of percentage.
static double margin_of(const struct compare_figure *f)
{
    static const char *const steady[] = {"item", "throughput", "goodput", "cpu"};
    if (f->unit == COMPARE_SHARE)
        return 0.01;
    for (size_t i = 0; i < sizeof steady / sizeof *steady; i++)
        if (strcmp(f->name, steady[i]) == 0)
            return 0.02;
    return 0.05;
}

// Repetitions are pairs when both sides have the same ones with the same seeds: the same arrivals. Those of a
// bench lie in one cell and share nothing but their number.
static bool are_pairs(const struct compare_figure *f, const struct compare_entry *entry,
                      const struct compare_pair *pair)
{
    const struct report_point *a = entry->point[0], *b = entry->point[1];
    bool same = f->reps == NULL && a->count == b->count && a->count == pair->side[0].count &&
                b->count == pair->side[1].count;
    for (size_t i = 0; same && i < a->count; i++)
        same = json_equal(json_object_get(a->cells[i], "rep"), json_object_get(b->cells[i], "rep")) &&
               json_equal(json_object_get(a->cells[i], "seed"), json_object_get(b->cells[i], "seed"));
    return same;
}

// The values by which sides are subtracted: logarithms, but of shares. False when one has none.
static bool scale(const struct compare_figure *f, const struct compare_values *v, double *to)
{
    for (size_t i = 0; i < v->count; i++) {
        if (!isfinite(v->list[i]) || (f->unit != COMPARE_SHARE && v->list[i] <= 0))
            return false;
        to[i] = f->unit == COMPARE_SHARE ? v->list[i] : log(v->list[i]);
    }
    return true;
}

static bool open_test(struct signed_rank *s, const double *a, size_t a_count, double *b, size_t b_count,
                      bool pairs)
{
    for (size_t i = 0; pairs && i < a_count; i++)
        b[i] -= a[i];
    return pairs ? signed_rank_open(s, b, b_count) : rank_sum_open(s, a, a_count, b, b_count);
}

static void test(const struct compare_figure *f, const struct compare_entry *entry, struct compare_pair *pair)
{
    struct compare_effect *effect = &pair->effect;
    const struct compare_values *v = pair->side;
    double *a = calloc(v[0].count + 1, sizeof *a), *b = calloc(v[1].count + 1, sizeof *b);
    struct signed_rank s;
    bool pairs = are_pairs(f, entry, pair);
    if (a && b && scale(f, &v[0], a) && scale(f, &v[1], b) &&
        open_test(&s, a, v[0].count, b, v[1].count, pairs)) {
        double margin = margin_of(f), limit = f->unit == COMPARE_SHARE ? margin : log1p(margin);
        if (signed_rank_coverage(&s, coverage) >= coverage)
            *effect = (struct compare_effect){.method = pairs ? COMPARE_PAIRS : COMPARE_SAMPLES,
                                              .change = signed_rank_interval(&s, coverage),
                                              .coverage = signed_rank_coverage(&s, coverage),
                                              .margin = margin,
                                              .limit = limit,
                                              .p_more = signed_rank_p_above(&s, limit),
                                              .p_less = signed_rank_p_below(&s, -limit)};
        signed_rank_close(&s);
    }
    free(a);
    free(b);
}

static void decide(const struct compare_figure *f, struct compare_pair *pair, bool more, bool less)
{
    struct compare_effect *effect = &pair->effect;
    bool better = f->better == COMPARE_HIGHER ? more : less;
    effect->verdict = more || less ? better ? EFFECT_IMPROVED : EFFECT_REGRESSED
                      : effect->change.lo > -effect->limit && effect->change.hi < effect->limit
                          ? EFFECT_UNCHANGED
                          : EFFECT_UNDERPOWERED;
    pair->verdict = more || less ? better ? 1 : -1 : 0;
}

bool compare_test(struct comparison *c, size_t figure)
{
    size_t n = 0, *which = calloc(c->entry_count + 1, sizeof *which);
    double *p = calloc(2 * c->entry_count + 1, sizeof *p);
    bool *rejected = calloc(2 * c->entry_count + 1, sizeof *rejected);
    const struct compare_figure *f = &c->figures[figure];
    bool ok = which && p && rejected;
    for (size_t i = 0; ok && i < c->entry_count; i++) {
        struct compare_entry *entry = &c->entries[i];
        struct compare_pair *pair = &entry->pairs[figure];
        if (pair->both && !entry->exact && f->better != COMPARE_NEITHER)
            test(f, entry, pair);
        if (pair->effect.method != COMPARE_NO_TEST)
            which[n++] = i;
    }
    for (size_t k = 0; ok && k < n; k++) {
        p[k] = c->entries[which[k]].pairs[figure].effect.p_more;
        p[n + k] = c->entries[which[k]].pairs[figure].effect.p_less;
    }
    if (ok) {
        stats_holm(p, n, (1 - coverage) / 2, rejected);
        stats_holm(p + n, n, (1 - coverage) / 2, rejected + n);
    }
    for (size_t k = 0; ok && k < n; k++)
        decide(f, &c->entries[which[k]].pairs[figure], rejected[k], rejected[n + k]);
    free(which);
    free(p);
    free(rejected);
    return ok;
}

char *compare_interval_text(const struct compare_figure *f, const struct compare_effect *effect, char *text,
                            size_t size)
{
    bool share = f->unit == COMPARE_SHARE;
    double lo = share ? effect->change.lo : expm1(effect->change.lo),
           hi = share ? effect->change.hi : expm1(effect->change.hi);
    if (effect->method == COMPARE_NO_TEST)
        *text = 0;
    else
        snprintf(text, size, " (%+.1f .. %+.1f)", 100 * lo, 100 * hi);
    return text;
}
