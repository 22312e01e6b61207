// SPDX-License-Identifier: Apache-2.0
// Waiting: deadlines, wake-ups, close. Part of conformance.h. No test sleeps or asserts that something is
// fast; a lost wake-up hangs, and the test's time limit reports it.

static void deadlines_pass(void **state)
{
    (void)state;
    for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++) {
        struct weir_queue *q = make(1, (enum weir_wait_kind)kind, 1, 1, 0);
        assert_int_equal(CONFORM_OPS->wait_items(q, 0), WEIR_WAKE_TIMEOUT);
        uint64_t deadline = clock_ns() + 3000000, item = 5;
        assert_int_equal(CONFORM_OPS->wait_items(q, deadline), WEIR_WAKE_TIMEOUT);
        assert_true(clock_ns() >= deadline); // not before
        assert_int_equal(CONFORM_OPS->wait_space(q, 1, NEVER), WEIR_WAKE_READY);
        assert_int_equal(CONFORM_OPS->try_push_n(q, &item, 1), 1);
        assert_int_equal(CONFORM_OPS->wait_items(q, 0), WEIR_WAKE_READY); // looks once even when it is late
        if (!can(WEIR_Q_UNBOUNDED)) {
            deadline = clock_ns() + 3000000;
            assert_int_equal(CONFORM_OPS->wait_space(q, 1, deadline), WEIR_WAKE_TIMEOUT);
            assert_true(clock_ns() >= deadline);
        }
        CONFORM_OPS->destroy(q);
    }
}

struct waiter {
    pthread_t id;
    struct weir_queue *q;
    size_t n; // 0: waits for items
    enum weir_wake answer;
};

static void *wait_for_ever(void *argument)
{
    struct waiter *w = argument;
    w->answer = w->n ? CONFORM_OPS->wait_space(w->q, w->n, NEVER) : CONFORM_OPS->wait_items(w->q, NEVER);
    return NULL;
}

static void close_wakes(size_t n, unsigned count, enum weir_wait_kind kind, unsigned turns)
{
    struct waiter waiters[4];
    struct weir_queue *q = make(2, kind, n ? count : 1, n ? 1 : count, 0);
    uint64_t items[2] = {1, 2};
    if (n)
        CONFORM_OPS->try_push_n(q, items, 2);
    for (unsigned i = 0; i < count; i++) {
        waiters[i] = (struct waiter){.q = q, .n = n, .answer = WEIR_WAKE_READY};
        assert_int_equal(pthread_create(&waiters[i].id, NULL, wait_for_ever, &waiters[i]), 0);
    }
    while (turns-- > 0) // they may be anywhere between their start and deep sleep
        sched_yield();
    CONFORM_OPS->close(q);
    for (unsigned i = 0; i < count; i++) {
        pthread_join(waiters[i].id, NULL);
        assert_int_equal(waiters[i].answer, WEIR_WAKE_CLOSED);
    }
    CONFORM_OPS->destroy(q);
}

static void close_wakes_all_waiters(void **state)
{
    (void)state;
    unsigned pushers = can(WEIR_Q_MULTI_PRODUCER) ? 3 : 1, poppers = can(WEIR_Q_MULTI_CONSUMER) ? 3 : 1;
    for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++)
        for (unsigned turns = 0; turns < 40; turns = turns * 2 + 1) {
            close_wakes(0, poppers, (enum weir_wait_kind)kind, turns);
            if (can(WEIR_Q_UNBOUNDED))
                continue;
            close_wakes(1, pushers, (enum weir_wait_kind)kind, turns);
            if (!can(WEIR_Q_INLINE))
                close_wakes(2, pushers, (enum weir_wait_kind)kind, turns);
        }
}

struct pair {
    struct weir_queue *q;
    size_t n; // slots the producer wants at once
    unsigned rounds;
    atomic_ulong wrong;
};

