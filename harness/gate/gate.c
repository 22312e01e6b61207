// SPDX-License-Identifier: Apache-2.0
#include "gate/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "base/stats.h"
#include "bench/module.h"
#include "bench/module_file.h"

enum {
    ATTEMPTS_TO_JUDGE = 10, // before so many it is too early to call the machine unfit
};

static const double most_discarded = 0.3; // share of a cell's launches

static const char *const status_names[GATE_STATUSES] = {"measured", "identical", "missing", "invalid", "cut"};
static const char *const noises[] = {"the hypervisor took time", "other programs had its cores",
                                     "a thread was moved to another core", "memory was read from a disk",
                                     "the generator was late"};

const char *gate_status_name(enum gate_status status)
{
    return status_names[status];
}

const char *gate_noise_at(size_t index)
{
    return index < sizeof noises / sizeof *noises ? noises[index] : NULL;
}

const char *gate_cell_word(const struct gate_cell *c)
{
    static const char *const words[GATE_STATUSES] = {"", "IDENTICAL", "NO BASE", "INVALID", "CUT"};
    return c->status == GATE_MEASURED ? verdict_name(c->verdict) : words[c->status];
}

// ---- before and after ----

static bool give_series(struct gate_series *s, size_t launches)
{
    s->log_ratio = calloc(launches, sizeof *s->log_ratio);
    s->control = calloc(launches, sizeof *s->control);
    return s->log_ratio && s->control;
}

bool gate_open(struct gate *g, const struct gate_suite *suite)
{
    *g = (struct gate){.suite = *suite, .count = suite->count, .seed = 1};
    g->cells = calloc(suite->count + 1, sizeof *g->cells);
    bool ok = g->cells != NULL;
    for (size_t i = 0; ok && i < g->count; i++) {
        g->cells[i].plan = suite->cells[i];
        for (size_t k = 0; k < ARMS; k++)
            g->cells[i].modules.copy[k] = -1;
        ok = give_series(&g->cells[i].first, suite->launches) &&
             give_series(&g->cells[i].again, suite->launches);
    }
    return ok;
}

static void close_copies(struct gate_cell *c)
{
    for (size_t k = 0; k < ARMS; k++) {
        if (c->modules.copy[k] >= 0)
            close(c->modules.copy[k]);
        c->modules.copy[k] = -1;
    }
}

void gate_close(struct gate *g)
{
    for (size_t i = 0; g->cells && i < g->count; i++) {
        close_copies(&g->cells[i]);
        free(g->cells[i].first.log_ratio);
        free(g->cells[i].first.control);
        free(g->cells[i].again.log_ratio);
        free(g->cells[i].again.control);
    }
    free(g->cells);
    g->cells = NULL;
    behaviour_free(&g->behaviour);
}

// ---- the modules ----

static bool same_bytes(const char *a, const char *b)
{
    FILE *left = fopen(a, "re"), *right = fopen(b, "re");
    bool same = left && right;
    while (same) {
        char one[4096], other[4096];
        size_t n = fread(one, 1, sizeof one, left), m = fread(other, 1, sizeof other, right);
        same = n == m && memcmp(one, other, n) == 0 && !ferror(left) && !ferror(right);
        if (n < sizeof one)
            break;
    }
    if (left)
        fclose(left);
    if (right)
        fclose(right);
    return same;
}

static const char *basename_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static void make_invalid(struct gate_cell *c, const char *reason)
{
    static const char advice[] =
        "; of commits, name one that has this module interface: across a change of it "
        "nothing can be held against each other";
    c->status = GATE_INVALID;
    snprintf(c->reason, sizeof c->reason, "%.380s%s", reason,
             strstr(reason, WEIR_MODULE_REBUILD) ? advice : "");
}

