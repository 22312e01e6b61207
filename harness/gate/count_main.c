// SPDX-License-Identifier: Apache-2.0
// weir-count MODULE: how many user instructions a push and its pop take, an item, through a module's table of
// operations, by one and in batches, made for one thread a side and for several. A line each: "1-and-1
// x1 85.12". A process of its own, so that a module that crashes takes nobody along. Exit: 0, 3 the module
// cannot be used, 77 cannot be counted here.
#include "bench/module.h"
#include "gate/count.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 16, PATHS = 4, RUNS = 2 * PATHS, CANNOT_LOAD = 3, CANNOT_TELL = 77 };
// Rounds; a multiple of every period that a queue has, so that what comes once a lap is shared fairly.
enum { ROUNDS = 4096 };

static const struct weir_queue_ops *ops;

static bool several(size_t path)
{
    return path >= 2;
}

static size_t batch_of(size_t path)
{
    return path % 2 ? BATCH : 1;
}

static bool exists(size_t path)
{
    bool any = ops->caps & (WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER);
    return (!several(path) || any) && !(batch_of(path) > 1 && (ops->caps & WEIR_Q_INLINE));
}

static struct weir_queue *make_queue(size_t path)
{
    struct weir_queue_config config = {
        .capacity = 1024,
        .wait = WEIR_WAIT_SPIN,
        .producers = several(path) && (ops->caps & WEIR_Q_MULTI_PRODUCER) ? 2 : 1,
        .consumers = several(path) && (ops->caps & WEIR_Q_MULTI_CONSUMER) ? 2 : 1,
        .batch = batch_of(path)};
    struct weir_queue *q = ops->create(&config);
    if (q == NULL)
        exit(CANNOT_LOAD);
    return q;
}

// An even run is short, the odd one behind it twice as long: their difference is what the rounds cost.
static void run_path(void *context, size_t run)
{
    size_t path = run / 2, n = batch_of(path), rounds = run % 2 ? 2 * ROUNDS : ROUNDS;
    uint64_t items[BATCH] = {0};
    (void)context;
    if (!exists(path))
        return;
    struct weir_queue *q = make_queue(path);
    for (size_t i = 0; i < rounds; i++)
        if (ops->try_push_n(q, items, n) != n || ops->try_pop_n(q, items, n) != n)
            exit(CANNOT_LOAD);
    ops->destroy(q);
}

int main(int argc, char **argv)
{
    uint64_t counts[RUNS];
    char why[400], self[PATH_MAX];
    bool alone = argc == 3 && strcmp(argv[2], COUNT_ALONE) == 0;
    if (argc != 2 && !alone) {
        fputs("usage: weir-count MODULE\n", stderr);
        return 2;
    }
    const struct weir_queue_module *module = weir_queue_load(argv[1], why, sizeof why);
    if (module == NULL) {
        fprintf(stderr, "%s\n", why);
        return CANNOT_LOAD;
    }
    ops = module->ops;
    if (alone) {
        count_alone(run_path, NULL, RUNS);
        return 0;
    }
    const char *again[] = {self, argv[1], COUNT_ALONE, NULL};
    if (realpath("/proc/self/exe", self) == NULL ||
        !count_all(again, run_path, NULL, RUNS, counts, why, sizeof why)) {
        fprintf(stderr, "%s\n", why);
        return CANNOT_TELL;
    }
    for (size_t path = 0; path < PATHS; path++)
        if (exists(path))
            printf("%s x%zu %.4f\n", several(path) ? "several" : "1-and-1", batch_of(path),
                   (double)(counts[2 * path + 1] - counts[2 * path]) / ROUNDS / (double)batch_of(path));
    return 0;
}
