// SPDX-License-Identifier: Apache-2.0
// Go's benchmark text (golang.org/design/14313-benchmark-format), for benchstat: lines of configuration, then
// one line a repetition. A name's parts are KEY=VALUE, so `benchstat -col /queue` compares queues. It ends in
// -N, N the machine's cores, which benchstat takes off: a value that ends in a number itself would be
// mistaken for it.
#include <ctype.h>

#include "report/figures.h"
#include "report/format.h"
#include "result/jsonx.h"

static void put_config(FILE *out, const char *key, const char *value)
{
    if (*value == 0)
        return;
    fprintf(out, "%s: ", key);
    for (; *value; value++)
        fputc((unsigned char)*value < ' ' ? ' ' : *value, out);
    fputc('\n', out);
}

// "Benchmark" and then no lower case letter; no white space.
static void put_name(FILE *out, const char *name, unsigned cores)
{
    fputs("Benchmark", out);
    fputc(islower((unsigned char)*name) ? toupper((unsigned char)*name) : *name, out);
    for (name += *name != 0; *name; name++)
        fputc(isspace((unsigned char)*name) || (unsigned char)*name < ' ' ? '_' : *name, out);
    fprintf(out, "-%u", cores ? cores : 1);
}

static void put_units(FILE *out, const struct report_input *in)
{
    const struct report_figure *f;
    for (size_t i = 0; (f = report_figure_at(in->kind, i)) != NULL; i++)
        if (f->bigger)
            fprintf(out, "Unit %s better=higher\n", f->go_unit);
    fputc('\n', out);
}

static void put_figures(FILE *out, const struct report_input *in, const json_t *cell, size_t from)
{
    const struct report_figure *f;
    double value;
    for (size_t i = from; (f = report_figure_at(in->kind, i)) != NULL; i++)
        if (report_value(cell, f, &value))
            fprintf(out, "\t%.10g %s", value, f->go_unit);
}

static unsigned cores_of(const struct report_input *in)
{
    return (unsigned)jsonx_number(in->document, "env.cores", 1);
}

static void put_run_cell(FILE *out, const struct report_input *in, const struct report_point *p,
                         const json_t *cell)
{
    double count = jsonx_number(cell, "response_ns.count", 0);
    put_name(out, p->name, cores_of(in));
    fprintf(out, "\t%.0f", count >= 1 ? count : 1);
    put_figures(out, in, cell, 0);
    fputc('\n', out);
}

static void put_bench_cell(FILE *out, const struct report_input *in, const struct report_point *p,
                           const json_t *cell)
{
    const json_t *reps = jsonx_find(cell, "bench.ns_per_item.reps");
    const char *state = jsonx_string(cell, "bench.state");
    double items =
        jsonx_number(cell, "bench.items", 0) / (double)(json_array_size(reps) + !json_array_size(reps));
    size_t i;
    json_t *rep;
    put_config(out, "state", *state ? state : "unknown"); // near and far cores: benchstat keeps them apart
    json_array_foreach((json_t *)reps, i, rep)
    {
        double ns = json_number_value(rep);
        if (ns <= 0)
            continue;
        put_name(out, p->name, cores_of(in));
        fprintf(out, "\t%.0f\t%.10g ns/op\t%.10g items/s\n", items >= 1 ? items : 1, ns, 1e9 / ns);
    }
}

bool report_go(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    put_config(out, "pkg", "weir");
    put_config(out, "cpu", jsonx_string(in->document, "env.cpu"));
    put_config(out, "machine", jsonx_string(in->document, "env.machine_id"));
    // Not keys: benchstat would put runs that differ in one into tables of their own.
    put_config(out, "# commit", jsonx_string(in->document, "tool.git"));
    put_config(out, "# run", jsonx_string(in->document, "run.id"));
    put_units(out, in);
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++) {
            const json_t *cell = in->points[p].cells[i];
            if (!report_is_ok(cell))
                continue;
            if (in->kind == REPORT_BENCH)
                put_bench_cell(out, in, &in->points[p], cell);
            else
                put_run_cell(out, in, &in->points[p], cell);
        }
    report_put_left_out(out, in, "# not exported: ");
    return true;
}
