// SPDX-License-Identifier: Apache-2.0
// The timeline's entries: who is meant, how often, and what it does to which value.
#include "scenario/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/chain.h"
#include "scenario/document.h"
#include "scenario/mem.h"
#include "scenario/reader.h"

enum { EVENTS_MAX = 10000 };

// A source, stage or sink by name.
struct target {
    void *object;
    const struct key_table *table;
    const struct node *node;
    struct spans *stalls;
    struct spans *outages; // NULL: it cannot fail
};

// Effects of one timed value, gathered over all entries.
struct change {
    struct timed *timed;
    const struct entry *entry; // the first that named it
    double most;               // mean value above which it makes no sense
    struct effect *effects;
    size_t count, room;
};

// The swaps of one stage's chain, gathered over all entries.
struct swapping {
    struct stage *stage;
    struct chain_swap *swaps;
    size_t count, room;
};

struct timeline {
    struct document *d;
    struct swapping *swappings; // by stage
    struct change *changes;
    size_t change_count, change_room, event_room, order;
};

// ---- targets ----

static bool find_target(struct document *d, const char *name, struct target *t)
{
    struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->source_count; i++)
        if (strcmp(s->sources[i].name, name) == 0) {
            *t = (struct target){&s->sources[i], &schema_source, d->source_nodes[i], &s->sources[i].stalls,
                                 NULL};
            return true;
        }
    for (size_t i = 0; i < s->stage_count; i++)
        if (strcmp(s->stages[i].name, name) == 0) {
            *t = (struct target){&s->stages[i], &schema_stage, d->stage_nodes[i], &s->stages[i].stalls, NULL};
            return true;
        }
    for (size_t i = 0; i < s->sink_count; i++)
        if (strcmp(s->sinks[i].name, name) == 0 || (s->sink_count == 1 && strcmp(name, "sink") == 0)) {
            *t = (struct target){&s->sinks[i], &schema_sink, d->sink_nodes[i], &s->sinks[i].stalls,
                                 &s->sinks[i].outages};
            return true;
        }
    return false;
}

static const char *target_name_at(const void *scenario, size_t index)
{
    const struct scenario *s = scenario;
    if (index < s->source_count)
        return s->sources[index].name;
    index -= s->source_count;
    if (index < s->stage_count)
        return s->stages[index].name;
    index -= s->stage_count;
    return index < s->sink_count ? s->sinks[index].name : NULL;
}

static bool need_target(struct document *d, const char *name, struct place at, struct target *t)
{
    if (find_target(d, name, t))
        return true;
    char *hint = hint_names(name, target_name_at, &d->scenario);
    report_error(d->report, at, "there is no source, stage or sink \"%.60s\"%s", name, hint);
    free(hint);
    return false;
}

static bool is_timed(const struct key_spec *spec)
{
    return spec && (spec->type == KEY_TIMED || spec->type == KEY_TIMED_LAW);
}

// Whether the key exists for the variant that was chosen. An axis may choose one for which it does not: then
// the event has no effect in that cell.
static bool key_applies(struct document *d, const struct target *t, const struct key_found *found,
                        const char *key, struct place at)
{
    if (found->table->variant == NULL)
        return true;
    const char *below = found->table == t->table ? "" : "arrival.";
    char *path = must_print("%s%s", below, found->table->variant);
    const struct node *chooser = node_path(t->node, path);
    free(path);
    const struct key_spec *variant = schema_key(found->table, found->table->variant);
    const char *chosen = chooser && chooser->text ? chooser->text : variant->fallback;
    const char *name;
    for (size_t i = 0; chosen && (name = variant->choice(i)) != NULL; i++)
        if (strcmp(name, chosen) == 0 && !schema_applies(found->spec, (int)i)) {
            if (!chooser || !chooser->laid)
                report_error(d->report, at, "%s has no %s: its %s is %s", key, found->spec->key, variant->key,
                             chosen);
            return false;
        }
    return true;
}

// The value that "app.rate" or "sink.service" names. NULL when there is none (reported, or of no effect).
static struct timed *find_timed(struct document *d, const struct entry *entry, struct key_found *found)
{
    size_t length = strcspn(entry->key, ".");
    const char *rest = entry->key[length] ? entry->key + length + 1 : "";
    char *name = must_copy_n(entry->key, length);
    struct target t;
    struct timed *timed = NULL;
    if (need_target(d, name, entry->at, &t)) {
        bool rate = t.table == &schema_source && strcmp(rest, "rate") == 0;
        *found = schema_find(t.table, rate ? "arrival.rate" : rest);
        if (!is_timed(found->spec))
            report_error(d->report, entry->at, "\"%.60s\" cannot change during a run; what can is %s",
                         entry->key,
                         t.table == &schema_source ? "the rate of a source"
                         : t.table == &schema_sink ? "the service and the error_rate of a sink"
                                                   : "the service of a stage");
        else if (key_applies(d, &t, found, name, entry->at))
            timed = (struct timed *)((char *)t.object + found->offset);
    }
    free(name);
    return timed;
}

