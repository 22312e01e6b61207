// SPDX-License-Identifier: Apache-2.0
#include "result/csv.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "result/atomic.h"
#include "result/cell.h"
#include "result/jsonx.h"

void csv_field(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\r\n") == NULL) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static bool ends_in(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

// The unit is in the key, or in that of the object around it (response_ns.p99; its count is records).
static const char *unit_of(const char *metric)
{
    const char *dot = strrchr(metric, '.'), *leaf = dot ? dot + 1 : metric;
    if (strcmp(leaf, "count") == 0)
        return "records";
    if (strcmp(leaf, "coverage") == 0 || strncmp(metric, "bench.ratio.", 12) == 0 ||
        strncmp(metric, "bench.fill.", 11) == 0)
        return strcmp(leaf, "looks") == 0 || strcmp(leaf, "pairs") == 0 ? "records" : "1";
    if (ends_in(metric, "_per_s"))
        return "1/s";
    if (strstr(metric, "_ns.") || ends_in(metric, "_ns") || strstr(metric, "ns_per_"))
        return "ns";
    if (ends_in(metric, "_bytes"))
        return "bytes";
    if (strcmp(metric, "seconds") == 0 || ends_in(metric, "_s"))
        return "s";
    if (strstr(metric, ".counters.") && strcmp(leaf, "asked") != 0 && strcmp(leaf, "items") != 0)
        return strcmp(leaf, "waits") == 0 ? "waits" : "calls";
    if (strcmp(metric, "threads") == 0)
        return "threads";
    return "records";
}

struct row {
    FILE *out;
    const char *head; // everything left of the metric
    const json_t *cell;
};

static void put_value(const struct row *row, const char *metric, const json_t *value)
{
    bool infinite = json_is_null(value) && strncmp(metric, "response_offered_ns.", 20) == 0 &&
                    jsonx_number(row->cell, "response_offered_ns.count", 0) > 0;
    if (!json_is_number(value) && !infinite)
        return;
    fputs(row->head, row->out);
    csv_field(row->out, metric);
    fprintf(row->out, ",%s,", unit_of(metric));
    if (infinite)
        fputs("inf", row->out);
    else if (json_is_integer(value))
        fprintf(row->out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else
        fprintf(row->out, "%.15g", json_real_value(value));
    fputs("\r\n", row->out);
}

// Every number of the cell under its dotted key; elements of lists go by their own name.
static void put_all(const struct row *row, const char *prefix, const json_t *value)
{
    char name[320];
    if (json_is_object(value)) {
        const char *key;
        json_t *inner;
        json_object_foreach((json_t *)value, key, inner)
        {
            snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
            put_all(row, name, inner);
        }
    } else if (json_is_array(value)) {
        size_t i;
        json_t *inner;
        json_array_foreach((json_t *)value, i, inner)
        {
            const char *own = jsonx_string(inner, "edge");
            own = *own ? own : jsonx_string(inner, "name");
            if (*own)
                snprintf(name, sizeof name, "%s.%s", prefix, own);
            else
                snprintf(name, sizeof name, "%s.%zu", prefix, i);
            put_all(row, name, inner);
        }
    } else {
        put_value(row, prefix, value);
    }
}

static bool is_head_key(const char *key)
{
    static const char *const keys[] = {"index",  "scenario", "engine", "status", "reason",
                                       "params", "rep",      "seed",   "expect", "digest"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static void put_cell_head(FILE *out, const char *run_id, const json_t *cell)
{
    char *params = cell_params_text(cell);
    csv_field(out, run_id);
    fputc(',', out);
    csv_field(out, jsonx_string(cell, "scenario"));
    fprintf(out, ",%s,", jsonx_string(cell, "engine"));
    csv_field(out, params ? params : "");
    free(params);
}

static void put_cell(FILE *out, const char *run_id, const json_t *cell)
{
    char *head = NULL;
    size_t size = 0;
    FILE *h = open_memstream(&head, &size);
    if (h == NULL)
        return;
    put_cell_head(h, run_id, cell);
    fputc(',', h);
    csv_field(h, jsonx_string(cell, "params.queue"));
    fputc(',', h);
    csv_field(h, jsonx_string(cell, "params.strategy"));
    fprintf(h, ",%.0f,%" JSON_INTEGER_FORMAT ",%s,", jsonx_number(cell, "rep", 0),
            json_integer_value(json_object_get(cell, "seed")), jsonx_string(cell, "status"));
    fclose(h);
    struct row row = {.out = out, .head = head, .cell = cell};
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)cell, key, value)
    {
        if (!is_head_key(key))
            put_all(&row, key, value);
    }
    free(head);
}

void csv_cells(FILE *out, const json_t *document)
{
    fputs("run_id,scenario,engine,params,queue,strategy,rep,seed,status,metric,unit,value\r\n", out);
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        // A skipped or failed cell measured nothing that a plot may show; its status is in the document.
        if (strcmp(jsonx_string(cell, "status"), "skipped") != 0)
            put_cell(out, jsonx_string(document, "run.id"), cell);
    }
}

bool csv_cells_write(const json_t *document, const char *dir, struct error *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return fail(e, EXIT_INVALID, "cells.csv: out of memory");
    csv_cells(out, document);
    fclose(out);
    bool ok = atomic_write(dir, "cells.csv", text, size, e);
    free(text);
    return ok;
}

// ---- series.csv ----
void csv_series_head(FILE *out)
{
    fputs("run_id,scenario,engine,params,rep,t_s,offered,admitted,delivered,refused", out);
    for (int r = 0; r < WEIR_LOSS_COUNT; r++)
        fprintf(out, ",lost_%s", weir_loss_name((enum weir_loss)r));
    fputs(",depth_min,depth_max,depth_mean,workers,response_p50_ns,response_p99_ns,response_max_ns\r\n", out);
}

static void put_row(FILE *out, const struct series_row *s)
{
    fprintf(out, ",%ju,%ju,%ju,%ju", (uintmax_t)s->offered, (uintmax_t)s->admitted, (uintmax_t)s->delivered,
            (uintmax_t)s->refused);
    for (int r = 0; r < WEIR_LOSS_COUNT; r++)
        fprintf(out, ",%ju", (uintmax_t)s->lost[r]);
    if (s->depth_samples > 0)
        fprintf(out, ",%ju,%ju,%.6g,%" PRIu32, (uintmax_t)s->depth_min, (uintmax_t)s->depth_max,
                (double)s->depth_sum / (double)s->depth_samples, s->workers);
    else
        fputs(",,,,", out);
    if (s->response_count > 0)
        fprintf(out, ",%ju,%ju,%ju\r\n", (uintmax_t)s->response_p50, (uintmax_t)s->response_p99,
                (uintmax_t)s->response_max);
    else
        fputs(",,,\r\n", out); // nothing delivered: no latency, not a latency of 0
}

void csv_series(FILE *out, const char *run_id, const json_t *cell, const struct report *report)
{
    char *head = NULL;
    size_t size = 0;
    FILE *h = open_memstream(&head, &size);
    if (h == NULL)
        return;
    put_cell_head(h, run_id, cell);
    fprintf(h, ",%.0f,", jsonx_number(cell, "rep", 0));
    fclose(h);
    uint64_t step = report->series_step_ns / SERIES_STEP_NS; // in tenths of a second
    for (size_t i = 0; i < report->series_count; i++) {
        fprintf(out, "%s%ju.%ju", head, (uintmax_t)(i * step / 10), (uintmax_t)(i * step % 10));
        put_row(out, &report->series[i]);
    }
    free(head);
}
