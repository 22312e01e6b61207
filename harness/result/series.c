// SPDX-License-Identifier: Apache-2.0
// series.csv grows by a cell's rows at a time. A kill between these rows and the document leaves rows of a
// cell that nobody knows; a resumed run removes them first.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "result/atomic.h"
#include "result/cell.h"
#include "result/csv.h"
#include "result/jsonx.h"

bool csv_series_append(const char *dir, const char *run_id, const json_t *cell, const struct report *report,
                       struct error *e)
{
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/series.csv", dir) >= sizeof path)
        return fail(e, EXIT_INVALID, "%s: path too long", dir);
    FILE *out = fopen(path, "ae");
    if (out == NULL)
        return fail(e, EXIT_INVALID, "%s: %s", path, strerror(errno));
    struct stat st;
    if (fstat(fileno(out), &st) == 0 && st.st_size == 0)
        csv_series_head(out);
    csv_series(out, run_id, cell, report);
    bool ok = fflush(out) == 0 && fsync(fileno(out)) == 0;
    int saved = errno;
    ok = fclose(out) == 0 && ok;
    return ok || fail(e, EXIT_INVALID, "%s: %s", path, strerror(saved));
}

char *csv_series_start(const char *run_id, const json_t *cell)
{
    char *text = NULL, *params = cell_params_text(cell);
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL || params == NULL) {
        free(params);
        return NULL;
    }
    csv_field(out, run_id);
    fputc(',', out);
    csv_field(out, jsonx_string(cell, "scenario"));
    fprintf(out, ",%s,", jsonx_string(cell, "engine"));
    csv_field(out, params);
    fprintf(out, ",%.0f,", jsonx_number(cell, "rep", 0));
    fclose(out);
    free(params);
    return text;
}

static bool belongs(const char *line, char *const *starts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (starts[i] && strncmp(line, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static void copy_kept(FILE *in, FILE *out, char *const *starts, size_t count)
{
    char *line = NULL;
    size_t room = 0;
    csv_series_head(out);
    for (ssize_t n; (n = getline(&line, &room, in)) > 0;)
        if (line[n - 1] == '\n' && belongs(line, starts, count))
            fputs(line, out);
    free(line);
}

bool csv_series_keep(const char *dir, const json_t *document, struct error *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/series.csv", dir);
    FILE *in = fopen(path, "re");
    if (in == NULL)
        return errno == ENOENT || fail(e, EXIT_INVALID, "%s: %s", path, strerror(errno));
    const json_t *cells = json_object_get(document, "cells");
    size_t count = json_array_size(cells), size = 0;
    char **starts = calloc(count ? count : 1, sizeof *starts), *text = NULL;
    FILE *out = open_memstream(&text, &size);
    bool ok = starts != NULL && out != NULL;
    for (size_t i = 0; ok && i < count; i++)
        starts[i] = csv_series_start(jsonx_string(document, "run.id"), json_array_get(cells, i));
    if (ok)
        copy_kept(in, out, starts, count);
    fclose(in);
    if (out)
        fclose(out);
    ok = ok ? atomic_write(dir, "series.csv", text, size, e)
            : fail(e, EXIT_INVALID, "%s: out of memory", path);
    for (size_t i = 0; starts && i < count; i++)
        free(starts[i]);
    free(starts);
    free(text);
    return ok;
}
