// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_options.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "bench/peers.h"
#include "cli/suggest.h"

static bool read_value(const struct options *o, enum option_id id, enum quantity q, double most,
                       double *value, struct error *e)
{
    const char *why;
    if (!o->given[id])
        return true;
    if (!units_parse(q, o->value[id], value, &why))
        return fail(e, EXIT_USAGE, "--%s %s: not %s", option_table[id].name, o->value[id], why);
    if (*value < 0 || *value > most || (q == Q_COUNT && *value != floor(*value)))
        return fail(e, EXIT_USAGE, "--%s %s: out of range", option_table[id].name, o->value[id]);
    return true;
}

static bool read_unsigned(const struct options *o, enum option_id id, unsigned *value, struct error *e)
{
    double number = *value;
    bool ok = read_value(o, id, Q_COUNT, 1e9, &number, e);
    *value = (unsigned)number;
    return ok;
}

static bool read_seconds(const struct options *o, enum option_id id, double *seconds, struct error *e)
{
    double ns = *seconds * 1e9;
    if (!read_value(o, id, Q_DURATION, 3600e9, &ns, e))
        return false;
    if (id == OPT_SECONDS && o->given[id] && ns <= 0)
        return fail(e, EXIT_USAGE, "--seconds %s: a rep must take some time", o->value[id]);
    *seconds = ns / 1e9;
    return true;
}

// --load: closed, or a rate.
static bool read_load(const struct options *o, double *load, struct error *e)
{
    const char *text = o->value[OPT_LOAD], *why;
    *load = 0;
    if (!o->given[OPT_LOAD] || strcmp(text, "closed") == 0)
        return true;
    if (!units_parse(Q_RATE, text, load, &why))
        return fail(e, EXIT_USAGE, "--load %s: neither 'closed' nor %s", text, why);
    return *load > 0 || fail(e, EXIT_USAGE, "--load %s: a load of nothing", text);
}

static bool read_list(const struct options *o, enum option_id id, enum quantity q, double least, size_t *list,
                      const size_t **values, size_t *count, struct error *e)
{
    if (!o->given[id])
        return true;
    *count = 0;
    *values = list;
    for (const char *p = o->value[id];; p++) {
        char word[64];
        const char *why;
        double number = 0;
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), p);
        if (*count == BENCH_LIST_MAX)
            return fail(e, EXIT_USAGE, "--%s: more than %d values", option_table[id].name, BENCH_LIST_MAX);
        if (!units_parse(q, word, &number, &why))
            return fail(e, EXIT_USAGE, "--%s '%s': not %s", option_table[id].name, word, why);
        if (number < least || number > 1e12 || number != floor(number))
            return fail(e, EXIT_USAGE, "--%s '%s': out of range", option_table[id].name, word);
        list[(*count)++] = (size_t)number;
        p += n;
        if (*p == 0)
            return true;
    }
}

static bool unknown_queue(const char *name, struct error *e)
{
    struct suggestion best = {0};
    const struct weir_queue_ops *q;
    for (size_t i = 0; (q = weir_queue_at(i)) != NULL; i++)
        suggest(&best, name, q->name);
    const struct bench_peer *peer;
    for (size_t i = 0; (peer = bench_peer_at(i)) != NULL; i++)
        suggest(&best, name, peer->name);
    if (best.text)
        return fail(e, EXIT_USAGE, "--queue: unknown queue '%s' (did you mean '%s'?)", name, best.text);
    return fail(e, EXIT_USAGE, "--queue: unknown queue '%s'; see 'weir list queues' and 'weir list peers'",
                name);
}

static bool add_queue(struct bench_options *b, struct bench_lists *lists, const char *name, struct error *e)
{
    if (b->queues_count == BENCH_LIST_MAX)
        return fail(e, EXIT_USAGE, "--queue: more than %d values", BENCH_LIST_MAX);
    lists->queues[b->queues_count++] = name;
    return true;
}

// `all`: our own and the peers; `peers`: those alone.
static bool add_group(struct bench_options *b, struct bench_lists *lists, bool own, struct error *e)
{
    const struct weir_queue_ops *q;
    const struct bench_peer *peer;
    bool good = true;
    for (size_t i = 0; own && good && (q = weir_queue_at(i)) != NULL; i++)
        good = (q->caps & WEIR_Q_INLINE) || add_queue(b, lists, q->name, e);
    for (size_t i = 0; good && (peer = bench_peer_at(i)) != NULL; i++)
        good = add_queue(b, lists, peer->name, e);
    return good;
}

