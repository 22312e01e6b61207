// SPDX-License-Identifier: Apache-2.0
// Many threads: nothing lost, doubled, invented or out of order.
//
// An item is producer << 40 | number. Each item has a byte in `seen`, so that a loss, a copy and an invention
// are all told apart; consumers check that one producer's numbers only grow.
#include "conform/check.h"
#include <stdlib.h>

enum { STRESS_SIDE = 4, SEQ_BITS = 40, LONGEST_BATCH = 32 };

struct stress {
    struct conform *c;
    struct weir_queue *q;
    unsigned producers, consumers, per_producer;
    size_t batch;
    bool evict, try_only;
    _Atomic unsigned running; // producers that have not finished
    atomic_bool go;
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
    unsigned long long producer = item >> SEQ_BITS, number = item & (((uint64_t)1 << SEQ_BITS) - 1);
    EXPECT(s->c, producer < s->producers && number < s->per_producer,
           "item %#llx came out and nobody has pushed it", (unsigned long long)item);
    bool again = atomic_fetch_add(&s->seen[producer * s->per_producer + number], 1) != 0;
    EXPECT(s->c, !again, "item %llu of producer %llu came out twice", number, producer);
    EXPECT(s->c, (int64_t)number > last[producer], "item %llu of producer %llu came out after its item %lld",
           number, producer, (long long)last[producer]);
    last[producer] = (int64_t)number;
}

static void check_length(struct stress *s)
{
    size_t len = s->c->ops->len(s->q), capacity = s->c->ops->capacity(s->q);
    EXPECT(s->c, len <= capacity, "len answered %zu, more than the capacity of %zu", len, capacity);
}

static void expect_batch(struct stress *s, const char *what, size_t moved, size_t n)
{
    EXPECT(s->c, moved <= n, "%s of %zu answered %zu", what, n, moved);
}

// Full: make room by dropping the oldest, or wait for it. False when the queue is closed.
static bool make_room(struct stress *s, size_t n, int64_t *last)
{
    const struct weir_queue_ops *ops = s->c->ops;
    uint64_t oldest = 0;
    if (s->evict) {
        if (ops->try_pop_n(s->q, &oldest, 1) == 1) {
            account(s, oldest, last);
            atomic_fetch_add(&s->evicted, 1);
        }
        return true;
    }
    if (s->try_only) {
        sched_yield();
        return !ops->closed(s->q);
    }
    size_t capacity = ops->capacity(s->q);
    enum weir_wake wake = ops->wait_space(s->q, n < capacity ? n : capacity, NEVER);
    EXPECT(s->c, wake == WEIR_WAKE_READY || wake == WEIR_WAKE_CLOSED,
           "wait_space without a deadline answered %s", conform_wake_name(wake));
    return wake == WEIR_WAKE_READY;
}

static void *stress_produce(void *argument)
{
    struct stress_thread *t = argument;
    struct stress *s = t->s;
    int64_t last[STRESS_SIDE] = {-1, -1, -1, -1};
    uint64_t items[LONGEST_BATCH], random = 77 + t->index + s->c->options->seed;
    unsigned sent = 0;
    bool open = true;
    await_start(s);
    while (sent < s->per_producer && open) {
        size_t n = 1 + conform_random(&random) % s->batch;
        if (n > s->per_producer - sent)
            n = s->per_producer - sent;
        for (size_t i = 0; i < n; i++)
            items[i] = (uint64_t)t->index << SEQ_BITS | (sent + i);
        size_t moved = s->c->ops->try_push_n(s->q, items, n);
        expect_batch(s, "try_push_n", moved, n);
        sent += (unsigned)moved;
        if (sent % 64 == 0)
            check_length(s);
        if (moved < n)
            open = make_room(s, n - moved, last);
    }
    atomic_fetch_add(&s->pushed, sent);
    if (atomic_fetch_sub(&s->running, 1) == 1)
        s->c->ops->close(s->q);
    return NULL;
}

static void *stress_consume(void *argument)
{
    struct stress_thread *t = argument;
    struct stress *s = t->s;
    int64_t last[STRESS_SIDE] = {-1, -1, -1, -1};
    uint64_t items[LONGEST_BATCH], random = 13 + t->index + s->c->options->seed;
    unsigned long popped = 0;
    await_start(s);
    for (;;) {
        size_t n = 1 + conform_random(&random) % s->batch, moved = s->c->ops->try_pop_n(s->q, items, n);
        expect_batch(s, "try_pop_n", moved, n);
        for (size_t i = 0; i < moved; i++)
            account(s, items[i], last);
        popped += moved;
        if (moved)
            continue;
        enum weir_wake wake = s->c->ops->wait_items(s->q, s->try_only ? 0 : NEVER);
        if (wake == WEIR_WAKE_CLOSED)
            break;
        EXPECT(s->c, wake == WEIR_WAKE_READY || s->try_only, "wait_items without a deadline answered %s",
               conform_wake_name(wake));
        if (wake == WEIR_WAKE_TIMEOUT)
            sched_yield();
    }
    atomic_fetch_add(&s->popped, popped);
    return NULL;
}

