// SPDX-License-Identifier: Apache-2.0
// What the disciplines with a store of their own do for the senders, in virtual time: who is heard, how late,
// and who decides when the store is full. A store that notes what it hands out stands in front of the real
// one.
#include "discipline_fixture.h"

#include "strategy/store.h"

enum { PLACES = 4096, SENDERS = 41 };

static struct {
    const struct weir_store_ops *real;
    uint64_t delivered[SENDERS], dropped[SENDERS], in_time;
    struct hist waits[SENDERS]; // of what was delivered
} noted;

// First in, first out: what the others are held against.
struct line {
    uint64_t items[PLACES];
    size_t head, len;
};

static size_t line_bytes(const struct weir_strategy_state *s, size_t capacity)
{
    (void)s, (void)capacity;
    return sizeof(struct line);
}

static void line_init(void *store, const struct weir_strategy_state *s, size_t capacity, uint64_t seed)
{
    (void)store, (void)s, (void)capacity, (void)seed;
}

static void line_put(void *store, const struct weir_store_item *item)
{
    struct line *q = store;
    q->items[(q->head + q->len++) % PLACES] = item->item;
}

static bool line_take(void *store, uint64_t now_ns, struct weir_taken *out)
{
    (void)now_ns;
    struct line *q = store;
    if (q->len == 0)
        return false;
    *out = (struct weir_taken){.item = q->items[q->head]};
    q->head = (q->head + 1) % PLACES;
    q->len--;
    return true;
}

static bool line_victim(void *store, struct weir_taken *out)
{
    return line_take(store, 0, out);
}

static size_t line_len(const void *store)
{
    return ((const struct line *)store)->len;
}

static const struct weir_store_ops line = {.bytes = line_bytes,
                                           .init = line_init,
                                           .put = line_put,
                                           .take = line_take,
                                           .victim = line_victim,
                                           .len = line_len};

static bool note_take(void *store, uint64_t now_ns, struct weir_taken *out)
{
    if (!noted.real->take(store, now_ns, out))
        return false;
    const struct record *r = (const struct record *)(uintptr_t)out->item;
    size_t who = r->source ? 0 : 1 + r->sender;
    if (out->fate.drop) {
        noted.dropped[who]++;
    } else {
        noted.delivered[who]++;
        hist_record(&noted.waits[who], now_ns - r->intended_ns);
        noted.in_time += now_ns - r->intended_ns <= 50 * NS_PER_MS;
    }
    return true;
}

// Runs with the store noted; NULL: the plain line.
static struct report run(struct fixture *x, const char *discipline)
{
    static struct weir_discipline_ops ops;
    static struct weir_store_ops store;
    give_discipline(x, discipline ? discipline : "fq_codel");
    ops = *x->stage.edge.discipline;
    memset(&noted, 0, sizeof noted);
    noted.real = discipline ? ops.store : &line;
    store = *noted.real;
    store.take = note_take;
    ops.store = &store;
    x->stage.edge.discipline = &ops;
    struct report r = run_fixture(x, sim_run, 7);
    assert_balanced(&r);
    assert_int_equal(r.edges[0].dropped, ledger_lost(&r.ledger) - r.ledger.lost[WEIR_LOSS_DROP_NEWEST]);
    return r;
}

// Jain, Chiu, Hawe 1984: 1 when all of the n quiet senders get alike, 1/n when one gets all.
static double jain(unsigned n)
{
    double sum = 0, squares = 0;
    for (unsigned i = 1; i <= n; i++) {
        double share = (double)noted.delivered[i];
        sum += share;
        squares += share * share;
    }
    return sum * sum / (n * squares);
}

static uint64_t worst_p99(unsigned n)
{
    uint64_t worst = 0;
    for (unsigned i = 1; i <= n; i++) {
        uint64_t p99 = hist_percentile(&noted.waits[i], 0.99);
        worst = p99 > worst ? p99 : worst;
    }
    return worst;
}

struct crowd {
    struct fixture x;
    struct source sources[2]; // 0: forty quiet senders; 1: one that is a hundred times as loud as each
    struct timed_piece loud;
};

