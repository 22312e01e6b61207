// SPDX-License-Identifier: Apache-2.0
// `weir list strategies`, and docs/strategies.md: cards (what there is, with parameters), pages (what there
// is to say about it) and the checker's word on which queues each runs on.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "cli/combinations.h"
#include "cli/lists.h"
#include "result/jsonx.h"
#include "scenario/strategies.h"
#include "strategy/cards.h"
#include "strategy/pages.h"
#include "strategy/retry.h"

static const char *const about_places[] = {
    [WEIR_AT_ADMISSION] =
        "The door of an edge: what happens to a record that wants in. One an edge, `block` by default.",
    [WEIR_AT_DISCIPLINE] =
        "The queue of an edge: in which order records leave, and whether. One an edge, `fifo` by default.",
    [WEIR_AT_PACING] = "The producers of an edge: when they may offer the next record. Any number an edge.",
    [WEIR_AT_PROCESSING] = "The work of a stage.",
    [WEIR_AT_SCALING] = "The workers of a stage.",
    [WEIR_AT_SENDING] = "The attempts of a sink or a source's client.",
};

// Where the last three places are written in a scenario.
static const struct {
    const char *name, *key;
} written[] = {
    {"fail_open", "a stage's `fail_open: {mark: 80%}`"},
    {"autoscale", "a stage's `workers: {min: 1, max: 10, up: 80%, down: 20%, interval: 1s}`"},
    {"retry", "a sink's or OTLP source's `retry: PROFILE` or `retry: {profile: PROFILE, ...}`"},
    {"breaker", "a sink's `breaker: {failures: 5, ...}`"},
};

// Exactly, as a scenario would write it.
static const char *value_text(enum quantity q, double value, char *text, size_t size)
{
    bool plain = q == Q_COUNT || q == Q_NUMBER || (q == Q_SIZE && fmod(value, 1024) != 0);
    if (!plain)
        return units_print(q, value, text, size);
    snprintf(text, size, "%.15g%s", value, q == Q_SIZE ? "B" : "");
    return text;
}

static json_t *params_json(const struct weir_card *card)
{
    json_t *list = json_array();
    for (const struct weir_param_spec *p = card->params; p && p->key; p++) {
        char text[48];
        enum quantity q = strategy_param_quantity(p->type);
        json_t *o = json_object();
        jsonx_set(o, "key", jsonx_text(p->key));
        jsonx_set(o, "help", jsonx_text(p->help));
        json_array_append_new(list, o);
        if (p->type == WEIR_PARAM_TEXT) {
            jsonx_set(o, "type", json_string("text"));
            continue;
        }
        jsonx_set(o, "type", json_string(quantity_name(q)));
        jsonx_set(o, "default", json_string(value_text(q, p->fallback, text, sizeof text)));
        jsonx_set(o, "min", json_string(value_text(q, p->min, text, sizeof text)));
        jsonx_set(o, "max", json_string(value_text(q, p->max, text, sizeof text)));
    }
    return list;
}

static json_t *queues_json(const struct plan *combinations, const char *strategy, bool works)
{
    json_t *list = json_array();
    const struct weir_queue_ops *q;
    for (size_t i = 0; (q = weir_queue_at(i)) != NULL; i++)
        if ((combination_refused(combinations, q->name, strategy) == NULL) == works)
            json_array_append_new(list, json_string(q->name));
    return list;
}

static void set_page(json_t *o, const struct weir_page *page)
{
    if (page == NULL)
        return;
    jsonx_set(o, "semantics", jsonx_text(page->semantics));
    jsonx_set(o, "used_by", jsonx_text(page->used_by));
    jsonx_set(o, "lost", jsonx_text(page->lost));
    jsonx_set(o, "wins", jsonx_text(page->wins));
    jsonx_set(o, "loses", jsonx_text(page->loses));
    if (page->source)
        jsonx_set(o, "source", jsonx_text(page->source));
}

