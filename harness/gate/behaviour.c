// SPDX-License-Identifier: Apache-2.0
#include "gate/behaviour.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folders.h"
#include "gate/command.h"
#include "report/compare.h"
#include "result/jsonx.h"

const char *behaviour_word(enum behaviour_verdict verdict)
{
    static const char *const words[BEHAVIOUR_VERDICTS] = {"SAME", "CHANGED", "SCENARIO",
                                                          "NEW",  "MISSING", "INVALID"};
    return words[verdict];
}

static struct behaviour_row *add_row(struct gate_behaviour *b, const char *name,
                                     enum behaviour_verdict verdict)
{
    struct behaviour_row *more = realloc(b->rows, (b->count + 1) * sizeof *more);
    if (more == NULL)
        return NULL;
    b->rows = more;
    b->rows[b->count] = (struct behaviour_row){.name = strdup(name), .verdict = verdict};
    return b->rows[b->count].name ? &b->rows[b->count++] : NULL;
}

static void __attribute__((format(printf, 2, 3))) say(struct behaviour_row *row, const char *format, ...)
{
    char text[400];
    va_list a;
    va_start(a, format);
    vsnprintf(text, sizeof text, format, a);
    va_end(a);
    text_append(row->what, sizeof row->what, *row->what ? ", " : "");
    text_append(row->what, sizeof row->what, text);
}

// ---- are they the same? ----

static const json_t *cell_of_rep(const struct report_point *p, const json_t *cell)
{
    for (size_t i = 0; i < p->count; i++)
        if (json_equal(json_object_get(p->cells[i], "rep"), json_object_get(cell, "rep")))
            return p->cells[i];
    return NULL;
}

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
    return strcmp(jsonx_string(a, key), jsonx_string(b, key)) == 0;
}

static bool same_events(const struct compare_entry *entry)
{
    const struct report_point *kept = entry->point[0], *now = entry->point[1];
    bool same = kept->count == now->count;
    for (size_t i = 0; same && i < kept->count; i++) {
        const json_t *other = cell_of_rep(now, kept->cells[i]);
        same =
            other && same_text(kept->cells[i], other, "digest") && same_text(kept->cells[i], other, "status");
    }
    return same;
}

static bool same_seeds(const struct compare_entry *entry)
{
    for (size_t i = 0; i < entry->point[0]->count; i++) {
        const json_t *other = cell_of_rep(entry->point[1], entry->point[0]->cells[i]);
        if (other &&
            !json_equal(json_object_get(entry->point[0]->cells[i], "seed"), json_object_get(other, "seed")))
            return false;
    }
    return true;
}

static const char *file_hash(const struct report_input *in, const char *scenario)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)jsonx_find(in->document, "run.scenarios"), i, one)
    {
        if (strcmp(jsonx_string(one, "name"), scenario) == 0)
            return jsonx_string(one, "hash");
    }
    return "";
}

static bool same_scenario(const struct comparison *c, const struct compare_entry *entry)
{
    const char *name = jsonx_string(entry->point[0]->cells[0], "scenario");
    return strcmp(file_hash(c->in[0], name), file_hash(c->in[1], name)) == 0;
}

static bool same_values(const struct compare_pair *pair)
{
    const struct compare_values *a = &pair->side[0], *b = &pair->side[1];
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->list[i] == b->list[i];
    return same;
}

// ---- what differs ----

static void say_value(const struct compare_figure *f, const struct compare_values *v,
                      char text[TEXT_NUMBER_MAX])
{
    if (v->count)
        compare_value_text(f, v->median, false, text);
    else
        snprintf(text, TEXT_NUMBER_MAX, "-");
}

static json_t *list_of(const struct compare_values *v)
{
    json_t *list = json_array();
    for (size_t i = 0; i < v->count; i++)
        json_array_append_new(list, jsonx_real(v->list[i]));
    return list;
}

static void say_figure(struct behaviour_row *row, const struct compare_figure *f,
                       const struct compare_pair *pair)
{
    char kept[TEXT_NUMBER_MAX], now[TEXT_NUMBER_MAX], change[TEXT_NUMBER_MAX];
    json_t *o = json_object();
    say_value(f, &pair->side[0], kept);
    say_value(f, &pair->side[1], now);
    compare_change_text(f, pair, change);
    bool median = pair->both && pair->difference == 0;
    say(row, "%s %s -> %s%s%s%s", f->title, kept, now, *change && !median ? " (" : "",
        median ? " (in the median; the repetitions differ" : change, *change ? ")" : "");
    jsonx_set(o, "figure", jsonx_text(f->name));
    jsonx_set(o, "unit", jsonx_text(compare_unit_name(f->unit)));
    jsonx_set(o, "golden", list_of(&pair->side[0]));
    jsonx_set(o, "now", list_of(&pair->side[1]));
    json_array_append_new(row->changes, o);
}

