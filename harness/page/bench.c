// SPDX-License-Identifier: Apache-2.0
// The sections of the other documents: what hand-offs cost, and whether queues keep the contract.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"

// ---- a bench ----
static bool differs(const struct report_input *in, const char *key)
{
    const json_t *first = json_object_get(in->points[0].cells[0], "params");
    for (size_t i = 1; i < in->point_count; i++)
        if (!json_equal(json_object_get(first, key),
                        json_object_get(json_object_get(in->points[i].cells[0], "params"), key)))
            return true;
    return false;
}

static bool is_axis(const struct report_input *in, const char *key)
{
    return strcmp(key, "queue") == 0 || differs(in, key);
}

static void put_param(FILE *out, const json_t *cell, const char *key)
{
    char text[256];
    const json_t *own = json_object_get(json_object_get(cell, "params"), key);
    report_param_text(cell, key, text, sizeof text);
    if (strcmp(key, "queue") == 0)
        html_cell_head(out, text);
    else if (json_is_string(own))
        html_cell_text(out, text);
    else
        html_cell_number(out, json_is_number(own) ? json_number_value(own) : NAN,
                         *text ? text : "\xe2\x80\x93");
}

static void put_ns(FILE *out, const json_t *cell, const char *key)
{
    char text[32] = "\xe2\x80\x93";
    double ns = report_is_ok(cell) ? jsonx_number(cell, key, NAN) : NAN;
    if (!isnan(ns))
        snprintf(text, sizeof text, ns < 9.995 ? "%.2f" : ns < 99.95 ? "%.1f" : "%.0f", ns);
    html_cell_number(out, ns, text);
}

static void put_time(FILE *out, const json_t *cell, const char *key)
{
    char number[TEXT_NUMBER_MAX];
    double ns = report_is_ok(cell) ? jsonx_number(cell, key, NAN) : NAN;
    html_cell_number(out, ns, isnan(ns) ? "\xe2\x80\x93" : html_time(ns, number));
}

static void put_rate(FILE *out, const json_t *cell)
{
    char number[TEXT_NUMBER_MAX];
    double v = report_is_ok(cell) ? jsonx_number(cell, "bench.items_per_s", NAN) : NAN;
    html_cell_number(out, v, isnan(v) ? "\xe2\x80\x93" : text_count(v, number));
}

static void put_reps(FILE *out, const json_t *cell)
{
    char text[64];
    size_t n = json_array_size(
        json_object_get(json_object_get(json_object_get(cell, "bench"), "ns_per_item"), "reps"));
    double coverage = jsonx_number(cell, "bench.ns_per_item.coverage", 0);
    snprintf(text, sizeof text, "%zu (%.0f %%)", n, coverage * 100);
    html_cell_number(out, report_is_ok(cell) ? (double)n : NAN, report_is_ok(cell) ? text : "\xe2\x80\x93");
}

static void put_bench_row(FILE *out, const struct report_input *in, const json_t *cell, bool schedule)
{
    static const char *const flat_out[] = {
        "bench.ns_per_item.median", "bench.ns_per_item.lo",    "bench.ns_per_item.hi", "bench.ratio.median",
        "bench.limit_ns_per_item",  "bench.floor_ns_per_item", "bench.cpu.ns_per_item"};
    static const char *const timed[] = {"bench.latency_ns.p50", "bench.latency_ns.p99",
                                        "bench.latency_ns.p999", "bench.latency_ns.max"};
    const char *key;
    json_t *value;
    fputs("<tr data-status=\"", out);
    html_text(out, jsonx_string(cell, "status"));
    fputs("\">", out);
    json_object_foreach(json_object_get(in->points[0].cells[0], "params"), key, value)
    {
        if (is_axis(in, key))
            put_param(out, cell, key);
    }
    for (size_t i = 0; i < sizeof flat_out / sizeof *flat_out; i++)
        put_ns(out, cell, flat_out[i]);
    put_rate(out, cell);
    put_time(out, cell, "bench.rtt_ns.p50");
    for (size_t i = 0; schedule && i < sizeof timed / sizeof *timed; i++)
        put_time(out, cell, timed[i]);
    put_reps(out, cell);
    html_cell_text(out, report_is_ok(cell) ? jsonx_string(cell, "bench.state") : "\xe2\x80\x93");
    page_status(out, jsonx_string(cell, "status"), "",
                report_is_ok(cell) ? jsonx_string(cell, "bench.note") : jsonx_string(cell, "reason"));
    fputs("</tr>\n", out);
}

static bool on_schedule(const struct report_input *in)
{
    for (size_t i = 0; i < in->point_count; i++)
        if (jsonx_number(in->points[i].cells[0], "bench.latency_ns.count", 0) > 0)
            return true;
    return false;
}

