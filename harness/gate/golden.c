// SPDX-License-Identifier: Apache-2.0
#include "gate/golden.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "result/atomic.h"
#include "result/document.h"
#include "result/jsonx.h"
#include "result/text.h"

// ---- paths ----

// The folder of a file that need not be there.
static bool folder_of(const char *path, char folder[PATH_MAX], struct error *e)
{
    char text[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(text, sizeof text, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    return realpath(text, folder) != NULL ||
           fail(e, EXIT_USAGE, "no folder for the golden file '%s': %s", path, strerror(errno));
}

// From one folder to a file, both absolute: "../scenarios/burst.yaml".
static void relative(const char *from, const char *to, char *text, size_t size)
{
    size_t same = 0, i = 0;
    for (; from[i] && from[i] == to[i]; i++)
        if (from[i] == '/')
            same = i;
    if (from[i] == '\0' && to[i] == '/')
        same = i;
    *text = '\0';
    for (const char *p = from + same; *p; p++)
        if (*p == '/' && p[1])
            text_append(text, size, "../");
    text_append(text, size, to + same + (to[same] == '/'));
}

// FNV-1a (Fowler, Noll, Vo) of a file's bytes; 0 when it is a folder or cannot be read.
static uint64_t hash_of(const char *path)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    unsigned char chunk[4096];
    size_t n, all = 0;
    FILE *in = fopen(path, "rbe");
    if (in == NULL)
        return 0;
    while ((n = fread(chunk, 1, sizeof chunk, in)) > 0)
        for (size_t i = 0; i < n; i++, all++)
            hash = (hash ^ chunk[i]) * UINT64_C(0x100000001b3);
    fclose(in);
    return all ? hash : 0;
}

static void hash_text(const char *path, char text[20])
{
    snprintf(text, 20, "%016llx", (unsigned long long)hash_of(path));
}

// ---- reading ----

static bool damaged(const struct golden *g, const char *what, struct error *e)
{
    return fail(e, EXIT_USAGE, "%s: not a golden file (%s): %s; 'weir gate --golden FILE --accept' makes one",
                g->path, GOLDEN_SCHEMA, what);
}

static bool check_cells(const struct golden *g, struct error *e)
{
    size_t i;
    json_t *cell;
    const json_t *cells = json_object_get(g->kept.document, "cells");
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (!json_is_object(json_object_get(cell, "params")) || *jsonx_string(cell, "scenario") == '\0' ||
            *jsonx_string(cell, "status") == '\0' || *jsonx_string(cell, "digest") == '\0')
            return damaged(g, "a cell without scenario, params, status or digest", e);
    }
    return i > 0 || damaged(g, "no cells", e);
}

static bool read_files(struct golden *g, struct error *e)
{
    char folder[PATH_MAX], path[2 * PATH_MAX];
    size_t i;
    json_t *file;
    if (!folder_of(g->path, folder, e))
        return false;
    json_array_foreach((json_t *)jsonx_find(g->kept.document, "run.files"), i, file)
    {
        const char *name = jsonx_string(file, "file");
        if (*name == '\0' || g->file_count == GOLDEN_FILES_MOST)
            return damaged(g, "run.files", e);
        snprintf(path, sizeof path, "%s/%s", folder, name);
        g->files[g->file_count] = strdup(path);
        if (g->files[g->file_count++] == NULL)
            return fail(e, EXIT_INVALID, "out of memory");
    }
    return g->file_count > 0 || damaged(g, "it names no scenario files", e);
}

bool golden_open(struct golden *g, const char *path, struct error *e)
{
    json_error_t why;
    struct stat st;
    *g = (struct golden){.kept.kind = REPORT_RUN};
    snprintf(g->path, sizeof g->path, "%s", path);
    if (stat(path, &st) != 0)
        return errno == ENOENT || fail(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode)) // a pipe would be waited for
        return fail(e, EXIT_USAGE, "%s: is not a regular file", path);
    g->kept.document = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (g->kept.document == NULL)
        return fail(e, EXIT_USAGE, "%s:%d:%d: %s", path, why.line, why.column, why.text);
    if (strcmp(jsonx_string(g->kept.document, "schema"), GOLDEN_SCHEMA) != 0)
        return damaged(g, "another schema", e);
    g->there = true;
    return check_cells(g, e) && read_files(g, e) &&
           (report_points_fill(&g->kept) || fail(e, EXIT_INVALID, "out of memory"));
}

static void forget_files(struct golden *g)
{
    for (size_t i = 0; i < g->file_count; i++)
        free(g->files[i]);
    g->file_count = 0;
}

void golden_close(struct golden *g)
{
    forget_files(g);
    report_input_close(&g->kept);
}

bool golden_take_files(struct golden *g, const char *const *files, size_t count, struct error *e)
{
    if (count > GOLDEN_FILES_MOST)
        return fail(e, EXIT_USAGE, "more than %d scenario files", GOLDEN_FILES_MOST);
    forget_files(g);
    for (size_t i = 0; i < count; i++) {
        char *path = realpath(files[i], NULL);
        if (path == NULL)
            return fail(e, EXIT_USAGE, "%s: %s", files[i], strerror(errno));
        g->files[g->file_count++] = path;
    }
    return true;
}

