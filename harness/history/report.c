// SPDX-License-Identifier: Apache-2.0
#include "history/report.h"

#include <math.h>
#include <string.h>

#include "result/csv.h"
#include "result/jsonx.h"
#include "result/text.h"

static size_t first_listed(const struct history_report *r, const struct history_series *s)
{
    return s->count > r->limit ? s->count - r->limit : 0;
}

// The change that begins with this point; NULL: none does.
static const struct history_change *change_at(const struct history_series *s, size_t at)
{
    for (size_t i = 0; i < s->change_count; i++)
        if (s->changes[i].at == at)
            return &s->changes[i];
    return NULL;
}

// ---- words ----

// A name may hold anything; what would move a terminal's cursor is a space.
void history_clean(const char *text, char *clean, size_t size)
{
    json_t *valid = jsonx_text(text);
    *clean = '\0';
    text_append(clean, size, json_string_value(valid));
    json_decref(valid);
    for (char *p = clean; *p; p++) {
        bool control = (unsigned char)*p < 0x20 || *p == 0x7f;
        if (control)
            *p = ' ';
        else if ((unsigned char)*p == 0xc2 && (unsigned char)p[1] >= 0x80 && (unsigned char)p[1] < 0xa0)
            p[0] = p[1] = ' '; // those of Latin 1
    }
}

void history_reference_words(const char *reference, char *text, size_t size)
{
    const char *colon = strchr(reference, ':');
    bool commit = strncmp(reference, "commit:", 7) == 0;
    char clean[16];
    history_clean(colon ? colon + 1 : reference, clean, 13);
    snprintf(text, size, "%s %s", commit ? "commit" : "module", clean);
}

// "1a2b3c4d5e6f+": with changes that are in no commit.
static void revision_words(const struct history_point *p, char text[24])
{
    char clean[16];
    history_clean(p->revision, clean, 13);
    snprintf(text, 24, "%s%s", *clean ? clean : "?", *clean && p->dirty == 1 ? "+" : "");
}

static double percent(double factor)
{
    return 100 * (factor - 1);
}

static void factor_words(double middle, double lo, double hi, char *text, size_t size)
{
    if (!(lo > 0))
        snprintf(text, size, "-");
    else if (lo == hi)
        snprintf(text, size, "%+.2f", percent(middle));
    else
        snprintf(text, size, "%+.2f (%+.2f .. %+.2f)", percent(middle), percent(lo), percent(hi));
}

// ---- the table ----

enum { COLUMNS = 8, CELL_SIZE = 64 };

static const char *const heads[COLUMNS] = {
    "",           "measured, UTC", "candidate", "ratio - 1, % (interval)",
    "control, %", "launches",      "count",     "verdict"};

typedef char line[COLUMNS][CELL_SIZE];

static void fill_line(const struct history_series *s, size_t i, line text)
{
    const struct history_point *p = &s->points[i];
    char revision[24];
    memset(text, 0, sizeof(line));
    if (change_at(s, i))
        snprintf(text[0], CELL_SIZE, ">");
    history_clean(p->at, text[1], 24);
    revision_words(p, revision);
    snprintf(text[2], CELL_SIZE, "%s", revision);
    factor_words(p->ratio, p->lo, p->hi, text[3], CELL_SIZE);
    if (p->control[0] > 0)
        snprintf(text[4], CELL_SIZE, "%+.2f", percent(p->control[0]));
    if (p->launches > 0)
        snprintf(text[5], CELL_SIZE, "%zu", p->launches);
    if (p->counts[0] > 0)
        snprintf(text[6], CELL_SIZE, "%.2f", p->counts[1]);
    history_clean(p->verdict, text[7], CELL_SIZE);
}

static bool is_right(size_t column)
{
    return column >= 3 && column <= 6;
}

// Columns in which nothing stands are left out.
static void put_points(FILE *out, const struct history_report *r, const struct history_series *s)
{
    line text;
    size_t width[COLUMNS] = {0}, first = first_listed(r, s);
    for (size_t i = first; i < s->count; i++) {
        fill_line(s, i, text);
        for (size_t n = 0; n < COLUMNS; n++)
            width[n] = text_width(text[n]) > width[n] ? text_width(text[n]) : width[n];
    }
    for (size_t n = 0; n < COLUMNS; n++)
        if (width[n] > 0 && text_width(heads[n]) > width[n])
            width[n] = text_width(heads[n]);
    width[0] = 1;
    for (size_t i = first; i <= s->count; i++) {
        if (i > first)
            fill_line(s, i - 1, text);
        for (size_t n = 0; n < COLUMNS; n++)
            if (width[n] > 0) {
                text_pad(out, i == first ? heads[n] : text[n], n + 1 < COLUMNS ? width[n] : 0, is_right(n));
                fputs(n + 1 < COLUMNS ? n ? "  " : " " : "", out);
            }
        fputc('\n', out);
    }
}

