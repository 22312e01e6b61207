// SPDX-License-Identifier: Apache-2.0
#include "result/cell.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/pingpong.h"
#include "result/counters.h"
#include "result/jsonx.h"

static const struct {
    const char *key;
    double share;
} percentiles[] = {{"p50", 0.50}, {"p90", 0.90}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}};

enum { PERCENTILES = sizeof percentiles / sizeof *percentiles };

// ---- histograms ----
static json_t *hist_null(void)
{
    return json_pack("{s:i,s:n,s:n,s:n,s:n,s:n,s:n,s:n,s:n}", "count", 0, "min", "mean", "p50", "p90", "p99",
                     "p999", "p9999", "max");
}

json_t *cell_hist_json(const struct hist *h)
{
    return cell_hist_offered_json(h, h ? h->total : 0);
}

json_t *cell_hist_offered_json(const struct hist *h, uint64_t population)
{
    uint64_t seen = h ? h->total : 0;
    if (population < seen)
        population = seen;
    if (population == 0)
        return hist_null();
    bool all = seen == population; // otherwise the mean and the largest are infinite
    json_t *o = json_object();
    jsonx_set(o, "count", jsonx_u64(population));
    jsonx_set(o, "min", seen ? jsonx_u64(h->min) : json_null());
    jsonx_set(o, "mean", all ? jsonx_u64((uint64_t)(hist_mean(h) + 0.5)) : json_null());
    for (size_t i = 0; i < PERCENTILES; i++) {
        uint64_t value = 0;
        bool arrived = seen && hist_percentile_of(h, percentiles[i].share, population, &value);
        jsonx_set(o, percentiles[i].key, arrived ? jsonx_u64(value) : json_null());
    }
    jsonx_set(o, "max", all ? jsonx_u64(h->max) : json_null());
    return o;
}

// ---- parameters ----

// A cell that
// has no axis of that name still has a queue and a strategy: those of its edges, each named once.
struct names {
    char text[256];
};

static void names_add(struct names *n, const char *name)
{
    if (name == NULL || *name == 0)
        return;
    size_t length = strlen(name);
    for (const char *p = n->text; (p = strstr(p, name)) != NULL; p += length) {
        bool starts = p == n->text || p[-1] == '+';
        if (starts && (p[length] == 0 || p[length] == '+'))
            return;
    }
    size_t used = strlen(n->text);
    snprintf(n->text + used, sizeof n->text - used, "%s%s", used ? "+" : "", name);
}

static void names_add_edge(struct names *n, const struct edge_spec *edge, bool strategies)
{
    char text[128];
    if (strategies)
        names_add(n, edge_strategies_text(edge, text, sizeof text));
    else
        names_add(n, edge->queue);
}

static struct names edge_names(const struct scenario *s, bool strategies)
{
    struct names n = {""};
    for (size_t i = 0; s && i < s->stage_count; i++)
        names_add_edge(&n, &s->stages[i].edge, strategies);
    for (size_t i = 0; s && i < s->sink_count; i++)
        if (s->sinks[i].has_edge)
            names_add_edge(&n, &s->sinks[i].edge, strategies);
    return n;
}

static json_t *params_json(const struct cell_plan *plan)
{
    const struct scenario *s = plan->scenario ? plan->scenario : plan->shape;
    json_t *o = json_object();
    jsonx_set(o, "queue", jsonx_text(edge_names(s, false).text));
    jsonx_set(o, "strategy", jsonx_text(edge_names(s, true).text));
    for (size_t i = 0; i < plan->param_count; i++) {
        const struct cell_param *p = &plan->params[i];
        json_t *number = p->is_number ? jsonx_real(p->number) : NULL;
        jsonx_set(o, p->key, json_is_real(number) ? number : jsonx_text(p->text));
    }
    return o;
}

char *cell_params_text(const json_t *cell)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    const char *key, *sign = "";
    json_t *value;
    json_object_foreach(json_object_get(cell, "params"), key, value)
    {
        if (json_is_string(value))
            fprintf(out, "%s%s=%s", sign, key, json_string_value(value));
        else
            fprintf(out, "%s%s=%.15g", sign, key, json_number_value(value));
        sign = ";";
    }
    fclose(out);
    return text;
}

