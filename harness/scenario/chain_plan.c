// SPDX-License-Identifier: Apache-2.0
// Swaps of a chain -> pieces of time, and what a chain cannot do where it stands.
#include <stdlib.h>
#include <string.h>

#include "scenario/chain.h"
#include "scenario/mem.h"
#include "scenario/timeline.h"

// ---- pieces ----

static int compare_swaps(const void *a, const void *b)
{
    const struct chain_swap *x = a, *y = b;
    if (x->at_ns != y->at_ns)
        return x->at_ns < y->at_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static size_t find_cuts(const struct chain_swap *swaps, size_t count, uint64_t *cuts)
{
    size_t n = 0;
    cuts[n++] = 0;
    for (size_t i = 0; i < count; i++) {
        cuts[n++] = swaps[i].at_ns;
        if (swaps[i].end_ns != TIME_NEVER)
            cuts[n++] = swaps[i].end_ns;
    }
    return sort_cuts(cuts, n);
}

void chain_compile(struct chain_plan *plan, struct chain_swap *swaps, size_t count)
{
    if (count == 0)
        return;
    qsort(swaps, count, sizeof *swaps, compare_swaps);
    uint64_t *cuts = must_alloc(2 * count + 1, sizeof *cuts);
    size_t cut_count = find_cuts(swaps, count, cuts), next = 0, stacked = 0, used = 0;
    const struct chain_swap **stack = must_alloc(count, sizeof(void *)); // begun, the latest on top
    struct chain_piece *pieces = must_alloc(cut_count, sizeof *pieces);
    for (size_t i = 0; i < cut_count; i++) {
        while (next < count && swaps[next].at_ns <= cuts[i])
            stack[stacked++] = &swaps[next++];
        // One below the top that has ended is found so when it comes to the top.
        while (stacked > 0 && stack[stacked - 1]->end_ns <= cuts[i])
            stacked--;
        unsigned version = stacked ? stack[stacked - 1]->version : 0;
        if (used == 0 || pieces[used - 1].version != version)
            pieces[used++] = (struct chain_piece){cuts[i], version};
    }
    free(stack);
    free(cuts);
    free(plan->pieces);
    plan->pieces = pieces;
    plan->piece_count = used;
}

// ---- checks ----

static bool has_class(const struct scenario *s, const char *name)
{
    for (size_t i = 0; i < s->source_count; i++)
        for (size_t k = 0; k < s->sources[i].class_count; k++)
            if (strcmp(s->sources[i].classes[k].name, name) == 0)
                return true;
    return false;
}

static const char *class_name_at(const void *scenario, size_t index)
{
    const struct scenario *s = scenario;
    for (size_t i = 0; i < s->source_count; i++) {
        if (index < s->sources[i].class_count)
            return s->sources[i].classes[index].name;
        index -= s->sources[i].class_count;
    }
    return NULL;
}

static bool needs_form(const struct processor *p)
{
    return p->kind == PROCESS_PARSE || p->kind == PROCESS_ATTRIBUTE ||
           (p->kind == PROCESS_REDACT && p->field);
}

// What a built-in sender puts on a wire is unwrapped at receipt: the record holds filler, and a processor
// that looks for a form would find none in any of them.
static void check_forms(struct document *d, const struct stage *stage, struct place at)
{
    const struct scenario *s = &d->scenario;
    for (size_t i = 0; i < s->source_count; i++) {
        const struct source *source = &s->sources[i];
        if (source->external)
            continue;
        bool wire = source->type != SOURCE_SYNTHETIC;
        if (wire)
            report_impossible(
                d->report, at,
                "stage %s parses, and records of the built-in senders of %s lose their format at "
                "receipt: use a synthetic source with a format, or external senders",
                stage->name, source->name);
        else if (source->net.format != FORMAT_JSON && source->net.format != FORMAT_RFC5424)
            report_impossible(d->report, at,
                              "stage %s parses, and records of %s hold nothing to parse: give the source "
                              "format: json or rfc5424",
                              stage->name, source->name);
    }
}

// On a ring several stages read one record where it lies: none of them may change it or take it out.
static void check_ring(struct document *d, const struct stage *stage, struct place at)
{
    if (stage->edge.ring && (stage->has_fail_open || !chain_plan_is_empty(&stage->chain)))
        report_impossible(
            d->report, at,
            "stage %s shares its records with the other stages of ring %s, so it takes no chain "
            "and no fail_open: give it a queue of its own",
            stage->name, stage->edge.ring);
}

static void check_stage(struct document *d, const struct stage *stage, struct place at)
{
    bool form = false;
    check_ring(d, stage, at);
    for (size_t v = 0; v < stage->chain.version_count; v++)
        for (size_t i = 0; i < stage->chain.versions[v].count; i++) {
            const struct processor *p = &stage->chain.versions[v].list[i];
            form |= needs_form(p);
            if (p->class_name && !has_class(&d->scenario, p->class_name)) {
                char *hint = hint_names(p->class_name, class_name_at, &d->scenario);
                report_error(d->report, at, "filter: no source has a class \"%.60s\"%s", p->class_name, hint);
                free(hint);
            }
        }
    if (form)
        check_forms(d, stage, at);
}

void chain_check(struct document *d)
{
    for (size_t i = 0; i < d->scenario.stage_count; i++) {
        const struct node *node = node_get(d->stage_nodes[i], "chain");
        check_stage(d, &d->scenario.stages[i], node ? node->at : d->stage_nodes[i]->at);
    }
}
