// SPDX-License-Identifier: Apache-2.0
// A comparison on a terminal: what differs, then a table a figure with a row a point.
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "report/compare.h"
#include "result/jsonx.h"
#include "result/summary.h"

enum { AXES_MAX = 24, FIELD_MAX = 96, INDENT = 2, GAP = 2, AXIS_MIN = 8 };

// How much of a side is shown: the median with its range, with half of that, or alone.
enum detail { RANGE, SPREAD, MEDIAN, DETAILS };

struct grid {
    const struct comparison *c;
    const struct compare_view *view;
    const struct compare_figure *figure;
    size_t index;            // of the figure
    size_t *rows, row_count; // entries that have it, in the order shown
    const char *axes[AXES_MAX];
    size_t axis_count, axis_most; // axis_most: columns that an axis may have
    enum detail detail;
};

// ---- which columns tell the rows apart ----
static const json_t *value_of(const struct compare_entry *entry, const char *key)
{
    const json_t *cell = entry->point[0]->cells[0];
    bool head = strcmp(key, "scenario") == 0 || strcmp(key, "engine") == 0;
    return json_object_get(head ? cell : json_object_get(cell, "params"), key);
}

static bool differs(const struct comparison *c, const char *key)
{
    for (size_t i = 1; i < c->entry_count; i++) {
        const json_t *a = value_of(&c->entries[0], key), *b = value_of(&c->entries[i], key);
        if ((a == NULL) != (b == NULL) || (a && !json_equal(a, b)))
            return true;
    }
    return false;
}

static void add_axis(struct grid *g, const char *key)
{
    for (size_t i = 0; i < g->axis_count; i++)
        if (strcmp(g->axes[i], key) == 0)
            return;
    if (g->axis_count < AXES_MAX && differs(g->c, key))
        g->axes[g->axis_count++] = key;
}

static void find_axes(struct grid *g)
{
    add_axis(g, "scenario");
    add_axis(g, "engine");
    for (size_t i = 0; i < g->c->entry_count; i++) {
        const char *key;
        json_t *value;
        json_object_foreach(json_object_get(g->c->entries[i].point[0]->cells[0], "params"), key, value)
            add_axis(g, key);
    }
    if (g->axis_count == 0)
        g->axes[g->axis_count++] = "scenario";
}

static void axis_text(const struct grid *g, const struct compare_entry *entry, size_t axis,
                      char text[FIELD_MAX])
{
    struct summary_row row = {.params = json_object_get(entry->point[0]->cells[0], "params")};
    const json_t *value = value_of(entry, g->axes[axis]);
    if (json_is_string(value))
        snprintf(text, FIELD_MAX, "%s", json_string_value(value));
    else
        summary_param(&row, g->axes[axis], text, FIELD_MAX);
    text_cut(text, g->axis_most);
}

// ---- fields ----
static void side_text(const struct grid *g, const struct compare_entry *entry, size_t side,
                      char text[FIELD_MAX])
{
    const struct compare_values *v = &entry->pairs[g->index].side[side];
    bool utf8 = g->view->style.utf8;
    char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX];
    if (v->count == 0) {
        snprintf(text, FIELD_MAX, "-");
        return;
    }
    snprintf(text, FIELD_MAX, "%s", compare_value_text(g->figure, v->median, utf8, a));
    size_t used = strlen(text);
    if (!(v->hi > v->lo) || g->detail == MEDIAN)
        return;
    if (g->detail == RANGE)
        snprintf(text + used, FIELD_MAX - used, " (%s - %s)", compare_value_text(g->figure, v->lo, utf8, a),
                 compare_value_text(g->figure, v->hi, utf8, b));
    else if (isfinite(v->hi) && g->figure->unit == COMPARE_SHARE)
        snprintf(text + used, FIELD_MAX - used, " %s%.1f", utf8 ? "\xc2\xb1" : "+-",
                 (v->hi - v->lo) / 2 * 100);
    else if (isfinite(v->hi) && v->median > 0)
        snprintf(text + used, FIELD_MAX - used, " %s%.0f %%", utf8 ? "\xc2\xb1" : "+-",
                 (v->hi - v->lo) / 2 / v->median * 100);
}

