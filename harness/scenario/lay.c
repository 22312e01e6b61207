// SPDX-License-Identifier: Apache-2.0
// Dotted keys: what they mean in a document, and putting values there.
#include <stdlib.h>
#include <string.h>

#include "scenario/matrix.h"
#include "scenario/mem.h"

// ---- short forms ----

static void spread_map(struct node *map, const struct key_table *table)
{
    for (size_t i = 0; map->kind == NODE_MAP && i < map->count; i++) {
        const struct key_spec *spec = schema_key(table, map->items[i].key);
        struct node *value = map->items[i].value;
        if (spec && spec->type == KEY_MAP && spec->plain && value->kind == NODE_SCALAR) {
            struct node *wide = node_map(value->at);
            node_append(wide, spec->plain, map->items[i].at, value);
            map->items[i].value = wide;
        } else if (spec && spec->type == KEY_MAP && value->kind == NODE_MAP) {
            spread_map(value, spec->table);
        } else if (spec && spec->type == KEY_LIST && value->kind == NODE_LIST) {
            for (size_t k = 0; k < value->count; k++)
                spread_map(value->items[k].value, spec->table);
        }
    }
}

void document_spread(struct node *root)
{
    spread_map(root, &schema_top);
}

// ---- edges ----

struct edges {
    struct node **maps; // stages, and the sinks that have an edge
    size_t count;
};

static struct edges find_edges(struct node *root)
{
    struct node *pipeline = node_get(root, "pipeline"), *sink = node_get(root, "sink");
    size_t stages = pipeline && pipeline->kind == NODE_LIST ? pipeline->count : 0;
    struct node *each = node_path(root, "sinks.each");
    size_t sinks = each && each->kind == NODE_LIST ? each->count : 0;
    struct edges edges = {must_alloc(stages + sinks + 1, sizeof(struct node *)), 0};
    for (size_t i = 0; i < stages; i++)
        if (pipeline->items[i].value->kind == NODE_MAP)
            edges.maps[edges.count++] = pipeline->items[i].value;
    bool own =
        stages == 0 || node_get(sink, "queue") || node_get(sink, "strategy") || node_get(sink, "batch");
    if (sink && sink->kind == NODE_MAP && own)
        edges.maps[edges.count++] = sink;
    const char *mode = node_text(node_get(root, "sinks"), "mode");
    for (size_t i = 0; mode && strcmp(mode, "isolated") == 0 && i < sinks; i++)
        if (each->items[i].value->kind == NODE_MAP)
            edges.maps[edges.count++] = each->items[i].value;
    return edges;
}

static struct node *laid_copy(const struct node *value)
{
    struct node *copy = node_clone(value);
    node_mark_laid(copy);
    return copy;
}

// {type: mpmc, wait: spin} as a value of the axis `queue`: each key for itself.
static size_t lay_on_edge(struct node *map, const char *path, const struct node *value, struct place at,
                          bool force)
{
    if (strcmp(path, "queue") == 0 && value->kind == NODE_MAP) {
        size_t reached = 0;
        for (size_t i = 0; i < value->count; i++) {
            char *key = must_print("queue.%s", value->items[i].key);
            reached += lay_on_edge(map, key, value->items[i].value, at, force);
            free(key);
        }
        return reached > 0;
    }
    if (strcmp(path, "queue") == 0)
        path = "queue.type";
    if (!force && node_path(map, path))
        return 0;
    return node_put(map, path, laid_copy(value), at);
}

static size_t lay_on_edges(struct node *root, const char *path, const struct node *value, struct place at,
                           bool force)
{
    struct edges edges = find_edges(root);
    size_t reached = 0;
    for (size_t i = 0; i < edges.count; i++)
        reached += lay_on_edge(edges.maps[i], path, value, at, force);
    free(edges.maps);
    return reached;
}

// ---- names ----

static struct node *find_in(struct node *root, const char *list, const char *key, const char *name)
{
    struct node *all = node_path(root, list);
    for (size_t i = 0; all && all->kind == NODE_LIST && i < all->count; i++) {
        const char *text = node_text(all->items[i].value, key);
        if (text && strcmp(text, name) == 0)
            return all->items[i].value;
    }
    return NULL;
}

static struct node *find_named(struct node *root, const char *name, const struct key_table **table)
{
    struct node *found = find_in(root, "sources", "name", name);
    *table = &schema_source;
    if (found)
        return found;
    found = find_in(root, "pipeline", "stage", name);
    *table = &schema_stage;
    if (found)
        return found;
    *table = &schema_sink;
    found = find_in(root, "sinks.each", "name", name);
    if (found)
        return found;
    struct node *sink = node_get(root, "sink");
    const char *text = node_text(sink, "name");
    return strcmp(name, "sink") == 0 || (text && strcmp(text, name) == 0) ? sink : NULL;
}

static const char *list_name_at(struct node *root, const char *list, const char *key, size_t *index)
{
    struct node *all = node_path(root, list);
    for (size_t i = 0; all && all->kind == NODE_LIST && i < all->count; i++) {
        const char *text = node_text(all->items[i].value, key);
        if (text && (*index)-- == 0)
            return text;
    }
    return NULL;
}