static void put_bench_head(FILE *out, const struct report_input *in, bool schedule)
{
    static const struct {
        const char *title, *help;
        bool schedule;
    } columns[] = {
        {"ns/item", "median over the repetitions", false},
        {"from", "lower end of the interval that holds the median", false},
        {"to", "upper end of the interval that holds the median", false},
        {"ratio", "ns/item over that of the yardstick, paired by round", false},
        {"limit", "the lines that the items fill, streamed from core to core: ns an item", false},
        {"floor", "the same loop through the null queue on one thread: ns an item", false},
        {"CPU ns", "CPU time of all threads for an item", false},
        {"items/s", NULL, false},
        {"rtt p50", "an item there through one queue and back through another", false},
        {"p50", "from the intended time to the pop", true},
        {"p99", "from the intended time to the pop", true},
        {"p99.9", "from the intended time to the pop", true},
        {"max", "from the intended time to the pop", true},
        {"reps", "repetitions behind the median, and with which probability the interval holds it", false}};
    const char *key;
    json_t *value;
    html_table_open(out, "grid points", "Queues and points");
    json_object_foreach(json_object_get(in->points[0].cells[0], "params"), key, value)
    {
        if (is_axis(in, key))
            html_table_head(out, key, HTML_AXIS, NULL);
    }
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (schedule || !columns[i].schedule)
            html_table_head(out, columns[i].title, HTML_NUMBER, columns[i].help);
    html_table_head(out, "cores", HTML_AXIS, "how far the two cores were apart");
    html_table_head(out, "status", HTML_AXIS, NULL);
    html_table_body(out);
}

// What all points have in common, which the table need not repeat.
static void put_common(FILE *out, const struct report_input *in)
{
    const char *key, *gap = "";
    json_t *value;
    fputs("<p class=\"note\">Everywhere: ", out);
    json_object_foreach(json_object_get(in->points[0].cells[0], "params"), key, value)
    {
        char text[256];
        report_param_text(in->points[0].cells[0], key, text, sizeof text);
        if (is_axis(in, key) || *text == 0)
            continue;
        fputs(gap, out);
        html_text(out, key);
        fputc(' ', out);
        html_text(out, text);
        gap = ", ";
    }
    fputs(".</p>\n", out);
}

void page_bench(FILE *out, const struct report_input *in, struct page_plots *plots)
{
    bool schedule = on_schedule(in);
    fputs("<section class=\"scenario\" id=\"s1\" aria-labelledby=\"s1-title\">\n<h2 "
          "id=\"s1-title\">Hand-offs</h2>\n"
          "<p class=\"question\">What does one hand-off through a queue cost?</p>\n",
          out);
    put_common(out, in);
    put_bench_head(out, in, schedule);
    for (size_t i = 0; i < in->point_count; i++)
        for (size_t c = 0; c < in->points[i].count; c++)
            put_bench_row(out, in, in->points[i].cells[c], schedule);
    html_table_close(out);
    page_plots_put(out, plots, "bench", "bench");
    if (page_plots_any(plots, "", ""))
        page_plots_put(out, plots, "", "");
    fputs("</section>\n", out);
}

// ---- a conformance check ----
static void put_check(FILE *out, const json_t *check)
{
    char number[TEXT_NUMBER_MAX];
    const char *status = jsonx_string(check, "status");
    double seconds = jsonx_number(check, "seconds", NAN);
    fprintf(out, "<tr data-status=\"%s\">",
            strcmp(status, "passed") == 0   ? "ok"
            : strcmp(status, "failed") == 0 ? "failed"
                                            : "skipped");
    html_cell_head(out, jsonx_string(check, "name"));
    page_status(out, status, "", "");
    html_cell_number(out, seconds, isnan(seconds) ? "\xe2\x80\x93" : html_time(seconds * 1e9, number));
    fputs("<td class=\"long\">", out);
    html_text(out, jsonx_string(check, "text"));
    fputs("</td></tr>\n", out);
}

static void put_queue(FILE *out, const json_t *queue, size_t number)
{
    size_t i;
    json_t *check;
    double failed = jsonx_number(queue, "failed", 0);
    fprintf(out,
            "<section class=\"scenario\" id=\"s%zu\" aria-labelledby=\"s%zu-title\">\n<h2 id=\"s%zu-title\">",
            number, number, number);
    html_text(out, jsonx_string(queue, "from"));
    fputs("</h2>\n<p class=\"question\">Does it keep the contract of a queue?</p>\n<p class=\"verdict\">",
          out);
    fprintf(out, failed > 0 ? "No: %.0f of %.0f checks failed" : "Yes: %.0f failed of %.0f checks", failed,
            failed + jsonx_number(queue, "passed", 0));
    fprintf(out, ", %.0f did not apply.</p>\n<p>It promises: ", jsonx_number(queue, "skipped", 0));
    html_text(out, jsonx_string(queue, "contract"));
    fputs("</p>\n", out);
    html_table_open(out, "grid points", "Checks");
    html_table_head(out, "check", HTML_TEXT, NULL);
    html_table_head(out, "verdict", HTML_AXIS, NULL);
    html_table_head(out, "time", HTML_NUMBER, NULL);
    html_table_head(out, "what was seen", HTML_TEXT, NULL);
    html_table_body(out);
    json_array_foreach(json_object_get(queue, "checks"), i, check) put_check(out, check);
    html_table_close(out);
    fputs("</section>\n", out);
}

void page_conform(FILE *out, const struct report_input *in)
{
    size_t i;
    json_t *queue;
    json_array_foreach(json_object_get(in->document, "queues"), i, queue) put_queue(out, queue, i + 1);
}
