// SPDX-License-Identifier: Apache-2.0
#include "gate/self_test.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/signed_rank.h"
#include "bench/module.h"
#include "gate/self_pool.h"

enum {
    LAUNCHES_A_SUITE = 20, // of a cell in which nothing has changed: most are told at the first look
    LAUNCHES_A_FIND = 48,  // of one that is slower: it is measured twice
    CALIBRATING = 12,      // launches for a guess of the delay, of cells between two threads twice as many
    GUESSES = 6,
    CORRECTS_AFTER = 8, // launches with a delay one is made only to correct it
    PATIENT_AFTER =
        10, // launches in a row that were disturbed: from then on it waits a second before the next
    ATTEMPTS_MOST = 300, // and after so many it gives up
    POWER_SHARE = 5,     // for power a fifth of the suites is enough
};

static const double near_enough = 0.1; // of the slowdown that is wanted
static const double correction = 0.1;  // of what a launch differs from it
static const double step_ns = 1.8;     // of a delay: one multiplication; for a first guess

// Of a quantile of trips each one is delayed. Between two threads a delay has to be seldom enough to be of
// some steps, and shorter than what the queue holds.
static unsigned period_of(const struct self_cell *c)
{
    return gate_is_quantile(&c->plan) ? 1 : c->plan.kind == DUET_ALONE ? 1024 : 256;
}

// ---- launches ----

// The cost of a hand-off between two cores doubles and halves within minutes on a virtual machine, so a delay
// is a share of what the launch before has cost.
static unsigned long steps_of(const struct self_cell *c, double share)
{
    return share > 0 ? (unsigned long)fmax(1, round(share * c->base_ns * period_of(c) / step_ns)) : 0;
}

static bool launch(struct self_test *t, struct self_cell *c, double share, struct duet_answer *a,
                   struct error *e)
{
    char none[32], slow[32];
    snprintf(none, sizeof none, "0/%u", period_of(c));
    snprintf(slow, sizeof slow, "%lu/%u", steps_of(c, share), period_of(c));
    c->modules.slow[ARM_BASE] = c->modules.slow[ARM_COPY] = none;
    c->modules.slow[ARM_CANDIDATE] = slow;
    for (int i = 0; i < ATTEMPTS_MOST; i++) {
        // With what the folder holds, so that a run that goes on draws other layouts.
        uint64_t held = 0;
        for (size_t k = 0; k < SELF_TEST_LEVELS; k++)
            held += c->pool[k].count;
        uint64_t seed = hash64(hash64(t->setup.seed, c->launches++), held);
        duet_launch(&c->modules, &c->plan, c->items, seed, t->setup.cut, t->setup.context, a);
        if (a->cut)
            return fail(e, EXIT_INTERRUPTED, "interrupted; what was measured is in %s", t->setup.folder);
        if (!a->ok)
            return fail(e, EXIT_INVALID, "%s: %s", c->plan.name, a->reason);
        c->items = a->items;
        if (duet_noise_refuses(&a->noise) == NULL || t->setup.suite->keep_disturbed) {
            c->base_ns = a->cost_ns[ARM_BASE];
            return true;
        }
        if (i >= PATIENT_AFTER)
            nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    return fail(e, EXIT_INVALID, "%s: %d launches in a row were disturbed, the last one because %s",
                c->plan.name, ATTEMPTS_MOST, duet_noise_refuses(&a->noise));
}

// ---- how long a delay ----

static bool effect_of(struct self_test *t, struct self_cell *c, double share, double *effect, struct error *e)
{
    double x[2 * CALIBRATING];
    struct signed_rank s;
    size_t n = duet_threads(&c->plan) > 1 ? 2 * CALIBRATING : CALIBRATING;
    for (size_t i = 0; i < n; i++) {
        struct duet_answer a;
        if (!launch(t, c, share, &a, e))
            return false;
        x[i] = a.log_ratio;
    }
    if (!signed_rank_open(&s, x, n))
        return fail(e, EXIT_INVALID, "out of memory");
    *effect = expm1(signed_rank_estimate(&s));
    signed_rank_close(&s);
    return true;
}

// Half of the level on each side, or what the largest slowdown needs, which is told from noise best.
static double first_guess(const struct self_cell *c, size_t level)
{
    const struct pool *largest = &c->pool[SELF_TEST_LEVELS - 1];
    return largest->calibrated ? largest->share * self_levels[level] / self_levels[SELF_TEST_LEVELS - 1]
                               : self_levels[level] / 2;
}

// How long the delay must be for a slowdown of about this level. What it then really is is told from all
// launches.
static bool calibrate(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    struct pool *p = &c->pool[level];
    double share = first_guess(c, level), least = INFINITY;
    for (int i = 0; i < GUESSES && least > near_enough; i++) {
        double effect = 0, wanted = self_levels[level];
        if (!effect_of(t, c, share, &effect, e))
            return false;
        double off = fabs(effect / wanted - 1);
        if (off < least)
            p->share = share;
        least = fmin(off, least);
        share *= fmin(2, fmax(0.5, wanted / fmax(effect, 0.001)));
    }
    return self_pool_note_delay(t, c, level, e);
}

static bool prepare(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    struct duet_answer a;
    if (level == 0)
        return true;
    if (c->base_ns <= 0 && !launch(t, c, 0, &a, e))
        return false;
    size_t largest = SELF_TEST_LEVELS - 1;
    return (c->pool[largest].calibrated || calibrate(t, c, largest, e)) &&
           (c->pool[level].calibrated || calibrate(t, c, level, e));
}

// The machine changes while hours go by. Launches that are kept correct nothing: each would make the next one
// differ the other way, and their mean vary less than that of a gate's.
static bool correct(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    struct pool *p = &c->pool[level];
    struct duet_answer a;
    if (level == 0 || p->count == 0 || p->count % CORRECTS_AFTER > 0)
        return true;
    if (!launch(t, c, p->share, &a, e))
        return false;
    double off = 1 - expm1(a.log_ratio) / self_levels[level];
    p->share *= exp(correction * fmax(-1, fmin(1, off)));
    return self_pool_note_delay(t, c, level, e);
}

// ---- collecting ----

static size_t wanted(const struct self_test *t, const struct self_cell *c, size_t level)
{
    size_t power = t->setup.suites / POWER_SHARE;
    size_t every = level == 0 ? t->setup.suites * LAUNCHES_A_SUITE : (power ? power : 1) * LAUNCHES_A_FIND;
    return every + c->pool[level].extra;
}

static bool one_more(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    struct pool *p = &c->pool[level];
    struct duet_answer a;
    if (!prepare(t, c, level, e) || !correct(t, c, level, e) || !launch(t, c, p->share, &a, e) ||
        !self_pool_add(t, c, level, a.log_ratio, a.control, e))
        return false;
    if (t->setup.progress)
        t->setup.progress(t->setup.context, c->plan.name, self_levels[level], p->count, wanted(t, c, level));
    return true;
}

// A launch of each pool from `first` to `last` that lacks some, again and again.
static bool fill(struct self_test *t, size_t first, size_t last, struct error *e)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < t->count; i++)
            for (size_t k = first; k <= last; k++) {
                struct self_cell *c = &t->cells[i];
                if (!self_is_tested(c, k) || c->pool[k].count >= wanted(t, c, k))
                    continue;
                if (!one_more(t, c, k, e))
                    return false;
                more = true;
            }
    }
    return true;
}

