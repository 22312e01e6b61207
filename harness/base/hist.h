// SPDX-License-Identifier: Apache-2.0
// Latency histogram in the HdrHistogram bucket layout (Gil Tene): three significant digits, 64-bit counts.
//
// How the layout follows from the precision. Three significant digits mean that two values are told apart
// when they differ by one part in a thousand, so up to 2 * 10^3 every integer needs a bucket of its own: 2048
// = 2^11 of them, the next power of two. The values of the next octave, 2^11 .. 2^12 - 1, share a bucket by
// pairs, those of the one after it by fours, and so on: an octave whose values are shifted right by s fills
// the same 1024 = 2^10 positions (the shifted value lies in 2^10 .. 2^11 - 1), and its buckets are 2^s wide.
// As the smallest value there is 2^10 * 2^s, the width is at most 1/1024 of the value: better than the 1/1000
// asked for.
//
//   shift(v) = max(0, floor(log2 v) - 10)
//   index(v) = shift * 1024 + (v >> shift)          for v < 2048 that is v itself
//
//   value   0..2047   2048 2049   2050 2051   ...   4095    4096..4099
//   index   0..2047     2048        2049      ...   3071       3072
//
// The largest shift below 2^43 is 32, so there are 2048 + 32 * 1024 = 34816 counters (272 KiB).
#ifndef BASE_HIST_H
#define BASE_HIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HIST_DIGITS = 3,
    HIST_SUB_BITS = 11, // 2048 sub-buckets: the next power of two above 2 * 10^3
    HIST_MAX_BITS = 43, // values below 2^43 ns = 2 h 26 min are told apart
    HIST_COUNTS = (1 << (HIST_SUB_BITS - 1)) * (HIST_MAX_BITS - HIST_SUB_BITS + 2),
};

// Plain memory without pointers: lives anywhere (shared memory too), zero bytes are an empty histogram.
// One writer at a time; not atomic.
struct hist {
    uint64_t total;    // recorded values, overflow included
    uint64_t overflow; // values >= 2^43: counted here and in the last bucket, never silently clamped
    uint64_t min, max; // exact; min is meaningful when total > 0
    double sum;        // for the mean
    uint64_t counts[HIST_COUNTS];
};

void hist_record(struct hist *h, uint64_t value_ns);
void hist_record_n(struct hist *h, uint64_t value_ns, uint64_t n); // the same value n times; n may be 0
void hist_merge(struct hist *into,
                const struct hist *from); // as if all of `from` had been recorded in `into`

// The value of rank ceil(share * total), as the highest value of its bucket; share is cut to 0..1 (0 = the
// lowest rank). 0 when empty. A rank among the overflow gives the exact maximum, the only bound known for it.
uint64_t hist_percentile(const struct hist *h, double share);
// The same over `population` >= total values, those not recorded being infinite: false (and *value_ns
// untouched) when the rank is among them, or nothing was recorded.
bool hist_percentile_of(const struct hist *h, double share, uint64_t population, uint64_t *value_ns);
double hist_mean(const struct hist *h); // exact up to rounding; 0 when empty

size_t hist_index(uint64_t value);   // bucket of a value (< HIST_COUNTS); values >= 2^43 are in the last one
uint64_t hist_lowest(size_t index);  // smallest value of a bucket; index < HIST_COUNTS
uint64_t hist_highest(size_t index); // largest value of a bucket; index < HIST_COUNTS

#endif
