// SPDX-License-Identifier: Apache-2.0
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bench/module.h"
#include "cli/commands.h"
#include "cli/status_line.h"
#include "cli/suggest.h"
#include "conform/conform.h"
#include "result/document.h"
#include "result/jsonx.h"
#include "result/text.h"

struct tally {
    size_t passed, failed, skipped;
};

// ---- options ----
static bool read_number(const struct options *o, enum option_id id, enum quantity q, double least,
                        double most, double *value, struct error *e)
{
    const char *why;
    if (!o->given[id])
        return true;
    if (!units_parse(q, o->value[id], value, &why))
        return fail(e, EXIT_USAGE, "--%s %s: not %s", option_table[id].name, o->value[id], why);
    if (*value < least || *value > most || (q == Q_COUNT && *value != floor(*value)))
        return fail(e, EXIT_USAGE, "--%s %s: out of range", option_table[id].name, o->value[id]);
    return true;
}

static bool unknown_check(const char *name, struct error *e)
{
    struct suggestion best = {0};
    for (size_t i = 0; conform_at(i); i++)
        suggest(&best, name, conform_at(i)->name);
    return fail_unknown(e, "--check", "check", name, &best, "checks");
}

// Whether `name` is among the names separated by commas.
static bool is_named(const char *names, const char *name)
{
    for (size_t n; *names; names += n + (names[n] == ',')) {
        n = strcspn(names, ",");
        if (n == strlen(name) && strncmp(names, name, n) == 0)
            return true;
    }
    return false;
}

static bool check_names(const char *names, struct error *e)
{
    for (size_t n; *names; names += n + (names[n] == ',')) {
        char name[64];
        n = strcspn(names, ",");
        snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, names);
        if (conform_find(name) == NULL)
            return unknown_check(name, e);
    }
    return true;
}

static bool read_options(const struct options *o, struct conform_options *c, struct error *e)
{
    conform_default_options(c);
    double histories = c->histories, seed = (double)c->seed, limit_ns = c->limit_s * 1e9;
    if (!read_number(o, OPT_HISTORIES, Q_COUNT, 1, CONFORM_HISTORIES_MAX, &histories, e) ||
        !read_number(o, OPT_SEED, Q_COUNT, 0, 9e15, &seed, e) ||
        !read_number(o, OPT_PATIENCE, Q_DURATION, 1e6, 24 * 3600e9, &limit_ns, e))
        return false;
    c->histories = (unsigned)histories;
    c->seed = (uint64_t)seed;
    c->limit_s = limit_ns / 1e9;
    return !o->given[OPT_CHECK] || check_names(o->value[OPT_CHECK], e);
}

static bool load(const char *name, const struct weir_queue_module **module, struct error *e)
{
    char why[512];
    struct suggestion best = {0};
    const struct weir_queue_ops *q;
    *module = weir_queue_load(name, why, sizeof why);
    if (*module)
        return true;
    for (size_t i = 0; strchr(name, '/') == NULL && (q = weir_queue_at(i)) != NULL; i++)
        suggest(&best, name, q->name);
    return best.text ? fail(e, EXIT_USAGE, "unknown queue '%s' (did you mean '%s'?)", name, best.text)
                     : fail(e, EXIT_USAGE, "%s", why);
}

// ---- what is shown ----
static const char *const status_names[] = {"passed", "failed", "skipped"};

static json_t *verdict_json(const struct conform_check *check, const struct conform_verdict *v)
{
    json_t *o = json_object();
    jsonx_set(o, "name", jsonx_text(check->name));
    jsonx_set(o, "status", jsonx_text(status_names[v->status]));
    jsonx_set(o, "text", jsonx_text(v->text));
    jsonx_set(o, "seconds", json_real(v->seconds));
    return o;
}

