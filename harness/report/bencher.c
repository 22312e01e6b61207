// SPDX-License-Identifier: Apache-2.0
// Bencher Metric Format: {"BENCHMARK": {"MEASURE": {"value": n, "lower_value": n, "upper_value": n}}}. The
// measures `latency` and `throughput` are Bencher's own (nanoseconds, operations a second); the others go by
// a slug of theirs.
#include <string.h>

#include "report/figures.h"
#include "report/format.h"
#include "report/json_out.h"
#include "result/jsonx.h"

static void slug_of(const struct report_figure *f, size_t i, char slug[64])
{
    snprintf(slug, 64, "%s", i == 0 ? "latency" : f->bigger ? "throughput" : f->name);
    for (char *p = slug; *p; p++)
        *p = *p == '_' ? '-' : *p;
}

static json_t *measures_json(const struct report_input *in, const struct report_point *p)
{
    json_t *o = json_object();
    const struct report_figure *f;
    struct report_spread s;
    for (size_t i = 0; (f = report_figure_at(in->kind, i)) != NULL; i++) {
        char slug[64];
        if (!report_spread(p, f, &s))
            continue;
        slug_of(f, i, slug);
        json_t *m = json_object();
        jsonx_set(m, "value", jsonx_real(s.median));
        if (s.lo < s.hi) {
            jsonx_set(m, "lower_value", jsonx_real(s.lo));
            jsonx_set(m, "upper_value", jsonx_real(s.hi));
        }
        jsonx_set(o, slug, m);
    }
    return o;
}

bool report_bencher(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    json_t *o = json_object();
    for (size_t p = 0; p < in->point_count; p++)
        if (in->points[p].ok > 0)
            jsonx_set(o, in->points[p].name, measures_json(in, &in->points[p]));
    report_put_json(out, o);
    return true;
}
