// SPDX-License-Identifier: Apache-2.0
// The figures that documents are compared by, and what a change of one is.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/compare.h"
#include "result/jsonx.h"
#include "result/metric.h"

#define RUN   REPORT_RUN
#define BENCH REPORT_BENCH

static const struct compare_figure figures[] = {
    {"loss", "loss", "loss", NULL, COMPARE_SHARE, COMPARE_LOWER, RUN, true},
    {"p50", "p50", "p50", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, true},
    {"p99", "p99", "p99", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, true},
    {"p99_offered", "p99 over offered", "p99_offered", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, true},
    {"goodput", "goodput", "goodput", NULL, COMPARE_RATE, COMPARE_HIGHER, RUN, true},
    {"cpu", "CPU for a record", "cpu.ns_per_record", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, true},
    {"p999", "p99.9", "response_ns.p999", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, false},
    {"max", "longest response time", "response_ns.max", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, false},
    {"age", "age p50", "age", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, false},
    {"lost", "records lost", "lost", NULL, COMPARE_NUMBER, COMPARE_LOWER, RUN, false},
    {"high_water", "highest fill of a queue", "high_water", NULL, COMPARE_NUMBER, COMPARE_NEITHER, RUN,
     false},
    {"stall", "producer stall", "producer_stall_ns", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, false},
    {"recovery", "longest recovery", "recovery", NULL, COMPARE_TIME, COMPARE_LOWER, RUN, false},
    {"memory", "memory of records", "memory.pool_peak_bytes", NULL, COMPARE_NUMBER, COMPARE_LOWER, RUN,
     false},
    {"item", "an item", "bench.ns_per_item.median", "bench.ns_per_item.reps", COMPARE_TIME, COMPARE_LOWER,
     BENCH, true},
    {"latency_p99", "latency p99", "bench.latency_ns.p99", NULL, COMPARE_TIME, COMPARE_LOWER, BENCH, true},
    {"latency_p50", "latency p50", "bench.latency_ns.p50", NULL, COMPARE_TIME, COMPARE_LOWER, BENCH, false},
    {"rtt_p50", "round trip p50", "bench.rtt_ns.p50", NULL, COMPARE_TIME, COMPARE_LOWER, BENCH, false},
    {"rtt_p99", "round trip p99", "bench.rtt_ns.p99", NULL, COMPARE_TIME, COMPARE_LOWER, BENCH, false},
    {"cpu", "CPU for an item", "bench.cpu.ns_per_item", NULL, COMPARE_TIME, COMPARE_LOWER, BENCH, false},
    {"throughput", "items a second", "bench.items_per_s", NULL, COMPARE_RATE, COMPARE_HIGHER, BENCH, false},
};

enum { FIGURES = sizeof figures / sizeof *figures };

const struct compare_figure *compare_figure_at(size_t i)
{
    return i < FIGURES ? &figures[i] : NULL;
}

// ---- those that are asked for ----
static bool ends(const char *part, size_t length, const char *with)
{
    size_t n = strlen(with);
    return length >= n && strncmp(part + length - n, with, n) == 0;
}

// Keys end in their unit: "queue.parse.mean" is a number, "age_ns.p90" a time.
static enum compare_unit unit_of(const char *metric)
{
    for (const char *p = metric;; p++) {
        size_t n = strcspn(p, ".");
        if (ends(p, n, "_ns") || strncmp(p, "ns_per_", 7) == 0)
            return COMPARE_TIME;
        if (ends(p, n, "_per_s"))
            return COMPARE_RATE;
        p += n;
        if (*p == 0)
            return COMPARE_NUMBER;
    }
}

static bool exists(const struct comparison *c, const char *metric)
{
    for (size_t s = 0; s < COMPARE_SIDES; s++)
        for (size_t i = 0; i < c->in[s]->point_count; i++)
            for (size_t k = 0; k < c->in[s]->points[i].count; k++) {
                enum metric_kind kind = metric_of(c->in[s]->points[i].cells[k], metric).kind;
                if (kind == METRIC_NUMBER || kind == METRIC_NULL)
                    return true;
            }
    return false;
}

