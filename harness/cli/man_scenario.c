// SPDX-License-Identifier: Apache-2.0
// weir-scenario.5, from the tables of the scenario's keys and of what a scenario can name.
#include <string.h>

#include "cli/lists.h"
#include "cli/pages.h"
#include "cli/roff.h"
#include "result/jsonx.h"
#include "result/text.h"
#include "scenario/schema.h"

static const char about[] =
    "A scenario says what is offered, what it passes through and where it ends, what changes meanwhile, and "
    "which "
    "variants are compared. It is a YAML file whose first comment line is the question it answers. Each "
    "point of its "
    "matrix is a cell that weir(1) runs by itself.\n\n"
    "Every error is told as file:line:column with what to do; a key that is not in the tables below is one. "
    "Scalars are "
    "taken as written: null, on and off are names. A file is at most 1 MiB, nested at most 64 deep, without "
    "anchors and "
    "aliases. 'weir preview' draws what a scenario offers; its --schema prints a JSON Schema for editors.";

static const char example[] = "# What does half a second of a stalled disk cost, by queue and strategy?\n"
                              "name: stalled-disk\n"
                              "duration: 5s\n"
                              "sources:\n"
                              "  - name: app\n"
                              "    type: synthetic\n"
                              "    arrival: {process: poisson, rate: 20k/s}\n"
                              "    size: 200B\n"
                              "pipeline:\n"
                              "  - {stage: write, queue: {capacity: 4096}}\n"
                              "sink: {type: model, service: 20us}\n"
                              "timeline:\n"
                              "  - {at: 2s, for: 500ms, stall: sink}\n"
                              "matrix:\n"
                              "  queue: [channel, mpmc]\n"
                              "  strategy: [block, drop_newest, drop_oldest]\n"
                              "expect:\n"
                              "  - \"ledger.unknown == 0\"\n"
                              "  - \"strategy == block implies lost == 0\"\n";

static const char suite[] = "suite: nightly\n"
                            "run:\n"
                            "  - {scenario: slow-sink.yaml, engine: sim, reps: 3}\n"
                            "  - {scenario: burst.yaml, only: {queue: mpmc}}\n";

static const struct page_line units[] = {
    {"duration", "200us, 5ms, 10s: ns, us, ms, s, m, h; a bare number is an error, except 0"},
    {"size", "64KiB, 200B: B, kB, MB, GB, KiB, MiB, GiB; a bare number is bytes"},
    {"rate", "50k/s, 2000/s, 10/m: k, M or G, then /s, /m or /h"},
    {"count", "1024, 64k, 1M"},
    {"share", "5% or 0.05"},
    {"number", "a bare number"},
    {NULL, NULL},
};

// ---- keys ----
static const char *unit_name(enum quantity unit)
{
    return unit == UNIT_OF_LAW ? "of the key's unit" : quantity_name(unit);
}

static void type_text(const struct key_spec *spec, char *text, size_t size)
{
    static const char *const plain[] = {
        [KEY_INTEGER] = "integer",
        [KEY_NAME] = "name",
        [KEY_TEXT] = "text",
        [KEY_CHOICE] = "name",
        [KEY_MAP] = "map",
        [KEY_LIST] = "list of maps",
        [KEY_NODE] = "map",
        [KEY_TEXTS] = "list of texts",
        [KEY_NAMES] = "name or list of names",
        [KEY_QUEUE] = "queue",
        [KEY_STRATEGY] = "strategy, map of one, or list",
        [KEY_SENDERS] = "count or external",
        [KEY_CLASSES] = "map of name: share",
        [KEY_LISTEN] = "address:port",
        [KEY_PEER] = "address:port or builtin",
        [KEY_RETRY_AFTER] = "duration, law or none",
        [KEY_PROFILE] = "name",
        [KEY_CHAIN] = "list of processors",
    };
    bool law = spec->type == KEY_LAW || spec->type == KEY_TIMED_LAW;
    const char *name = (size_t)spec->type < sizeof plain / sizeof *plain ? plain[spec->type] : NULL;
    if (law)
        snprintf(text, size, "%s or law", unit_name(spec->unit));
    else if (spec->type == KEY_QUANTITIES)
        snprintf(text, size, "list of %ss", unit_name(spec->unit));
    else if (name && spec->type == KEY_MAP && spec->plain)
        snprintf(text, size, "map, or a plain %s", spec->plain);
    else
        snprintf(text, size, "%s", name ? name : unit_name(spec->unit));
}

