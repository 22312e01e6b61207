// SPDX-License-Identifier: Apache-2.0
#include "result/csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "result/jsonx.h"

// From the document, so that it is there whatever was copied along with it. Rows say their cell's status.
bool report_cells_csv(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    csv_cells(out, in->document);
    return true;
}

// ---- series.csv ----
static bool is_wanted(const char *line, char *const *starts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(line, starts[i], strlen(starts[i])) == 0)
            return true;
    return false;
}

static bool find_starts(const struct report_input *in, char **starts, size_t *count)
{
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(in->document, "cells"), i, cell)
    {
        if (!report_is_ok(cell))
            continue;
        starts[*count] = csv_series_start(jsonx_string(in->document, "run.id"), cell);
        if (starts[*count] == NULL)
            return false;
        (*count)++;
    }
    return true;
}

static void copy(FILE *in, FILE *out, char *const *starts, size_t count)
{
    char *line = NULL;
    size_t room = 0;
    bool head = true;
    for (ssize_t n; (n = getline(&line, &room, in)) > 0; head = false)
        if (line[n - 1] == '\n' && (head || is_wanted(line, starts, count)))
            fputs(line, out);
    free(line);
}

bool report_series_csv(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    char path[4096];
    if ((size_t)snprintf(path, sizeof path, "%s/series.csv", in->dir) >= sizeof path)
        return fail(e, EXIT_USAGE, "%s: path too long", in->dir);
    FILE *series = fopen(path, "re");
    if (series == NULL)
        return fail(e, EXIT_USAGE, "--format series: %s: %s", path, strerror(errno));
    size_t count = 0;
    char **starts = calloc(in->ok + 1, sizeof *starts);
    bool ok = starts && find_starts(in, starts, &count);
    if (ok)
        copy(series, out, starts, count);
    for (size_t i = 0; i < count; i++)
        free(starts[i]);
    free(starts);
    fclose(series);
    return ok || fail(e, EXIT_INVALID, "%s: out of memory", path);
}
