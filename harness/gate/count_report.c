// SPDX-License-Identifier: Apache-2.0
#include "gate/count_report.h"

#include "gate/report.h"
#include "result/jsonx.h"
#include "result/text.h"

enum { NAME = 200 };

size_t counts_more(const struct gate_counts *counts, enum count_kind kind)
{
    size_t more = 0;
    for (size_t i = 0; i < counts->count; i++)
        more += counts->rows[i].figures[kind].verdict == COUNT_MORE;
    return more;
}

static size_t strategies_with(const struct gate_counts *c, enum count_verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < c->count; i++)
        n += c->rows[i].strategy && count_row_verdict(&c->rows[i]) == verdict;
    return n;
}

// "mutex 1-and-1 x16", "admission block full"
static void name_of(const struct count_row *row, char text[NAME])
{
    snprintf(text, NAME, "%s%s%s", row->queue, *row->queue ? " " : "", row->path);
}

static const char *unit_of(const struct count_row *row)
{
    return row->strategy ? "a step" : "an item";
}

// "0", "0 -> 1", "-"
static void effect(const struct count_figure *f, char *text, size_t size)
{
    if (!f->counted)
        snprintf(text, size, "-");
    else if (f->verdict == COUNT_SAME)
        snprintf(text, size, "%.4g", f->candidate);
    else
        snprintf(text, size, "%.4g -> %.4g", f->base, f->candidate);
}

// What is more: "1 allocations an item, the base has 0".
static void sentence(const struct count_row *row, char *text, size_t size)
{
    *text = '\0';
    for (enum count_kind k = 0; k < COUNT_KINDS; k++) {
        const struct count_figure *f = &row->figures[k];
        char part[120];
        if (!f->counted || f->verdict != COUNT_MORE)
            continue;
        snprintf(part, sizeof part, "%s%.*f %s %s, the base has %.*f", *text ? "; " : "",
                 k == COUNT_INSTRUCTIONS ? 2 : 4, f->candidate, count_kind_name(k), unit_of(row),
                 k == COUNT_INSTRUCTIONS ? 2 : 4, f->base);
        text_append(text, size, part);
    }
}

// ---- for people ----

static void put_row(FILE *out, const struct count_row *row, bool markdown)
{
    const struct count_figure *f = &row->figures[COUNT_INSTRUCTIONS];
    char name[NAME], base[32] = "-", candidate[32] = "-", allocations[64], calls[64];
    name_of(row, name);
    effect(&row->figures[COUNT_ALLOCATIONS], allocations, sizeof allocations);
    effect(&row->figures[COUNT_SYSTEM_CALLS], calls, sizeof calls);
    if (f->counted) {
        snprintf(base, sizeof base, "%.2f", f->base);
        snprintf(candidate, sizeof candidate, "%.2f", f->candidate);
    }
    fprintf(out, markdown ? "| %s | %s | %s | %s | %s | %s |\n" : "%-34s  %9s  %9s  %11s  %12s  %s\n", name,
            base, candidate, allocations, calls, count_verdict_name(count_row_verdict(row)));
}

// Of strategies only what differs: there are many, and nearly always all are as they were.
static bool is_shown(const struct count_row *row)
{
    return !row->strategy || count_row_verdict(row) != COUNT_SAME;
}

static void strategies_sentence(const struct gate_counts *c, char *text, size_t size)
{
    size_t same = strategies_with(c, COUNT_SAME), more = strategies_with(c, COUNT_MORE),
           fewer = strategies_with(c, COUNT_FEWER);
    *text = '\0';
    if (c->strategies == STRATEGIES_IDENTICAL)
        snprintf(text, size, "strategies: base and candidate are the same file, byte for byte");
    else if (c->strategies == STRATEGIES_COUNTED)
        snprintf(text, size, "strategies: of %zu steps %zu are the same, %zu take more, %zu fewer",
                 same + more + fewer, same, more, fewer);
}

static void write_counts(FILE *out, const struct gate_counts *c, bool markdown)
{
    char strategies[160];
    bool any = false;
    strategies_sentence(c, strategies, sizeof strategies);
    for (size_t i = 0; i < c->count; i++) {
        if (!is_shown(&c->rows[i]))
            continue;
        if (!any && markdown)
            fputs("\n| instructions an item or step, one thread | base | candidate | allocations | system "
                  "calls | verdict |\n"
                  "|---|--:|--:|--:|--:|---|\n",
                  out);
        else if (!any)
            fprintf(out, "%-34s  %9s  %9s  %11s  %12s\n", "instructions an item, one thread", "base",
                    "candidate", "allocations", "system calls");
        any = true;
        put_row(out, &c->rows[i], markdown);
    }
    if (*strategies)
        fprintf(out, "%s%s%s\n", markdown ? "\n" : "", strategies, markdown ? "." : "");
    if (*c->skipped)
        fprintf(out, "%s%s\n", markdown ? "\n" : "", c->skipped);
    if (!markdown && (any || *strategies || *c->skipped))
        fputc('\n', out);
}

