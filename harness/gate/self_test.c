// SPDX-License-Identifier: Apache-2.0
#include "gate/self_test.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/binomial.h"
#include "base/folders.h"
#include "base/rng.h"
#include "base/signed_rank.h"
#include "bench/module.h"
#include "gate/gate.h"

enum {
    LAUNCHES_A_SUITE = 24, // of a cell in which nothing has changed: most are told at the first look
    LAUNCHES_A_FIND = 48,  // of one that is slower: it is measured twice
    CALIBRATING = 8,       // launches for a guess of the delay
    GUESSES = 6,
    PATIENT_AFTER =
        10, // launches in a row that were disturbed: from then on it waits a second before the next
    ATTEMPTS_MOST = 300, // and after so many it gives up
    POWER_SHARE = 3,     // for power a third of the suites is enough
};

static const double levels[SELF_TEST_LEVELS] = {0, 0.03, 0.05, 0.10};

struct pool {
    double *log_ratio, *control;
    size_t count, room, taken;
    unsigned long steps;
    bool calibrated;
};

struct self_cell {
    struct duet_cell plan;
    struct duet_modules modules;
    char label[80];
    struct pool pool[SELF_TEST_LEVELS];
    uint64_t items, launches; // launches: made now, which draws the next layout
};

struct self_test {
    struct self_test_setup setup;
    struct self_cell cells[GATE_CELLS_MOST];
    size_t count;
    FILE *launches, *steps;
};

static bool is_tested(const struct self_cell *c, size_t level)
{
    return level == 0 || !gate_is_quantile(&c->plan) || levels[level] >= 0.1;
}

// Of a quantile of trips each one is delayed. Between two threads short and frequent delays act evenly where
// long and rare ones are swallowed by the queue, up to a length from which on they change how the two run.
static unsigned period_of(const struct self_cell *c)
{
    return gate_is_quantile(&c->plan) ? 1 : c->plan.kind == DUET_ALONE ? 1024 : 64;
}

// ---- what is kept ----

static bool keep(struct pool *p, double log_ratio, double control)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 256;
        double *a = realloc(p->log_ratio, room * sizeof *a);
        if (a)
            p->log_ratio = a;
        double *b = a ? realloc(p->control, room * sizeof *b) : NULL;
        if (b)
            p->control = b;
        if (b == NULL)
            return false;
        p->room = room;
    }
    p->log_ratio[p->count] = log_ratio;
    p->control[p->count++] = control;
    return true;
}

static struct pool *find_pool(struct self_test *t, const char *name, double level)
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; k < SELF_TEST_LEVELS; k++)
            if (strcmp(t->cells[i].plan.name, name) == 0 && fabs(levels[k] - level) < 1e-9)
                return &t->cells[i].pool[k];
    return NULL;
}

// Lines "name,slowdown,..."; the last one may have been cut when the program was killed.
static void read_lines(struct self_test *t, const char *path, bool steps)
{
    char line[256], name[DUET_NAME];
    FILE *in = fopen(path, "re");
    while (in && fgets(line, sizeof line, in)) {
        double level, a, b;
        int fields = sscanf(line, "%95[^,],%lf,%lf,%lf", name, &level, &a, &b);
        struct pool *p = fields >= 3 && strchr(line, '\n') ? find_pool(t, name, level) : NULL;
        if (p && steps) {
            p->steps = (unsigned long)a;
            p->calibrated = true;
        } else if (p && fields == 4) {
            keep(p, a, b);
        }
    }
    if (in)
        fclose(in);
}

// Takes off a line that was cut: it would pass for a whole one with another number.
static bool drop_cut_line(FILE *file)
{
    long end = 0, at = 0;
    rewind(file);
    for (int c; (c = fgetc(file)) != EOF;) {
        at++;
        end = c == '\n' ? at : end;
    }
    return (end == at || ftruncate(fileno(file), end) == 0) && fseek(file, 0, SEEK_END) == 0;
}

static FILE *open_log(struct self_test *t, const char *name, bool steps, struct error *e)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", t->setup.folder, name);
    read_lines(t, path, steps);
    FILE *file = make_path(t->setup.folder) ? fopen(path, "a+e") : NULL;
    if (file && drop_cut_line(file))
        return file;
    fail(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    if (file)
        fclose(file);
    return NULL;
}

// ---- launches ----

