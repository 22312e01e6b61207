// SPDX-License-Identifier: Apache-2.0
// Writing and reading where the items are, seen from the copying side.
#include "conform/check.h"

static void expect_moved(struct conform *c, const char *what, size_t asked, size_t got, size_t expected)
{
    EXPECT(c, got == expected, "%s of %zu answered %zu, should be %zu", what, asked, got, expected);
}

// Where a reservation counts as inside, a consumer must not be told that the end has come before it is
// committed.
static void close_finds_a_reservation(struct conform *c, struct weir_queue *q)
{
    const struct weir_queue_ops *ops = c->ops;
    uint64_t first = 0, item = 0;
    while (ops->try_pop_n(q, &item, 1) == 1)
        ;
    expect_moved(c, "reserve", 1, ops->in_place->reserve(q, 1, &first), 1);
    ops->close(q);
    enum weir_wake expected = ops->len(q) ? WEIR_WAKE_TIMEOUT : WEIR_WAKE_CLOSED;
    enum weir_wake got = ops->wait_items(q, 0);
    EXPECT(c, got == expected, "closed with a reservation that len %s: wait_items answered %s",
           expected == WEIR_WAKE_TIMEOUT ? "counts" : "does not count", conform_wake_name(got));
    *ops->in_place->slot(q, first, 0) = 42;
    ops->in_place->commit(q, first, 1);
    got = ops->wait_items(q, 0);
    EXPECT(c, got == WEIR_WAKE_READY, "an item committed after close: wait_items answered %s",
           conform_wake_name(got));
    expect_moved(c, "the pop of what was committed after close", 1, ops->try_pop_n(q, &item, 1), 1);
    EXPECT(c, item == 42, "what was committed as 42 came out as %llu", (unsigned long long)item);
    got = ops->wait_items(q, 0);
    EXPECT(c, got == WEIR_WAKE_CLOSED, "drained: wait_items answered %s", conform_wake_name(got));
    expect_moved(c, "reserve when closed", 1, ops->in_place->reserve(q, 1, &first), 0);
}

struct walk {
    struct conform *c;
    struct weir_queue *q;
    size_t capacity, inside;
    uint64_t value, expected, random;
};

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void write_some(struct walk *w)
{
    const struct weir_queue_in_place *in = w->c->ops->in_place;
    uint64_t first = 0, unused = 0;
    size_t n = 1 + conform_random(&w->random) % 7, granted = in->reserve(w->q, n, &first);
    expect_moved(w->c, "reserve", n, granted,
                 smaller(n, w->capacity - w->inside)); // partial, never more than fits
    for (size_t i = 0; i < granted; i++)
        *in->slot(w->q, first, i) = w->value++;
    if (w->inside == 0)
        expect_moved(w->c, "peek at what is reserved and not committed", 1, in->peek(w->q, 1, &unused), 0);
    if (granted)
        in->commit(w->q, first, granted);
    w->inside += granted;
}

static void read_some(struct walk *w)
{
    const struct weir_queue_in_place *in = w->c->ops->in_place;
    uint64_t first = 0, unused = 0;
    size_t n = 1 + conform_random(&w->random) % 7, granted = in->peek(w->q, n, &first);
    expect_moved(w->c, "peek", n, granted, smaller(n, w->inside));
    for (size_t i = 0; i < granted; i++, w->expected++) {
        uint64_t got = *in->slot(w->q, first, i);
        EXPECT(w->c, got == w->expected, "item %llu came out as %llu", (unsigned long long)w->expected,
               (unsigned long long)got);
    }
    if (w->inside == w->capacity)
        expect_moved(w->c, "reserve while the items are being read", 1, in->reserve(w->q, 1, &unused), 0);
    if (granted)
        in->release(w->q, first, granted);
    w->inside -= granted;
}

void check_in_place(struct conform *c)
{
    enum { CAPACITY = 5 };
    if (c->ops->in_place == NULL)
        conform_skip(c, "it copies: it has no reserve, commit, peek and release");
    for (unsigned producers = 1; producers <= conform_most_producers(c); producers++) {
        struct walk w = {.c = c, .capacity = CAPACITY, .value = 1, .expected = 1, .random = 4711};
        w.q = conform_make(c, CAPACITY, WEIR_WAIT_SPIN, producers, 1, NEAR_2_64);
        for (unsigned turn = 0; turn < 1000; turn++) {
            write_some(&w);
            read_some(&w);
        }
        close_finds_a_reservation(c, w.q);
        c->ops->destroy(w.q);
    }
    conform_saw(c, "1000 reservations of up to 7");
}
