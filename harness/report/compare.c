// SPDX-License-Identifier: Apache-2.0
// Which points of two documents are the same one.
#include "report/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result/jsonx.h"

// ---- names ----
// The name without its engine: the same scenario, once on threads and once in virtual time.
static bool same_but_engine(const char *a, const char *b)
{
    static const char mark[] = "/engine=";
    const char *x = strstr(a, mark), *y = strstr(b, mark);
    if (x == NULL || y == NULL || x - a != y - b || strncmp(a, b, (size_t)(x - a)) != 0)
        return false;
    x += strlen(mark);
    y += strlen(mark);
    return strcmp(x + strcspn(x, "/"), y + strcspn(y, "/")) == 0;
}

static const struct report_point *find(const struct comparison *c, size_t side, const char *name,
                                       bool any_engine)
{
    for (size_t i = 0; i < c->in[side]->point_count; i++) {
        const struct report_point *p = &c->in[side]->points[i];
        if (any_engine ? same_but_engine(p->name, name) : strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

// Across engines only where neither document has the other's engine at that point.
static const struct report_point *counterpart(const struct comparison *c, size_t side,
                                              const struct report_point *p, bool *other_engine)
{
    const struct report_point *same = find(c, side, p->name, false);
    *other_engine = false;
    if (same)
        return same;
    const struct report_point *other = find(c, side, p->name, true);
    if (other == NULL || find(c, 1 - side, other->name, false))
        return NULL;
    *other_engine = true;
    return other;
}

// ---- matching ----
static bool allocate(struct comparison *c, struct error *e)
{
    c->entries = calloc(c->in[0]->point_count + 1, sizeof *c->entries);
    bool ok = c->entries != NULL;
    for (size_t s = 0; s < COMPARE_SIDES; s++) {
        c->only[s] = calloc(c->in[s]->point_count + 1, sizeof *c->only[s]);
        ok = ok && c->only[s];
    }
    return ok || fail(e, EXIT_INVALID, "out of memory");
}

static void match(struct comparison *c, const struct compare_request *request)
{
    for (size_t s = 0; s < COMPARE_SIDES; s++)
        for (size_t i = 0; i < c->in[s]->point_count; i++) {
            const struct report_point *p = &c->in[s]->points[i];
            bool other_engine;
            if (!compare_is_wanted(p, request))
                continue;
            const struct report_point *q = counterpart(c, 1 - s, p, &other_engine);
            if (q && !compare_is_wanted(q, request))
                q = NULL;
            if (q == NULL)
                c->only[s][c->only_count[s]++] = p;
            else if (s == 0)
                c->entries[c->entry_count++] =
                    (struct compare_entry){.point = {p, q}, .other_engine = other_engine};
        }
}

static bool is_sim(const struct report_point *p)
{
    return strcmp(jsonx_string(p->cells[0], "engine"), "sim") == 0;
}

static bool fill(struct comparison *c, struct error *e)
{
    for (size_t i = 0; i < c->entry_count; i++) {
        struct compare_entry *entry = &c->entries[i];
        entry->exact = is_sim(entry->point[0]) && is_sim(entry->point[1]);
        entry->pairs = calloc(c->figure_count + 1, sizeof *entry->pairs);
        for (size_t f = 0; entry->pairs && f < c->figure_count; f++) {
            for (size_t s = 0; s < COMPARE_SIDES; s++)
                compare_gather(&c->figures[f], entry->point[s], &entry->pairs[f].side[s]);
            compare_judge(&c->figures[f], &entry->pairs[f], entry->exact);
        }
        if (entry->pairs == NULL)
            return fail(e, EXIT_INVALID, "out of memory");
    }
    for (size_t f = 0; f < c->figure_count; f++)
        if (!compare_test(c, f))
            return fail(e, EXIT_INVALID, "out of memory");
    return true;
}

// ---- refusals ----
static const char *kind_name(enum report_kind kind)
{
    return kind == REPORT_BENCH     ? "a bench"
           : kind == REPORT_RUN     ? "a run"
           : kind == REPORT_GATE    ? "a gate"
           : kind == REPORT_HISTORY ? "a history"
                                    : "a conformance check";
}

static bool check_kinds(const struct comparison *c, struct error *e)
{
    for (size_t s = 0; s < COMPARE_SIDES; s++)
        if (c->in[s]->kind != REPORT_RUN && c->in[s]->kind != REPORT_BENCH)
            return fail(e, EXIT_USAGE, "%s is %s: it has no figures to compare", s ? "B" : "A",
                        kind_name(c->in[s]->kind));
    return c->in[0]->kind == c->in[1]->kind || fail(e, EXIT_USAGE, "nothing in common: A is %s and B is %s",
                                                    kind_name(c->in[0]->kind), kind_name(c->in[1]->kind));
}

static bool check_common(const struct comparison *c, struct error *e)
{
    if (c->entry_count)
        return true;
    if (c->only_count[0] + c->only_count[1] == 0)
        return fail(e, EXIT_USAGE, "--only leaves no point on either side");
    return fail(e, EXIT_USAGE, "nothing in common: A has %zu point%s (%s%s), B %zu (%s%s)", c->only_count[0],
                c->only_count[0] == 1 ? "" : "s", c->only_count[0] ? c->only[0][0]->name : "none",
                c->only_count[0] > 1 ? ", ..." : "", c->only_count[1],
                c->only_count[1] ? c->only[1][0]->name : "none", c->only_count[1] > 1 ? ", ..." : "");
}

// A time, or a number a second, that real clocks measured.
static bool has_absolute(const struct comparison *c)
{
    for (size_t i = 0; i < c->entry_count; i++)
        for (size_t f = 0; !c->entries[i].exact && f < c->figure_count; f++)
            if (c->entries[i].pairs[f].both &&
                (c->figures[f].unit == COMPARE_TIME || c->figures[f].unit == COMPARE_RATE))
                return true;
    return false;
}

// What differs between machines is the machines. In virtual time, and of shares and counts, it is the
// program.
static bool check_machines(const struct comparison *c, struct error *e)
{
    const char *a = jsonx_string(c->in[0]->document, "env.machine_id"),
               *b = jsonx_string(c->in[1]->document, "env.machine_id");
    if (*a == 0 || *b == 0 || strcmp(a, b) == 0 || !has_absolute(c))
        return true;
    return fail(
        e, EXIT_USAGE,
        "times of different machines do not compare (A on %s, %s; B on %s, %s): which machine is faster "
        "would look like which program is; --metric loss compares what is no time, --only engine=sim "
        "what is in virtual time, --force all the same",
        jsonx_string(c->in[0]->document, "env.cpu"), a, jsonx_string(c->in[1]->document, "env.cpu"), b);
}

bool compare_make(struct comparison *c, const struct report_input *a, const struct report_input *b,
                  const struct compare_request *request, struct error *e)
{
    *c = (struct comparison){.in = {a, b}};
    if (!check_kinds(c, e) || !compare_pick_figures(c, request, e) || !compare_check_only(c, request, e) ||
        !allocate(c, e))
        return false;
    match(c, request);
    return check_common(c, e) && fill(c, e) && (request->force || check_machines(c, e));
}

void compare_free(struct comparison *c)
{
    for (size_t i = 0; i < c->entry_count; i++) {
        for (size_t f = 0; c->entries[i].pairs && f < c->figure_count; f++)
            for (size_t s = 0; s < COMPARE_SIDES; s++)
                free(c->entries[i].pairs[f].side[s].list);
        free(c->entries[i].pairs);
    }
    for (size_t s = 0; s < COMPARE_SIDES; s++)
        free(c->only[s]);
    free(c->entries);
    free(c->figures);
    *c = (struct comparison){0};
}
