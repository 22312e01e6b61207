// SPDX-License-Identifier: Apache-2.0
#include "scenario/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/mem.h"

// What a file says must not reach the terminal as control sequences or break a message into lines.
static void make_printable(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7F)
            *text = '?';
}

bool report_full(const struct report *r)
{
    return r->count >= REPORT_MAX;
}

static void add(struct report *r, enum finding_kind kind, char *where, char *what)
{
    r->list = must_grow(r->list, r->count, &r->room, sizeof *r->list);
    r->list[r->count++] = (struct finding){kind, where, what};
}

void report_add(struct report *r, enum finding_kind kind, struct place at, const char *format, ...)
{
    if (report_full(r))
        return;
    char what[700];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    make_printable(what);
    char *where = at.origin ? must_copy(at.origin) : must_print("%s:%zu:%zu", r->path, at.line, at.column);
    make_printable(where);
    add(r, kind, where, must_copy(what));
}

bool report_holds(const struct report *r, const struct finding *f)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->list[i].what, f->what) == 0 && strcmp(r->list[i].where, f->where) == 0)
            return true;
    return false;
}

size_t report_count(const struct report *r, enum finding_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += r->list[i].kind == kind;
    return n;
}

void report_take(struct report *into, const struct finding *f)
{
    if (!report_full(into) && !report_holds(into, f))
        add(into, f->kind, must_copy(f->where), must_copy(f->what));
}

bool report_fail(const struct report *r, struct error *e)
{
    char text[sizeof e->text] = "";
    size_t used = 0;
    for (size_t i = 0; i < r->count; i++) {
        char *line = must_print("%s%s: %s", i ? "\n" : "", r->list[i].where, r->list[i].what);
        size_t length = strlen(line);
        // The first message is cut rather than left out; of the others the number is kept.
        bool fits = used + length < sizeof text - 24;
        if (fits || i == 0)
            used += (size_t)snprintf(text + used, sizeof text - used, "%.*s", (int)(sizeof text - used - 24),
                                     line);
        else
            snprintf(text + used, sizeof text - used, "\n(and %zu more)", r->count - i);
        free(line);
        if (!fits && i > 0)
            break;
    }
    return fail(e, EXIT_USAGE, "%s", text);
}

void report_free(struct report *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->list[i].where);
        free(r->list[i].what);
    }
    free(r->list);
    *r = (struct report){.path = r->path};
}

// ---- did you mean ----

enum { WORD_MAX = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

// Optimal string alignment distance of two words shorter than WORD_MAX.
static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b), d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= n; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            size_t swap = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = least(swap, least(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
        }
    return d[n][m];
}

// The closest name within a third of the word's length by edit distance (transpositions count one), or NULL.
static const char *closest_name(const char *word, name_at at, const void *list)
{
    size_t length = strlen(word);
    if (length == 0 || length > WORD_MAX)
        return NULL;
    size_t best = length / 3 + (length < 3 ? 1 : 0);
    best = least(best ? best : 1, 3) + 1;
    const char *name, *closest = NULL;
    for (size_t i = 0; (name = at(list, i)) != NULL; i++) {
        size_t distance = strlen(name) > WORD_MAX ? WORD_MAX : edit_distance(word, name);
        if (distance < best && distance < length) {
            best = distance;
            closest = name;
        }
    }
    return closest;
}

char *hint_names(const char *word, name_at at, const void *list)
{
    const char *closest = closest_name(word, at, list);
    if (closest)
        return must_print("; did you mean \"%s\"?", closest);
    if (at(list, 0) == NULL)
        return must_copy("");
    char *out = must_copy("; there are: ");
    const char *name;
    for (size_t i = 0; (name = at(list, i)) != NULL; i++) {
        char *longer = must_print("%s%s%s", out, i ? ", " : "", name);
        free(out);
        out = longer;
    }
    return out;
}
