// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_show.h"

#include <string.h>

#include "result/cell.h"
#include "result/jsonx.h"
#include "result/text.h"

static const char *status_name(enum bench_status s)
{
    return cell_status_name(s == BENCH_OK ? CELL_OK : s == BENCH_SKIPPED ? CELL_SKIPPED : CELL_FAILED);
}

// ---- JSON ----
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
    jsonx_set(o, "load", json_null()); // flat out: there is no offered load
    return o;
}

static json_t *spread_json(const struct bench_cell *c)
{
    json_t *o = json_object(), *reps = json_array();
    for (size_t i = 0; i < c->reps_count; i++)
        json_array_append_new(reps, jsonx_real(c->reps[i]));
    jsonx_set(o, "median", jsonx_positive(c->median));
    jsonx_set(o, "lo", jsonx_positive(c->lo));
    jsonx_set(o, "hi", jsonx_positive(c->hi));
    jsonx_set(o, "reps", reps);
    return o;
}

static json_t *bench_json(const struct bench_cell *c)
{
    json_t *o = json_object();
    jsonx_set(o, "ns_per_item", spread_json(c));
    jsonx_set(o, "items_per_s", jsonx_positive(c->items_per_s));
    jsonx_set(o, "state",
              c->state == PINGPONG_UNKNOWN ? json_null() : jsonx_text(pingpong_state_name(c->state)));
    jsonx_set(o, "pingpong_ns", jsonx_positive(c->pingpong_ns));
    jsonx_set(o, "rtt_ns", cell_hist_json(NULL));
    jsonx_set(o, "floor_ns_per_item", jsonx_positive(c->floor_ns_per_item));
    jsonx_set(o, "limit_ns_per_item", jsonx_positive(c->limit_ns_per_item));
    jsonx_set(o, "reps_dropped", jsonx_u64(c->reps_dropped));
    jsonx_set(o, "items", jsonx_u64(c->items));
    jsonx_set(o, "note", jsonx_text(c->note));
    return o;
}

json_t *bench_cell_json(const struct bench_cell *c, size_t index, const struct bench_options *options)
{
    json_t *o = json_object();
    jsonx_set(o, "index", jsonx_u64(index));
    jsonx_set(o, "scenario", json_string("bench"));
    jsonx_set(o, "engine", json_string("bench"));
    jsonx_set(o, "status", json_string(status_name(c->status)));
    jsonx_set(o, "reason", jsonx_text(c->reason));
    jsonx_set(o, "params", params_json(c));
    jsonx_set(o, "rep", jsonx_u64(0));
    jsonx_set(o, "seed", jsonx_u64(options->seed));
    jsonx_set(o, "seconds", jsonx_real(options->seconds));
    jsonx_set(o, "bench", bench_json(c));
    jsonx_set(o, "expect", json_array());
    return o;
}

// ---- the table ----
static void print_figures(FILE *out, const struct bench_cell *c)
{
    char rate[TEXT_NUMBER_MAX];
    fprintf(out, "%9.1f  %8.1f %8.1f  %8s  ", c->median, c->lo, c->hi, text_count(c->items_per_s, rate));
    if (c->floor_ns_per_item > 0)
        fprintf(out, "%6.1f  ", c->floor_ns_per_item);
    else
        fprintf(out, "%6s  ", "-");
    if (c->limit_ns_per_item > 0)
        fprintf(out, "%6.1f  ", c->limit_ns_per_item);
    else
        fprintf(out, "%6s  ", "-");
    fprintf(out, "%s (%.0f ns)%s%s\n", pingpong_state_name(c->state), c->pingpong_ns, *c->note ? "; " : "",
            c->note);
}

void bench_table(FILE *out, const struct bench_results *r)
{
    size_t widest = 5;
    for (size_t i = 0; i < r->count; i++) {
        size_t own = text_width(r->cells[i].queue);
        widest = own > widest ? own : widest;
    }
    text_pad(out, "queue", widest, false);
    fputs("  p/c  batch  capacity  bytes  wait   regime      ns/item        lo       hi   items/s   floor   "
          "limit  cores\n",
          out);
    for (size_t i = 0; i < r->count; i++) {
        const struct bench_cell *c = &r->cells[i];
        text_pad(out, c->queue, widest, false);
        fprintf(out, "  %u/%u  %5zu  %8zu  %5zu  %-5s  %-8s  ", c->producers, c->consumers, c->batch,
                c->capacity, c->item_bytes, weir_wait_name(c->wait), bench_regime_name(c->regime));
        if (c->status == BENCH_OK)
            print_figures(out, c);
        else
            fprintf(out, "%s: %s\n", status_name(c->status), c->reason);
    }
}
