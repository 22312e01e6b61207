// SPDX-License-Identifier: Apache-2.0
#include "result/document.h"

#include <stdlib.h>
#include <string.h>

#include "result/atomic.h"
#include "result/env.h"
#include "result/jsonx.h"

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(15))

static json_t *scenarios_json(const struct document_run *run)
{
    json_t *a = json_array();
    for (size_t i = 0; i < run->scenario_count; i++) {
        const struct document_scenario *s = &run->scenarios[i];
        char hex[17];
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)s->hash);
        json_t *o = json_object();
        jsonx_set(o, "name", jsonx_text(s->name));
        jsonx_set(o, "question", jsonx_text(s->question));
        jsonx_set(o, "file", jsonx_text(s->path));
        jsonx_set(o, "hash", json_string(hex));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *run_json(const struct document_run *run)
{
    json_t *argv = json_array();
    for (size_t i = 0; i < run->argc; i++)
        json_array_append_new(argv, jsonx_text(run->argv[i]));
    json_t *o = json_object();
    jsonx_set(o, "id", jsonx_text(run->id));
    jsonx_set(o, "started", jsonx_text(run->started));
    jsonx_set(o, "argv", argv);
    jsonx_set(o, "seed", jsonx_u64(run->seed));
    jsonx_set(o, "complete", json_false());
    jsonx_set(o, "scenarios", scenarios_json(run));
    return o;
}

json_t *document_new(const struct document_run *run, json_t *env)
{
    json_t *d = json_object();
    jsonx_set(d, "schema", json_string(DOCUMENT_SCHEMA));
    jsonx_set(d, "tool", env_tool_json());
    jsonx_set(d, "env", env);
    jsonx_set(d, "run", run_json(run));
    jsonx_set(d, "cells", json_array());
    return d;
}

void document_add(json_t *document, json_t *cell)
{
    json_t *cells = json_object_get(document, "cells");
    json_int_t own = json_integer_value(json_object_get(cell, "index"));
    size_t at = json_array_size(cells);
    while (at > 0 && json_integer_value(json_object_get(json_array_get(cells, at - 1), "index")) > own)
        at--;
    json_array_insert_new(cells, at, cell);
}

void document_complete(json_t *document)
{
    jsonx_set(json_object_get(document, "run"), "complete", json_true());
}

bool document_write(const json_t *document, const char *dir, struct error *e)
{
    char *text = json_dumps(document, DUMP_FLAGS);
    if (text == NULL)
        return fail(e, EXIT_INVALID, "%s: the result document cannot be written as JSON", dir);
    size_t n = strlen(text);
    text[n] = '\n'; // takes the place of the final zero: length is given beside it
    bool ok = atomic_write(dir, "result.json", text, n + 1, e);
    free(text);
    return ok;
}

void document_print(const json_t *document, FILE *out)
{
    json_dumpf(document, out, DUMP_FLAGS);
    fputc('\n', out);
}

json_t *document_read(const char *path, struct error *e)
{
    json_error_t why;
    json_t *d = json_load_file(path, JSON_REJECT_DUPLICATES, &why);
    if (d == NULL) {
        if (why.line > 0)
            fail(e, EXIT_USAGE, "%s:%d:%d: %s", path, why.line, why.column, why.text);
        else
            fail(e, EXIT_USAGE, "%s", why.text);
        return NULL;
    }
    const char *schema = json_string_value(json_object_get(d, "schema"));
    if (schema == NULL || strcmp(schema, DOCUMENT_SCHEMA) != 0 ||
        !json_is_array(json_object_get(d, "cells")) || !json_is_object(json_object_get(d, "run"))) {
        fail(e, EXIT_USAGE, "%s: not a result document (%s)", path, DOCUMENT_SCHEMA);
        json_decref(d);
        return NULL;
    }
    return d;
}
