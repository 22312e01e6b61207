// SPDX-License-Identifier: Apache-2.0
// OpenMetrics 1.0 text. A cell is a set of labels (scenario, engine, rep, parameters); families stand
// together, as the format wants. Histograms have bounds at 1, 2 and 5 times the powers of ten; a bucket of
// ours that lies across a bound counts above it, so a bound is right to within the histogram's own
// thousandth.
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/figures.h"
#include "report/format.h"
#include "result/jsonx.h"

struct scrape {
    FILE *out;
    const struct report_input *in;
    struct hist *hist;
};

typedef void put_cell(struct scrape *s, const struct report_point *p, const json_t *cell);

// ---- labels ----
static void put_quoted(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
    }
}

// A parameter's name as a label's: "sink.service" is sink_service, and what is taken already gets param_
// before it.
static void put_label_name(FILE *out, const char *key)
{
    static const char *const taken[] = {"scenario", "engine", "rep",      "le",    "state", "reason",
                                        "status",   "mode",   "quantile", "bound", "run",   "edge"};
    bool prefix = isdigit((unsigned char)*key) || *key == '_';
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        prefix = prefix || strcmp(taken[i], key) == 0;
    if (prefix)
        fputs("param_", out);
    for (; *key; key++)
        fputc(isalnum((unsigned char)*key) && (unsigned char)*key < 0x80 ? *key : '_', out);
}

// {scenario="...",...} without the closing brace, so that a label of the sample's own can follow.
static void put_labels(FILE *out, const struct report_point *p, const json_t *cell)
{
    char value[256];
    fputs("{scenario=\"", out);
    put_quoted(out, jsonx_string(cell, "scenario"));
    fprintf(out, "\",engine=\"%s\",rep=\"%.0f\"", jsonx_string(cell, "engine"), jsonx_number(cell, "rep", 0));
    const char *key, *run = strstr(p->name, "/run=");
    json_t *param;
    json_object_foreach(json_object_get(cell, "params"), key, param)
    {
        report_param_text(cell, key, value, sizeof value);
        if (*value == 0)
            continue;
        fputc(',', out);
        put_label_name(out, key);
        fputs("=\"", out);
        put_quoted(out, value);
        fputc('"', out);
    }
    if (run)
        fprintf(out, ",run=\"%s\"", run + 5);
}

static void put_sample(struct scrape *s, const char *name, const struct report_point *p, const json_t *cell,
                       const char *label, const char *value_of_label, double value)
{
    fputs(name, s->out);
    put_labels(s->out, p, cell);
    if (label)
        fprintf(s->out, ",%s=\"%s\"", label, value_of_label);
    fprintf(s->out, "} %.15g\n", value);
}

// ---- families ----
static void family(struct scrape *s, const char *name, const char *type, const char *unit, const char *help,
                   put_cell *put)
{
    fprintf(s->out, "# TYPE %s %s\n", name, type);
    if (*unit)
        fprintf(s->out, "# UNIT %s %s\n", name, unit);
    fprintf(s->out, "# HELP %s %s\n", name, help);
    for (size_t i = 0; i < s->in->point_count; i++)
        for (size_t k = 0; k < s->in->points[i].count; k++)
            put(s, &s->in->points[i], s->in->points[i].cells[k]);
}

static void put_status(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    put_sample(s, "weir_cell_info", p, cell, "status", jsonx_string(cell, "status"), 1);
}

static void put_records(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    static const char *const states[] = {"delivered", "filtered", "refused_final",
                                         "in_flight", "spilled",  "unsent"};
    const json_t *ledger = json_object_get(cell, "ledger");
    if (!report_is_ok(cell))
        return;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        put_sample(s, "weir_records_total", p, cell, "state", states[i], jsonx_number(ledger, states[i], 0));
    put_sample(s, "weir_records_total", p, cell, "state", "lost", jsonx_number(ledger, "lost.total", 0));
}

static void put_lost(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    const char *reason;
    json_t *count;
    if (!report_is_ok(cell))
        return;
    json_object_foreach((json_t *)jsonx_find(cell, "ledger.lost"), reason, count)
    {
        if (strcmp(reason, "total") != 0)
            put_sample(s, "weir_lost_records_total", p, cell, "reason", reason, json_number_value(count));
    }
}

static void put_cpu(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    if (!report_is_ok(cell))
        return;
    put_sample(s, "weir_cpu_seconds_total", p, cell, "mode", "user", jsonx_number(cell, "cpu.user_s", 0));
    put_sample(s, "weir_cpu_seconds_total", p, cell, "mode", "system", jsonx_number(cell, "cpu.system_s", 0));
}