// ---- entries ----

static void add_event(struct timeline *tl, const struct effect *e, char *what)
{
    struct scenario *s = &tl->d->scenario;
    s->events = must_grow(s->events, s->event_count, &tl->event_room, sizeof *s->events);
    s->events[s->event_count++] = (struct timeline_event){e->at_ns, e->end_ns, what};
}

static void add_effect(struct timeline *tl, struct timed *timed, const struct entry *entry, double most,
                       const struct effect *effect)
{
    size_t i = 0;
    while (i < tl->change_count && tl->changes[i].timed != timed)
        i++;
    if (i == tl->change_count) {
        tl->changes = must_grow(tl->changes, i, &tl->change_room, sizeof *tl->changes);
        tl->changes[tl->change_count++] = (struct change){.timed = timed, .entry = entry, .most = most};
    }
    struct change *change = &tl->changes[i];
    change->effects = must_grow(change->effects, change->count, &change->room, sizeof *change->effects);
    change->effects[change->count++] = *effect;
}

static void add_span(struct spans *spans, uint64_t start_ns, uint64_t end_ns)
{
    size_t room = spans->count; // grown by one: stalls are few
    spans->list = must_grow(spans->list, spans->count, &room, sizeof *spans->list);
    spans->list[spans->count++] = (struct span){start_ns, end_ns};
}

static bool read_change(struct timeline *tl, const struct key_found *found, const struct node *value,
                        struct effect *effect)
{
    struct report *report = tl->d->report;
    effect->is_factor = value->kind == NODE_SCALAR && value->text[0] == 'x';
    if (effect->is_factor) {
        struct key_spec spec = {.key = found->spec->key, .max = 1e6};
        return read_quantity(report, &spec, Q_FACTOR, value, &effect->factor);
    }
    struct key_spec spec = *found->spec;
    spec.min = 0; // a pause is a rate of 0
    if (spec.type == KEY_TIMED_LAW)
        return read_law(report, &spec, found->unit, value, &effect->law);
    effect->law = law_constant(0);
    return read_quantity(report, &spec, found->unit, value, &effect->law.mean);
}

static char *describe(const struct entry *entry, const struct effect *effect)
{
    char *value = node_flow(entry->value), over[32] = "", time[24];
    if (effect->ramp_ns)
        snprintf(over, sizeof over, " over %s",
                 units_print(Q_DURATION, (double)effect->ramp_ns, time, sizeof time));
    char *what = must_print("%s %s%s%s", entry->key, effect->is_factor ? "" : "= ", value, over);
    free(value);
    return what;
}

// Moves the effect on to the entry's next time; false when it happens no more.
static bool next_time(const struct timeline *tl, const struct event_text *text, struct effect *effect)
{
    if (text->every_ns == 0 || tl->d->scenario.duration_ns == 0 ||
        tl->d->scenario.duration_ns - 1 < text->every_ns ||
        effect->at_ns > tl->d->scenario.duration_ns - 1 - text->every_ns)
        return false;
    effect->at_ns += text->every_ns;
    if (effect->end_ns != TIME_NEVER)
        effect->end_ns += text->every_ns;
    return true;
}

static bool too_many(struct timeline *tl, const struct event_text *text)
{
    if (tl->d->scenario.event_count < EVENTS_MAX)
        return false;
    report_error(tl->d->report, text->node->at, "the timeline has more than %d events; repeat less often",
                 EVENTS_MAX);
    return true;
}

static void apply_set(struct timeline *tl, const struct event_text *text, const struct entry *entry,
                      struct effect effect)
{
    struct key_found found;
    struct timed *timed = find_timed(tl->d, entry, &found);
    if (timed == NULL || !read_change(tl, &found, entry->value, &effect))
        return;
    bool endless = !effect.is_factor && law_mean(&effect.law) > 1e300;
    if (effect.ramp_ns && !effect.is_factor && (endless || law_mean(&timed->pieces[0].law) > 1e300)) {
        report_error(tl->d->report, entry->at, "ramp: a law without a finite mean has no way to go");
        return;
    }
    do {
        if (too_many(tl, text))
            return;
        effect.order = tl->order++;
        add_effect(tl, timed, entry, schema_max(found.spec, found.unit), &effect);
        add_event(tl, &effect, describe(entry, &effect));
    } while (next_time(tl, text, &effect));
}

