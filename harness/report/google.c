// SPDX-License-Identifier: Apache-2.0
// Google Benchmark's JSON (schema version 1), as far as its compare.py and other readers look. One entry a
// repetition, those of a point under one name, so that its U test has its samples. real_time is the first
// figure of the document's kind: of a bench what an item takes, of a run the median response time. NaN cannot
// occur.
#include <string.h>

#include "report/figures.h"
#include "report/format.h"
#include "report/json_out.h"
#include "result/jsonx.h"

static json_t *context_json(const struct report_input *in)
{
    const json_t *d = in->document;
    const char *governor = jsonx_string(d, "env.governor");
    json_t *o = json_object(), *load = json_array(), *caches = json_array(), *left_out = json_array();
    jsonx_set(o, "date", jsonx_text(jsonx_string(d, "run.started")));
    jsonx_set(o, "host_name", jsonx_text(jsonx_string(d, "env.machine_id")));
    jsonx_set(o, "executable", jsonx_text("weir"));
    jsonx_set(o, "num_cpus", json_integer((json_int_t)jsonx_number(d, "env.cores", 0)));
    jsonx_set(o, "mhz_per_cpu", json_integer(0)); // not measured
    jsonx_set(o, "cpu_scaling_enabled", json_boolean(*governor && strcmp(governor, "performance") != 0));
    jsonx_set(o, "caches", caches);
    const json_t *load_1m = jsonx_find(d, "env.noise.load_1m");
    if (json_is_number(load_1m))
        json_array_append(load, (json_t *)load_1m);
    jsonx_set(o, "load_avg", load);
    jsonx_set(o, "library_version", jsonx_text(jsonx_string(d, "tool.version")));
    jsonx_set(o, "library_build_type",
              jsonx_text(strstr(jsonx_string(d, "tool.flags"), "NDEBUG") ? "release" : "debug"));
    jsonx_set(o, "json_schema_version", json_integer(1));
    jsonx_set(o, "weir_git", jsonx_text(jsonx_string(d, "tool.git")));
    jsonx_set(o, "weir_run", jsonx_text(jsonx_string(d, "run.id")));
    jsonx_set(o, "weir_cpu", jsonx_text(jsonx_string(d, "env.cpu")));
    for (size_t p = 0; p < in->point_count; p++)
        if (in->points[p].ok < in->points[p].count)
            json_array_append_new(left_out, jsonx_text(in->points[p].name));
    jsonx_set(o, "weir_not_ok", left_out); // points with cells that are not among the benchmarks
    return o;
}

struct place {
    const struct report_point *point;
    size_t family, rep, reps;
};

static json_t *entry_json(const struct place *at, double real_ns, double cpu_ns, double iterations,
                          double threads)
{
    json_t *o = json_object();
    jsonx_set(o, "name", jsonx_text(at->point->name));
    jsonx_set(o, "family_index", jsonx_u64(at->family));
    jsonx_set(o, "per_family_instance_index", json_integer(0));
    jsonx_set(o, "run_name", jsonx_text(at->point->name));
    jsonx_set(o, "run_type", json_string("iteration"));
    jsonx_set(o, "repetitions", jsonx_u64(at->reps));
    jsonx_set(o, "repetition_index", jsonx_u64(at->rep));
    jsonx_set(o, "threads", json_integer(threads >= 1 ? (json_int_t)threads : 1));
    jsonx_set(o, "iterations", json_integer(iterations >= 1 ? (json_int_t)iterations : 1));
    jsonx_set(o, "real_time", jsonx_real(real_ns));
    jsonx_set(o, "cpu_time", jsonx_real(cpu_ns));
    jsonx_set(o, "time_unit", json_string("ns"));
    return o;
}

// Google Benchmark's own counters are named so.
static void add_counters(json_t *entry, enum report_kind kind, const json_t *cell)
{
    const struct report_figure *f;
    double value;
    for (size_t i = 0; (f = report_figure_at(kind, i)) != NULL; i++) {
        char key[64];
        snprintf(key, sizeof key, "%s%s", f->name, f->unit[0] == 'n' ? "_ns" : "");
        if (report_value(cell, f, &value))
            jsonx_set(entry, f->bigger ? "items_per_second" : key, jsonx_real(value));
    }
}

static void add_run_cell(json_t *list, const struct place *at, const json_t *cell)
{
    double real_ns;
    if (!report_value(cell, report_figure_at(REPORT_RUN, 0), &real_ns))
        return; // nothing was delivered in the window: no time to give
    json_t *entry = entry_json(at, real_ns, jsonx_number(cell, "cpu.ns_per_record", 0),
                               jsonx_number(cell, "response_ns.count", 0), jsonx_number(cell, "threads", 1));
    add_counters(entry, REPORT_RUN, cell);
    json_array_append_new(list, entry);
}

static void add_bench_cell(json_t *list, struct place at, const json_t *cell)
{
    const json_t *reps = jsonx_find(cell, "bench.ns_per_item.reps");
    double threads = jsonx_number(cell, "params.producers", 0) + jsonx_number(cell, "params.consumers", 0);
    at.reps = json_array_size(reps);
    for (at.rep = 0; at.rep < at.reps; at.rep++) {
        double ns = json_number_value(json_array_get(reps, at.rep));
        // CPU is known of all repetitions together: the same figure n times would pass for n samples of it.
        json_t *entry =
            entry_json(&at, ns, 0, jsonx_number(cell, "bench.items", 0) / (double)at.reps, threads);
        jsonx_set(entry, "label", jsonx_text(jsonx_string(cell, "bench.state")));
        if (ns > 0)
            jsonx_set(entry, "items_per_second", jsonx_real(1e9 / ns));
        json_array_append_new(list, entry);
    }
}

bool report_google(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    json_t *o = json_object(), *list = json_array();
    for (size_t p = 0; p < in->point_count; p++) {
        struct place at = {.point = &in->points[p], .family = p, .reps = in->points[p].ok};
        for (size_t i = 0; i < at.point->count; i++) {
            if (!report_is_ok(at.point->cells[i]))
                continue;
            if (in->kind == REPORT_BENCH)
                add_bench_cell(list, at, at.point->cells[i]);
            else
                add_run_cell(list, &at, at.point->cells[i]);
            at.rep++;
        }
    }
    jsonx_set(o, "context", context_json(in));
    jsonx_set(o, "benchmarks", list);
    report_put_json(out, o);
    return true;
}
