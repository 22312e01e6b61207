// SPDX-License-Identifier: Apache-2.0
#include "cli/show.h"

#include <stdlib.h>
#include <string.h>

#include "cli/signals.h"
#include "result/cell.h"
#include "result/depth.h"
#include "result/document.h"
#include "result/jsonx.h"
#include "result/metric.h"
#include "result/sentence.h"
#include "result/table.h"

// One line each for programs; a terminal would break it in the middle of a word.
static void show_sentence(const struct summary_group *group)
{
    unsigned columns = text_terminal_columns(stdout);
    char *text = NULL;
    size_t size = 0;
    FILE *out = columns ? open_memstream(&text, &size) : NULL;
    if (out == NULL) {
        sentence_print(stdout, group);
        return;
    }
    sentence_print(out, group);
    fclose(out);
    text[strcspn(text, "\n")] = 0;
    text_wrap(stdout, text, 0, columns);
    free(text);
}

static void show_table(const struct run *run)
{
    struct summary *s = summary_of(run->document);
    struct table_options o = {.style = text_style_of(stdout, run->colour), .wide = run->wide};
    if (run->wide)
        depth_read(s, run->dir.path, jsonx_string(run->document, "run.id"));
    table_print(stdout, s, &o);
    if (s->group_count)
        putchar('\n');
    for (size_t i = 0; i < s->group_count; i++)
        show_sentence(&s->groups[i]);
    summary_free(s);
}

void show_result(const struct run *run)
{
    if (run->json)
        document_print(run->document, stdout);
    else
        show_table(run);
    fflush(stdout);
    if (json_is_false(jsonx_find(run->document, "run.complete")))
        fprintf(stderr, "weir: stopped with %zu of %zu cells; go on with: weir run --resume %s\n",
                json_array_size(json_object_get(run->document, "cells")), run->jobs.count, run->dir.path);
    else if (!run->quiet)
        fprintf(stderr, "results in %s\n", run->dir.path);
}

// ---- problems ----
static void print_cell_name(const json_t *cell)
{
    char *params = cell_params_text(cell);
    fprintf(stderr, "weir: %s (%s) %s rep %.0f: ", jsonx_string(cell, "scenario"),
            jsonx_string(cell, "engine"), params ? params : "", jsonx_number(cell, "rep", 0));
    free(params);
}

struct values {
    const json_t *cell;
    const char *gap;
};

static void print_value(void *context, const char *key)
{
    struct values *v = context;
    struct metric m = metric_of(v->cell, key);
    if (m.kind == METRIC_UNKNOWN)
        return;
    fprintf(stderr, "%s%s = ", v->gap, key);
    if (m.kind == METRIC_NUMBER)
        fprintf(stderr, "%.15g", m.number);
    else
        fputs(m.kind == METRIC_TEXT ? m.text : "null", stderr);
    v->gap = ", ";
}

// The expectation with the figures that it is about.
static void print_expectation(const json_t *cell, const char *text)
{
    struct expect_node *tree = NULL;
    size_t column;
    char why[128];
    struct values v = {.cell = cell, .gap = " ("};
    print_cell_name(cell);
    fprintf(stderr, "expectation failed: %s", text);
    if (expect_parse(text, &tree, &column, why, sizeof why)) {
        expect_keys(tree, print_value, &v);
        expect_free(tree);
    }
    fputs(*v.gap == ',' ? ")\n" : "\n", stderr);
}

static enum exit_code expectations(const json_t *cell)
{
    enum exit_code code = EXIT_OK;
    size_t i;
    json_t *expect;
    json_array_foreach(json_object_get(cell, "expect"), i, expect)
    {
        if (!json_is_false(json_object_get(expect, "ok")))
            continue;
        print_expectation(cell, jsonx_string(expect, "text"));
        code = EXIT_REGRESSION;
    }
    return code;
}

enum exit_code show_problems(const json_t *document, bool cells_too)
{
    enum exit_code code = EXIT_OK;
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        const char *status = jsonx_string(cell, "status");
        if (strcmp(status, "invalid") == 0 || strcmp(status, "failed") == 0) {
            if (cells_too) {
                print_cell_name(cell);
                fprintf(stderr, "%s: %s\n", status, jsonx_string(cell, "reason"));
            }
            if (!json_is_true(jsonx_find(cell, "memory.limit_reached"))) // that is a result
                code = exit_code_worse(code, EXIT_INVALID);
        }
        code = exit_code_worse(code, expectations(cell));
    }
    return code;
}
