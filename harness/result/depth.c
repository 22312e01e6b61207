// SPDX-License-Identifier: Apache-2.0
#include "result/depth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "result/csv.h"

struct reader {
    struct summary_row **rows;
    char **starts; // with which the lines of each row's cell begin
    size_t count, last;
    size_t column; // of the depth, after the start
};

static bool make_reader(struct reader *r, struct summary *s, const char *run_id)
{
    size_t n = 0;
    for (size_t g = 0; g < s->group_count; g++)
        n += s->groups[g].row_count;
    *r = (struct reader){.rows = calloc(n + 1, sizeof *r->rows), .starts = calloc(n + 1, sizeof *r->starts)};
    for (size_t g = 0; r->rows && r->starts && g < s->group_count; g++)
        for (size_t i = 0; i < s->groups[g].row_count; i++) {
            r->rows[r->count] = &s->groups[g].rows[i];
            r->starts[r->count++] = csv_series_start(run_id, s->groups[g].rows[i].first);
        }
    return r->rows && r->starts;
}

static void free_reader(struct reader *r)
{
    for (size_t i = 0; r->starts && i < r->count; i++)
        free(r->starts[i]);
    free(r->starts);
    free(r->rows);
}

// The start of a line holds the columns up to `rep`, in which alone there are quotes; then come numbers.
static bool find_column(struct reader *r, const char *head)
{
    const char *from = strstr(head, ",rep,"), *at = strstr(head, ",depth_max,");
    if (from == NULL || at == NULL || at < from)
        return false;
    for (const char *p = from + strlen(",rep,"); p < at; p++)
        r->column += *p == ',';
    r->column++;
    return true;
}

// Lines of one cell follow each other.
static struct summary_row *row_of(struct reader *r, const char *line, const char **rest)
{
    for (size_t i = 0; i < r->count; i++) {
        size_t k = (r->last + i) % r->count;
        size_t n = r->starts[k] ? strlen(r->starts[k]) : 0;
        if (n == 0 || strncmp(line, r->starts[k], n) != 0)
            continue;
        r->last = k;
        *rest = line + n;
        return r->rows[k];
    }
    return NULL;
}

static void add(struct summary_row *row, uint64_t depth)
{
    uint64_t *more = realloc(row->depth, (row->depth_count + 1) * sizeof *more);
    if (more == NULL)
        return;
    row->depth = more;
    row->depth[row->depth_count++] = depth;
}

static void take_line(struct reader *r, const char *line)
{
    const char *rest = NULL;
    struct summary_row *row = row_of(r, line, &rest);
    for (size_t i = 0; row && rest && i < r->column; i++) {
        rest = strchr(rest, ',');
        rest = rest ? rest + 1 : NULL;
    }
    if (row && rest)
        add(row, strtoull(rest, NULL, 10));
}

// The peak of each part of time; the parts are those of the group's longest cell.
static void shorten(struct summary_group *g)
{
    size_t longest = 0;
    for (size_t i = 0; i < g->row_count; i++)
        longest = g->rows[i].depth_count > longest ? g->rows[i].depth_count : longest;
    for (size_t i = 0; i < g->row_count && longest > DEPTH_POINTS; i++) {
        struct summary_row *row = &g->rows[i];
        size_t used = 0;
        for (size_t k = 0; k < row->depth_count; k++) {
            size_t part = k * DEPTH_POINTS / longest;
            uint64_t depth = row->depth[k]; // part <= k: it is read before it may be written over
            if (part >= used)
                row->depth[used++] = depth;
            else if (depth > row->depth[part])
                row->depth[part] = depth;
        }
        row->depth_count = used;
    }
}

bool depth_read(struct summary *s, const char *dir, const char *run_id)
{
    char path[4096], *line = NULL;
    size_t room = 0;
    struct reader r = {0};
    snprintf(path, sizeof path, "%s/series.csv", dir);
    FILE *in = fopen(path, "re");
    bool ok = in && make_reader(&r, s, run_id) && getline(&line, &room, in) > 0 && find_column(&r, line);
    while (ok && getline(&line, &room, in) > 0)
        take_line(&r, line);
    for (size_t g = 0; g < s->group_count; g++)
        shorten(&s->groups[g]);
    if (in)
        fclose(in);
    free(line);
    free_reader(&r);
    return ok;
}
