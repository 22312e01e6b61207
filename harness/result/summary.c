// SPDX-License-Identifier: Apache-2.0
#include "result/summary.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/jsonx.h"
#include "result/metric.h"
#include "result/text.h"

static void *must(void *p)
{
    if (p == NULL) {
        fputs("weir: out of memory\n", stderr);
        abort();
    }
    return p;
}

// ---- the cells of one row ----
struct reps {
    const json_t **cells;
    size_t count;
};

static enum cell_status status_of(const json_t *cell)
{
    const char *s = jsonx_string(cell, "status");
    for (int i = CELL_OK; i <= CELL_SKIPPED; i++)
        if (strcmp(s, cell_status_name((enum cell_status)i)) == 0)
            return (enum cell_status)i;
    return CELL_FAILED;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Own median: infinities order like numbers, and their mean with a number is infinite.
static struct summary_figure figure_of(double *values, size_t n)
{
    if (n == 0)
        return (struct summary_figure){.known = false};
    qsort(values, n, sizeof *values, compare);
    double a = values[(n - 1) / 2], b = values[n / 2];
    double median = a == b ? a : (a + b) / 2; // two infinities have no mean
    return (struct summary_figure){.known = true, .median = median, .lo = values[0], .hi = values[n - 1]};
}

// Delay, not loss; but a reader of "lost nothing" should know of it.
static struct metric left_share(const json_t *cell)
{
    double generated = jsonx_number(cell, "ledger.generated", 0);
    double left = jsonx_number(cell, "ledger.unsent", 0) + jsonx_number(cell, "ledger.in_flight", 0);
    return (struct metric){.kind = METRIC_NUMBER, .number = generated > 0 ? left / generated : 0};
}

// The queues came back to what they were before an event of the timeline, or did not until the end.
static struct metric slowest_recovery(const json_t *cell)
{
    struct metric worst = {.kind = METRIC_UNKNOWN};
    size_t i;
    json_t *event;
    json_array_foreach(json_object_get(cell, "events"), i, event)
    {
        const json_t *own = json_object_get(event, "recovered_ns");
        if (json_is_null(json_object_get(event, "applied_ns")))
            continue; // the run ended before
        double ns = json_is_number(own) ? json_number_value(own) : HUGE_VAL;
        if (worst.kind == METRIC_UNKNOWN || ns > worst.number)
            worst = (struct metric){.kind = METRIC_NUMBER, .number = ns};
    }
    return worst;
}

static struct metric value_of(const json_t *cell, const char *key)
{
    if (strcmp(key, "left") == 0)
        return left_share(cell);
    if (strcmp(key, "recovery") == 0)
        return slowest_recovery(cell);
    return metric_of(cell, key);
}

// Only measured reps count: a failed one has no figures. When none is ok, the invalid ones are shown (and
// marked).
static bool counts(const json_t *cell, bool any_ok)
{
    enum cell_status s = status_of(cell);
    return s == CELL_OK || (!any_ok && s == CELL_INVALID);
}

static struct summary_figure gather(const struct reps *reps, const char *key, bool any_ok)
{
    double *values = must(calloc(reps->count + 1, sizeof *values));
    size_t n = 0;
    for (size_t i = 0; i < reps->count; i++) {
        struct metric m = value_of(reps->cells[i], key);
        if (!counts(reps->cells[i], any_ok))
            continue;
        if (m.kind == METRIC_NUMBER)
            values[n++] = m.number;
        else if (m.kind == METRIC_NULL && strcmp(key, "p99_offered") == 0 &&
                 jsonx_number(reps->cells[i], "response_offered_ns.count", 0) > 0)
            values[n++] = HUGE_VAL;
    }
    struct summary_figure f = figure_of(values, n);
    free(values);
    return f;
}

static void add_part(struct loss_part parts[2], const char *reason, double share)
{
    if (share > parts[0].share) {
        parts[1] = parts[0];
        parts[0] = (struct loss_part){reason, share};
    } else if (share > parts[1].share) {
        parts[1] = (struct loss_part){reason, share};
    }
}

static void find_parts(struct summary_row *row, const struct reps *reps, bool any_ok)
{
    double total = 0, of[WEIR_LOSS_COUNT + 1] = {0};
    for (size_t i = 0; i < reps->count; i++) {
        const json_t *ledger = json_object_get(reps->cells[i], "ledger");
        if (!counts(reps->cells[i], any_ok))
            continue;
        for (int r = 0; r < WEIR_LOSS_COUNT; r++)
            of[r] += jsonx_number(json_object_get(ledger, "lost"), weir_loss_name((enum weir_loss)r), 0);
        of[WEIR_LOSS_COUNT] += jsonx_number(ledger, "refused_final", 0);
    }
    for (int r = 0; r <= WEIR_LOSS_COUNT; r++)
        total += of[r];
    for (int r = 0; r <= WEIR_LOSS_COUNT && total > 0; r++)
        add_part(row->parts, r < WEIR_LOSS_COUNT ? weir_loss_name((enum weir_loss)r) : "refused",
                 of[r] / total);
}

static double capacity_of(const struct reps *reps)
{
    double capacity = HUGE_VAL, fill = -1;
    for (size_t i = 0; i < reps->count; i++) {
        size_t k;
        json_t *edge;
        json_array_foreach(json_object_get(reps->cells[i], "queue"), k, edge)
        {
            double own = jsonx_number(edge, "capacity", HUGE_VAL), high = jsonx_number(edge, "high_water", 0);
            if (high > fill) {
                fill = high;
                capacity = own;
            }
        }
    }
    return capacity;
}

static int severity(enum cell_status s)
{
    return s == CELL_FAILED ? 3 : s == CELL_INVALID ? 2 : s == CELL_SKIPPED;
}

static void judge(struct summary_row *row, const struct reps *reps)
{
    row->worst = CELL_OK;
    row->reason = "";
    for (size_t i = 0; i < reps->count; i++) {
        enum cell_status s = status_of(reps->cells[i]);
        row->reps++;
        row->ok += s == CELL_OK;
        if (severity(s) > severity(row->worst)) {
            row->worst = s;
            row->reason = jsonx_string(reps->cells[i], "reason");
        }
        size_t k;
        json_t *expect;
        json_array_foreach(json_object_get(reps->cells[i], "expect"), k, expect) row->expect_failed |=
            json_is_false(json_object_get(expect, "ok"));
    }
}

static struct summary_row row_of(const struct reps *reps)
{
    struct summary_row row = {.params = json_object_get(reps->cells[0], "params")};
    judge(&row, reps);
    row.first = reps->cells[0];
    for (size_t i = reps->count; i-- > 0;)
        if (status_of(reps->cells[i]) == CELL_OK)
            row.first = reps->cells[i];
    bool any_ok = row.ok > 0;
    row.offered = gather(reps, "rate.offered_per_s", any_ok);
    row.delivered = gather(reps, "rate.delivered_per_s", any_ok);
    row.loss = gather(reps, "loss", any_ok);
    row.left = gather(reps, "left", any_ok);
    row.p50 = gather(reps, "p50", any_ok);
    row.p99 = gather(reps, "p99", any_ok);
    row.p999 = gather(reps, "response_ns.p999", any_ok);
    row.max = gather(reps, "response_ns.max", any_ok);
    row.stall = gather(reps, "producer_stall_ns", any_ok);
    row.recovery = gather(reps, "recovery", any_ok);
    row.p99_offered = gather(reps, "p99_offered", any_ok);
    row.age = gather(reps, "age", any_ok);
    row.high_water = gather(reps, "high_water", any_ok);
    row.cpu = gather(reps, "cpu.ns_per_record", any_ok);
    row.capacity = capacity_of(reps);
    find_parts(&row, reps, any_ok);
    return row;
}

// ---- groups ----
static bool same_text(const json_t *a, const json_t *b, const char *key)
{
    return strcmp(jsonx_string(a, key), jsonx_string(b, key)) == 0;
}

static bool same_group(const json_t *a, const json_t *b)
{
    return same_text(a, b, "scenario") && same_text(a, b, "engine");
}

static const char *question_of(const json_t *document, const char *scenario)
{
    size_t i;
    json_t *s;
    json_array_foreach(jsonx_find(document, "run.scenarios"), i, s)
    {
        if (strcmp(jsonx_string(s, "name"), scenario) == 0)
            return jsonx_string(s, "question");
    }
    return "";
}

static void find_axes(struct summary_group *g)
{
    const char *key;
    json_t *value;
    g->axes = must(calloc(json_object_size(g->rows[0].params) + 1, sizeof *g->axes));
    json_object_foreach((json_t *)g->rows[0].params, key, value)
    {
        bool differs = false;
        for (size_t i = 1; i < g->row_count && !differs; i++)
            differs = !json_equal(value, json_object_get(g->rows[i].params, key));
        if (differs)
            g->axes[g->axis_count++] = key;
    }
}

// A rep of the same point. Two cells with the same rep number are not: a suite ran the scenario twice, with
// settings that its parameters do not show.
static bool same_point(const struct reps *reps, const json_t *cell)
{
    const json_t *first = reps->cells[0];
    if (!same_group(first, cell) ||
        !json_equal(json_object_get(first, "params"), json_object_get(cell, "params")))
        return false;
    for (size_t i = 0; i < reps->count; i++)
        if (json_equal(json_object_get(reps->cells[i], "rep"), json_object_get(cell, "rep")))
            return false;
    return true;
}

static void note_machine(struct summary_group *g, const json_t *cell)
{
    double threads = jsonx_number(cell, "threads", 0);
    g->threads = threads > g->threads ? (unsigned)threads : g->threads;
    g->cells += status_of(cell) != CELL_SKIPPED;
    g->far_cells += strcmp(jsonx_string(cell, "state"), "far") == 0;
}

// Takes all cells of the first cell's group, row by row in document order; marks them as taken.
static struct summary_group group_of(const json_t *document, const json_t *cells, bool *taken, size_t first)
{
    size_t n = json_array_size(cells);
    const json_t *head = json_array_get(cells, first);
    struct summary_group g = {.scenario = jsonx_string(head, "scenario"),
                              .engine = jsonx_string(head, "engine")};
    g.question = question_of(document, g.scenario);
    g.cores = (unsigned)jsonx_number(document, "env.cores", 0);
    g.rows = must(calloc(n, sizeof *g.rows));
    struct reps reps = {.cells = must(calloc(n, sizeof *reps.cells))};
    for (size_t i = first; i < n; i++) {
        const json_t *own = json_array_get(cells, i);
        if (taken[i] || !same_group(own, head))
            continue;
        taken[i] = true;
        reps.cells[0] = own;
        note_machine(&g, own);
        reps.count = 1;
        for (size_t k = i + 1; k < n; k++) {
            const json_t *other = json_array_get(cells, k);
            if (taken[k] || !same_point(&reps, other))
                continue;
            taken[k] = true;
            reps.cells[reps.count++] = other;
            note_machine(&g, other);
        }
        g.rows[g.row_count++] = row_of(&reps);
    }
    free(reps.cells);
    find_axes(&g);
    return g;
}

struct summary *summary_of(const json_t *document)
{
    const json_t *cells = json_object_get(document, "cells");
    size_t n = json_array_size(cells);
    struct summary *s = must(calloc(1, sizeof *s));
    s->groups = must(calloc(n + 1, sizeof *s->groups));
    bool *taken = must(calloc(n + 1, sizeof *taken));
    for (size_t i = 0; i < n; i++)
        if (!taken[i])
            s->groups[s->group_count++] = group_of(document, cells, taken, i);
    free(taken);
    return s;
}

void summary_free(struct summary *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->group_count; i++) {
        for (size_t k = 0; k < s->groups[i].row_count; k++)
            free(s->groups[i].rows[k].depth);
        free(s->groups[i].rows);
        free(s->groups[i].axes);
    }
    free(s->groups);
    free(s);
}

