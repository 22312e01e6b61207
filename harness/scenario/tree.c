// SPDX-License-Identifier: Apache-2.0
// The tree itself; reading it is tree_read.c.
#include "scenario/tree.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/mem.h"

struct node *node_scalar(const char *text, struct place at)
{
    struct node *node = must_alloc(1, sizeof *node);
    node->kind = NODE_SCALAR;
    node->at = at;
    node->text = must_copy(text);
    return node;
}

struct node *node_map(struct place at)
{
    struct node *node = must_alloc(1, sizeof *node);
    node->kind = NODE_MAP;
    node->at = at;
    return node;
}

struct node *node_clone(const struct node *node)
{
    struct node *copy = must_alloc(1, sizeof *copy);
    *copy = *node;
    copy->text = must_copy(node->text);
    copy->items = node->count ? must_alloc(node->count, sizeof *copy->items) : NULL;
    copy->room = node->count;
    for (size_t i = 0; i < node->count; i++) {
        copy->items[i].key = must_copy(node->items[i].key);
        copy->items[i].at = node->items[i].at;
        copy->items[i].value = node_clone(node->items[i].value);
    }
    return copy;
}

void node_free(struct node *node)
{
    if (node == NULL)
        return;
    for (size_t i = 0; i < node->count; i++) {
        free(node->items[i].key);
        node_free(node->items[i].value);
    }
    free(node->items);
    free(node->text);
    free(node);
}

struct entry *node_entry(const struct node *map, const char *key)
{
    if (map == NULL || map->kind != NODE_MAP)
        return NULL;
    for (size_t i = 0; i < map->count; i++)
        if (strcmp(map->items[i].key, key) == 0)
            return &map->items[i];
    return NULL;
}

struct node *node_get(const struct node *map, const char *key)
{
    const struct entry *entry = node_entry(map, key);
    return entry ? entry->value : NULL;
}

const char *node_text(const struct node *map, const char *key)
{
    const struct node *node = node_get(map, key);
    return node && node->kind == NODE_SCALAR ? node->text : NULL;
}

struct node *node_path(const struct node *map, const char *dotted)
{
    char *copy = must_copy(dotted);
    const struct node *node = map;
    char *rest = copy;
    for (char *part; node && (part = strsep(&rest, ".")) != NULL;)
        node = node_get(node, part);
    free(copy);
    return (struct node *)node;
}

void node_append(struct node *list, const char *key, struct place at, struct node *value)
{
    list->items = must_grow(list->items, list->count, &list->room, sizeof *list->items);
    list->items[list->count++] = (struct entry){must_copy(key), at, value};
}

bool node_put(struct node *map, const char *dotted, struct node *value, struct place at)
{
    if (map->kind != NODE_MAP) {
        node_free(value);
        return false;
    }
    size_t length = strcspn(dotted, ".");
    bool last = dotted[length] == '\0';
    char *key = must_copy_n(dotted, length);
    struct entry *entry = node_entry(map, key);
    if (entry == NULL) {
        node_append(map, key, at, last ? value : node_map(at));
        entry = &map->items[map->count - 1];
    } else if (last) {
        node_free(entry->value);
        entry->value = value;
        entry->at = at;
    }
    free(key);
    return last || node_put(entry->value, dotted + length + 1, value, at);
}

void node_mark_laid(struct node *node)
{
    node->laid = true;
    for (size_t i = 0; i < node->count; i++)
        node_mark_laid(node->items[i].value);
}

// Text of a scalar that stands for itself in flow YAML, else the same in quotes.
static char *flow_scalar(const struct node *node)
{
    if (!node->quoted && strpbrk(node->text, ",[]{}\"'#\n") == NULL && *node->text)
        return must_copy(node->text);
    char *out = must_alloc(2 * strlen(node->text) + 3, 1), *p = out;
    *p++ = '\'';
    for (const char *c = node->text; *c; c++) {
        if (*c == '\'')
            *p++ = '\'';
        *p++ = *c == '\n' ? ' ' : *c;
    }
    *p++ = '\'';
    return out;
}

char *node_flow(const struct node *node)
{
    if (node->kind == NODE_SCALAR)
        return flow_scalar(node);
    bool map = node->kind == NODE_MAP;
    char *out = must_copy(map ? "{" : "[");
    for (size_t i = 0; i < node->count; i++) {
        char *value = node_flow(node->items[i].value);
        char *longer = must_print("%s%s%s%s%s", out, i ? ", " : "", map ? node->items[i].key : "",
                                  map ? ": " : "", value);
        free(out);
        free(value);
        out = longer;
    }
    char *closed = must_print("%s%s", out, map ? "}" : "]");
    free(out);
    return closed;
}

const char *node_kind_name(const struct node *node)
{
    switch (node->kind) {
    case NODE_SCALAR: return "a plain value";
    case NODE_LIST: return "a list";
    case NODE_MAP: return "a map";
    }
    return "nothing";
}
