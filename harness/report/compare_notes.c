// SPDX-License-Identifier: Apache-2.0
// What differs between two documents besides their figures.
#include <stdarg.h>
#include <string.h>

#include "report/compare.h"
#include "result/cell.h"
#include "result/jsonx.h"

static void __attribute__((format(printf, 2, 3))) add(json_t *list, const char *format, ...)
{
    char text[1024];
    va_list a;
    va_start(a, format);
    vsnprintf(text, sizeof text, format, a);
    va_end(a);
    json_array_append_new(list, jsonx_text(text));
}

// ---- the documents ----
static const char *of(const struct comparison *c, size_t side, const char *key)
{
    return jsonx_string(c->in[side]->document, key);
}

static bool differ(const struct comparison *c, const char *key)
{
    return strcmp(of(c, 0, key), of(c, 1, key)) != 0;
}

static void note_machines(const struct comparison *c, json_t *list)
{
    if (differ(c, "env.machine_id"))
        add(list, "different machines: A on %s (%s), B on %s (%s)", of(c, 0, "env.cpu"),
            of(c, 0, "env.machine_id"), of(c, 1, "env.cpu"), of(c, 1, "env.machine_id"));
    else if (differ(c, "env.kernel"))
        add(list, "different kernels: A %s, B %s", of(c, 0, "env.kernel"), of(c, 1, "env.kernel"));
}

static void note_tools(const struct comparison *c, json_t *list)
{
    if (differ(c, "tool.git") || differ(c, "tool.version"))
        add(list, "different weir: A %s %s, B %s %s", of(c, 0, "tool.version"), of(c, 0, "tool.git"),
            of(c, 1, "tool.version"), of(c, 1, "tool.git"));
    if (differ(c, "tool.compiler") || differ(c, "tool.flags"))
        add(list, "built differently: A %s %s, B %s %s", of(c, 0, "tool.compiler"), of(c, 0, "tool.flags"),
            of(c, 1, "tool.compiler"), of(c, 1, "tool.flags"));
}

// Of scenarios that both have, those whose files are not the same.
static void note_scenarios(const struct comparison *c, json_t *list)
{
    size_t i, k;
    json_t *a, *b;
    json_array_foreach(jsonx_find(c->in[0]->document, "run.scenarios"), i, a)
        json_array_foreach(jsonx_find(c->in[1]->document, "run.scenarios"), k, b)
    {
        const char *name = jsonx_string(a, "name");
        if (strcmp(name, jsonx_string(b, "name")) == 0 &&
            strcmp(jsonx_string(a, "hash"), jsonx_string(b, "hash")) != 0)
            add(list, "scenario %s: the file is not the same (A %s, B %s)", name, jsonx_string(a, "hash"),
                jsonx_string(b, "hash"));
    }
}

static void note_engines(const struct comparison *c, json_t *list)
{
    size_t n = 0;
    const struct compare_entry *first = NULL;
    for (size_t i = 0; i < c->entry_count; i++)
        if (c->entries[i].other_engine) {
            first = first ? first : &c->entries[i];
            n++;
        }
    if (n)
        add(list, "different engines: %zu point%s of A ran as %s, of B as %s", n, n == 1 ? "" : "s",
            jsonx_string(first->point[0]->cells[0], "engine"),
            jsonx_string(first->point[1]->cells[0], "engine"));
}

// What was given on the command line and is no parameter of a cell: the same point, run otherwise.
static void note_lengths(const struct comparison *c, json_t *list)
{
    for (size_t i = 0; i < c->entry_count && c->in[0]->kind == REPORT_RUN; i++) {
        const json_t *a = c->entries[i].point[0]->cells[0], *b = c->entries[i].point[1]->cells[0];
        double x = jsonx_number(a, "seconds", 0), y = jsonx_number(b, "seconds", 0);
        if (x > 0 && y > 0 && (x > 1.01 * y || y > 1.01 * x)) {
            add(list, "different lengths: A measured %.3g s of %s, B %.3g s", x, jsonx_string(a, "scenario"),
                y);
            return;
        }
    }
}

static void note_states(const struct comparison *c, json_t *list)
{
    size_t n = 0;
    const char *key = c->in[0]->kind == REPORT_BENCH ? "bench.state" : "state";
    for (size_t i = 0; i < c->entry_count; i++) {
        const char *a = jsonx_string(c->entries[i].point[0]->cells[0], key);
        const char *b = jsonx_string(c->entries[i].point[1]->cells[0], key);
        n += *a && *b && strcmp(a, b) != 0;
    }
    if (n)
        add(list, "the cores were near on one side and far apart on the other at %zu point%s", n,
            n == 1 ? "" : "s");
}

