// SPDX-License-Identifier: Apache-2.0
#include "scenario/reader.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/mem.h"

struct reading {
    struct report *report;
    const struct key_table *table;
    enum quantity law_unit; // in a law's table: the unit of its values
};

bool name_is_plain(const char *text)
{
    size_t length = 0;
    for (; text[length]; length++)
        if (!isalnum((unsigned char)text[length]) && text[length] != '_' && text[length] != '-')
            return false;
    return length > 0 && length <= 64;
}

struct timed timed_of_law(struct law law)
{
    struct timed timed = {must_alloc(1, sizeof *timed.pieces), 1};
    timed.pieces[0] = (struct timed_piece){0, law, 1, 1};
    return timed;
}

static void *field(void *target, const struct key_spec *spec)
{
    return (char *)target + spec->offset;
}

static void store_whole(void *target, const struct key_spec *spec, double value)
{
    uint64_t whole = (uint64_t)(value + 0.5);
    void *to = field(target, spec);
    switch (spec->size) {
    case sizeof(uint8_t): *(uint8_t *)to = (uint8_t)whole; break;
    case sizeof(uint16_t): *(uint16_t *)to = (uint16_t)whole; break;
    case sizeof(uint32_t): *(uint32_t *)to = (uint32_t)whole; break;
    default: *(uint64_t *)to = whole; break;
    }
}

static bool is_scalar(struct report *report, const struct key_spec *spec, const struct node *node)
{
    if (node->kind == NODE_SCALAR)
        return true;
    report_error(report, node->at, "%s must be a plain value, this is %s", spec->key, node_kind_name(node));
    return false;
}

bool read_quantity(struct report *report, const struct key_spec *spec, enum quantity unit,
                   const struct node *node, double *value)
{
    if (!is_scalar(report, spec, node))
        return false;
    const char *why = "";
    double got = 0;
    if (!units_parse(unit, node->text, &got, &why)) {
        report_error(report, node->at, "%s: \"%.60s\" is not %s", spec->key, node->text, why);
        return false;
    }
    double max = schema_max(spec, unit);
    char shown[32];
    if (got < spec->min || got > max) {
        report_error(report, node->at, "%s: %.60s is too %s; the %s is %s", spec->key, node->text,
                     got > max ? "large" : "small", got > max ? "most" : "least",
                     units_print(unit, got > max ? max : spec->min, shown, sizeof shown));
        return false;
    }
    if (unit == Q_COUNT && got > (double)(uint64_t)got) {
        report_error(report, node->at, "%s: %.60s is not a whole number", spec->key, node->text);
        return false;
    }
    *value = got;
    return true;
}

static void read_integer(struct reading *r, const struct key_spec *spec, const struct node *node,
                         void *target)
{
    if (!is_scalar(r->report, spec, node))
        return;
    char *end = NULL;
    errno = 0;
    unsigned long long value = strtoull(node->text, &end, 10);
    // Results are JSON, where integers above 2^53 are not safe; a seed is only a name.
    if (!isdigit((unsigned char)node->text[0]) || *end || errno || value > 1ull << 53)
        report_error(r->report, node->at, "%s: \"%.60s\" is not a whole number from 0 to 2^53", spec->key,
                     node->text);
    else
        *(uint64_t *)field(target, spec) = value;
}

static void read_text(struct reading *r, const struct key_spec *spec, const struct node *node, void *target)
{
    if (!is_scalar(r->report, spec, node))
        return;
    if (spec->type == KEY_NAME && !name_is_plain(node->text)) {
        report_error(r->report, node->at,
                     "%s: \"%.60s\" is not a name (letters, digits, _ and -, at most 64)", spec->key,
                     node->text);
        return;
    }
    if (node->text[0] == '\0') {
        report_error(r->report, node->at, "%s is empty; leave the key out instead", spec->key);
        return;
    }
    char **to = field(target, spec);
    free(*to);
    *to = must_copy(node->text);
}

// Index of the choice, -1 when there is none of that name (reported when r is not NULL).
static int read_choice(struct reading *r, const struct key_spec *spec, const struct node *node)
{
    if (!is_scalar(r->report, spec, node))
        return -1;
    const char *name;
    for (size_t i = 0; (name = spec->choice(i)) != NULL; i++)
        if (strcmp(name, node->text) == 0)
            return (int)i;
    char *hint = hint_names(node->text, schema_choice_at, spec);
    report_error(r->report, node->at, "%s: there is no \"%.60s\"%s", spec->key, node->text, hint);
    free(hint);
    return -1;
}