static void open_cell(const struct gate *g, struct gate_cell *c)
{
    char why[480];
    const char *path[ARMS] = {c->base, c->base, c->candidate};
    if (g->launcher)
        return;
    if (*c->candidate == '\0') { // gone, or never there: what cannot be measured is no pass
        c->status = GATE_INVALID;
        snprintf(c->reason, sizeof c->reason,
                 *c->base ? "the candidate has no queue '%s', which the base has"
                          : "neither base nor candidate has a queue '%s'",
                 c->plan.queue);
        return;
    }
    if (*c->base == '\0') {
        c->status = GATE_MISSING;
        snprintf(c->reason, sizeof c->reason, "the base has no queue '%s'", c->plan.queue);
        return;
    }
    if (!g->even_identical && same_bytes(c->base, c->candidate)) {
        c->status = GATE_IDENTICAL;
        snprintf(c->reason, sizeof c->reason, "base and candidate are the same file, byte for byte");
        return;
    }
    snprintf(c->label[0], sizeof c->label[0], "the base's %.60s", basename_of(c->base));
    snprintf(c->label[1], sizeof c->label[1], "the candidate's %.60s", basename_of(c->candidate));
    for (size_t k = 0; k < ARMS; k++) {
        c->modules.path[k] = c->label[k == ARM_CANDIDATE];
        c->modules.copy[k] = weir_queue_copy(path[k], why, sizeof why);
        if (c->modules.copy[k] < 0) {
            make_invalid(c, why);
            return;
        }
    }
}

// ---- launches ----

static void note_cost(struct gate_cell *c, const struct duet_answer *a)
{
    double n = (double)c->first.count;
    for (size_t k = 0; k < ARMS; k++)
        c->cost_ns[k] += (a->cost_ns[k] - c->cost_ns[k]) / n;
}

static void note_disturbed(struct gate_cell *c, const char *why)
{
    for (size_t i = 0; gate_noise_at(i); i++)
        c->disturbed[i] += strcmp(gate_noise_at(i), why) == 0;
}

// One more launch of the cell. False when it cannot go on.
static bool launch(struct gate *g, struct gate_cell *c, struct gate_series *s, size_t until)
{
    struct duet_answer a;
    uint64_t seed = hash64(hash64(g->seed, s == &c->again), s->attempts);
    if (g->launcher)
        g->launcher(g->launches, c, seed, &a);
    else
        duet_launch(&c->modules, &c->plan, c->items, seed, g->cut, g->context, &a);
    s->attempts++;
    c->seconds += a.seconds;
    if (a.cut) {
        c->status = GATE_CUT;
        g->interrupted = true;
        snprintf(c->reason, sizeof c->reason, "interrupted");
        return false;
    }
    if (!a.ok) {
        make_invalid(c, a.reason);
        return false;
    }
    c->items = a.items;
    const char *noise = duet_noise_refuses(&a.noise);
    if (noise)
        note_disturbed(c, noise);
    if (noise == NULL || g->suite.keep_disturbed) {
        s->log_ratio[s->count] = a.log_ratio;
        s->control[s->count] = a.control;
        s->count++;
        if (s == &c->first)
            note_cost(c, &a);
    }
    size_t discarded = s->attempts - s->count;
    if (s->attempts >= ATTEMPTS_TO_JUDGE && (double)discarded > most_discarded * (double)s->attempts) {
        snprintf(c->reason, sizeof c->reason,
                 "the machine is unfit: %zu of %zu launches were disturbed, the last one because %s; see "
                 "'weir doctor'",
                 discarded, s->attempts, noise ? noise : "of what came before");
        c->status = GATE_INVALID;
        return false;
    }
    if (g->progress)
        g->progress(g->context, c, s->count, until);
    if (g->cut && g->cut(g->context))
        g->interrupted = true;
    return !g->interrupted;
}

static struct gate_series *series_of(struct gate_cell *c, bool again)
{
    return again ? &c->again : &c->first;
}

static bool is_open(const struct gate_cell *c, bool again)
{
    return c->status == GATE_MEASURED && (again ? c->alarmed && c->again.judged.verdict == VERDICT_MORE
                                                : c->first.judged.verdict == VERDICT_MORE);
}