static void say_turned(struct behaviour_row *row, const json_t *turned)
{
    size_t i;
    json_t *one;
    json_array_foreach((json_t *)turned, i, one)
    {
        if (strcmp(jsonx_string(one, "point"), row->name) == 0)
            say(row, "%s: %s -> %s", jsonx_string(one, "what"), jsonx_string(one, "a"),
                jsonx_string(one, "b"));
    }
}

static void say_changes(struct behaviour_row *row, const struct comparison *c,
                        const struct compare_entry *entry, const json_t *turned)
{
    row->changes = json_array();
    if (!same_scenario(c, entry))
        say(row, "the scenario file has changed");
    if (!same_seeds(entry))
        say(row, "another seed");
    if (entry->point[0]->count != entry->point[1]->count)
        say(row, "repetitions %zu -> %zu", entry->point[0]->count, entry->point[1]->count);
    say_turned(row, turned);
    for (size_t f = 0; f < c->figure_count; f++)
        if (!same_values(&entry->pairs[f]))
            say_figure(row, &c->figures[f], &entry->pairs[f]);
    if (json_array_size(row->changes) == 0)
        say(row, "other events, none of the figures differs");
    else if (same_events(entry))
        say(row, "though every event is the same: the figures are made otherwise");
}

static bool same_figures(const struct comparison *c, const struct compare_entry *entry)
{
    bool same = true;
    for (size_t f = 0; f < c->figure_count; f++)
        same = same && same_values(&entry->pairs[f]);
    return same;
}

// ---- the rows ----

static bool is_skipped(const struct report_point *p)
{
    const char *reason;
    return strcmp(compare_status(p, &reason), "skipped") == 0;
}

static bool is_broken(const struct report_point *p, const char **reason)
{
    const char *status = compare_status(p, reason);
    return strcmp(status, "ok") != 0 && strcmp(status, "skipped") != 0;
}

static bool add_entry(struct gate_behaviour *b, const struct comparison *c, const struct compare_entry *entry,
                      const json_t *turned)
{
    const char *reason;
    struct behaviour_row *row = add_row(b, entry->point[0]->name, BEHAVIOUR_SAME);
    if (row == NULL)
        return false;
    if (is_broken(entry->point[1], &reason)) {
        row->verdict = BEHAVIOUR_INVALID;
        say(row, "%s", reason);
    } else if (!same_events(entry) || !same_figures(c, entry)) {
        row->verdict = same_scenario(c, entry) && same_seeds(entry) ? BEHAVIOUR_CHANGED : BEHAVIOUR_SCENARIO;
        say_changes(row, c, entry, turned);
    }
    return true;
}

static bool add_new(struct gate_behaviour *b, const struct report_point *p)
{
    const char *reason;
    if (is_skipped(p))
        return true;
    bool broken = is_broken(p, &reason);
    struct behaviour_row *row = add_row(b, p->name, broken ? BEHAVIOUR_INVALID : BEHAVIOUR_NEW);
    if (row)
        say(row, "%s", broken ? reason : "the golden file has no such point");
    return row != NULL;
}

static bool add_missing(struct gate_behaviour *b, const struct report_point *p)
{
    struct behaviour_row *row = add_row(b, p->name, BEHAVIOUR_MISSING);
    if (row)
        say(row, "in the golden file, and not run any more");
    return row != NULL;
}

static bool compare_with_kept(struct gate_behaviour *b, const struct report_input *run)
{
    static const char *const metrics[] = {"loss",    "p50", "p99",      "p99_offered", "p999",       "max",
                                          "goodput", "age", "recovery", "lost",        "high_water", "stall"};
    struct compare_request request = {.metrics = metrics, .metric_count = sizeof metrics / sizeof *metrics};
    struct comparison c;
    struct error e = {0};
    // That nothing is in common is no mistake here: everything is new, and everything is missing.
    bool ok = compare_make(&c, &b->golden.kept, run, &request, &e) ||
              (c.entry_count == 0 && c.only_count[0] + c.only_count[1] > 0);
    json_t *turned = ok ? compare_turned(&c) : NULL;
    for (size_t i = 0; ok && i < c.entry_count; i++)
        ok = add_entry(b, &c, &c.entries[i], turned);
    for (size_t i = 0; ok && i < c.only_count[1]; i++)
        ok = add_new(b, c.only[1][i]);
    for (size_t i = 0; ok && i < c.only_count[0]; i++)
        ok = add_missing(b, c.only[0][i]);
    json_decref(turned);
    compare_free(&c);
    return ok;
}

bool behaviour_compare(struct gate_behaviour *b, const struct report_input *run)
{
    bool ok = true;
    if (b->golden.there)
        return compare_with_kept(b, run);
    for (size_t i = 0; ok && i < run->point_count; i++)
        ok = add_new(b, &run->points[i]);
    return ok;
}

// ---- running ----

static void __attribute__((format(printf, 2, 3)))
make_invalid(struct gate_behaviour *b, const char *format, ...)
{
    va_list a;
    va_start(a, format);
    vsnprintf(b->reason, sizeof b->reason, format, a);
    va_end(a);
    b->invalid = true;
}

