// SPDX-License-Identifier: Apache-2.0
// Combinations that cannot run. Each message says what, where, and what to do instead.
#include <stdlib.h>
#include <string.h>

#include "scenario/document.h"
#include "scenario/mem.h"
#include "strategy/spill.h"
#include "strategy/store.h"

enum { UDP_PAYLOAD_MAX = 65507 };

const size_t wire_format_minimum[4] = {
    [FORMAT_RAW] = 48, [FORMAT_JSON] = 61, [FORMAT_RFC3164] = 73, [FORMAT_RFC5424] = 109};

static struct place place_in(const struct node *map, const char *key)
{
    const struct node *node = node_get(map, key);
    return node ? node->at : map->at;
}

// ---- edges ----

// "mutex, channel, mpmc": the built-in queues that offer `caps`.
static char *queues_with(uint32_t caps)
{
    char *out = must_copy("");
    const struct weir_queue_ops *ops;
    for (size_t i = 0; (ops = weir_queue_at(i)) != NULL; i++)
        if ((ops->caps & caps) == caps) {
            char *longer = must_print("%s%s%s", out, *out ? ", " : "", ops->name);
            free(out);
            out = longer;
        }
    return out;
}

// One side of a queue that is used by more threads than it can take.
static void check_side(struct document *d, const struct edge_spec *edge, const char *name,
                       const struct node *map, bool producers)
{
    uint32_t cap = producers ? WEIR_Q_MULTI_PRODUCER : WEIR_Q_MULTI_CONSUMER;
    unsigned threads = producers ? edge->producers : edge->consumers;
    if (threads < 2 || (edge->queue_ops->caps & cap))
        return;
    char *others = queues_with(cap);
    report_impossible(d->report, place_in(map, "queue"),
                      "queue %s has one %s, and %u threads would %s at %s: use %s, or fewer %s",
                      edge->queue_ops->name, producers ? "producer" : "consumer", threads,
                      producers ? "push" : "pop", name, others,
                      producers ? "senders or workers in front of it" : "workers");
    free(others);
}

// A discipline with a store of its own stands behind the mutex of the queue `mutex`.
static void check_store(struct document *d, const struct edge_spec *edge, const char *name,
                        const struct node *map)
{
    if (edge->queue_ops != weir_queue_find("mutex"))
        report_impossible(
            d->report, place_in(map, "strategy"),
            "%s keeps the records of %s itself, behind a mutex, and cannot run on %s: use mutex",
            edge->discipline->name, name, edge->queue_ops->name);
}

static void check_discipline(struct document *d, const struct edge_spec *edge, const char *name,
                             const struct node *map)
{
    const struct weir_discipline_ops *ops = edge->discipline;
    if (ops == NULL)
        return;
    if (ops->store)
        check_store(d, edge, name, map);
    bool acts = ops->on_enqueue || ops->on_dequeue;
    if (acts && (edge->queue_ops->caps & WEIR_Q_INLINE))
        report_impossible(d->report, place_in(map, "strategy"),
                          "%s has nothing to do on %s at %s, where no record waits: use a queue that holds "
                          "records, such as mutex",
                          ops->name, edge->queue_ops->name, name);
}

// Whoever puts in or takes out also brings back from disk, so a queue that spills is pushed into from both
// sides.
// Whether any record goes several ways. What is shared by its copies cannot lie on a disk.
static bool copies_records(const struct scenario *s)
{
    bool copies = s->sink_count > 1 && s->sinks[0].has_edge;
    for (size_t i = 0; i < s->stage_count; i++) {
        const struct stage *a = &s->stages[i];
        copies = copies || a->after_count > 1;
        for (size_t k = 0; k < i; k++) {
            const struct stage *b = &s->stages[k];
            bool both_first = a->after_count == 0 && b->after_count == 0;
            copies = copies || both_first || (a->after_count && b->after_count && a->after[0] == b->after[0]);
        }
    }
    return copies;
}

