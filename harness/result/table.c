// SPDX-License-Identifier: Apache-2.0
#include "result/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 96, GAP = 2, INDENT = 2, AXIS_MIN = 8 };

enum colour { PLAIN, RED, YELLOW };

// A figure in two lengths: the full one and what fits a narrow terminal.
struct entry {
    char full[CELL_MAX], brief[CELL_MAX];
    enum colour colour;
};

struct column {
    const char *title;
    bool right, hidden, brief;
    struct entry *entries; // one a row
};

enum fixed_column {
    OFFERED,
    DELIVERED,
    LOSS,
    P50,
    P99,
    P999,
    LONGEST,
    P99_OFFERED,
    AGE,
    HIGH_WATER,
    DEPTH,
    STALL,
    RECOVERY,
    CPU,
    STATUS,
    FIXED_COLUMNS
};

struct table {
    const struct summary_group *group;
    const struct table_options *options;
    struct column *columns;
    size_t column_count, fixed; // index of the first fixed column: the axes come before it
};

// ---- filling it in ----
static void __attribute__((format(printf, 2, 3))) put(struct entry *e, const char *format, ...)
{
    va_list a;
    va_start(a, format);
    vsnprintf(e->full, sizeof e->full, format, a);
    va_end(a);
    snprintf(e->brief, sizeof e->brief, "%s", e->full);
}

static const char *infinite(const struct table *t)
{
    return t->options->style.utf8 ? "\xe2\x88\x9e" : "inf";
}

// " ±4 %": half the range over the reps as a share of the median.
static void add_spread(const struct table *t, struct entry *e, const struct summary_figure *f)
{
    if (!isfinite(f->lo) || !isfinite(f->hi) || !(f->median > 0) || f->hi <= f->lo)
        return;
    size_t used = strlen(e->full);
    snprintf(e->full + used, sizeof e->full - used, " %s%.0f %%", t->options->style.utf8 ? "\xc2\xb1" : "+-",
             (f->hi - f->lo) / 2 / f->median * 100);
}

static void put_time(const struct table *t, struct entry *e, const struct summary_figure *f, bool spread)
{
    char number[TEXT_NUMBER_MAX];
    if (!f->known)
        put(e, "-");
    else
        put(e, "%s", isfinite(f->median) ? text_time(f->median, number) : infinite(t));
    if (f->known && spread)
        add_spread(t, e, f);
}

static void put_rate(const struct table *t, struct entry *e, const struct summary_figure *f, bool spread)
{
    char number[TEXT_NUMBER_MAX];
    put(e, "%s", f->known ? text_count(f->median, number) : "-");
    if (f->known && spread)
        add_spread(t, e, f);
}

static void put_loss(struct entry *e, const struct summary_row *r)
{
    char number[TEXT_NUMBER_MAX];
    put(e, "%s", r->loss.known ? text_percent(r->loss.median, number) : "-");
    if (!r->loss.known || r->loss.hi <= 0)
        return;
    e->colour = YELLOW;
    for (size_t i = 0; i < 2; i++) {
        if (r->parts[i].reason == NULL || (i > 0 && r->parts[i].share < 0.01))
            continue;
        text_append(e->full, sizeof e->full, i ? ", " : " ");
        text_append(e->full, sizeof e->full, r->parts[i].reason);
    }
}

static void put_high_water(struct entry *e, const struct summary_row *r)
{
    if (!r->high_water.known)
        put(e, "-");
    else if (isfinite(r->capacity))
        put(e, "%.0f/%.0f", r->high_water.median, r->capacity);
    else
        put(e, "%.0f", r->high_water.median);
}

// Against the queue's capacity, or against its own peak when that is higher or there is no bound.
static void put_depth(const struct table *t, struct entry *e, const struct summary_row *r)
{
    char spark[TEXT_SPARK_SIZE];
    uint64_t full = isfinite(r->capacity) && r->capacity > 0 ? (uint64_t)r->capacity : 0;
    for (size_t i = 0; i < r->depth_count; i++)
        full = r->depth[i] > full ? r->depth[i] : full;
    put(e, "%s", r->depth ? text_spark(r->depth, r->depth_count, full, t->options->style.utf8, spark) : "-");
}

static void put_status(struct entry *e, const struct summary_row *r)
{
    if (r->worst != CELL_OK && r->ok > 0)
        put(e, "%s %u/%u", cell_status_name(r->worst), r->reps - r->ok, r->reps);
    else
        put(e, "%s", r->worst == CELL_OK && r->expect_failed ? "expect" : cell_status_name(r->worst));
    e->colour = r->worst == CELL_INVALID || r->worst == CELL_FAILED || r->expect_failed ? RED : PLAIN;
}