// The document has seconds; a person reads 200 us. Only the key tells a time from a share.
static bool is_time(const char *key)
{
    static const char *const leaves[] = {"service", "think", "timeout", "interval", "target",
                                         "dwell",   "on",    "off",     "period",   "duration",
                                         "warmup",  "drain", "deadline"};
    const char *dot = strrchr(key, '.'), *leaf = dot ? dot + 1 : key;
    size_t n = strlen(leaf);
    for (size_t i = 0; i < sizeof leaves / sizeof *leaves; i++)
        if (strcmp(leaf, leaves[i]) == 0)
            return true;
    return n > 6 && strcmp(leaf + n - 6, "_every") == 0;
}

char *summary_param(const struct summary_row *row, const char *key, char *buf, size_t size)
{
    const json_t *value = json_object_get(row->params, key);
    char number[TEXT_NUMBER_MAX];
    if (json_is_string(value))
        snprintf(buf, size, "%s", json_string_value(value));
    else if (json_is_number(value) && is_time(key))
        snprintf(buf, size, "%s", text_time(json_number_value(value) * 1e9, number));
    else if (json_is_number(value) && json_number_value(value) >= 100000)
        snprintf(buf, size, "%s", text_count(json_number_value(value), number));
    else if (json_is_number(value))
        snprintf(buf, size, "%.*g", json_number_value(value) >= 1000 ? 6 : 4, json_number_value(value));
    else
        snprintf(buf, size, "-");
    return buf;
}