// 4k/s of quiet ones and 10k/s of one, where 10k/s can be worked off.
static void make_crowd(struct crowd *c, const char *admission, size_t capacity)
{
    fixture_init(&c->x, ARRIVE_POISSON, 4000, 100e3, admission, capacity);
    c->x.source.senders = 40;
    c->sources[0] = c->sources[1] = c->x.source;
    c->sources[1].name = "loud";
    c->sources[1].senders = 1;
    c->sources[1].arrival.rate = fixed(&c->loud, 10000);
    c->x.scenario.sources = c->sources;
    c->x.scenario.source_count = 2;
    c->x.stage.edge.producers = 41;
    c->x.scenario.duration_ns = 10 * NS_PER_S;
    c->x.scenario.warmup_ns = NS_PER_S;
}

static void a_loud_neighbour_is_not_heard_louder(void **state)
{
    (void)state;
    static struct crowd c;
    make_crowd(&c, "drop_newest", 1000);
    struct report r = run(&c.x, NULL);
    uint64_t before = worst_p99(40), heard = r.ledger.delivered;
    assert_true(before > 80 * NS_PER_MS);
    make_crowd(&c, "block", 1000);
    r = run(&c.x, "fq_codel");
    assert_true(worst_p99(40) < before / 25);
    assert_true(jain(40) > 0.99);
    for (unsigned i = 1; i <= 40; i++)
        assert_int_equal(noted.dropped[i], 0);
    assert_true(noted.dropped[0] > 0);
    assert_true(r.ledger.delivered + 200 > heard); // and the sink does no less
    assert_int_equal(r.ledger.unsent, 0);          // nobody wrote block: the store makes room by itself
}

// At a full store the written admission strategy decides, and an evicting one gets the fattest flow's head.
static void what_is_written_decides_when_full(void **state)
{
    (void)state;
    static struct crowd c;
    make_crowd(&c, "drop_newest", 100);
    c.x.stage.edge.admission_written = true;
    struct report r = run(&c.x, "fq_codel");
    assert_true(r.ledger.lost[WEIR_LOSS_DROP_NEWEST] > 10000);
    make_crowd(&c, "block", 100);
    c.x.stage.edge.admission_written = true;
    r = run(&c.x, "fq_codel");
    assert_true(r.ledger.unsent > 1000);
    make_crowd(&c, "drop_oldest", 100);
    c.x.stage.edge.admission_written = true;
    r = run(&c.x, "fq_codel");
    assert_true(r.ledger.lost[WEIR_LOSS_DROP_OLDEST] > 10000); // the fattest flow's
    assert_true(worst_p99(40) < 10 * NS_PER_MS);
}

// A third too much. First in, first out everything arrives after its 50 ms; with adaptive LIFO nearly all
// that is served is in time.
static void answers_in_time(void **state)
{
    (void)state;
    static const char *const disciplines[] = {NULL, "adaptive_lifo"};
    for (int i = 0; i < 2; i++) {
        struct fixture x;
        fixture_init(&x, ARRIVE_POISSON, 13000, 100e3, "drop_newest", 1000);
        x.scenario.duration_ns = 10 * NS_PER_S;
        struct report r = run(&x, disciplines[i]);
        if (i) {
            assert_true(noted.in_time * 100 > r.ledger.delivered * 98);
            assert_true(r.ledger.lost[WEIR_LOSS_EXPIRED] > 20000);
            assert_true(r.ledger.delivered > 98000);
        } else {
            assert_true(noted.in_time * 10 < r.ledger.delivered);
        }
    }
}

// Without overload it is a queue like any other: in order, and nothing is lost.
static void calm_is_first_in_first_out(void **state)
{
    (void)state;
    struct fixture x;
    fixture_init(&x, ARRIVE_POISSON, 5000, 100e3, "block", 1000);
    struct report r = run(&x, "adaptive_lifo");
    assert_int_equal(ledger_lost(&r.ledger) + r.check.reordered, 0);
    fixture_init(&x, ARRIVE_POISSON, 13000, 100e3, "block", 1000);
    r = run(&x, "adaptive_lifo");
    assert_true(r.check.reordered > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loud_neighbour_is_not_heard_louder),
        cmocka_unit_test(what_is_written_decides_when_full),
        cmocka_unit_test(answers_in_time),
        cmocka_unit_test(calm_is_first_in_first_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