// ---- parts of a cell ----
static json_t *lost_json(const struct ledger *l)
{
    json_t *o = json_object();
    jsonx_set(o, "total", jsonx_u64(ledger_lost(l)));
    for (int r = 0; r < WEIR_LOSS_COUNT; r++)
        jsonx_set(o, weir_loss_name((enum weir_loss)r), jsonx_u64(l->lost[r]));
    return o;
}

static json_t *sink_check_json(const struct sink_check *c)
{
    json_t *o = json_object();
    jsonx_set(o, "missing", jsonx_u64(c->missing));
    jsonx_set(o, "duplicated", jsonx_u64(c->duplicated));
    jsonx_set(o, "reordered", jsonx_u64(c->reordered));
    jsonx_set(o, "corrupted", jsonx_u64(c->corrupted));
    jsonx_set(o, "invented", jsonx_u64(c->invented));
    return o;
}

static json_t *ledger_json(const struct ledger *l, const struct sink_check *c)
{
    json_t *o = json_object();
    jsonx_set(o, "generated", jsonx_u64(l->generated));
    jsonx_set(o, "delivered", jsonx_u64(l->delivered));
    jsonx_set(o, "filtered", jsonx_u64(l->filtered));
    jsonx_set(o, "refused_final", jsonx_u64(l->refused_final));
    jsonx_set(o, "in_flight", jsonx_u64(l->in_flight));
    jsonx_set(o, "spilled", jsonx_u64(l->spilled));
    jsonx_set(o, "unsent", jsonx_u64(l->unsent));
    jsonx_set(o, "unknown", json_integer(ledger_unknown(l)));
    jsonx_set(o, "admitted", jsonx_u64(l->admitted));
    jsonx_set(o, "attempts", jsonx_u64(l->attempts));
    jsonx_set(o, "retries", jsonx_u64(l->retries));
    jsonx_set(o, "refused", jsonx_u64(l->refused));
    jsonx_set(o, "degraded", jsonx_u64(l->degraded));
    jsonx_set(o, "malformed", jsonx_u64(l->malformed));
    jsonx_set(o, "recovered", jsonx_u64(l->recovered));
    jsonx_set(o, "lost", lost_json(l));
    jsonx_set(o, "sink_check", sink_check_json(c));
    return o;
}

static json_t *sink_json(const struct sink_report *s)
{
    json_t *o = json_object();
    jsonx_set(o, "attempts", jsonx_u64(s->attempts));
    jsonx_set(o, "failures", jsonx_u64(s->failures));
    jsonx_set(o, "retries", jsonx_u64(s->retries));
    jsonx_set(o, "short_circuited", jsonx_u64(s->short_circuited));
    jsonx_set(o, "unconfirmed", jsonx_u64(s->unconfirmed));
    return o;
}

static json_t *cell_branch_json(const char *sink, json_t *ledger, double delivered_per_s,
                                const struct hist *response)
{
    json_t *o = json_object();
    jsonx_set(o, "sink", jsonx_text(sink));
    jsonx_set(o, "ledger", ledger);
    jsonx_set(o, "rate", json_pack("{s:f}", "delivered_per_s", delivered_per_s));
    jsonx_set(o, "response_ns", cell_hist_json(response));
    return o;
}

json_t *cell_branch_empty(const char *sink)
{
    static const struct branch_report nothing;
    return cell_branch_json(sink, ledger_json(&nothing.ledger, &nothing.check), 0, NULL);
}

static json_t *rate_json(const struct report *r)
{
    double s = r->seconds;
    json_t *o = json_object();
    jsonx_set(o, "offered_per_s", json_real(s > 0 ? (double)r->window_offered / s : 0));
    jsonx_set(o, "delivered_per_s", json_real(s > 0 ? (double)r->window_delivered / s : 0));
    return o;
}