static json_t *profiles_json(void)
{
    json_t *list = json_array();
    const struct weir_retry_policy *p;
    for (size_t i = 0; (p = weir_retry_at(i)) != NULL; i++) {
        json_t *o = json_object();
        jsonx_set(o, "name", jsonx_text(p->name));
        jsonx_set(o, "summary", jsonx_text(p->summary));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *card_json(const struct weir_card *card, const struct plan *combinations)
{
    json_t *o = json_object();
    jsonx_set(o, "name", jsonx_text(card->name));
    jsonx_set(o, "place", json_string(weir_place_name(card->place)));
    jsonx_set(o, "summary", jsonx_text(card->summary));
    jsonx_set(o, "params", params_json(card));
    jsonx_set(o, "loses_records", json_boolean(card->flags & WEIR_S_LOSES));
    if (weir_on_edge(card->place)) {
        jsonx_set(o, "queues", queues_json(combinations, card->name, true));
        jsonx_set(o, "not_on", queues_json(combinations, card->name, false));
    }
    for (size_t i = 0; i < sizeof written / sizeof *written; i++)
        if (strcmp(written[i].name, card->name) == 0)
            jsonx_set(o, "written_as", jsonx_text(written[i].key));
    set_page(o, weir_page_find(card->name));
    if (strcmp(card->name, "retry") == 0)
        jsonx_set(o, "profiles", profiles_json());
    return o;
}

bool list_strategies(json_t *list, struct error *e)
{
    struct weir_card card;
    struct plan *combinations = combinations_load(e);
    if (combinations == NULL)
        return false;
    for (size_t i = 0; weir_card_at(i, &card); i++)
        json_array_append_new(list, card_json(&card, combinations));
    plan_free(combinations);
    return true;
}

// ---- markdown ----

static void print_names(const json_t *names)
{
    size_t i;
    json_t *name;
    json_array_foreach(names, i, name) printf("%s`%s`", i ? ", " : "", json_string_value(name));
}

static void print_params(const json_t *params)
{
    size_t i;
    json_t *p;
    if (json_array_size(params) == 0)
        return;
    puts("\n| parameter | default | from | to | |\n|---|---|---|---|---|");
    json_array_foreach(params, i, p)
        printf("| `%s` | %s | %s | %s | %s |\n", jsonx_string(p, "key"), jsonx_string(p, "default"),
               jsonx_string(p, "min"), jsonx_string(p, "max"), jsonx_string(p, "help"));
}

static void print_one(const json_t *s)
{
    static const struct {
        const char *key, *title;
    } rows[] = {{"used_by", "Who works like this"},
                {"lost", "What is lost, and where it is counted"},
                {"wins", "Wins"},
                {"loses", "Loses"},
                {"source", "Follows"}};
    size_t i;
    json_t *p;
    printf("\n### %s\n\n%s\n\n", jsonx_string(s, "name"),
           json_object_get(s, "semantics") ? jsonx_string(s, "semantics") : jsonx_string(s, "summary"));
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++)
        if (json_object_get(s, rows[k].key))
            printf("- *%s:* %s\n", rows[k].title, jsonx_string(s, rows[k].key));
    if (json_object_get(s, "written_as"))
        printf("- *Written as:* %s\n", jsonx_string(s, "written_as"));
    if (json_array_size(json_object_get(s, "not_on"))) {
        fputs("- *Queues:* ", stdout);
        print_names(json_object_get(s, "queues"));
        fputs("; not on ", stdout);
        print_names(json_object_get(s, "not_on"));
        putchar('\n');
    }
    json_array_foreach(json_object_get(s, "profiles"), i, p)
        printf("- *Profile* `%s`: %s\n", jsonx_string(p, "name"), jsonx_string(p, "summary"));
    print_params(json_object_get(s, "params"));
}

void print_strategies_markdown(const json_t *list)
{
    size_t i;
    json_t *s;
    puts("# Strategies\n\nMade by `weir list strategies --markdown` from the tables that the program itself "
         "uses. An edge takes "
         "one admission, one\ndiscipline and any pacing: `strategy: NAME`, `strategy: {NAME: {parameter: "
         "value}}` or a list of "
         "these.");
    const char *place = "";
    json_array_foreach(list, i, s)
    {
        const char *own = jsonx_string(s, "place");
        for (size_t k = 0; strcmp(own, place) != 0 && k < sizeof about_places / sizeof *about_places; k++)
            if (strcmp(weir_place_name((enum weir_strategy_place)k), own) == 0)
                printf("\n## %c%s\n\n%s\n", own[0] - 'a' + 'A', own + 1, about_places[k]);
        place = own;
        print_one(s);
    }
}
