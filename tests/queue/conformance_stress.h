// SPDX-License-Identifier: Apache-2.0
// Many threads: nothing lost, doubled, invented or out of order. Part of conformance.h.
//
// An item is producer << 40 | number. Each item has a byte in `seen`, so that a loss, a copy and an invention
// are all told apart; consumers check that one producer's numbers only grow.

enum { STRESS_SIDE = 4, SEQ_BITS = 40 };

struct stress {
    struct weir_queue *q;
    unsigned producers, consumers, per_producer;
    size_t batch;
    bool evict, try_only;
    _Atomic unsigned running; // producers that have not finished
    atomic_bool go;
    atomic_ulong wrong;                   // anything that must not happen
    atomic_ulong pushed, popped, evicted; // items
    atomic_uchar *seen;
};

struct stress_thread {
    pthread_t id;
    struct stress *s;
    unsigned index;
};

static void await_start(struct stress *s)
{
    while (!atomic_load(&s->go))
        sched_yield();
}

// An item has left the queue: mark it, and compare with the last one of its producer in this thread.
static void account(struct stress *s, uint64_t item, int64_t *last)
{
    uint64_t producer = item >> SEQ_BITS, number = item & (((uint64_t)1 << SEQ_BITS) - 1);
    if (producer >= s->producers || number >= s->per_producer) {
        atomic_fetch_add(&s->wrong, 1); // invented
        return;
    }
    if ((int64_t)number <= last[producer])
        atomic_fetch_add(&s->wrong, 1); // out of order
    last[producer] = (int64_t)number;
    if (atomic_fetch_add(&s->seen[producer * s->per_producer + number], 1) != 0)
        atomic_fetch_add(&s->wrong, 1); // doubled
}

static void check_length(struct stress *s)
{
    if (CONFORM_OPS->len(s->q) > CONFORM_OPS->capacity(s->q))
        atomic_fetch_add(&s->wrong, 1);
}

// Full: make room by dropping the oldest, or wait for it. False when the queue is closed.
static bool make_room(struct stress *s, size_t n, int64_t *last)
{
    uint64_t oldest;
    if (s->evict) {
        if (CONFORM_OPS->try_pop_n(s->q, &oldest, 1) == 1) {
            account(s, oldest, last);
            atomic_fetch_add(&s->evicted, 1);
        }
        return true;
    }
    if (s->try_only) {
        sched_yield();
        return !CONFORM_OPS->closed(s->q);
    }
    size_t capacity = CONFORM_OPS->capacity(s->q);
    enum weir_wake wake = CONFORM_OPS->wait_space(s->q, n < capacity ? n : capacity, NEVER);
    if (wake == WEIR_WAKE_TIMEOUT)
        atomic_fetch_add(&s->wrong, 1); // there is no deadline
    return wake == WEIR_WAKE_READY;
}

static void *stress_produce(void *argument)
{
    struct stress_thread *t = argument;
    struct stress *s = t->s;
    int64_t last[STRESS_SIDE] = {-1, -1, -1, -1};
    uint64_t items[32], random = 77 + t->index;
    unsigned sent = 0;
    bool open = true;
    await_start(s);
    while (sent < s->per_producer && open) {
        size_t n = 1 + next_random(&random) % s->batch;
        if (n > s->per_producer - sent)
            n = s->per_producer - sent;
        for (size_t i = 0; i < n; i++)
            items[i] = (uint64_t)t->index << SEQ_BITS | (sent + i);
        size_t moved = CONFORM_OPS->try_push_n(s->q, items, n);
        if (moved > n)
            atomic_fetch_add(&s->wrong, 1);
        sent += (unsigned)moved;
        if (sent % 64 == 0)
            check_length(s);
        if (moved < n)
            open = make_room(s, n - moved, last);
    }
    atomic_fetch_add(&s->pushed, sent);
    if (atomic_fetch_sub(&s->running, 1) == 1)
        CONFORM_OPS->close(s->q);
    return NULL;
}

