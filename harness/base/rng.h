// SPDX-License-Identifier: Apache-2.0
// Random streams. Each component has its own, keyed by (seed, name), so that cells share arrivals and
// services. Generator: xoshiro256** (Blackman, Vigna: "Scrambled linear pseudorandom number generators",
// 2018), seeded by splitmix64. No libm here or in law.c: the same bits on every compiler.
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};

// Seeds a stream. The same seed and name give the same stream; streams of different names are independent.
void rng_init(struct rng *r, uint64_t seed, const char *stream_name);
uint64_t rng_u64(struct rng *r);
double rng_unit(struct rng *r);                // 0 <= x < 1, 53 bits
uint64_t rng_below(struct rng *r, uint64_t n); // 0..n-1, unbiased (may draw more than once); n >= 1

uint64_t rng_splitmix64(uint64_t *state); // advances a splitmix64 state and answers its output

// Not for secrets: stable hashes, the same in every build of every version.
uint64_t hash64(uint64_t h, uint64_t value); // folds a value into a running 64-bit hash (order matters)
uint64_t hash_text(const char *text);

#endif
