// SPDX-License-Identifier: Apache-2.0
#include "report/figures.h"

#include <math.h>
#include <stdlib.h>

#include "base/stats.h"
#include "result/metric.h"

static const struct report_figure run_figures[] = {
    {"response_p50", "response_ns.p50", NULL, NULL, "ns", "p50-ns/op", false},
    {"response_p99", "response_ns.p99", NULL, NULL, "ns", "p99-ns/op", false},
    {"response_p999", "response_ns.p999", NULL, NULL, "ns", "p999-ns/op", false},
    {"offered_p99", "response_offered_ns.p99", NULL, NULL, "ns", "offered-p99-ns/op", false},
    {"age_p50", "age_ns.p50", NULL, NULL, "ns", "age-p50-ns/op", false},
    {"cpu", "cpu.ns_per_record", NULL, NULL, "ns", "cpu-ns/op", false},
    {"loss", "loss", NULL, NULL, "1", "loss/op", false},
    {"goodput", "rate.delivered_per_s", NULL, NULL, "1/s", "records/s", true},
    {NULL, NULL, NULL, NULL, NULL, NULL, false},
};

static const struct report_figure bench_figures[] = {
    {"item", "bench.ns_per_item.median", "bench.ns_per_item.lo", "bench.ns_per_item.hi", "ns", "ns/op",
     false},
    {"latency_p50", "bench.latency_ns.p50", NULL, NULL, "ns", "p50-ns/op", false},
    {"latency_p99", "bench.latency_ns.p99", NULL, NULL, "ns", "p99-ns/op", false},
    {"rtt_p50", "bench.rtt_ns.p50", NULL, NULL, "ns", "rtt-p50-ns/op", false},
    {"rtt_p99", "bench.rtt_ns.p99", NULL, NULL, "ns", "rtt-p99-ns/op", false},
    {"cpu", "bench.cpu.ns_per_item", NULL, NULL, "ns", "cpu-ns/op", false},
    {"throughput", "bench.items_per_s", NULL, NULL, "1/s", "items/s", true},
    {NULL, NULL, NULL, NULL, NULL, NULL, false},
};

const struct report_figure *report_figure_at(enum report_kind kind, size_t i)
{
    const struct report_figure *list = kind == REPORT_BENCH ? bench_figures : run_figures;
    return list[i].name ? &list[i] : NULL;
}

static bool number_of(const json_t *cell, const char *metric, double *value)
{
    struct metric m = metric_of(cell, metric);
    if (m.kind != METRIC_NUMBER || !isfinite(m.number))
        return false;
    *value = m.number;
    return true;
}

bool report_value(const json_t *cell, const struct report_figure *f, double *value)
{
    return report_is_ok(cell) && number_of(cell, f->metric, value);
}

bool report_spread(const struct report_point *p, const struct report_figure *f, struct report_spread *s)
{
    double *values = calloc(p->count + 1, sizeof *values);
    size_t n = 0;
    *s = (struct report_spread){0};
    for (size_t i = 0; values && i < p->count; i++)
        n += report_value(p->cells[i], f, &values[n]);
    if (n > 0)
        *s = (struct report_spread){stats_median(values, n), values[0], values[0], n};
    for (size_t i = 0; i < n; i++) {
        s->lo = fmin(s->lo, values[i]);
        s->hi = fmax(s->hi, values[i]);
    }
    for (size_t i = 0; n == 1 && f->lo && i < p->count; i++)
        if (report_is_ok(p->cells[i])) {
            number_of(p->cells[i], f->lo, &s->lo);
            number_of(p->cells[i], f->hi, &s->hi);
        }
    free(values);
    return n > 0;
}