bool golden_file_changed(const struct golden *g, size_t file)
{
    char hash[20];
    const json_t *kept = json_array_get(jsonx_find(g->kept.document, "run.files"), file);
    hash_text(g->files[file], hash);
    return kept == NULL || strcmp(jsonx_string(kept, "hash"), hash) != 0;
}

// ---- writing ----

// What is kept of a cell: what it was given, its digest, and what the figures of a comparison are made from.
static const char *const whole[] = {"scenario", "engine", "params", "rep",
                                    "seed",     "status", "digest", "seconds"};
static const struct {
    const char *object, *key;
} parts[] = {
    {"ledger", "generated"},        {"ledger", "refused_final"}, {"ledger", "lost"},
    {"rate", "delivered_per_s"},    {"response_ns", "p50"},      {"response_ns", "p99"},
    {"response_ns", "p999"},        {"response_ns", "max"},      {"response_offered_ns", "count"},
    {"response_offered_ns", "p99"}, {"age_ns", "p50"},
};

static void keep(json_t *to, const json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    if (value)
        json_object_set(to, key, value);
}

static void keep_parts(json_t *to, const json_t *cell)
{
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        json_t *object = json_object_get(to, parts[i].object);
        if (object == NULL) {
            object = json_object();
            jsonx_set(to, parts[i].object, object);
        }
        keep(object, json_object_get(cell, parts[i].object), parts[i].key);
    }
    // Of all reasons to lose a record the sum.
    json_t *lost = json_object();
    keep(lost, jsonx_find(cell, "ledger.lost"), "total");
    jsonx_set(json_object_get(to, "ledger"), "lost", lost);
}

static json_t *keep_list(const json_t *cell, const char *list, const char *const *keys)
{
    json_t *to = json_array(), *one;
    size_t i;
    json_array_foreach(json_object_get(cell, list), i, one)
    {
        json_t *o = json_object();
        for (size_t k = 0; keys[k]; k++)
            keep(o, one, keys[k]);
        json_array_append_new(to, o);
    }
    return to;
}

static json_t *kept_cell(const json_t *cell)
{
    static const char *const queue[] = {"edge", "high_water", NULL}, *const expect[] = {"text", "ok", NULL},
                             *const event[] = {"what", "recovered_ns", NULL};
    json_t *o = json_object();
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++)
        keep(o, cell, whole[i]);
    keep_parts(o, cell);
    keep(o, cell, "producer_stall_ns");
    jsonx_set(o, "queue", keep_list(cell, "queue", queue));
    jsonx_set(o, "events", keep_list(cell, "events", event));
    jsonx_set(o, "expect", keep_list(cell, "expect", expect));
    return o;
}

static json_t *kept_run(const struct golden *g, const struct report_input *run, const char *folder)
{
    static const char *const scenario[] = {"name", "hash", NULL};
    json_t *o = json_object(), *files = json_array();
    for (size_t i = 0; i < g->file_count; i++) {
        char path[PATH_MAX], text[2 * PATH_MAX], hash[20];
        json_t *file = json_object();
        if (realpath(g->files[i], path) == NULL)
            snprintf(path, sizeof path, "%s", g->files[i]);
        relative(folder, path, text, sizeof text);
        hash_text(path, hash);
        jsonx_set(file, "file", jsonx_text(text));
        jsonx_set(file, "hash", jsonx_text(hash));
        json_array_append_new(files, file);
    }
    jsonx_set(o, "files", files);
    jsonx_set(o, "scenarios", keep_list(json_object_get(run->document, "run"), "scenarios", scenario));
    return o;
}

static void put_member(FILE *out, const char *name, json_t *value)
{
    fprintf(out, "\"%s\": ", name);
    json_dumpf(value, out, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));
    json_decref(value);
}

// A line a cell, so that a change of one is a change of one line.
static void put_document(FILE *out, const struct golden *g, const struct report_input *run,
                         const char *folder)
{
    const json_t *cells = json_object_get(run->document, "cells");
    const char *between = "\n";
    json_t *cell;
    size_t i;
    fputs("{", out);
    put_member(out, "schema", json_string(GOLDEN_SCHEMA));
    fputs(",\n", out);
    put_member(out, "run", kept_run(g, run, folder));
    fputs(",\n\"cells\": [", out);
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (!report_is_ok(cell))
            continue; // skipped: nothing was simulated
        fputs(between, out);
        json_t *kept = kept_cell(cell);
        json_dumpf(kept, out, JSON_COMPACT | JSON_REAL_PRECISION(15));
        json_decref(kept);
        between = ",\n";
    }
    fputs("\n]}\n", out);
}

bool golden_write(const struct golden *g, const struct report_input *run, struct error *e)
{
    char folder[PATH_MAX], *text = NULL;
    const char *slash = strrchr(g->path, '/');
    size_t size = 0;
    if (!folder_of(g->path, folder, e))
        return false;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    put_document(out, g, run, folder);
    bool ok = fclose(out) == 0 ? atomic_write(folder, slash ? slash + 1 : g->path, text, size, e)
                               : fail(e, EXIT_INVALID, "out of memory");
    free(text);
    return ok;
}
