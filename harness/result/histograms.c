// SPDX-License-Identifier: Apache-2.0
#include "result/histograms.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "result/atomic.h"
#include "result/intervals.h"
#include "result/jsonx.h"

#define LINE_SCHEMA   "weir.histogram/1"
#define INTERVALS_KEY "response_intervals"

struct line {
    json_int_t index, seed;
    double begun_s;
    off_t at;      // in the file
    char keys[64]; // of its histograms, a comma after each
};

struct histograms {
    FILE *in;
    struct line *lines;
    size_t count, room;
};

// ---- one histogram ----
static json_t *hist_lossless(const struct hist *h)
{
    json_t *o = json_object(), *buckets = json_array();
    for (size_t i = 0; i < HIST_COUNTS; i++) {
        if (h->counts[i] == 0)
            continue;
        json_array_append_new(buckets, jsonx_u64(i));
        json_array_append_new(buckets, jsonx_u64(h->counts[i]));
    }
    jsonx_set(o, "count", jsonx_u64(h->total));
    jsonx_set(o, "overflow", jsonx_u64(h->overflow));
    jsonx_set(o, "min", jsonx_u64(h->min));
    jsonx_set(o, "max", jsonx_u64(h->max));
    jsonx_set(o, "sum", jsonx_real(h->sum));
    jsonx_set(o, "buckets", buckets);
    return o;
}

static bool take_count(const json_t *o, const char *key, uint64_t *value)
{
    const json_t *v = json_object_get(o, key);
    if (!json_is_integer(v) || json_integer_value(v) < 0)
        return false;
    *value = (uint64_t)json_integer_value(v);
    return true;
}

static bool take_buckets(const json_t *list, struct hist *h)
{
    size_t n = json_array_size(list);
    uint64_t total = 0;
    json_int_t last = -1;
    if (!json_is_array(list) || n % 2 != 0)
        return false;
    for (size_t i = 0; i < n; i += 2) {
        const json_t *index = json_array_get(list, i), *count = json_array_get(list, i + 1);
        if (!json_is_integer(index) || !json_is_integer(count) || json_integer_value(index) <= last ||
            json_integer_value(index) >= HIST_COUNTS || json_integer_value(count) <= 0)
            return false;
        last = json_integer_value(index);
        h->counts[last] = (uint64_t)json_integer_value(count);
        total += h->counts[last];
    }
    return total == h->total;
}

static bool hist_restore(const json_t *o, struct hist *h)
{
    const json_t *sum = json_object_get(o, "sum");
    memset(h, 0, sizeof *h);
    if (!take_count(o, "count", &h->total) || !take_count(o, "overflow", &h->overflow) ||
        !take_count(o, "min", &h->min) || !take_count(o, "max", &h->max) || !json_is_number(sum))
        return false;
    h->sum = json_number_value(sum);
    return take_buckets(json_object_get(o, "buckets"), h) && h->min <= h->max &&
           h->overflow <= h->counts[HIST_COUNTS - 1];
}

// ---- writing ----
static char *line_text(const char *run_id, const json_t *cell, double begun_s,
                       const struct histogram_of *list, size_t count, const struct histogram_rows *rows)
{
    json_t *o = json_object();
    bool any = false;
    jsonx_set(o, "schema", json_string(LINE_SCHEMA));
    jsonx_set(o, "run", jsonx_text(run_id));
    jsonx_set(o, "index", json_integer(json_integer_value(json_object_get(cell, "index"))));
    jsonx_set(o, "seed", json_integer(json_integer_value(json_object_get(cell, "seed"))));
    jsonx_set(o, "begun_s", jsonx_real(begun_s));
    for (size_t i = 0; i < count; i++) {
        if (list[i].hist == NULL || list[i].hist->total == 0)
            continue;
        jsonx_set(o, list[i].key, hist_lossless(list[i].hist));
        any = true;
    }
    json_t *over_time = rows ? intervals_json(rows->counts, rows->count, rows->step_ns) : NULL;
    if (over_time)
        jsonx_set(o, INTERVALS_KEY, over_time);
    any = any || over_time;
    char *text = any ? json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    json_decref(o);
    return text;
}

static bool path_of(const char *dir, char path[4096], struct error *e)
{
    if ((size_t)snprintf(path, 4096, "%s/%s", dir, HISTOGRAMS_FILE) >= 4096)
        return fail(e, EXIT_INVALID, "%s: path too long", dir);
    return true;
}