static void stress_start(struct stress *s, struct stress_thread *threads)
{
    s->seen = calloc((size_t)s->producers * s->per_producer, 1);
    EXPECT(s->c, s->seen != NULL, "nothing was seen: no memory");
    atomic_store(&s->running, s->producers);
    for (unsigned i = 0; i < s->producers + s->consumers; i++) {
        bool producer = i < s->producers;
        threads[i] = (struct stress_thread){.s = s, .index = producer ? i : i - s->producers};
        conform_thread(s->c, &threads[i].id, producer ? stress_produce : stress_consume, &threads[i]);
    }
    atomic_store(&s->go, true);
}

static void stress_join(struct stress *s, struct stress_thread *threads)
{
    for (unsigned i = 0; i < s->producers + s->consumers; i++)
        pthread_join(threads[i].id, NULL);
}

// After everything was pushed: each item was seen exactly once.
static void stress_check_all_seen(struct stress *s)
{
    size_t all = (size_t)s->producers * s->per_producer, missing = 0, first = 0;
    for (size_t i = all; i-- > 0;)
        if (atomic_load(&s->seen[i]) == 0) {
            missing++;
            first = i;
        }
    EXPECT(s->c, missing == 0, "%zu of %zu items never came out, the first is item %zu of producer %zu",
           missing, all, first % s->per_producer, first / s->per_producer);
    size_t out = atomic_load(&s->popped) + atomic_load(&s->evicted), len = s->c->ops->len(s->q);
    EXPECT(s->c, atomic_load(&s->pushed) == all && out == all, "%zu items went in and %zu came out",
           (size_t)atomic_load(&s->pushed), out);
    EXPECT(s->c, len == 0, "len answered %zu when all is out", len);
}

static size_t stress_once(struct conform *c, unsigned producers, unsigned consumers, size_t capacity,
                          size_t batch, enum weir_wait_kind wait, unsigned items, bool evict)
{
    struct stress s = {.c = c,
                       .producers = producers,
                       .consumers = consumers,
                       .per_producer = items / producers,
                       .batch = batch,
                       .evict = evict};
    struct stress_thread threads[2 * STRESS_SIDE];
    s.q = (evict ? conform_make_evicting : conform_make)(c, capacity, wait, producers, consumers,
                                                         NEAR_2_32 - items / 2);
    stress_start(&s, threads);
    stress_join(&s, threads);
    stress_check_all_seen(&s);
    free(s.seen);
    c->ops->destroy(s.q);
    return (size_t)s.per_producer * producers;
}

// Spinning threads that share a core move one batch per time slice, so they get less to do.
static unsigned stress_items(const struct conform *c, unsigned threads, size_t capacity,
                             enum weir_wait_kind wait)
{
    if (wait == WEIR_WAIT_SPIN && !conform_can(c, WEIR_Q_NATIVE_BLOCKING))
        return threads > 2 ? 10 * (unsigned)capacity + 60 : capacity < 16 ? 400 : CONFORM_SLOW ? 5000 : 20000;
    return (capacity < 16 ? 3000 : 20000) / (CONFORM_SLOW ? 4 : 1);
}

void check_order(struct conform *c)
{
    static const unsigned sides[][2] = {{1, 1}, {2, 1}, {4, 1}, {1, 3}, {3, 3}};
    static const size_t shapes[][2] = {{1, 1}, {3, 4}, {64, 1}, {64, 32}};
    size_t moved = 0, crews = 0;
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        unsigned p = sides[i][0], n = sides[i][1];
        if ((p > 1 && !conform_can(c, WEIR_Q_MULTI_PRODUCER)) ||
            (n > 1 && !conform_can(c, WEIR_Q_MULTI_CONSUMER)))
            continue;
        for (size_t k = 0; k < sizeof shapes / sizeof shapes[0]; k++)
            for (int wait = 0; wait < WEIR_WAIT_KINDS; wait++, crews++) {
                unsigned items = stress_items(c, p + n, shapes[k][0], (enum weir_wait_kind)wait);
                moved +=
                    stress_once(c, p, n, shapes[k][0], shapes[k][1], (enum weir_wait_kind)wait, items, false);
            }
    }
    conform_saw(c, "%zu items through %zu shapes of threads, capacity, batch and wait", moved, crews);
}

