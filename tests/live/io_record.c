// SPDX-License-Identifier: Apache-2.0
#include "io_fixture.h"

#include "flow/record.h"

static void payload_is_printable_and_belongs_to_its_identity(void **state)
{
    (void)state;
    static unsigned char a[300], b[300];
    for (size_t size = 0; size <= sizeof a; size++) {
        memset(a, 0, sizeof a);
        payload_fill(a, size, 1, 2, 3, 4, 5);
        for (size_t i = 0; i < size; i++)
            assert_true(a[i] > 0x20 && a[i] < 0x7f && a[i] != '"' && a[i] != '\\');
        assert_true(size == sizeof a || a[size] == 0);
        assert_true(payload_matches(a, size, 1, 2, 3, 4, 5));
        if (size < 8)
            continue;
        assert_false(payload_matches(a, size, 2, 2, 3, 4, 5));
        assert_false(payload_matches(a, size, 1, 3, 3, 4, 5));
        assert_false(payload_matches(a, size, 1, 2, 4, 4, 5));
        assert_false(payload_matches(a, size, 1, 2, 3, 5, 5));
        assert_false(payload_matches(a, size, 1, 2, 3, 4, 6));
        for (size_t i = 0; i < size; i++) {
            memcpy(b, a, size);
            b[i] ^= 1;
            assert_false(payload_matches(b, size, 1, 2, 3, 4, 5));
            assert_true(payload_hash(a, size) != payload_hash(b, size));
        }
    }
}

static void hash_tells_lengths_apart(void **state)
{
    (void)state;
    static const unsigned char zeros[64];
    for (size_t a = 0; a < sizeof zeros; a++)
        for (size_t b = 0; b < a; b++)
            assert_true(payload_hash(zeros, a) != payload_hash(zeros, b));
}

static void every_size_fits_and_no_two_overlap(void **state)
{
    (void)state;
    struct record_pool *p = record_pool_create();
    static const size_t sizes[] = {0,      1, 63, 64, 65, 128, 129, 4096, 4097, 65536, 1 << 20, (1 << 20) + 1,
                                   3 << 20};
    enum { N = sizeof sizes / sizeof sizes[0], EACH = 70 };
    static struct record *r[N][EACH];
    for (size_t i = 0; i < N; i++)
        for (unsigned k = 0; k < (sizes[i] > 65536 ? 3 : EACH); k++) {
            r[i][k] = record_take(p, sizes[i]);
            assert_non_null(r[i][k]);
            assert_int_equal((uintptr_t)r[i][k] % 8, 0);
            memset(r[i][k]->payload, (int)(i * 7 + k), sizes[i]);
        }
    for (size_t i = 0; i < N; i++)
        for (unsigned k = 0; k < (sizes[i] > 65536 ? 3 : EACH); k++) {
            for (size_t b = 0; b < sizes[i]; b += 61)
                assert_int_equal(r[i][k]->payload[b], (unsigned char)(i * 7 + k));
            if (i != 3 || k != 0) // one stays out: destroy must free it all the same
                record_give(p, r[i][k]);
        }
    struct record *large = record_take(p, 2 << 20);
    assert_non_null(large);
    record_pool_destroy(p);
}

// What is given back is taken again: a thousand rounds need no more than one did.
static void pool_reuses(void **state)
{
    (void)state;
    enum { HELD = 200, ROUNDS = 1000, SEEN_MOST = 512 };
    struct record_pool *p = record_pool_create();
    static struct record *seen[SEEN_MOST], *held[HELD];
    unsigned count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < HELD; i++) {
            held[i] = record_take(p, 100);
            assert_int_equal(held[i]->size, 100);
            unsigned k = 0;
            while (k < count && seen[k] != held[i])
                k++;
            assert_true(k < SEEN_MOST);
            if (k == count)
                seen[count++] = held[i];
        }
        for (int i = 0; i < HELD; i++)
            record_give(p, held[i]);
    }
    record_pool_destroy(p);
}

enum { HANDS = 4, TURNS = 20000, SHELF = 64 };

struct shelf {
    struct record_pool *pool;
    pthread_mutex_t lock;
    struct record *slots[SHELF];
    unsigned failures;
};

// Each thread takes, marks, swaps with a shared shelf, checks what it got from there, gives back.
static void *hand(void *context)
{
    struct shelf *s = context;
    struct rng rng;
    rng_init(&rng, (uint64_t)(uintptr_t)pthread_self(), "hand");
    for (unsigned i = 0; i < TURNS; i++) {
        size_t size = rng_below(&rng, 300);
        struct record *r = record_take(s->pool, size);
        r->seq = rng_u64(&rng);
        payload_fill(r->payload, size, 1, 1, 1, r->seq, 1);
        pthread_mutex_lock(&s->lock);
        struct record **slot = &s->slots[rng_below(&rng, SHELF)], *other = *slot;
        *slot = r;
        s->failures += other != NULL && !payload_matches(other->payload, other->size, 1, 1, 1, other->seq, 1);
        pthread_mutex_unlock(&s->lock);
        if (other != NULL)
            record_give(s->pool, other);
    }
    return NULL;
}

static void threads_share_a_pool_and_may_end(void **state)
{
    (void)state;
    struct shelf s = {.pool = record_pool_create(), .lock = PTHREAD_MUTEX_INITIALIZER};
    for (int round = 0; round < 3; round++) {
        pthread_t t[HANDS];
        for (int i = 0; i < HANDS; i++)
            assert_int_equal(pthread_create(&t[i], NULL, hand, &s), 0);
        for (int i = 0; i < HANDS; i++)
            pthread_join(t[i], NULL);
    }
    assert_int_equal(s.failures, 0);
    record_pool_destroy(s.pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(payload_is_printable_and_belongs_to_its_identity),
        cmocka_unit_test(hash_tells_lengths_apart),
        cmocka_unit_test(every_size_fits_and_no_two_overlap),
        cmocka_unit_test(pool_reuses),
        cmocka_unit_test(threads_share_a_pool_and_may_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
