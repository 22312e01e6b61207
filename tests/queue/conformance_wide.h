// SPDX-License-Identifier: Apache-2.0
// Slots of more than 8 bytes, written and read where they are. Part of conformance.h.

static void item_sizes_beyond_the_flags_are_refused(void **state)
{
    (void)state;
    struct weir_queue_config config = {.capacity = 3, .producers = 1, .consumers = 1, .item_bytes = 12};
    assert_null(CONFORM_OPS->create(&config));
    config.item_bytes = WEIR_ITEM_BYTES_MAX + 8;
    assert_null(CONFORM_OPS->create(&config));
    config.item_bytes = 8;
    struct weir_queue *q = CONFORM_OPS->create(&config);
    assert_non_null(q);
    CONFORM_OPS->destroy(q);
    config.item_bytes = 256;
    q = CONFORM_OPS->create(&config);
    if (can(WEIR_Q_IN_PLACE))
        assert_non_null(q);
#if defined(Q_TYPE) && !defined(Q_COPY_PUSH_N)
    else
        assert_null(q); // a module may copy elements, which its table does not tell
#endif
    CONFORM_OPS->destroy(q);
}

#ifdef Q_RESERVE

static struct weir_queue *make_wide(size_t capacity, size_t item_bytes, unsigned producers, uint64_t start)
{
    struct weir_queue_config config = {.capacity = capacity,
                                       .producers = producers,
                                       .consumers = 1,
                                       .start = start,
                                       .item_bytes = item_bytes};
    struct weir_queue *w = q_create(&config);
    if (w == NULL)
        abort();
    return w;
}

static void fill_slot(uint64_t *slot, size_t words, uint64_t value)
{
    for (size_t i = 0; i < words; i++)
        slot[i] = value * 0x100000001b3u + i;
}

static bool slot_holds(const uint64_t *slot, size_t words, uint64_t value)
{
    for (size_t i = 0; i < words; i++)
        if (slot[i] != value * 0x100000001b3u + i)
            return false;
    return true;
}

// All slots of the ring are written before any is read, so slots that overlap are seen.
static void walk_wide(size_t capacity, size_t words, unsigned producers, uint64_t start)
{
    struct weir_queue *w = make_wide(capacity, words * 8, producers, start);
    uint64_t first = 0, written = 1, read = 1, random = 4711 + words;
    size_t inside = 0;
    for (unsigned turn = 0; turn < 200; turn++) {
        size_t n = turn % 8 == 7 ? capacity : 1 + next_random(&random) % (capacity + 2);
        size_t room = capacity - inside, granted = Q_RESERVE(&w->q, n, &first);
        assert_int_equal(granted, n < room ? n : room);
        for (size_t i = 0; i < granted; i++)
            fill_slot(Q_SLOT(&w->q, first, i), words, written++);
        if (granted)
            Q_COMMIT(&w->q, first, granted);
        inside += granted;
        assert_int_equal(q_len(w), inside);
        n = 1 + next_random(&random) % (capacity + 2);
        granted = Q_PEEK(&w->q, n, &first);
        assert_int_equal(granted, n < inside ? n : inside);
        for (size_t i = 0; i < granted; i++)
            assert_true(slot_holds(Q_SLOT(&w->q, first, i), words, read++));
        Q_RELEASE(&w->q, first, granted);
        inside -= granted;
    }
    q_destroy(w);
}

struct wide_stress {
    struct weir_queue *w;
    size_t words;
    uint64_t count;
};

static void *write_wide(void *argument)
{
    struct wide_stress *s = argument;
    uint64_t first = 0, random = 99;
    for (uint64_t value = 1; value <= s->count;) {
        size_t n = 1 + next_random(&random) % 5;
        n = n < s->count - value + 1 ? n : (size_t)(s->count - value + 1);
        size_t granted = Q_RESERVE(&s->w->q, n, &first);
        for (size_t i = 0; i < granted; i++)
            fill_slot(Q_SLOT(&s->w->q, first, i), s->words, value++);
        if (granted)
            Q_COMMIT(&s->w->q, first, granted);
        else
            sched_yield();
    }
    return NULL;
}

static void stress_wide(size_t words, unsigned producers)
{
    struct wide_stress s = {.words = words, .count = CONFORM_SLOW ? 2000 : 20000};
    s.w = make_wide(7, words * 8, producers, NEAR_2_64);
    pthread_t writer;
    assert_int_equal(pthread_create(&writer, NULL, write_wide, &s), 0);
    uint64_t first = 0, expected = 1, random = 7;
    unsigned wrong = 0;
    while (expected <= s.count) {
        size_t granted = Q_PEEK(&s.w->q, 1 + next_random(&random) % 9, &first);
        for (size_t i = 0; i < granted; i++)
            wrong += !slot_holds(Q_SLOT(&s.w->q, first, i), words, expected++);
        if (granted)
            Q_RELEASE(&s.w->q, first, granted);
        else
            sched_yield();
    }
    pthread_join(writer, NULL);
    assert_int_equal(wrong, 0);
    q_destroy(s.w);
}

#endif

static void wide_slots_are_written_and_read_in_place(void **state)
{
    (void)state;
#ifdef Q_RESERVE
    if (!can(WEIR_Q_IN_PLACE))
        skip();
    static const size_t words[] = {2, 3, 8, 32, 512};
    unsigned most = can(WEIR_Q_MULTI_PRODUCER) ? 2 : 1;
    for (unsigned producers = 1; producers <= most; producers++)
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            walk_wide(1, words[i], producers, 0);
            walk_wide(5, words[i], producers, NEAR_2_32);
            walk_wide(8, words[i], producers, NEAR_2_64);
            stress_wide(words[i], producers);
        }
#else
    skip();
#endif
}