static void apply_stall(struct timeline *tl, const struct event_text *text, struct effect effect)
{
    struct target t;
    if (!need_target(tl->d, text->stall, node_get(text->node, "stall")->at, &t))
        return;
    do {
        if (too_many(tl, text))
            return;
        add_span(t.stalls, effect.at_ns, effect.end_ns);
        add_event(tl, &effect, must_print("stall %s", text->stall));
    } while (next_time(tl, text, &effect));
}

// A run ends once.
static void apply_signal(struct timeline *tl, const struct event_text *text, struct effect effect)
{
    struct scenario *s = &tl->d->scenario;
    struct place at = node_get(text->node, "signal")->at;
    static const char *const words[] = {[SIGNAL_STOP] = "stop", [SIGNAL_CLOSE] = "close"};
    if (s->stop_ns) {
        report_error(tl->d->report, at, "signal: the run is told to end already by another event");
        return;
    }
    if (effect.at_ns == 0 || effect.at_ns <= s->warmup_ns) {
        report_error(tl->d->report, at,
                     "signal: at that time nothing has been measured yet: use a later one");
        return;
    }
    s->stop_ns = effect.at_ns;
    s->stop_at_once = text->signal == SIGNAL_CLOSE;
    effect.end_ns = effect.at_ns;
    add_event(tl, &effect, must_print("signal %s", words[text->signal]));
}

static void apply_fail(struct timeline *tl, const struct event_text *text, struct effect effect)
{
    struct target t;
    struct place at = node_get(text->node, "fail")->at;
    if (!need_target(tl->d, text->fail, at, &t))
        return;
    if (t.outages == NULL) {
        report_error(tl->d->report, at, "only a sink can fail, and %.60s is none: use stall", text->fail);
        return;
    }
    do {
        if (too_many(tl, text))
            return;
        add_span(t.outages, effect.at_ns, effect.end_ns);
        add_event(tl, &effect, must_print("fail %s", text->fail));
    } while (next_time(tl, text, &effect));
}

// Gives the chain that an entry brings to the stage it names, as one more version of its own.
static struct swapping *take_chain(struct timeline *tl, struct event_text *text)
{
    struct document *d = tl->d;
    struct target t;
    struct place at = node_get(text->node, "swap")->at;
    if (!need_target(d, text->swap, at, &t))
        return NULL;
    if (t.table != &schema_stage) {
        report_error(d->report, at, "swap: %.60s is no stage, and only stages have a chain", text->swap);
        return NULL;
    }
    struct stage *stage = t.object;
    size_t room = stage->chain.version_count; // grown by one: entries are few
    stage->chain.versions =
        must_grow(stage->chain.versions, stage->chain.version_count, &room, sizeof *stage->chain.versions);
    stage->chain.versions[stage->chain.version_count++] = text->chain.versions[0];
    text->chain.versions[0] = (struct chain){0};
    if (tl->swappings == NULL)
        tl->swappings = must_alloc(d->scenario.stage_count, sizeof *tl->swappings);
    struct swapping *s = &tl->swappings[stage - d->scenario.stages];
    s->stage = stage;
    return s;
}

static void apply_swap(struct timeline *tl, struct event_text *text, struct effect effect)
{
    struct swapping *s = take_chain(tl, text);
    if (s == NULL)
        return;
    unsigned version = (unsigned)s->stage->chain.version_count - 1;
    char *chain = node_flow(node_get(text->node, "chain"));
    do {
        if (too_many(tl, text))
            break;
        s->swaps = must_grow(s->swaps, s->count, &s->room, sizeof *s->swaps);
        s->swaps[s->count++] = (struct chain_swap){effect.at_ns, effect.end_ns, version, tl->order++};
        add_event(tl, &effect, must_print("swap %s = %s", text->swap, chain));
    } while (next_time(tl, text, &effect));
    free(chain);
}

static void compile_swaps(struct timeline *tl)
{
    for (size_t i = 0; tl->swappings && i < tl->d->scenario.stage_count; i++) {
        struct swapping *s = &tl->swappings[i];
        if (s->count)
            chain_compile(&s->stage->chain, s->swaps, s->count);
        free(s->swaps);
    }
    free(tl->swappings);
}