static void put_row(struct table *t, size_t i)
{
    const struct summary_row *r = &t->group->rows[i];
    struct column *c = t->columns + t->fixed;
    put_rate(t, &c[OFFERED].entries[i], &r->offered, false);
    put_rate(t, &c[DELIVERED].entries[i], &r->delivered, true);
    put_loss(&c[LOSS].entries[i], r);
    put_time(t, &c[P50].entries[i], &r->p50, true);
    put_time(t, &c[P99].entries[i], &r->p99, true);
    put_time(t, &c[P999].entries[i], &r->p999, true);
    put_time(t, &c[LONGEST].entries[i], &r->max, true);
    put_time(t, &c[P99_OFFERED].entries[i], &r->p99_offered, false);
    put_time(t, &c[AGE].entries[i], &r->age, false);
    put_high_water(&c[HIGH_WATER].entries[i], r);
    put_depth(t, &c[DEPTH].entries[i], r);
    put_time(t, &c[STALL].entries[i], &r->stall, false);
    put_time(t, &c[RECOVERY].entries[i], &r->recovery, false);
    put_time(t, &c[CPU].entries[i], &r->cpu, false);
    put_status(&c[STATUS].entries[i], r);
    for (size_t a = 0; a < t->fixed; a++) {
        char value[CELL_MAX];
        put(&t->columns[a].entries[i], "%s", summary_param(r, t->columns[a].title, value, sizeof value));
    }
}

// Without an axis the two parameters that every cell has stand in for them.
static void choose_axes(struct table *t)
{
    static const char *const always[] = {"queue", "strategy"};
    const struct summary_group *g = t->group;
    t->fixed = g->axis_count ? g->axis_count : 2;
    t->column_count = t->fixed + FIXED_COLUMNS;
    t->columns = calloc(t->column_count, sizeof *t->columns);
    for (size_t a = 0; t->columns && a < t->fixed; a++)
        t->columns[a].title = g->axis_count ? g->axes[a] : always[a];
}

static bool build(struct table *t)
{
    static const char *const titles[FIXED_COLUMNS] = {
        "offered/s", "delivered/s", "loss",  "p50",   "p99",      "p99.9",   "max",   "p99 off.",
        "age p50",   "high/cap",    "depth", "stall", "recovery", "CPU/rec", "status"};
    choose_axes(t);
    for (size_t c = 0; t->columns && c < t->column_count; c++) {
        t->columns[c].entries = calloc(t->group->row_count, sizeof *t->columns[c].entries);
        if (t->columns[c].entries == NULL)
            return false;
        if (c < t->fixed)
            continue;
        t->columns[c].title = titles[c - t->fixed];
        t->columns[c].right = c != t->fixed + LOSS && c != t->fixed + STATUS && c != t->fixed + DEPTH;
    }
    for (size_t i = 0; t->columns && i < t->group->row_count; i++)
        put_row(t, i);
    return t->columns != NULL;
}

static bool any_row(const struct table *t, enum fixed_column column)
{
    for (size_t i = 0; i < t->group->row_count; i++)
        if (strcmp(t->columns[t->fixed + column].entries[i].full, "-") != 0)
            return true;
    return false;
}

// Those that only --wide has, and of them only what something can be said in.
static void hide(struct table *t)
{
    static const enum fixed_column list[] = {P999, LONGEST, DEPTH, STALL, RECOVERY};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        t->columns[t->fixed + list[i]].hidden = !t->options->wide || !any_row(t, list[i]);
}

static void destroy(struct table *t)
{
    for (size_t c = 0; t->columns && c < t->column_count; c++)
        free(t->columns[c].entries);
    free(t->columns);
}

// ---- making it fit ----
static const char *shown(const struct column *c, size_t row)
{
    return c->brief ? c->entries[row].brief : c->entries[row].full;
}

static size_t width_of(const struct table *t, const struct column *c)
{
    size_t widest = text_width(c->title);
    for (size_t i = 0; i < t->group->row_count; i++) {
        size_t own = text_width(shown(c, i));
        widest = own > widest ? own : widest;
    }
    return widest;
}

static size_t total_width(const struct table *t)
{
    size_t total = INDENT;
    bool first = true;
    for (size_t c = 0; c < t->column_count; c++) {
        if (t->columns[c].hidden)
            continue;
        total += width_of(t, &t->columns[c]) + (first ? 0 : GAP);
        first = false;
    }
    return total;
}

