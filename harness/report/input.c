// SPDX-License-Identifier: Apache-2.0
#include "report/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "result/document.h"
#include "result/jsonx.h"

// ---- where it lies ----
static bool place(struct report_input *in, const char *run, char path[4096], struct error *e)
{
    struct stat st;
    if (stat(run, &st) != 0)
        return fail(e, EXIT_USAGE, "%s: no such run: %s", run, strerror(errno));
    in->is_folder = S_ISDIR(st.st_mode);
    int n = snprintf(path, 4096, in->is_folder ? "%s/result.json" : "%s", run);
    if ((size_t)n >= 4096)
        return fail(e, EXIT_USAGE, "%s: path too long", run);
    const char *slash = strrchr(path, '/');
    in->dir = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    if (in->dir == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    if (in->is_folder && stat(path, &st) != 0)
        return fail(e, EXIT_USAGE, "%s: not a run's folder: no result.json in it", run);
    return true;
}

// ---- what it is ----
static bool check_cells(const json_t *cells, const char *path, struct error *e)
{
    size_t i;
    json_t *cell;
    json_array_foreach((json_t *)cells, i, cell)
    {
        if (!json_is_object(cell) || !json_is_object(json_object_get(cell, "params")) ||
            !json_is_string(json_object_get(cell, "status")))
            return fail(e, EXIT_USAGE, "%s: cells[%zu] is no cell of a result document", path, i);
    }
    return i > 0 ||
           fail(e, EXIT_USAGE, "%s: no cells in it: nothing was run, there is nothing to report", path);
}

static bool check_conform(const json_t *document, const char *path, struct error *e)
{
    size_t i, checks = 0;
    json_t *queue;
    json_array_foreach(json_object_get(document, "queues"), i, queue) checks +=
        json_array_size(json_object_get(queue, "checks"));
    return checks > 0 ||
           fail(e, EXIT_USAGE, "%s: no checks in it: nothing was run, there is nothing to report", path);
}

static bool check_history(const json_t *document, const char *path, struct error *e)
{
    return json_array_size(json_object_get(document, "series")) > 0 ||
           fail(e, EXIT_USAGE, "%s: no series in it: nothing was recorded", path);
}

static bool is_bench(const json_t *document)
{
    const json_t *first = json_array_get(json_object_get(document, "cells"), 0);
    return strcmp(jsonx_string(first, "engine"), "bench") == 0;
}

// Documents of other kinds than results, by their schema. In none of them are points.
static bool take_other(struct report_input *in, const char *path, struct error *e)
{
    in->document = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const char *schema = jsonx_string(in->document, "schema");
    if (strcmp(schema, CONFORM_SCHEMA) == 0) {
        in->kind = REPORT_CONFORM;
        return check_conform(in->document, path, e);
    }
    if (strcmp(schema, GATE_SCHEMA) == 0) {
        in->kind = REPORT_GATE;
        return check_cells(json_object_get(in->document, "cells"), path, e);
    }
    if (strcmp(schema, HISTORY_SCHEMA) == 0) {
        in->kind = REPORT_HISTORY;
        return check_history(in->document, path, e);
    }
    json_decref(in->document);
    in->document = NULL;
    return false;
}

static bool take_result(struct report_input *in, const char *path, struct error *e)
{
    in->document = document_read(path, e);
    if (in->document == NULL || !check_cells(json_object_get(in->document, "cells"), path, e))
        return false;
    in->kind = is_bench(in->document) ? REPORT_BENCH : REPORT_RUN;
    in->histograms = histograms_open(in->dir, jsonx_string(in->document, "run.id"), e);
    return in->histograms != NULL && ((report_points_fill(in) && report_distributions_fill(in)) ||
                                      fail(e, EXIT_INVALID, "%s: out of memory", path));
}

bool report_input_open(struct report_input *in, const char *run, struct error *e)
{
    char path[4096];
    *in = (struct report_input){0};
    if (!place(in, run, path, e))
        return false;
    if (take_other(in, path, e))
        return true;
    return in->document == NULL && take_result(in, path, e);
}

void report_input_close(struct report_input *in)
{
    report_points_free(in);
    free(in->distributions);
    histograms_close(in->histograms);
    json_decref(in->document);
    free(in->dir);
    *in = (struct report_input){0};
}