static void check_spill(struct document *d, const struct edge_spec *edge, const char *name,
                        const struct node *map)
{
    struct place at = place_in(map, "strategy");
    uint32_t caps = edge->queue_ops->caps;
    if (!edge->spills)
        return;
    // Both sides move records from the disk into the queue.
    if (!(caps & WEIR_Q_MULTI_PRODUCER) || !(caps & WEIR_Q_EVICT) ||
        (caps & (WEIR_Q_INLINE | WEIR_Q_UNBOUNDED)))
        report_impossible(
            d->report, at,
            "spill cannot run on %s at %s: use mutex, channel or mpmc, which are full one day and which "
            "consumers can push into, too",
            edge->queue_ops->name, name);
    if (edge->admission->flags & WEIR_S_EVICTS)
        report_impossible(
            d->report, at,
            "%s makes no room on the disk behind %s: use block, block_timeout, drop_newest or reject "
            "beside spill",
            edge->admission->name, name);
    if (edge->discipline && (edge->discipline->on_enqueue || edge->discipline->store))
        report_impossible(
            d->report, at,
            "%s judges or sorts what enters the queue, and with spill at %s that comes from the disk: use "
            "fifo, ttl or codel",
            edge->discipline->name, name);
    if (edge->spill_state.params[WEIR_SPILL_LOW] > edge->spill_state.params[WEIR_SPILL_HIGH])
        report_impossible(d->report, at, "spill at %s: low is above high", name);
    if (copies_records(&d->scenario))
        report_impossible(
            d->report, at,
            "spill at %s: records are copied to several ways here, and copies that share a record "
            "cannot lie on a disk: use spill in a pipeline without branches",
            name);
}

static void check_edge(struct document *d, const struct edge_spec *edge, const char *name,
                       const struct node *map)
{
    if (edge->queue_ops == NULL || edge->admission == NULL)
        return; // said already
    if ((edge->admission->flags & WEIR_S_EVICTS) && !(edge->queue_ops->caps & WEIR_Q_EVICT)) {
        char *others = queues_with(WEIR_Q_EVICT);
        report_impossible(d->report, place_in(map, "strategy"),
                          "%s cannot run on %s at %s, a producer cannot pop there: use %s",
                          edge->admission->name, edge->queue_ops->name, name, others);
        free(others);
    }
    check_discipline(d, edge, name, map);
    check_spill(d, edge, name, map);
    check_side(d, edge, name, map, true);
    check_side(d, edge, name, map, false);
}

// Scaling and dispatching both look at how full a queue is, and hand-offs are what a dispatcher does.
static void check_workers(struct document *d, const struct stage *stage, const struct node *map)
{
    const struct weir_queue_ops *ops = stage->edge.queue_ops;
    if (ops == NULL)
        return;
    if (stage->scaled && (ops->caps & (WEIR_Q_UNBOUNDED | WEIR_Q_INLINE)))
        report_impossible(
            d->report, place_in(map, "workers"),
            "%s: a scaler goes by how full the queue is, and %s is never full: use another queue, "
            "or a plain number of workers",
            stage->name, ops->name);
    if (stage->dispatch != DISPATCH_SHARED && (ops->caps & WEIR_Q_INLINE))
        report_impossible(d->report, place_in(map, "dispatch"),
                          "%s: %s hands nothing over, so there is nothing to dispatch: use another queue",
                          stage->name, ops->name);
}

