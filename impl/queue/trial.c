// SPDX-License-Identifier: Apache-2.0
#include "queue/trial.h"

#include <stdarg.h>
#include <stdio.h>

enum { MOST = 1 << 16 }; // items that are tried

struct trial {
    const struct weir_queue_ops *ops;
    struct weir_queue *q;
    size_t capacity, inside;
    char *why;
    size_t size;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct trial *t, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(t->why, t->size, format, arguments);
    va_end(arguments);
    return false;
}

static bool check_len(const struct trial *t)
{
    size_t len = t->ops->len(t->q);
    return len == t->inside || refuse(t, "its len answered %zu with %zu items inside", len, t->inside);
}

static uint64_t item_at(size_t i)
{
    return 0x5eed000000000000u + i;
}

static bool fill(struct trial *t)
{
    size_t moved = 1, most = t->capacity < MOST ? t->capacity : MOST;
    for (; moved == 1 && t->inside <= most; t->inside += moved) {
        uint64_t item = item_at(t->inside);
        moved = t->ops->try_push_n(t->q, &item, 1);
        if (moved > 1)
            return refuse(t, "its push of 1 answered %zu", moved);
    }
    if (t->inside < most)
        return refuse(t, "it said full with %zu of %zu items inside", t->inside, t->capacity);
    if (t->inside > t->capacity)
        return refuse(t, "it took more than its capacity of %zu items", t->capacity);
    return check_len(t);
}

static bool drain(struct trial *t)
{
    for (size_t i = 0; t->inside > 0; i++, t->inside--) {
        uint64_t item = 0;
        size_t moved = t->ops->try_pop_n(t->q, &item, 1);
        if (moved != 1)
            return refuse(t, "its pop of 1 answered %zu with %zu items inside", moved, t->inside);
        if (item != item_at(i))
            return refuse(t, "items did not come out in the order in which they went in");
    }
    return check_len(t);
}

static bool close_it(struct trial *t)
{
    uint64_t item = item_at(0);
    if (t->ops->try_push_n(t->q, &item, 1) != 1)
        return refuse(t, "emptied, it took no item");
    t->ops->close(t->q);
    if (!t->ops->closed(t->q) || t->ops->try_push_n(t->q, &item, 1) != 0)
        return refuse(t, "closed, it took an item or did not say that it was closed");
    if (t->ops->try_pop_n(t->q, &item, 1) != 1 || t->ops->wait_items(t->q, 0) != WEIR_WAKE_CLOSED)
        return refuse(t, "closed, it did not give what was inside and then say that it was at its end");
    return true;
}

bool weir_queue_trial(const struct weir_queue_ops *ops, const struct weir_queue_config *config, char *why,
                      size_t size)
{
    struct trial t = {.ops = ops, .why = why, .size = size};
    t.q = ops->create(config);
    if (t.q == NULL)
        return refuse(&t, "its create answered NULL: no memory, or it refuses this configuration");
    t.capacity = ops->capacity(t.q);
    bool exact = (ops->caps & (WEIR_Q_UNBOUNDED | WEIR_Q_INLINE)) || t.capacity == config->capacity;
    bool good = exact ? fill(&t) && drain(&t) && close_it(&t)
                      : refuse(&t, "its capacity is %zu and should be %zu", t.capacity, config->capacity);
    ops->destroy(t.q);
    return good;
}
