// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"

#include <math.h>
#include <string.h>

#include "test.h"

// The published reference outputs for seed 1234567.
static void splitmix_reference(void **state)
{
    (void)state;
    static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                    UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                    UINT64_C(16408922859458223821)};
    uint64_t s = 1234567;
    for (int i = 0; i < 5; i++)
        assert_true(rng_splitmix64(&s) == want[i]);
}

// From the state 1, 2, 3, 4. By hand: rotl(2 * 5, 7) * 9 = 1280 * 9 = 11520; then s[1] = 1 ^ 3 ^ 2 = 0 gives
// 0; the third step has s[1] = 2 << 17, so rotl(5 * 2^18, 7) * 9 = 45 * 2^25 = 1509949440 plus what the first
// xors left, 9 * 5 * 128 * 5 = 28800.
static void xoshiro_reference(void **state)
{
    (void)state;
    static const uint64_t want[] = {11520,
                                    0,
                                    1509978240,
                                    UINT64_C(1215971899390074240),
                                    UINT64_C(1216172134540287360),
                                    UINT64_C(607988272756665600),
                                    UINT64_C(16172922978634559625),
                                    UINT64_C(8476171486693032832),
                                    UINT64_C(10595114339597558777),
                                    UINT64_C(2904607092377533576)};
    struct rng r = {{1, 2, 3, 4}};
    for (int i = 0; i < 10; i++)
        assert_true(rng_u64(&r) == want[i]);
}

static void same_seed_and_name_same_stream(void **state)
{
    (void)state;
    struct rng a, b;
    rng_init(&a, 7, "app.arrival");
    rng_init(&b, 7, "app.arrival");
    for (int i = 0; i < 1000; i++)
        assert_true(rng_u64(&a) == rng_u64(&b));
}

// Two independent streams agree in about half of their bits: 64000 +- 5 sigma (sigma = sqrt(128000) / 2 =
// 179).
static void assert_unrelated(uint64_t seed_a, const char *name_a, uint64_t seed_b, const char *name_b)
{
    struct rng a, b;
    rng_init(&a, seed_a, name_a);
    rng_init(&b, seed_b, name_b);
    int equal = 0;
    for (int i = 0; i < 2000; i++)
        equal += __builtin_popcountll(~(rng_u64(&a) ^ rng_u64(&b)));
    assert_in_range(equal, 64000 - 900, 64000 + 900);
}

static void other_seeds_and_names_are_other_streams(void **state)
{
    (void)state;
    assert_unrelated(1, "app", 2, "app");
    assert_unrelated(1, "app", 1, "apq");
    assert_unrelated(1, "app", 1, "app.service");
    assert_unrelated(0, "", 1, "");
    assert_unrelated(0, "a", UINT64_MAX, "a");
    assert_unrelated(1, "2", 2, "1");
}

static void every_bit_is_set_half_of_the_time(void **state)
{
    (void)state;
    enum { N = 20000 };
    int ones[64] = {0};
    struct rng r;
    rng_init(&r, 3, "bits");
    for (int i = 0; i < N; i++) {
        uint64_t x = rng_u64(&r);
        for (int bit = 0; bit < 64; bit++)
            ones[bit] += (int)(x >> bit & 1);
    }
    for (int bit = 0; bit < 64; bit++) // sigma = sqrt(20000) / 2 = 71
        assert_in_range(ones[bit], N / 2 - 355, N / 2 + 355);
}

static void unit_is_in_its_range(void **state)
{
    (void)state;
    enum { N = 100000 };
    struct rng r;
    rng_init(&r, 4, "unit");
    double sum = 0;
    for (int i = 0; i < N; i++) {
        double u = rng_unit(&r);
        assert_true(u >= 0 && u < 1);
        sum += u;
    }
    assert_true(fabs(sum / N - 0.5) < 5 / sqrt(12.0 * N));
    // The largest output must not round up to 1: s[1] = inverse of the scrambler at 2^64 - 1.
    struct rng top = {{0, 0, 0, 0}};
    uint64_t x = UINT64_MAX * UINT64_C(0x8e38e38e38e38e39); // / 9
    x = x >> 7 | x << 57;
    top.s[1] = x * UINT64_C(0xcccccccccccccccd); // / 5
    struct rng again = top;
    assert_true(rng_u64(&again) == UINT64_MAX);
    assert_true(rng_unit(&top) == 1 - 0x1p-53);
}

static void below_is_fair(void **state)
{
    (void)state;
    enum { N = 60000 };
    struct rng r;
    rng_init(&r, 5, "below");
    int seen[6] = {0};
    for (int i = 0; i < N; i++) {
        uint64_t x = rng_below(&r, 6);
        assert_true(x < 6);
        seen[x]++;
    }
    for (int i = 0; i < 6; i++) // sigma = sqrt(60000 * 5 / 36) = 91
        assert_in_range(seen[i], 10000 - 456, 10000 + 456);
    assert_int_equal(rng_below(&r, 1), 0);
    // With n = 3 * 2^62 a plain remainder would give the lowest third twice as often: 1/2 instead of 1/3.
    int low = 0;
    for (int i = 0; i < N; i++)
        low += rng_below(&r, UINT64_C(3) << 62) < UINT64_C(1) << 62;
    assert_in_range(low, 20000 - 578, 20000 + 578);
}

static void hashes_depend_on_order_and_zeros(void **state)
{
    (void)state;
    assert_true(hash64(hash64(0, 1), 2) != hash64(hash64(0, 2), 1));
    assert_true(hash64(1, 2) != hash64(2, 1));
    assert_true(hash64(0, 0) != 0);
    assert_true(hash64(hash64(0, 0), 0) != hash64(0, 0));
    assert_true(hash_text("") != hash_text("a"));
    assert_true(hash_text("ab") != hash_text("ba"));
    // One flipped bit of either argument flips about half of the result.
    for (int bit = 0; bit < 64; bit++) {
        assert_in_range(__builtin_popcountll(hash64(1, 2) ^ hash64(1, 2 ^ UINT64_C(1) << bit)), 12, 52);
        assert_in_range(__builtin_popcountll(hash64(1, 2) ^ hash64(1 ^ UINT64_C(1) << bit, 2)), 12, 52);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(splitmix_reference),
        cmocka_unit_test(xoshiro_reference),
        cmocka_unit_test(same_seed_and_name_same_stream),
        cmocka_unit_test(other_seeds_and_names_are_other_streams),
        cmocka_unit_test(every_bit_is_set_half_of_the_time),
        cmocka_unit_test(unit_is_in_its_range),
        cmocka_unit_test(below_is_fair),
        cmocka_unit_test(hashes_depend_on_order_and_zeros),
    };
    return RUN(tests);
}