static const char *names_of_kind(enum key_type type)
{
    switch (type) {
    case KEY_MAP: return "a map of keys";
    case KEY_LIST: return "a list";
    case KEY_TEXTS: return "a list of texts";
    default: return "a map of keys";
    }
}

static bool has_kind(struct reading *r, const struct key_spec *spec, const struct node *node,
                     enum node_kind kind)
{
    if (node->kind == kind)
        return true;
    report_error(r->report, node->at, "%s must be %s, this is %s", spec->key, names_of_kind(spec->type),
                 node_kind_name(node));
    return false;
}

static void read_sub_map(struct reading *r, const struct key_spec *spec, const struct node *node,
                         struct place at, void *target)
{
    if (node && node->kind == NODE_SCALAR && spec->plain) {
        struct node *map = node_map(node->at);
        node_append(map, spec->plain, node->at, node_clone(node));
        read_map(r->report, spec->table, map, at, field(target, spec));
        node_free(map);
    } else if (node == NULL || has_kind(r, spec, node, NODE_MAP)) {
        // A field-less map (the sink, read by the build) has no place in the target.
        if (spec->size)
            read_map(r->report, spec->table, node, at, field(target, spec));
    }
}

static void read_node_ref(struct reading *r, const struct key_spec *spec, const struct node *node,
                          void *target)
{
    bool ok = true;
    if (spec->type == KEY_LIST || spec->type == KEY_TEXTS)
        ok = has_kind(r, spec, node, NODE_LIST);
    else if (spec->type == KEY_NODE)
        ok = has_kind(r, spec, node, NODE_MAP);
    if (ok && spec->size)
        *(const struct node **)field(target, spec) = node;
}

static void read_timed(struct reading *r, const struct key_spec *spec, const struct node *node, void *target)
{
    struct timed *timed = field(target, spec);
    struct law law = law_constant(0);
    if (spec->type == KEY_TIMED)
        read_quantity(r->report, spec, spec->unit, node, &law.mean);
    else
        read_law(r->report, spec, spec->unit, node, &law);
    free(timed->pieces);
    *timed = timed_of_law(law);
}

static void read_value(struct reading *r, const struct key_spec *spec, const struct node *node, void *target)
{
    enum quantity unit = spec->unit == UNIT_OF_LAW ? r->law_unit : spec->unit;
    double value = 0;
    int index;
    switch (spec->type) {
    case KEY_WHOLE:
        if (read_quantity(r->report, spec, unit, node, &value))
            store_whole(target, spec, value);
        break;
    case KEY_REAL: read_quantity(r->report, spec, unit, node, field(target, spec)); break;
    case KEY_INTEGER: read_integer(r, spec, node, target); break;
    case KEY_NAME:
    case KEY_TEXT: read_text(r, spec, node, target); break;
    case KEY_CHOICE:
        if ((index = read_choice(r, spec, node)) >= 0)
            store_whole(target, spec, index);
        break;
    case KEY_LAW: read_law(r->report, spec, unit, node, field(target, spec)); break;
    case KEY_TIMED_LAW:
    case KEY_TIMED: read_timed(r, spec, node, target); break;
    case KEY_MAP: read_sub_map(r, spec, node, node->at, target); break;
    case KEY_LIST:
    case KEY_NODE:
    case KEY_TEXTS:
    case KEY_NAMES: read_node_ref(r, spec, node, target); break;
    default: read_special(r->report, spec, node, target); break;
    }
}

static void read_default(struct reading *r, const struct key_spec *spec, struct place at, void *target)
{
    if (spec->type == KEY_MAP)
        read_sub_map(r, spec, NULL, at, target);
    else if (spec->fallback) {
        struct node *node = node_scalar(spec->fallback, at);
        read_value(r, spec, node, target);
        node_free(node);
    } else if (spec->type >= KEY_QUEUE)
        read_special(r->report, spec, NULL, target);
    else if (spec->type == KEY_TIMED || spec->type == KEY_TIMED_LAW) {
        struct timed *timed = field(target, spec);
        *timed = timed_of_law(law_constant(0));
    }
}