// The only producer: once n slots are free they stay free until it pushes. A relaxed queue may still need a
// second try while a pop overlaps.
static void *push_whole_batches(void *argument)
{
    struct pair *p = argument;
    uint64_t items[8] = {0};
    for (unsigned i = 0; i < p->rounds; i++) {
        bool ready = CONFORM_OPS->wait_space(p->q, p->n, NEVER) == WEIR_WAKE_READY;
        size_t room = CONFORM_OPS->capacity(p->q) - CONFORM_OPS->len(p->q);
        size_t moved = CONFORM_OPS->try_push_n(p->q, items, p->n);
        if (!ready || room < p->n || (can(WEIR_Q_STRICT) && moved < p->n))
            atomic_fetch_add(&p->wrong, 1);
        while (moved < p->n)
            moved += CONFORM_OPS->try_push_n(p->q, items, p->n - moved);
    }
    CONFORM_OPS->close(p->q);
    return NULL;
}

static void wait_space_waits_for_all_of_n(void **state)
{
    (void)state;
    if (can(WEIR_Q_INLINE))
        skip();
    for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++)
        for (size_t n = 2; n <= 4; n++) {
            struct pair p = {.q = make(4, (enum weir_wait_kind)kind, 1, 1, NEAR_2_32), .n = n, .rounds = 300};
            pthread_t producer;
            assert_int_equal(pthread_create(&producer, NULL, push_whole_batches, &p), 0);
            uint64_t item;
            size_t popped = 0;
            while (CONFORM_OPS->wait_items(p.q, NEVER) == WEIR_WAKE_READY)
                popped += CONFORM_OPS->try_pop_n(p.q, &item, 1); // one at a time
            pthread_join(producer, NULL);
            assert_int_equal(atomic_load(&p.wrong), 0);
            assert_int_equal(popped, n * p.rounds);
            CONFORM_OPS->destroy(p.q);
        }
}

// One producer sleeps for the whole capacity, another for a single slot. Each pop frees one slot, and only
// the second can use it: the wake-up must reach it although the first sleeps longer and is woken too.
static void *push_singles(void *argument)
{
    struct pair *p = argument;
    uint64_t item = 1;
    for (unsigned i = 0; i < p->rounds;)
        if (CONFORM_OPS->wait_space(p->q, p->n, NEVER) == WEIR_WAKE_READY)
            i += (unsigned)CONFORM_OPS->try_push_n(p->q, &item, 1);
    return NULL;
}

static void pop_one(struct weir_queue *q)
{
    uint64_t item;
    assert_int_equal(CONFORM_OPS->wait_items(q, NEVER), WEIR_WAKE_READY);
    while (CONFORM_OPS->try_pop_n(q, &item, 1) == 0)
        sched_yield();
}

static void wide_waiters_do_not_swallow_wake_ups(void **state)
{
    (void)state;
    if (!can(WEIR_Q_MULTI_PRODUCER) || can(WEIR_Q_UNBOUNDED))
        skip();
    for (int kind = WEIR_WAIT_YIELD; kind < WEIR_WAIT_KINDS; kind++) {
        struct weir_queue *q = make(4, (enum weir_wait_kind)kind, 2, 1, 0);
        uint64_t items[4] = {0};
        struct pair wide = {.q = q, .n = 4, .rounds = 1}, narrow = {.q = q, .n = 1, .rounds = 100};
        pthread_t threads[2];
        assert_int_equal(CONFORM_OPS->try_push_n(q, items, 4), 4);
        assert_int_equal(pthread_create(&threads[0], NULL, push_singles, &wide), 0);
        assert_int_equal(pthread_create(&threads[1], NULL, push_singles, &narrow), 0);
        for (unsigned i = 0; i < narrow.rounds; i++) {
            pop_one(q);
            while (CONFORM_OPS->len(q) < 4) // until the narrow one has filled it, or for ever
                sched_yield();
            for (unsigned turns = 0; turns < 20; turns++) // both are likely asleep again
                sched_yield();
        }
        for (unsigned i = 0; i < 5; i++) // what is inside, and then the wide one's
            pop_one(q);
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        assert_int_equal(CONFORM_OPS->len(q), 0);
        CONFORM_OPS->destroy(q);
    }
}
