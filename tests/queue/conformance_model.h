// SPDX-License-Identifier: Apache-2.0
// One thread against a model: a plain array of what must be inside. Part of conformance.h.

enum { MODEL_MAX = 8192 };

struct model {
    uint64_t items[MODEL_MAX];
    size_t head, count, capacity; // capacity as the queue says
    uint64_t next;                // value of the next item
    bool closed;
};

static void model_reset(struct model *m, size_t capacity)
{
    m->head = m->count = 0;
    m->capacity = capacity;
    m->next = 0x1234567800000001u;
    m->closed = false;
}

static void check_state(struct weir_queue *q, const struct model *m)
{
    const struct weir_queue_ops *ops = CONFORM_OPS;
    assert_int_equal(ops->len(q), m->count);
    assert_int_equal(ops->closed(q), m->closed);
    enum weir_wake items = m->count ? WEIR_WAKE_READY : m->closed ? WEIR_WAKE_CLOSED : WEIR_WAKE_TIMEOUT;
    assert_int_equal(ops->wait_items(q, 0), items);
    size_t room = m->capacity - m->count;
    if (room > 3)
        room = 3;
    if (room > 0)
        assert_int_equal(ops->wait_space(q, room, 0), m->closed ? WEIR_WAKE_CLOSED : WEIR_WAKE_READY);
    if (room < 3 && room + 1 <= m->capacity)
        assert_int_equal(ops->wait_space(q, room + 1, 0), m->closed ? WEIR_WAKE_CLOSED : WEIR_WAKE_TIMEOUT);
}

static void model_push(struct weir_queue *q, struct model *m, size_t n)
{
    uint64_t items[MODEL_MAX];
    items[0] = 0; // n may be 0
    for (size_t i = 0; i < n; i++)
        items[i] = m->next + i;
    size_t expected = m->closed ? 0 : m->capacity - m->count < n ? m->capacity - m->count : n;
    assert_int_equal(CONFORM_OPS->try_push_n(q, items, n), expected);
    for (size_t i = 0; i < expected; i++)
        m->items[(m->head + m->count++) % MODEL_MAX] = m->next++;
}

static void model_pop(struct weir_queue *q, struct model *m, size_t n)
{
    uint64_t items[MODEL_MAX];
    items[0] = 0;
    for (size_t i = 0; i < n; i++)
        items[i] = 99;
    size_t expected = m->count < n ? m->count : n;
    assert_int_equal(CONFORM_OPS->try_pop_n(q, items, n), expected);
    for (size_t i = 0; i < expected; i++) {
        if (items[i] != m->items[m->head])
            assert_int_equal(items[i], m->items[m->head]);
        m->head = (m->head + 1) % MODEL_MAX;
    }
    m->count -= expected;
    for (size_t i = expected; i < n; i++)
        assert_int_equal(items[i], 99); // what was not moved is not written
}

static void table_is_complete(void **state)
{
    (void)state;
    const struct weir_queue_ops *ops = CONFORM_OPS;
    assert_int_equal(ops->abi, WEIR_QUEUE_ABI);
    assert_true(ops->name && *ops->name && ops->summary && *ops->summary && ops->contract && *ops->contract);
    assert_true(ops->create && ops->destroy && ops->try_push_n && ops->try_pop_n && ops->wait_space);
    assert_true(ops->wait_items && ops->close && ops->closed && ops->len && ops->capacity);
    struct weir_queue *q = make(5, WEIR_WAIT_SPIN, 1, 1, 0);
    size_t expected = can(WEIR_Q_UNBOUNDED) ? SIZE_MAX : can(WEIR_Q_INLINE) ? 1 : 5;
    assert_true(ops->capacity(q) == expected);
    uint64_t item = 7;
    assert_int_equal(ops->try_push_n(q, &item, 0), 0);
    assert_int_equal(ops->try_pop_n(q, &item, 0), 0);
    assert_int_equal(ops->try_push_n(q, &item, 1), 1);
    assert_int_equal(ops->try_pop_n(q, &item, 0), 0);
    ops->destroy(q); // with an item inside
    ops->destroy(NULL);
}

