// SPDX-License-Identifier: Apache-2.0
#include "gate/suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bench/worker.h"
#include "gate/verdict.h"
#include "scenario/report.h"

static const double margin_of_time = 0.02, margin_of_quantiles = 0.05;
static const double launch_overhead_s = 0.010;

// What makes the intervals narrowest in the same time: with shorter turns more of them fit in, until what is
// measured no longer outweighs the beginning of a turn. Of a median over twice as many rounds of half the
// length the spread between launches is two thirds. On one thread a turn is steadier. Quantiles want items.
static const double turn_s[DUET_KINDS] = {
    [DUET_HAND_OFF] = 0.0005, [DUET_ALONE] = 0.00025, [DUET_TRIP] = 0.0005, [DUET_SCHEDULED] = 0.002};
enum { ROUNDS = 48 };

bool gate_is_quantile(const struct duet_cell *cell)
{
    return cell->kind == DUET_TRIP || cell->kind == DUET_SCHEDULED;
}

// ---- built in ----

static struct duet_cell plain(const char *queue, enum duet_kind kind, size_t batch, enum weir_wait_kind wait)
{
    struct duet_cell c = {.kind = kind,
                          .producers = 1,
                          .consumers = 1,
                          .batch = batch,
                          .capacity = 1024,
                          .wait = wait,
                          .quantile = 0.99,
                          .rounds = ROUNDS};
    snprintf(c.queue, sizeof c.queue, "%s", queue);
    return c;
}

// What the file or the caller left open follows from the rest.
static void complete(struct duet_cell *c)
{
    char batch[24] = "", threads[24] = ""; // what the longest numbers take
    if (c->turn_s <= 0)
        c->turn_s = turn_s[c->kind];
    if (c->margin <= 0)
        c->margin = gate_is_quantile(c) ? margin_of_quantiles : margin_of_time;
    if (c->kind == DUET_SCHEDULED && c->load <= 0)
        c->load = 100000;
    if (*c->name)
        return;
    if (c->batch > 1)
        snprintf(batch, sizeof batch, " x%zu", c->batch);
    if (c->producers * c->consumers > 1)
        snprintf(threads, sizeof threads, " %up%uc", c->producers, c->consumers);
    snprintf(c->name, sizeof c->name, "%.30s %s%s%s", c->queue,
             c->kind == DUET_TRIP        ? "trip"
             : c->kind == DUET_SCHEDULED ? "scheduled"
             : c->kind == DUET_ALONE     ? "alone"
                                         : "hand-off",
             batch, threads);
}

static void add(struct gate_suite *s, struct duet_cell cell)
{
    complete(&cell);
    s->cells[s->count++] = cell;
}

void gate_suite_default(struct gate_suite *s)
{
    *s = (struct gate_suite){.name = "default", .launches = GATE_LAUNCHES, .count_strategies = true};
    add(s, plain("spsc", DUET_HAND_OFF, 1, WEIR_WAIT_SPIN));
    add(s, plain("mpmc", DUET_HAND_OFF, 16, WEIR_WAIT_SPIN));
    add(s, plain("disruptor", DUET_HAND_OFF, 16, WEIR_WAIT_SPIN));
    add(s, plain("channel", DUET_ALONE, 1, WEIR_WAIT_PARK));
    add(s, plain("mutex", DUET_ALONE, 1, WEIR_WAIT_SPIN));
    add(s, plain("spsc", DUET_TRIP, 1, WEIR_WAIT_SPIN));
}

void gate_suite_of_queue(struct gate_suite *s, const char *queue)
{
    *s = (struct gate_suite){.launches = GATE_LAUNCHES};
    snprintf(s->name, sizeof s->name, "%s", queue);
    add(s, plain(queue, DUET_ALONE, 1, WEIR_WAIT_SPIN));
    add(s, plain(queue, DUET_HAND_OFF, 1, WEIR_WAIT_SPIN));
    add(s, plain(queue, DUET_HAND_OFF, 16, WEIR_WAIT_SPIN));
    add(s, plain(queue, DUET_TRIP, 1, WEIR_WAIT_SPIN));
}

