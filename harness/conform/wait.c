// SPDX-License-Identifier: Apache-2.0
// Waiting: deadlines, wake-ups, close. Nothing here sleeps or asks that something be fast; a lost wake-up
// hangs, and the check's time limit reports it.
#include "base/clock.h"
#include "conform/check.h"

static void expect_wake(struct conform *c, const char *what, enum weir_wake got, enum weir_wake expected)
{
    EXPECT(c, got == expected, "%s answered %s, should be %s", what, conform_wake_name(got),
           conform_wake_name(expected));
}

static void expect_late(struct conform *c, const char *what, uint64_t deadline_ns)
{
    uint64_t now = clock_mono_ns();
    EXPECT(c, now >= deadline_ns, "%s answered timeout %llu ns before its deadline", what,
           (unsigned long long)(deadline_ns - now));
}

void check_deadlines(struct conform *c)
{
    const struct weir_queue_ops *ops = c->ops;
    for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++) {
        struct weir_queue *q = conform_make(c, 1, (enum weir_wait_kind)kind, 1, 1, 0);
        expect_wake(c, "wait_items(now) on an empty queue", ops->wait_items(q, 0), WEIR_WAKE_TIMEOUT);
        uint64_t deadline = clock_mono_ns() + 3000000, item = 5;
        expect_wake(c, "wait_items on an empty queue", ops->wait_items(q, deadline), WEIR_WAKE_TIMEOUT);
        expect_late(c, "wait_items", deadline);
        expect_wake(c, "wait_space on an empty queue", ops->wait_space(q, 1, NEVER), WEIR_WAKE_READY);
        EXPECT(c, ops->try_push_n(q, &item, 1) == 1, "the first push was refused");
        // Looks once even when it is late.
        expect_wake(c, "wait_items(now) with an item inside", ops->wait_items(q, 0), WEIR_WAKE_READY);
        if (!conform_can(c, WEIR_Q_UNBOUNDED)) {
            deadline = clock_mono_ns() + 3000000;
            expect_wake(c, "wait_space on a full queue", ops->wait_space(q, 1, deadline), WEIR_WAKE_TIMEOUT);
            expect_late(c, "wait_space", deadline);
        }
        ops->destroy(q);
    }
}

struct waiter {
    pthread_t id;
    struct conform *c;
    struct weir_queue *q;
    size_t n; // 0: waits for items
    enum weir_wake answer;
};

static void *wait_for_ever(void *argument)
{
    struct waiter *w = argument;
    const struct weir_queue_ops *ops = w->c->ops;
    w->answer = w->n ? ops->wait_space(w->q, w->n, NEVER) : ops->wait_items(w->q, NEVER);
    return NULL;
}

static void close_wakes(struct conform *c, size_t n, unsigned count, enum weir_wait_kind kind, unsigned turns)
{
    struct waiter waiters[4];
    struct weir_queue *q = conform_make(c, 2, kind, n ? count : 1, n ? 1 : count, 0);
    uint64_t items[2] = {1, 2};
    if (n)
        c->ops->try_push_n(q, items, 2);
    for (unsigned i = 0; i < count; i++) {
        waiters[i] = (struct waiter){.c = c, .q = q, .n = n, .answer = WEIR_WAKE_READY};
        conform_thread(c, &waiters[i].id, wait_for_ever, &waiters[i]);
    }
    while (turns-- > 0) // they may be anywhere between their start and deep sleep
        sched_yield();
    c->ops->close(q);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(waiters[i].id, NULL);
        expect_wake(c,
                    n ? "wait_space on a full queue that was closed"
                      : "wait_items on an empty queue that was closed",
                    waiters[i].answer, WEIR_WAKE_CLOSED);
    }
    c->ops->destroy(q);
}

void check_close_wakes(struct conform *c)
{
    unsigned pushers = conform_can(c, WEIR_Q_MULTI_PRODUCER) ? 3 : 1;
    unsigned poppers = conform_can(c, WEIR_Q_MULTI_CONSUMER) ? 3 : 1;
    for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++)
        for (unsigned turns = 0; turns < 40; turns = turns * 2 + 1) {
            close_wakes(c, 0, poppers, (enum weir_wait_kind)kind, turns);
            if (conform_can(c, WEIR_Q_UNBOUNDED))
                continue;
            close_wakes(c, 1, pushers, (enum weir_wait_kind)kind, turns);
            if (!conform_can(c, WEIR_Q_INLINE))
                close_wakes(c, 2, pushers, (enum weir_wait_kind)kind, turns);
        }
}