static bool read_queues(const struct options *o, struct bench_options *b, struct bench_lists *lists,
                        struct error *e)
{
    if (!o->given[OPT_QUEUE])
        return true;
    lists->text = strdup(o->value[OPT_QUEUE]);
    if (lists->text == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    char *rest = lists->text;
    for (char *name; (name = strsep(&rest, ",")) != NULL;) {
        bool all = strcmp(name, "all") == 0;
        if (all || strcmp(name, "peers") == 0) {
            if (!add_group(b, lists, all, e))
                return false;
            continue;
        }
        if (strchr(name, '/') == NULL && weir_queue_find(name) == NULL && bench_peer_find(name) == NULL)
            return unknown_queue(name, e);
        if (!add_queue(b, lists, name, e))
            return false;
    }
    b->queues = lists->queues;
    return true;
}

// Some of a few names; `parse` answers -1 for any other. `most` 1: one alone.
static bool read_names_of(const struct options *o, enum option_id id, int (*parse)(const char *), size_t most,
                          int *list, size_t *count, struct error *e)
{
    *count = 0;
    for (const char *p = o->value[id];; p++) {
        char word[32];
        size_t n = strcspn(p, ",");
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), p);
        int value = parse(word);
        if (value < 0)
            return fail(e, EXIT_USAGE, "--%s '%s': not one of %s", option_table[id].name, word,
                        option_table[id].argument);
        if (*count == most)
            return fail(e, EXIT_USAGE, "--%s: more than %zu", option_table[id].name, most);
        list[(*count)++] = value;
        p += n;
        if (*p == 0)
            return true;
    }
}

static bool read_names(const struct options *o, struct bench_options *b, struct bench_lists *lists,
                       struct error *e)
{
    int pin = BENCH_PIN_AUTO;
    size_t one;
    if (o->given[OPT_REGIME]) {
        b->regime = lists->regime;
        if (!read_names_of(o, OPT_REGIME, bench_regime_parse, BENCH_LIST_MAX, lists->regime, &b->regime_count,
                           e))
            return false;
    }
    if (o->given[OPT_WAIT]) {
        b->wait = lists->wait;
        if (!read_names_of(o, OPT_WAIT, weir_wait_parse, BENCH_LIST_MAX, lists->wait, &b->wait_count, e))
            return false;
    }
    if (o->given[OPT_PIN] && !read_names_of(o, OPT_PIN, bench_pin_parse, 1, &pin, &one, e))
        return false;
    b->pin = (enum bench_pin)pin;
    return true;
}

bool bench_options_read(const struct options *o, struct bench_options *b, struct bench_lists *lists,
                        struct error *e)
{
    char why[256];
    double seed = 1;
    *lists = (struct bench_lists){0};
    bench_default_options(b);
    bool ok = read_queues(o, b, lists, e) && read_unsigned(o, OPT_PRODUCERS, &b->producers, e) &&
              read_unsigned(o, OPT_CONSUMERS, &b->consumers, e) && read_unsigned(o, OPT_REPS, &b->reps, e) &&
              read_list(o, OPT_BATCH, Q_COUNT, 1, lists->batch, &b->batch, &b->batch_count, e) &&
              read_list(o, OPT_CAPACITY, Q_COUNT, 1, lists->capacity, &b->capacity, &b->capacity_count, e) &&
              read_list(o, OPT_ITEM, Q_SIZE, 0, lists->item, &b->item_bytes, &b->item_bytes_count, e) &&
              read_names(o, b, lists, e) && read_load(o, &b->load, e) &&
              read_seconds(o, OPT_SECONDS, &b->seconds, e) &&
              read_seconds(o, OPT_PATIENCE, &b->patience_s, e) && read_seconds(o, OPT_REST, &b->rest_s, e) &&
              read_seconds(o, OPT_WARMUP, &b->warmup, e) && read_value(o, OPT_SEED, Q_COUNT, 9e15, &seed, e);
    b->seed = (uint64_t)seed;
    b->against = o->value[OPT_AGAINST];
    if (ok && *bench_check_options(b, why, sizeof why))
        return fail(e, EXIT_USAGE, "%s", why);
    return ok;
}

void bench_lists_free(struct bench_lists *lists)
{
    free(lists->text);
}