// ---- histograms ----
static void put_buckets(struct scrape *s, const char *name, const struct report_point *p, const json_t *cell)
{
    static const double steps[] = {1, 2, 5};
    const struct hist *h = s->hist;
    char text[128], le[32];
    snprintf(text, sizeof text, "%s_bucket", name);
    double decade = 100; // ns
    uint64_t below = 0;
    size_t index = 0;
    for (int i = 0; i < 30; i++) { // up to 500 s
        double bound = decade * steps[i % 3];
        for (; index < HIST_COUNTS && (double)hist_highest(index) <= bound; index++)
            below += h->counts[index];
        snprintf(le, sizeof le, "%.15g", bound / 1e9);
        put_sample(s, text, p, cell, "le", le, (double)below);
        decade *= i % 3 == 2 ? 10 : 1;
    }
    put_sample(s, text, p, cell, "le", "+Inf", (double)h->total);
    snprintf(text, sizeof text, "%s_count", name);
    put_sample(s, text, p, cell, NULL, NULL, (double)h->total);
    snprintf(text, sizeof text, "%s_sum", name);
    put_sample(s, text, p, cell, NULL, NULL, h->sum / 1e9);
}

static void put_hist(struct scrape *s, const char *name, const char *key, const struct report_point *p,
                     const json_t *cell)
{
    if (report_is_ok(cell) && histograms_get(s->in->histograms, cell, key, s->hist))
        put_buckets(s, name, p, cell);
}

static void put_response(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    put_hist(s, "weir_response_seconds", "response_ns", p, cell);
}

static void put_service(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    put_hist(s, "weir_service_seconds", "service_ns", p, cell);
}

static void put_latency(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    put_hist(s, "weir_bench_latency_seconds", "latency_ns", p, cell);
}

static void put_rtt(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    put_hist(s, "weir_bench_round_trip_seconds", "rtt_ns", p, cell);
}

// ---- gauges ----
static void put_bounds(struct scrape *s, const struct report_point *p, const json_t *cell)
{
    static const char *const bounds[] = {"median", "lo", "hi"};
    for (size_t i = 0; i < 3; i++) {
        char key[64];
        snprintf(key, sizeof key, "bench.ns_per_item.%s", bounds[i]);
        double ns = jsonx_number(cell, key, -1);
        if (report_is_ok(cell) && ns >= 0)
            put_sample(s, "weir_bench_item_seconds", p, cell, "bound", bounds[i], ns / 1e9);
    }
}

static void put_figures(struct scrape *s)
{
    const struct report_figure *f;
    double value;
    for (size_t i = 0; (f = report_figure_at(s->in->kind, i)) != NULL; i++) {
        bool ns = strcmp(f->unit, "ns") == 0;
        const char *unit = ns ? "seconds" : f->bigger ? "per_second" : "ratio";
        char name[96];
        snprintf(name, sizeof name, "weir_figure_%s_%s", f->name, unit);
        fprintf(s->out, "# TYPE %s gauge\n# UNIT %s %s\n", name, name, unit);
        fprintf(s->out, "# HELP %s %s of each cell.\n", name, f->metric);
        for (size_t k = 0; k < s->in->point_count; k++)
            for (size_t c = 0; c < s->in->points[k].count; c++)
                if (report_value(s->in->points[k].cells[c], f, &value))
                    put_sample(s, name, &s->in->points[k], s->in->points[k].cells[c], NULL, NULL,
                               ns ? value / 1e9 : value);
    }
}

bool report_openmetrics(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    struct scrape s = {.out = out, .in = in, .hist = malloc(sizeof *s.hist)};
    if (s.hist == NULL)
        return fail(e, EXIT_INVALID, "--format openmetrics: out of memory");
    family(&s, "weir_cell", "info", "", "Each cell and its status; only those that are ok have figures.",
           put_status);
    if (in->kind == REPORT_RUN) {
        family(&s, "weir_records", "counter", "", "Where generated records ended.", put_records);
        family(&s, "weir_lost_records", "counter", "", "Records lost, by reason.", put_lost);
        family(&s, "weir_cpu_seconds", "counter", "seconds", "CPU time of the whole cell.", put_cpu);
        family(&s, "weir_response_seconds", "histogram", "seconds", "From the intended time to the delivery.",
               put_response);
        family(&s, "weir_service_seconds", "histogram", "seconds", "From the actual entry to the delivery.",
               put_service);
    } else {
        family(&s, "weir_bench_item_seconds", "gauge", "seconds", "What an item takes, with its interval.",
               put_bounds);
        family(&s, "weir_bench_latency_seconds", "histogram", "seconds", "Since each item was due.",
               put_latency);
        family(&s, "weir_bench_round_trip_seconds", "histogram", "seconds", "There and back.", put_rtt);
    }
    put_figures(&s);
    fputs("# EOF\n", out);
    free(s.hist);
    return true;
}