static json_t *spill_json(const struct spill_report *s)
{
    json_t *o = json_object();
    jsonx_set(o, "written", jsonx_u64(s->written));
    jsonx_set(o, "recovered", jsonx_u64(s->recovered));
    jsonx_set(o, "unreadable", jsonx_u64(s->unreadable));
    jsonx_set(o, "refusals", jsonx_u64(s->refusals));
    jsonx_set(o, "errors", jsonx_u64(s->errors));
    jsonx_set(o, "peak_bytes", jsonx_u64(s->peak_bytes));
    return o;
}

json_t *cell_edge_json(const struct edge_report *e)
{
    json_t *o = json_object();
    jsonx_set(o, "edge", jsonx_text(e->name));
    jsonx_set(o, "capacity", e->capacity ? jsonx_u64(e->capacity) : json_null());
    jsonx_set(o, "high_water", jsonx_u64(e->high_water));
    jsonx_set(o, "mean", jsonx_real(e->mean));
    jsonx_set(o, "spill", spill_json(&e->spill));
    return o;
}

static json_t *queue_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->edge_count; i++) {
        json_t *o = cell_edge_json(&r->edges[i]);
        if (r->queue_stats)
            jsonx_set(o, "counters", counters_json(r->edges[i].counted ? &r->edges[i].counters : NULL));
        json_array_append_new(a, o);
    }
    return a;
}

// A level's time average and the level that was held longest. Weighted by time.
static json_t *level_json(const struct hist *h)
{
    static const char *const keys[] = {"min", "mean", "max", "mode"};
    json_t *o = json_object();
    if (h == NULL || h->total == 0) {
        for (size_t i = 0; i < 4; i++)
            jsonx_set(o, keys[i], json_null());
        return o;
    }
    size_t mode = 0;
    for (size_t i = 0; i < HIST_COUNTS; i++)
        mode = h->counts[i] && h->counts[i] >= h->counts[mode] ? i : mode; // of equals the highest
    jsonx_set(o, "min", jsonx_u64(h->min));
    jsonx_set(o, "mean", jsonx_real(hist_mean(h)));
    jsonx_set(o, "max", jsonx_u64(h->max));
    jsonx_set(o, "mode", jsonx_u64(hist_lowest(mode)));
    return o;
}

json_t *cell_pacing_json(const char *edge, const char *strategy, const struct pacing_figures *g)
{
    json_t *o = json_object();
    jsonx_set(o, "edge", jsonx_text(edge));
    jsonx_set(o, "strategy", jsonx_text(strategy));
    jsonx_set(o, "limit", level_json(g ? &g->limit : NULL));
    jsonx_set(o, "in_flight", level_json(g ? &g->in_flight : NULL));
    jsonx_set(o, "rtt_ns", cell_hist_json(g ? &g->rtt : NULL));
    jsonx_set(o, "mean_rtt_ns", cell_hist_json(g ? &g->weighed : NULL));
    jsonx_set(o, "paused_ns", jsonx_u64(g ? g->paused_ns : 0));
    return o;
}

static json_t *pacings_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->pacing_count; i++)
        json_array_append_new(
            a, cell_pacing_json(r->pacings[i].edge, r->pacings[i].strategy, r->pacings[i].figures));
    return a;
}

static json_t *stages_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->stage_count; i++) {
        const struct stage_report *s = &r->stages[i];
        json_t *o = json_object();
        jsonx_set(o, "stage", jsonx_text(s->name));
        jsonx_set(o, "workers_max", jsonx_u64(s->workers_max));
        jsonx_set(o, "workers_mean", jsonx_real(s->workers_mean));
        jsonx_set(o, "workers_end", jsonx_u64(s->workers_end));
        jsonx_set(o, "peaked_ns", jsonx_u64(s->peaked_ns));
        jsonx_set(o, "filtered", jsonx_u64(s->filtered));
        jsonx_set(o, "bypassed", jsonx_u64(s->bypassed));
        jsonx_set(o, "toggles", jsonx_u64(s->toggles));
        jsonx_set(o, "swaps", jsonx_u64(s->swaps));
        json_t *batches = json_array();
        for (size_t v = 0; v < s->versions; v++)
            json_array_append_new(batches, jsonx_u64(s->batches[v]));
        jsonx_set(o, "batches", batches);
        json_array_append_new(a, o);
    }
    return a;
}