void gate_suite_set_margin(struct gate_suite *s, bool quantiles, double margin)
{
    for (size_t i = 0; i < s->count; i++)
        if (gate_is_quantile(&s->cells[i]) == quantiles)
            s->cells[i].margin = margin;
}

double gate_suite_seconds(const struct gate_suite *s)
{
    struct verdict_rule rule;
    double seconds = 0;
    verdict_rule_set(&rule, 0, s->launches);
    for (size_t i = 0; i < s->count; i++)
        seconds += (double)rule.launches[0] *
                   (s->cells[i].turn_s * ARMS * (s->cells[i].rounds + 2) + launch_overhead_s);
    return seconds;
}

// ---- from a file ----

struct reading {
    struct report *report;
    const struct node *node; // the cell
    struct duet_cell *cell;
};

// The whole table of a cell's keys: what is written, and where it goes.
struct key {
    const char *name;
    void (*take)(struct reading *r, const struct node *value);
};

static void wrong(struct reading *r, const struct node *value, const char *what)
{
    report_error(r->report, value->at, "\"%s\" is not %s", value->text, what);
}

static bool number(struct reading *r, const struct node *value, enum quantity q, double least, double most,
                   double *to)
{
    const char *why;
    double got = 0;
    if (!units_parse(q, value->text, &got, &why))
        wrong(r, value, why);
    else if (got < least || got > most)
        report_error(r->report, value->at, "%s is out of range (%g to %g)", value->text, least, most);
    else
        *to = got;
    return true;
}

static unsigned count(struct reading *r, const struct node *value, double least, double most,
                      size_t otherwise)
{
    double got = (double)otherwise;
    number(r, value, Q_COUNT, least, most, &got);
    return (unsigned)got;
}

static void take_text(struct reading *r, const struct node *value, char *to)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-. ";
    size_t n = strlen(value->text);
    if (n == 0 || n >= DUET_NAME || strspn(value->text, letters) != n)
        wrong(r, value, "a name of 1 to 63 letters, digits, _ - . and spaces");
    else
        memcpy(to, value->text, n + 1);
}

static void take_name(struct reading *r, const struct node *value)
{
    take_text(r, value, r->cell->name);
}

static void take_queue(struct reading *r, const struct node *value)
{
    take_text(r, value, r->cell->queue);
}

static const char *kind_at(const void *list, size_t index)
{
    (void)list;
    return index < DUET_KINDS ? duet_kind_name((enum duet_kind)index) : NULL;
}

static const char *wait_at(const void *list, size_t index)
{
    (void)list;
    return index < WEIR_WAIT_KINDS ? weir_wait_name((enum weir_wait_kind)index) : NULL;
}

static void unknown(struct reading *r, struct place at, const char *kind, const char *word, name_at names,
                    const void *list)
{
    char *hint = hint_names(word, names, list);
    report_error(r->report, at, "unknown %s \"%s\"%s", kind, word, hint);
    free(hint);
}

static void take_measure(struct reading *r, const struct node *value)
{
    int kind = duet_kind_parse(value->text);
    if (kind < 0)
        unknown(r, value->at, "measure", value->text, kind_at, NULL);
    else
        r->cell->kind = (enum duet_kind)kind;
}

static void take_wait(struct reading *r, const struct node *value)
{
    int wait = weir_wait_parse(value->text);
    if (wait < 0)
        unknown(r, value->at, "wait strategy", value->text, wait_at, NULL);
    else
        r->cell->wait = (enum weir_wait_kind)wait;
}

static void take_producers(struct reading *r, const struct node *value)
{
    r->cell->producers = count(r, value, 1, DUET_WORKERS - 1, 1);
}

static void take_consumers(struct reading *r, const struct node *value)
{
    r->cell->consumers = count(r, value, 1, DUET_WORKERS - 1, 1);
}

static void take_batch(struct reading *r, const struct node *value)
{
    r->cell->batch = count(r, value, 1, BENCH_LOOP_MAX_BATCH, 1);
}

