// SPDX-License-Identifier: Apache-2.0
#include "scenario/strategies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scenario/mem.h"
#include "scenario/reader.h"
#include "strategy/spill.h"

// ---- names ----

bool edge_strategy_at(size_t index, struct weir_card *card)
{
    for (size_t i = 0; weir_card_at(i, card); i++)
        if (weir_on_edge(card->place) && index-- == 0)
            return true;
    return false;
}

const char *edge_strategy_name_at(size_t index)
{
    struct weir_card card;
    return edge_strategy_at(index, &card) ? card.name : NULL;
}

static bool find_card(const char *name, struct weir_card *card)
{
    for (size_t i = 0; weir_card_at(i, card); i++)
        if (strcmp(card->name, name) == 0)
            return true;
    return false;
}

// Says why a name cannot stand on an edge.
static void refuse_name(struct report *report, const struct key_spec *spec, const char *name, struct place at)
{
    struct weir_card card;
    if (find_card(name, &card)) {
        report_error(report, at, "%s acts at the place \"%s\", not on an edge: it has a key of its own", name,
                     weir_place_name(card.place));
        return;
    }
    char *hint = hint_names(name, schema_choice_at, spec);
    report_error(report, at, "there is no strategy \"%.60s\"%s", name, hint);
    free(hint);
}

// ---- parameters ----

enum quantity strategy_param_quantity(enum weir_param_type type)
{
    switch (type) {
    case WEIR_PARAM_DURATION: return Q_DURATION;
    case WEIR_PARAM_COUNT: return Q_COUNT;
    case WEIR_PARAM_SHARE: return Q_SHARE;
    case WEIR_PARAM_RATE: return Q_RATE;
    case WEIR_PARAM_NUMBER: return Q_NUMBER;
    case WEIR_PARAM_SIZE: return Q_SIZE;
    case WEIR_PARAM_TEXT: break; // no quantity
    }
    return Q_NUMBER;
}

static const char *param_at(const void *card, size_t index)
{
    const struct weir_param_spec *params = ((const struct weir_card *)card)->params;
    return params ? params[index].key : NULL;
}

// The only text so far is the folder of an edge's overflow.
static void read_text(struct report *report, const struct weir_card *card, const struct entry *entry,
                      struct edge_spec *edge)
{
    if (entry->value->kind != NODE_SCALAR || entry->value->text[0] == '\0') {
        report_error(report, entry->value->at, "strategy %s: %s must be a path, this is %s", card->name,
                     entry->key, *node_kind_name(entry->value) ? node_kind_name(entry->value) : "empty");
        return;
    }
    free(edge->spill_path);
    edge->spill_path = must_copy(entry->value->text);
}

static void read_param(struct report *report, const struct weir_card *card, const struct entry *entry,
                       struct weir_strategy_state *state, struct edge_spec *edge)
{
    const struct weir_param_spec *params = card->params;
    for (size_t i = 0; params && params[i].key && i < WEIR_STRATEGY_PARAMS_MAX; i++)
        if (strcmp(params[i].key, entry->key) == 0) {
            if (params[i].type == WEIR_PARAM_TEXT) {
                read_text(report, card, entry, edge);
                return;
            }
            struct key_spec spec = {.key = params[i].key, .min = params[i].min, .max = params[i].max};
            read_quantity(report, &spec, strategy_param_quantity(params[i].type), entry->value,
                          &state->params[i]);
            return;
        }
    char *hint = hint_names(entry->key, param_at, card);
    report_error(report, entry->at, "unknown key \"%.60s\" in strategy %s%s", entry->key, card->name,
                 params ? hint : ", which takes none");
    free(hint);
}

static void read_params(struct report *report, const struct weir_card *card, const struct node *params,
                        struct weir_strategy_state *state, struct edge_spec *edge)
{
    weir_params_defaults(card->params, state);
    if (params && params->kind != NODE_MAP)
        report_error(report, params->at,
                     "strategy %s: parameters are a map such as {timeout: 50ms}, this is %s", card->name,
                     node_kind_name(params));
    for (size_t i = 0; params && params->kind == NODE_MAP && i < params->count; i++)
        read_param(report, card, &params->items[i], state, edge);
}

