// SPDX-License-Identifier: Apache-2.0
// Pushes and pops of a queue's module, through its table of operations: by one and in batches, made for one
// thread a side and for several.
#include <fcntl.h>
#include <stdio.h>

#include "bench/module.h"
#include "gate/count_subject.h"

enum { BATCH = 16, PATHS = 4, ROUNDS = 4096 };

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

static void name(size_t path, char text[COUNT_NAME])
{
    *text = '\0';
    if (exists(path))
        snprintf(text, COUNT_NAME, "%s x%zu", several(path) ? "several" : "1-and-1", batch_of(path));
}

static bool run(size_t path, size_t rounds)
{
    size_t n = batch_of(path), i = 0;
    uint64_t items[BATCH] = {0};
    struct weir_queue_config config = {
        .capacity = 1024,
        .wait = WEIR_WAIT_SPIN,
        .producers = several(path) && (ops->caps & WEIR_Q_MULTI_PRODUCER) ? 2 : 1,
        .consumers = several(path) && (ops->caps & WEIR_Q_MULTI_CONSUMER) ? 2 : 1,
        .batch = n};
    struct weir_queue *q = ops->create(&config);
    if (q == NULL)
        return false;
    while (i < rounds && ops->try_push_n(q, items, n) == n && ops->try_pop_n(q, items, n) == n)
        i++;
    ops->destroy(q);
    return i == rounds;
}

const struct count_subject *count_queue_open(const char *path, bool tried, char *why, size_t size)
{
    static const struct count_subject subject = {
        .script = "queue", .paths = PATHS, .rounds = ROUNDS, .name = name, .items = batch_of, .run = run};
    const struct weir_queue_module *module =
        tried ? weir_queue_load_copy(open(path, O_RDONLY | O_CLOEXEC), path, why, size)
              : weir_queue_load(path, why, size);
    if (module == NULL)
        return NULL;
    ops = module->ops;
    return &subject;
}
