// SPDX-License-Identifier: Apache-2.0
// Suites of what was measured, each decided by the code that decides a gate.
//
// No two suites of A/A share a launch, and none of a slowdown's share one of the cell that is slower. The
// other cells of those, in which nothing has changed, take launches of A/A, from the beginning again when the
// pool ends.
#include "gate/self_pool.h"

#include <math.h>
#include <string.h>

#include "base/signed_rank.h"
#include "gate/gate.h"

struct replay {
    struct self_test *test;
    size_t slowed; // this cell, or the count of cells: none
    size_t level;
    size_t taken[GATE_CELLS_MOST];
    bool is_dry; // a pool has ended: the suite does not count
    size_t dry;  // of which cell
};

static bool is_one_of(const struct replay *r, size_t i)
{
    return r->level == 0 || i == r->slowed;
}

static void replay_launch(void *context, const struct gate_cell *cell, uint64_t seed, struct duet_answer *a)
{
    struct replay *r = context;
    size_t i = 0;
    (void)seed;
    *a = (struct duet_answer){.ok = true, .items = 1};
    while (strcmp(r->test->cells[i].plan.name, cell->plan.name) != 0)
        i++;
    const struct pool *p = &r->test->cells[i].pool[is_one_of(r, i) ? r->level : 0];
    if (is_one_of(r, i) && r->taken[i] == p->count) {
        r->is_dry = true;
        r->dry = i;
        a->ok = false;
        a->cut = true;
    } else if (p->count > 0) {
        size_t at = r->taken[i]++ % p->count;
        a->log_ratio = p->log_ratio[at];
        a->control = p->control[at];
    }
}

struct counted {
    size_t suites, alarms, invalid, cells, undecided;
};

static void count_suite(const struct replay *r, const struct gate *g, struct counted *n)
{
    bool alarm = false, invalid = false;
    for (size_t i = 0; i < g->count; i++) {
        const struct gate_cell *c = &g->cells[i];
        bool counts = is_one_of(r, i);
        alarm = alarm || (counts && c->status == GATE_MEASURED && c->verdict == VERDICT_REGRESSED);
        invalid = invalid || c->status == GATE_INVALID;
        n->undecided += counts && c->status == GATE_MEASURED && c->verdict == VERDICT_UNDERPOWERED;
        n->cells += counts;
    }
    n->suites++;
    n->alarms += alarm;
    n->invalid += invalid;
}

static struct counted cut_into_suites(struct self_test *t, size_t slowed, size_t level, size_t *dry)
{
    struct counted n = {0};
    struct replay r = {.test = t, .slowed = slowed, .level = level};
    while (!r.is_dry) {
        struct gate g;
        if (gate_open(&g, t->setup.suite)) {
            g.launcher = replay_launch;
            g.launches = &r;
            gate_run(&g);
        }
        r.is_dry = r.is_dry || g.cells == NULL; // memory is short
        if (!r.is_dry)
            count_suite(&r, &g, &n);
        gate_close(&g);
    }
    *dry = r.dry;
    return n;
}

size_t self_replay_suites(struct self_test *t, size_t *dry)
{
    return cut_into_suites(t, t->count, 0, dry).suites;
}

static double measured_effect(const struct pool *p)
{
    struct signed_rank s;
    size_t n = p->count < SIGNED_RANK_MOST ? p->count : SIGNED_RANK_MOST;
    if (!signed_rank_open(&s, p->log_ratio, n))
        return NAN;
    double effect = expm1(signed_rank_estimate(&s));
    signed_rank_close(&s);
    return effect;
}

static void replay_slowdowns(struct self_test *t, struct gate_rates *rates)
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 1; k < SELF_TEST_LEVELS; k++) {
            const struct self_cell *c = &t->cells[i];
            size_t dry;
            if (!self_is_tested(c, k) || c->pool[k].count == 0)
                continue;
            struct counted n = cut_into_suites(t, i, k, &dry);
            struct gate_found *row = &rates->rows[rates->row_count++];
            *row = (struct gate_found){.level = self_levels[k],
                                       .quantile = gate_is_quantile(&c->plan),
                                       .measured = measured_effect(&c->pool[k]),
                                       .launches = c->pool[k].count,
                                       .found = {n.alarms, n.suites}};
            snprintf(row->cell, sizeof row->cell, "%s", c->plan.name);
        }
}

void self_replay(struct self_test *t, struct gate_rates *rates)
{
    size_t dry;
    struct counted n = cut_into_suites(t, t->count, 0, &dry);
    gate_rates_begin(rates, t->setup.suite);
    for (size_t i = 0; i < t->count; i++)
        rates->launches += t->cells[i].pool[0].count;
    rates->alarms = (struct gate_rate){n.alarms, n.suites};
    rates->invalid = (struct gate_rate){n.invalid, n.suites};
    rates->undecided = (struct gate_rate){n.undecided, n.cells};
    replay_slowdowns(t, rates);
}
