// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "bench/peers.h"
#include "cli/commands.h"
#include "cli/formats.h"
#include "cli/lists.h"
#include "cli/suggest.h"
#include "conform/conform.h"
#include "figure/figure.h"
#include "queue/queue.h"
#include "result/cell.h"
#include "result/jsonx.h"
#include "result/text.h"

struct entry {
    const char *name, *summary;
};

static void add(json_t *list, const char *name, const char *summary)
{
    json_t *o = json_object();
    jsonx_set(o, "name", jsonx_text(name));
    jsonx_set(o, "summary", jsonx_text(summary));
    json_array_append_new(list, o);
}

static void add_all(json_t *list, const struct entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add(list, entries[i].name, entries[i].summary);
}

// ---- kinds ----
// All that weir knows of, whether this installation has them, and what they are built with.
static bool list_peers(json_t *list, struct error *e)
{
    (void)e;
    const struct bench_peer *peer;
    char path[PATH_MAX];
    for (size_t i = 0; (peer = bench_peer_at(i)) != NULL; i++) {
        add(list, peer->name, peer->summary);
        json_t *entry = json_array_get(list, i);
        jsonx_set(entry, "available", json_boolean(bench_peer_path(peer, path, sizeof path)));
        if (*peer->package)
            jsonx_set(entry, "package", jsonx_text(peer->package));
    }
    return true;
}

static bool list_checks(json_t *list, struct error *e)
{
    (void)e;
    for (size_t i = 0; conform_at(i); i++)
        add(list, conform_at(i)->name, conform_at(i)->summary);
    return true;
}

static bool list_formats(json_t *list, struct error *e)
{
    (void)e;
    const struct report_format *f;
    for (size_t i = 0; (f = format_at(i)) != NULL; i++) {
        add(list, f->name, f->help);
        json_t *entry = json_array_get(list, i), *takes = json_array();
        for (unsigned kind = REPORT_RUN; kind <= REPORT_HISTORY; kind *= 2)
            if (f->kinds & kind)
                json_array_append_new(takes, jsonx_text(report_kind_name((enum report_kind)kind)));
        jsonx_set(entry, "file", jsonx_text(f->file));
        jsonx_set(entry, "takes", takes);
    }
    return true;
}

static bool list_figures(json_t *list, struct error *e)
{
    (void)e;
    const struct figure *f;
    for (size_t i = 0; (f = figure_at(i)) != NULL; i++) {
        add(list, f->name, f->question);
        json_t *entry = json_array_get(list, i), *takes = json_array();
        for (unsigned kind = REPORT_RUN; kind <= REPORT_HISTORY; kind *= 2)
            if (f->kinds & kind)
                json_array_append_new(takes, jsonx_text(report_kind_name((enum report_kind)kind)));
        jsonx_set(entry, "title", jsonx_text(f->title));
        jsonx_set(entry, "takes", takes);
    }
    return true;
}

static void add_keys(json_t *list, const char *prefix, const json_t *value)
{
    if (json_is_object(value)) {
        char name[256];
        const char *key;
        json_t *inner;
        json_object_foreach((json_t *)value, key, inner)
        {
            snprintf(name, sizeof name, "%s%s%s", prefix, *prefix ? "." : "", key);
            add_keys(list, name, inner);
        }
    } else if (!json_is_array(value)) {
        add(list, prefix, "");
    }
}

// The metrics of an expectation: short names, then the keys of a cell.
static bool list_keys(json_t *list, struct error *e)
{
    (void)e;
    static const struct entry shorts[] = {
        {"lost", "ledger.lost.total"},
        {"loss", "(lost.total + refused_final) / generated"},
        {"p50", "response_ns.p50"},
        {"p99", "response_ns.p99"},
        {"p99_offered", "response_offered_ns.p99"},
        {"age", "age_ns.p50"},
        {"goodput", "rate.delivered_per_s"},
        {"high_water", "the largest high_water of all edges"},
    };
    struct scenario nameless = {.name = (char *)""};
    struct cell_plan plan = {.shape = &nameless};
    struct cell_facts facts = {.plan = &plan};
    json_t *cell = cell_json(&facts, NULL, CELL_OK, "");
    json_object_del(cell, "params");
    add_all(list, shorts, sizeof shorts / sizeof *shorts);
    add_keys(list, "", cell);
    add(list, "queue.EDGE.high_water", "also .capacity and .mean, EDGE being a stage's name");
    add(list, "sources.NAME.generated", "also .sequence_gaps");
    json_decref(cell);
    return true;
}

// ---- scenarios ----
static bool is_yaml(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');
    return d->d_name[0] != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int yaml_only(const struct dirent *d)
{
    return is_yaml(d);
}

// The question is the file's first comment line: a file that does not load is still listed.
static void add_scenario(json_t *list, const char *path, const char *file)
{
    char line[512] = "", name[256];
    FILE *in = fopen(path, "re");
    if (in && fgets(line, sizeof line, in) == NULL)
        *line = 0;
    if (in)
        fclose(in);
    line[strcspn(line, "\r\n")] = 0;
    snprintf(name, sizeof name, "%.*s", (int)(strrchr(file, '.') - file), file);
    add(list, name, *line == '#' ? line + 1 + strspn(line + 1, " ") : "");
    jsonx_set(json_array_get(list, json_array_size(list) - 1), "path", jsonx_text(path));
}

static int list_scenarios(json_t *list, const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, yaml_only, alphasort);
    if (n < 0) {
        fprintf(stderr, "weir: %s: %s; name the folder: weir list scenarios FOLDER\n", folder,
                strerror(errno));
        return EXIT_USAGE;
    }
    for (int i = 0; i < n; i++) {
        char path[4096];
        if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name) < sizeof path)
            add_scenario(list, path, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return EXIT_OK;
}