// For hints: every name that can stand in front of a dot.
static const char *named_at(const void *root, size_t index)
{
    struct node *r = (struct node *)root;
    const char *name = list_name_at(r, "sources", "name", &index);
    if (name == NULL)
        name = list_name_at(r, "pipeline", "stage", &index);
    if (name == NULL)
        name = list_name_at(r, "sinks.each", "name", &index);
    if (name)
        return name;
    if (node_get(r, "sinks"))
        return NULL;
    const char *sink = node_text(node_get(r, "sink"), "name");
    return index == 0 ? sink ? sink : "sink" : NULL;
}

static const char *top_key_at(const void *root, size_t index)
{
    (void)root;
    static const char *const keys[] = {"queue", "strategy", "rate", "duration", "warmup",
                                       "drain", "seed",     "reps", "engine"};
    return index < sizeof keys / sizeof *keys ? keys[index] : NULL;
}

// ---- one key ----

static bool is_top_scalar(const char *key)
{
    const struct key_spec *spec = schema_key(&schema_top, key);
    return spec && (spec->type == KEY_WHOLE || spec->type == KEY_INTEGER || spec->type == KEY_CHOICE ||
                    spec->type == KEY_NAME);
}

static size_t lay_at(struct node *map, const struct key_table *table, const char *rest,
                     const struct node *value, struct place at, struct report *report)
{
    char *path =
        must_print("%s%s", table == &schema_source && strcmp(rest, "rate") == 0 ? "arrival." : "", rest);
    const struct key_spec *spec = schema_find(table, path).spec;
    if (spec && spec->type == KEY_MAP && spec->plain && value->kind == NODE_SCALAR) {
        char *longer = must_print("%s.%s", path, spec->plain);
        free(path);
        path = longer;
    }
    bool ok = map->kind == NODE_MAP && node_put(map, path, laid_copy(value), at);
    if (!ok)
        report_error(report, at, "%s has no keys below it in the file; write it out there first", path);
    free(path);
    return ok;
}

static size_t lay_on_sources(struct node *root, const char *rest, const struct node *value, struct place at,
                             struct report *report)
{
    struct node *all = node_get(root, "sources");
    size_t reached = 0;
    for (size_t i = 0; all && all->kind == NODE_LIST && i < all->count; i++)
        reached += lay_at(all->items[i].value, &schema_source, rest, value, at, report);
    return reached;
}

static size_t refuse_key(struct node *root, const char *key, const char *name, bool dotted, struct place at,
                         struct report *report)
{
    char *hint = hint_names(name, dotted ? named_at : top_key_at, root);
    if (dotted)
        report_error(report, at, "\"%.60s\" reaches nothing: there is no source, stage or sink \"%.60s\"%s",
                     key, name, hint);
    else
        report_error(report, at, "\"%.60s\" reaches nothing: write it as NAME.%.60s%s", key, key, hint);
    free(hint);
    return 0;
}

size_t lay_value(struct node *root, const char *key, const struct node *value, struct place at, bool force,
                 struct report *report)
{
    size_t length = strcspn(key, ".");
    const char *rest = key[length] ? key + length + 1 : NULL;
    char *name = must_copy_n(key, length);
    const struct key_table *table;
    struct node *map = rest ? find_named(root, name, &table) : NULL;
    size_t reached;
    if (map)
        reached = lay_at(map, table, rest, value, at, report);
    else if (strcmp(key, "strategy") == 0 || strcmp(name, "queue") == 0)
        reached = lay_on_edges(root, key, value, at, force);
    else if (strcmp(key, "rate") == 0 || strcmp(name, "arrival") == 0)
        reached = lay_on_sources(root, key, value, at, report);
    else if (!rest && is_top_scalar(key))
        reached = node_put(root, key, laid_copy(value), at);
    else
        reached = refuse_key(root, key, name, rest != NULL, at, report);
    free(name);
    return reached;
}

bool lay_quantity(const struct node *root, const char *key, enum quantity *unit)
{
    size_t length = strcspn(key, ".");
    const char *rest = key[length] ? key + length + 1 : NULL;
    char *name = must_copy_n(key, length);
    const struct key_table *table = &schema_top;
    struct node *map = rest ? find_named((struct node *)root, name, &table) : NULL;
    if (!map) {
        table = strcmp(name, "queue") == 0 ? &schema_stage : &schema_top;
        rest = key;
    }
    if (strcmp(rest, "rate") == 0 || (!map && strcmp(name, "arrival") == 0)) {
        table = &schema_source;
        rest = strcmp(rest, "rate") == 0 ? "arrival.rate" : rest;
    }
    free(name);
    const struct key_found found = schema_find(table, rest);
    if (found.spec == NULL)
        return false;
    if (found.spec->type == KEY_MAP && found.spec->plain) { // a plain value stands for one of its keys
        const struct key_spec *plain = schema_key(found.spec->table, found.spec->plain);
        *unit = plain->unit;
        return plain->type == KEY_WHOLE || plain->type == KEY_REAL;
    }
    *unit = found.unit;
    switch (found.spec->type) {
    case KEY_WHOLE:
    case KEY_REAL:
    case KEY_INTEGER:
    case KEY_LAW:
    case KEY_TIMED_LAW:
    case KEY_TIMED:
    case KEY_SENDERS:
    case KEY_RETRY_AFTER: return true;
    default: return false;
    }
}