struct pair {
    struct conform *c;
    struct weir_queue *q;
    size_t n; // slots the producer wants at once
    unsigned rounds;
};

// The only producer: once n slots are free they stay free until it pushes. A relaxed queue may still need a
// second try while a pop overlaps.
static void *push_whole_batches(void *argument)
{
    struct pair *p = argument;
    const struct weir_queue_ops *ops = p->c->ops;
    uint64_t items[8] = {0};
    for (unsigned i = 0; i < p->rounds; i++) {
        expect_wake(p->c, "wait_space", ops->wait_space(p->q, p->n, NEVER), WEIR_WAKE_READY);
        size_t room = ops->capacity(p->q) - ops->len(p->q), moved = ops->try_push_n(p->q, items, p->n);
        EXPECT(p->c, room >= p->n, "wait_space(%zu) answered ready with %zu free", p->n, room);
        EXPECT(p->c, !conform_can(p->c, WEIR_Q_STRICT) || moved == p->n,
               "wait_space(%zu) answered ready and the push of as many moved %zu", p->n, moved);
        while (moved < p->n)
            moved += ops->try_push_n(p->q, items, p->n - moved);
    }
    ops->close(p->q);
    return NULL;
}

void check_wait_for_all(struct conform *c)
{
    if (conform_can(c, WEIR_Q_INLINE))
        conform_skip(c, "it has a single slot");
    for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++)
        for (size_t n = 2; n <= 4; n++) {
            struct weir_queue *q = conform_make(c, 4, (enum weir_wait_kind)kind, 1, 1, NEAR_2_32);
            struct pair p = {.c = c, .q = q, .n = n, .rounds = 300};
            pthread_t producer;
            conform_thread(c, &producer, push_whole_batches, &p);
            uint64_t item;
            size_t popped = 0;
            while (c->ops->wait_items(q, NEVER) == WEIR_WAKE_READY)
                popped += c->ops->try_pop_n(q, &item, 1); // one at a time
            pthread_join(producer, NULL);
            EXPECT(c, popped == n * p.rounds, "%zu items went in and %zu came out", n * p.rounds, popped);
            c->ops->destroy(q);
        }
}

// One producer sleeps for the whole capacity, another for a single slot. Each pop frees one slot, and only
// the second can use it: the wake-up must reach it although the first sleeps longer and is woken too.
static void *push_singles(void *argument)
{
    struct pair *p = argument;
    uint64_t item = 1;
    for (unsigned i = 0; i < p->rounds;)
        if (p->c->ops->wait_space(p->q, p->n, NEVER) == WEIR_WAKE_READY)
            i += (unsigned)p->c->ops->try_push_n(p->q, &item, 1);
    return NULL;
}

static void pop_one(struct conform *c, struct weir_queue *q)
{
    uint64_t item;
    expect_wake(c, "wait_items on a queue that is not empty", c->ops->wait_items(q, NEVER), WEIR_WAKE_READY);
    while (c->ops->try_pop_n(q, &item, 1) == 0)
        sched_yield();
}

void check_wake_ups(struct conform *c)
{
    const struct weir_queue_ops *ops = c->ops;
    if (!conform_can(c, WEIR_Q_MULTI_PRODUCER) || conform_can(c, WEIR_Q_UNBOUNDED))
        conform_skip(c, "nobody waits beside another: it has one producer, or no bound");
    for (int kind = WEIR_WAIT_YIELD; kind < WEIR_WAIT_KINDS; kind++) {
        struct weir_queue *q = conform_make(c, 4, (enum weir_wait_kind)kind, 2, 1, 0);
        uint64_t items[4] = {0};
        struct pair wide = {.c = c, .q = q, .n = 4, .rounds = 1},
                    narrow = {.c = c, .q = q, .n = 1, .rounds = 100};
        pthread_t threads[2];
        EXPECT(c, ops->try_push_n(q, items, 4) == 4, "4 items did not go into an empty queue of 4");
        conform_thread(c, &threads[0], push_singles, &wide);
        conform_thread(c, &threads[1], push_singles, &narrow);
        for (unsigned i = 0; i < narrow.rounds; i++) {
            pop_one(c, q);
            while (ops->len(q) < 4) // until the narrow one has filled it, or for ever
                sched_yield();
            for (unsigned turns = 0; turns < 20; turns++) // both are likely asleep again
                sched_yield();
        }
        for (unsigned i = 0; i < 5; i++) // what is inside, and then the wide one's
            pop_one(c, q);
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        size_t len = ops->len(q);
        EXPECT(c, len == 0, "len answered %zu when all is out", len);
        ops->destroy(q);
    }
}
