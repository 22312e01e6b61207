// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <string.h>

#include "report/markdown.h"
#include "result/jsonx.h"
#include "result/text.h"

void markdown_text(FILE *out, const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            fputc(' ', out);
        else
            fprintf(out, strchr("\\|`*<>[]#", *text) ? "\\%c" : "%c", *text);
    }
}

static void head(FILE *out, const char *const *titles, size_t count, size_t left)
{
    fputc('|', out);
    for (size_t i = 0; i < count; i++) {
        fputc(' ', out);
        markdown_text(out, titles[i]);
        fputs(" |", out);
    }
    fputs("\n|", out);
    for (size_t i = 0; i < count; i++)
        fputs(i < left ? "---|" : "---:|", out);
    fputc('\n', out);
}

static void put_cell(FILE *out, const char *text)
{
    fputc(' ', out);
    markdown_text(out, text);
    fputs(" |", out);
}

// ---- a run ----
enum { TITLES_MAX = 64 };

static const char *time_or_dash(const struct summary_figure *f, char buf[TEXT_NUMBER_MAX])
{
    return f->known ? text_time(f->median, buf) : "-";
}

static const char *count_or_dash(const struct summary_figure *f, char buf[TEXT_NUMBER_MAX])
{
    return f->known ? text_count(f->median, buf) : "-";
}

static void put_loss(FILE *out, const struct summary_row *r)
{
    char buf[TEXT_NUMBER_MAX], text[160];
    if (!r->loss.known) {
        put_cell(out, "-");
        return;
    }
    snprintf(text, sizeof text, "%s", text_percent(r->loss.median, buf));
    for (size_t i = 0; i < 2; i++)
        if (r->parts[i].reason && r->loss.median > 0) {
            size_t used = strlen(text);
            snprintf(text + used, sizeof text - used, "%s%s", i ? ", " : " ", r->parts[i].reason);
        }
    put_cell(out, text);
}

// A row that is not ok has figures of a measurement that is none: they are left out, its status stands out.
static void put_status(FILE *out, const struct summary_row *r)
{
    if (r->worst != CELL_OK)
        fprintf(out, " **%s** (%u of %u ok)", cell_status_name(r->worst), r->ok, r->reps);
    else
        fprintf(out, " ok%s", r->expect_failed ? ", **expectation failed**" : "");
    fputs(" |\n", out);
}

static void put_row(FILE *out, const struct summary_group *g, const struct summary_row *r)
{
    char text[256], buf[TEXT_NUMBER_MAX];
    fputc('|', out);
    for (size_t a = 0; a < g->axis_count; a++)
        put_cell(out, summary_param(r, g->axes[a], text, sizeof text));
    if (g->axis_count == 0)
        put_cell(out, g->scenario);
    if (r->ok == 0) {
        for (size_t i = 0; i < 8; i++)
            put_cell(out, "-");
        put_status(out, r);
        return;
    }
    put_cell(out, count_or_dash(&r->offered, buf));
    put_cell(out, count_or_dash(&r->delivered, buf));
    put_loss(out, r);
    put_cell(out, time_or_dash(&r->p50, buf));
    put_cell(out, time_or_dash(&r->p99, buf));
    put_cell(out, time_or_dash(&r->p99_offered, buf));
    put_cell(out, time_or_dash(&r->age, buf));
    put_cell(out, time_or_dash(&r->cpu, buf));
    put_status(out, r);
}

void markdown_group(FILE *out, const struct summary_group *g)
{
    static const char *const figures[] = {"offered/s",   "delivered/s", "loss",    "p50",   "p99",
                                          "p99 offered", "age p50",     "CPU/rec", "status"};
    const char *titles[TITLES_MAX];
    size_t n = 0, axes = g->axis_count < TITLES_MAX - 16 ? g->axis_count : TITLES_MAX - 16;
    for (; n < axes; n++)
        titles[n] = g->axes[n];
    if (n == 0)
        titles[n++] = "scenario";
    size_t left = n;
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++)
        titles[n++] = figures[i];
    head(out, titles, n, left);
    for (size_t i = 0; i < g->row_count; i++)
        put_row(out, g, &g->rows[i]);
}

// ---- a bench ----
static const char *ns_of(const json_t *cell, const char *key, char buf[TEXT_NUMBER_MAX])
{
    double ns = jsonx_number(cell, key, -1);
    return ns >= 0 ? text_time(ns, buf) : "-";
}

static void put_bench_row(FILE *out, const struct report_point *p)
{
    static const char *const keys[] = {"bench.ns_per_item.median", "bench.ns_per_item.lo",
                                       "bench.ns_per_item.hi", "bench.limit_ns_per_item"};
    const json_t *cell = p->cells[0];
    char buf[TEXT_NUMBER_MAX];
    fputc('|', out);
    put_cell(out, *p->label ? p->label : p->name);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        put_cell(out, report_is_ok(cell) ? ns_of(cell, keys[i], buf) : "-");
    double rate = report_is_ok(cell) ? jsonx_number(cell, "bench.items_per_s", -1) : -1;
    put_cell(out, rate >= 0 ? text_count(rate, buf) : "-");
    put_cell(out, report_is_ok(cell) ? jsonx_string(cell, "bench.state") : "-");
    fprintf(out, report_is_ok(cell) ? " %s |\n" : " **%s** |\n", jsonx_string(cell, "status"));
}

void markdown_bench(FILE *out, const struct report_input *in)
{
    static const char *const titles[] = {"point", "an item", "from",  "to",
                                         "limit", "items/s", "cores", "status"};
    head(out, titles, sizeof titles / sizeof *titles, 1);
    for (size_t i = 0; i < in->point_count; i++)
        put_bench_row(out, &in->points[i]);
}

// ---- a conformance check ----
void markdown_conform(FILE *out, const struct report_input *in)
{
    static const char *const titles[] = {"check", "verdict", "what was seen"};
    size_t q, i;
    json_t *queue, *check;
    json_array_foreach(json_object_get(in->document, "queues"), q, queue)
    {
        fputs("## ", out);
        markdown_text(out, jsonx_string(queue, "from"));
        fputs("\n\nPromises: ", out);
        markdown_text(out, jsonx_string(queue, "contract"));
        fputs("\n\n", out);
        head(out, titles, 3, 3);
        json_array_foreach(json_object_get(queue, "checks"), i, check)
        {
            const char *status = jsonx_string(check, "status");
            fputc('|', out);
            put_cell(out, jsonx_string(check, "name"));
            fprintf(out, strcmp(status, "failed") == 0 ? " **%s** |" : " %s |", status);
            put_cell(out, jsonx_string(check, "text"));
            fputc('\n', out);
        }
        fprintf(out, "\n%.0f passed, %.0f failed, %.0f skipped.\n\n", jsonx_number(queue, "passed", 0),
                jsonx_number(queue, "failed", 0), jsonx_number(queue, "skipped", 0));
    }
}