static void *stress_consume(void *argument)
{
    struct stress_thread *t = argument;
    struct stress *s = t->s;
    int64_t last[STRESS_SIDE] = {-1, -1, -1, -1};
    uint64_t items[32], random = 13 + t->index;
    unsigned long popped = 0;
    await_start(s);
    for (;;) {
        size_t moved = CONFORM_OPS->try_pop_n(s->q, items, 1 + next_random(&random) % s->batch);
        for (size_t i = 0; i < moved; i++)
            account(s, items[i], last);
        popped += moved;
        if (moved)
            continue;
        enum weir_wake wake = CONFORM_OPS->wait_items(s->q, s->try_only ? 0 : NEVER);
        if (wake == WEIR_WAKE_CLOSED)
            break;
        if (wake == WEIR_WAKE_TIMEOUT) {
            if (!s->try_only)
                atomic_fetch_add(&s->wrong, 1);
            sched_yield();
        }
    }
    atomic_fetch_add(&s->popped, popped);
    return NULL;
}

static void stress_start(struct stress *s, struct stress_thread *threads)
{
    s->seen = calloc((size_t)s->producers * s->per_producer, 1);
    assert_non_null(s->seen);
    atomic_store(&s->running, s->producers);
    for (unsigned i = 0; i < s->producers + s->consumers; i++) {
        bool producer = i < s->producers;
        threads[i] = (struct stress_thread){.s = s, .index = producer ? i : i - s->producers};
        int error =
            pthread_create(&threads[i].id, NULL, producer ? stress_produce : stress_consume, &threads[i]);
        assert_int_equal(error, 0);
    }
    atomic_store(&s->go, true);
}

static void stress_join(struct stress *s, struct stress_thread *threads)
{
    for (unsigned i = 0; i < s->producers + s->consumers; i++)
        pthread_join(threads[i].id, NULL);
    assert_int_equal(atomic_load(&s->wrong), 0);
}

// After everything was pushed: each item was seen exactly once.
static void stress_check_all_seen(struct stress *s)
{
    size_t all = (size_t)s->producers * s->per_producer, seen = 0;
    for (size_t i = 0; i < all; i++)
        seen += atomic_load(&s->seen[i]) == 1;
    assert_int_equal(seen, all);
    assert_int_equal(atomic_load(&s->pushed), all);
    assert_int_equal(atomic_load(&s->popped) + atomic_load(&s->evicted), all);
    assert_int_equal(CONFORM_OPS->len(s->q), 0);
}

static void stress_once(unsigned producers, unsigned consumers, size_t capacity, size_t batch,
                        enum weir_wait_kind wait, unsigned items, bool evict)
{
    struct stress s = {.producers = producers,
                       .consumers = consumers,
                       .per_producer = items / producers,
                       .batch = batch,
                       .evict = evict};
    struct stress_thread threads[2 * STRESS_SIDE];
    s.q = make(capacity, wait, producers, consumers, NEAR_2_32 - items / 2);
    stress_start(&s, threads);
    stress_join(&s, threads);
    stress_check_all_seen(&s);
    free(s.seen);
    CONFORM_OPS->destroy(s.q);
}

// Spinning threads that share a core move one batch per time slice, so they get less to do.
static unsigned stress_items(unsigned threads, size_t capacity, enum weir_wait_kind wait)
{
    if (wait == WEIR_WAIT_SPIN && !can(WEIR_Q_NATIVE_BLOCKING))
        return threads > 2 ? 10 * (unsigned)capacity + 60 : capacity < 16 ? 400 : CONFORM_SLOW ? 5000 : 20000;
    return (capacity < 16 ? 3000 : 20000) / (CONFORM_SLOW ? 4 : 1);
}

static void nothing_lost_doubled_or_out_of_order(void **state)
{
    (void)state;
    static const unsigned sides[][2] = {{1, 1}, {2, 1}, {4, 1}, {1, 3}, {3, 3}};
    static const size_t shapes[][2] = {{1, 1}, {3, 4}, {64, 1}, {64, 32}};
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        unsigned p = sides[i][0], c = sides[i][1];
        if ((p > 1 && !can(WEIR_Q_MULTI_PRODUCER)) || (c > 1 && !can(WEIR_Q_MULTI_CONSUMER)))
            continue;
        for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++)
            for (int wait = 0; wait < WEIR_WAIT_KINDS; wait++) {
                unsigned items = stress_items(p + c, shapes[k][0], (enum weir_wait_kind)wait);
                stress_once(p, c, shapes[k][0], shapes[k][1], (enum weir_wait_kind)wait, items, false);
            }
    }
}