static void cut_axes(struct table *t, size_t columns)
{
    for (size_t c = 0; c < t->fixed; c++)
        for (size_t i = 0; i < t->group->row_count; i++)
            text_cut(t->columns[c].entries[i].full, columns);
}

// What gives way first on a narrow terminal. Loss, p99 over offered, age and status stay longest.
static void fit(struct table *t)
{
    static const struct {
        enum fixed_column column;
        bool hide;
    } steps[] = {{P50, false},       {P99, false},  {DELIVERED, false}, {CPU, true},
                 {HIGH_WATER, true}, {LOSS, false}, {OFFERED, true},    {P50, true},
                 {DELIVERED, true},  {P99, true},   {AGE, true}};
    size_t room = t->options->style.columns;
    if (t->options->wide)
        return;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && total_width(t) > room; i++) {
        struct column *c = &t->columns[t->fixed + steps[i].column];
        c->brief = true;
        c->hidden = steps[i].hide;
    }
    for (size_t columns = 24; columns >= AXIS_MIN && total_width(t) > room; columns -= 4)
        cut_axes(t, columns);
}

// ---- printing it ----
static void print_entry(FILE *out, const struct table *t, const struct column *c, const char *text,
                        enum colour colour, bool last)
{
    static const char *const codes[] = {"", "\033[31m", "\033[33m"};
    bool coloured = t->options->style.colour && colour != PLAIN;
    if (coloured)
        fputs(codes[colour], out);
    if (last && !c->right)
        fputs(text, out); // no spaces at the end of a line
    else
        text_pad(out, text, width_of(t, c), c->right);
    if (coloured)
        fputs("\033[0m", out);
}

// row < 0: the titles.
static void print_line(FILE *out, const struct table *t, long row)
{
    size_t last = 0;
    for (size_t c = 0; c < t->column_count; c++)
        last = t->columns[c].hidden ? last : c;
    fprintf(out, "%*s", INDENT, "");
    for (size_t c = 0; c <= last; c++) {
        const struct column *column = &t->columns[c];
        if (column->hidden)
            continue;
        if (row < 0)
            print_entry(out, t, column, column->title, PLAIN, c == last);
        else
            print_entry(out, t, column, shown(column, (size_t)row), column->entries[row].colour, c == last);
        if (c < last)
            fprintf(out, "%*s", GAP, "");
    }
    fputc('\n', out);
}

// Reasons in full, below the table: a column would cut them.
static void print_notes(FILE *out, const struct table *t)
{
    for (size_t i = 0; i < t->group->row_count; i++) {
        const struct summary_row *r = &t->group->rows[i];
        if (r->worst == CELL_OK || *r->reason == 0)
            continue;
        char note[1024];
        size_t used = 0;
        for (size_t a = 0; a < t->fixed && used < sizeof note; a++) {
            char value[CELL_MAX];
            used += (size_t)snprintf(note + used, sizeof note - used, "%s%s", a ? "/" : "",
                                     summary_param(r, t->columns[a].title, value, sizeof value));
        }
        if (used < sizeof note)
            snprintf(note + used, sizeof note - used, " %s: %s", cell_status_name(r->worst), r->reason);
        text_wrap(out, note, INDENT, t->options->style.columns);
    }
}

// Neither makes a cell invalid, but a reader must know: threads that share cores, and cores that were far
// apart.
static void print_machine(FILE *out, const struct summary_group *g)
{
    if (strcmp(g->engine, "live") != 0)
        return;
    if (g->threads > g->cores && g->cores > 0)
        fprintf(out, "%*sup to %u threads on %u core%s\n", INDENT, "", g->threads, g->cores,
                g->cores == 1 ? "" : "s");
    if (g->far_cells > 0)
        fprintf(out, "%*sthe cores were far apart in %zu of %zu cells\n", INDENT, "", g->far_cells, g->cells);
}

static void print_group(FILE *out, const struct summary_group *g, const struct table_options *o)
{
    struct table t = {.group = g, .options = o};
    fprintf(out, "%s (%s)\n", g->scenario, g->engine);
    if (*g->question)
        text_wrap(out, g->question, INDENT, o->style.columns);
    if (build(&t)) {
        hide(&t);
        fit(&t);
        print_line(out, &t, -1);
        for (size_t i = 0; i < g->row_count; i++)
            print_line(out, &t, (long)i);
        print_notes(out, &t);
        print_machine(out, g);
    }
    destroy(&t);
}

void table_print(FILE *out, const struct summary *s, const struct table_options *o)
{
    for (size_t i = 0; i < s->group_count; i++) {
        if (i > 0)
            fputc('\n', out);
        print_group(out, &s->groups[i], o);
    }
}
