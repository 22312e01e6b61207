// SPDX-License-Identifier: Apache-2.0
// A YAML document as a plain tree in which every node knows where it was written. Scalars are text exactly as
// written: `null`, `on`, `off`, `1e3` get a meaning only from the key that they stand under.
#ifndef SCENARIO_TREE_H
#define SCENARIO_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

enum { TREE_MAX_BYTES = 1 << 20, TREE_MAX_DEPTH = 64 };

// Where something was written: in the file (origin NULL, line and column from 1), or on the command line
// (origin is what was given, such as "--set app.rate=5k/s"; borrowed).
struct place {
    const char *origin;
    size_t line, column;
};

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node;

struct entry {
    char *key; // NULL in a list
    struct place at;
    struct node *value;
};

struct node {
    enum node_kind kind;
    bool quoted; // a scalar in quotes
    bool laid;   // came from a matrix axis or the command line, not from the document's own place
    struct place at;
    char *text;          // of a scalar
    struct entry *items; // of a list or map, in file order
    size_t count, room;
};

// A file's bytes, read whole. Refuses directories, devices and files over TREE_MAX_BYTES without reading
// them.
bool text_read(const char *path, char **bytes, size_t *size, struct error *e);

// Parses bytes into a tree that the caller owns. `name` stands in front of every error ("name:line:col:
// ..."). Refused, with the position: anchors, aliases, tags, several documents, an empty document, keys that
// are not scalars, duplicate keys, nesting over TREE_MAX_DEPTH, bytes that are not UTF-8 text.
bool tree_parse(const char *name, const char *bytes, size_t size, struct node **root, struct error *e);

struct node *node_scalar(const char *text, struct place at);
struct node *node_map(struct place at);
struct node *node_clone(const struct node *node);
void node_free(struct node *node); // NULL is fine

struct entry *node_entry(const struct node *map,
                         const char *key); // NULL when it is no map or has no such key
struct node *node_get(const struct node *map, const char *key);
const char *node_text(const struct node *map, const char *key); // of a scalar child, else NULL
struct node *node_path(const struct node *map, const char *dotted);

// Puts `value` (taken over) at a dotted path below `map`, making the maps on the way; new keys are at `at`.
// False, with the value freed, when something on the way is not a map.
bool node_put(struct node *map, const char *dotted, struct node *value, struct place at);

void node_append(struct node *list, const char *key, struct place at,
                 struct node *value); // takes the value over
void node_mark_laid(struct node *node);
char *node_flow(const struct node *node);            // one line of YAML flow text; the caller frees it
const char *node_kind_name(const struct node *node); // "a map"

#endif
