// SPDX-License-Identifier: Apache-2.0
// One thread against a model: a plain array of what must be inside.
#include "conform/check.h"

enum { MODEL_MAX = 8192 };

struct model {
    struct conform *c;
    struct weir_queue *q;
    size_t head, count, capacity; // capacity as the queue says
    uint64_t next;                // value of the next item
    bool closed;
    uint64_t items[MODEL_MAX];
};

static void model_reset(struct model *m, struct conform *c, struct weir_queue *q)
{
    m->c = c;
    m->q = q;
    m->head = m->count = 0;
    m->capacity = c->ops->capacity(q);
    m->next = 0x1234567800000001u;
    m->closed = false;
}

static void expect_space(struct model *m, size_t n, enum weir_wake expected)
{
    enum weir_wake got = m->c->ops->wait_space(m->q, n, 0);
    EXPECT(m->c, got == expected, "wait_space(%zu, now) answered %s with %zu of %zu inside%s, should be %s",
           n, conform_wake_name(got), m->count, m->capacity, m->closed ? " and closed" : "",
           conform_wake_name(expected));
}

static void check_state(struct model *m)
{
    struct conform *c = m->c;
    size_t len = c->ops->len(m->q);
    EXPECT(c, len == m->count, "len answered %zu with %zu items inside", len, m->count);
    EXPECT(c, c->ops->closed(m->q) == m->closed, "closed answered %d, should be %d", !m->closed, m->closed);
    enum weir_wake expected = m->count ? WEIR_WAKE_READY : m->closed ? WEIR_WAKE_CLOSED : WEIR_WAKE_TIMEOUT;
    enum weir_wake items = c->ops->wait_items(m->q, 0);
    EXPECT(c, items == expected, "wait_items(now) answered %s with %zu items inside%s, should be %s",
           conform_wake_name(items), m->count, m->closed ? " and closed" : "", conform_wake_name(expected));
    size_t room = m->capacity - m->count;
    if (room > 3)
        room = 3;
    if (room > 0)
        expect_space(m, room, m->closed ? WEIR_WAKE_CLOSED : WEIR_WAKE_READY);
    if (room < 3 && room + 1 <= m->capacity)
        expect_space(m, room + 1, m->closed ? WEIR_WAKE_CLOSED : WEIR_WAKE_TIMEOUT);
}

static void model_push(struct model *m, size_t n)
{
    static uint64_t items[MODEL_MAX];
    for (size_t i = 0; i < n; i++)
        items[i] = m->next + i;
    size_t room = m->capacity - m->count, expected = m->closed ? 0 : room < n ? room : n;
    size_t moved = m->c->ops->try_push_n(m->q, items, n);
    EXPECT(m->c, moved == expected, "try_push_n of %zu answered %zu with %zu of %zu inside%s, should be %zu",
           n, moved, m->count, m->capacity, m->closed ? " and closed" : "", expected);
    for (size_t i = 0; i < expected; i++)
        m->items[(m->head + m->count++) % MODEL_MAX] = m->next++;
}

static void model_pop(struct model *m, size_t n)
{
    static uint64_t items[MODEL_MAX];
    struct conform *c = m->c;
    for (size_t i = 0; i < n; i++)
        items[i] = 99;
    size_t expected = m->count < n ? m->count : n, moved = c->ops->try_pop_n(m->q, items, n);
    EXPECT(c, moved == expected, "try_pop_n of %zu answered %zu with %zu inside, should be %zu", n, moved,
           m->count, expected);
    for (size_t i = 0; i < expected; i++) {
        uint64_t want = m->items[m->head];
        EXPECT(c, items[i] == want, "item %zu of a pop of %zu is %#llx, should be %#llx", i, n,
               (unsigned long long)items[i], (unsigned long long)want);
        m->head = (m->head + 1) % MODEL_MAX;
    }
    m->count -= expected;
    for (size_t i = expected; i < n; i++)
        EXPECT(c, items[i] == 99, "try_pop_n answered %zu and wrote item %zu all the same", moved, i);
}

