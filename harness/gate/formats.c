// SPDX-License-Identifier: Apache-2.0
// The gate's results for programs.
#include <math.h>
#include <string.h>

#include "gate/behaviour_report.h"
#include "gate/count_report.h"
#include "gate/report.h"
#include "result/document.h"
#include "result/env.h"
#include "result/jsonx.h"
#include "result/xml.h"

// ---- JUnit ----

enum outcome { PASSED, FAILED, ERROR, SKIPPED, OUTCOMES };

static enum outcome outcome_of(const struct gate_report *r, const struct gate_cell *c)
{
    if (c->status == GATE_INVALID)
        return ERROR;
    if (c->status == GATE_MISSING || c->status == GATE_CUT)
        return SKIPPED;
    if (c->status == GATE_IDENTICAL || c->verdict == VERDICT_UNCHANGED || c->verdict == VERDICT_IMPROVED)
        return PASSED;
    return c->verdict == VERDICT_REGRESSED || r->strict ? FAILED : SKIPPED;
}

void gate_write_case(FILE *out, const struct gate_case *c)
{
    fputs("  <testcase", out);
    xml_attribute(out, "classname", c->suite);
    xml_attribute(out, "name", c->name);
    fprintf(out, " time=\"%.3f\"", c->seconds);
    if (c->tag == NULL) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, ">\n   <%s", c->tag);
    if (c->type)
        xml_attribute(out, "type", c->type);
    xml_attribute(out, "message", c->message);
    fputs("/>\n  </testcase>\n", out);
}

static void write_cell(FILE *out, const struct gate_report *r, const struct gate_cell *c)
{
    static const char *const tags[OUTCOMES] = {NULL, "failure", "error", "skipped"};
    enum outcome outcome = outcome_of(r, c);
    char text[700];
    gate_cell_sentence(c, text, sizeof text);
    gate_write_case(out, &(struct gate_case){.suite = "weir gate",
                                             .name = c->plan.name,
                                             .tag = tags[outcome],
                                             .type = outcome == SKIPPED ? NULL : gate_cell_word(c),
                                             .message = text,
                                             .seconds = c->seconds});
}

void gate_write_junit(FILE *out, const struct gate_report *r)
{
    size_t of[OUTCOMES] = {0}, tests = r->gate->count;
    const struct gate *g = r->gate;
    char base[400], candidate[400], rates[512];
    for (size_t i = 0; i < g->count; i++)
        of[outcome_of(r, &g->cells[i])]++;
    counts_count_cases(&g->counts, &tests, &of[FAILED], &of[ERROR]);
    behaviour_count_cases(&g->behaviour, &tests, &of[FAILED], &of[ERROR]);
    gate_side_sentence(r->base, base, sizeof base);
    gate_side_sentence(r->candidate, candidate, sizeof candidate);
    gate_rates_sentence(r->rates, rates, sizeof rates);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"weir gate\">\n <testsuite", out);
    xml_attribute(out, "name", g->suite.name);
    fprintf(out,
            " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"%.3f\">\n  <properties>\n",
            tests, of[FAILED], of[ERROR], of[SKIPPED], g->seconds);
    fputs("   <property name=\"base\"", out);
    xml_attribute(out, "value", base);
    fputs("/>\n   <property name=\"candidate\"", out);
    xml_attribute(out, "value", candidate);
    fputs("/>\n   <property name=\"self-test\"", out);
    xml_attribute(out, "value", rates);
    fputs("/>\n  </properties>\n", out);
    for (size_t i = 0; i < g->count; i++)
        write_cell(out, r, &g->cells[i]);
    counts_write_cases(out, &g->counts);
    behaviour_write_cases(out, &g->behaviour);
    fputs(" </testsuite>\n</testsuites>\n", out);
}

// ---- GitHub ----

