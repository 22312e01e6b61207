// SPDX-License-Identifier: Apache-2.0
// Keys that are written in a way of their own: senders, classes, listen, retry, queue, strategy.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/document.h"
#include "scenario/mem.h"
#include "scenario/reader.h"

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
static void read_listen(struct report *report, const struct key_spec *spec, const struct node *node,
                        struct source *source)
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
    free(source->net.host);
    source->net.host = must_copy_n(text + skip, host - 2 * skip);
    source->net.port = (uint16_t)port;
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

static enum quantity param_quantity(enum weir_param_type type)
{
    switch (type) {
    case WEIR_PARAM_DURATION: return Q_DURATION;
    case WEIR_PARAM_COUNT: return Q_COUNT;
    case WEIR_PARAM_SHARE: return Q_SHARE;
    case WEIR_PARAM_RATE: return Q_RATE;
    case WEIR_PARAM_SIZE: return Q_SIZE;
    }
    return Q_NUMBER;
}

static const char *param_at(const void *ops, size_t index)
{
    const struct weir_param_spec *params = ((const struct weir_strategy_ops *)ops)->params;
    return params ? params[index].key : NULL;
}

static void read_param(struct report *report, const struct weir_strategy_ops *ops, const struct entry *entry,
                       struct weir_strategy_state *state)
{
    const struct weir_param_spec *params = ops->params;
    for (size_t i = 0; params && params[i].key && i < WEIR_STRATEGY_PARAMS_MAX; i++)
        if (strcmp(params[i].key, entry->key) == 0) {
            struct key_spec spec = {.key = params[i].key, .min = params[i].min, .max = params[i].max};
            read_quantity(report, &spec, param_quantity(params[i].type), entry->value, &state->params[i]);
            return;
        }
    char *hint = hint_names(entry->key, param_at, ops);
    report_error(report, entry->at, "unknown key \"%.60s\" in strategy %s%s", entry->key, ops->name,
                 params ? hint : ", which takes none");
    free(hint);
}

// One strategy: its name, and its parameters when it was written as {name: {...}}.
static void read_one_strategy(struct report *report, const struct key_spec *spec, const char *name,
                              struct place at, const struct node *params, struct edge_spec *edge)
{
    const struct weir_strategy_ops *ops = weir_strategy_find(name);
    if (ops == NULL) {
        char *hint = hint_names(name, schema_choice_at, spec);
        report_error(report, at, "there is no strategy \"%.60s\"%s", name, hint);
        free(hint);
        return;
    }
    if (edge->admission) {
        report_error(report, at, "an edge takes one admission strategy, and %s stands beside %s", ops->name,
                     edge->admission->name);
        return;
    }
    edge->admission = ops;
    weir_strategy_defaults(ops, &edge->admission_state);
    if (params && params->kind != NODE_MAP)
        report_error(report, params->at,
                     "strategy %s: parameters are a map such as {timeout: 50ms}, this is %s", ops->name,
                     node_kind_name(params));
    for (size_t i = 0; params && params->kind == NODE_MAP && i < params->count; i++)
        read_param(report, ops, &params->items[i], &edge->admission_state);
}

static void read_strategy(struct report *report, const struct key_spec *spec, const struct node *node,
                          struct edge_spec *edge)
{
    if (node->kind == NODE_SCALAR)
        read_one_strategy(report, spec, node->text, node->at, NULL, edge);
    else if (node->kind == NODE_MAP && node->count == 1)
        read_one_strategy(report, spec, node->items[0].key, node->items[0].at, node->items[0].value, edge);
    else if (node->kind == NODE_MAP)
        report_error(report, node->at, "%s must be a name, {name: {parameters}} or a list of them",
                     spec->key);
    else if (node->count == 0)
        report_error(report, node->at, "%s: an empty list; leave the key out for %s", spec->key,
                     spec->fallback);
    else
        for (size_t i = 0; i < node->count; i++) {
            const struct node *item = node->items[i].value;
            if (item->kind == NODE_LIST)
                report_error(report, item->at, "%s: a list inside a list", spec->key);
            else
                read_strategy(report, spec, item, edge);
        }
}

static void strategy_or_block(struct report *report, const struct key_spec *spec, const struct node *node,
                              struct edge_spec *edge)
{
    read_strategy(report, spec, node, edge);
    if (edge->admission)
        return;
    edge->admission = weir_strategy_find(spec->fallback);
    if (edge->admission)
        weir_strategy_defaults(edge->admission, &edge->admission_state);
}

void read_special(struct report *report, const struct key_spec *spec, const struct node *node, void *target)
{
    void *object = (char *)target + spec->offset;
    struct source *source = target;
    switch (spec->type) {
    case KEY_SENDERS: read_senders(report, spec, node, source); break;
    case KEY_CLASSES: read_classes(report, spec, node, source); break;
    case KEY_LISTEN: read_listen(report, spec, node, source); break;
    case KEY_RETRY_AFTER: read_retry_after(report, spec, node, source); break;
    case KEY_PROFILE: read_profile(report, spec, node, target); break;
    case KEY_QUEUE: read_queue(report, spec, node, target); break;
    case KEY_STRATEGY: strategy_or_block(report, spec, node, object); break;
    default: break;
    }
}
