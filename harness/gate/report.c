// SPDX-License-Identifier: Apache-2.0
#include "gate/report.h"

#include <math.h>
#include <string.h>

#include "base/binomial.h"
#include "gate/behaviour_report.h"
#include "gate/count_report.h"
#include "result/text.h"

// ---- numbers ----

// "+1.23": of a log ratio, in per cent of the base.
static char *change(double log_ratio, char text[24])
{
    snprintf(text, 24, "%+.2f", 100 * expm1(log_ratio));
    return text;
}

// "+1.23 (+0.80 .. +1.70)"
static void interval(const struct judged *j, char *text, size_t size)
{
    char middle[24], lo[24], hi[24];
    if (j->launches == 0)
        snprintf(text, size, "-");
    else
        snprintf(text, size, "%s (%s .. %s)", change(j->log_ratio.median, middle),
                 change(j->log_ratio.lo, lo), change(j->log_ratio.hi, hi));
}

static void smallest(const struct judged *j, char *text, size_t size)
{
    if (j->launches == 0)
        snprintf(text, size, "-");
    else if (!isfinite(j->smallest))
        snprintf(text, size, "none");
    else
        snprintf(text, size, "+%.1f %%", 100 * j->smallest);
}

static const char *unit_of(const struct gate_cell *c)
{
    return gate_is_quantile(&c->plan) ? "" : "/item";
}

static void cost(const struct gate_cell *c, enum duet_arm arm, char *text, size_t size)
{
    char ns[TEXT_NUMBER_MAX];
    if (c->first.count == 0)
        snprintf(text, size, "-");
    else
        snprintf(text, size, "%s%s", text_time(c->cost_ns[arm], ns), unit_of(c));
}

// ---- sentences ----

void gate_side_sentence(const struct gate_side *s, char *text, size_t size)
{
    if (s == NULL)
        *text = '\0';
    else if (s->kind == SIDE_COMMIT)
        snprintf(text, size, "%s (%.12s)", s->text, s->commit);
    else
        snprintf(text, size, "%s", s->text);
}

void gate_cell_sentence(const struct gate_cell *c, char *text, size_t size)
{
    char ratio[80];
    const struct judged *j = &c->first.judged;
    if (c->status != GATE_MEASURED) {
        snprintf(text, size, "%s", c->reason);
        return;
    }
    interval(j, ratio, sizeof ratio);
    snprintf(text, size, "%s %%, margin %g %%, %zu launches%s%s", ratio, 100 * c->plan.margin, j->launches,
             *c->reason ? "; " : "", c->reason);
}

struct tally {
    size_t regressed, improved, unchanged, underpowered, invalid, other;
};

static struct tally tally_of(const struct gate *g)
{
    struct tally t = {0};
    for (size_t i = 0; i < g->count; i++) {
        const struct gate_cell *c = &g->cells[i];
        bool measured = c->status == GATE_MEASURED;
        t.invalid += c->status == GATE_INVALID;
        t.regressed += measured && c->verdict == VERDICT_REGRESSED;
        t.improved += measured && c->verdict == VERDICT_IMPROVED;
        t.unchanged += c->status == GATE_IDENTICAL || (measured && c->verdict == VERDICT_UNCHANGED);
        t.underpowered += measured && c->verdict == VERDICT_UNDERPOWERED;
        t.other += c->status == GATE_MISSING || c->status == GATE_CUT;
    }
    return t;
}

static void append(char *text, size_t size, size_t count, const char *what)
{
    char part[64];
    if (count == 0)
        return;
    snprintf(part, sizeof part, "%s%zu %s", *text ? ", " : "", count, what);
    text_append(text, size, part);
}

void gate_sentence(const struct gate_report *r, char *text, size_t size)
{
    struct tally t = tally_of(r->gate);
    *text = '\0';
    size_t points = r->gate->behaviour.count, same = behaviour_count(&r->gate->behaviour, BEHAVIOUR_SAME);
    if (r->gate->behaviour.invalid)
        text_append(text, size, "behaviour was not compared");
    append(text, size, points - same,
           r->gate->behaviour.accepted ? "points with accepted behaviour" : "points with another behaviour");
    append(text, size, t.regressed, "regressed");
    append(text, size, counts_more(&r->gate->counts, COUNT_INSTRUCTIONS), "with more instructions");
    append(text, size, counts_more(&r->gate->counts, COUNT_ALLOCATIONS), "with more allocations");
    append(text, size, counts_more(&r->gate->counts, COUNT_SYSTEM_CALLS), "with more system calls");
    append(text, size, r->gate->counts.invalid_count, "whose steps crash");
    append(text, size, t.invalid, "invalid");
    append(text, size, t.underpowered, "underpowered");
    append(text, size, t.improved, "improved");
    append(text, size, t.unchanged, "unchanged");
    append(text, size, t.other, "not compared");
    if (*text == '\0')
        append(text, size, same, "points behave as before");
    text_append(text, size, r->gate->interrupted ? " (interrupted)" : "");
}

