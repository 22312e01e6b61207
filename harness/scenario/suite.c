// SPDX-License-Identifier: Apache-2.0
// Paths -> runs: a suite's own `engine`, `set`, `only` and `reps` become overrides with the command line's
// after them.
#include "scenario/suite.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "scenario/mem.h"
#include "scenario/report.h"
#include "scenario/tree.h"

// Overrides under construction; owns its texts.
struct merged {
    struct overrides over;
    char **sets, **only;
    size_t set_count, set_room, only_count, only_room;
    char *engine, *reps;
};

static void add_text(char ***list, size_t *count, size_t *room, char *text)
{
    *list = must_grow(*list, *count, room, sizeof **list);
    (*list)[(*count)++] = text;
}

static void free_merged(struct merged *m)
{
    for (size_t i = 0; i < m->set_count; i++)
        free(m->sets[i]);
    for (size_t i = 0; i < m->only_count; i++)
        free(m->only[i]);
    free(m->sets);
    free(m->only);
    free(m->engine);
    free(m->reps);
}

static bool add_run(struct suite_runs *runs, const char *suite, struct plan *plan)
{
    size_t room = runs->count; // grown as it comes: suites are short
    runs->list = must_grow(runs->list, runs->count, &room, sizeof *runs->list);
    runs->list[runs->count++] = (struct suite_run){must_copy(suite), plan};
    return true;
}

static bool add_scenario(struct suite_runs *runs, const char *suite, const char *path,
                         const struct overrides *over, struct error *e)
{
    struct plan *plan;
    return plan_load(path, over, &plan, e) && add_run(runs, suite, plan);
}

// ---- one entry of a suite ----

static bool fail_at(const char *path, struct place at, struct error *e, const char *message)
{
    return fail(e, EXIT_USAGE, "%s:%zu:%zu: %s", path, at.line, at.column, message);
}

static void take_sets(struct merged *m, const struct node *set)
{
    for (size_t i = 0; i < set->count; i++) {
        const struct node *value = set->items[i].value;
        char *flow = value->kind == NODE_SCALAR ? must_copy(value->text) : node_flow(value);
        add_text(&m->sets, &m->set_count, &m->set_room, must_print("%s=%s", set->items[i].key, flow));
        free(flow);
    }
}

static bool take_only(struct merged *m, const char *path, const struct node *only, struct error *e)
{
    for (size_t i = 0; i < only->count; i++) {
        const struct node *value = only->items[i].value;
        size_t values = value->kind == NODE_SCALAR ? 1 : value->count;
        for (size_t k = 0; k < values; k++) {
            const struct node *one = value->kind == NODE_SCALAR ? value : value->items[k].value;
            if (value->kind == NODE_MAP || one->kind != NODE_SCALAR)
                return fail_at(path, one->at, e, "only: an axis takes a value or a list of values");
            add_text(&m->only, &m->only_count, &m->only_room,
                     must_print("%s=%s", only->items[i].key, one->text));
        }
    }
    return true;
}

static bool same_axis(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return n == strcspn(b, "=") && strncmp(a, b, n) == 0;
}

// The command line comes on top: its plain values win, its sets come last, its `only` replaces the suite's
// for the same axis.
static void lay_command_line(struct merged *m, const struct overrides *over)
{
    size_t kept = 0;
    for (size_t i = 0; i < m->only_count; i++) {
        bool replaced = false;
        for (size_t k = 0; k < over->only_count; k++)
            replaced = replaced || same_axis(m->only[i], over->only[k]);
        if (replaced)
            free(m->only[i]);
        else
            m->only[kept++] = m->only[i];
    }
    m->only_count = kept;
    for (size_t i = 0; i < over->set_count; i++)
        add_text(&m->sets, &m->set_count, &m->set_room, must_copy(over->sets[i]));
    for (size_t i = 0; i < over->only_count; i++)
        add_text(&m->only, &m->only_count, &m->only_room, must_copy(over->only[i]));
    const char *engine = over->engine ? over->engine : m->engine, *reps = over->reps ? over->reps : m->reps;
    m->over = *over;
    m->over.engine = engine;
    m->over.reps = reps;
    m->over.sets = (const char *const *)m->sets;
    m->over.set_count = m->set_count;
    m->over.only = (const char *const *)m->only;
    m->over.only_count = m->only_count;
}

static const char *run_key_at(const void *list, size_t index)
{
    (void)list;
    static const char *const keys[] = {"scenario", "engine", "set", "only", "reps"};
    return index < sizeof keys / sizeof *keys ? keys[index] : NULL;
}

static bool take_entry(struct merged *m, const char *path, const struct entry *entry, struct error *e)
{
    const char *key = entry->key;
    const struct node *value = entry->value;
    bool map = strcmp(key, "set") == 0 || strcmp(key, "only") == 0;
    if (map && value->kind != NODE_MAP)
        return fail_at(path, value->at, e, "this must be a map of keys and values");
    if (strcmp(key, "set") == 0)
        take_sets(m, value);
    else if (strcmp(key, "only") == 0)
        return take_only(m, path, value, e);
    else if (value->kind != NODE_SCALAR)
        return fail_at(path, value->at, e, "this must be a plain value");
    else if (strcmp(key, "engine") == 0)
        m->engine = must_copy(value->text);
    else if (strcmp(key, "reps") == 0)
        m->reps = must_copy(value->text);
    else if (strcmp(key, "scenario") != 0) {
        char *hint = hint_names(key, run_key_at, NULL);
        fail(e, EXIT_USAGE, "%s:%zu:%zu: unknown key \"%.60s\" in a suite's run%s", path, entry->at.line,
             entry->at.column, key, hint);
        free(hint);
        return false;
    }
    return true;
}