static void put_variants(char *text, size_t size, const struct key_table *table, uint32_t bits,
                         const char *before)
{
    const struct key_spec *chooser = table->variant ? schema_key(table, table->variant) : NULL;
    const char *name;
    bool any = false;
    for (size_t i = 0; chooser && (name = chooser->choice(i)) != NULL; i++)
        if (bits >> i & 1u) {
            text_append(text, size, any ? ", " : before);
            text_append(text, size, name);
            any = true;
        }
}

static bool of_some(const struct key_table *table, uint32_t bits)
{
    return table->variant && bits && (bits & ALL) != ALL;
}

static void put_tag(FILE *out, const struct key_table *table, const struct key_spec *spec)
{
    char tag[512], type[128];
    type_text(spec, type, sizeof type);
    snprintf(tag, sizeof tag, "*%s* (%s", spec->key, type);
    if (spec->fallback) {
        text_append(tag, sizeof tag, ", default ");
        text_append(tag, sizeof tag, spec->fallback);
    }
    if (spec->required && !of_some(table, spec->required))
        text_append(tag, sizeof tag, ", required");
    text_append(tag, sizeof tag, ")");
    roff_tag(out, tag);
}

static void put_key(FILE *out, const struct key_table *table, const struct key_spec *spec)
{
    char text[2048] = "";
    put_tag(out, table, spec);
    text_append(text, sizeof text, spec->help);
    text_append(text, sizeof text, ".");
    if (of_some(table, spec->variants)) {
        put_variants(text, sizeof text, table, spec->variants, " Only with: ");
        text_append(text, sizeof text, ".");
    }
    if (of_some(table, spec->required) && (spec->required & spec->variants) != spec->variants) {
        put_variants(text, sizeof text, table, spec->required, " Required with: ");
        text_append(text, sizeof text, ".");
    } else if (of_some(table, spec->required)) {
        text_append(text, sizeof text, " Required there.");
    }
    // Queues and strategies have sections of their own.
    bool listed = spec->choice && spec->type != KEY_QUEUE && spec->type != KEY_STRATEGY;
    for (size_t i = 0; listed && spec->choice(i); i++) {
        text_append(text, sizeof text, i ? ", " : " One of: ");
        text_append(text, sizeof text, spec->choice(i));
    }
    text_append(text, sizeof text, listed ? "." : "");
    roff_text(out, text);
}

struct seen {
    const struct key_table *list[64];
    size_t count;
};

static bool is_new(struct seen *seen, const struct key_table *table)
{
    for (size_t i = 0; i < seen->count; i++)
        if (seen->list[i] == table)
            return false;
    if (seen->count < sizeof seen->list / sizeof *seen->list)
        seen->list[seen->count++] = table;
    return true;
}

// A table, then those that its keys lead to.
static void put_table(FILE *out, const struct key_table *table, const char *title, struct seen *seen)
{
    if (!is_new(seen, table))
        return;
    roff_subsection(out, title);
    for (const struct key_spec *spec = table->keys; spec->key; spec++)
        put_key(out, table, spec);
    for (const struct key_spec *spec = table->keys; spec->key; spec++) {
        char below[160];
        if (spec->table == NULL)
            continue;
        snprintf(below, sizeof below, "%s (of %s)", spec->key, table->what);
        put_table(out, spec->table, below, seen);
    }
}

// ---- what can be named ----
static void put_params(FILE *out, const json_t *params)
{
    size_t i;
    json_t *p;
    json_array_foreach(params, i, p)
    {
        char text[512];
        const char *value = jsonx_string(p, "default");
        snprintf(text, sizeof text, "%s%s%s: %s.", jsonx_string(p, "key"), *value ? " = " : "", value,
                 jsonx_string(p, "help"));
        fputs(".br\n", out);
        roff_text(out, text);
    }
}

