// SPDX-License-Identifier: Apache-2.0
// Axes and the command line's share in them.
#include "scenario/matrix.h"

#include <stdlib.h>
#include <string.h>

#include "scenario/mem.h"

// ---- texts from the command line ----

static struct place place_of_option(struct matrix *m, const char *option, const char *value)
{
    m->origins = must_grow(m->origins, m->origin_count, &m->origin_room, sizeof *m->origins);
    char *origin = must_print("%s %s", option, value);
    m->origins[m->origin_count++] = origin;
    return (struct place){origin, 0, 0};
}

static void place_all(struct node *node, struct place at)
{
    node->at = at;
    for (size_t i = 0; i < node->count; i++) {
        node->items[i].at = at;
        place_all(node->items[i].value, at);
    }
}

// A value as the command line gives it: plain text, or flow YAML when it begins like that.
static struct node *parse_value(const char *text, struct place at, struct report *report)
{
    if (*text != '{' && *text != '[')
        return node_scalar(text, at);
    struct error e = {EXIT_OK, ""};
    struct node *node;
    if (!tree_parse("value", text, strlen(text), &node, &e)) {
        report_error(report, at, "%s", e.text);
        return NULL;
    }
    place_all(node, at);
    return node;
}

// ---- axes ----

static struct axis *find_axis(struct matrix *m, const char *key)
{
    for (size_t i = 0; i < m->count; i++)
        if (strcmp(m->axes[i].key, key) == 0)
            return &m->axes[i];
    return NULL;
}

static void empty_axis(struct axis *axis)
{
    for (size_t i = 0; i < axis->count; i++)
        node_free(axis->values[i]);
    free(axis->values);
    free(axis->keep);
    axis->values = NULL;
    axis->keep = NULL;
    axis->count = axis->kept = 0;
}

static struct axis *add_axis(struct matrix *m, const char *key, struct place at)
{
    m->axes = must_grow(m->axes, m->count, &m->room, sizeof *m->axes);
    m->axes[m->count] = (struct axis){.key = must_copy(key), .at = at};
    return &m->axes[m->count++];
}

static void add_value(struct axis *axis, struct node *value)
{
    struct node **values = must_alloc(axis->count + 1, sizeof(struct node *));
    bool *keep = must_alloc(axis->count + 1, sizeof(bool));
    if (axis->count > 0)
        memcpy(values, axis->values, axis->count * sizeof(struct node *));
    for (size_t i = 0; i <= axis->count; i++)
        keep[i] = true;
    values[axis->count] = value;
    free(axis->values);
    free(axis->keep);
    axis->values = values;
    axis->keep = keep;
    axis->kept = ++axis->count;
}

// The name of what may have parameters: of {name: {...}} the name.
static const char *value_name(const struct node *value)
{
    if (value->kind == NODE_MAP && value->count == 1)
        return value->items[0].key;
    return value->kind == NODE_SCALAR ? value->text : "";
}

// Whether text is the names of a list, joined: codel+drop_newest for [{codel: {target: 1ms}}, drop_newest].
static bool list_is(const struct node *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *name = value_name(list->items[i].value);
        size_t length = strlen(name);
        bool last = i + 1 == list->count;
        if (length == 0 || strncmp(text, name, length) != 0 || text[length] != (last ? '\0' : '+'))
            return false;
        text += length + 1;
    }
    return list->count > 0;
}

// The name by which --only and people call a value.
static bool value_is(const struct node *value, const char *text)
{
    if (value->kind == NODE_SCALAR)
        return strcmp(value->text, text) == 0;
    if (value->kind == NODE_LIST ? list_is(value, text) : strcmp(value_name(value), text) == 0)
        return true;
    char *flow = node_flow(value);
    bool same = strcmp(flow, text) == 0;
    free(flow);
    return same;
}

static void check_twice(const struct axis *axis, struct report *report)
{
    char **flows = must_alloc(axis->count, sizeof *flows);
    bool twice = false;
    for (size_t i = 0; i < axis->count; i++) {
        flows[i] = node_flow(axis->values[i]);
        for (size_t k = 0; k < i && !twice; k++)
            twice = strcmp(flows[i], flows[k]) == 0;
        if (twice) {
            report_error(report, axis->values[i]->at, "axis %s has the value %.60s twice", axis->key,
                         flows[i]);
            break;
        }
    }
    for (size_t i = 0; i < axis->count; i++)
        free(flows[i]);
    free(flows);
}

static void read_file_axes(struct matrix *m, const struct node *matrix, struct report *report)
{
    for (size_t i = 0; matrix && matrix->kind == NODE_MAP && i < matrix->count; i++) {
        const struct entry *entry = &matrix->items[i];
        const struct node *list = entry->value;
        if (i >= AXES_MAX) {
            report_error(report, entry->at, "a matrix has at most %d axes", AXES_MAX);
            return;
        }
        struct axis *axis = add_axis(m, entry->key, entry->at);
        m->in_file = true;
        if (list->kind == NODE_SCALAR)
            add_value(axis, node_clone(list));
        else if (list->kind != NODE_LIST || list->count == 0 || list->count > CELLS_MAX)
            report_error(report, list->at, "axis %.60s must be a list of 1 to %d values", entry->key,
                         CELLS_MAX);
        else
            for (size_t k = 0; k < list->count; k++)
                add_value(axis, node_clone(list->items[k].value));
    }
}

