// SPDX-License-Identifier: Apache-2.0
// The ledger of each cell in numbers, which are also what the browser draws its picture from.
#include <math.h>
#include <stdio.h>

#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"

// In the order of the picture, with the place where a record is when it ends so: before it was admitted or
// after.
struct state {
    const char *key, *title, *place;
};

static const struct state states[] = {
    {"generated", "generated", "all"},
    {"admitted", "admitted", "beside"},
    {"delivered", "delivered", "after"},
    {"filtered", "filtered", "after"},
    {"lost.drop_newest", "lost: drop_newest", "before"},
    {"lost.drop_oldest", "lost: drop_oldest", "after"},
    {"lost.timeout", "lost: timeout", "before"},
    {"lost.priority", "lost: priority", "before"},
    {"lost.aqm", "lost: aqm", "after"},
    {"lost.expired", "lost: expired", "after"},
    {"lost.rate_limited", "lost: rate_limited", "before"},
    {"lost.sampled", "lost: sampled", "before"},
    {"lost.retry_exhausted", "lost: retry_exhausted", "after"},
    {"lost.sink_error", "lost: sink_error", "after"},
    {"lost.oversize", "lost: oversize", "before"},
    {"lost.spill", "lost: spill", "after"},
    {"lost.shutdown", "lost: shutdown", "after"},
    {"lost.crash", "lost: crash", "after"},
    {"lost.kernel", "lost: kernel", "before"},
    {"refused_final", "refused", "before"},
    {"in_flight", "in flight", "after"},
    {"spilled", "spilled", "after"},
    {"unsent", "unsent", "before"},
    {"unknown", "unknown", "unknown"},
};

enum { STATES = sizeof states / sizeof *states };

static double state_of(const json_t *cell, size_t state)
{
    return jsonx_number(json_object_get(cell, "ledger"), states[state].key, 0);
}

// What no record ever came to needs no column; the picture names it.
static void find_used(const struct report_input *in, const struct summary_group *g, bool used[STATES])
{
    for (size_t i = 0; i < STATES; i++)
        used[i] = i < 3;
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t c = 0; c < in->points[p].count; c++)
            for (size_t i = 0; i < STATES && page_in_group(in->points[p].cells[c], g); i++)
                used[i] |= state_of(in->points[p].cells[c], i) != 0;
    used[STATES - 1] = true; // that it is 0 is the point
}

// "1,234,567": exact, and still read at a glance.
static const char *grouped(double v, char buf[48])
{
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%.0f", fabs(v)), at = 0;
    if (v < 0)
        buf[at++] = '-';
    for (int i = 0; i < n && at < 46; i++) {
        if (i > 0 && (n - i) % 3 == 0)
            buf[at++] = ',';
        buf[at++] = digits[i];
    }
    buf[at] = 0;
    return buf;
}

static void put_ledger_head(FILE *out, const bool used[STATES])
{
    html_table_open(out, "grid ledger", "Where the records of each cell went, in numbers");
    html_table_head(out, "cell", HTML_TEXT, NULL);
    for (size_t i = 0; i < STATES; i++)
        if (used[i])
            fprintf(out, "<th scope=\"col\" class=\"n\" data-state=\"%s\" data-place=\"%s\">%s</th>",
                    states[i].key, states[i].place, states[i].title);
    html_table_head(out, "status", HTML_AXIS, NULL);
    html_table_body(out);
}

static void put_ledger_row(FILE *out, const json_t *cell, const struct summary_group *g,
                           const bool used[STATES])
{
    char number[48];
    page_open_row(out, cell, g);
    for (size_t i = 0; i < STATES; i++)
        if (used[i])
            html_cell_number(out, state_of(cell, i), grouped(state_of(cell, i), number));
    page_status(out, jsonx_string(cell, "status"), "", "");
    fputs("</tr>\n", out);
}

static bool has_ledger(const json_t *cell)
{
    return jsonx_number(cell, "ledger.generated", 0) > 0;
}

// The states that no record of the scenario ever came to.
static void put_never(FILE *out, const bool used[STATES])
{
    const char *gap = "";
    for (size_t i = 0; i < STATES; i++)
        if (!used[i]) {
            fprintf(out, "%s%s", gap, states[i].title);
            gap = ",";
        }
}

static void put_ledger(FILE *out, const struct report_input *in, const struct summary_group *g)
{
    bool used[STATES];
    find_used(in, g, used);
    fputs("<h3>Where each record went</h3>\n"
          "<p class=\"note\">Every record that was generated ends in exactly one place. Widths are "
          "proportional; a hairline is less than a pixel.</p>\n<div class=\"picture\" data-never=\"",
          out);
    put_never(out, used);
    fputs("\"></div>\n<details>\n<summary>The ledger of every cell in numbers</summary>\n", out);
    put_ledger_head(out, used);
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++)
            if (page_in_group(in->points[p].cells[i], g) && has_ledger(in->points[p].cells[i]))
                put_ledger_row(out, in->points[p].cells[i], g, used);
    html_table_close(out);
    fputs("</details>\n", out);
}

static bool any_ledger(const struct report_input *in, const struct summary_group *g)
{
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++)
            if (page_in_group(in->points[p].cells[i], g) && has_ledger(in->points[p].cells[i]))
                return true;
    return false;
}

void page_ledger(FILE *out, const struct report_input *in, const struct summary_group *g)
{
    if (any_ledger(in, g))
        put_ledger(out, in, g);
}