// What would end the command, or its property, is escaped.
static void put_escaped(FILE *out, const char *text, bool property)
{
    for (; *text; text++)
        if (*text == '%')
            fputs("%25", out);
        else if (*text == '\r')
            fputs("%0D", out);
        else if (*text == '\n')
            fputs("%0A", out);
        else if (property && *text == ':')
            fputs("%3A", out);
        else if (property && *text == ',')
            fputs("%2C", out);
        else
            fputc(*text, out);
}

void gate_write_annotation(FILE *out, const char *level, const char *title, const char *message)
{
    fprintf(out, "::%s title=", level);
    put_escaped(out, title, true);
    fputs("::", out);
    put_escaped(out, message, false);
    fputc('\n', out);
}

void gate_write_annotations(FILE *out, const struct gate_report *r)
{
    static const char *const levels[OUTCOMES] = {NULL, "error", "error", "notice"};
    char text[700], title[160];
    for (size_t i = 0; i < r->gate->count; i++) {
        const struct gate_cell *c = &r->gate->cells[i];
        const char *level = levels[outcome_of(r, c)];
        if (level == NULL)
            continue;
        snprintf(title, sizeof title, "weir gate: %s: %s", c->plan.name, gate_cell_word(c));
        gate_cell_sentence(c, text, sizeof text);
        gate_write_annotation(out, level, title, text);
    }
    counts_write_annotations(out, &r->gate->counts);
    behaviour_write_annotations(out, &r->gate->behaviour);
}

// ---- JSON ----

static json_t *side_json(const struct gate_side *s)
{
    static const char *const kinds[] = {"module", "build", "commit"};
    json_t *o;
    if (s == NULL)
        return json_null();
    o = json_object();
    jsonx_set(o, "text", jsonx_text(s->text));
    jsonx_set(o, "kind", jsonx_text(kinds[s->kind]));
    jsonx_set(o, "commit", s->kind == SIDE_COMMIT ? jsonx_text(s->commit) : json_null());
    return o;
}

static json_t *judged_json(const struct judged *j)
{
    json_t *o = json_object();
    if (j->launches == 0) {
        json_decref(o);
        return json_null();
    }
    jsonx_set(o, "ratio", jsonx_real(exp(j->log_ratio.median)));
    jsonx_set(o, "lo", jsonx_real(exp(j->log_ratio.lo)));
    jsonx_set(o, "hi", jsonx_real(exp(j->log_ratio.hi)));
    jsonx_set(o, "coverage", jsonx_real(j->coverage));
    jsonx_set(o, "p_slower", jsonx_real(j->p_slower));
    jsonx_set(o, "p_faster", jsonx_real(j->p_faster));
    jsonx_set(o, "smallest_effect", jsonx_real(j->smallest));
    jsonx_set(o, "verdict", jsonx_text(verdict_name(j->verdict)));
    return o;
}

static json_t *list_json(const double *list, size_t count)
{
    json_t *a = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(a, jsonx_real(list[i]));
    return a;
}

static json_t *series_json(const struct gate_series *s)
{
    json_t *o = json_object();
    jsonx_set(o, "launches", jsonx_u64(s->count));
    jsonx_set(o, "discarded", jsonx_u64(s->attempts - s->count));
    jsonx_set(o, "candidate", judged_json(&s->judged));
    jsonx_set(o, "control", judged_json(&s->judged_control));
    jsonx_set(o, "log_ratios", list_json(s->log_ratio, s->count));
    jsonx_set(o, "control_log_ratios", list_json(s->control, s->count));
    return o;
}

static json_t *plan_json(const struct duet_cell *p)
{
    json_t *o = json_object();
    jsonx_set(o, "queue", jsonx_text(p->queue));
    jsonx_set(o, "measure", jsonx_text(duet_kind_name(p->kind)));
    jsonx_set(o, "producers", jsonx_u64(p->producers));
    jsonx_set(o, "consumers", jsonx_u64(p->consumers));
    jsonx_set(o, "batch", jsonx_u64(p->batch));
    jsonx_set(o, "capacity", jsonx_u64(p->capacity));
    jsonx_set(o, "wait", jsonx_text(weir_wait_name(p->wait)));
    jsonx_set(o, "load_per_s", p->kind == DUET_SCHEDULED ? jsonx_real(p->load) : json_null());
    jsonx_set(o, "quantile", gate_is_quantile(p) ? jsonx_real(p->quantile) : json_null());
    jsonx_set(o, "turn_s", jsonx_real(p->turn_s));
    jsonx_set(o, "rounds", jsonx_u64(p->rounds));
    return o;
}