json_t *cell_load_json(const char *sink, const struct load_figures *g)
{
    json_t *o = json_object();
    jsonx_set(o, "sink", jsonx_text(sink));
    jsonx_set(o, "in_service", level_json(g ? &g->in_service : NULL));
    jsonx_set(o, "rate", level_json(g ? &g->rate : NULL));
    jsonx_set(o, "deferred", jsonx_u64(g ? g->deferred : 0));
    jsonx_set(o, "dropped", jsonx_u64(g ? g->dropped : 0));
    return o;
}

static json_t *loads_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->load_count; i++)
        json_array_append_new(a, cell_load_json(r->loads[i].sink, r->loads[i].figures));
    return a;
}

// One of several sinks: what arrived there, and how long it took.
static json_t *branches_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->branch_count; i++) {
        const struct branch_report *b = &r->branches[i];
        double delivered = r->seconds > 0 ? (double)b->window_delivered / r->seconds : 0;
        json_t *o = cell_branch_json(b->sink, ledger_json(&b->ledger, &b->check), delivered, b->response);
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *sources_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->source_count; i++) {
        const struct source_report *s = &r->sources[i];
        json_t *o = json_object();
        jsonx_set(o, "name", jsonx_text(s->name));
        jsonx_set(o, "generated", jsonx_u64(s->generated));
        jsonx_set(o, "sequence_gaps", jsonx_u64(s->sequence_gaps));
        jsonx_set(o, "rcvbuf_bytes", s->rcvbuf_bytes ? jsonx_u64(s->rcvbuf_bytes) : json_null());
        jsonx_set(o, "address", jsonx_text(s->address));
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *events_json(const struct report *r)
{
    json_t *a = json_array();
    for (size_t i = 0; i < r->event_count; i++) {
        const struct event_report *e = &r->events[i];
        json_t *o = json_object();
        jsonx_set(o, "at_ns", jsonx_u64(e->at_ns));
        jsonx_set(o, "end_ns", jsonx_u64(e->end_ns));
        jsonx_set(o, "applied_ns", jsonx_u64(e->applied_ns));
        jsonx_set(o, "what", jsonx_text(e->what));
        jsonx_set(o, "recovered_ns", e->recovered ? jsonx_u64(e->recovered_ns) : json_null());
        json_array_append_new(a, o);
    }
    return a;
}

static json_t *time_json(const struct report *r)
{
    json_t *o = json_object();
    jsonx_set(o, "duration_ns", jsonx_u64(r->duration_ns));
    jsonx_set(o, "warmup_ns", jsonx_u64(r->warmup_ns));
    jsonx_set(o, "run_ns", jsonx_u64(r->run_ns));
    jsonx_set(o, "series_step_ns", jsonx_u64(r->series_step_ns));
    return o;
}

static json_t *cpu_json(const struct report *r)
{
    double used = r->cpu_user_s + r->cpu_system_s;
    uint64_t n = r->ledger.delivered;
    json_t *o = json_object();
    jsonx_set(o, "user_s", jsonx_real(r->cpu_user_s));
    jsonx_set(o, "system_s", jsonx_real(r->cpu_system_s));
    jsonx_set(o, "ns_per_record", n && used > 0 ? jsonx_real(used * 1e9 / (double)n) : json_null());
    return o;
}

static json_t *state_json(const struct report *r)
{
    double before = r->pingpong_before_ns, after = r->pingpong_after_ns;
    if (!(before > 0) || !(after > 0))
        return json_null();
    return json_string(before < PINGPONG_NEAR_BELOW_NS && after < PINGPONG_NEAR_BELOW_NS ? "near" : "far");
}

static json_t *pingpong_json(const struct report *r)
{
    json_t *o = json_object();
    jsonx_set(o, "before", jsonx_positive(r->pingpong_before_ns));
    jsonx_set(o, "after", jsonx_positive(r->pingpong_after_ns));
    return o;
}

// ---- the cell ----
static void set_head(json_t *o, const struct cell_facts *f, enum cell_status status, const char *reason)
{
    const struct scenario *shape = f->plan->scenario ? f->plan->scenario : f->plan->shape;
    jsonx_set(o, "index", jsonx_u64(f->index));
    jsonx_set(o, "scenario", jsonx_text(shape->name));
    jsonx_set(o, "engine", json_string(shape->engine == ENGINE_SIM ? "sim" : "live"));
    jsonx_set(o, "status", json_string(cell_status_name(status)));
    jsonx_set(o, "reason", jsonx_text(reason));
    jsonx_set(o, "params", params_json(f->plan));
    jsonx_set(o, "rep", jsonx_u64(f->rep));
    jsonx_set(o, "seed", jsonx_u64(f->seed));
}

static void set_measured(json_t *o, const struct report *r)
{
    jsonx_set(o, "seconds", json_real(r->seconds > 0 ? r->seconds : 0));
    jsonx_set(o, "time", time_json(r));
    jsonx_set(o, "rate", rate_json(r));
    jsonx_set(o, "ledger", ledger_json(&r->ledger, &r->check));
    jsonx_set(o, "response_ns", cell_hist_json(r->response));
    jsonx_set(o, "response_offered_ns", cell_hist_offered_json(r->response, r->window_offered));
    jsonx_set(o, "service_ns", cell_hist_json(r->service));
    jsonx_set(o, "age_ns", cell_hist_json(r->age));
    jsonx_set(o, "send_lag_ns", cell_hist_json(r->send_lag));
    jsonx_set(o, "queue", queue_json(r));
    jsonx_set(o, "pacing", pacings_json(r));
    jsonx_set(o, "stages", stages_json(r));
    jsonx_set(o, "load", loads_json(r));
    jsonx_set(o, "sources", sources_json(r));
    jsonx_set(o, "sink", sink_json(&r->sink));
    if (r->branch_count)
        jsonx_set(o, "branches", branches_json(r));
    jsonx_set(o, "cpu", cpu_json(r));
    json_t *memory = json_object();
    jsonx_set(memory, "peak_bytes", jsonx_u64(r->peak_bytes));
    jsonx_set(memory, "pool_peak_bytes", jsonx_u64(r->pool_peak_bytes));
    jsonx_set(memory, "limit_bytes", r->memory_limit_bytes ? jsonx_u64(r->memory_limit_bytes) : json_null());
    jsonx_set(memory, "limit_reached", json_boolean(r->memory_limit_reached));
    jsonx_set(o, "memory", memory);
    jsonx_set(o, "events", events_json(r));
    jsonx_set(o, "longest_gap_ns", jsonx_u64(r->longest_gap_ns));
    jsonx_set(o, "longest_gap_records", jsonx_u64(r->check.longest_gap_records));
    jsonx_set(o, "producer_stall_ns", jsonx_u64(r->producer_stall_ns));
    jsonx_set(o, "late_records", jsonx_u64(r->late_records));
    jsonx_set(o, "threads", jsonx_u64(r->threads));
    jsonx_set(o, "pinned", json_boolean(r->pinned));
    jsonx_set(o, "pingpong_ns", pingpong_json(r));
    jsonx_set(o, "state", state_json(r));
    jsonx_set(o, "verified", json_boolean(r->verified));
}

json_t *cell_json(const struct cell_facts *facts, const struct report *report, enum cell_status status,
                  const char *reason)
{
    static const struct report nothing;
    const struct report *r = report ? report : &nothing;
    if (report && reason == NULL) {
        status = report->status;
        reason = report->reason;
    }
    json_t *o = json_object();
    set_head(o, facts, status, reason);
    set_measured(o, r);
    if (r->interrupted)
        jsonx_set(o, "interrupted", json_true());
    jsonx_set(o, "expect", json_array());
    if (r->has_digest) {
        char hex[17];
        snprintf(hex, sizeof hex, "%016llx", (unsigned long long)r->digest);
        jsonx_set(o, "digest", json_string(hex));
    }
    return o;
}