static const char *verdict_text(const struct compare_pair *pair)
{
    if (pair->effect.method != COMPARE_NO_TEST)
        return compare_effect_name(pair->effect.verdict);
    return pair->verdict > 0 ? "better" : pair->verdict < 0 ? "worse" : "";
}

// The columns of a row: axes, A, B, the change, the verdict. row < 0: their titles.
enum { SIDE_A, SIDE_B, CHANGE, VERDICT, COLUMNS };

static void field(const struct grid *g, long row, size_t column, char text[FIELD_MAX])
{
    static const char *const titles[COLUMNS] = {"A", "B", "change", ""};
    char number[TEXT_NUMBER_MAX], interval[48];
    if (row < 0) {
        snprintf(text, FIELD_MAX, "%s",
                 column < g->axis_count ? g->axes[column] : titles[column - g->axis_count]);
        if (column < g->axis_count)
            text_cut(text, g->axis_most);
        return;
    }
    const struct compare_entry *entry = &g->c->entries[g->rows[row]];
    const struct compare_pair *pair = &entry->pairs[g->index];
    if (column < g->axis_count)
        axis_text(g, entry, column, text);
    else if (column - g->axis_count <= SIDE_B)
        side_text(g, entry, column - g->axis_count, text);
    else if (column - g->axis_count == CHANGE)
        snprintf(text, FIELD_MAX, "%s%s", compare_change_text(g->figure, pair, number),
                 g->detail == MEDIAN
                     ? ""
                     : compare_interval_text(g->figure, &pair->effect, interval, sizeof interval));
    else
        snprintf(text, FIELD_MAX, "%s", verdict_text(pair));
}

// ---- making it fit ----
static size_t width_of(const struct grid *g, size_t column)
{
    char text[FIELD_MAX];
    size_t widest = 0;
    for (long row = -1; row < (long)g->row_count; row++) {
        field(g, row, column, text);
        size_t own = text_width(text);
        widest = own > widest ? own : widest;
    }
    return widest;
}

static size_t total_width(const struct grid *g)
{
    size_t total = INDENT;
    for (size_t i = 0; i < g->axis_count + COLUMNS; i++) {
        size_t own = width_of(g, i);
        total += own + (i && own ? GAP : 0);
    }
    return total;
}

// False when it cannot be made as narrow as the terminal is.
static bool fit(struct grid *g)
{
    static const size_t most[] = {40, 24, 16, AXIS_MIN};
    for (size_t i = 0; i < sizeof most / sizeof *most; i++)
        for (int d = RANGE; d < DETAILS; d++) {
            g->axis_most = most[i];
            g->detail = (enum detail)d;
            if (total_width(g) <= g->view->style.columns)
                return true;
        }
    return false;
}

// ---- printing it ----
static void put_coloured(FILE *out, const struct grid *g, int verdict, const char *text, size_t width,
                         bool right)
{
    bool coloured = g->view->style.colour && verdict;
    if (coloured)
        fputs(verdict > 0 ? "\033[32m" : "\033[31m", out);
    text_pad(out, text, width, right);
    if (coloured)
        fputs("\033[0m", out);
}

static void print_row(FILE *out, const struct grid *g, long row, const size_t *widths)
{
    char text[FIELD_MAX];
    int verdict = row < 0 ? 0 : g->c->entries[g->rows[row]].pairs[g->index].verdict;
    size_t all = g->axis_count + COLUMNS, space = INDENT;
    for (size_t i = 0; i < all; i++) {
        bool right = i >= g->axis_count && i < all - 1, last = i == all - 1;
        field(g, row, i, text);
        if (last && *text == 0)
            break;
        fprintf(out, "%*s", (int)space, "");
        put_coloured(out, g, i >= all - 2 ? verdict : 0, text, last ? 0 : widths[i], right);
        space = GAP;
    }
    fputc('\n', out);
}