void counts_write_table(FILE *out, const struct gate_counts *counts)
{
    write_counts(out, counts, false);
}

void counts_write_markdown(FILE *out, const struct gate_counts *counts)
{
    write_counts(out, counts, true);
}

// ---- for programs ----

void counts_count_cases(const struct gate_counts *c, size_t *tests, size_t *failures, size_t *errors)
{
    *tests += c->count + c->invalid_count;
    *errors += c->invalid_count;
    for (size_t i = 0; i < c->count; i++)
        *failures += count_row_verdict(&c->rows[i]) == COUNT_MORE;
}

static void put_case(FILE *out, const char *name, const char *tag, const char *type, const char *message)
{
    gate_write_case(out, &(struct gate_case){"weir gate instructions", name, tag, type, message, 0});
}

void counts_write_cases(FILE *out, const struct gate_counts *c)
{
    char name[NAME], text[400];
    for (size_t i = 0; i < c->invalid_count; i++)
        put_case(out, c->invalid[i].what, "error", "INVALID", c->invalid[i].reason);
    for (size_t i = 0; i < c->count; i++) {
        bool more = count_row_verdict(&c->rows[i]) == COUNT_MORE;
        name_of(&c->rows[i], name);
        sentence(&c->rows[i], text, sizeof text);
        put_case(out, name, more ? "failure" : NULL, "MORE", text);
    }
}

void counts_write_annotations(FILE *out, const struct gate_counts *c)
{
    char title[NAME + 20], name[NAME], text[400];
    for (size_t i = 0; i < c->invalid_count; i++) {
        snprintf(title, sizeof title, "weir gate: %s: INVALID", c->invalid[i].what);
        gate_write_annotation(out, "error", title, c->invalid[i].reason);
    }
    for (size_t i = 0; i < c->count; i++) {
        if (count_row_verdict(&c->rows[i]) != COUNT_MORE)
            continue;
        name_of(&c->rows[i], name);
        sentence(&c->rows[i], text, sizeof text);
        snprintf(title, sizeof title, "weir gate: %s", name);
        gate_write_annotation(out, "error", title, text);
    }
}

static json_t *figure_json(const struct count_figure *f)
{
    json_t *o;
    if (!f->counted)
        return json_null();
    o = json_object();
    jsonx_set(o, "base", jsonx_real(f->base));
    jsonx_set(o, "candidate", jsonx_real(f->candidate));
    jsonx_set(o, "verdict", jsonx_text(count_verdict_name(f->verdict)));
    return o;
}

json_t *counts_json(const struct gate_counts *c)
{
    static const char *const strategies[] = {"not asked", "identical", "skipped", "counted"};
    json_t *o = json_object(), *rows = json_array();
    for (size_t i = 0; i < c->count; i++) {
        const struct count_row *r = &c->rows[i];
        const struct count_figure *f = &r->figures[COUNT_INSTRUCTIONS];
        json_t *row = json_object();
        jsonx_set(row, "of", jsonx_text(r->strategy ? "strategy" : "queue"));
        jsonx_set(row, "queue", *r->queue ? jsonx_text(r->queue) : json_null());
        jsonx_set(row, "path", jsonx_text(r->path));
        jsonx_set(row, "base", f->counted ? jsonx_real(f->base) : json_null());
        jsonx_set(row, "candidate", f->counted ? jsonx_real(f->candidate) : json_null());
        jsonx_set(row, "allocations", figure_json(&r->figures[COUNT_ALLOCATIONS]));
        jsonx_set(row, "system_calls", figure_json(&r->figures[COUNT_SYSTEM_CALLS]));
        jsonx_set(row, "verdict", jsonx_text(count_verdict_name(count_row_verdict(r))));
        json_array_append_new(rows, row);
    }
    jsonx_set(o, "skipped", *c->skipped ? jsonx_text(c->skipped) : json_null());
    jsonx_set(o, "strategies", jsonx_text(strategies[c->strategies]));
    jsonx_set(o, "rows", rows);
    return o;
}
