// SPDX-License-Identifier: Apache-2.0
// Every cell by itself: what each repetition measured.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"

enum { NAME_SIZE = 512 };

bool page_in_group(const json_t *cell, const struct summary_group *g)
{
    return strcmp(jsonx_string(cell, "scenario"), g->scenario) == 0 &&
           strcmp(jsonx_string(cell, "engine"), g->engine) == 0;
}

static bool has_reps(const struct summary_group *g)
{
    for (size_t i = 0; i < g->row_count; i++)
        if (g->rows[i].reps > 1)
            return true;
    return false;
}

void page_cell_name(const json_t *cell, const struct summary_group *g, char *name, size_t size)
{
    static const char *const always[] = {"queue", "strategy"};
    const struct summary_row row = {.params = json_object_get(cell, "params")};
    const char *const *axes = g->axis_count ? g->axes : always;
    size_t count = g->axis_count ? g->axis_count : 2;
    *name = 0;
    for (size_t a = 0; a < count; a++) {
        char value[256];
        bool named = strcmp(axes[a], "queue") != 0 && strcmp(axes[a], "strategy") != 0;
        summary_param(&row, axes[a], value, sizeof value);
        size_t used = strlen(name);
        snprintf(name + used, size - used, "%s%s%s%s", a ? ", " : "", named ? axes[a] : "", named ? " " : "",
                 value);
    }
    size_t used = strlen(name);
    if (has_reps(g))
        snprintf(name + used, size - used, ", rep %.0f", jsonx_number(cell, "rep", 0));
}

void page_open_row(FILE *out, const json_t *cell, const struct summary_group *g)
{
    char name[NAME_SIZE];
    page_cell_name(cell, g, name, sizeof name);
    fputs("<tr data-status=\"", out);
    html_text(out, jsonx_string(cell, "status"));
    fputs("\">", out);
    html_cell_head(out, name);
}

// ---- repetitions ----
static void put_time(FILE *out, const json_t *cell, const char *key)
{
    char number[TEXT_NUMBER_MAX];
    double ns = report_is_ok(cell) ? jsonx_number(cell, key, NAN) : NAN;
    html_cell_number(out, ns, isnan(ns) ? "\xe2\x80\x93" : html_time(ns, number));
}

static void put_count(FILE *out, const json_t *cell, const char *key)
{
    char number[TEXT_NUMBER_MAX];
    double v = report_is_ok(cell) ? jsonx_number(cell, key, NAN) : NAN;
    html_cell_number(out, v, isnan(v) ? "\xe2\x80\x93" : text_count(v, number));
}

static void put_loss(FILE *out, const json_t *cell)
{
    char number[TEXT_NUMBER_MAX];
    double all = jsonx_number(cell, "ledger.generated", 0);
    double lost = jsonx_number(cell, "ledger.lost.total", 0) + jsonx_number(cell, "ledger.refused_final", 0);
    double share = report_is_ok(cell) && all > 0 ? lost / all : NAN;
    html_cell_number(out, share, isnan(share) ? "\xe2\x80\x93" : text_percent(share, number));
}

static void put_cores(FILE *out, const json_t *cell)
{
    char text[96], before[TEXT_NUMBER_MAX], after[TEXT_NUMBER_MAX];
    const char *state = jsonx_string(cell, "state");
    double b = jsonx_number(cell, "pingpong_ns.before", NAN),
           a = jsonx_number(cell, "pingpong_ns.after", NAN);
    snprintf(text, sizeof text, "%s", *state ? state : "\xe2\x80\x93");
    if (*state && !isnan(a) && !isnan(b))
        snprintf(text, sizeof text, "%s, %s to %s", state, text_time(b, before), text_time(a, after));
    html_cell_text(out, text);
}

static void put_seed(FILE *out, const json_t *cell)
{
    char number[TEXT_NUMBER_MAX];
    double seed = jsonx_number(cell, "seed", NAN);
    snprintf(number, sizeof number, "%.0f", seed);
    html_cell_number(out, seed, isnan(seed) ? "\xe2\x80\x93" : number);
}

static void put_repetition(FILE *out, const json_t *cell, const struct summary_group *g)
{
    char number[TEXT_NUMBER_MAX];
    double peak = jsonx_number(cell, "memory.peak_bytes", NAN);
    page_open_row(out, cell, g);
    put_seed(out, cell);
    put_count(out, cell, "rate.delivered_per_s");
    put_loss(out, cell);
    put_time(out, cell, "response_ns.p50");
    put_time(out, cell, "response_ns.p99");
    put_time(out, cell, "response_ns.p999");
    put_time(out, cell, "response_ns.max");
    put_time(out, cell, "producer_stall_ns");
    if (!isnan(peak))
        snprintf(number, sizeof number, "%.1f MiB", peak / 1048576);
    html_cell_number(out, peak, isnan(peak) ? "\xe2\x80\x93" : number);
    put_cores(out, cell);
    page_status(out, jsonx_string(cell, "status"), "", "");
    fputs("</tr>\n", out);
}

void page_repetitions(FILE *out, const struct report_input *in, const struct summary_group *g)
{
    static const struct {
        const char *title;
        enum html_column kind;
        const char *help;
    } columns[] = {{"cell", HTML_TEXT, NULL},
                   {"seed", HTML_NUMBER, NULL},
                   {"delivered/s", HTML_NUMBER, NULL},
                   {"loss", HTML_NUMBER, NULL},
                   {"p50", HTML_NUMBER, NULL},
                   {"p99", HTML_NUMBER, NULL},
                   {"p99.9", HTML_NUMBER, NULL},
                   {"max", HTML_NUMBER, NULL},
                   {"stall", HTML_NUMBER, "time that producers spent blocked, paced or refused"},
                   {"memory", HTML_NUMBER, "peak of the cell's process; none in virtual time"},
                   {"cores", HTML_TEXT, "a cache line there and back, before and after the cell"},
                   {"status", HTML_AXIS, NULL}};
    fputs("<details>\n<summary>Every cell and repetition</summary>\n", out);
    html_table_open(out, "grid repetitions", "Every cell and repetition");
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        html_table_head(out, columns[i].title, columns[i].kind, columns[i].help);
    html_table_body(out);
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++)
            if (page_in_group(in->points[p].cells[i], g))
                put_repetition(out, in->points[p].cells[i], g);
    html_table_close(out);
    fputs("</details>\n", out);
}
