// SPDX-License-Identifier: Apache-2.0
// Slots of more than 8 bytes, written and read where they are.
#include "conform/check.h"

static struct weir_queue *make_wide(struct conform *c, size_t capacity, size_t words, unsigned producers,
                                    uint64_t start)
{
    struct weir_queue_config config = {.capacity = capacity,
                                       .producers = producers,
                                       .consumers = 1,
                                       .start = start,
                                       .item_bytes = words * sizeof(uint64_t)};
    conform_trying(c, "capacity %zu, slots of %zu words, producers %u, counters from %llu", capacity, words,
                   producers, (unsigned long long)start);
    struct weir_queue *q = c->ops->create(&config);
    EXPECT(c, q != NULL, "create answered NULL");
    return q;
}

static void fill_slot(uint64_t *slot, size_t words, uint64_t value)
{
    for (size_t i = 0; i < words; i++)
        slot[i] = value * 0x100000001b3u + i;
}

static void expect_slot(struct conform *c, const uint64_t *slot, size_t words, uint64_t value)
{
    for (size_t i = 0; i < words; i++)
        EXPECT(c, slot[i] == value * 0x100000001b3u + i, "word %zu of item %llu is not what was written", i,
               (unsigned long long)value);
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

// All slots of the ring are written before any is read, so slots that overlap are seen.
static void walk_wide(struct conform *c, size_t capacity, size_t words, unsigned producers, uint64_t start)
{
    const struct weir_queue_in_place *in = c->ops->in_place;
    struct weir_queue *q = make_wide(c, capacity, words, producers, start);
    uint64_t first = 0, written = 1, read = 1, random = 4711 + words;
    size_t inside = 0;
    for (unsigned turn = 0; turn < 200; turn++) {
        size_t n = turn % 8 == 7 ? capacity : 1 + conform_random(&random) % (capacity + 2);
        size_t granted = in->reserve(q, n, &first), expected = smaller(n, capacity - inside);
        EXPECT(c, granted == expected, "reserve of %zu answered %zu with %zu inside", n, granted, inside);
        for (size_t i = 0; i < granted; i++)
            fill_slot(in->slot(q, first, i), words, written++);
        if (granted)
            in->commit(q, first, granted);
        inside += granted;
        EXPECT(c, c->ops->len(q) == inside, "len answered %zu with %zu inside", c->ops->len(q), inside);
        n = 1 + conform_random(&random) % (capacity + 2);
        granted = in->peek(q, n, &first);
        EXPECT(c, granted == smaller(n, inside), "peek of %zu answered %zu with %zu inside", n, granted,
               inside);
        for (size_t i = 0; i < granted; i++)
            expect_slot(c, in->slot(q, first, i), words, read++);
        if (granted)
            in->release(q, first, granted);
        inside -= granted;
    }
    c->ops->destroy(q);
}

struct wide_stress {
    struct conform *c;
    struct weir_queue *q;
    size_t words;
    uint64_t count;
};

static void *write_wide(void *argument)
{
    struct wide_stress *s = argument;
    const struct weir_queue_in_place *in = s->c->ops->in_place;
    uint64_t first = 0, random = 99;
    for (uint64_t value = 1; value <= s->count;) {
        size_t n = smaller(1 + conform_random(&random) % 5, (size_t)(s->count - value + 1));
        size_t granted = in->reserve(s->q, n, &first);
        for (size_t i = 0; i < granted; i++)
            fill_slot(in->slot(s->q, first, i), s->words, value++);
        if (granted)
            in->commit(s->q, first, granted);
        else
            sched_yield();
    }
    return NULL;
}

static size_t stress_wide(struct conform *c, size_t words, unsigned producers)
{
    const struct weir_queue_in_place *in = c->ops->in_place;
    struct wide_stress s = {.c = c, .words = words, .count = CONFORM_SLOW ? 2000 : 20000};
    s.q = make_wide(c, 7, words, producers, NEAR_2_64);
    pthread_t writer;
    conform_thread(c, &writer, write_wide, &s);
    uint64_t first = 0, expected = 1, random = 7;
    while (expected <= s.count) {
        size_t granted = in->peek(s.q, 1 + conform_random(&random) % 9, &first);
        for (size_t i = 0; i < granted; i++)
            expect_slot(c, in->slot(s.q, first, i), words, expected++);
        if (granted)
            in->release(s.q, first, granted);
        else
            sched_yield();
    }
    pthread_join(writer, NULL);
    c->ops->destroy(s.q);
    return (size_t)s.count;
}

static void expect_sizes(struct conform *c)
{
    static const struct {
        size_t bytes;
        bool refuse;
    } sizes[] = {{12, true}, {WEIR_ITEM_BYTES_MAX + 8, true}, {8, false}};
    struct weir_queue_config config = {.capacity = 3, .producers = 1, .consumers = 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        config.item_bytes = sizes[i].bytes;
        conform_trying(c, "items of %zu bytes", sizes[i].bytes);
        struct weir_queue *q = c->ops->create(&config);
        EXPECT(c, (q == NULL) == sizes[i].refuse, "create answered %s", q ? "a queue" : "NULL");
        c->ops->destroy(q);
    }
}

void check_wide_slots(struct conform *c)
{
    static const size_t words[] = {2, 3, 8, 32, 512};
    size_t moved = 0;
    expect_sizes(c);
    if (!conform_can(c, WEIR_Q_IN_PLACE))
        conform_skip(c, "it does not offer WEIR_Q_IN_PLACE");
    EXPECT(c, c->ops->in_place != NULL,
           "it offers WEIR_Q_IN_PLACE and has no reserve, commit, peek and release");
    for (unsigned producers = 1; producers <= conform_most_producers(c); producers++)
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
            walk_wide(c, 1, words[i], producers, 0);
            walk_wide(c, 5, words[i], producers, NEAR_2_32);
            walk_wide(c, 8, words[i], producers, NEAR_2_64);
            moved += stress_wide(c, words[i], producers);
        }
    conform_saw(c, "%zu items of 2 to 512 words between two threads", moved);
}