static void put_changes(FILE *out, const struct history_series *s)
{
    if (s->count < E_DIVISIVE_FEWEST)
        fprintf(out, "  too few points to look for changes: %zu of %d\n", s->count, E_DIVISIVE_FEWEST);
    else if (s->change_count == 0)
        fputs("  no change\n", out);
    for (size_t i = 0; i < s->change_count; i++) {
        const struct history_change *c = &s->changes[i];
        char size[CELL_SIZE], before[24], after[24], at[24];
        factor_words(c->factor.median, c->factor.lo, c->factor.hi, size, sizeof size);
        revision_words(&s->points[c->at - 1], before);
        revision_words(&s->points[c->at], after);
        history_clean(s->points[c->at].at, at, sizeof at);
        fprintf(out, "  CHANGE %s %%, between %s and %s (%s, point %zu of %zu), p %.3f\n", size, before,
                after, at, c->at + 1, s->count, c->p);
    }
}

static void put_series(FILE *out, const struct history_report *r, const struct history_series *s)
{
    char name[HISTORY_NAME], text[2 * HISTORY_NAME], reference[40], machine[HISTORY_NAME];
    history_clean(s->cell, name, sizeof name);
    history_clean(s->quantity, text, sizeof text);
    fprintf(out, "%s: %s over that of ", name, text);
    history_reference_words(s->reference, reference, sizeof reference);
    history_clean(s->reference_name, name, sizeof name);
    history_clean(s->machine, machine, sizeof machine);
    history_clean(s->cpu, text, sizeof text);
    fprintf(out, "%s (%s), machine %s, %s\n", *name ? name : "?", reference, machine, text);
    put_points(out, r, s);
    if (first_listed(r, s) > 0)
        fprintf(out, "  %zu earlier ones are not listed: --limit\n", first_listed(r, s));
    put_changes(out, s);
    fputc('\n', out);
}

void history_write_table(FILE *out, const struct history_report *r)
{
    const struct history *h = r->history;
    size_t changes = 0, few = 0;
    for (size_t i = 0; i < h->count; i++) {
        put_series(out, r, &h->series[i]);
        changes += h->series[i].change_count;
        few += h->series[i].count < E_DIVISIVE_FEWEST;
    }
    if (h->measurements == 0) {
        fputs("nothing was recorded yet\n", out);
        return;
    }
    fprintf(out, "%zu measurement%s, %zu series, %zu change%s", h->measurements,
            h->measurements == 1 ? "" : "s", h->count, changes, changes == 1 ? "" : "s");
    if (few > 0)
        fprintf(out, "; %zu series with fewer than %d points", few, E_DIVISIVE_FEWEST);
    if (h->unfit > 0)
        fprintf(out, "; %zu points are damaged and left out", h->unfit);
    fputc('\n', out);
}

// ---- CSV ----

static void csv_text(FILE *out, const char *text)
{
    csv_field(out, text);
    fputc(',', out);
}

static void csv_reals(FILE *out, const double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (isfinite(values[i]))
            fprintf(out, "%.9g", values[i]);
        fputc(',', out);
    }
}

static void csv_point(FILE *out, const struct history_series *s, size_t i)
{
    const struct history_point *p = &s->points[i];
    const struct history_change *c = change_at(s, i);
    const double measured[] = {p->ratio, p->lo, p->hi, p->coverage, p->margin};
    const char *const names[] = {s->cell,           s->quantity, s->definition, s->machine,   s->reference,
                                 s->reference_name, p->at,       p->suite,      p->candidate, p->revision};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        csv_text(out, names[n]);
    csv_text(out, p->dirty < 0 ? "" : p->dirty ? "1" : "0");
    csv_reals(out, measured, 5);
    fprintf(out, "%zu,", p->launches);
    csv_text(out, p->verdict);
    csv_reals(out, p->control, 3);
    csv_reals(out, p->counts, 2);
    if (c) {
        const double change[] = {c->factor.median, c->factor.lo, c->factor.hi};
        csv_reals(out, change, 3);
        fprintf(out, "%.3f\r\n", c->p);
    } else {
        fputs(",,,\r\n", out);
    }
}

void history_write_csv(FILE *out, const struct history_report *r)
{
    fputs("cell,quantity,definition,machine,reference,reference_name,at,suite,candidate,revision,dirty,ratio,"
          "lo,hi,"
          "coverage,margin,launches,verdict,control,control_lo,control_hi,reference_count,candidate_count,"
          "change,change_lo,change_hi,change_p\r\n",
          out);
    for (size_t k = 0; k < r->history->count; k++) {
        const struct history_series *s = &r->history->series[k];
        for (size_t i = first_listed(r, s); i < s->count; i++)
            csv_point(out, s, i);
    }
}
