// SPDX-License-Identifier: Apache-2.0
#include "figure/series.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result/csv.h"
#include "result/jsonx.h"

enum column { T_S, OFFERED, ADMITTED, DELIVERED, REFUSED, DEPTH_MIN, DEPTH_MAX, DEPTH_MEAN, P99, LOST, NONE };

enum { LEAD = 5, COLUMNS_MAX = 64 }; // columns that name the cell: its rows all begin with the same text

static const char *const names[] = {
    [T_S] = "t_s",
    [OFFERED] = "offered",
    [ADMITTED] = "admitted",
    [DELIVERED] = "delivered",
    [REFUSED] = "refused",
    [DEPTH_MIN] = "depth_min",
    [DEPTH_MAX] = "depth_max",
    [DEPTH_MEAN] = "depth_mean",
    [P99] = "response_p99_ns",
};

struct row {
    double value[NONE]; // nan: empty, or no such column
};

// ---- the file ----
// Which column is what, by the head: a later weir may have more of them.
static size_t read_head(char *line, enum column *columns)
{
    size_t n = 0;
    for (char *save = NULL, *p = strtok_r(line, ",\r\n", &save); p && n < COLUMNS_MAX;
         p = strtok_r(NULL, ",\r\n", &save), n++) {
        columns[n] = strncmp(p, "lost_", 5) == 0 ? LOST : NONE;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strcmp(p, names[i]) == 0)
                columns[n] = (enum column)i;
    }
    return n;
}

static void read_row(char *fields, const enum column *columns, size_t count, struct row *row)
{
    for (size_t i = 0; i < NONE; i++)
        row->value[i] = i == LOST ? 0 : NAN;
    for (size_t n = LEAD; n < count && fields; n++) {
        char *next = strchr(fields, ','), *end;
        double value = strtod(fields, &end);
        if (end != fields && columns[n] == LOST)
            row->value[LOST] += value;
        else if (end != fields && columns[n] != NONE)
            row->value[columns[n]] = value;
        fields = next ? next + 1 : NULL;
    }
}

// False: memory is short. Rows of a cell that began anew (the same name twice) make *count 0.
static bool read_rows(FILE *in, const char *start, struct row **rows, size_t *count)
{
    enum column columns[COLUMNS_MAX];
    char *line = NULL;
    size_t room = 0, width = getline(&line, &room, in) > 0 ? read_head(line, columns) : 0;
    size_t n = strlen(start), all = 0;
    bool ok = true, twice = false;
    while (ok && getline(&line, &room, in) > 0) {
        if (strchr(line, '\n') == NULL) // half a row: the file was cut
            break;
        if (strncmp(line, start, n) != 0)
            continue;
        struct row *more = all & (all - 1) ? *rows : realloc(*rows, (all ? 2 * all : 1) * sizeof *more);
        ok = more != NULL;
        if (!ok)
            break;
        *rows = more;
        read_row(line + n, columns, width, &more[all]);
        twice = twice || (all > 0 && !(more[all].value[T_S] > more[all - 1].value[T_S]));
        all++;
    }
    free(line);
    *count = twice ? 0 : all;
    return ok;
}

// ---- joining ----
static double more_of(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : fmax(a, b);
}

static double less_of(double a, double b)
{
    return isnan(a) ? b : isnan(b) ? a : fmin(a, b);
}

static struct series_span join(const struct row *rows, size_t count, double to_s)
{
    struct series_span s = {.from_s = rows[0].value[T_S],
                            .to_s = to_s,
                            .depth_min = NAN,
                            .depth_mean = NAN,
                            .depth_max = NAN,
                            .p99_s = NAN};
    double sum[NONE] = {0}, depth = 0;
    size_t looks = 0;
    for (size_t i = 0; i < count; i++) {
        const double *v = rows[i].value;
        for (size_t c = 0; c < NONE; c++)
            sum[c] += isnan(v[c]) ? 0 : v[c];
        // A file from before there was a least depth: the mean is what is known.
        s.depth_min = less_of(s.depth_min, isnan(v[DEPTH_MIN]) ? v[DEPTH_MEAN] : v[DEPTH_MIN]);
        s.depth_max = more_of(s.depth_max, v[DEPTH_MAX]);
        s.p99_s = more_of(s.p99_s, v[P99] / 1e9);
        depth += isnan(v[DEPTH_MEAN]) ? 0 : v[DEPTH_MEAN];
        looks += !isnan(v[DEPTH_MEAN]);
    }
    double seconds = s.to_s - s.from_s;
    s.depth_mean = looks ? depth / (double)looks : NAN;
    s.received = sum[DELIVERED];
    s.offered = sum[OFFERED] / seconds;
    s.admitted = sum[ADMITTED] / seconds;
    s.delivered = sum[DELIVERED] / seconds;
    s.lost = sum[LOST] / seconds;
    s.refused = sum[REFUSED] / seconds;
    return s;
}

// A last row shorter than a tenth of the others says nothing of a rate: it is joined to the one before.
static bool join_all(struct series *s, const struct row *rows, size_t count, const json_t *cell, size_t most)
{
    double step = jsonx_number(cell, "time.series_step_ns", 1e8) / 1e9;
    double end = jsonx_number(cell, "time.run_ns", 0) / 1e9, last = rows[count - 1].value[T_S];
    if (!(end > last) || end > last + step)
        end = last + step;
    bool stub = count > 1 && end - last < 0.1 * step;
    size_t whole = stub ? count - 1 : count;
    s->joined = (whole + most - 1) / most;
    s->spans = calloc(whole / s->joined + 1, sizeof *s->spans);
    for (size_t i = 0; s->spans && i < whole; i += s->joined) {
        bool ends = i + s->joined >= whole;
        s->spans[s->count++] =
            join(&rows[i], ends ? count - i : s->joined, ends ? end : rows[i + s->joined].value[T_S]);
    }
    return s->spans != NULL;
}

bool series_read(struct series *s, const struct report_input *in, const json_t *cell, size_t most)
{
    char path[4096];
    struct row *rows = NULL;
    size_t count = 0;
    *s = (struct series){.joined = 1};
    if ((size_t)snprintf(path, sizeof path, "%s/series.csv", in->dir) >= sizeof path)
        return true;
    char *start = csv_series_start(jsonx_string(in->document, "run.id"), cell);
    FILE *file = fopen(path, "re");
    bool ok = start != NULL;
    if (ok && file)
        ok = read_rows(file, start, &rows, &count);
    if (ok && count > 0)
        ok = join_all(s, rows, count, cell, most);
    if (file)
        fclose(file);
    free(start);
    free(rows);
    return ok;
}

void series_free(struct series *s)
{
    free(s->spans);
    *s = (struct series){0};
}
