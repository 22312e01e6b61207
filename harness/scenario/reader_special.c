// SPDX-License-Identifier: Apache-2.0
// Keys that are written in a way of their own: senders, classes, listen, retry, queue.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/chain.h"
#include "scenario/document.h"
#include "scenario/mem.h"
#include "scenario/reader.h"
#include "scenario/strategies.h"

// ---- sources ----

static void read_senders(struct report *report, const struct key_spec *spec, const struct node *node,
                         struct source *source)
{
    source->external = node->kind == NODE_SCALAR && strcmp(node->text, "external") == 0;
    double senders = 1;
    if (!source->external)
        read_quantity(report, spec, Q_COUNT, node, &senders);
    source->senders = source->external ? 0 : (unsigned)senders;
}

static void default_class(struct source *source)
{
    source->classes = must_alloc(1, sizeof *source->classes);
    source->classes[0] = (struct record_class){must_copy("info"), 1};
    source->class_count = 1;
}

static void read_classes(struct report *report, const struct key_spec *spec, const struct node *node,
                         struct source *source)
{
    if (node == NULL || node->kind != NODE_MAP || node->count == 0 || node->count > 256) {
        if (node)
            report_error(report, node->at, "%s must be a map such as {info: 90%%, error: 10%%}", spec->key);
        default_class(source);
        return;
    }
    source->class_count = node->count;
    source->classes = must_alloc(node->count, sizeof *source->classes);
    double sum = 0;
    bool sound = true;
    for (size_t i = 0; i < node->count; i++) {
        struct record_class *class = &source->classes[i];
        class->name = must_copy(node->items[i].key);
        if (!name_is_plain(class->name)) {
            report_error(report, node->items[i].at, "\"%.60s\" is not a name for a class", class->name);
            sound = false;
        }
        sound = read_quantity(report, &(struct key_spec){.key = class->name, .max = 1}, Q_SHARE,
                              node->items[i].value, &class->share) &&
                sound;
        sum += class->share;
    }
    if (sound && (sum < 1 - 1e-9 || sum > 1 + 1e-9))
        report_error(report, node->at, "%s add up to %.6g %%; they must add up to 100 %%", spec->key,
                     sum * 100);
}

// "127.0.0.1:5514", "[::1]:4318", "localhost:0".
static void read_address(struct report *report, const struct key_spec *spec, const struct node *node,
                         char **host_text, uint16_t *port_number)
{
    const char *text = node->kind == NODE_SCALAR ? node->text : "", *colon = strrchr(text, ':');
    size_t host = colon ? (size_t)(colon - text) : 0, skip = 0;
    if (host > 2 && text[0] == '[' && text[host - 1] == ']')
        skip = 1;
    char *end = NULL;
    unsigned long port = colon && colon[1] >= '0' && colon[1] <= '9' ? strtoul(colon + 1, &end, 10) : 65536;
    bool bare_v6 = !skip && colon && memchr(text, ':', host) != NULL;
    if (host == 0 || bare_v6 || end == NULL || *end || port > 65535) {
        report_error(report, node->at, "%s: \"%.60s\" is not an address such as 127.0.0.1:5514 or [::1]:5514",
                     spec->key, text);
        return;
    }
    free(*host_text);
    *host_text = must_copy_n(text + skip, host - 2 * skip);
    *port_number = (uint16_t)port;
}

static void read_peer(struct report *report, const struct key_spec *spec, const struct node *node,
                      struct sink *sink)
{
    if (node == NULL || (node->kind == NODE_SCALAR && strcmp(node->text, "builtin") == 0))
        return;
    size_t before = report->count;
    read_address(report, spec, node, &sink->net.host, &sink->net.port);
    if (report->count == before && sink->net.host && sink->net.port == 0)
        report_error(report, node->at,
                     "%s: nobody can be reached at port 0; name the peer's port, or builtin", spec->key);
}

