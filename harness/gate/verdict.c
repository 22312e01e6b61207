// SPDX-License-Identifier: Apache-2.0
#include "gate/verdict.h"

#include <math.h>
#include <stdlib.h>

#include "base/binomial.h"
#include "base/signed_rank.h"

static const double found_in = 0.95; // of 100 suites, for the smallest effect

void verdict_rule_set(struct verdict_rule *rule, double margin, size_t most)
{
    static const size_t launches[LOOKS_MOST] = {20, 40, 80};
    static const double spend[LOOKS_MOST] = {0.005, 0.003, 0.002};
    *rule = (struct verdict_rule){.margin = margin};
    for (size_t i = 0; i < LOOKS_MOST; i++) {
        rule->launches[rule->looks] = launches[i] < most ? launches[i] : most;
        rule->spend[rule->looks] += spend[i];
        rule->looks += launches[i] < most && i + 1 < LOOKS_MOST;
    }
    rule->looks++;
}

double verdict_error(const struct verdict_rule *rule)
{
    double sum = 0;
    for (size_t i = 0; i < rule->looks; i++)
        sum += rule->spend[i];
    return sum;
}

// The interval's half width is z standard errors of the estimate, z belonging to its coverage. A slowdown is
// called when the lower end is beyond the margin, so in 95 of 100 cases when it is larger than the margin by
// the half width and by 1.645 standard errors.
static double smallest_effect(const struct verdict_rule *rule, const struct judged *j)
{
    double asked = 1 - rule->spend[j->look];
    if (j->coverage < asked)
        return INFINITY;
    double half = (j->log_ratio.hi - j->log_ratio.lo) / 2;
    double errors = normal_quantile(found_in) / normal_quantile((1 + asked) / 2);
    return (1 + rule->margin) * exp(half * (1 + errors)) - 1;
}

bool verdict_look(const struct verdict_rule *rule, size_t look, const double *log_ratios, size_t n,
                  struct judged *j)
{
    struct signed_rank s;
    double margin = log1p(rule->margin), share = rule->spend[look] / verdict_error(rule);
    if (!signed_rank_open(&s, log_ratios, n))
        return false;
    *j = (struct judged){.look = look, .launches = n};
    j->log_ratio = signed_rank_interval(&s, 1 - rule->spend[look]);
    j->coverage = signed_rank_coverage(&s, 1 - rule->spend[look]);
    j->p_slower = fmin(1, signed_rank_p_above(&s, margin) / share);
    j->p_faster = fmin(1, signed_rank_p_below(&s, -margin) / share);
    j->smallest = smallest_effect(rule, j);
    j->within = isfinite(j->smallest) && j->log_ratio.lo >= -margin && j->log_ratio.hi <= margin;
    signed_rank_close(&s);
    return true;
}

// Both sides have half of the error. What Holm rejects lies outside of the margin with its whole interval.
void verdict_decide(struct judged *cells, const bool *last, size_t count, double error)
{
    double *p = calloc(2 * count + 1, sizeof *p);
    bool *slower = calloc(2 * count + 1, sizeof *slower), *faster = slower + count;
    if (p == NULL || slower == NULL)
        abort(); // a few bytes: nothing sensible is left to do
    for (size_t i = 0; i < count; i++) {
        p[i] = cells[i].p_slower;
        p[count + i] = cells[i].p_faster;
    }
    stats_holm(p, count, error / 2, slower);
    stats_holm(p + count, count, error / 2, faster);
    for (size_t i = 0; i < count; i++) {
        cells[i].verdict = slower[i]         ? VERDICT_REGRESSED
                           : faster[i]       ? VERDICT_IMPROVED
                           : cells[i].within ? VERDICT_UNCHANGED
                           : last[i]         ? VERDICT_UNDERPOWERED
                                             : VERDICT_MORE;
    }
    free(p);
    free(slower);
}

const char *verdict_name(enum verdict verdict)
{
    static const char *const names[VERDICTS] = {"MORE", "REGRESSED", "IMPROVED", "UNCHANGED", "UNDERPOWERED"};
    return names[verdict];
}