static void show_verdict(const struct options *o, const struct conform_check *check,
                         const struct conform_verdict *v)
{
    static const char *const words[] = {"passed", "FAILED", "skipped"};
    if (o->given[OPT_JSON] || (o->given[OPT_QUIET] && v->status != CONFORM_FAILED))
        return;
    printf("  %-7s  ", words[v->status]);
    text_pad(stdout, check->name, 18, false);
    printf("%s\n", v->text);
    fflush(stdout);
}

// Only on a terminal, where a check may take its time.
static void show_running(struct status_line *line, const struct conform_check *check)
{
    char text[128];
    snprintf(text, sizeof text, "  %s ...", check->name);
    status_line_draw(line, text);
}

static void count(struct tally *t, enum conform_status status)
{
    t->passed += status == CONFORM_PASSED;
    t->failed += status == CONFORM_FAILED;
    t->skipped += status == CONFORM_SKIPPED;
}

static void add_tally(json_t *object, const struct tally *t)
{
    jsonx_set(object, "passed", json_integer((json_int_t)t->passed));
    jsonx_set(object, "failed", json_integer((json_int_t)t->failed));
    jsonx_set(object, "skipped", json_integer((json_int_t)t->skipped));
}

// ---- the checks ----
static void run_checks(const struct options *o, const struct conform_options *c, const char *name,
                       const struct weir_queue_ops *ops, json_t *queues, struct tally *all)
{
    struct tally own = {0};
    struct status_line line;
    json_t *object = json_object(), *list = json_array();
    status_line_start(&line, o->given[OPT_QUIET] || o->given[OPT_JSON]);
    if (!o->given[OPT_JSON] && !o->given[OPT_QUIET])
        printf("%s: %s\n  promises: %s\n", name, ops->summary, ops->contract);
    for (size_t i = 0; conform_at(i); i++) {
        const struct conform_check *check = conform_at(i);
        struct conform_verdict verdict;
        if (o->given[OPT_CHECK] && !is_named(o->value[OPT_CHECK], check->name))
            continue;
        show_running(&line, check);
        conform_run(check, ops, c, &verdict);
        status_line_clear(&line);
        show_verdict(o, check, &verdict);
        count(&own, verdict.status);
        json_array_append_new(list, verdict_json(check, &verdict));
    }
    if (!o->given[OPT_JSON])
        printf("%s: %zu passed, %zu failed, %zu skipped\n", name, own.passed, own.failed, own.skipped);
    jsonx_set(object, "queue", jsonx_text(ops->name));
    jsonx_set(object, "from", jsonx_text(name));
    jsonx_set(object, "contract", jsonx_text(ops->contract));
    jsonx_set(object, "checks", list);
    add_tally(object, &own);
    json_array_append_new(queues, object);
    all->passed += own.passed;
    all->failed += own.failed;
    all->skipped += own.skipped;
}

static int conform_all(const struct options *o, const struct conform_options *c,
                       const struct weir_queue_module **modules)
{
    struct tally all = {0};
    json_t *document = json_object(), *queues = json_array();
    for (size_t i = 0; i < o->operand_count; i++)
        run_checks(o, c, o->operands[i], modules[i]->ops, queues, &all);
    jsonx_set(document, "schema", jsonx_text(CONFORM_SCHEMA));
    jsonx_set(document, "queues", queues);
    add_tally(document, &all);
    if (o->given[OPT_JSON]) {
        json_dumpf(document, stdout, JSON_INDENT(1));
        putchar('\n');
    }
    json_decref(document);
    return finish_output(all.failed ? EXIT_REGRESSION : EXIT_OK);
}

int cmd_conform(const struct options *o)
{
    struct conform_options c;
    struct error e = {0};
    const struct weir_queue_module **modules = calloc(o->operand_count + 1, sizeof *modules);
    bool ok = modules != NULL || fail(&e, EXIT_INVALID, "out of memory");
    ok = ok && read_options(o, &c, &e);
    for (size_t i = 0; ok && i < o->operand_count; i++) // all of them before anything runs
        ok = load(o->operands[i], &modules[i], &e);
    int code = ok ? conform_all(o, &c, modules) : tell_error(&e);
    free(modules);
    return code;
}