// Who delivers by itself must stand right in front of the last queue, and hand over records one by one.
static void check_fallback(struct document *d, const struct edge_spec *edge, int stage, const char *name,
                           const struct node *map)
{
    const struct scenario *s = &d->scenario;
    struct place at = place_in(map, "strategy");
    if (edge->admission == NULL || !(edge->admission->flags & WEIR_S_DELIVERS))
        return;
    bool from_sources = stage < 0 ? s->stage_count == 0 : s->stages[stage].after_count == 0;
    bool to_sink = stage < 0 || (s->stage_count == 1 && !s->sinks[0].has_edge);
    if (!from_sources || !to_sink || s->sink_count != 1)
        report_impossible(
            d->report, at,
            "%s at %s: the sources must deliver by themselves there, so this queue must be the only one "
            "between them and one sink",
            edge->admission->name, name);
    for (size_t i = 0; i < s->source_count; i++)
        if (s->sources[i].type == SOURCE_OTLP)
            report_impossible(
                d->report, at,
                "%s at %s: source %s receives whole requests, which it cannot deliver by itself: use "
                "block, reject or a drop strategy",
                edge->admission->name, name, s->sources[i].name);
}

static void check_edges(struct document *d)
{
    const struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->stage_count; i++) {
        check_edge(d, &s->stages[i].edge, s->stages[i].name, d->stage_nodes[i]);
        check_workers(d, &s->stages[i], d->stage_nodes[i]);
        check_fallback(d, &s->stages[i].edge, (int)i, s->stages[i].name, d->stage_nodes[i]);
    }
    for (size_t i = 0; i < s->sink_count; i++)
        if (s->sinks[i].has_edge) {
            check_edge(d, &s->sinks[i].edge, s->sinks[i].name, d->sink_nodes[i]);
            check_fallback(d, &s->sinks[i].edge, -1, s->sinks[i].name, d->sink_nodes[i]);
        }
}

// ---- sources ----

// The edges that sources push into: those of stages that read from no stage, or the sink's own.
static const struct edge_spec *entry_edge(const struct scenario *s, size_t index, const char **name)
{
    for (size_t i = 0; i < s->stage_count; i++)
        if (s->stages[i].after_count == 0 && index-- == 0) {
            *name = s->stages[i].name;
            return &s->stages[i].edge;
        }
    if (s->stage_count > 0 || index >= s->sink_count)
        return NULL;
    *name = s->sinks[index].name;
    return &s->sinks[index].edge;
}

// A chain is real work live; in virtual time it costs what it says.
static bool chain_costs(const struct scenario *s, const struct stage *stage)
{
    for (size_t v = 0; v < stage->chain.version_count; v++)
        for (size_t i = 0; i < stage->chain.versions[v].count; i++)
            if (s->engine == ENGINE_LIVE || stage->chain.versions[v].list[i].cost_ns)
                return true;
    return false;
}

// Whether anything takes time. A file sink does with a real disk; its simulated twin does not.
static bool has_cost(const struct scenario *s)
{
    for (size_t i = 0; i < s->stage_count; i++)
        if (!timed_is_zero(&s->stages[i].service) || chain_costs(s, &s->stages[i]))
            return true;
    for (size_t i = 0; i < s->sink_count; i++) {
        const struct sink *sink = &s->sinks[i];
        if ((sink->type != SINK_NULL && !timed_is_zero(&sink->service)) ||
            (sink->type == SINK_FILE && s->engine == ENGINE_LIVE))
            return true;
    }
    return false;
}

// What takes records out before the queue holds them; NULL when nothing there does.
static const char *loses_at_once(const struct edge_spec *edge)
{
    const struct weir_discipline_ops *ops = edge->discipline;
    if (edge->admission && (edge->admission->flags & WEIR_S_LOSES))
        return edge->admission->name;
    if (ops && ops->store && ops->store->overflow && !edge->admission_written)
        return ops->name;
    return ops && ops->on_enqueue && (ops->flags & WEIR_S_LOSES) ? ops->name : NULL;
}