// First what tells of false alarms. Some suites take more than their share of launches: whichever cell has
// too few for them gets more.
static bool collect(struct self_test *t, struct error *e)
{
    size_t suites, dry;
    for (;;) {
        if (!fill(t, 0, 0, e))
            return false;
        if ((suites = self_replay_suites(t, &dry)) >= t->setup.suites)
            break;
        size_t missing = t->setup.suites - suites, more = LAUNCHES_A_SUITE * (1 + missing / 4);
        struct pool *p = &t->cells[dry].pool[0];
        p->extra = p->count + more - t->setup.suites * LAUNCHES_A_SUITE;
    }
    return fill(t, 1, SELF_TEST_LEVELS - 1, e);
}

// ---- from beginning to end ----

static bool open_cells(struct self_test *t, struct error *e)
{
    for (size_t i = 0; i < t->setup.suite->count; i++) {
        struct self_cell *c = &t->cells[t->count++];
        char path[PATH_MAX], why[400];
        c->plan = t->setup.suite->cells[i];
        for (size_t k = 0; k < ARMS; k++)
            c->modules.copy[k] = -1;
        if (c->plan.producers > 1)
            return fail(e, EXIT_USAGE, "%s: the delay is for queues with one producer", c->plan.name);
        snprintf(c->label, sizeof c->label, "weir-slow-%.60s.so", t->setup.suite->cells[i].queue);
        snprintf(path, sizeof path, "%s/%s", t->setup.modules, c->label);
        for (size_t k = 0; k < ARMS; k++) {
            c->modules.path[k] = c->label;
            c->modules.copy[k] = weir_queue_copy(path, why, sizeof why);
            if (c->modules.copy[k] < 0)
                return fail(e, EXIT_USAGE, "%s; build it with: cmake --build %s --target gate_self_test", why,
                            t->setup.modules);
        }
    }
    return true;
}

bool self_test_run(struct self_test **test, const struct self_test_setup *setup, struct error *e)
{
    struct self_test *t = *test = calloc(1, sizeof *t);
    if (t == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    t->setup = *setup;
    return open_cells(t, e) && self_pools_open(t, e) && collect(t, e);
}

void self_test_rates(struct self_test *t, struct gate_rates *rates)
{
    self_replay(t, rates);
}

void self_test_close(struct self_test *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; k < ARMS; k++)
            if (t->cells[i].modules.copy[k] >= 0)
                close(t->cells[i].modules.copy[k]);
    self_pools_close(t);
    free(t);
}
