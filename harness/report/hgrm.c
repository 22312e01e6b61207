// SPDX-License-Identifier: Apache-2.0
// HdrHistogram's percentile text: value, percentile, cumulative count, 1/(1-percentile), for its plotters. A
// file is one distribution, the repetitions of a point together. Values are milliseconds, which is what those
// tools label. Five lines each time the distance to 100 % halves.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "report/hdr.h"
#include "result/jsonx.h"

enum { TICKS = 5 };
#define NS_PER_MS 1e6

size_t report_hgrm_parts(const struct report_input *in)
{
    return in->distribution_count;
}

// ---- names ----
// "response-mpmc-block": the values of what tells the point from the others. Two that would be called the
// same are told apart by their number.
static void plain_name(const struct report_distribution *own, char *name, size_t size)
{
    size_t n = (size_t)snprintf(name, size, "%s", own->kind->tag);
    for (const char *label = own->point->label; *label;
         label += strcspn(label, ";"), label += *label == ';') {
        const char *value = label + strcspn(label, "=;");
        value += *value == '=';
        size_t length = strcspn(value, ";");
        for (size_t i = 0; n + 2 < size && i <= length; i++) {
            unsigned char c = i ? (unsigned char)value[i - 1] : '-';
            name[n++] = isalnum(c) || c == '_' || c == '.' || c == '-' ? (char)c : '_';
        }
        name[n] = 0;
    }
}

void report_hgrm_name(const struct report_input *in, size_t part, char *name, size_t size)
{
    char theirs[128];
    plain_name(&in->distributions[part], name, size < sizeof theirs ? size : sizeof theirs);
    for (size_t i = 0; i < part; i++) {
        plain_name(&in->distributions[i], theirs, sizeof theirs);
        if (strcmp(theirs, name) == 0) {
            size_t used = strlen(name), keep = used + 12 < size ? used : size - 13;
            snprintf(name + keep, size - keep, "-%zu", part);
            return;
        }
    }
}

// ---- the text ----
static uint64_t count_upto(const struct hist *h, uint64_t value)
{
    size_t last = hist_index(value);
    uint64_t n = 0;
    if (value >= h->max)
        return h->total;
    for (size_t i = 0; i <= last; i++)
        n += h->counts[i];
    return n;
}

static void put_lines(FILE *out, const struct hist *h)
{
    double rest = 1; // 1 - percentile
    uint64_t seen = 0;
    fprintf(out, "%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    for (int half = 0; seen < h->total; half++) { // the distance to 100 % halves TICKS lines at a time
        double step = ldexp(1, -half) / 2 / TICKS;
        for (int i = 0; i < TICKS && seen < h->total; i++, rest -= step) {
            uint64_t value = hist_percentile(h, 1 - rest);
            seen = count_upto(h, value);
            fprintf(out, "%12.6f %14.12f %10ju %14.2f\n", (double)value / NS_PER_MS, 1 - rest,
                    (uintmax_t)seen, 1 / rest);
        }
        rest = ldexp(1, -half - 1); // no error adds up
    }
    fprintf(out, "%12.6f %14.12f %10ju %14s\n", (double)h->max / NS_PER_MS, 1.0, (uintmax_t)h->total, "inf");
}

static double deviation_of(const struct hist *h)
{
    double mean = hist_mean(h), sum = 0;
    for (size_t i = 0; i < HIST_COUNTS; i++) {
        double middle = ((double)hist_lowest(i) + (double)hist_highest(i)) / 2 - mean;
        sum += h->counts[i] ? middle * middle * (double)h->counts[i] : 0;
    }
    return sqrt(sum / (double)h->total);
}

static void put_foot(FILE *out, const struct report_input *in, const struct report_distribution *own,
                     const struct hist *h)
{
    fprintf(out, "#[Mean    = %12.6f, StdDeviation   = %12.6f]\n", hist_mean(h) / NS_PER_MS,
            deviation_of(h) / NS_PER_MS);
    fprintf(out, "#[Max     = %12.6f, Total count    = %12ju]\n", (double)h->max / NS_PER_MS,
            (uintmax_t)h->total);
    fprintf(out, "#[Buckets = %12d, SubBuckets     = %12d]\n", HIST_MAX_BITS - HIST_SUB_BITS + 1,
            1 << HIST_SUB_BITS);
    fprintf(out, "#[%s of ", own->kind->tag);
    report_put_line(out, own->point->name);
    fprintf(out, ", ms, %zu of %zu repetitions, run %s]\n", own->point->ok, own->point->count,
            jsonx_string(in->document, "run.id"));
}

bool report_hgrm(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    if (in->distribution_count == 0)
        return fail(e, EXIT_USAGE, "--format hgrm: %s/%s has no histograms of this run", in->dir,
                    HISTOGRAMS_FILE);
    struct hist *h = malloc(sizeof *h), *scratch = malloc(sizeof *scratch);
    const struct report_distribution *own = &in->distributions[part];
    bool ok = h && scratch && report_hist_pooled(in, own, h, scratch);
    if (ok) {
        put_lines(out, h);
        put_foot(out, in, own, h);
    }
    free(h);
    free(scratch);
    return ok || fail(e, EXIT_INVALID, "--format hgrm: out of memory, or %s was changed meanwhile",
                      HISTOGRAMS_FILE);
}