static void check_name(struct conform *c, const char *what, const char *text)
{
    EXPECT(c, text != NULL && *text != '\0', "the table has no %s", what);
}

void check_table(struct conform *c)
{
    const struct weir_queue_ops *ops = c->ops;
    EXPECT(c, ops->abi == WEIR_QUEUE_ABI, "abi is %u, should be %u", ops->abi, WEIR_QUEUE_ABI);
    check_name(c, "name", ops->name);
    check_name(c, "summary", ops->summary);
    check_name(c, "contract", ops->contract);
    struct weir_queue *q = conform_make(c, 5, WEIR_WAIT_SPIN, 1, 1, 0);
    size_t expected = conform_can(c, WEIR_Q_UNBOUNDED) ? SIZE_MAX : conform_can(c, WEIR_Q_INLINE) ? 1 : 5;
    size_t capacity = ops->capacity(q), moved;
    EXPECT(c, capacity == expected, "capacity answered %zu, should be %zu", capacity, expected);
    uint64_t item = 7;
    EXPECT(c, (moved = ops->try_push_n(q, &item, 0)) == 0, "try_push_n of 0 answered %zu", moved);
    EXPECT(c, (moved = ops->try_pop_n(q, &item, 0)) == 0, "try_pop_n of 0 answered %zu", moved);
    EXPECT(c, (moved = ops->try_push_n(q, &item, 1)) == 1, "the first push answered %zu", moved);
    EXPECT(c, (moved = ops->try_pop_n(q, &item, 0)) == 0, "try_pop_n of 0 answered %zu with an item inside",
           moved);
    ops->destroy(q); // with an item inside
    conform_trying(c, "destroy(NULL)");
    ops->destroy(NULL);
    if (expected == SIZE_MAX)
        conform_saw(c, "no bound");
    else
        conform_saw(c, "capacity %zu for 5", expected);
}

static void expect_refusal(struct conform *c, const struct weir_queue_config *config, bool refuse,
                           const char *what)
{
    conform_trying(c, "%s", what);
    struct weir_queue *q = c->ops->create(config);
    EXPECT(c, (q == NULL) == refuse, "create answered %s",
           q ? "a queue: it must refuse what its flags do not offer" : "NULL: its flags offer that");
    c->ops->destroy(q);
}

void check_refusals(struct conform *c)
{
    struct weir_queue_config config = {.capacity = 0, .producers = 1, .consumers = 1};
    expect_refusal(c, &config, true, "capacity 0");
    config.capacity = SIZE_MAX;
    if (!conform_can(c, WEIR_Q_UNBOUNDED | WEIR_Q_INLINE))
        expect_refusal(c, &config, true, "a capacity that no machine has");
    config.capacity = 2;
    config.producers = 2;
    expect_refusal(c, &config, !conform_can(c, WEIR_Q_MULTI_PRODUCER), "2 producers");
    config.producers = 1;
    config.consumers = 2;
    expect_refusal(c, &config, !conform_can(c, WEIR_Q_MULTI_CONSUMER), "2 consumers");
    conform_saw(c, "%s producer, %s consumer",
                conform_can(c, WEIR_Q_MULTI_PRODUCER) ? "more than one" : "one",
                conform_can(c, WEIR_Q_MULTI_CONSUMER) ? "more than one" : "one");
}

// Runs one sequence of operations, given by the digits of `code`: 0..2 push 1..3, 3..5 pop 1..3.
static void run_sequence(struct conform *c, unsigned code, unsigned depth, size_t capacity,
                         unsigned producers, unsigned consumers, uint64_t start)
{
    static struct model m;
    struct weir_queue *q = conform_make(c, capacity, WEIR_WAIT_SPIN, producers, consumers, start);
    model_reset(&m, c, q);
    for (unsigned i = 0; i < depth; i++, code /= 6) {
        unsigned op = code % 6;
        if (op < 3)
            model_push(&m, op + 1);
        else
            model_pop(&m, op - 2);
        check_state(&m);
    }
    c->ops->destroy(q);
}