static json_t *cell_json_of(const struct gate_cell *c)
{
    json_t *o = json_object(), *disturbed = json_object();
    for (size_t i = 0; gate_noise_at(i); i++)
        if (c->disturbed[i])
            jsonx_set(disturbed, gate_noise_at(i), jsonx_u64(c->disturbed[i]));
    jsonx_set(o, "name", jsonx_text(c->plan.name));
    jsonx_set(o, "params", plan_json(&c->plan));
    jsonx_set(o, "status", jsonx_text(gate_status_name(c->status)));
    jsonx_set(o, "verdict", c->status == GATE_MEASURED ? jsonx_text(verdict_name(c->verdict)) : json_null());
    jsonx_set(o, "reason", jsonx_text(c->reason));
    jsonx_set(o, "margin", jsonx_real(c->plan.margin));
    jsonx_set(o, "items", jsonx_u64(c->items));
    jsonx_set(o, "base_ns", jsonx_positive(c->cost_ns[ARM_BASE]));
    jsonx_set(o, "control_ns", jsonx_positive(c->cost_ns[ARM_COPY]));
    jsonx_set(o, "candidate_ns", jsonx_positive(c->cost_ns[ARM_CANDIDATE]));
    jsonx_set(o, "alarmed", json_boolean(c->alarmed));
    jsonx_set(o, "confirmed", json_boolean(c->confirmed));
    jsonx_set(o, "first", series_json(&c->first));
    jsonx_set(o, "again", c->again.attempts ? series_json(&c->again) : json_null());
    jsonx_set(o, "disturbed", disturbed);
    jsonx_set(o, "seconds", jsonx_real(c->seconds));
    return o;
}

json_t *gate_json(const struct gate_report *r)
{
    const struct gate *g = r->gate;
    struct env_facts facts;
    struct env_noise noise;
    size_t alarms, controls;
    json_t *o = json_object(), *cells = json_array(), *control = json_object();
    env_read(&facts);
    env_noise_none(&noise);
    gate_control_alarms(g, &alarms, &controls);
    for (size_t i = 0; i < g->count; i++)
        json_array_append_new(cells, cell_json_of(&g->cells[i]));
    jsonx_set(control, "alarms", jsonx_u64(alarms));
    jsonx_set(control, "cells", jsonx_u64(controls));
    jsonx_set(o, "schema", json_string(GATE_SCHEMA));
    jsonx_set(o, "tool", env_tool_json());
    jsonx_set(o, "env", env_json(&facts, &noise));
    jsonx_set(o, "base", side_json(r->base));
    jsonx_set(o, "candidate", side_json(r->candidate));
    jsonx_set(o, "suite", jsonx_text(g->suite.name));
    jsonx_set(o, "seed", jsonx_u64(g->seed));
    jsonx_set(o, "strict", json_boolean(r->strict));
    jsonx_set(o, "interrupted", json_boolean(g->interrupted));
    jsonx_set(o, "seconds", jsonx_real(g->seconds));
    jsonx_set(o, "exit", jsonx_u64((uint64_t)gate_exit_code(g, r->strict)));
    jsonx_set(o, "control", control);
    jsonx_set(o, "self_test", gate_rates_json(r->rates));
    jsonx_set(o, "instructions", counts_json(&g->counts));
    jsonx_set(o, "behaviour", behaviour_json(&g->behaviour));
    jsonx_set(o, "cells", cells);
    return o;
}
