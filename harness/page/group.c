// SPDX-License-Identifier: Apache-2.0
// A scenario's table: a row for each point of its matrix, repetitions merged, as `weir run` prints it.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"

enum { VALUE_MAX = 256, FIGURES = 10 };

void page_status(FILE *out, const char *status, const char *more, const char *reason)
{
    fputs("<td class=\"status\"><span class=\"tag\">", out);
    html_text(out, status);
    fputs("</span>", out);
    html_text(out, more);
    if (*reason) {
        fputs("<small>", out);
        html_text(out, reason);
        fputs("</small>", out);
    }
    fputs("</td>", out);
}

// ---- figures ----
static void put_figure(FILE *out, const struct summary_figure *f, const char *text, bool spread)
{
    if (!f->known) {
        html_cell_number(out, NAN, "\xe2\x80\x93");
        return;
    }
    fprintf(out,
            isinf(f->median) ? "<td class=\"n\" data-v=\"Infinity\">" : "<td class=\"n\" data-v=\"%.9g\">",
            f->median);
    html_text(out, text);
    if (spread)
        html_spread(out, f);
    fputs("</td>", out);
}

static void put_time(FILE *out, const struct summary_figure *f, bool spread)
{
    char number[TEXT_NUMBER_MAX];
    put_figure(out, f, f->known ? html_time(f->median, number) : "", spread);
}

static void put_count(FILE *out, const struct summary_figure *f, bool spread)
{
    char number[TEXT_NUMBER_MAX];
    put_figure(out, f, f->known ? text_count(f->median, number) : "", spread);
}

static void put_loss(FILE *out, const struct summary_row *r)
{
    char number[TEXT_NUMBER_MAX], reasons[128] = "";
    html_cell_number(out, r->loss.known ? r->loss.median : NAN,
                     r->loss.known ? text_percent(r->loss.median, number) : "\xe2\x80\x93");
    for (size_t i = 0; i < 2 && r->loss.hi > 0; i++)
        if (r->parts[i].reason && (i == 0 || r->parts[i].share >= 0.01)) {
            text_append(reasons, sizeof reasons, i ? ", " : "");
            text_append(reasons, sizeof reasons, r->parts[i].reason);
        }
    html_cell_text(out, reasons);
}

static void put_fill(FILE *out, const struct summary_row *r)
{
    char text[64] = "\xe2\x80\x93";
    if (r->high_water.known && isfinite(r->capacity))
        snprintf(text, sizeof text, "%.0f/%.0f", r->high_water.median, r->capacity);
    else if (r->high_water.known)
        snprintf(text, sizeof text, "%.0f", r->high_water.median);
    html_cell_number(out, r->high_water.known ? r->high_water.median : NAN, text);
}

static void put_row_status(FILE *out, const struct summary_row *r)
{
    char more[64] = "";
    if (r->worst != CELL_OK && r->ok > 0)
        snprintf(more, sizeof more, " %u of %u", r->reps - r->ok, r->reps);
    else if (r->worst == CELL_OK && r->reps > 1)
        snprintf(more, sizeof more, " %u reps", r->reps);
    if (r->worst == CELL_OK && r->expect_failed)
        page_status(out, "expect", more, "an expectation does not hold");
    else
        page_status(out, cell_status_name(r->worst), more, r->worst == CELL_OK ? "" : r->reason);
}

static void put_figures(FILE *out, const struct summary_row *r)
{
    put_count(out, &r->offered, false);
    put_count(out, &r->delivered, true);
    put_loss(out, r);
    put_time(out, &r->p50, true);
    put_time(out, &r->p99, true);
    put_time(out, &r->p99_offered, false);
    put_time(out, &r->age, false);
    put_fill(out, r);
    put_time(out, &r->cpu, false);
}

// Without an axis the two parameters that every cell has stand in for them.
static size_t axes_of(const struct summary_group *g, const char *const **axes)
{
    static const char *const always[] = {"queue", "strategy"};
    *axes = g->axis_count ? g->axes : always;
    return g->axis_count ? g->axis_count : 2;
}

static void put_row(FILE *out, const struct summary_group *g, const struct summary_row *r)
{
    const char *const *axes;
    size_t count = axes_of(g, &axes);
    const char *status = r->worst == CELL_OK && r->expect_failed ? "expect" : cell_status_name(r->worst);
    fprintf(out, "<tr data-status=\"%s\">", status);
    for (size_t a = 0; a < count; a++) {
        char value[VALUE_MAX];
        const json_t *own = json_object_get(r->params, axes[a]);
        summary_param(r, axes[a], value, sizeof value);
        if (json_is_number(own))
            html_cell_number(out, json_number_value(own), value);
        else if (a == 0)
            html_cell_head(out, value);
        else
            html_cell_text(out, value);
    }
    if (r->ok == 0) { // a measurement that is none has no figures
        fprintf(out, "<td class=\"reason\" colspan=\"%d\">", FIGURES);
        html_text(out, r->reason);
        fputs("</td>", out);
        page_status(out, cell_status_name(r->worst), "", "");
        fputs("</tr>\n", out);
        return;
    }
    put_figures(out, r);
    put_row_status(out, r);
    fputs("</tr>\n", out);
}

void page_group_table(FILE *out, const struct summary_group *g)
{
    static const struct {
        const char *title;
        enum html_column kind;
        const char *help;
    } columns[FIGURES] = {
        {"offered/s", HTML_NUMBER, "records that were due, a second of the measured window"},
        {"delivered/s", HTML_NUMBER, "records that arrived, a second of the measured window"},
        {"loss", HTML_NUMBER, "share of all records that was lost or refused for good"},
        {"lost by", HTML_AXIS, "the reasons that took most"},
        {"p50", HTML_NUMBER, "median response time, from when a record was due to its delivery"},
        {"p99", HTML_NUMBER, "response time that 1 % of the delivered records exceed"},
        {"p99 offered", HTML_NUMBER,
         "the same over all records that were due; lost and unsent ones never arrive"},
        {"age p50", HTML_NUMBER, "how old the newest delivered record is, median over time"},
        {"fill", HTML_NUMBER, "most records that were in the queue at once / its capacity"},
        {"CPU/rec", HTML_NUMBER, "CPU time for a record"}};
    const char *const *axes;
    size_t count = axes_of(g, &axes);
    html_table_open(out, "grid points", "Points of the matrix");
    for (size_t a = 0; a < count; a++)
        html_table_head(out, axes[a], HTML_AXIS, NULL);
    for (size_t i = 0; i < FIGURES; i++)
        html_table_head(out, columns[i].title, columns[i].kind, columns[i].help);
    html_table_head(out, "status", HTML_AXIS, NULL);
    html_table_body(out);
    for (size_t i = 0; i < g->row_count; i++)
        put_row(out, g, &g->rows[i]);
    html_table_close(out);
}
