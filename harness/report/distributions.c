// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "report/input.h"
#include "result/jsonx.h"

static const struct report_hist_kind run_kinds[] = {{"response_ns", "response"}, {"service_ns", "service"}};
static const struct report_hist_kind bench_kinds[] = {{"latency_ns", "latency"}, {"rtt_ns", "rtt"}};

const struct report_hist_kind *report_hist_kind_at(enum report_kind kind, size_t i)
{
    return i >= 2 ? NULL : kind == REPORT_BENCH ? &bench_kinds[i] : &run_kinds[i];
}

static bool has(const struct report_input *in, const struct report_point *p, const char *key)
{
    for (size_t i = 0; i < p->count; i++)
        if (report_is_ok(p->cells[i]) && histograms_has(in->histograms, p->cells[i], key))
            return true;
    return false;
}

bool report_distributions_fill(struct report_input *in)
{
    const struct report_hist_kind *kind;
    in->distributions = calloc(2 * in->point_count + 1, sizeof *in->distributions);
    for (size_t p = 0; in->distributions && p < in->point_count; p++)
        for (size_t k = 0; (kind = report_hist_kind_at(in->kind, k)) != NULL; k++)
            if (has(in, &in->points[p], kind->key))
                in->distributions[in->distribution_count++] =
                    (struct report_distribution){&in->points[p], kind};
    return in->distributions != NULL;
}

size_t report_without_histogram(const struct report_input *in, const struct report_point *const *points,
                                size_t count)
{
    size_t lacking = 0;
    for (size_t i = 0; in->distribution_count && in->kind == REPORT_RUN && i < count; i++)
        for (size_t k = 0; k < points[i]->count; k++) {
            const json_t *cell = points[i]->cells[k];
            lacking += report_is_ok(cell) && jsonx_number(cell, "response_ns.count", 0) > 0 &&
                       !histograms_has(in->histograms, cell, "response_ns");
        }
    return lacking;
}

bool report_hist_pooled(const struct report_input *in, const struct report_distribution *d,
                        struct hist *pooled, struct hist *scratch)
{
    memset(pooled, 0, sizeof *pooled);
    for (size_t i = 0; i < d->point->count; i++)
        if (report_is_ok(d->point->cells[i]) &&
            histograms_get(in->histograms, d->point->cells[i], d->kind->key, scratch))
            hist_merge(pooled, scratch);
    return pooled->total > 0;
}