void check_small_capacities(struct conform *c)
{
    static const size_t capacities[] = {1, 2, 3, 4, 7};
    static const uint64_t starts[] = {0, NEAR_2_32 + 3, NEAR_2_63 + 3, NEAR_2_64 + 3};
    enum { DEPTH = CONFORM_SLOW ? 3 : 5, CODES = CONFORM_SLOW ? 6 * 6 * 6 : 6 * 6 * 6 * 6 * 6 };
    unsigned sequences = 0, producers, consumers;
    for (unsigned i = 0; conform_sides(c, i, &producers, &consumers); i++)
        for (size_t k = 0; k < 5; k++)
            for (size_t s = 0; s < 4; s++)
                for (unsigned code = 0; code < CODES; code++, sequences++)
                    run_sequence(c, code, DEPTH, capacities[k], producers, consumers, starts[s]);
    conform_saw(c, "%u sequences of %d operations", sequences, DEPTH);
}

// Long enough to go round the ring many times and past every wrap of the counters.
static void random_walk(struct conform *c, size_t capacity, size_t longest, unsigned producers,
                        unsigned consumers, uint64_t start, unsigned steps)
{
    static struct model m;
    struct weir_queue *q = conform_make(c, capacity, WEIR_WAIT_PARK, producers, consumers, start);
    uint64_t random = 88172645463325252u + start + capacity + c->options->seed;
    model_reset(&m, c, q);
    for (unsigned i = 0; i < steps; i++) {
        size_t n = conform_random(&random) % (longest + 1);
        bool push = conform_random(&random) % 8 < (i / 64 % 2 ? 5 : 3); // fills for a while, then empties
        if (conform_can(c, WEIR_Q_UNBOUNDED) && m.count + n > MODEL_MAX)
            push = false;
        if (push)
            model_push(&m, n);
        else
            model_pop(&m, n);
        check_state(&m);
    }
    c->ops->destroy(q);
}

void check_random_batches(struct conform *c)
{
    static const uint64_t starts[] = {0, NEAR_2_32, NEAR_2_63, NEAR_2_64};
    static const struct {
        size_t capacity, longest;
        unsigned steps;
    } walks[] = {{1, 3, 500}, {5, 8, 1000}, {7, 20, 1000}, {1024, 1500, 1000}};
    unsigned steps = 0, producers, consumers;
    for (unsigned i = 0; conform_sides(c, i, &producers, &consumers); i++)
        for (size_t s = 0; s < 4; s++)
            for (size_t w = 0; w < 4; steps += walks[w++].steps)
                random_walk(c, walks[w].capacity, walks[w].longest, producers, consumers, starts[s],
                            walks[w].steps);
    conform_saw(c, "%u operations of up to 1500 items", steps);
}

static void expect_closed(struct conform *c, enum weir_wake got, const char *which)
{
    EXPECT(c, got == WEIR_WAKE_CLOSED, "%s answered %s when closed and empty", which, conform_wake_name(got));
}

void check_close_drains(struct conform *c)
{
    static struct model m;
    unsigned producers, consumers;
    for (unsigned i = 0; conform_sides(c, i, &producers, &consumers); i++)
        for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++) {
            struct weir_queue *q =
                conform_make(c, 6, (enum weir_wait_kind)kind, producers, consumers, NEAR_2_64);
            model_reset(&m, c, q);
            model_push(&m, 4);
            for (int twice = 0; twice < 2; twice++) {
                c->ops->close(q);
                m.closed = true;
                check_state(&m);
                model_push(&m, 1);
            }
            while (m.count) {
                enum weir_wake wake = c->ops->wait_items(q, NEVER);
                EXPECT(c, wake == WEIR_WAKE_READY, "wait_items answered %s with %zu inside",
                       conform_wake_name(wake), m.count);
                model_pop(&m, 3);
                check_state(&m);
            }
            model_push(&m, 2);
            model_pop(&m, 1);
            expect_closed(c, c->ops->wait_items(q, NEVER), "wait_items");
            expect_closed(c, c->ops->wait_space(q, 1, NEVER), "wait_space");
            c->ops->destroy(q);
        }
}
