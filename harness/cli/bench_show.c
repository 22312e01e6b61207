// SPDX-License-Identifier: Apache-2.0
// The bench's cells in the result document; the table is in bench_table.c.
#include "cli/bench_show.h"

#include <string.h>

#include "result/cell.h"
#include "result/jsonx.h"

const char *bench_status_name(enum bench_status s)
{
    return cell_status_name(s == BENCH_OK        ? CELL_OK
                            : s == BENCH_INVALID ? CELL_INVALID
                            : s == BENCH_SKIPPED ? CELL_SKIPPED
                                                 : CELL_FAILED);
}

static json_t *params_json(const struct bench_cell *c)
{
    json_t *o = json_object();
    jsonx_set(o, "queue", jsonx_text(c->queue));
    jsonx_set(o, "producers", jsonx_u64(c->producers));
    jsonx_set(o, "consumers", jsonx_u64(c->consumers));
    jsonx_set(o, "batch", jsonx_u64(c->batch));
    jsonx_set(o, "capacity", jsonx_u64(c->capacity));
    jsonx_set(o, "item_bytes", jsonx_u64(c->item_bytes));
    jsonx_set(o, "wait", jsonx_text(weir_wait_name(c->wait)));
    jsonx_set(o, "regime", jsonx_text(bench_regime_name(c->regime)));
    jsonx_set(o, "pin", jsonx_text(bench_pin_name(c->pin)));
    jsonx_set(o, "rest_ns", jsonx_u64(c->rest_ns));
    jsonx_set(o, "load", jsonx_positive(c->load)); // null: flat out, there is no offered load
    return o;
}

static json_t *spread_json(const struct bench_cell *c)
{
    json_t *o = json_object(), *reps = json_array(), *rounds = json_array();
    for (size_t i = 0; i < c->reps_count; i++) {
        json_array_append_new(reps, jsonx_real(c->reps[i]));
        json_array_append_new(rounds, jsonx_u64(c->rounds[i]));
    }
    jsonx_set(o, "median", jsonx_positive(c->ns_per_item.median));
    jsonx_set(o, "lo", jsonx_positive(c->ns_per_item.lo));
    jsonx_set(o, "hi", jsonx_positive(c->ns_per_item.hi));
    jsonx_set(o, "coverage", jsonx_real(c->ns_per_item.coverage));
    jsonx_set(o, "reps", reps);
    jsonx_set(o, "rounds", rounds);
    return o;
}

static json_t *ratio_json(const struct bench_ratio *r)
{
    if (r->pairs == 0)
        return json_null();
    json_t *o = json_object();
    jsonx_set(o, "against", jsonx_text(r->against));
    jsonx_set(o, "median", jsonx_positive(r->value.median));
    jsonx_set(o, "lo", jsonx_positive(r->value.lo));
    jsonx_set(o, "hi", jsonx_positive(r->value.hi));
    jsonx_set(o, "coverage", jsonx_real(r->value.coverage));
    jsonx_set(o, "pairs", jsonx_u64(r->pairs));
    return o;
}

static json_t *fill_json(const struct bench_fill *f)
{
    if (f->looks == 0)
        return json_null();
    json_t *o = json_object();
    jsonx_set(o, "mean", jsonx_real(f->mean));
    jsonx_set(o, "p50", jsonx_real(f->p50));
    jsonx_set(o, "p90", jsonx_real(f->p90));
    jsonx_set(o, "looks", jsonx_u64(f->looks));
    return o;
}

static json_t *moves_json(const struct bench_moves *m)
{
    if (m->pops == 0)
        return json_null();
    json_t *o = json_object();
    jsonx_set(o, "mean", jsonx_real(m->mean));
    jsonx_set(o, "p50", jsonx_u64(m->p50));
    jsonx_set(o, "p99", jsonx_u64(m->p99));
    jsonx_set(o, "max", jsonx_u64(m->max));
    jsonx_set(o, "pops", jsonx_u64(m->pops));
    return o;
}

static json_t *cpu_json(const struct bench_cell *c)
{
    json_t *o = json_object();
    jsonx_set(o, "ns_per_item", jsonx_positive(c->cpu_ns_per_item));
    jsonx_set(o, "consumer_ns_per_item", jsonx_positive(c->consumer_cpu_ns_per_item));
    return o;
}

static json_t *schedule_json(const struct bench_cell *c)
{
    if (c->load <= 0)
        return json_null();
    json_t *o = json_object();
    jsonx_set(o, "planned", jsonx_u64(c->planned));
    jsonx_set(o, "sent", jsonx_u64(c->latency ? c->latency->total : 0));
    jsonx_set(o, "late", jsonx_u64(c->late));
    jsonx_set(o, "late_above_ns", jsonx_u64(BENCH_LATE_NS));
    jsonx_set(o, "lag_max_ns", jsonx_u64(c->lag_max_ns));
    return o;
}

static json_t *bench_json(const struct bench_cell *c)
{
    json_t *o = json_object();
    jsonx_set(o, "ns_per_item", spread_json(c));
    jsonx_set(o, "ratio", ratio_json(&c->ratio));
    jsonx_set(o, "items_per_s", jsonx_positive(c->items_per_s));
    jsonx_set(o, "carried", jsonx_text(bench_carried_name(c->carried)));
    jsonx_set(o, "peer", json_boolean(c->peer));
    jsonx_set(o, "state",
              c->state == PINGPONG_UNKNOWN ? json_null() : jsonx_text(pingpong_state_name(c->state)));
    jsonx_set(o, "pingpong_ns", jsonx_positive(c->pingpong_ns));
    jsonx_set(o, "rtt_ns", cell_hist_json(c->rtt));
    jsonx_set(o, "raw_rtt_ns", jsonx_positive(c->raw_rtt_ns));
    jsonx_set(o, "latency_ns", cell_hist_json(c->latency));
    jsonx_set(o, "schedule", schedule_json(c));
    jsonx_set(o, "floor_ns_per_item", jsonx_positive(c->floor_ns_per_item));
    jsonx_set(o, "limit_ns_per_item", jsonx_positive(c->limit_ns_per_item));
    jsonx_set(o, "work_ns", jsonx_real(c->work_ns));
    jsonx_set(o, "fill", fill_json(&c->fill));
    jsonx_set(o, "moved", moves_json(&c->moves));
    jsonx_set(o, "cpu", cpu_json(c));
    jsonx_set(o, "reps_dropped", jsonx_u64(c->reps_dropped));
    jsonx_set(o, "items", jsonx_u64(c->items));
    jsonx_set(o, "note", jsonx_text(c->note));
    return o;
}

json_t *bench_cell_json(const struct bench_cell *c, size_t index, const struct bench_options *options,
                        double seconds)
{
    json_t *o = json_object();
    jsonx_set(o, "index", jsonx_u64(index));
    jsonx_set(o, "scenario", json_string("bench"));
    jsonx_set(o, "engine", json_string("bench"));
    jsonx_set(o, "status", json_string(bench_status_name(c->status)));
    jsonx_set(o, "reason", jsonx_text(c->reason));
    jsonx_set(o, "params", params_json(c));
    jsonx_set(o, "rep", jsonx_u64(0));
    jsonx_set(o, "seed", jsonx_u64(options->seed));
    jsonx_set(o, "seconds", jsonx_real(seconds));
    jsonx_set(o, "bench", bench_json(c));
    jsonx_set(o, "expect", json_array());
    return o;
}