static void configurations_beyond_the_flags_are_refused(void **state)
{
    (void)state;
    struct weir_queue_config config = {.capacity = 0, .producers = 1, .consumers = 1};
    assert_null(CONFORM_OPS->create(&config));
    config.capacity = SIZE_MAX;
    if (!can(WEIR_Q_UNBOUNDED | WEIR_Q_INLINE))
        assert_null(CONFORM_OPS->create(&config));
    config.capacity = 2;
    config.producers = 2;
    struct weir_queue *q = CONFORM_OPS->create(&config);
    assert_int_equal(q != NULL, can(WEIR_Q_MULTI_PRODUCER));
    CONFORM_OPS->destroy(q);
    config.producers = 1;
    config.consumers = 2;
    q = CONFORM_OPS->create(&config);
    assert_int_equal(q != NULL, can(WEIR_Q_MULTI_CONSUMER));
    CONFORM_OPS->destroy(q);
}

// Runs one sequence of operations, given by the digits of `code`: 0..2 push 1..3, 3..5 pop 1..3.
static void run_sequence(unsigned code, unsigned depth, size_t capacity, unsigned producers, uint64_t start)
{
    struct weir_queue *q = make(capacity, WEIR_WAIT_SPIN, producers, 1, start);
    struct model m;
    model_reset(&m, CONFORM_OPS->capacity(q));
    for (unsigned i = 0; i < depth; i++, code /= 6) {
        unsigned op = code % 6;
        if (op < 3)
            model_push(q, &m, op + 1);
        else
            model_pop(q, &m, op - 2);
        check_state(q, &m);
    }
    CONFORM_OPS->destroy(q);
}

static void small_capacities_behave_like_the_model(void **state)
{
    (void)state;
    static const size_t capacities[] = {1, 2, 3, 4, 7};
    static const uint64_t starts[] = {0, NEAR_2_32 + 3, NEAR_2_63 + 3, NEAR_2_64 + 3};
    enum { DEPTH = CONFORM_SLOW ? 3 : 5, CODES = CONFORM_SLOW ? 6 * 6 * 6 : 6 * 6 * 6 * 6 * 6 };
    unsigned most = can(WEIR_Q_MULTI_PRODUCER) ? 2 : 1;
    for (unsigned producers = 1; producers <= most; producers++)
        for (size_t c = 0; c < 5; c++)
            for (size_t s = 0; s < 4; s++)
                for (unsigned code = 0; code < CODES; code++)
                    run_sequence(code, DEPTH, capacities[c], producers, starts[s]);
}

// Long enough to go round the ring many times and past every wrap of the counters.
static void random_walk(size_t capacity, size_t longest, unsigned producers, uint64_t start, unsigned steps)
{
    struct weir_queue *q = make(capacity, WEIR_WAIT_PARK, producers, 1, start);
    uint64_t random = 88172645463325252u + start + capacity;
    struct model m;
    model_reset(&m, CONFORM_OPS->capacity(q));
    for (unsigned i = 0; i < steps; i++) {
        size_t n = next_random(&random) % (longest + 1);
        bool push = next_random(&random) % 8 < (i / 64 % 2 ? 5 : 3); // fills for a while, then empties
        if (can(WEIR_Q_UNBOUNDED) && m.count + n > MODEL_MAX)
            push = false;
        if (push)
            model_push(q, &m, n);
        else
            model_pop(q, &m, n);
        check_state(q, &m);
    }
    CONFORM_OPS->destroy(q);
}

static void random_batches_behave_like_the_model(void **state)
{
    (void)state;
    static const uint64_t starts[] = {0, NEAR_2_32, NEAR_2_63, NEAR_2_64};
    unsigned most = can(WEIR_Q_MULTI_PRODUCER) ? 2 : 1;
    for (unsigned producers = 1; producers <= most; producers++)
        for (size_t s = 0; s < 4; s++) {
            random_walk(1, 3, producers, starts[s], 500);
            random_walk(5, 8, producers, starts[s], 1000);
            random_walk(7, 20, producers, starts[s], 1000);
            random_walk(1024, 1500, producers, starts[s], 1000);
        }
}

