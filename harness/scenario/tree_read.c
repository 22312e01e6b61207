// SPDX-License-Identifier: Apache-2.0
// YAML bytes -> tree, event by event, so that what is refused is refused where it stands and before it can
// grow.
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "scenario/mem.h"
#include "scenario/tree.h"

// ---- bytes ----

static bool read_all(int fd, const char *path, char **bytes, size_t *size, struct error *e)
{
    char *buffer = must_alloc(TREE_MAX_BYTES + 2, 1);
    size_t used = 0;
    ssize_t got = 1;
    while (got > 0 && used <= TREE_MAX_BYTES) {
        got = read(fd, buffer + used, TREE_MAX_BYTES + 1 - used);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            used += (size_t)got;
    }
    if (got < 0 || used > TREE_MAX_BYTES) {
        free(buffer);
        return got < 0 ? fail(e, EXIT_USAGE, "%s: cannot be read: %s", path, strerror(errno))
                       : fail(e, EXIT_USAGE, "%s:1:1: the file is larger than 1 MiB; no scenario needs that",
                              path);
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *size = used;
    return true;
}

bool text_read(const char *path, char **bytes, size_t *size, struct error *e)
{
    // Not blocking, so that a pipe or a device given by mistake is refused and does not hang.
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return fail(e, EXIT_USAGE, "%s: cannot be opened: %s", path, strerror(errno));
    struct stat st;
    bool ok = false;
    if (fstat(fd, &st) != 0)
        fail(e, EXIT_USAGE, "%s: cannot be read: %s", path, strerror(errno));
    else if (S_ISDIR(st.st_mode))
        fail(e, EXIT_USAGE, "%s: is a folder, not a scenario file", path);
    else if (!S_ISREG(st.st_mode))
        fail(e, EXIT_USAGE, "%s: is not a regular file", path);
    else if (st.st_size > TREE_MAX_BYTES)
        fail(e, EXIT_USAGE, "%s:1:1: the file is larger than 1 MiB; no scenario needs that", path);
    else
        ok = read_all(fd, path, bytes, size, e);
    close(fd);
    return ok;
}

// Length of the UTF-8 sequence at p (0: not UTF-8) and its code point.
static size_t utf8_decode(const unsigned char *p, size_t left, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t length = *p < 0x80             ? 1
                    : (*p & 0xE0) == 0xC0 ? 2
                    : (*p & 0xF0) == 0xE0 ? 3
                    : (*p & 0xF8) == 0xF0 ? 4
                                          : 0;
    if (length == 0 || length > left)
        return 0;
    *code = length == 1 ? *p : *p & (0xFFu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *code = *code << 6 | (p[i] & 0x3Fu);
    }
    bool surrogate = *code >= 0xD800 && *code <= 0xDFFF;
    return length > 1 && (*code < smallest[length] || surrogate || *code > 0x10FFFF) ? 0 : length;
}

// libyaml names no line for such bytes, so they are looked for first.
static bool check_bytes(const char *name, const char *bytes, size_t size, struct error *e)
{
    size_t line = 1, column = 1;
    bool any = false, comment = false;
    for (size_t i = 0; i < size;) {
        uint32_t code = 0;
        size_t length = utf8_decode((const unsigned char *)bytes + i, size - i, &code);
        if (length == 0)
            return fail(e, EXIT_USAGE, "%s:%zu:%zu: not UTF-8 text; is this a scenario file?", name, line,
                        column);
        bool control =
            code < 0x20 ? code != '\t' && code != '\n' && code != '\r' : code >= 0x7F && code < 0xA0;
        if (control && code != 0x85)
            return fail(e, EXIT_USAGE, "%s:%zu:%zu: control character 0x%02x; is this a scenario file?", name,
                        line, column, (unsigned)code);
        comment = code == '\n' ? false : comment || code == '#';
        any = any || (!comment && code > ' ' && code != 0xFEFF);
        column++;
        if (code == '\n') {
            line++;
            column = 1;
        }
        i += length;
    }
    return any || fail(e, EXIT_USAGE, "%s:1:1: the file is empty", name);
}

// ---- events ----

struct reading {
    const char *name;
    yaml_parser_t parser;
    yaml_event_t event;
    bool have; // an event is held and must be freed
    struct error *e;
};

static struct place place_of(yaml_mark_t mark)
{
    return (struct place){NULL, mark.line + 1, mark.column + 1};
}

static bool refuse(struct reading *r, struct place at, const char *message)
{
    return fail(r->e, EXIT_USAGE, "%s:%zu:%zu: %s", r->name, at.line, at.column, message);
}

static bool next_event(struct reading *r)
{
    if (r->have)
        yaml_event_delete(&r->event);
    r->have = yaml_parser_parse(&r->parser, &r->event) != 0;
    if (r->have)
        return true;
    const char *problem = r->parser.problem ? r->parser.problem : "not YAML";
    return refuse(r, place_of(r->parser.problem_mark), problem);
}

static bool refuse_extras(struct reading *r)
{
    const yaml_event_t *ev = &r->event;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (ev->type == YAML_ALIAS_EVENT)
        return refuse(r, place_of(ev->start_mark), "aliases (*name) are not taken; write the value out");
    if (ev->type == YAML_SCALAR_EVENT) {
        anchor = ev->data.scalar.anchor;
        tag = ev->data.scalar.tag;
    } else if (ev->type == YAML_SEQUENCE_START_EVENT) {
        anchor = ev->data.sequence_start.anchor;
        tag = ev->data.sequence_start.tag;
    } else if (ev->type == YAML_MAPPING_START_EVENT) {
        anchor = ev->data.mapping_start.anchor;
        tag = ev->data.mapping_start.tag;
    }
    if (anchor)
        return refuse(r, place_of(ev->start_mark), "anchors (&name) are not taken; write the value out");
    if (tag)
        return refuse(r, place_of(ev->start_mark), "tags (!name) are not taken; values are taken as written");
    return true;
}

static struct node *read_node(struct reading *r, size_t depth);

static int compare_keys(const void *a, const void *b)
{
    const struct entry *x = *(const struct entry *const *)a, *y = *(const struct entry *const *)b;
    int order = strcmp(x->key, y->key);
    return order ? order : x < y ? -1 : x > y;
}

// Sorted, not pairwise: a file of 1 MiB can hold a quarter of a million keys.
static bool refuse_duplicates(struct reading *r, const struct node *map)
{
    if (map->count < 2)
        return true;
    const struct entry **sorted = must_alloc(map->count, sizeof(void *));
    for (size_t i = 0; i < map->count; i++)
        sorted[i] = &map->items[i];
    qsort(sorted, map->count, sizeof(void *), compare_keys);
    const struct entry *twice = NULL, *first = NULL;
    for (size_t i = 1; i < map->count; i++)
        if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0 && (twice == NULL || sorted[i] < twice)) {
            first = sorted[i - 1];
            twice = sorted[i];
        }
    free(sorted);
    if (twice == NULL)
        return true;
    return fail(r->e, EXIT_USAGE, "%s:%zu:%zu: key \"%.60s\" is here twice, first on line %zu", r->name,
                twice->at.line, twice->at.column, twice->key, first->at.line);
}