static bool unknown(const char *metric, enum report_kind kind, struct error *e)
{
    char names[512] = "";
    for (size_t i = 0; i < FIGURES; i++)
        if (figures[i].kinds & kind) {
            text_append(names, sizeof names, *names ? ", " : "");
            text_append(names, sizeof names, figures[i].name);
        }
    return fail(e, EXIT_USAGE,
                "--metric: no cell has a figure '%s'; there are: %s, and the keys of 'weir list keys'",
                metric, names);
}

static bool pick(struct comparison *c, const char *metric, struct error *e)
{
    struct compare_figure *f = &c->figures[c->figure_count];
    for (size_t i = 0; i < FIGURES; i++)
        if ((figures[i].kinds & c->in[0]->kind) && strcmp(figures[i].name, metric) == 0) {
            *f = figures[i];
            c->figure_count++;
            return true;
        }
    if (!exists(c, metric))
        return unknown(metric, c->in[0]->kind, e);
    *f = (struct compare_figure){.name = metric,
                                 .title = metric,
                                 .metric = metric,
                                 .unit = unit_of(metric),
                                 .better = COMPARE_NEITHER,
                                 .kinds = c->in[0]->kind};
    c->figure_count++;
    return true;
}

bool compare_pick_figures(struct comparison *c, const struct compare_request *r, struct error *e)
{
    c->figures = calloc((r->metric_count ? r->metric_count : FIGURES) + 1, sizeof *c->figures);
    if (c->figures == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    for (size_t i = 0; i < r->metric_count; i++)
        if (!pick(c, r->metrics[i], e))
            return false;
    for (size_t i = 0; r->metric_count == 0 && i < FIGURES; i++)
        if (figures[i].usual && (figures[i].kinds & c->in[0]->kind))
            c->figures[c->figure_count++] = figures[i];
    return true;
}

// ---- values ----
// Of records that never arrived the percentile is infinite, and so is the time to a recovery that never came;
// of nothing at all there is none.
static bool is_infinite(const json_t *cell, const char *metric)
{
    if (strcmp(metric, "recovery") == 0)
        return true;
    bool offered = strcmp(metric, "p99_offered") == 0 || strncmp(metric, "response_offered_ns.", 20) == 0;
    return offered && jsonx_number(cell, "response_offered_ns.count", 0) > 0;
}

static void add_value(const json_t *cell, const struct compare_figure *f, struct compare_values *v)
{
    struct metric m = metric_of(cell, f->metric);
    if (m.kind == METRIC_NUMBER && isfinite(m.number))
        v->list[v->count++] = m.number;
    else if (m.kind == METRIC_NULL && is_infinite(cell, f->metric))
        v->list[v->count++] = HUGE_VAL;
}

static void add_list(const json_t *list, struct compare_values *v)
{
    size_t i;
    json_t *value;
    json_array_foreach((json_t *)list, i, value)
    {
        if (json_is_number(value))
            v->list[v->count++] = json_number_value(value);
    }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Infinities order like numbers, and have no mean: base/stats.h wants finite values.
static void find_range(struct compare_values *v)
{
    double *sorted = malloc(v->count * sizeof *sorted);
    if (sorted == NULL) {
        v->count = 0;
        return;
    }
    memcpy(sorted, v->list, v->count * sizeof *sorted);
    qsort(sorted, v->count, sizeof *sorted, ascending);
    double a = sorted[(v->count - 1) / 2], b = sorted[v->count / 2];
    v->median = a == b ? a : (a + b) / 2;
    v->lo = sorted[0];
    v->hi = sorted[v->count - 1];
    free(sorted);
}

void compare_gather(const struct compare_figure *f, const struct report_point *p, struct compare_values *v)
{
    size_t room = p->count;
    *v = (struct compare_values){0};
    for (size_t i = 0; f->reps && i < p->count; i++)
        room += json_array_size(jsonx_find(p->cells[i], f->reps));
    v->list = calloc(room + 1, sizeof *v->list);
    for (size_t i = 0; v->list && i < p->count; i++) {
        const json_t *list = f->reps ? jsonx_find(p->cells[i], f->reps) : NULL;
        if (!report_is_ok(p->cells[i]))
            continue;
        if (json_array_size(list))
            add_list(list, v);
        else
            add_value(p->cells[i], f, v);
    }
    if (v->count)
        find_range(v);
}

void compare_judge(const struct compare_figure *f, struct compare_pair *pair, bool exact)
{
    const struct compare_values *a = &pair->side[0], *b = &pair->side[1];
    pair->both = a->count > 0 && b->count > 0;
    if (!pair->both)
        return;
    bool same = a->median == b->median; // two infinities have no difference
    pair->difference = same ? 0 : b->median - a->median;
    if (isfinite(a->median) && isfinite(b->median) && a->median > 0 && b->median > 0)
        pair->ratio = b->median / a->median;
    pair->apart = (exact || (a->count > 1 && b->count > 1)) && (a->hi < b->lo || b->hi < a->lo);
    if (pair->apart && f->better != COMPARE_NEITHER)
        pair->verdict = (pair->difference > 0) == (f->better == COMPARE_HIGHER) ? 1 : -1;
}

double compare_size(const struct compare_figure *f, const struct compare_pair *pair)
{
    if (!pair->both)
        return -1;
    if (pair->difference == 0)
        return 0;
    if (f->unit == COMPARE_SHARE)
        return fabs(pair->difference);
    return pair->ratio > 0 ? fabs(log(pair->ratio)) : HUGE_VAL;
}

// ---- text ----
char *compare_value_text(const struct compare_figure *f, double value, bool utf8, char buf[TEXT_NUMBER_MAX])
{
    if (!isfinite(value)) {
        snprintf(buf, TEXT_NUMBER_MAX, "%s", utf8 ? "\xe2\x88\x9e" : "inf");
        return buf;
    }
    if (f->unit == COMPARE_TIME)
        return text_time(value, buf);
    if (f->unit == COMPARE_SHARE)
        return text_percent(value, buf);
    text_count(value, buf);
    if (f->unit == COMPARE_RATE)
        text_append(buf, TEXT_NUMBER_MAX, "/s");
    return buf;
}

static void put_percent(char buf[TEXT_NUMBER_MAX], double percent, const char *unit)
{
    double size = fabs(percent);
    int digits = size < 0.0095 ? 3 : size < 0.095 ? 2 : size < 9.95 ? 1 : 0;
    if (size < 0.0005)
        snprintf(buf, TEXT_NUMBER_MAX, "~0 %s", unit);
    else
        snprintf(buf, TEXT_NUMBER_MAX, "%+.*f %s", digits, percent, unit);
}

char *compare_change_text(const struct compare_figure *f, const struct compare_pair *pair,
                          char buf[TEXT_NUMBER_MAX])
{
    double a = pair->side[0].median, b = pair->side[1].median;
    if (!pair->both)
        snprintf(buf, TEXT_NUMBER_MAX, "%s", "");
    else if (pair->difference == 0)
        snprintf(buf, TEXT_NUMBER_MAX, "=");
    else if (f->unit == COMPARE_SHARE)
        put_percent(buf, pair->difference * 100, "pp");
    else if (!isfinite(a) || !isfinite(b))
        snprintf(buf, TEXT_NUMBER_MAX, isfinite(a) ? "to inf" : "from inf");
    else if (pair->ratio <= 0)
        snprintf(buf, TEXT_NUMBER_MAX, a == 0 ? "from 0" : b == 0 ? "to 0" : "");
    else if (pair->ratio >= 2 || pair->ratio <= 0.5)
        snprintf(buf, TEXT_NUMBER_MAX,
                 pair->ratio >= 100   ? "x%.0f"
                 : pair->ratio >= 0.1 ? "x%.2f"
                                      : "x%.2g",
                 pair->ratio);
    else
        put_percent(buf, (pair->ratio - 1) * 100, "%");
    return buf;
}