static void print_grid(FILE *out, const struct grid *g)
{
    size_t widths[AXES_MAX + COLUMNS];
    for (size_t i = 0; i < g->axis_count + COLUMNS; i++)
        widths[i] = width_of(g, i);
    for (long row = -1; row < (long)g->row_count; row++)
        print_row(out, g, row, widths);
}

// Too narrow for columns: a point's parameters on one line, its figures on the next.
static void print_stacked(FILE *out, struct grid *g)
{
    char text[FIELD_MAX];
    g->axis_most = FIELD_MAX;
    g->detail = MEDIAN;
    for (size_t row = 0; row < g->row_count; row++) {
        const struct compare_pair *pair = &g->c->entries[g->rows[row]].pairs[g->index];
        fprintf(out, "%*s", INDENT, "");
        for (size_t i = 0; i < g->axis_count; i++) {
            field(g, (long)row, i, text);
            fprintf(out, "%s%s", i ? "/" : "", text);
        }
        fprintf(out, "\n%*s", 2 * INDENT, "");
        for (size_t i = SIDE_A; i <= VERDICT; i++) {
            field(g, (long)row, g->axis_count + i, text);
            fputs(i == SIDE_A ? "A " : i == SIDE_B ? "  B " : *text ? "  " : "", out);
            put_coloured(out, g, i >= CHANGE ? pair->verdict : 0, text, 0, false);
        }
        fputc('\n', out);
    }
}

// ---- order ----
static double size_of(const struct grid *g, size_t entry)
{
    return compare_size(g->figure, &g->c->entries[entry].pairs[g->index]);
}

// Insertion keeps equal changes in A's order.
static void sort_rows(struct grid *g)
{
    for (size_t i = 1; i < g->row_count; i++) {
        size_t own = g->rows[i], k = i;
        for (; k > 0 && size_of(g, g->rows[k - 1]) < size_of(g, own); k--)
            g->rows[k] = g->rows[k - 1];
        g->rows[k] = own;
    }
}

static void find_rows(struct grid *g)
{
    g->row_count = 0;
    for (size_t i = 0; i < g->c->entry_count; i++) {
        const struct compare_pair *pair = &g->c->entries[i].pairs[g->index];
        if (pair->side[0].count + pair->side[1].count)
            g->rows[g->row_count++] = i;
    }
    if (g->view->by_change)
        sort_rows(g);
}

static void print_figure(FILE *out, struct grid *g)
{
    find_rows(g);
    if (g->row_count == 0)
        return;
    fprintf(out, "\n%s%s\n", g->figure->title,
            g->figure->better == COMPARE_HIGHER ? " (more is better)" : "");
    if (fit(g))
        print_grid(out, g);
    else
        print_stacked(out, g);
}

// ---- before and after the tables ----
static void __attribute__((format(printf, 3, 4)))
say(FILE *out, const struct compare_view *view, const char *format, ...)
{
    char text[2048];
    va_list a;
    va_start(a, format);
    vsnprintf(text, sizeof text, format, a);
    va_end(a);
    for (char *p = text; *p; p++)
        *p = (unsigned char)*p < ' ' ? ' ' : *p;
    if (view->wrap)
        text_wrap(out, text, 0, view->style.columns);
    else
        fprintf(out, "%s\n", text);
}

static void print_side(FILE *out, const struct compare_view *view, const struct report_input *in,
                       const char *side)
{
    const char *git = jsonx_string(in->document, "tool.git");
    char command[1024] = "weir";
    size_t i;
    json_t *word;
    json_array_foreach(jsonx_find(in->document, "run.argv"), i, word)
    {
        if (i == 0 || !json_is_string(word))
            continue; // how the program was called
        text_append(command, sizeof command, " ");
        text_append(command, sizeof command, json_string_value(word));
    }
    say(out, view, "%s: %s, weir %s%s%s", side, jsonx_string(in->document, "run.id"),
        jsonx_string(in->document, "tool.version"), *git ? " " : "", git);
    if (i > 0)
        say(out, view, "%s: %s", side, command);
}