// What can be done about what is slower or takes more; empty when nothing is.
static void advice_sentence(const struct gate_report *r, char *text, size_t size)
{
    const struct gate_counts *c = &r->gate->counts;
    bool any = tally_of(r->gate).regressed > 0;
    for (enum count_kind k = 0; k < COUNT_KINDS; k++)
        any = any || counts_more(c, k) > 0;
    snprintf(text, size, "%s",
             any ? "to see where: the same gate with --queue NAME, and perf or callgrind on both builds; a "
                   "cost that is meant is none any more once its commit is the base"
                 : "");
}

// "0 of 6": how often the control was called different.
static void control_sentence(const struct gate *g, char *text, size_t size)
{
    size_t alarms, cells;
    gate_control_alarms(g, &alarms, &cells);
    struct rate_interval rate = binomial_exact(alarms, cells, 0.95);
    if (cells == 0)
        snprintf(text, size, "no cell was measured, so there is no control");
    else
        snprintf(text, size,
                 "A/A: a copy of the base was called different in %zu of %zu cells (95 %% interval of that "
                 "rate: %.1f "
                 "to %.1f %%)",
                 alarms, cells, 100 * rate.lo, 100 * rate.hi);
}

static bool measured_any(const struct gate *g)
{
    size_t alarms, cells;
    gate_control_alarms(g, &alarms, &cells);
    return cells > 0;
}