// ---- the command ----
static const struct {
    const char *kind;
    bool (*list)(json_t *list, struct error *e);
} kinds[] = {{"queues", list_queues},   {"waits", list_waits},     {"strategies", list_strategies},
             {"sources", list_sources}, {"sinks", list_sinks},     {"arrivals", list_arrivals},
             {"scenarios", NULL},       {"peers", list_peers},     {"checks", list_checks},
             {"formats", list_formats}, {"figures", list_figures}, {"keys", list_keys}};

const char *list_kind_at(unsigned command, size_t index)
{
    (void)command;
    return index < sizeof kinds / sizeof *kinds ? kinds[index].kind : NULL;
}

// "capacity=1024 wait=park": parameters with their defaults, under the entry they belong to.
static void print_params(const json_t *params, size_t indent)
{
    enum { WIDTH = 110 };
    size_t i, used = 0;
    json_t *p;
    json_array_foreach(params, i, p)
    {
        char text[256];
        const char *value = jsonx_string(p, "default");
        snprintf(text, sizeof text, "%s%s%s", jsonx_string(p, "key"), *value ? "=" : "", value);
        if (used == 0 || used + 2 + strlen(text) > WIDTH) {
            printf("%s%*s", used ? "\n" : "", (int)indent, "");
            used = indent;
        }
        used += (size_t)printf("%s%s", used > indent ? "  " : "", text);
    }
    if (used)
        putchar('\n');
}

static void print_names(const char *what, const json_t *names, size_t indent)
{
    size_t i;
    json_t *name;
    if (json_array_size(names) == 0)
        return;
    printf("%*s%s", (int)indent, "", what);
    json_array_foreach(names, i, name) printf("%s%s", i ? ", " : " ", json_string_value(name));
    putchar('\n');
}

// Of what may be missing: is it there, and what would bring it?
static void print_availability(const json_t *entry)
{
    const json_t *available = json_object_get(entry, "available");
    const char *package = jsonx_string(entry, "package");
    if (json_is_true(available))
        printf(" (installed)");
    else if (json_is_false(available))
        printf(" (missing%s%s: run 'make peers' and build again)", *package ? ", needs " : "", package);
}

static void print_text(const json_t *list)
{
    const char *place = "";
    size_t i, widest = 0;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        size_t own = text_width(jsonx_string(entry, "name"));
        widest = own > widest ? own : widest;
    }
    json_array_foreach(list, i, entry)
    {
        const char *own = jsonx_string(entry, "place");
        if (strcmp(own, place) != 0)
            printf("%s%s:\n", *place ? "\n" : "", own);
        place = own;
        const char *summary = jsonx_string(entry, "summary");
        text_pad(stdout, jsonx_string(entry, "name"), *summary ? widest + 2 : 0, false);
        printf("%s", summary);
        print_availability(entry);
        putchar('\n');
        print_params(json_object_get(entry, "params"), widest + 2);
        print_names("of", json_object_get(entry, "takes"), widest + 2);
        print_names("not on", json_object_get(entry, "not_on"), widest + 2);
        print_names("not with", json_object_get(entry, "not_with"), widest + 2);
    }
}

static int unknown_kind(const char *kind)
{
    struct suggestion best = {0};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        suggest(&best, kind, kinds[i].kind);
    fprintf(stderr, "weir: nothing to list under '%s'", kind);
    if (best.text)
        fprintf(stderr, " (did you mean '%s'?)\n", best.text);
    else
        fprintf(stderr, "; see 'weir help list'\n");
    return EXIT_USAGE;
}

static int fill(json_t *list, const struct options *o)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].kind, o->operands[0]) != 0)
            continue;
        if (kinds[i].list == NULL)
            return list_scenarios(list, o->operand_count > 1 ? o->operands[1] : "scenarios");
        if (o->operand_count > 1) {
            fprintf(stderr, "weir: 'weir list %s' takes no folder\n", o->operands[0]);
            return EXIT_USAGE;
        }
        struct error e = {0};
        return kinds[i].list(list, &e) ? EXIT_OK : tell_error(&e);
    }
    return unknown_kind(o->operands[0]);
}

int cmd_list(const struct options *o)
{
    json_t *list = json_array();
    int code = fill(list, o);
    if (code == EXIT_OK && o->given[OPT_MARKDOWN] && strcmp(o->operands[0], "strategies") != 0) {
        fprintf(stderr,
                "weir: --markdown prints the page of the strategies: weir list strategies --markdown\n");
        code = EXIT_USAGE;
    } else if (code == EXIT_OK && o->given[OPT_MARKDOWN]) {
        print_strategies_markdown(list);
    } else if (code == EXIT_OK && o->given[OPT_JSON]) {
        json_dumpf(list, stdout, JSON_INDENT(1));
        putchar('\n');
    } else if (code == EXIT_OK) {
        print_text(list);
    }
    json_decref(list);
    return finish_output(code);
}
