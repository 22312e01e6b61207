// SPDX-License-Identifier: Apache-2.0
// Names, defaults and the check of the bench's options.
#include "bench/bench.h"
#include "bench/module.h"
#include "bench/peers.h"
#include <stdio.h>
#include <string.h>

static const char *const regimes[BENCH_REGIMES] = {"free", "full", "empty", "balanced"};
static const char *const pins[BENCH_PINS] = {"auto", "free", "together"};

static const char *const ways[BENCH_CARRIED_KINDS] = {
    [BENCH_NOT_CARRIED] = "not_carried", [BENCH_VALUE] = "value",     [BENCH_IN_PLACE] = "in_place",
    [BENCH_BY_POINTER] = "by_pointer",   [BENCH_BY_COPY] = "by_copy", [BENCH_SEQUENCE] = "sequence"};

static int find(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

const char *bench_regime_name(enum bench_regime regime)
{
    return (unsigned)regime < BENCH_REGIMES ? regimes[regime] : NULL;
}

const char *bench_pin_name(enum bench_pin pin)
{
    return (unsigned)pin < BENCH_PINS ? pins[pin] : NULL;
}

const char *bench_carried_name(enum bench_carried carried)
{
    return (unsigned)carried < BENCH_CARRIED_KINDS ? ways[carried] : NULL;
}

int bench_regime_parse(const char *name)
{
    return find(regimes, BENCH_REGIMES, name);
}

int bench_pin_parse(const char *name)
{
    return find(pins, BENCH_PINS, name);
}

void bench_default_options(struct bench_options *options)
{
    static const size_t batch[] = {1, 16}, capacity[] = {1024}, item_bytes[] = {8};
    static const int wait[] = {BENCH_WAIT_DEFAULT}, regime[] = {BENCH_FREE};
    *options = (struct bench_options){.producers = 1,
                                      .consumers = 1,
                                      .batch = batch,
                                      .batch_count = 2,
                                      .capacity = capacity,
                                      .capacity_count = 1,
                                      .item_bytes = item_bytes,
                                      .item_bytes_count = 1,
                                      .wait = wait,
                                      .wait_count = 1,
                                      .regime = regime,
                                      .regime_count = 1,
                                      .warmup = -1,
                                      .reps = 9, // the fewest whose interval leaves out the extremes
                                      .seed = 1};
}

// One of the values is outside [least, most].
static bool outside(const size_t *values, size_t count, size_t least, size_t most)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] < least || values[i] > most)
            return true;
    return false;
}

static const char *check_axes(const struct bench_options *o)
{
    if (o->batch_count == 0 || o->capacity_count == 0 || o->item_bytes_count == 0 || o->wait_count == 0 ||
        o->regime_count == 0)
        return "batch, capacity, item bytes, wait and regime need a value each";
    if (outside(o->batch, o->batch_count, 1, BENCH_MAX_BATCH))
        return "a batch must be between 1 and 4096";
    if (outside(o->capacity, o->capacity_count, 1, (size_t)1 << 30))
        return "a capacity must be between 1 and 2^30";
    if (outside(o->item_bytes, o->item_bytes_count, 0, 65536))
        return "item bytes must be at most 65536";
    for (size_t i = 0; i < o->item_bytes_count; i++)
        if (o->item_bytes[i] % 8)
            return "item bytes must be a multiple of 8 (0: sequence only, no payload)";
    for (size_t i = 0; i < o->wait_count; i++)
        if (o->wait[i] < BENCH_WAIT_DEFAULT || o->wait[i] >= WEIR_WAIT_KINDS)
            return "no such wait strategy";
    for (size_t i = 0; i < o->regime_count; i++)
        if (o->regime[i] < 0 || o->regime[i] >= BENCH_REGIMES)
            return "no such regime";
    return NULL;
}

static bool may_spin(const struct bench_options *o)
{
    for (size_t i = 0; i < o->wait_count; i++)
        if (o->wait[i] == BENCH_WAIT_DEFAULT || o->wait[i] == WEIR_WAIT_SPIN)
            return true;
    return false;
}

static const char *check_numbers(const struct bench_options *o)
{
    if (o->producers < 1 || o->producers > BENCH_MAX_SIDE || o->consumers < 1 ||
        o->consumers > BENCH_MAX_SIDE)
        return "producers and consumers must be between 1 and 64";
    if (!(o->seconds >= 0) || o->seconds > 3600 || !(o->warmup <= 3600))
        return "a repetition must take at most an hour";
    if (o->reps < 1 || o->reps > BENCH_MAX_REPS)
        return "reps must be between 1 and 1000";
    if (!(o->load >= 0) || o->load > 1e10)
        return "a load must be at most 10 G items a second";
    for (size_t i = 0; i < o->regime_count; i++)
        if (o->load > 0 && o->regime[i] != BENCH_FREE)
            return "items on schedule have no regime: leave out either the load or the regime";
    if (!(o->rest_s >= 0) || o->rest_s > 0.001)
        return "a rest must be at most 1 ms";
    if (o->rest_s > 0 && !may_spin(o))
        return "only consumers that spin can rest: add spin to the waits or leave out the rest";
    if (!bench_pin_name(o->pin))
        return "no such pin";
    return NULL;
}

// A peer that is not installed is an error by itself; among others its cells are skipped.
static bool may_be_missing(const struct bench_options *o, size_t queue)
{
    const struct bench_peer *peer = bench_peer_find(o->queues[queue]);
    char path[4096];
    return peer && o->queues_count > 1 && !bench_peer_path(peer, path, sizeof path);
}

const char *bench_check_options(const struct bench_options *options, char *text, size_t size)
{
    const char *problem = check_axes(options);
    problem = problem ? problem : check_numbers(options);
    snprintf(text, size, "%s", problem ? problem : "");
    for (size_t i = 0; problem == NULL && i < options->queues_count; i++)
        if (weir_queue_load(options->queues[i], text, size) == NULL && !may_be_missing(options, i))
            return text;
    if (problem == NULL)
        *text = '\0';
    return text;
}