// Of --strategy codel+drop_newest the list [codel, drop_newest]; any other name as it is.
static struct node *named_value(const char *key, const char *name, struct place at)
{
    if (strcmp(key, "strategy") != 0 || strchr(name, '+') == NULL)
        return node_scalar(name, at);
    struct node *list = node_map(at);
    list->kind = NODE_LIST;
    char *copy = must_copy(name), *rest = copy;
    for (char *one; (one = strsep(&rest, "+")) != NULL;)
        node_append(list, NULL, at, node_scalar(one, at));
    free(copy);
    return list;
}

// --queue a,b and --strategy a,b: replace the axis, or become one.
static void replace_axis(struct matrix *m, const char *key, const char *option, const char *list,
                         struct report *report)
{
    struct place at = place_of_option(m, option, list);
    struct axis *axis = find_axis(m, key);
    if (axis == NULL)
        axis = add_axis(m, key, at);
    empty_axis(axis);
    axis->at = at;
    axis->force = true;
    char *copy = must_copy(list), *rest = copy;
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        if (*name)
            add_value(axis, named_value(key, name, at));
        else
            report_error(report, at, "an empty name in the list");
    }
    free(copy);
}

// ---- --set ----

static void apply_set(struct matrix *m, struct node *root, const char *set, struct report *report)
{
    struct place at = place_of_option(m, "--set", set);
    const char *equals = strchr(set, '=');
    if (equals == NULL || equals == set) {
        report_error(report, at, "write it as key=value, such as app.rate=20k/s");
        return;
    }
    char *key = must_copy_n(set, (size_t)(equals - set));
    struct node *value = parse_value(equals + 1, at, report);
    // A key that is an axis, or could be one for all edges, is held at this value.
    bool edges = strcmp(key, "queue") == 0 || strcmp(key, "strategy") == 0;
    struct axis *axis = find_axis(m, key);
    if (value && (axis || edges)) {
        if (axis == NULL)
            axis = add_axis(m, key, at);
        empty_axis(axis);
        axis->at = at;
        axis->force = true;
        add_value(axis, value);
    } else if (value) {
        size_t before = report->count;
        if (lay_value(root, key, value, at, true, report) == 0 && report->count == before)
            report_error(report, at, "\"%.60s\" reaches nothing", key);
        node_free(value);
    }
    free(key);
}

static void apply_plain(struct matrix *m, struct node *root, const char *option, const char *value)
{
    if (value == NULL)
        return;
    struct place at = place_of_option(m, option, value);
    const char *key = option + 2; // without the dashes
    struct axis *axis = find_axis(m, key);
    struct node *node = node_scalar(value, at);
    node_mark_laid(node);
    if (axis) {
        empty_axis(axis);
        axis->at = at;
        axis->force = true;
        add_value(axis, node);
    } else {
        node_put(root, key, node, at);
    }
}

// ---- --only ----

static const char *axis_key_at(const void *matrix, size_t index)
{
    const struct matrix *m = matrix;
    return index < m->count ? m->axes[index].key : NULL;
}

static void keep_value(struct axis *axis, const char *text, struct place at, struct report *report)
{
    for (size_t i = 0; i < axis->count; i++)
        if (value_is(axis->values[i], text)) {
            axis->kept += !axis->keep[i];
            axis->keep[i] = true;
            return;
        }
    char *all = must_copy("");
    for (size_t i = 0; i < axis->count; i++) {
        char *flow = node_flow(axis->values[i]);
        char *longer = must_print("%s%s%s", all, i ? ", " : "", flow);
        free(flow);
        free(all);
        all = longer;
    }
    report_error(report, at, "axis %s has no value \"%.60s\"; there are: %.400s", axis->key, text, all);
    free(all);
}

static void apply_only(struct matrix *m, const char *only, bool *touched, struct report *report)
{
    struct place at = place_of_option(m, "--only", only);
    const char *equals = strchr(only, '=');
    if (equals == NULL || equals == only || equals[1] == '\0') {
        report_error(report, at, "write it as axis=value or axis=value,value");
        return;
    }
    char *key = must_copy_n(only, (size_t)(equals - only));
    struct axis *axis = find_axis(m, key);
    if (axis == NULL && m->count == 0)
        report_error(report, at, "this scenario has no matrix");
    else if (axis == NULL) {
        char *hint = hint_names(key, axis_key_at, m);
        report_error(report, at, "there is no axis \"%.60s\"%s", key, hint);
        free(hint);
    } else {
        size_t index = (size_t)(axis - m->axes);
        if (!touched[index]) { // the first --only of an axis empties it, more of them add to it
            memset(axis->keep, 0, axis->count * sizeof *axis->keep);
            axis->kept = 0;
            touched[index] = true;
        }
        char *copy = must_copy(equals + 1), *rest = copy;
        for (char *text; (text = strsep(&rest, ",")) != NULL;)
            keep_value(axis, text, at, report);
        free(copy);
    }
    free(key);
}