static void producers_evict_the_oldest(void **state)
{
    (void)state;
    if (!can(WEIR_Q_EVICT))
        skip();
    for (unsigned p = 1; p <= 3; p++)
        for (size_t capacity = 1; capacity <= 16; capacity *= 4)
            stress_once(p, 1, capacity, 3, WEIR_WAIT_PARK, 12000, true);
}

// Producers push until the queue says full; nobody pops. A relaxed queue may say it too early, so the rest is
// filled by one thread.
static void *fill_it(void *argument)
{
    struct stress_thread *t = argument;
    uint64_t item = t->index;
    unsigned long pushed = 0;
    await_start(t->s);
    while (CONFORM_OPS->try_push_n(t->s->q, &item, 1) == 1)
        pushed++;
    atomic_fetch_add(&t->s->pushed, pushed);
    return NULL;
}

static void racing_producers_fill_exactly_the_capacity(void **state)
{
    (void)state;
    if (!can(WEIR_Q_MULTI_PRODUCER) || can(WEIR_Q_UNBOUNDED))
        skip();
    static const size_t capacities[] = {1, 2, 3, 5, 100};
    enum { FILLERS = 3 };
    for (unsigned round = 0; round < 200; round++) {
        size_t capacity = capacities[round % 5];
        struct stress s = {.q = make(capacity, WEIR_WAIT_SPIN, FILLERS, 1, NEAR_2_64)};
        struct stress_thread threads[FILLERS];
        for (unsigned i = 0; i < FILLERS; i++) {
            threads[i] = (struct stress_thread){.s = &s, .index = i};
            assert_int_equal(pthread_create(&threads[i].id, NULL, fill_it, &threads[i]), 0);
        }
        atomic_store(&s.go, true);
        for (unsigned i = 0; i < FILLERS; i++)
            pthread_join(threads[i].id, NULL);
        uint64_t item = 0;
        size_t inside = atomic_load(&s.pushed);
        assert_true(inside <= capacity);
        while (CONFORM_OPS->try_push_n(s.q, &item, 1) == 1)
            inside++;
        assert_int_equal(inside, capacity);
        assert_int_equal(CONFORM_OPS->len(s.q), capacity);
        CONFORM_OPS->destroy(s.q);
    }
}

// A third party closes in the middle. What push said it moved is what comes out. A queue whose contract lets
// an overlapping push in may hold an item after its consumer saw the end; the others must not.
static void close_in_the_middle(unsigned producers, unsigned consumers, unsigned turns)
{
    struct stress s = {.producers = producers,
                       .consumers = consumers,
                       .per_producer = can(WEIR_Q_UNBOUNDED) ? 20000 : 200000, // more than they get to push
                       .batch = 3,
                       .try_only = true};
    struct stress_thread threads[2 * STRESS_SIDE];
    s.q = make(4, WEIR_WAIT_YIELD, producers, consumers, 0);
    stress_start(&s, threads);
    while (turns-- > 0)
        sched_yield();
    CONFORM_OPS->close(s.q);
    stress_join(&s, threads);
    uint64_t item;
    unsigned long left = 0;
    while (CONFORM_OPS->try_pop_n(s.q, &item, 1) == 1)
        left++;
    assert_int_equal(atomic_load(&s.pushed), atomic_load(&s.popped) + left);
    if (producers > 1 || can(WEIR_Q_EVICT | WEIR_Q_UNBOUNDED))
        assert_int_equal(left, 0);
    free(s.seen);
    CONFORM_OPS->destroy(s.q);
}

static void pushes_and_close_race_without_loss(void **state)
{
    (void)state;
    for (unsigned turns = 0; turns < (CONFORM_SLOW ? 15 : 60); turns++) {
        close_in_the_middle(1, 1, turns);
        if (can(WEIR_Q_MULTI_PRODUCER))
            close_in_the_middle(3, 1, turns);
        if (can(WEIR_Q_MULTI_CONSUMER))
            close_in_the_middle(2, 2, turns);
    }
}
