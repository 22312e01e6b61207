// SPDX-License-Identifier: Apache-2.0
// What a scenario is, as text: the facts, the topology, load against capacity, and the chart.
#include "scenario/preview.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "scenario/mem.h"
#include "scenario/preview_chart.h"

enum { COLUMNS_MIN = 50, COLUMNS_MAX = 400 };

struct text {
    char bytes[32];
};

static const char *show(struct text *t, enum quantity q, double value)
{
    return units_print(q, value, t->bytes, sizeof t->bytes);
}

// Words of a long line, broken at spaces so that no line is wider than the terminal.
static void print_wrapped(FILE *out, const char *text, unsigned columns)
{
    unsigned at = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (at > 0 && at + 1 + length > columns) {
            fputs("\n  ", out);
            at = 2;
        } else if (at > 0) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", (int)length, text);
        at += (unsigned)length;
        text += length + (text[length] == ' ');
    }
    fputc('\n', out);
}

// ---- head ----

static void print_head(FILE *out, const struct plan *plan, unsigned columns)
{
    const struct scenario *s = plan->base;
    struct text a, b, c;
    char *title = must_print("%s%s%s", s->name, *s->question ? ": " : "", s->question);
    print_wrapped(out, title, columns);
    free(title);
    size_t skipped = 0;
    for (size_t i = 0; i < plan->cell_count; i++)
        skipped += plan->cells[i].scenario == NULL;
    char *facts =
        must_print("%s %s, warmup %s, drain up to %s, seed %llu", s->engine == ENGINE_SIM ? "sim" : "live",
                   show(&a, Q_DURATION, (double)s->duration_ns), show(&b, Q_DURATION, (double)s->warmup_ns),
                   show(&c, Q_DURATION, (double)s->drain_ns), (unsigned long long)s->seed);
    char *cells = must_print("; %zu cell%s%s%s%s", plan->cell_count, plan->cell_count == 1 ? "" : "s",
                             *plan->axes_text ? " (" : "", plan->axes_text, *plan->axes_text ? ")" : "");
    char *rest = skipped ? must_print(", %zu of them cannot run", skipped) : must_copy("");
    char *reps = s->reps > 1 ? must_print(", %u reps each", s->reps) : must_copy("");
    char *line = must_print("%s%s%s%s", facts, cells, rest, reps);
    print_wrapped(out, line, columns);
    free(facts);
    free(cells);
    free(rest);
    free(reps);
    free(line);
}

// ---- topology ----

static void append(char **line, const char *more)
{
    char *longer = must_print("%s%s", *line, more);
    free(*line);
    *line = longer;
}

static void append_edge(char **line, const struct edge_spec *edge)
{
    bool bounded = edge->queue_ops && !(edge->queue_ops->caps & (WEIR_Q_UNBOUNDED | WEIR_Q_INLINE));
    char *capacity = bounded ? must_print(" %zu", edge->capacity) : must_copy("");
    char strategies[128];
    char *text = must_print("[%s%s %s] -> ", edge->queue, capacity,
                            edge_strategies_text(edge, strategies, sizeof strategies));
    append(line, text);
    free(text);
    free(capacity);
}

static bool is_leaf(const struct scenario *s, size_t stage)
{
    for (size_t i = 0; i < s->stage_count; i++)
        for (size_t k = 0; k < s->stages[i].after_count; k++)
            if (s->stages[i].after[k] == (int)stage)
                return false;
    return true;
}

static void append_sources(char **line, const struct scenario *s)
{
    for (size_t i = 0; i < s->source_count; i++) {
        append(line, i ? " + " : "");
        append(line, s->sources[i].name);
    }
}

// Who feeds a stage: nothing is said when it is the one that was just written.
static void append_feeders(char **line, const struct scenario *s, size_t index)
{
    const struct stage *stage = &s->stages[index];
    bool chained = stage->after_count == 1 && index > 0 && stage->after[0] == (int)index - 1;
    append(line, index > 0 && !chained ? "; " : "");
    if (stage->after_count == 0)
        append_sources(line, s);
    for (size_t k = 0; k < stage->after_count && !chained; k++) {
        append(line, k ? " + " : "");
        append(line, s->stages[stage->after[k]].name);
    }
    append(line, " -> ");
}

static void append_sink(char **line, const struct scenario *s)
{
    size_t leaves = 0;
    for (size_t i = 0; i < s->stage_count; i++)
        leaves += is_leaf(s, i);
    bool chained = leaves == 1 && is_leaf(s, s->stage_count - 1);
    if (s->stage_count == 0)
        append_sources(line, s);
    append(line, s->stage_count == 0 || chained ? "" : "; ");
    bool first = true;
    for (size_t i = 0; i < s->stage_count && !chained; i++)
        if (is_leaf(s, i)) {
            append(line, first ? "" : " + ");
            append(line, s->stages[i].name);
            first = false;
        }
    append(line, " -> ");
    if (s->sink_count > 1) // all of them get every record; barrier: together
        append(line, s->sinks_mode == SINKS_BARRIER ? "all of (" : "each of (");
    for (size_t i = 0; i < s->sink_count; i++) {
        append(line, i ? ", " : "");
        if (s->sinks[i].has_edge)
            append_edge(line, &s->sinks[i].edge);
        append(line, s->sinks[i].name);
    }
    append(line, s->sink_count > 1 ? ")" : "");
}