static bool launch(struct self_test *t, struct self_cell *c, unsigned long steps, struct duet_answer *a,
                   struct error *e)
{
    char none[32], slow[32];
    snprintf(none, sizeof none, "0/%u", period_of(c));
    snprintf(slow, sizeof slow, "%lu/%u", steps, period_of(c));
    c->modules.slow[ARM_BASE] = c->modules.slow[ARM_COPY] = none;
    c->modules.slow[ARM_CANDIDATE] = slow;
    for (int i = 0; i < ATTEMPTS_MOST; i++) {
        // With what the folder holds, so that a run that goes on draws other layouts.
        uint64_t seed = hash64(hash64(t->setup.seed, c->launches++), c->pool[0].count);
        duet_launch(&c->modules, &c->plan, c->items, seed, t->setup.cut, t->setup.context, a);
        if (a->cut)
            return fail(e, EXIT_INTERRUPTED, "interrupted; what was measured is in %s", t->setup.folder);
        if (!a->ok)
            return fail(e, EXIT_INVALID, "%s: %s", c->plan.name, a->reason);
        c->items = a->items;
        if (duet_noise_refuses(&a->noise) == NULL || t->setup.suite->keep_disturbed)
            return true;
        if (i >= PATIENT_AFTER)
            nanosleep(&(struct timespec){.tv_sec = 1}, NULL);
    }
    return fail(e, EXIT_INVALID, "%s: %d launches in a row were disturbed, the last one because %s",
                c->plan.name, ATTEMPTS_MOST, duet_noise_refuses(&a->noise));
}

static bool effect_of(struct self_test *t, struct self_cell *c, unsigned long steps, double *effect,
                      struct error *e)
{
    double x[CALIBRATING];
    struct signed_rank s;
    for (size_t i = 0; i < CALIBRATING; i++) {
        struct duet_answer a;
        if (!launch(t, c, steps, &a, e))
            return false;
        x[i] = a.log_ratio;
    }
    if (!signed_rank_open(&s, x, CALIBRATING))
        return fail(e, EXIT_INVALID, "out of memory");
    *effect = expm1(signed_rank_estimate(&s));
    signed_rank_close(&s);
    return true;
}

// How long the delay must be for a slowdown of about this level. What it then really is is told from all
// launches.
static bool calibrate(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    struct pool *p = &c->pool[level];
    struct duet_answer a;
    if (level == 0 || p->calibrated)
        return true;
    if (!launch(t, c, 0, &a, e))
        return false;
    double steps = fmax(1, round(levels[level] * a.cost_ns[ARM_BASE] * period_of(c) / 2)), least = INFINITY;
    for (int i = 0; i < GUESSES && least > 0.08; i++) {
        double effect = 0;
        if (!effect_of(t, c, (unsigned long)steps, &effect, e))
            return false;
        double off = fabs(effect / levels[level] - 1);
        if (off < least)
            p->steps = (unsigned long)steps;
        least = fmin(off, least);
        steps = fmax(1, round(steps * fmin(3, fmax(1.0 / 3, levels[level] / fmax(effect, 0.001)))));
    }
    p->calibrated = true;
    fprintf(t->steps, "%s,%g,%lu\n", c->plan.name, levels[level], p->steps);
    return fflush(t->steps) == 0 || fail(e, EXIT_INVALID, "steps.csv: %s", strerror(errno));
}

static size_t wanted(const struct self_test *t, size_t level)
{
    size_t power = t->setup.suites / POWER_SHARE;
    return level == 0 ? t->setup.suites * LAUNCHES_A_SUITE : (power ? power : 1) * LAUNCHES_A_FIND;
}

static bool one_more(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    struct pool *p = &c->pool[level];
    struct duet_answer a;
    if (!calibrate(t, c, level, e) || !launch(t, c, p->steps, &a, e))
        return false;
    if (!keep(p, a.log_ratio, a.control))
        return fail(e, EXIT_INVALID, "out of memory");
    fprintf(t->launches, "%s,%g,%.9g,%.9g\n", c->plan.name, levels[level], a.log_ratio, a.control);
    if (fflush(t->launches) != 0)
        return fail(e, EXIT_INVALID, "launches.csv: %s", strerror(errno));
    if (t->setup.progress)
        t->setup.progress(t->setup.context, c->plan.name, levels[level], p->count, wanted(t, level));
    return true;
}

// A launch of each pool that lacks some, again and again.
static bool collect(struct self_test *t, struct error *e)
{
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < t->count; i++)
            for (size_t k = 0; k < SELF_TEST_LEVELS; k++) {
                struct self_cell *c = &t->cells[i];
                if (!is_tested(c, k) || c->pool[k].count >= wanted(t, k))
                    continue;
                if (!one_more(t, c, k, e))
                    return false;
                more = true;
            }
    }
    return true;
}