bool histograms_append(const char *dir, const char *run_id, const json_t *cell, double begun_s,
                       const struct histogram_of *list, size_t count, const struct histogram_rows *rows,
                       struct error *e)
{
    char path[4096], *text = line_text(run_id, cell, begun_s, list, count, rows);
    if (text == NULL)
        return true;
    FILE *out = path_of(dir, path, e) ? fopen(path, "ae") : NULL;
    bool ok = out && fprintf(out, "%s\n", text) > 0 && fflush(out) == 0 && fsync(fileno(out)) == 0;
    int saved = errno;
    free(text);
    if (out && fclose(out) != 0)
        ok = false;
    return ok || fail(e, EXIT_INVALID, "%s: %s", path, strerror(saved));
}

// ---- reading lines ----
// NULL when it is none of a histogram.
static json_t *line_parse(const char *text, size_t size, json_error_t *why)
{
    json_t *o = json_loadb(text, size, JSON_REJECT_DUPLICATES, why);
    if (o == NULL ||
        (strcmp(jsonx_string(o, "schema"), LINE_SCHEMA) == 0 &&
         json_is_integer(json_object_get(o, "index")) && json_is_integer(json_object_get(o, "seed"))))
        return o;
    snprintf(why->text, sizeof why->text, "not a line of histograms (%s)", LINE_SCHEMA);
    why->column = 1;
    json_decref(o);
    return NULL;
}

static bool is_of(const json_t *line, const char *run_id)
{
    return strcmp(jsonx_string(line, "run"), run_id) == 0;
}

static struct line *find(const struct histograms *h, const json_t *cell)
{
    json_int_t index = json_integer_value(json_object_get(cell, "index"));
    json_int_t seed = json_integer_value(json_object_get(cell, "seed"));
    for (size_t i = 0; i < h->count; i++)
        if (h->lines[i].index == index && h->lines[i].seed == seed)
            return &h->lines[i];
    return NULL;
}

static void note_keys(struct line *line, const json_t *o)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)o, key, value)
    {
        size_t used = strlen(line->keys), n = strlen(key);
        if (json_is_object(value) && used + n + 2 <= sizeof line->keys)
            snprintf(line->keys + used, sizeof line->keys - used, "%s,", key);
    }
}

static bool remember(struct histograms *h, const json_t *o, off_t at)
{
    struct line own = {.index = json_integer_value(json_object_get(o, "index")),
                       .seed = json_integer_value(json_object_get(o, "seed")),
                       .begun_s = jsonx_number(o, "begun_s", 0),
                       .at = at};
    note_keys(&own, o);
    struct line *same = find(h, o);
    if (same) { // measured once more after an interruption: the later one counts
        *same = own;
        return true;
    }
    if (h->count == h->room) {
        size_t room = h->room ? 2 * h->room : 64;
        struct line *more = realloc(h->lines, room * sizeof *more);
        if (more == NULL)
            return false;
        h->lines = more;
        h->room = room;
    }
    h->lines[h->count++] = own;
    return true;
}

// Every histogram of the line must be whole: it is looked at before anything is made of it.
static bool is_whole(const json_t *line, struct hist *scratch, json_error_t *why)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)line, key, value)
    {
        bool over_time = strcmp(key, INTERVALS_KEY) == 0;
        if (over_time ? !intervals_are_whole(value)
                      : json_is_object(value) && !hist_restore(value, scratch)) {
            snprintf(why->text, sizeof why->text, "the histogram %.40s does not add up", key);
            why->column = 1;
            return false;
        }
    }
    return true;
}

static bool scan(struct histograms *h, const char *path, const char *run_id, struct hist *scratch,
                 struct error *e)
{
    char *text = NULL;
    size_t room = 0, number = 1;
    bool ok = true;
    off_t at = 0;
    for (ssize_t n; ok && (n = getline(&text, &room, h->in)) > 0; at += n, number++) {
        json_error_t why;
        if (text[n - 1] != '\n')
            break;
        json_t *o = line_parse(text, (size_t)n, &why);
        ok = o != NULL && is_whole(o, scratch, &why);
        if (!ok)
            fail(e, EXIT_USAGE, "%s:%zu:%d: %s", path, number, why.column, why.text);
        else if (is_of(o, run_id) && !remember(h, o, at))
            ok = fail(e, EXIT_INVALID, "%s: out of memory", path);
        json_decref(o);
    }
    free(text);
    return ok;
}