// A launch of each open cell in turn, so that a disturbance of some seconds meets them all.
static void launch_all(struct gate *g, bool again, size_t until)
{
    for (bool more = true; more && !g->interrupted;) {
        more = false;
        for (size_t i = 0; i < g->count && !g->interrupted; i++) {
            struct gate_cell *c = &g->cells[i];
            struct gate_series *s = series_of(c, again);
            if (!is_open(c, again) || s->count >= until)
                continue;
            more = launch(g, c, s, until) || more;
        }
    }
}

// ---- decisions ----

// Judges at this look those that are still open, and decides over all of them together: what was decided
// before keeps its figures.
static void decide(struct gate *g, bool again, size_t look)
{
    struct judged *result = calloc(2 * g->count + 1, sizeof *result), *control = result + g->count;
    bool *last = calloc(g->count + 1, sizeof *last);
    size_t *which = calloc(g->count + 1, sizeof *which), n = 0;
    struct verdict_rule rule;
    if (result == NULL || last == NULL || which == NULL)
        abort(); // a few hundred bytes: nothing sensible is left to do
    verdict_rule_set(&rule, 0, g->suite.launches);
    for (size_t i = 0; i < g->count; i++) {
        struct gate_cell *c = &g->cells[i];
        struct gate_series *s = series_of(c, again);
        if (c->status != GATE_MEASURED || (again && !c->alarmed) || s->count == 0)
            continue;
        rule.margin = c->plan.margin;
        if (is_open(c, again) && !(verdict_look(&rule, look, s->log_ratio, s->count, &s->judged) &&
                                   verdict_look(&rule, look, s->control, s->count, &s->judged_control))) {
            make_invalid(c, "out of memory");
            continue;
        }
        last[n] = look + 1 == rule.looks;
        control[n] = s->judged_control;
        result[n] = s->judged;
        which[n++] = i;
    }
    verdict_decide(result, last, n, verdict_error(&rule));
    verdict_decide(control, last, n, verdict_error(&rule));
    for (size_t k = 0; k < n; k++) {
        struct gate_series *s = series_of(&g->cells[which[k]], again);
        s->judged = result[k];
        s->judged_control = control[k];
    }
    free(result);
    free(last);
    free(which);
}

static void measure(struct gate *g, bool again)
{
    struct verdict_rule rule;
    verdict_rule_set(&rule, 0, g->suite.launches);
    for (size_t look = 0; look < rule.looks && !g->interrupted; look++) {
        launch_all(g, again, rule.launches[look]);
        if (!g->interrupted)
            decide(g, again, look);
    }
}

static bool control_failed(const struct gate_series *s)
{
    return s->judged_control.verdict == VERDICT_REGRESSED || s->judged_control.verdict == VERDICT_IMPROVED;
}

// What the cell comes to.
static void conclude(struct gate *g, struct gate_cell *c)
{
    if (c->status != GATE_MEASURED)
        return;
    c->verdict = c->first.judged.verdict;
    c->confirmed = c->alarmed && c->again.judged.verdict == VERDICT_REGRESSED;
    if (g->interrupted &&
        (c->verdict == VERDICT_MORE || (c->alarmed && c->again.judged.verdict == VERDICT_MORE))) {
        c->status = GATE_CUT;
        snprintf(c->reason, sizeof c->reason, "interrupted");
    } else if (control_failed(&c->first) || (c->alarmed && control_failed(&c->again))) {
        make_invalid(
            c, "the control failed: a copy of the base differs from it by more than the margin, so nothing "
               "can be said of the candidate");
    } else if (c->alarmed && !c->confirmed) {
        c->verdict = VERDICT_UNDERPOWERED;
        snprintf(c->reason, sizeof c->reason, "an alarm that did not repeat with fresh launches");
    } else if (c->verdict == VERDICT_UNDERPOWERED) {
        snprintf(c->reason, sizeof c->reason, "%zu launches do not tell", c->first.count);
    }
}