// The beginning of what a run said: its first error.
static void read_log(const char *path, char *text, size_t size)
{
    FILE *in = fopen(path, "re");
    size_t n = in ? fread(text, 1, size - 1, in) : 0;
    if (in)
        fclose(in);
    while (n > 0 && text[n - 1] == '\n')
        n--;
    text[n] = '\0';
}

static enum command_end simulate(struct gate_behaviour *b, const char *weir, const char *folder,
                                 bool (*cut)(void *context), void *context)
{
    const char *argv[GOLDEN_FILES_MOST + 8] = {weir, "run"};
    char out[PATH_MAX + 16], log[PATH_MAX + 16], text[1000];
    size_t n = 2;
    int code = -1;
    snprintf(out, sizeof out, "%s/run", folder);
    snprintf(log, sizeof log, "%s/log", folder);
    for (size_t i = 0; i < b->golden.file_count; i++)
        argv[n++] = b->golden.files[i];
    const char *const more[] = {"--engine", "sim", "--quiet", "--out", out};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        argv[n++] = more[i];
    struct command_run run = {.argv = argv, .output = log, .code = &code, .cut = cut, .context = context};
    enum command_end end = command_run(&run);
    if (end == COMMAND_CUT || end == COMMAND_DONE || code == EXIT_REGRESSION || code == EXIT_INVALID)
        return end == COMMAND_CUT ? end
                                  : COMMAND_DONE; // cells that are not as they should be are in the document
    read_log(log, text, sizeof text);
    make_invalid(b, "the scenarios could not be run: exit %d: %s", code, text);
    return COMMAND_FAILED;
}

static void accept_run(struct gate_behaviour *b, const struct report_input *run)
{
    struct error e = {0};
    if (behaviour_count(b, BEHAVIOUR_INVALID))
        snprintf(b->reason, sizeof b->reason, "not accepted: what is invalid cannot be a golden file");
    else if (golden_write(&b->golden, run, &e))
        b->accepted = true;
    else
        make_invalid(b, "%s", e.text);
}

static void read_run(struct gate_behaviour *b, const char *folder, bool accept)
{
    char out[PATH_MAX + 16];
    struct error e = {0};
    struct report_input run = {0};
    snprintf(out, sizeof out, "%s/run", folder);
    if (!report_input_open(&run, out, &e))
        make_invalid(b, "%s", e.text);
    else if (!behaviour_compare(b, &run))
        make_invalid(b, "out of memory");
    else if (accept)
        accept_run(b, &run);
    report_input_close(&run);
}

static void note_files(struct gate_behaviour *b)
{
    for (size_t i = 0; behaviour_exit_code(b) == EXIT_REGRESSION && i < b->golden.file_count; i++)
        if (b->golden.there && golden_file_changed(&b->golden, i)) {
            snprintf(b->reason, sizeof b->reason, "%s has changed since the golden file was written",
                     b->golden.files[i]);
            return;
        }
}

bool behaviour_run(struct gate_behaviour *b, const char *weir, bool accept, bool (*cut)(void *context),
                   void *context)
{
    char folder[PATH_MAX];
    const char *temporary = getenv("TMPDIR");
    uint64_t begin_ns = clock_mono_ns();
    snprintf(folder, sizeof folder, "%s/weir-gate-XXXXXX", temporary && *temporary ? temporary : "/tmp");
    if (mkdtemp(folder) == NULL) {
        make_invalid(b, "%s: no folder for a run can be made", folder);
        return true;
    }
    enum command_end end = simulate(b, weir, folder, cut, context);
    if (end == COMMAND_DONE)
        read_run(b, folder, accept);
    if (!*b->reason)
        note_files(b);
    remove_tree(folder);
    b->seconds = (double)(clock_mono_ns() - begin_ns) / 1e9;
    return end != COMMAND_CUT;
}

void behaviour_free(struct gate_behaviour *b)
{
    for (size_t i = 0; i < b->count; i++) {
        free(b->rows[i].name);
        json_decref(b->rows[i].changes);
    }
    free(b->rows);
    b->rows = NULL;
    b->count = 0;
    golden_close(&b->golden);
}

// ---- what it comes to ----

size_t behaviour_count(const struct gate_behaviour *b, enum behaviour_verdict verdict)
{
    size_t n = 0;
    for (size_t i = 0; i < b->count; i++)
        n += b->rows[i].verdict == verdict;
    return n;
}

enum exit_code behaviour_exit_code(const struct gate_behaviour *b)
{
    size_t invalid = behaviour_count(b, BEHAVIOUR_INVALID), same = behaviour_count(b, BEHAVIOUR_SAME);
    enum exit_code code = b->invalid || invalid ? EXIT_INVALID : EXIT_OK;
    if (!b->accepted && same + invalid < b->count)
        code = exit_code_worse(code, EXIT_REGRESSION);
    return code;
}