static void take_capacity(struct reading *r, const struct node *value)
{
    r->cell->capacity = count(r, value, 1, 1 << 20, 1024);
}

static void take_rounds(struct reading *r, const struct node *value)
{
    r->cell->rounds = count(r, value, DUET_ROUND, 600, ROUNDS);
    if (r->cell->rounds % DUET_ROUND)
        report_error(r->report, value->at, "%s rounds are no multiple of %d, the orders of three arms",
                     value->text, DUET_ROUND);
}

static void take_load(struct reading *r, const struct node *value)
{
    number(r, value, Q_RATE, 1000, 1e7, &r->cell->load);
}

static void take_quantile(struct reading *r, const struct node *value)
{
    number(r, value, Q_SHARE, 0.1, 0.999, &r->cell->quantile);
}

static void take_margin(struct reading *r, const struct node *value)
{
    number(r, value, Q_SHARE, 0.001, 0.5, &r->cell->margin);
}

static void take_turn(struct reading *r, const struct node *value)
{
    double ns = 0;
    number(r, value, Q_DURATION, 1e5, 1e8, &ns);
    r->cell->turn_s = ns / 1e9;
}

static const struct key cell_keys[] = {
    {"name", take_name},           {"queue", take_queue},         {"measure", take_measure},
    {"producers", take_producers}, {"consumers", take_consumers}, {"batch", take_batch},
    {"capacity", take_capacity},   {"wait", take_wait},           {"load", take_load},
    {"quantile", take_quantile},   {"margin", take_margin},       {"turn", take_turn},
    {"rounds", take_rounds}};

static const char *cell_key_at(const void *list, size_t index)
{
    (void)list;
    return index < sizeof cell_keys / sizeof *cell_keys ? cell_keys[index].name : NULL;
}

static const char *suite_key_at(const void *list, size_t index)
{
    static const char *const names[] = {"suite",      "launches", "disturbed", "instructions",
                                        "strategies", "golden",   "cells"};
    (void)list;
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static bool is_value(struct reading *r, const char *key, const struct node *value)
{
    if (value->kind != NODE_SCALAR)
        report_error(r->report, value->at, "%s wants a value, not %s", key, node_kind_name(value));
    return value->kind == NODE_SCALAR;
}

static void read_key(struct reading *r, const struct entry *entry)
{
    size_t i = 0;
    while (cell_key_at(NULL, i) && strcmp(cell_keys[i].name, entry->key) != 0)
        i++;
    if (cell_key_at(NULL, i) == NULL)
        unknown(r, entry->at, "key", entry->key, cell_key_at, NULL);
    else if (is_value(r, entry->key, entry->value))
        cell_keys[i].take(r, entry->value);
}

static void check_cell(struct reading *r)
{
    const struct duet_cell *c = r->cell;
    const struct node *load = node_get(r->node, "load"), *quantile = node_get(r->node, "quantile");
    if (*c->queue == '\0')
        report_error(r->report, r->node->at, "a cell wants a queue, such as {queue: spsc}");
    if (c->producers + c->consumers > DUET_WORKERS)
        report_error(r->report, r->node->at, "more than %d threads", DUET_WORKERS);
    if (load && c->kind != DUET_SCHEDULED)
        report_error(r->report, load->at, "a load is of measure: scheduled");
    if (quantile && !gate_is_quantile(c))
        report_error(r->report, quantile->at, "a quantile is of measure: trip or scheduled");
    if ((c->kind == DUET_ALONE || c->kind == DUET_TRIP) && c->producers + c->consumers > 2)
        report_error(r->report, r->node->at, "measure: %s has one thread on each side",
                     duet_kind_name(c->kind));
    if (c->kind == DUET_TRIP && c->batch > 1)
        report_error(r->report, r->node->at, "a round trip is made by one item");
}

static void read_cell(struct gate_suite *s, const struct node *node, struct report *report)
{
    struct duet_cell cell = plain("", DUET_HAND_OFF, 1, WEIR_WAIT_SPIN);
    struct reading r = {.report = report, .node = node, .cell = &cell};
    if (node->kind != NODE_MAP) {
        report_error(report, node->at, "a cell is a map, such as {queue: spsc, batch: 16}, not %s",
                     node_kind_name(node));
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        read_key(&r, &node->items[i]);
    check_cell(&r);
    complete(&cell);
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->cells[i].name, cell.name) == 0)
            report_error(report, node->at, "there is another cell \"%s\": give one of them a name",
                         cell.name);
    if (s->count == GATE_CELLS_MOST)
        report_error(report, node->at, "more than %d cells", GATE_CELLS_MOST);
    else
        s->cells[s->count++] = cell;
}