struct histograms *histograms_open(const char *dir, const char *run_id, struct error *e)
{
    char path[4096];
    if (!path_of(dir, path, e))
        return NULL;
    struct histograms *h = calloc(1, sizeof *h);
    struct hist *scratch = malloc(sizeof *scratch);
    bool ok = (h && scratch) || fail(e, EXIT_INVALID, "%s: out of memory", path);
    if (ok && (h->in = fopen(path, "re")) == NULL)
        ok = errno == ENOENT || errno == ENOTDIR || fail(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    if (ok && h->in)
        ok = scan(h, path, run_id, scratch, e);
    free(scratch);
    if (ok)
        return h;
    histograms_close(h);
    return NULL;
}

void histograms_close(struct histograms *h)
{
    if (h == NULL)
        return;
    if (h->in)
        fclose(h->in);
    free(h->lines);
    free(h);
}

// The cell's line; the caller drops it.
static json_t *line_read(struct histograms *h, const json_t *cell)
{
    const struct line *line = find(h, cell);
    char *text = NULL;
    size_t room = 0;
    json_error_t why;
    if (line == NULL || fseeko(h->in, line->at, SEEK_SET) != 0)
        return NULL;
    ssize_t n = getline(&text, &room, h->in);
    json_t *o = n > 0 ? line_parse(text, (size_t)n, &why) : NULL;
    free(text);
    return o;
}

bool histograms_get(struct histograms *h, const json_t *cell, const char *key, struct hist *hist)
{
    json_t *o = line_read(h, cell);
    const json_t *own = json_object_get(o, key);
    bool ok = own != NULL && hist_restore(own, hist);
    json_decref(o);
    return ok;
}

uint64_t *histograms_intervals(struct histograms *h, const json_t *cell, size_t *count, uint64_t *step_ns)
{
    json_t *o = line_read(h, cell);
    uint64_t *rows = intervals_restore(json_object_get(o, INTERVALS_KEY), count, step_ns);
    json_decref(o);
    return rows;
}

bool histograms_has(const struct histograms *h, const json_t *cell, const char *key)
{
    const struct line *line = find(h, cell);
    size_t n = strlen(key);
    for (const char *p = line ? line->keys : ""; *p; p += strcspn(p, ",") + 1)
        if (strncmp(p, key, n) == 0 && p[n] == ',')
            return true;
    return false;
}

double histograms_begun(const struct histograms *h, const json_t *cell)
{
    const struct line *line = find(h, cell);
    return line ? line->begun_s : 0;
}

// ---- after an interruption ----
static bool belongs(const json_t *line, const json_t *document)
{
    size_t i;
    json_t *cell;
    if (!is_of(line, jsonx_string(document, "run.id")))
        return false;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (json_equal(json_object_get(cell, "index"), json_object_get(line, "index")) &&
            json_equal(json_object_get(cell, "seed"), json_object_get(line, "seed")))
            return true;
    }
    return false;
}

static void copy_kept(FILE *in, FILE *out, const json_t *document)
{
    char *text = NULL;
    size_t room = 0;
    json_error_t why;
    for (ssize_t n; (n = getline(&text, &room, in)) > 0;) {
        json_t *o = text[n - 1] == '\n' ? line_parse(text, (size_t)n, &why) : NULL;
        if (o && belongs(o, document))
            fwrite(text, 1, (size_t)n, out);
        json_decref(o);
    }
    free(text);
}

bool histograms_keep(const char *dir, const json_t *document, struct error *e)
{
    char path[4096], *text = NULL;
    size_t size = 0;
    if (!path_of(dir, path, e))
        return false;
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return errno == ENOENT || fail(e, EXIT_INVALID, "%s: %s", path, strerror(errno));
    FILE *out = open_memstream(&text, &size);
    if (out) {
        copy_kept(in, out, document);
        fclose(out);
    }
    fclose(in);
    bool ok = out ? atomic_write(dir, HISTOGRAMS_FILE, text, size, e)
                  : fail(e, EXIT_INVALID, "%s: out of memory", path);
    free(text);
    return ok;
}
