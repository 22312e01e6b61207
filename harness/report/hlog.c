// SPDX-License-Identifier: Apache-2.0
// HdrHistogram's interval log, version 1.3. An interval is a cell: its start counts from the run's, its
// length is that of its measured window. Cells of one point (repetitions) have the same tag, those of
// different points never, so that a reader which adds a tag's intervals up never mixes two strategies: the
// tag is "response" or "service", and when the run has several points, ";" and what tells the point from the
// others.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "report/format.h"
#include "report/hdr.h"
#include "result/jsonx.h"

struct interval {
    const struct report_point *point;
    const json_t *cell;
    double begun_s;
};

static int compare(const void *a, const void *b)
{
    const struct interval *x = a, *y = b;
    return (x->begun_s > y->begun_s) - (x->begun_s < y->begun_s);
}

static struct interval *intervals_of(const struct report_input *in, size_t *count)
{
    struct interval *list = calloc(in->ok + 1, sizeof *list);
    *count = 0;
    for (size_t p = 0; list && p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++) {
            const json_t *cell = in->points[p].cells[i];
            if (report_is_ok(cell))
                list[(*count)++] =
                    (struct interval){&in->points[p], cell, histograms_begun(in->histograms, cell)};
        }
    if (list)
        qsort(list, *count, sizeof *list, compare);
    return list;
}

static double started_of(const struct report_input *in, double otherwise)
{
    struct tm utc = {0};
    const char *end = strptime(jsonx_string(in->document, "run.started"), "%Y-%m-%dT%H:%M:%SZ", &utc);
    return end ? (double)timegm(&utc) : otherwise;
}

static void put_head(FILE *out, const struct report_input *in, double start)
{
    fprintf(out, "#[weir %s, run %s]\n", jsonx_string(in->document, "tool.version"),
            jsonx_string(in->document, "run.id"));
    report_put_left_out(out, in, "#[not exported: ");
    fprintf(out, "#[Histogram log format version 1.3]\n#[StartTime: %.3f (seconds since epoch), %s]\n", start,
            jsonx_string(in->document, "run.started"));
    fputs("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n", out);
}

// A tag ends at a comma, and a line at its end.
static void put_tag(FILE *out, const char *tag, const char *label)
{
    fprintf(out, "Tag=%s%s", tag, *label ? ";" : "");
    for (; *label; label++)
        fputc((unsigned char)*label <= ' ' || *label == ',' ? '_' : *label, out);
    fputc(',', out);
}

static bool put_interval(FILE *out, const struct interval *own, const char *tag, double start,
                         const struct hist *h)
{
    char *text = report_hdr_base64(h);
    double begun = own->begun_s > start ? own->begun_s - start : 0;
    if (text == NULL)
        return false;
    put_tag(out, tag, own->point->label);
    fprintf(out, "%.3f,%.3f,%.6f,%s\n", begun, jsonx_number(own->cell, "seconds", 0), (double)h->max / 1e6,
            text);
    free(text);
    return true;
}

bool report_hlog(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    if (in->distribution_count == 0)
        return fail(e, EXIT_USAGE, "--format hlog: %s/%s has no histograms of this run", in->dir,
                    HISTOGRAMS_FILE);
    size_t count;
    struct interval *list = intervals_of(in, &count);
    struct hist *h = malloc(sizeof *h);
    bool ok = list && h;
    double start = ok ? started_of(in, list[0].begun_s) : 0;
    const struct report_hist_kind *kind;
    put_head(out, in, start);
    for (size_t i = 0; ok && i < count; i++)
        for (size_t k = 0; ok && (kind = report_hist_kind_at(in->kind, k)) != NULL; k++)
            if (histograms_get(in->histograms, list[i].cell, kind->key, h))
                ok = put_interval(out, &list[i], kind->tag, start, h);
    free(list);
    free(h);
    return ok || fail(e, EXIT_INVALID, "--format hlog: out of memory");
}
