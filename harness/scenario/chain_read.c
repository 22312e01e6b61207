// SPDX-License-Identifier: Apache-2.0
// A chain: a list of processors, each a name or a map of its name and what it takes, with `cost` beside it.
#include <stdlib.h>
#include <string.h>

#include "process/syslog.h"
#include "scenario/chain.h"
#include "scenario/mem.h"
#include "scenario/reader.h"
#include "scenario/schema.h"

enum { PROCESSORS_MAX = 64 };

struct chain_reading {
    struct report *report;
    struct chain *chain;
    size_t room;
};

static struct processor *add(struct chain_reading *c, enum processor_kind kind)
{
    struct chain *chain = c->chain;
    chain->list = must_grow(chain->list, chain->count, &c->room, sizeof *chain->list);
    struct processor *p = &chain->list[chain->count++];
    *p = (struct processor){.kind = kind};
    return p;
}

// ---- texts ----

// A plain value that is not empty; NULL (reported) when it is something else.
static const char *text_of(struct chain_reading *c, const char *what, const struct node *node)
{
    if (node->kind == NODE_SCALAR && node->text[0])
        return node->text;
    report_error(c->report, node->at, "%s must be a text, this is %s", what,
                 node->kind == NODE_SCALAR ? "empty" : node_kind_name(node));
    return NULL;
}

static bool is_one_of(struct chain_reading *c, const struct entry *entry, const char *const *keys,
                      const char *what)
{
    for (size_t i = 0; keys[i]; i++)
        if (strcmp(keys[i], entry->key) == 0)
            return true;
    report_error(c->report, entry->at, "unknown key \"%.60s\" in %s; there are: %s%s%s", entry->key, what,
                 keys[0], keys[1] ? ", " : "", keys[1] ? keys[1] : "");
    return false;
}

// ---- one processor each: what stands behind its name, NULL when it is only named ----

static void read_parse(struct chain_reading *c, struct place at, const struct node *node)
{
    static const char *const forms[] = {"auto", "json", "rfc5424"};
    struct processor *p = add(c, PROCESS_PARSE);
    (void)at;
    if (node == NULL)
        return;
    for (size_t i = 0; node->kind == NODE_SCALAR && i < sizeof forms / sizeof *forms; i++)
        if (strcmp(forms[i], node->text) == 0) {
            p->form = (enum text_form)i;
            return;
        }
    report_error(c->report, node->at, "parse: there is no form \"%.60s\"; there are: auto, json, rfc5424",
                 node->text ? node->text : "");
}

static void read_share(struct chain_reading *c, const struct node *node, struct processor *p)
{
    read_quantity(c->report, &(struct key_spec){.key = "filter", .max = 1}, Q_SHARE, node, &p->share);
}

static void read_filter(struct chain_reading *c, struct place at, const struct node *node)
{
    static const char *const keys[] = {"class", "share", NULL};
    if (node == NULL || (node->kind == NODE_MAP && node->count == 0)) {
        report_error(c->report, at,
                     "filter needs what it takes out: {filter: 50%%} or {filter: {class: debug}}");
        return;
    }
    struct processor *p = add(c, PROCESS_FILTER);
    p->share = 1;
    if (node->kind != NODE_MAP) {
        read_share(c, node, p);
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct entry *e = &node->items[i];
        if (!is_one_of(c, e, keys, "filter"))
            continue;
        if (strcmp(e->key, "share") == 0)
            read_share(c, e->value, p);
        else
            p->class_name = must_copy(text_of(c, "filter: class", e->value));
    }
}

static void read_redact(struct chain_reading *c, struct place at, const struct node *node)
{
    static const char *const keys[] = {"field", "pattern", NULL};
    bool map = node && node->kind == NODE_MAP && node->count == 1;
    if (node == NULL || (node->kind != NODE_SCALAR && !map)) {
        report_error(
            c->report, node ? node->at : at,
            "redact needs what it covers: {redact: field}, {redact: {field: name}} or {redact: {pattern: "
            "\"####-####\"}}");
        return;
    }
    if (map && !is_one_of(c, &node->items[0], keys, "redact"))
        return;
    bool pattern = map && strcmp(node->items[0].key, "pattern") == 0;
    const char *text = text_of(c, "redact", map ? node->items[0].value : node);
    if (text == NULL)
        return;
    struct processor *p = add(c, PROCESS_REDACT);
    *(pattern ? &p->pattern : &p->field) = must_copy(text);
}