static char *beside(const char *path, const char *name)
{
    const char *slash = strrchr(path, '/');
    if (*name == '/' || slash == NULL)
        return must_copy(name);
    return must_print("%.*s/%s", (int)(slash - path), path, name);
}

// What the loader says of an entry's scenario, with the entry's own place in front.
static void add_place(const char *path, struct place at, struct error *e)
{
    struct error inner = *e;
    e->code = EXIT_OK;
    char *text = must_print("%s:%zu:%zu: in this run:\n%s", path, at.line, at.column, inner.text);
    fail(e, inner.code, "%.*s", (int)sizeof e->text - 1, text);
    free(text);
}

static bool run_entry(struct suite_runs *runs, const char *suite, const char *path, const struct node *entry,
                      const struct overrides *over, struct error *e)
{
    if (entry->kind != NODE_MAP)
        return fail_at(path, entry->at, e, "a run is a map: {scenario: FILE, engine, set, only, reps}");
    struct merged m = {.over = *over};
    bool ok = true;
    for (size_t i = 0; ok && i < entry->count; i++)
        ok = take_entry(&m, path, &entry->items[i], e);
    const char *name = node_text(entry, "scenario");
    if (ok && (name == NULL || *name == '\0'))
        ok = fail_at(path, entry->at, e, "a run needs scenario: FILE");
    if (ok) {
        lay_command_line(&m, over);
        char *file = beside(path, name);
        ok = add_scenario(runs, suite, file, &m.over, e);
        free(file);
        if (!ok)
            add_place(path, entry->at, e);
    }
    free_merged(&m);
    return ok;
}

// ---- files ----

static bool add_suite(struct suite_runs *runs, const char *path, const struct node *root,
                      const struct overrides *over, struct error *e)
{
    const char *name = node_text(root, "suite");
    const struct node *run = node_get(root, "run");
    if (name == NULL || *name == '\0')
        return fail_at(path, root->at, e, "suite: must be a name");
    for (size_t i = 0; i < root->count; i++)
        if (strcmp(root->items[i].key, "suite") != 0 && strcmp(root->items[i].key, "run") != 0)
            return fail(e, EXIT_USAGE, "%s:%zu:%zu: unknown key \"%.60s\" in a suite; there are: suite, run",
                        path, root->items[i].at.line, root->items[i].at.column, root->items[i].key);
    if (run == NULL || run->kind != NODE_LIST || run->count == 0)
        return fail_at(path, run ? run->at : root->at, e,
                       "a suite needs run: a list of {scenario: FILE, ...}");
    for (size_t i = 0; i < run->count; i++)
        if (!run_entry(runs, name, path, run->items[i].value, over, e))
            return false;
    return true;
}

// Answers the file's tree when it is a suite, NULL when it is not (or cannot be read: the loader says why).
static struct node *read_suite(const char *path)
{
    struct error quiet = {EXIT_OK, ""};
    char *bytes;
    size_t size;
    struct node *root = NULL;
    if (!text_read(path, &bytes, &size, &quiet))
        return NULL;
    bool ok = tree_parse(path, bytes, size, &root, &quiet);
    free(bytes);
    if (ok && node_get(root, "suite"))
        return root;
    node_free(root);
    return NULL;
}

static bool add_file(struct suite_runs *runs, const char *path, bool with_suites,
                     const struct overrides *over, struct error *e)
{
    struct node *suite = read_suite(path);
    if (suite == NULL)
        return add_scenario(runs, NULL, path, over, e);
    bool ok = !with_suites || add_suite(runs, path, suite, over, e);
    node_free(suite);
    return ok;
}

static int is_yaml(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > 5 && entry->d_name[0] != '.' && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); // not alphasort, whose order is the locale's
}

static bool add_folder(struct suite_runs *runs, const char *path, const struct overrides *over,
                       struct error *e)
{
    struct dirent **names;
    int count = scandir(path, &names, is_yaml, by_bytes);
    if (count < 0)
        return fail(e, EXIT_USAGE, "%s: cannot be read: %s", path, strerror(errno));
    size_t before = runs->count;
    bool ok = true;
    for (int i = 0; i < count; i++) {
        size_t length = strlen(path);
        const char *slash = length && path[length - 1] == '/' ? "" : "/";
        char *file = must_print("%s%s%s", path, slash, names[i]->d_name);
        ok = ok && add_file(runs, file, false, over, e);
        free(file);
        free(names[i]);
    }
    free(names);
    if (ok && runs->count == before)
        return fail(e, EXIT_USAGE, "%s: there is no scenario (*.yaml) in this folder", path);
    return ok;
}

bool suite_load(const char *const *paths, size_t path_count, const struct overrides *over,
                struct suite_runs *runs, struct error *e)
{
    static const struct overrides none = {.queues = NULL};
    *runs = (struct suite_runs){NULL, 0};
    bool ok = path_count > 0 || fail(e, EXIT_USAGE, "no scenario given");
    for (size_t i = 0; ok && i < path_count; i++) {
        struct stat st;
        bool folder = stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode);
        const struct overrides *use = over ? over : &none;
        ok = folder ? add_folder(runs, paths[i], use, e) : add_file(runs, paths[i], true, use, e);
    }
    if (!ok)
        suite_free(runs);
    return ok;
}

void suite_free(struct suite_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        free(runs->list[i].suite);
        plan_free(runs->list[i].plan);
    }
    free(runs->list);
    *runs = (struct suite_runs){NULL, 0};
}