static void check_closed(struct document *d, const struct source *source, const struct node *node)
{
    const struct scenario *s = &d->scenario;
    if (source->external || source->arrival.process != ARRIVE_CLOSED || !law_is_zero(&source->arrival.think))
        return;
    struct place at = place_in(node, "arrival");
    if (!has_cost(s))
        report_impossible(
            d->report, at,
            "source %s is closed, does not think, and nothing takes time: give it think, or a stage or "
            "the sink a service",
            source->name);
    if (source->type == SOURCE_UDP)
        report_impossible(
            d->report, at,
            "source %s is closed and does not think, and a socket's buffer drops what it cannot "
            "hold: give it think",
            source->name);
    const char *name;
    const struct edge_spec *edge;
    for (size_t i = 0; (edge = entry_edge(s, i, &name)) != NULL; i++) {
        const char *loses = loses_at_once(edge);
        if (loses)
            report_impossible(
                d->report, at,
                "source %s is closed and %s uses %s, which may refuse it at once for ever: give it "
                "think, or use block",
                source->name, name, loses);
    }
}

static void check_external(struct document *d, const struct source *source, const struct node *node)
{
    if (!source->external)
        return;
    struct place at = place_in(node, "senders");
    if (source->type == SOURCE_SYNTHETIC)
        report_error(d->report, at,
                     "source %s is synthetic and has no external senders: use udp, tcp, otlp or file",
                     source->name);
    else if (source->type == SOURCE_FILE && source->file.path == NULL)
        report_error(d->report, at, "source %s waits for lines that others write: it needs a path",
                     source->name);
    if (source->type == SOURCE_FILE && source->file.rotate.every != 0)
        report_error(
            d->report, place_in(node, "rotate"),
            "source %s has external senders, and only built-in ones rotate its file: leave rotate out, "
            "rotation by others is followed",
            source->name);
    if (d->scenario.engine == ENGINE_SIM)
        report_impossible(
            d->report, at,
            "source %s waits for external senders, which virtual time cannot have: use engine live",
            source->name);
}

// Upper bound of a size law; 0 when it has none.
static double law_bound(const struct law *law)
{
    switch (law->kind) {
    case LAW_CONSTANT: return law->mean;
    case LAW_UNIFORM:
    case LAW_PARETO: return law->max;
    case LAW_BIMODAL: return law->high > law->low ? law->high : law->low;
    default: return 0;
    }
}

// Lower bound of a size law, for those whose author wrote one; HUGE where any size may come. A draw below a
// format's minimum is then sent as that minimum.
static double law_floor(const struct law *law)
{
    switch (law->kind) {
    case LAW_CONSTANT: return law->mean;
    case LAW_UNIFORM:
    case LAW_PARETO: return law->min;
    case LAW_BIMODAL: return law->high > law->low ? law->low : law->high;
    default: return UDP_PAYLOAD_MAX;
    }
}

static void check_format(struct document *d, const struct source *source, const struct node *node)
{
    static const char *const names[] = {"raw", "json", "rfc3164", "rfc5424"};
    size_t least = wire_format_minimum[source->net.format];
    if (source->external || law_floor(&source->size) >= (double)least)
        return;
    report_impossible(
        d->report, place_in(node, "size"),
        "source %s: %.0f bytes are too few for format %s, which needs %zu for a record's identity",
        source->name, law_floor(&source->size), names[source->net.format], least);
}

static void check_wire(struct document *d, const struct source *source, const struct node *node)
{
    const struct scenario *s = &d->scenario;
    double size = law_bound(&source->size);
    if (source->type == SOURCE_UDP && size > UDP_PAYLOAD_MAX)
        report_impossible(d->report, place_in(node, "size"),
                          "source %s: %.0f bytes do not fit into a datagram: the most is %d", source->name,
                          size, UDP_PAYLOAD_MAX);
    bool socket = source->type == SOURCE_UDP || source->type == SOURCE_TCP;
    bool line = source->type == SOURCE_SYNTHETIC && source->net.format != FORMAT_RAW;
    if (socket || source->type == SOURCE_FILE || line)
        check_format(d, source, node);
    if (source->type != SOURCE_OTLP || source->external)
        return;
    const char *name;
    const struct edge_spec *edge;
    for (size_t i = 0; (edge = entry_edge(s, i, &name)) != NULL; i++) {
        bool bounded = edge->queue_ops && !(edge->queue_ops->caps & (WEIR_Q_UNBOUNDED | WEIR_Q_INLINE));
        if (bounded && source->otlp.batch > edge->capacity)
            report_impossible(
                d->report, place_in(node, "batch"),
                "source %s sends requests of %zu records, and %s can never hold more than %zu: use a "
                "smaller batch or a larger capacity",
                source->name, source->otlp.batch, name, edge->capacity);
    }
}