// A ring is described where records enter it; its other stages only look into it.
static void append_stage_edge(char **line, const struct scenario *s, size_t i)
{
    const struct stage *stage = &s->stages[i];
    if (!stage->ring || stage->ring == i + 1)
        append_edge(line, &stage->edge);
    if (stage->ring) {
        char *ring = must_print("(ring %s) ", stage->edge.ring);
        append(line, ring);
        free(ring);
    }
}

static void print_topology(FILE *out, const struct scenario *s, unsigned columns)
{
    char *line = must_copy("");
    for (size_t i = 0; i < s->stage_count; i++) {
        append_feeders(&line, s, i);
        append_stage_edge(&line, s, i);
        append(&line, s->stages[i].name);
        if (s->stages[i].workers > 1) {
            char *workers = must_print(" x%u", s->stages[i].workers);
            append(&line, workers);
            free(workers);
        }
    }
    append_sink(&line, s);
    fputc('\n', out);
    print_wrapped(out, line, columns);
    fputc('\n', out);
    free(line);
}

// ---- load and capacity ----

static const char *source_type_name(enum source_type type)
{
    static const char *const names[] = {"synthetic", "file", "udp", "otlp", "tcp"};
    return names[type];
}

static double print_source(FILE *out, const struct scenario *s, const struct source *source, unsigned columns)
{
    static const char *const processes[] = {"constant", "poisson", "on_off",  "closed",
                                            "pareto",   "mmpp",    "diurnal", "trace"};
    struct text mean, peak, size;
    struct load load = source_load(s, source, columns);
    fprintf(out, "  %-12s %-10s ", source->name, source_type_name(source->type));
    if (source->external)
        fputs("waits for external senders\n", out);
    else if (source->arrival.process == ARRIVE_CLOSED)
        fputs("closed: as fast as it is accepted\n", out);
    else
        fprintf(out, "%-9s mean %-8s peak %-8s of %s\n", processes[source->arrival.process],
                show(&mean, Q_RATE, load.mean), show(&peak, Q_RATE, load.peak),
                show(&size, Q_SIZE, law_mean(&source->size)));
    return load.mean;
}

static void print_part(FILE *out, const char *name, const char *what, double capacity,
                       const struct timed *service, double offered)
{
    struct text rate, time;
    fprintf(out, "  %-12s %-10s ", name, what);
    if (capacity >= HUGE_VAL) {
        fputs("no limit of its own\n", out);
        return;
    }
    fprintf(out, "takes     %-13s at %-8s", show(&rate, Q_RATE, capacity),
            show(&time, Q_DURATION, timed_value(service, 0)));
    if (offered > 0 && capacity > 0)
        fprintf(out, " load %.2f%s", offered / capacity, offered > capacity ? " (over)" : "");
    fputc('\n', out);
}

// A capacity is the one at the start; what the timeline does to it is in the chart.
static void print_parts(FILE *out, const struct scenario *s, unsigned columns)
{
    static const char *const sinks[] = {"null", "model", "file", "udp", "tcp", "otlp"};
    double offered = 0;
    for (size_t i = 0; i < s->source_count; i++)
        offered += print_source(out, s, &s->sources[i], columns);
    for (size_t i = 0; i < s->stage_count; i++) {
        const struct stage *stage = &s->stages[i];
        char *what = must_print("%u worker%s", stage->workers, stage->workers == 1 ? "" : "s");
        print_part(out, stage->name, what, stage_capacity(stage, 0), &stage->service, offered);
        free(what);
    }
    for (size_t i = 0; i < s->sink_count; i++) {
        const struct sink *sink = &s->sinks[i];
        print_part(out, sink->name, sinks[sink->type], sink_capacity(sink, 0), &sink->service, offered);
    }
}

static void print_memory_limit(FILE *out, const struct scenario *s, unsigned columns)
{
    bool by_default;
    struct text t;
    uint64_t limit = scenario_memory_limit(s, &by_default);
    if (limit == 0)
        return;
    char *line = must_print("at most %s of records in memory, then the cell ends as out of memory%s",
                            show(&t, Q_SIZE, (double)limit),
                            by_default ? " (half of this machine's, as a queue has no bound)" : "");
    print_wrapped(out, line, columns);
    free(line);
}

void preview_print(FILE *out, const struct plan *plan, unsigned columns, bool utf8)
{
    columns = columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
    print_head(out, plan, columns);
    print_topology(out, plan->base, columns);
    print_parts(out, plan->base, columns);
    print_memory_limit(out, plan->base, columns);
    chart_print(out, plan->base, columns - 12, utf8);
}
