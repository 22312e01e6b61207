// SPDX-License-Identifier: Apache-2.0
// Names, defaults and the check of the bench's options.
#include "bench/bench.h"
#include "bench/module.h"
#include <stdio.h>
#include <string.h>

static const char *const regimes[BENCH_REGIMES] = {"free", "full", "empty", "balanced"};
static const char *const pins[BENCH_PINS] = {"auto", "free", "together"};

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
    *options = (struct bench_options){.producers = 1,
                                      .consumers = 1,
                                      .batch = batch,
                                      .batch_count = 2,
                                      .capacity = capacity,
                                      .capacity_count = 1,
                                      .item_bytes = item_bytes,
                                      .item_bytes_count = 1,
                                      .wait = BENCH_WAIT_DEFAULT,
                                      .seconds = 0.1,
                                      .warmup = 0.02,
                                      .reps = 5,
                                      .seed = 1};
}

// The first value outside [least, most], or NULL.
static const size_t *outside(const size_t *values, size_t count, size_t least, size_t most)
{
    for (size_t i = 0; i < count; i++)
        if (values[i] < least || values[i] > most)
            return &values[i];
    return NULL;
}

static const char *check_numbers(const struct bench_options *o)
{
    if (o->producers < 1 || o->producers > BENCH_MAX_SIDE || o->consumers < 1 ||
        o->consumers > BENCH_MAX_SIDE)
        return "producers and consumers must be between 1 and 64";
    if (!(o->seconds > 0) || o->seconds > 3600 || !(o->warmup >= 0) || o->warmup > 3600)
        return "a repetition must take more than 0 s and at most an hour";
    if (o->reps < 1 || o->reps > BENCH_MAX_REPS)
        return "reps must be between 1 and 1000";
    if (o->batch_count == 0 || o->capacity_count == 0 || o->item_bytes_count == 0)
        return "batch, capacity and item bytes need a value each";
    if (outside(o->batch, o->batch_count, 1, BENCH_MAX_BATCH))
        return "a batch must be between 1 and 4096";
    if (outside(o->capacity, o->capacity_count, 1, (size_t)1 << 30))
        return "a capacity must be between 1 and 2^30";
    if (outside(o->item_bytes, o->item_bytes_count, 8, 65536))
        return "item bytes must be between 8 and 65536";
    for (size_t i = 0; i < o->item_bytes_count; i++)
        if (o->item_bytes[i] % 8)
            return "item bytes must be a multiple of 8";
    if (o->wait < BENCH_WAIT_DEFAULT || o->wait >= WEIR_WAIT_KINDS)
        return "no such wait strategy";
    if (!bench_regime_name(o->regime) || !bench_pin_name(o->pin))
        return "no such regime or pin";
    return NULL;
}

const char *bench_check_options(const struct bench_options *options, char *text, size_t size)
{
    const char *problem = check_numbers(options);
    snprintf(text, size, "%s", problem ? problem : "");
    for (size_t i = 0; problem == NULL && i < options->queues_count; i++)
        if (weir_queue_load(options->queues[i], text, size) == NULL)
            break;
    return text;
}