static void read_retry_after(struct report *report, const struct key_spec *spec, const struct node *node,
                             struct source *source)
{
    source->otlp.has_retry_after = true;
    source->otlp.retry_after = (struct law){.kind = LAW_UNIFORM, .min = 1e9, .max = 3e9};
    if (node && node->kind == NODE_SCALAR && strcmp(node->text, "none") == 0)
        source->otlp.has_retry_after = false;
    else if (node)
        read_law(report, spec, Q_DURATION, node, &source->otlp.retry_after);
}

static void read_profile(struct report *report, const struct key_spec *spec, const struct node *node,
                         struct weir_retry_policy *policy)
{
    const struct weir_retry_policy *profile = node->kind == NODE_SCALAR ? weir_retry_find(node->text) : NULL;
    if (profile) {
        *policy = *profile;
        return;
    }
    char *hint = hint_names(node->text ? node->text : "", schema_choice_at, spec);
    report_error(report, node->at, "there is no retry profile \"%.60s\"%s", node->text ? node->text : "",
                 hint);
    free(hint);
}

// [50k/s, 1k/s]
static void read_quantities(struct report *report, const struct key_spec *spec, const struct node *node,
                            struct quantities *list)
{
    enum { QUANTITIES_MAX = 64 };
    if (node == NULL)
        return;
    if (node->kind != NODE_LIST || node->count == 0 || node->count > QUANTITIES_MAX) {
        report_error(report, node->at, "%s must be a list of 1 to %d values such as [%s]", spec->key,
                     QUANTITIES_MAX, spec->unit == Q_RATE ? "50k/s, 1k/s" : "100ms, 1s");
        return;
    }
    list->values = must_alloc(node->count, sizeof *list->values);
    bool sound = true;
    for (size_t i = 0; i < node->count; i++)
        sound = read_quantity(report, spec, spec->unit, node->items[i].value, &list->values[i]) && sound;
    list->count = sound ? node->count : 0; // nothing more is said of a list that cannot be read
}

// ---- edges ----

static void read_queue(struct report *report, const struct key_spec *spec, const struct node *node,
                       struct edge_spec *edge)
{
    const char *name = node->kind == NODE_SCALAR ? node->text : "";
    char why[200] = "";
    bool module = strchr(name, '/') != NULL;
    free(edge->queue);
    edge->queue = must_copy(name);
    edge->queue_ops = module ? queue_module(name, why, sizeof why) : weir_queue_find(name);
    if (edge->queue_ops)
        return;
    if (node->kind != NODE_SCALAR)
        report_error(report, node->at, "a queue's type must be a name, this is %s", node_kind_name(node));
    else if (module)
        report_error(report, node->at, "queue module %.200s: %s", name, why);
    else {
        char *hint = hint_names(name, schema_choice_at, spec);
        report_error(report, node->at, "there is no queue \"%.60s\"%s", name, hint);
        free(hint);
    }
}

void read_special(struct report *report, const struct key_spec *spec, const struct node *node, void *target)
{
    void *object = (char *)target + spec->offset;
    struct source *source = target;
    switch (spec->type) {
    case KEY_SENDERS: read_senders(report, spec, node, source); break;
    case KEY_CLASSES: read_classes(report, spec, node, source); break;
    case KEY_LISTEN: read_address(report, spec, node, &source->net.host, &source->net.port); break;
    case KEY_PEER: read_peer(report, spec, node, target); break;
    case KEY_RETRY_AFTER: read_retry_after(report, spec, node, source); break;
    case KEY_PROFILE: read_profile(report, spec, node, target); break;
    case KEY_QUANTITIES: read_quantities(report, spec, node, object); break;
    case KEY_QUEUE: read_queue(report, spec, node, target); break;
    case KEY_STRATEGY: read_strategies(report, spec, node, object); break;
    case KEY_CHAIN: chain_read(report, spec, node, object); break;
    default: break;
    }
}