static bool open_cells(struct self_test *t, struct error *e)
{
    for (size_t i = 0; i < t->setup.suite->count; i++) {
        struct self_cell *c = &t->cells[t->count++];
        char path[PATH_MAX], why[400];
        c->plan = t->setup.suite->cells[i];
        if (c->plan.producers > 1)
            return fail(e, EXIT_USAGE, "%s: the delay is for queues with one producer", c->plan.name);
        snprintf(c->label, sizeof c->label, "weir-slow-%.60s.so", t->setup.suite->cells[i].queue);
        snprintf(path, sizeof path, "%s/%s", t->setup.modules, c->label);
        for (size_t k = 0; k < ARMS; k++)
            c->modules.copy[k] = -1;
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
    return open_cells(t, e) && (t->steps = open_log(t, "steps.csv", true, e)) != NULL &&
           (t->launches = open_log(t, "launches.csv", false, e)) != NULL && collect(t, e);
}

void self_test_close(struct self_test *t)
{
    for (size_t i = 0; t && i < t->count; i++) {
        for (size_t k = 0; k < ARMS; k++)
            if (t->cells[i].modules.copy[k] >= 0)
                close(t->cells[i].modules.copy[k]);
        for (size_t k = 0; k < SELF_TEST_LEVELS; k++) {
            free(t->cells[i].pool[k].log_ratio);
            free(t->cells[i].pool[k].control);
        }
    }
    if (t && t->launches)
        fclose(t->launches);
    if (t && t->steps)
        fclose(t->steps);
    free(t);
}

// ---- suites of what was measured ----

struct replay {
    struct self_test *test;
    size_t slowed; // this cell, or the count of cells: none
    size_t level;
    bool dry; // a pool has ended: the suite does not count
};

// A cell that is not slowed has, for power, not changed at all: the suite is one in which one cell is slower.
static void replay_launch(void *context, const struct gate_cell *cell, uint64_t seed, struct duet_answer *a)
{
    struct replay *r = context;
    (void)seed;
    *a = (struct duet_answer){.ok = true, .items = 1};
    for (size_t i = 0; i < r->test->count; i++) {
        struct self_cell *c = &r->test->cells[i];
        if (strcmp(c->plan.name, cell->plan.name) != 0 || (r->level > 0 && i != r->slowed))
            continue;
        struct pool *p = &c->pool[r->level];
        if (p->taken == p->count) {
            r->dry = true;
            a->ok = false;
            a->cut = true;
            return;
        }
        a->log_ratio = p->log_ratio[p->taken];
        a->control = p->control[p->taken++];
    }
}

struct counted {
    size_t suites, alarms, invalid, cells, undecided;
};

static struct counted cut_into_suites(struct self_test *t, size_t slowed, size_t level)
{
    struct counted n = {0};
    struct replay r = {.test = t, .slowed = slowed, .level = level};
    for (size_t i = 0; i < t->count; i++)
        t->cells[i].pool[level].taken = 0;
    while (!r.dry) {
        struct gate g;
        if (gate_open(&g, t->setup.suite)) {
            g.launcher = replay_launch;
            g.launches = &r;
            gate_run(&g);
        }
        bool alarm = false, invalid = false;
        for (size_t i = 0; g.cells && i < g.count && !r.dry; i++) {
            const struct gate_cell *c = &g.cells[i];
            bool counts = level == 0 || i == slowed;
            alarm = alarm || (counts && c->status == GATE_MEASURED && c->verdict == VERDICT_REGRESSED);
            invalid = invalid || c->status == GATE_INVALID;
            n.undecided += counts && c->status == GATE_MEASURED && c->verdict == VERDICT_UNDERPOWERED;
            n.cells += counts;
        }
        n.suites += !r.dry;
        n.alarms += alarm;
        n.invalid += invalid;
        r.dry = r.dry || g.cells == NULL;
        gate_close(&g);
    }
    return n;
}

static void print_rate(FILE *out, size_t hits, size_t of)
{
    struct rate_interval i = binomial_exact(hits, of, 0.95);
    fprintf(out, "%zu of %zu (95 %% interval %.1f to %.1f %%)", hits, of, 100 * i.lo, 100 * i.hi);
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

void self_test_print(struct self_test *t, FILE *out)
{
    struct counted n = cut_into_suites(t, t->count, 0);
    fprintf(out, "false alarms, nothing changed: ");
    print_rate(out, n.alarms, n.suites);
    fprintf(out, " suites of %zu cells\nits control failed: ", t->count);
    print_rate(out, n.invalid, n.suites);
    fprintf(out, " suites; not to be told: ");
    print_rate(out, n.undecided, n.cells);
    fprintf(out, " cells\n\n%-24s  %9s  %9s  %s\n", "cell", "slowdown", "measured", "found");
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 1; k < SELF_TEST_LEVELS; k++) {
            const struct self_cell *c = &t->cells[i];
            if (!is_tested(c, k) || c->pool[k].count == 0)
                continue;
            struct counted found = cut_into_suites(t, i, k);
            fprintf(out, "%-24s  %7g %%  %+7.2f %%  ", c->plan.name, 100 * levels[k],
                    100 * measured_effect(&c->pool[k]));
            print_rate(out, found.alarms, found.suites);
            double off = fabs(measured_effect(&c->pool[k]) / levels[k] - 1);
            fputs(off > 0.25 ? ": no delay was found that slows it by so much\n" : "\n", out);
        }
}