static void check_circle(struct document *d, const struct source *source, const struct node *node)
{
    for (size_t i = 0; i < d->scenario.sink_count; i++) {
        const struct sink *sink = &d->scenario.sinks[i];
        if (source->type == SOURCE_FILE && sink->type == SINK_FILE && source->file.path && sink->path &&
            strcmp(source->file.path, sink->path) == 0)
            report_error(d->report, place_in(node, "path"),
                         "source %s reads the file that sink %s writes: %s", source->name, sink->name,
                         sink->path);
    }
}

// Two sinks that write one file would write over each other.
static void check_paths(struct document *d)
{
    const struct scenario *s = &d->scenario;
    for (size_t i = 1; i < s->sink_count; i++)
        for (size_t k = 0; k < i; k++)
            if (s->sinks[i].path && s->sinks[k].path && strcmp(s->sinks[i].path, s->sinks[k].path) == 0)
                report_error(d->report, place_in(d->sink_nodes[i], "path"),
                             "sink %s and sink %s write the same file: %s", s->sinks[k].name,
                             s->sinks[i].name, s->sinks[i].path);
}

static void check_sources(struct document *d)
{
    const struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->source_count; i++) {
        check_closed(d, &s->sources[i], d->source_nodes[i]);
        check_external(d, &s->sources[i], d->source_nodes[i]);
        check_circle(d, &s->sources[i], d->source_nodes[i]);
        check_wire(d, &s->sources[i], d->source_nodes[i]);
    }
}

// ---- sinks ----

// An attempt that is never answered ends only because somebody has enough of it.
static void check_loads(struct document *d)
{
    const struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->sink_count; i++) {
        const struct sink *sink = &s->sinks[i];
        const struct sink_load *load = &sink->load;
        bool drops =
            (load->concurrency.limit && load->concurrency.drop) || (load->rate.limit && load->rate.drop);
        if (sink->has_load && drops && !sink->timeout_ns)
            report_impossible(
                d->report, place_in(d->sink_nodes[i], "load"),
                "sink %s never answers an attempt above a limit of its load: give it a timeout, "
                "such as 1s",
                sink->name);
    }
}

// ---- the whole ----

void scenario_check(struct document *d)
{
    const struct scenario *s = &d->scenario;
    if (s->duration_ns > 0 && s->warmup_ns >= s->duration_ns)
        report_impossible(
            d->report, place_in(d->root, node_get(d->root, "warmup") ? "warmup" : "duration"),
            "warmup is as long as the duration, so nothing would be measured: use a shorter warmup or a "
            "longer duration");
    check_edges(d);
    pacing_check(d);
    check_loads(d);
    check_sources(d);
    check_paths(d);
}

// ---- modules ----

static const struct weir_queue_ops *(*module_loader)(const char *path, char *why, size_t size);

void scenario_set_module_loader(const struct weir_queue_ops *(*load)(const char *path, char *why,
                                                                     size_t size))
{
    module_loader = load;
}

const struct weir_queue_ops *queue_module(const char *path, char *why, size_t size)
{
    static const char no_loader[] = "this program loads no modules";
    if (module_loader)
        return module_loader(path, why, size);
    if (size > 0) {
        strncpy(why, no_loader, size - 1);
        why[size - 1] = '\0';
    }
    return NULL;
}