// The variant that the map's own key chooses: -1 when it is written wrongly or not at all where it must be.
static int read_variant(struct reading *r, const struct node *map)
{
    if (r->table->variant == NULL)
        return 0;
    const struct key_spec *spec = schema_key(r->table, r->table->variant);
    const struct node *node = node_get(map, spec->key);
    const char *text = node && node->kind == NODE_SCALAR ? node->text : node ? NULL : spec->fallback;
    const char *name;
    for (size_t i = 0; text && (name = spec->choice(i)) != NULL; i++)
        if (strcmp(name, text) == 0)
            return (int)i;
    return -1;
}

static void refuse_unknown(struct reading *r, const struct entry *entry)
{
    char *hint = hint_names(entry->key, schema_key_at, r->table);
    report_error(r->report, entry->at, "unknown key \"%.60s\" in %s%s", entry->key, r->table->what, hint);
    free(hint);
}

// A key of another variant. When an axis or the command line chose the variant, the key is left alone: the
// file then describes several variants at once.
static void refuse_misplaced(struct reading *r, const struct node *map, const struct entry *entry,
                             int variant)
{
    const struct node *chooser = node_get(map, r->table->variant);
    if (variant < 0 || (chooser && chooser->laid))
        return;
    const struct key_spec *spec = schema_key(r->table, r->table->variant);
    report_error(r->report, entry->at, "%s has no meaning in %s with %s: %s", entry->key, r->table->what,
                 spec->key, spec->choice((size_t)variant));
}

static void read_keys(struct reading *r, const struct node *map, struct place at, void *target)
{
    int variant = read_variant(r, map);
    for (size_t i = 0; map && i < map->count && !report_full(r->report); i++) {
        const struct key_spec *spec = schema_key(r->table, map->items[i].key);
        if (spec == NULL)
            refuse_unknown(r, &map->items[i]);
        else if (!schema_applies(spec, variant))
            refuse_misplaced(r, map, &map->items[i], variant);
    }
    for (const struct key_spec *spec = r->table->keys; spec->key; spec++) {
        const struct node *node = node_get(map, spec->key);
        if (node && (schema_applies(spec, variant) || variant < 0))
            read_value(r, spec, node, target);
        else {
            read_default(r, spec, at, target);
            bool missing = map && !node && schema_requires(spec, variant) &&
                           (variant >= 0 || strcmp(spec->key, r->table->variant) == 0);
            if (missing)
                report_error(r->report, at, "%s needs %s: %s", r->table->what, spec->key, spec->help);
        }
    }
}

void read_map(struct report *report, const struct key_table *table, const struct node *map, struct place at,
              void *target)
{
    struct reading r = {report, table, Q_NUMBER};
    read_keys(&r, map, at, target);
}

static bool law_is_sound(struct report *report, const struct node *node, struct law *law)
{
    bool mean = node_get(node, "mean"), median = node_get(node, "median");
    if (law->kind == LAW_LOGNORMAL && mean == median) {
        report_error(report, node->at, "a lognormal law needs either median or mean");
        return false;
    }
    if (law->kind == LAW_LOGNORMAL && mean)
        law->median = law->mean / own_exp(law->sigma * law->sigma / 2);
    bool bounded = law->kind == LAW_UNIFORM || (law->kind == LAW_PARETO && law->max > 0);
    if (bounded && law->max < law->min) {
        report_error(report, node->at, "the law's max is below its min");
        return false;
    }
    if (law->kind == LAW_PARETO && law->min <= 0) {
        report_error(report, node->at, "a pareto law needs a min above 0");
        return false;
    }
    return true;
}

bool read_law(struct report *report, const struct key_spec *spec, enum quantity unit, const struct node *node,
              struct law *law)
{
    if (node->kind == NODE_SCALAR) {
        double value = 0;
        if (!read_quantity(report, spec, unit, node, &value))
            return false;
        *law = law_constant(value);
        return true;
    }
    if (node->kind == NODE_LIST) {
        report_error(report, node->at, "%s must be a plain value or {law: ...}, this is a list", spec->key);
        return false;
    }
    struct law got = {.kind = LAW_CONSTANT};
    size_t before = report->count;
    bool full = report_full(report);
    struct reading r = {report, &schema_law, unit};
    read_keys(&r, node, node->at, &got);
    if (full || report->count > before || !law_is_sound(report, node, &got))
        return false;
    *law = got;
    return true;
}