// ---- one strategy ----

// Where the parameters of a strategy go; NULL when its place is taken.
static struct weir_strategy_state *take_place(struct report *report, const struct weir_card *card,
                                              struct place at, struct edge_spec *edge)
{
    const char *other = NULL;
    if (strcmp(card->name, weir_spill.name) == 0) {
        if (edge->spills)
            report_error(report, at, "strategy %s stands there twice", card->name);
        edge->spills = true;
        return &edge->spill_state;
    }
    if (card->place == WEIR_AT_ADMISSION && !edge->admission) {
        edge->admission = weir_strategy_find(card->name);
        edge->admission_written = true;
        return &edge->admission_state;
    }
    if (card->place == WEIR_AT_DISCIPLINE && !edge->discipline) {
        edge->discipline = weir_discipline_find(card->name);
        return &edge->discipline_state;
    }
    if (card->place == WEIR_AT_ADMISSION)
        other = edge->admission->name;
    else if (card->place == WEIR_AT_DISCIPLINE)
        other = edge->discipline->name;
    if (other) {
        report_error(report, at, "an edge takes one %s strategy, and %s stands beside %s",
                     weir_place_name(card->place), card->name, other);
        return NULL;
    }
    for (size_t i = 0; i < edge->pacing_count; i++)
        if (strcmp(edge->pacing[i]->name, card->name) == 0) {
            report_error(report, at, "pacing strategy %s stands there twice", card->name);
            return NULL;
        }
    if (edge->pacing_count == EDGE_PACINGS_MAX) {
        report_error(report, at, "an edge takes at most %d pacing strategies, and %s is one more",
                     EDGE_PACINGS_MAX, card->name);
        return NULL;
    }
    edge->pacing[edge->pacing_count] = weir_pacing_find(card->name);
    return &edge->pacing_state[edge->pacing_count++];
}

// A strategy's name, and its parameters when it was written as {name: {...}}.
static void read_one(struct report *report, const struct key_spec *spec, const char *name, struct place at,
                     const struct node *params, struct edge_spec *edge)
{
    struct weir_card card;
    if (!find_card(name, &card) || !weir_on_edge(card.place)) {
        refuse_name(report, spec, name, at);
        return;
    }
    struct weir_strategy_state *state = take_place(report, &card, at, edge);
    if (state)
        read_params(report, &card, params, state, edge);
}

static void read_written(struct report *report, const struct key_spec *spec, const struct node *node,
                         struct edge_spec *edge)
{
    if (node->kind == NODE_SCALAR)
        read_one(report, spec, node->text, node->at, NULL, edge);
    else if (node->kind == NODE_MAP && node->count == 1)
        read_one(report, spec, node->items[0].key, node->items[0].at, node->items[0].value, edge);
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
                read_written(report, spec, item, edge);
        }
}

void read_strategies(struct report *report, const struct key_spec *spec, const struct node *node,
                     struct edge_spec *edge)
{
    read_written(report, spec, node, edge);
    if (edge->admission == NULL && (edge->admission = weir_strategy_find(spec->fallback)))
        weir_strategy_defaults(edge->admission, &edge->admission_state);
    if (edge->discipline == NULL) {
        edge->discipline = weir_discipline_find("fifo");
        weir_params_defaults(edge->discipline->params, &edge->discipline_state);
    }
}

// ---- text ----

static void add_name(char *out, size_t size, const char *name)
{
    size_t used = strlen(out);
    snprintf(out + used, size - used, "%s%s", used ? "+" : "", name);
}

const char *edge_strategies_text(const struct edge_spec *edge, char *out, size_t size)
{
    out[0] = '\0';
    bool fifo = edge->discipline == NULL || strcmp(edge->discipline->name, "fifo") == 0;
    if (!fifo)
        add_name(out, size, edge->discipline->name);
    if (edge->admission && (edge->admission_written || (fifo && edge->pacing_count == 0 && !edge->spills)))
        add_name(out, size, edge->admission->name);
    if (edge->spills)
        add_name(out, size, weir_spill.name);
    for (size_t i = 0; i < edge->pacing_count; i++)
        add_name(out, size, edge->pacing[i]->name);
    return out;
}
