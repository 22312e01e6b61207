// SPDX-License-Identifier: Apache-2.0
// github-action-benchmark: a list of {name, unit, value, range, extra}, one file of what should be small and
// one of what should be big. The value is the median of the repetitions, the range their interval.
#include "report/figures.h"
#include "report/format.h"
#include "report/json_out.h"
#include "result/jsonx.h"

// A bench's cell has its repetitions inside, all of them with the cores at one distance.
static void say_how_often(const struct report_point *p, char *text, size_t size)
{
    size_t inside = json_array_size(jsonx_find(p->cells[0], "bench.ns_per_item.reps"));
    const char *state = jsonx_string(p->cells[0], "bench.state");
    if (inside)
        snprintf(text, size, "%zu repetitions%s%s", inside, *state ? ", cores " : "", state);
    else
        snprintf(text, size, "%zu of %zu repetitions", p->ok, p->count);
}

static void add(json_t *list, const struct report_point *p, const struct report_figure *f)
{
    struct report_spread s;
    char text[128];
    if (!report_spread(p, f, &s))
        return;
    bool share = f->unit[0] == '1' && f->unit[1] == 0;
    double scale = share ? 100 : 1;
    json_t *o = json_object();
    snprintf(text, sizeof text, " %s", f->name);
    json_t *name = json_sprintf("%s%s", p->name, text);
    jsonx_set(o, "name", name ? name : jsonx_text(f->name));
    jsonx_set(o, "unit", jsonx_text(share ? "%" : f->unit));
    jsonx_set(o, "value", jsonx_real(s.median * scale));
    if (s.lo < s.hi) {
        snprintf(text, sizeof text, "%.6g .. %.6g", s.lo * scale, s.hi * scale);
        jsonx_set(o, "range", jsonx_text(text));
    }
    say_how_often(p, text, sizeof text);
    jsonx_set(o, "extra", jsonx_text(text));
    json_array_append_new(list, o);
}

static void write_list(FILE *out, const struct report_input *in, bool bigger)
{
    json_t *list = json_array();
    const struct report_figure *f;
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; (f = report_figure_at(in->kind, i)) != NULL; i++)
            if (f->bigger == bigger)
                add(list, &in->points[p], f);
    report_put_json(out, list);
}

bool report_github_smaller(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    write_list(out, in, false);
    return true;
}

bool report_github_bigger(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    write_list(out, in, true);
    return true;
}
