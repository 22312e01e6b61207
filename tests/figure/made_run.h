// SPDX-License-Identifier: Apache-2.0
// Runs with made-up figures, written to a folder and read back, and what a picture of them shows.
#ifndef TESTS_FIGURE_MADE_RUN_H
#define TESTS_FIGURE_MADE_RUN_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "figure/figure.h"
#include "result/histograms.h"

// Last: cmocka makes a macro of `fail`.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct made_run {
    char dir[64];
    json_t *document;
    struct report_input in;
    struct figure_gallery gallery;
};

static inline void made_begin(struct made_run *r)
{
    *r = (struct made_run){.dir = "/tmp/weir-figure-XXXXXX"};
    assert_non_null(mkdtemp(r->dir));
    r->document = json_pack("{s:s,s:{s:s,s:i},s:{},s:{},s:[]}", "schema", "weir.result/1", "run", "id",
                            "made", "seed", 7, "tool", "env", "cells");
    assert_non_null(r->document);
}

static inline json_t *made_cell(struct made_run *r, const char *status, const char *text)
{
    json_error_t why;
    json_t *cell = json_loads(text, 0, &why), *cells = json_object_get(r->document, "cells");
    if (cell == NULL)
        fail_msg("%s: %s", text, why.text);
    if (json_object_get(cell, "scenario") == NULL)
        json_object_set_new(cell, "scenario", json_string("made"));
    if (json_object_get(cell, "engine") == NULL)
        json_object_set_new(cell, "engine", json_string("sim"));
    json_object_set_new(cell, "index", json_integer((json_int_t)json_array_size(cells)));
    if (json_object_get(cell, "rep") == NULL)
        json_object_set_new(cell, "rep", json_integer(0));
    json_object_set_new(cell, "seed", json_integer(7));
    json_object_set_new(cell, "status", json_string(status));
    json_object_set_new(cell, "reason", json_string(""));
    json_array_append_new(cells, cell);
    return cell;
}

static inline void made_file(const struct made_run *r, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", r->dir, name);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

static inline void made_open(struct made_run *r)
{
    struct error e = {0};
    char *text = json_dumps(r->document, 0);
    made_file(r, "result.json", text);
    free(text);
    if (!report_input_open(&r->in, r->dir, &e))
        fail_msg("%s", e.text);
    assert_true(figure_gallery_open(&r->gallery, &r->in, NULL, NULL, NULL));
}

static inline void made_close(struct made_run *r)
{
    static const char *const files[] = {"result.json", "series.csv", HISTOGRAMS_FILE};
    char path[128];
    figure_gallery_close(&r->gallery);
    report_input_close(&r->in);
    json_decref(r->document);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/%s", r->dir, files[i]);
        unlink(path);
    }
    rmdir(r->dir);
}

static inline size_t made_pictures(const struct made_run *r, const char *figure)
{
    size_t n = 0;
    for (size_t i = 0; i < r->gallery.picture_count; i++)
        n += strcmp(r->gallery.pictures[i].figure->name, figure) == 0;
    return n;
}

// The figure's picture of that number; the caller frees it.
static inline struct sheet made_picture(struct made_run *r, const char *figure, size_t number)
{
    struct sheet s = {0};
    for (size_t i = 0; i < r->gallery.picture_count; i++)
        if (strcmp(r->gallery.pictures[i].figure->name, figure) == 0 && number-- == 0) {
            assert_true(figure_fill(&s, &r->gallery, &r->gallery.pictures[i]));
            return s;
        }
    fail_msg("there is no such picture of %s", figure);
    return s;
}

// The next row of the kind after *at (from 0); NULL: there is none.
static inline const struct sheet_row *made_next(const struct sheet *s, size_t *at, enum sheet_mark mark,
                                                int panel, const char *text)
{
    for (; *at < s->count; (*at)++) {
        const struct sheet_row *row = &s->rows[*at];
        if (row->mark == mark && row->panel == panel && (text == NULL || strcmp(row->text, text) == 0))
            return &s->rows[(*at)++];
    }
    return NULL;
}

static inline const struct sheet_row *made_row(const struct sheet *s, enum sheet_mark mark, int panel,
                                               const char *text)
{
    size_t at = 0;
    const struct sheet_row *row = made_next(s, &at, mark, panel, text);
    if (row == NULL)
        fail_msg("no %s of panel %d with text %s", sheet_mark_name(mark), panel, text ? text : "(any)");
    return row;
}

static inline size_t made_count(const struct sheet *s, enum sheet_mark mark, int panel, const char *text)
{
    size_t at = 0, n = 0;
    while (made_next(s, &at, mark, panel, text))
        n++;
    return n;
}

static inline bool made_says(const struct sheet *s, const char *part)
{
    return (s->notes && strstr(s->notes, part)) || (s->foot && strstr(s->foot, part));
}

static inline void made_near(double is, double wanted)
{
    if (!(fabs(is - wanted) <= 1e-9 * (1e-6 + fabs(wanted))))
        fail_msg("%.17g is not %.17g", is, wanted);
}

#define NEAR(is, wanted) made_near(is, wanted)

#endif