static bool entry_is_sound(struct timeline *tl, const struct event_text *text)
{
    struct report *report = tl->d->report;
    struct place at = text->node->at;
    size_t before = report->count;
    bool stands = text->stall || text->fail;
    if (text->set == NULL && text->swap == NULL && !stands && text->signal == SIGNAL_NONE)
        report_error(report, at,
                     "an event needs set: {target.key: value}, stall: target, fail: target, swap: stage or "
                     "signal: stop");
    if (text->signal != SIGNAL_NONE && (text->for_ns || text->every_ns || text->ramp_ns))
        report_error(report, at, "a signal takes no `for`, `every` or `ramp`: the run ends once");
    if ((text->swap == NULL) != (node_get(text->node, "chain") == NULL))
        report_error(report, at, "swap: stage and chain: [...] go together");
    if (text->set && text->set->count == 0)
        report_error(report, text->set->at, "set is empty");
    if (text->for_ns && text->ramp_ns > text->for_ns)
        report_error(report, at, "the ramp is longer than `for`, so it would never arrive");
    if (text->ramp_ns && text->set == NULL)
        report_error(report, at, "a %s has no ramp", text->stall ? "stall" : text->fail ? "failure" : "swap");
    if (text->every_ns && text->for_ns > text->every_ns)
        report_error(report, at, "it lasts longer (`for`) than it is away from its next time (`every`)");
    if (text->every_ns && stands && text->for_ns == 0)
        report_error(report, at, "a %s that repeats needs `for`, else the first never ends",
                     text->stall ? "stall" : "failure");
    return report->count == before && !report_full(report);
}

static void read_entry(struct timeline *tl, const struct node *node)
{
    if (node->kind != NODE_MAP) {
        report_error(tl->d->report, node->at, "an event must be a map of keys, this is %s",
                     node_kind_name(node));
        return;
    }
    struct event_text text = {.node = node};
    size_t before = tl->d->report->count;
    read_map(tl->d->report, &schema_event, node, node->at, &text);
    if (tl->d->report->count == before && entry_is_sound(tl, &text)) {
        struct effect effect = {.at_ns = text.at_ns, .ramp_ns = text.ramp_ns};
        effect.end_ns = text.for_ns ? text.at_ns + text.for_ns : TIME_NEVER;
        for (size_t i = 0; text.set && i < text.set->count; i++)
            apply_set(tl, &text, &text.set->items[i], effect);
        if (text.stall)
            apply_stall(tl, &text, effect);
        if (text.signal != SIGNAL_NONE)
            apply_signal(tl, &text, effect);
        if (text.fail)
            apply_fail(tl, &text, effect);
        if (text.swap)
            apply_swap(tl, &text, effect);
    }
    chain_plan_free(&text.chain);
    free(text.stall);
    free(text.fail);
    free(text.swap);
}

static int compare_events(const void *a, const void *b)
{
    const struct timeline_event *x = *(struct timeline_event *const *)a,
                                *y = *(struct timeline_event *const *)b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x < y ? -1 : x > y; // as in the file
}

static void sort_events(struct scenario *s)
{
    struct timeline_event **sorted = must_alloc(s->event_count, sizeof(void *));
    struct timeline_event *list = must_alloc(s->event_count, sizeof *list);
    for (size_t i = 0; i < s->event_count; i++)
        sorted[i] = &s->events[i];
    qsort(sorted, s->event_count, sizeof(void *), compare_events);
    for (size_t i = 0; i < s->event_count; i++)
        list[i] = *sorted[i];
    free(sorted);
    free(s->events);
    s->events = list;
}

// Factors multiply; what they come to must still be a rate or a time.
static void check_range(struct timeline *tl, const struct change *change)
{
    for (size_t i = 0; i < change->timed->count; i++) {
        const struct timed_piece *p = &change->timed->pieces[i];
        double scale = p->scale_from > p->scale_to ? p->scale_from : p->scale_to, mean = law_mean(&p->law);
        if (mean < 1e300 && scale > 1 && mean * scale > change->most) {
            report_error(tl->d->report, change->entry->at,
                         "the timeline drives %.60s out of all bounds (%.3g times)", change->entry->key,
                         scale);
            return;
        }
    }
}

void timeline_build(struct document *d)
{
    struct timeline tl = {.d = d};
    for (size_t i = 0; d->timeline && i < d->timeline->count && !report_full(d->report); i++)
        read_entry(&tl, d->timeline->items[i].value);
    for (size_t i = 0; i < tl.change_count; i++) {
        timed_compile(tl.changes[i].timed, tl.changes[i].effects, tl.changes[i].count);
        check_range(&tl, &tl.changes[i]);
        free(tl.changes[i].effects);
    }
    free(tl.changes);
    compile_swaps(&tl);
    struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->source_count; i++)
        spans_join(&s->sources[i].stalls);
    for (size_t i = 0; i < s->stage_count; i++)
        spans_join(&s->stages[i].stalls);
    for (size_t i = 0; i < s->sink_count; i++) {
        spans_join(&s->sinks[i].stalls);
        spans_join(&s->sinks[i].outages);
    }
    sort_events(s);
}