static void put_entries(FILE *out, const json_t *list, bool params)
{
    const char *place = "";
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        char tag[160];
        const char *own = jsonx_string(entry, "place");
        if (strcmp(own, place) != 0)
            roff_subsection(out, own);
        place = own;
        snprintf(tag, sizeof tag, "*%s*", jsonx_string(entry, "name"));
        roff_tag(out, tag);
        roff_text(out, jsonx_string(entry, "summary"));
        if (params)
            put_params(out, json_object_get(entry, "params"));
    }
}

static bool put_list(FILE *out, const char *title, const char *text, bool (*list)(json_t *, struct error *),
                     bool params, struct error *e)
{
    json_t *entries = json_array();
    bool ok = list(entries, e);
    roff_section(out, title);
    roff_text(out, text);
    put_entries(out, entries, params);
    json_decref(entries);
    return ok;
}

static void put_units(FILE *out)
{
    roff_section(out, "UNITS");
    roff_text(out, "A quantity is written with its unit, without a space between.");
    for (const struct page_line *line = units; line->name; line++) {
        char tag[64];
        snprintf(tag, sizeof tag, "*%s*", line->name);
        roff_tag(out, tag);
        roff_text(out, line->text);
    }
}

static void put_rules(FILE *out)
{
    roff_section(out, "MATRIX");
    roff_text(out, "The axes queue and strategy hold for every edge that does not write these keys itself. "
                   "Any other axis is "
                   "a dotted key: the name of a source, stage or sink and the key below it (sink.service, "
                   "parse.queue.capacity; "
                   "app.rate stands for its arrival's). The first axis changes slowest. A combination that "
                   "cannot run is skipped, "
                   "with its reason.");
    roff_section(out, "EXPECTATIONS");
    roff_text(out, "An expectation is METRIC OP VALUE with == != < <= > >=, joined by not, and, or, implies "
                   "(in this order of "
                   "binding) and parentheses. A metric is a dotted key of a cell in the result document, a "
                   "parameter of the matrix, or one of "
                   "lost, loss, p50, p99, p99_offered, age, goodput and high_water; 'weir list keys' names "
                   "all of them. One that does not hold makes weir "
                   "exit with 1.");
}

bool man_weir_scenario(FILE *out, struct error *e)
{
    struct seen seen = {0};
    roff_begin(out, "weir-scenario", 5, "File Formats");
    roff_section(out, "NAME");
    fputs("weir\\-scenario \\- scenario and suite files of weir\n", out);
    roff_section(out, "SYNOPSIS");
    roff_marked(out, "_NAME_.yaml");
    roff_section(out, "DESCRIPTION");
    roff_text(out, about);
    put_units(out);
    roff_section(out, "KEYS");
    roff_text(out, "Behind each key stand what it takes and its default.");
    put_table(out, &schema_top, "The file", &seen);
    put_table(out, &schema_source, "sources (each)", &seen);
    put_table(out, &schema_law, "A law", &seen);
    put_rules(out);
    bool ok =
        put_list(out, "QUEUES", "Values of queue.type. A path with a slash loads a module.", list_queues,
                 false, e) &&
        put_list(out, "WAIT STRATEGIES", "Values of queue.wait.", list_waits, false, e) &&
        put_list(
            out, "STRATEGIES",
            "By the place where they act. Parameters are written as a map: {block_timeout: {timeout: 50ms}}.",
            list_strategies, true, e) &&
        put_list(out, "ARRIVALS", "Values of arrival.process.", list_arrivals, false, e);
    roff_section(out, "SUITES");
    roff_text(out, "A suite names scenarios, relative to its own folder, and lays values over them: the keys "
                   "engine, set, only and "
                   "reps of each do what weir's options of these names do.");
    roff_verbatim(out, suite);
    roff_section(out, "EXAMPLES");
    roff_text(out, "Six cells, with what must hold of each:");
    roff_verbatim(out, example);
    roff_section(out, "SEE ALSO");
    roff_marked(out, "*weir*(1)");
    return ok;
}