// ---- all ----

// An axis is tried out on a copy, so that one that reaches nothing is found whatever the other axes say.
static void check_reach(const struct matrix *m, const struct node *root, struct report *report)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct axis *axis = &m->axes[i];
        if (axis->count == 0)
            continue;
        struct node *copy = node_clone(root);
        size_t before = report->count;
        size_t reached = lay_value(copy, axis->key, axis->values[0], axis->at, axis->force, report);
        if (reached == 0 && report->count == before)
            report_error(report, axis->at, "axis %.60s reaches nothing: every edge writes that key itself",
                         axis->key);
        node_free(copy);
    }
}

void matrix_read(struct matrix *m, struct node *root, const struct overrides *over, struct report *report)
{
    static const struct overrides none = {.queues = NULL};
    if (over == NULL)
        over = &none;
    read_file_axes(m, node_get(root, "matrix"), report);
    apply_plain(m, root, "--engine", over->engine);
    apply_plain(m, root, "--duration", over->duration);
    apply_plain(m, root, "--warmup", over->warmup);
    apply_plain(m, root, "--drain", over->drain);
    apply_plain(m, root, "--seed", over->seed);
    apply_plain(m, root, "--reps", over->reps);
    for (size_t i = 0; i < over->set_count; i++)
        apply_set(m, root, over->sets[i], report);
    if (over->queues)
        replace_axis(m, "queue", "--queue", over->queues, report);
    if (over->strategies)
        replace_axis(m, "strategy", "--strategy", over->strategies, report);
    for (size_t i = 0; i < m->count; i++)
        check_twice(&m->axes[i], report);
    bool *touched = must_alloc(m->count, sizeof *touched);
    for (size_t i = 0; i < over->only_count; i++)
        apply_only(m, over->only[i], touched, report);
    free(touched);
    check_reach(m, root, report);
    if (report->count == 0 && matrix_cells(m) > CELLS_MAX)
        report_error(report, m->axes[0].at, "the matrix has more than %d cells; use --only or shorter axes",
                     CELLS_MAX);
}

void matrix_free(struct matrix *m)
{
    for (size_t i = 0; i < m->count; i++) {
        empty_axis(&m->axes[i]);
        free(m->axes[i].key);
    }
    free(m->axes);
    for (size_t i = 0; i < m->origin_count; i++)
        free(m->origins[i]);
    free(m->origins);
}

size_t matrix_cells(const struct matrix *m)
{
    size_t cells = 1;
    for (size_t i = 0; i < m->count && cells <= CELLS_MAX; i++)
        cells *= m->axes[i].kept;
    return cells;
}

bool matrix_skips(const struct matrix *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->axes[i].at.origin == NULL || m->axes[i].count > 1)
            return true;
    return false;
}

static struct cell_param make_param(const struct node *root, const struct axis *axis,
                                    const struct node *value)
{
    struct cell_param param = {.key = must_copy(axis->key)};
    param.text = value->kind == NODE_SCALAR ? must_copy(value->text) : node_flow(value);
    enum quantity unit;
    const char *why;
    if (value->kind == NODE_SCALAR && lay_quantity(root, axis->key, &unit) &&
        units_parse(unit, value->text, &param.number, &why)) {
        param.is_number = true;
        if (unit == Q_DURATION)
            param.number /= 1e9; // the document counts in seconds
    }
    return param;
}

// Index of an axis' value when `nth` counts only those that are kept.
static size_t kept_value(const struct axis *axis, size_t nth)
{
    for (size_t i = 0; i < axis->count; i++)
        if (axis->keep[i] && nth-- == 0)
            return i;
    return 0;
}

struct node *matrix_cell(const struct matrix *m, const struct node *root, size_t index, struct report *report,
                         struct cell_param **params)
{
    size_t *chosen = must_alloc(m->count, sizeof *chosen);
    for (size_t i = m->count; i-- > 0;) { // the last axis is the fastest
        chosen[i] = kept_value(&m->axes[i], index % m->axes[i].kept);
        index /= m->axes[i].kept;
    }
    struct node *cell = node_clone(root);
    *params = must_alloc(m->count, sizeof **params);
    // Dotted axes first: an edge whose queue they write is one that the axis `queue` leaves alone.
    for (unsigned turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < m->count; i++) {
            const struct axis *axis = &m->axes[i];
            bool edges = strcmp(axis->key, "queue") == 0 || strcmp(axis->key, "strategy") == 0;
            if (edges == (turn == 1))
                lay_value(cell, axis->key, axis->values[chosen[i]], axis->at, axis->force, report);
        }
    for (size_t i = 0; i < m->count; i++)
        (*params)[i] = make_param(root, &m->axes[i], m->axes[i].values[chosen[i]]);
    free(chosen);
    return cell;
}

char *matrix_text(const struct matrix *m)
{
    char *text = must_copy("");
    for (size_t i = 0; i < m->count; i++) {
        char *longer = must_print("%s%s%s", text, i ? " x " : "", m->axes[i].key);
        free(text);
        text = longer;
    }
    return text;
}
