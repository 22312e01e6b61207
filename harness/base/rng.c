// SPDX-License-Identifier: Apache-2.0
#include "base/rng.h"

static uint64_t rotl(uint64_t x, unsigned k)
{
    return x << k | x >> (64 - k);
}

// The finaliser of splitmix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014):
// a bijection in which each input bit changes half of the output bits.
static uint64_t mix(uint64_t z)
{
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t rng_splitmix64(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return mix(*state);
}

uint64_t hash64(uint64_t h, uint64_t value)
{
    // The running hash goes through the mixer once per value, so that order matters and zeros count.
    uint64_t state = h ^ rotl(mix(value + UINT64_C(0x9e3779b97f4a7c15)), 23);
    return rng_splitmix64(&state);
}

uint64_t hash_text(const char *text)
{
    uint64_t h =
        UINT64_C(0xcbf29ce484222325); // FNV-1a, then mixed, as FNV's high bits are weak for short texts
    for (; *text != '\0'; text++)
        h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return mix(h);
}

void rng_init(struct rng *r, uint64_t seed, const char *stream_name)
{
    uint64_t state = hash64(hash_text(stream_name), seed);
    for (int i = 0; i < 4; i++)
        r->s[i] = rng_splitmix64(&state);
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotl(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return result;
}

double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    // 2^64 is not a multiple of n: the lowest (2^64 mod n) values would make some answers likelier. Draw
    // again.
    uint64_t surplus = (0 - n) % n;
    uint64_t x = rng_u64(r);
    while (x < surplus)
        x = rng_u64(r);
    return x % n;
}