// Once for each queue that is measured.
static void count_queues(struct gate *g)
{
    struct count_sides sides = {.tool = g->count_tool, .cut = g->cut, .context = g->context};
    for (size_t i = 0; i < g->count && !g->interrupted; i++) {
        const struct gate_cell *c = &g->cells[i];
        bool before = false;
        for (size_t k = 0; k < i; k++)
            before = before || strcmp(g->cells[k].plan.queue, c->plan.queue) == 0;
        sides.base = c->base;
        sides.candidate = c->candidate;
        if (!before && c->status == GATE_MEASURED)
            g->interrupted = !gate_count_queue(&g->counts, &sides, c->plan.queue);
    }
}

static void count_strategies(struct gate *g)
{
    const struct count_sides sides = {.tool = g->count_tool,
                                      .base = g->steps[0],
                                      .candidate = g->steps[1],
                                      .cut = g->cut,
                                      .context = g->context};
    if (!g->even_identical && *sides.base && *sides.candidate && same_bytes(sides.base, sides.candidate))
        g->counts.strategies = STRATEGIES_IDENTICAL;
    else
        g->interrupted = !gate_count_strategies(&g->counts, &sides);
}

static void count_steps(struct gate *g)
{
    if (g->suite.skip_instructions) {
        gate_count_skip(&g->counts, "instructions were NOT counted: the suite says so");
        return;
    }
    count_queues(g);
    if (g->has_steps && !g->interrupted)
        count_strategies(g);
}

void gate_run(struct gate *g)
{
    uint64_t begin_ns = clock_mono_ns();
    for (size_t i = 0; i < g->count; i++)
        open_cell(g, &g->cells[i]);
    if (g->count_tool)
        count_steps(g);
    measure(g, false);
    bool any = false;
    for (size_t i = 0; i < g->count; i++) {
        struct gate_cell *c = &g->cells[i];
        c->alarmed = c->status == GATE_MEASURED && c->first.judged.verdict == VERDICT_REGRESSED &&
                     !control_failed(&c->first);
        any = any || c->alarmed;
    }
    if (any && !g->interrupted)
        measure(g, true);
    for (size_t i = 0; i < g->count; i++) {
        conclude(g, &g->cells[i]);
        close_copies(&g->cells[i]);
    }
    g->seconds = (double)(clock_mono_ns() - begin_ns) / 1e9;
}

int gate_exit_code(const struct gate *g, bool strict)
{
    enum exit_code code = g->interrupted ? EXIT_INTERRUPTED : EXIT_OK;
    for (size_t i = 0; i < g->count; i++) {
        const struct gate_cell *c = &g->cells[i];
        if (c->status == GATE_INVALID)
            code = exit_code_worse(code, EXIT_INVALID);
        if (c->status == GATE_MEASURED && c->verdict == VERDICT_REGRESSED)
            code = exit_code_worse(code, EXIT_REGRESSION);
        if (c->status == GATE_MEASURED && c->verdict == VERDICT_UNDERPOWERED && strict)
            code = exit_code_worse(code, EXIT_NOISY);
    }
    for (size_t i = 0; i < g->counts.count; i++)
        if (count_row_verdict(&g->counts.rows[i]) == COUNT_MORE)
            code = exit_code_worse(code, EXIT_REGRESSION);
    if (g->counts.invalid_count)
        code = exit_code_worse(code, EXIT_INVALID);
    return (int)exit_code_worse(code, behaviour_exit_code(&g->behaviour));
}

void gate_control_alarms(const struct gate *g, size_t *alarms, size_t *cells)
{
    *alarms = *cells = 0;
    for (size_t i = 0; i < g->count; i++) {
        const struct gate_series *s = &g->cells[i].first;
        *cells += s->judged_control.launches > 0;
        *alarms += control_failed(s);
    }
}