json_t *compare_notes(const struct comparison *c)
{
    json_t *list = json_array();
    note_machines(c, list);
    note_tools(c, list);
    note_scenarios(c, list);
    note_engines(c, list);
    note_lengths(c, list);
    note_states(c, list);
    double a = jsonx_number(c->in[0]->document, "run.seed", 0),
           b = jsonx_number(c->in[1]->document, "run.seed", 0);
    if (a != b)
        add(list, "different seeds: A %.0f, B %.0f", a, b);
    for (size_t s = 0; s < COMPARE_SIDES; s++)
        if (json_is_false(jsonx_find(c->in[s]->document, "run.complete")))
            add(list, "%s is not complete: it was interrupted", s ? "B" : "A");
    return list;
}

// ---- statuses and expectations ----
static int severity(const char *status)
{
    static const char *const order[] = {"ok", "skipped", "invalid", "failed"};
    for (int i = 0; i < 4; i++)
        if (strcmp(status, order[i]) == 0)
            return i;
    return 4;
}

const char *compare_status(const struct report_point *p, const char **reason)
{
    const char *worst = "ok";
    *reason = "";
    for (size_t i = 0; i < p->count; i++) {
        const char *own = jsonx_string(p->cells[i], "status");
        if (severity(own) > severity(worst)) {
            worst = own;
            *reason = jsonx_string(p->cells[i], "reason");
        }
    }
    return worst;
}

enum verdict { NOT_THERE, NOT_JUDGED, HOLDS, FAILS };

static const char *verdict_name(enum verdict v)
{
    static const char *const names[] = {"not there", "not judged", "holds", "fails"};
    return names[v];
}

// It fails when it fails in one repetition.
static enum verdict verdict_of(const struct report_point *p, const char *text)
{
    enum verdict worst = NOT_THERE;
    for (size_t i = 0; i < p->count; i++) {
        size_t k;
        json_t *expect;
        json_array_foreach(json_object_get(p->cells[i], "expect"), k, expect)
        {
            const json_t *ok = json_object_get(expect, "ok");
            enum verdict own = json_is_true(ok) ? HOLDS : json_is_false(ok) ? FAILS : NOT_JUDGED;
            if (strcmp(jsonx_string(expect, "text"), text) == 0 && own > worst)
                worst = own;
        }
    }
    return worst;
}

static void add_turn(json_t *list, const struct compare_entry *entry, const char *what, const char *a,
                     const char *b, const char *reason)
{
    json_t *o = json_object();
    jsonx_set(o, "point", jsonx_text(entry->point[0]->name));
    jsonx_set(o, "what", jsonx_text(what));
    jsonx_set(o, "a", jsonx_text(a));
    jsonx_set(o, "b", jsonx_text(b));
    jsonx_set(o, "reason", jsonx_text(reason));
    json_array_append_new(list, o);
}

static void turned_expectations(const struct compare_entry *entry, size_t side, json_t *list)
{
    size_t i;
    json_t *expect;
    json_array_foreach(json_object_get(entry->point[side]->cells[0], "expect"), i, expect)
    {
        const char *text = jsonx_string(expect, "text");
        enum verdict a = verdict_of(entry->point[0], text), b = verdict_of(entry->point[1], text);
        if (side == 1 && a != NOT_THERE) // told already, from A's list
            continue;
        if (a != b)
            add_turn(list, entry, text, verdict_name(a), verdict_name(b), "");
    }
}

json_t *compare_turned(const struct comparison *c)
{
    json_t *list = json_array();
    for (size_t i = 0; i < c->entry_count; i++) {
        const struct compare_entry *entry = &c->entries[i];
        const char *why[COMPARE_SIDES];
        const char *a = compare_status(entry->point[0], &why[0]),
                   *b = compare_status(entry->point[1], &why[1]);
        if (strcmp(a, b) != 0)
            add_turn(list, entry, "status", a, b, severity(b) > severity(a) ? why[1] : why[0]);
        for (size_t s = 0; s < COMPARE_SIDES; s++)
            turned_expectations(entry, s, list);
    }
    return list;
}