void check_evict(struct conform *c)
{
    if (!conform_can(c, WEIR_Q_EVICT))
        conform_skip(c, "it does not offer WEIR_Q_EVICT");
    size_t moved = 0;
    for (unsigned p = 1; p <= 3; p++)
        for (size_t capacity = 1; capacity <= 16; capacity *= 4)
            moved += stress_once(c, p, 1, capacity, 3, WEIR_WAIT_PARK, 12000, true);
    conform_saw(c, "%zu items popped or evicted", moved);
}

// --- exact capacity ----

// Producers push until the queue says full; nobody pops. A relaxed queue may say it too early, so the rest is
// filled by one thread.
static void *fill_it(void *argument)
{
    struct stress_thread *t = argument;
    uint64_t item = t->index;
    unsigned long pushed = 0;
    await_start(t->s);
    while (t->s->c->ops->try_push_n(t->s->q, &item, 1) == 1 && pushed < 1000)
        pushed++;
    atomic_fetch_add(&t->s->pushed, pushed);
    return NULL;
}

enum { FILLERS = 3 };

static void fill_once(struct conform *c, size_t capacity, unsigned fillers)
{
    struct stress s = {.c = c, .q = conform_make(c, capacity, WEIR_WAIT_SPIN, fillers, 1, NEAR_2_64)};
    struct stress_thread threads[FILLERS];
    size_t bound = c->ops->capacity(s.q);
    for (unsigned i = 0; i < fillers; i++) {
        threads[i] = (struct stress_thread){.s = &s, .index = i};
        conform_thread(c, &threads[i].id, fill_it, &threads[i]);
    }
    atomic_store(&s.go, true);
    for (unsigned i = 0; i < fillers; i++)
        pthread_join(threads[i].id, NULL);
    uint64_t item = 0;
    size_t inside = atomic_load(&s.pushed);
    while (inside <= bound && c->ops->try_push_n(s.q, &item, 1) == 1)
        inside++;
    EXPECT(c, inside == bound, "it took %zu items, its capacity is %zu", inside, bound);
    size_t len = c->ops->len(s.q);
    EXPECT(c, len == inside, "len answered %zu with %zu inside", len, inside);
    c->ops->destroy(s.q);
}

void check_exact_capacity(struct conform *c)
{
    static const size_t capacities[] = {1, 2, 3, 5, 100};
    if (conform_can(c, WEIR_Q_UNBOUNDED))
        conform_skip(c, "it has no bound");
    unsigned fillers = conform_can(c, WEIR_Q_MULTI_PRODUCER) ? FILLERS : 1;
    for (unsigned round = 0; round < 200; round++)
        fill_once(c, capacities[round % 5], fillers);
    conform_saw(c, "200 times filled by %u producer%s", fillers, fillers > 1 ? "s at once" : "");
}

// --- close in the middle ----

// A third party closes. What push said it moved is what comes out. A queue whose contract lets an overlapping
// push in may hold an item after its consumer saw the end; the others must not.
static size_t close_in_the_middle(struct conform *c, unsigned producers, unsigned consumers, unsigned turns)
{
    struct stress s = {.c = c,
                       .producers = producers,
                       .consumers = consumers,
                       // more than they get to push
                       .per_producer = conform_can(c, WEIR_Q_UNBOUNDED) ? 20000 : 200000,
                       .batch = 3,
                       .try_only = true};
    struct stress_thread threads[2 * STRESS_SIDE];
    s.q = conform_make(c, 4, WEIR_WAIT_YIELD, producers, consumers, 0);
    stress_start(&s, threads);
    while (turns-- > 0)
        sched_yield();
    c->ops->close(s.q);
    stress_join(&s, threads);
    uint64_t item;
    size_t left = 0, in = atomic_load(&s.pushed), out = atomic_load(&s.popped);
    while (left <= in && c->ops->try_pop_n(s.q, &item, 1) == 1)
        left++;
    EXPECT(c, in == out + left, "%zu items went in, %zu came out and %zu were left", in, out, left);
    if (producers > 1 || conform_can(c, WEIR_Q_EVICT | WEIR_Q_UNBOUNDED))
        EXPECT(c, left == 0, "the consumers were told the end and %zu items were left inside", left);
    free(s.seen);
    c->ops->destroy(s.q);
    return in;
}

void check_close_race(struct conform *c)
{
    size_t moved = 0, closes = 0;
    for (unsigned turns = 0; turns < (CONFORM_SLOW ? 15 : 60); turns++, closes++) {
        moved += close_in_the_middle(c, 1, 1, turns);
        if (conform_can(c, WEIR_Q_MULTI_PRODUCER))
            moved += close_in_the_middle(c, 3, 1, turns);
        if (conform_can(c, WEIR_Q_MULTI_CONSUMER))
            moved += close_in_the_middle(c, conform_most_producers(c), 2, turns);
    }
    conform_saw(c, "closed %zu times among %zu items", closes, moved);
}