static void rule_sentence(const struct gate *g, char *text, size_t size)
{
    struct verdict_rule rule;
    verdict_rule_set(&rule, 0, g->suite.launches);
    size_t at = (size_t)snprintf(text, size, "exact signed-rank intervals of ");
    for (size_t i = 0; i < rule.looks; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%.1f", i ? ", " : "", 100 * (1 - rule.spend[i]));
    at += (size_t)snprintf(text + at, size - at, " %% at ");
    for (size_t i = 0; i < rule.looks; i++)
        at += (size_t)snprintf(text + at, size - at, "%s%zu", i ? ", " : "", rule.launches[i]);
    snprintf(text + at, size - at,
             " launches, %.0f %% together; Holm over the cells; smallest: found in 95 of 100",
             100 * (1 - verdict_error(&rule)));
}

// ---- the table ----

enum { COLUMNS = 8 };

static const char *const heads[COLUMNS] = {"cell",   "base",     "candidate", "change, % (interval)",
                                           "margin", "smallest", "launches",  "verdict"};

typedef char row_text[COLUMNS][100];

static void make_row(const struct gate_cell *c, row_text row)
{
    memset(row, 0, sizeof(row_text));
    snprintf(row[0], sizeof row[0], "%s", c->plan.name);
    cost(c, ARM_BASE, row[1], sizeof row[1]);
    cost(c, ARM_CANDIDATE, row[2], sizeof row[2]);
    interval(&c->first.judged, row[3], sizeof row[3]);
    snprintf(row[4], sizeof row[4], "%g %%", 100 * c->plan.margin);
    smallest(&c->first.judged, row[5], sizeof row[5]);
    snprintf(row[6], sizeof row[6], "%zu", c->first.count);
    if (c->first.attempts > c->first.count)
        snprintf(row[6], sizeof row[6], "%zu of %zu", c->first.count, c->first.attempts);
    snprintf(row[7], sizeof row[7], "%s", gate_cell_word(c));
}

static void make_control_row(const struct gate_cell *c, row_text row)
{
    const struct judged *j = &c->first.judged_control;
    memset(row, 0, sizeof(row_text));
    snprintf(row[0], sizeof row[0], "  A/A control");
    cost(c, ARM_COPY, row[2], sizeof row[2]);
    interval(j, row[3], sizeof row[3]);
    smallest(j, row[5], sizeof row[5]);
    snprintf(row[7], sizeof row[7], "%s", j->launches ? verdict_name(j->verdict) : "");
}

static void make_again_row(const struct gate_cell *c, row_text row)
{
    memset(row, 0, sizeof(row_text));
    snprintf(row[0], sizeof row[0], "  alarm again");
    interval(&c->again.judged, row[3], sizeof row[3]);
    smallest(&c->again.judged, row[5], sizeof row[5]);
    snprintf(row[6], sizeof row[6], "%zu", c->again.count);
    snprintf(row[7], sizeof row[7], "%s", c->confirmed ? "confirmed" : "not confirmed");
}

typedef void put_row(FILE *out, char row[COLUMNS][100], const size_t *width);

// Each cell has its row, that of its control, and after an alarm one of the second measurement.
static void each_row(FILE *out, const struct gate *g, const size_t *width, put_row *put, size_t *widest)
{
    static row_text row;
    for (size_t i = 0; i < g->count; i++) {
        const struct gate_cell *c = &g->cells[i];
        void (*const makers[])(const struct gate_cell *, row_text) = {make_row, make_control_row,
                                                                      make_again_row};
        bool wanted[] = {true, c->first.judged_control.launches > 0, c->alarmed && c->again.count > 0};
        for (size_t k = 0; k < 3; k++) {
            if (!wanted[k])
                continue;
            makers[k](c, row);
            if (put)
                put(out, row, width);
            for (size_t n = 0; widest && n < COLUMNS; n++)
                widest[n] = text_width(row[n]) > widest[n] ? text_width(row[n]) : widest[n];
        }
    }
}

static bool is_number(size_t column)
{
    return column > 0 && column + 1 < COLUMNS;
}

static void put_plain(FILE *out, char row[COLUMNS][100], const size_t *width)
{
    for (size_t n = 0; n + 1 < COLUMNS; n++) {
        text_pad(out, row[n], width[n], is_number(n));
        fputs("  ", out);
    }
    fprintf(out, "%s\n", row[COLUMNS - 1]);
}

static void put_markdown(FILE *out, char row[COLUMNS][100], const size_t *width)
{
    (void)width;
    for (size_t n = 0; n < COLUMNS; n++)
        fprintf(out, "| %s ", row[n]);
    fputs("|\n", out);
}

static void write_reasons(FILE *out, const struct gate *g, const char *before)
{
    for (size_t i = 0; i < g->count; i++)
        if (*g->cells[i].reason && g->cells[i].status != GATE_IDENTICAL)
            fprintf(out, "%s%s: %s\n", before, g->cells[i].plan.name, g->cells[i].reason);
}

void gate_write_table(FILE *out, const struct gate_report *r)
{
    static row_text head;
    size_t width[COLUMNS];
    char base[400], candidate[400], text[512];
    for (size_t n = 0; n < COLUMNS; n++) {
        snprintf(head[n], sizeof head[n], "%s", heads[n]);
        width[n] = text_width(heads[n]);
    }
    gate_side_sentence(r->base, base, sizeof base);
    gate_side_sentence(r->candidate, candidate, sizeof candidate);
    behaviour_write_table(out, &r->gate->behaviour);
    if (r->base == NULL) {
        gate_sentence(r, text, sizeof text);
        fprintf(out, "%s\n", text);
        return;
    }
    fprintf(out, "base %s, candidate %s; suite %s, seed %llu\n\n", base, candidate, r->gate->suite.name,
            (unsigned long long)r->gate->seed);
    each_row(out, r->gate, NULL, NULL, width);
    put_plain(out, head, width);
    each_row(out, r->gate, width, put_plain, NULL);
    fputc('\n', out);
    counts_write_table(out, &r->gate->counts);
    write_reasons(out, r->gate, "");
    control_sentence(r->gate, text, sizeof text);
    fprintf(out, "%s\n", text);
    if (measured_any(r->gate)) {
        rule_sentence(r->gate, text, sizeof text);
        fprintf(out, "%s\n", text);
        gate_rates_sentence(r->rates, text, sizeof text);
        fprintf(out, "%s\n", text);
    }
    advice_sentence(r, text, sizeof text);
    if (*text)
        fprintf(out, "%s\n", text);
    gate_sentence(r, text, sizeof text);
    fprintf(out, "%s in %.1f s\n", text, r->gate->seconds);
}

void gate_write_markdown(FILE *out, const struct gate_report *r)
{
    char base[400], candidate[400], text[512];
    gate_side_sentence(r->base, base, sizeof base);
    gate_side_sentence(r->candidate, candidate, sizeof candidate);
    gate_sentence(r, text, sizeof text);
    fprintf(out, "## weir gate: %s\n\n", text);
    behaviour_write_markdown(out, &r->gate->behaviour);
    if (r->base == NULL)
        return;
    fprintf(out, "Base `%s`, candidate `%s`, suite %s, seed %llu, %.1f s.\n\n", base, candidate,
            r->gate->suite.name, (unsigned long long)r->gate->seed, r->gate->seconds);
    for (size_t n = 0; n < COLUMNS; n++)
        fprintf(out, "| %s ", heads[n]);
    fputs("|\n|---|--:|--:|--:|--:|--:|--:|---|\n", out);
    each_row(out, r->gate, NULL, put_markdown, NULL);
    counts_write_markdown(out, &r->gate->counts);
    fputc('\n', out);
    write_reasons(out, r->gate, "- ");
    control_sentence(r->gate, text, sizeof text);
    fprintf(out, "\n%s.\n", text);
    advice_sentence(r, text, sizeof text);
    if (*text)
        fprintf(out, "%s.\n", text);
    if (!measured_any(r->gate))
        return;
    rule_sentence(r->gate, text, sizeof text);
    fprintf(out, "Intervals: %s.\n", text);
    gate_rates_sentence(r->rates, text, sizeof text);
    fprintf(out, "The gate itself: %s.\n", text);
}