static void read_attribute(struct chain_reading *c, struct place at, const struct node *node)
{
    if (node == NULL || node->kind != NODE_MAP || node->count == 0) {
        report_error(c->report, node ? node->at : at,
                     "attribute needs what it adds, such as {attribute: {region: eu}}");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct entry *e = &node->items[i];
        const char *value = text_of(c, "attribute", e->value);
        if (!syslog_is_name(e->key)) {
            report_error(
                c->report, e->at,
                "attribute: \"%.60s\" is not a name (1 to 32 printable ASCII characters without space, "
                "=, ] and \")",
                e->key);
        } else if (value) {
            struct processor *p = add(c, PROCESS_ATTRIBUTE);
            p->field = must_copy(e->key);
            p->value = must_copy(value);
        }
    }
}

// ---- the list ----

static const struct {
    const char *name;
    void (*read)(struct chain_reading *c, struct place at, const struct node *node);
} processors[] = {
    {"parse", read_parse}, {"filter", read_filter}, {"redact", read_redact}, {"attribute", read_attribute}};

static const char *processor_name_at(const void *unused, size_t index)
{
    (void)unused;
    return index < sizeof processors / sizeof *processors ? processors[index].name : NULL;
}

static void read_processor(struct chain_reading *c, const char *name, struct place at,
                           const struct node *node)
{
    for (size_t i = 0; i < sizeof processors / sizeof *processors; i++)
        if (strcmp(processors[i].name, name) == 0) {
            processors[i].read(c, at, node);
            return;
        }
    char *hint = hint_names(name, processor_name_at, NULL);
    report_error(c->report, at, "there is no processor \"%.60s\"%s", name, hint);
    free(hint);
}

// {redact: field, cost: 2us}: one processor, and what it costs in virtual time.
static void read_map_item(struct chain_reading *c, const struct node *item)
{
    const struct entry *cost = node_entry(item, "cost");
    double ns = 0;
    if (item->count != (cost ? 2u : 1u)) {
        report_error(c->report, item->at,
                     "a processor is a name, or a map of its name and what it takes, and `cost` beside it");
        return;
    }
    if (cost)
        read_quantity(c->report, &(struct key_spec){.key = "cost", .max = 3600e9}, Q_DURATION, cost->value,
                      &ns);
    const struct entry *own = cost == &item->items[0] ? &item->items[1] : &item->items[0];
    size_t before = c->chain->count;
    read_processor(c, own->key, own->at, own->value);
    if (c->chain->count > before)
        c->chain->list[before].cost_ns = (uint64_t)(ns + 0.5);
}

void chain_read(struct report *report, const struct key_spec *spec, const struct node *node,
                struct chain_plan *plan)
{
    plan->versions = must_alloc(1, sizeof *plan->versions);
    plan->version_count = 1;
    plan->pieces = must_alloc(1, sizeof *plan->pieces);
    plan->piece_count = 1;
    if (node == NULL)
        return;
    if (node->kind != NODE_LIST) {
        report_error(report, node->at, "%s must be a list such as [parse, {filter: 50%%}], this is %s",
                     spec->key, node_kind_name(node));
        return;
    }
    if (node->count > PROCESSORS_MAX) {
        report_error(report, node->at, "%s: %zu processors; the most is %d", spec->key, node->count,
                     PROCESSORS_MAX);
        return;
    }
    struct chain_reading c = {.report = report, .chain = &plan->versions[0]};
    for (size_t i = 0; i < node->count; i++) {
        const struct node *item = node->items[i].value;
        if (item->kind == NODE_SCALAR)
            read_processor(&c, item->text, item->at, NULL);
        else if (item->kind == NODE_MAP)
            read_map_item(&c, item);
        else
            report_error(report, item->at, "%s: a list inside a list", spec->key);
    }
}
