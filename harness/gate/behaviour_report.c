// SPDX-License-Identifier: Apache-2.0
#include "gate/behaviour_report.h"

#include "gate/report.h"
#include "result/jsonx.h"
#include "result/text.h"

void behaviour_sentence(const struct gate_behaviour *b, char *text, size_t size)
{
    size_t same = behaviour_count(b, BEHAVIOUR_SAME);
    if (b->invalid)
        snprintf(text, size, "behaviour was NOT compared");
    else
        snprintf(text, size, "%zu of %zu points behave as %.300s says%s", same, b->count, b->golden.path,
                 b->accepted ? "; it now holds what is below" : "");
    if (b->accepted && same == b->count)
        snprintf(text, size, "%zu of %zu points behave as %.300s says; written anew", same, b->count,
                 b->golden.path);
}

// ---- for people ----

static void put_row(FILE *out, const struct behaviour_row *row, bool markdown)
{
    if (markdown)
        fprintf(out, "| %s | %s | %s |\n", row->name, behaviour_word(row->verdict), row->what);
    else
        fprintf(out, "%-8s  %s\n", behaviour_word(row->verdict), row->name);
    if (!markdown && row->verdict != BEHAVIOUR_NEW && row->verdict != BEHAVIOUR_MISSING) // which say it all
        fprintf(out, "          %s\n", row->what);
}

static void put_rows(FILE *out, const struct gate_behaviour *b, bool markdown)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->rows[i].verdict != BEHAVIOUR_SAME)
            put_row(out, &b->rows[i], markdown);
}

static bool is_all_right(const struct gate_behaviour *b)
{
    return !b->invalid && behaviour_count(b, BEHAVIOUR_SAME) == b->count;
}

// What to do about it, in one line; empty when there is nothing to do.
static const char *advice(const struct gate_behaviour *b)
{
    return behaviour_exit_code(b) == EXIT_REGRESSION
               ? "When this is meant, the same command with --accept makes it the golden file."
               : "";
}

void behaviour_write_table(FILE *out, const struct gate_behaviour *b)
{
    char text[400];
    if (!b->asked)
        return;
    behaviour_sentence(b, text, sizeof text);
    fprintf(out, "%s (%.1f s)\n", text, b->seconds);
    put_rows(out, b, false);
    if (*b->reason)
        fprintf(out, "%s\n", b->reason);
    if (*advice(b))
        fprintf(out, "%s\n", advice(b));
    fputc('\n', out);
}

void behaviour_write_markdown(FILE *out, const struct gate_behaviour *b)
{
    char text[400];
    if (!b->asked)
        return;
    behaviour_sentence(b, text, sizeof text);
    fprintf(out, "### Behaviour: %s\n\n", text);
    if (!is_all_right(b) && b->count) {
        fputs("| point | verdict | what differs |\n|---|---|---|\n", out);
        put_rows(out, b, true);
        fputc('\n', out);
    }
    if (*b->reason)
        fprintf(out, "%s\n\n", b->reason);
    if (*advice(b))
        fprintf(out, "%s\n\n", advice(b));
}

// ---- for programs ----

static bool differs(const struct gate_behaviour *b, const struct behaviour_row *row)
{
    return !b->accepted && row->verdict != BEHAVIOUR_SAME && row->verdict != BEHAVIOUR_INVALID;
}

void behaviour_count_cases(const struct gate_behaviour *b, size_t *tests, size_t *failures, size_t *errors)
{
    *tests += b->count + b->invalid;
    *errors += b->invalid + behaviour_count(b, BEHAVIOUR_INVALID);
    for (size_t i = 0; i < b->count; i++)
        *failures += differs(b, &b->rows[i]);
}

static void put_case(FILE *out, const char *name, const char *tag, const char *type, const char *message)
{
    gate_write_case(out, &(struct gate_case){"weir gate behaviour", name, tag, type, message, 0});
}

void behaviour_write_cases(FILE *out, const struct gate_behaviour *b)
{
    if (b->invalid)
        put_case(out, b->golden.path, "error", "INVALID", b->reason);
    for (size_t i = 0; i < b->count; i++) {
        const struct behaviour_row *row = &b->rows[i];
        put_case(out, row->name,
                 row->verdict == BEHAVIOUR_INVALID ? "error"
                 : differs(b, row)                 ? "failure"
                                                   : NULL,
                 behaviour_word(row->verdict), row->what);
    }
}

void behaviour_write_annotations(FILE *out, const struct gate_behaviour *b)
{
    char title[400];
    if (b->invalid)
        gate_write_annotation(out, "error", "weir gate: behaviour", b->reason);
    for (size_t i = 0; i < b->count; i++) {
        const struct behaviour_row *row = &b->rows[i];
        if (row->verdict != BEHAVIOUR_INVALID && !differs(b, row))
            continue;
        snprintf(title, sizeof title, "weir gate: %.300s: %s", row->name, behaviour_word(row->verdict));
        gate_write_annotation(out, "error", title, row->what);
    }
}

json_t *behaviour_json(const struct gate_behaviour *b)
{
    json_t *o, *rows;
    if (!b->asked)
        return json_null();
    o = json_object();
    rows = json_array();
    for (size_t i = 0; i < b->count; i++) {
        const struct behaviour_row *row = &b->rows[i];
        json_t *one = json_object();
        jsonx_set(one, "name", jsonx_text(row->name));
        jsonx_set(one, "verdict", jsonx_text(behaviour_word(row->verdict)));
        jsonx_set(one, "what", jsonx_text(row->what));
        jsonx_set(one, "changes", row->changes ? json_incref(row->changes) : json_array());
        json_array_append_new(rows, one);
    }
    jsonx_set(o, "golden", jsonx_text(b->golden.path));
    jsonx_set(o, "compared", json_boolean(!b->invalid));
    jsonx_set(o, "accepted", json_boolean(b->accepted));
    jsonx_set(o, "reason", jsonx_text(b->reason));
    jsonx_set(o, "seconds", jsonx_real(b->seconds));
    jsonx_set(o, "points", rows);
    return o;
}