// The children of the collection whose start event is held. False when something was refused.
static bool read_children(struct reading *r, struct node *node, size_t depth)
{
    yaml_event_type_t end = node->kind == NODE_MAP ? YAML_MAPPING_END_EVENT : YAML_SEQUENCE_END_EVENT;
    for (;;) {
        if (!next_event(r))
            return false;
        if (r->event.type == end)
            return node->kind != NODE_MAP || refuse_duplicates(r, node);
        struct node *key = NULL;
        struct place at = place_of(r->event.start_mark);
        if (node->kind == NODE_MAP) {
            key = read_node(r, depth + 1);
            bool plain = key && key->kind == NODE_SCALAR;
            if (key && !plain)
                refuse(r, at, "a key must be a plain name");
            if (!plain || !next_event(r)) {
                node_free(key);
                return false;
            }
        }
        struct node *value = read_node(r, depth + 1);
        if (value)
            node_append(node, key ? key->text : NULL, at, value);
        node_free(key);
        if (value == NULL)
            return false;
    }
}

// The node whose first event is held; NULL when something in it was refused.
static struct node *read_node(struct reading *r, size_t depth)
{
    if (!refuse_extras(r))
        return NULL;
    struct place at = place_of(r->event.start_mark);
    if (r->event.type == YAML_SCALAR_EVENT) {
        const char *text = (const char *)r->event.data.scalar.value;
        if (strlen(text) != r->event.data.scalar.length) {
            refuse(r, at, "a NUL character in a value");
            return NULL;
        }
        struct node *node = node_scalar(text, at);
        node->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return node;
    }
    if (depth > TREE_MAX_DEPTH) {
        refuse(r, at, "nested more than 64 deep");
        return NULL;
    }
    struct node *node = node_map(at);
    node->kind = r->event.type == YAML_MAPPING_START_EVENT ? NODE_MAP : NODE_LIST;
    if (!read_children(r, node, depth)) {
        node_free(node);
        return NULL;
    }
    return node;
}

static struct node *read_document(struct reading *r)
{
    if (!next_event(r) || !next_event(r)) // stream start, then document start
        return NULL;
    if (r->event.type != YAML_DOCUMENT_START_EVENT) {
        refuse(r, (struct place){NULL, 1, 1}, "the file is empty");
        return NULL;
    }
    if (!next_event(r))
        return NULL;
    struct node *root = read_node(r, 1);
    if (root == NULL)
        return NULL;
    bool ended = next_event(r) && next_event(r); // document end, then what follows
    if (ended && r->event.type != YAML_STREAM_END_EVENT)
        ended = refuse(r, place_of(r->event.start_mark), "a second document; one file holds one scenario");
    if (ended)
        return root;
    node_free(root);
    return NULL;
}

bool tree_parse(const char *name, const char *bytes, size_t size, struct node **root, struct error *e)
{
    *root = NULL;
    if (!check_bytes(name, bytes, size, e))
        return false;
    struct reading r = {.name = name, .e = e};
    if (!yaml_parser_initialize(&r.parser))
        return fail(e, EXIT_USAGE, "%s: out of memory", name);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)bytes, size);
    *root = read_document(&r);
    if (r.have)
        yaml_event_delete(&r.event);
    yaml_parser_delete(&r.parser);
    return *root != NULL;
}