// As written, from the suite's own folder.
static void take_golden(struct gate_suite *s, const struct node *value, struct report *report)
{
    const char *slash = strrchr(report->path, '/');
    int folder = *value->text == '/' || slash == NULL ? 0 : (int)(slash - report->path + 1);
    int n = snprintf(s->golden, sizeof s->golden, "%.*s%s", folder, report->path, value->text);
    if (*value->text == '\0' || n < 0 || (size_t)n >= sizeof s->golden)
        report_error(report, value->at, "golden: is the path of a golden file, from the folder of this one");
}

// Whether the key says `yes` and not `no`, which is the default.
static bool either(const struct node *root, const char *key, const char *yes, const char *no,
                   struct report *report)
{
    const struct node *value = node_get(root, key);
    bool is_yes = value && value->kind == NODE_SCALAR && strcmp(value->text, yes) == 0;
    bool is_no = value && value->kind == NODE_SCALAR && strcmp(value->text, no) == 0;
    if (value && !is_yes && !is_no)
        report_error(report, value->at, "%s: is either %s or %s", key, no, yes);
    return is_yes;
}

static void read_suite(struct gate_suite *s, const struct node *root, struct report *report)
{
    struct reading r = {.report = report, .node = root};
    const struct node *cells = node_get(root, "cells"), *launches = node_get(root, "launches");
    const struct node *name = node_get(root, "suite");
    for (size_t i = 0; root->kind == NODE_MAP && i < root->count; i++) {
        size_t k = 0;
        while (suite_key_at(NULL, k) && strcmp(suite_key_at(NULL, k), root->items[i].key) != 0)
            k++;
        if (suite_key_at(NULL, k) == NULL)
            unknown(&r, root->items[i].at, "key", root->items[i].key, suite_key_at, NULL);
    }
    if (name && is_value(&r, "suite", name))
        take_text(&r, name, s->name);
    if (launches && is_value(&r, "launches", launches))
        s->launches = count(&r, launches, 1, GATE_LAUNCHES_MOST, GATE_LAUNCHES);
    s->keep_disturbed = either(root, "disturbed", "keep", "discard", report);
    s->skip_instructions = either(root, "instructions", "skip", "count", report);
    s->count_strategies = either(root, "strategies", "count", "skip", report);
    const struct node *golden = node_get(root, "golden");
    if (golden && golden->kind == NODE_SCALAR)
        take_golden(s, golden, report);
    else if (golden)
        report_error(report, golden->at, "golden: is the path of a golden file, from the folder of this one");
    if (golden && cells == NULL)
        return; // behaviour alone
    if (cells == NULL || cells->kind != NODE_LIST || cells->count == 0)
        report_error(report, root->at, "a gate's suite wants a list `cells:` of at least one cell");
    for (size_t i = 0; cells && cells->kind == NODE_LIST && i < cells->count; i++)
        read_cell(s, cells->items[i].value, report);
}

bool gate_suite_read(struct gate_suite *s, const char *path, struct error *e)
{
    char *bytes = NULL;
    size_t size = 0;
    struct node *root = NULL;
    struct report report = {.path = path};
    *s = (struct gate_suite){.name = "suite", .launches = GATE_LAUNCHES};
    bool ok = text_read(path, &bytes, &size, e) && tree_parse(path, bytes, size, &root, e);
    if (ok)
        read_suite(s, root, &report);
    ok = ok && (report.count == 0 || report_fail(&report, e));
    report_free(&report);
    node_free(root);
    free(bytes);
    return ok;
}
