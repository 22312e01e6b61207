// SPDX-License-Identifier: Apache-2.0
// Arrival keys that belong together: the two lists of an mmpp, a trace and the classes of its source.
#include <stdlib.h>
#include <string.h>

#include "scenario/document.h"
#include "scenario/mem.h"
#include "scenario/reader.h"
#include "scenario/trace.h"

double arrival_mmpp_mean(const struct arrival *arrival)
{
    double records = 0, time = 0;
    for (size_t i = 0; i < arrival->rates.count && i < arrival->dwell.count; i++) {
        records += arrival->rates.values[i] * arrival->dwell.values[i];
        time += arrival->dwell.values[i];
    }
    return time > 0 ? records / time : 0;
}

static struct place place_of(const struct node *arrival, const char *key)
{
    const struct node *node = node_get(arrival, key);
    return node ? node->at : arrival->at;
}

static void build_mmpp(struct document *d, const struct node *node, struct arrival *a)
{
    if (a->rates.count == 0 || a->dwell.count == 0)
        return; // said already
    if (a->rates.count != a->dwell.count)
        report_error(d->report, place_of(node, "dwell"),
                     "%zu rates and %zu dwell times; each state of an mmpp has one of both", a->rates.count,
                     a->dwell.count);
    double mean = arrival_mmpp_mean(a);
    if (mean < 1e-4)
        report_error(d->report, place_of(node, "rates"), "an mmpp needs a state with a rate above 0");
    if (node_get(node, "rate") == NULL) { // the rates count as they stand
        free(a->rate.pieces);
        a->rate = timed_of_law(law_constant(mean));
    }
}

// ---- trace ----

// A relative path starts where the scenario lies, so that the two can be moved together.
static char *beside(const char *scenario, const char *file)
{
    const char *slash = scenario ? strrchr(scenario, '/') : NULL;
    if (file[0] == '/' || slash == NULL)
        return must_copy(file);
    return must_print("%.*s/%s", (int)(slash - scenario), scenario, file);
}

static const char *class_name_at(const void *source, size_t index)
{
    const struct source *s = source;
    return index < s->class_count ? s->classes[index].name : NULL;
}

static void map_classes(struct document *d, const struct node *node, struct source *source)
{
    const struct trace *t = source->arrival.trace;
    source->arrival.trace_classes = must_alloc(t->class_count, 1);
    for (size_t i = 0; i < t->class_count; i++) {
        size_t k = 0;
        while (k < source->class_count && strcmp(source->classes[k].name, t->classes[i]) != 0)
            k++;
        if (k < source->class_count) {
            source->arrival.trace_classes[i] = (uint8_t)k;
            continue;
        }
        char *hint = hint_names(t->classes[i], class_name_at, source);
        report_error(
            d->report, place_of(node, "file"),
            "class \"%.40s\" of the trace is not among the source's classes%s (write classes: {%.40s: "
            "SHARE, ...}; a trace's own classes count, not the shares)",
            t->classes[i], hint, t->classes[i]);
        free(hint);
    }
}

static void build_trace(struct document *d, const struct node *node, struct source *source)
{
    if (source->arrival.file == NULL)
        return; // said already
    char *path = beside(d->report->path, source->arrival.file);
    struct error e = {0};
    source->arrival.trace = trace_load(path, &e);
    if (source->arrival.trace)
        map_classes(d, node, source);
    else
        report_error(d->report, place_of(node, "file"), "%s", e.text);
    free(path);
}

void arrival_build(struct document *d, const struct node *node, struct source *source)
{
    const struct node *arrival = node_get(node, "arrival");
    if (arrival == NULL || arrival->kind != NODE_MAP)
        return;
    if (source->arrival.process == ARRIVE_MMPP)
        build_mmpp(d, arrival, &source->arrival);
    else if (source->arrival.process == ARRIVE_TRACE)
        build_trace(d, arrival, source);
}

void arrival_free(struct arrival *arrival)
{
    free(arrival->rate.pieces);
    free(arrival->rates.values);
    free(arrival->dwell.values);
    free(arrival->file);
    free(arrival->trace_classes);
    trace_release(arrival->trace);
}