static void close_stops_pushes_and_drains(void **state)
{
    (void)state;
    unsigned most = can(WEIR_Q_MULTI_PRODUCER) ? 2 : 1;
    for (unsigned producers = 1; producers <= most; producers++)
        for (int kind = 0; kind < WEIR_WAIT_KINDS; kind++) {
            struct weir_queue *q = make(6, (enum weir_wait_kind)kind, producers, 1, NEAR_2_64);
            struct model m;
            model_reset(&m, CONFORM_OPS->capacity(q));
            model_push(q, &m, 4);
            for (int twice = 0; twice < 2; twice++) {
                CONFORM_OPS->close(q);
                m.closed = true;
                check_state(q, &m);
                model_push(q, &m, 1);
            }
            while (m.count) {
                assert_int_equal(CONFORM_OPS->wait_items(q, NEVER), WEIR_WAKE_READY);
                model_pop(q, &m, 3);
                check_state(q, &m);
            }
            model_push(q, &m, 2);
            model_pop(q, &m, 1);
            assert_int_equal(CONFORM_OPS->wait_items(q, NEVER), WEIR_WAKE_CLOSED);
            assert_int_equal(CONFORM_OPS->wait_space(q, 1, NEVER), WEIR_WAKE_CLOSED);
            CONFORM_OPS->destroy(q);
        }
}

#ifdef Q_RESERVE
// Where a reservation counts as inside, a consumer must not be told that the end has come before it is
// committed.
static void close_finds_a_reservation(struct weir_queue *w)
{
    uint64_t first = 0, item = 0;
    while (q_try_pop_n(w, &item, 1) == 1)
        ;
    assert_int_equal(Q_RESERVE(&w->q, 1, &first), 1);
    q_close(w);
    enum weir_wake expected = q_len(w) ? WEIR_WAKE_TIMEOUT : WEIR_WAKE_CLOSED;
    assert_int_equal(q_wait_items(w, 0), expected);
    *Q_SLOT(&w->q, first, 0) = 42;
    Q_COMMIT(&w->q, first, 1);
    assert_int_equal(q_wait_items(w, 0), WEIR_WAKE_READY);
    assert_int_equal(q_try_pop_n(w, &item, 1), 1);
    assert_int_equal(item, 42);
    assert_int_equal(q_wait_items(w, 0), WEIR_WAKE_CLOSED);
    assert_int_equal(Q_RESERVE(&w->q, 1, &first), 0);
}
#endif

// Reserving and committing, peeking and releasing, seen from the copying side.
static void in_place_equals_push_and_pop(void **state)
{
    (void)state;
#ifdef Q_RESERVE
    enum { CAPACITY = 5 };
    unsigned most = can(WEIR_Q_MULTI_PRODUCER) ? 2 : 1;
    for (unsigned producers = 1; producers <= most; producers++) {
        struct weir_queue *w = make(CAPACITY, WEIR_WAIT_SPIN, producers, 1, NEAR_2_64);
        uint64_t first, value = 1, expected = 1, random = 4711;
        size_t inside = 0;
        for (unsigned turn = 0; turn < 1000; turn++) {
            size_t n = 1 + next_random(&random) % 7, room = CAPACITY - inside;
            size_t granted = Q_RESERVE(&w->q, n, &first);
            assert_int_equal(granted, n < room ? n : room); // partial, and never more than fits
            for (size_t i = 0; i < granted; i++)
                *Q_SLOT(&w->q, first, i) = value++;
            uint64_t unused;
            if (inside == 0)
                assert_int_equal(Q_PEEK(&w->q, 1, &unused), 0); // reserved is not published
            if (granted)
                Q_COMMIT(&w->q, first, granted);
            inside += granted;
            n = 1 + next_random(&random) % 7;
            granted = Q_PEEK(&w->q, n, &first);
            assert_int_equal(granted, n < inside ? n : inside);
            for (size_t i = 0; i < granted; i++)
                assert_int_equal(*Q_SLOT(&w->q, first, i), expected++);
            if (inside == CAPACITY)
                assert_int_equal(Q_RESERVE(&w->q, 1, &unused), 0); // being read is not free
            Q_RELEASE(&w->q, first, granted);
            inside -= granted;
        }
        close_finds_a_reservation(w);
        q_destroy(w);
    }
#else
    skip();
#endif
}