// All of them are in the JSON.
static void print_only(FILE *out, const struct comparison *c, const struct compare_view *view, size_t side)
{
    enum { NAMED = 8 };
    size_t n = c->only_count[side], named = n > NAMED + 1 ? NAMED : n;
    for (size_t i = 0; i < named; i++)
        say(out, view, "only in %s: %s", side ? "B" : "A", c->only[side][i]->name);
    if (named < n)
        say(out, view, "only in %s: %zu more (--json names them)", side ? "B" : "A", n - named);
}

static void print_differences(FILE *out, const struct comparison *c, const struct compare_view *view)
{
    json_t *notes = compare_notes(c), *turned = compare_turned(c), *one;
    size_t i;
    json_array_foreach(notes, i, one) say(out, view, "%s", json_string_value(one));
    json_array_foreach(turned, i, one)
    {
        const char *reason = jsonx_string(one, "reason");
        say(out, view, "%s: %s: %s -> %s%s%s", jsonx_string(one, "point"), jsonx_string(one, "what"),
            jsonx_string(one, "a"), jsonx_string(one, "b"), *reason ? ": " : "", reason);
    }
    json_decref(notes);
    json_decref(turned);
    for (size_t s = 0; s < COMPARE_SIDES; s++)
        print_only(out, c, view, s);
}

// Whether there is anything that could be called better or worse.
static bool can_judge(const struct comparison *c)
{
    for (size_t i = 0; i < c->entry_count; i++)
        for (size_t f = 0; f < c->figure_count; f++) {
            const struct compare_pair *pair = &c->entries[i].pairs[f];
            if (pair->both && (c->entries[i].exact || (pair->side[0].count > 1 && pair->side[1].count > 1)))
                return true;
        }
    return false;
}

static size_t count_tests(const struct comparison *c, enum compare_method method)
{
    size_t n = 0;
    for (size_t i = 0; i < c->entry_count; i++)
        for (size_t f = 0; f < c->figure_count; f++)
            n += c->entries[i].pairs[f].effect.method == method;
    return n;
}

static void print_tests(FILE *out, const struct comparison *c, const struct compare_view *view)
{
    size_t pairs = count_tests(c, COMPARE_PAIRS), samples = count_tests(c, COMPARE_SAMPLES);
    if (pairs + samples == 0)
        return;
    say(out, view,
        "REGRESSED, IMPROVED: by more than 2 %% (5 %% of percentiles, 1 pp of shares), UNCHANGED: by less, "
        "UNDERPOWERED: not to be told; exact 99 %% intervals of %s, Holm over the points of a figure",
        samples == 0 ? "repetitions in pairs (same number, same seed; signed ranks)"
        : pairs == 0
            ? "two samples (rank sums)"
            : "repetitions in pairs where seeds are the same (signed ranks), else two samples (rank sums)");
    say(out, view,
        "A and B were not measured by turns, as weir gate does it: what the machine did between them counts, "
        "too");
}

void compare_print(FILE *out, const struct comparison *c, const struct compare_view *view)
{
    struct grid g = {.c = c, .view = view, .rows = calloc(c->entry_count + 1, sizeof *g.rows)};
    print_side(out, view, c->in[0], "A");
    print_side(out, view, c->in[1], "B");
    print_differences(out, c, view);
    find_axes(&g);
    for (g.index = 0; g.rows && g.index < c->figure_count; g.index++) {
        g.figure = &c->figures[g.index];
        print_figure(out, &g);
    }
    free(g.rows);
    fputc('\n', out);
    print_tests(out, c, view);
    say(out, view, "%s",
        can_judge(c)
            ? "better, worse: the two ranges have no value in common; that is no test of significance"
            : "nothing is called better or worse: that takes repetitions on both sides (--reps)");
}
