// SPDX-License-Identifier: Apache-2.0
// Which of several strategies is best at one point of a sweep. Three questions in this order: loss, p99 over
// offered records, age of what is delivered (median); each by its median over repetitions, and what never
// arrived took for ever. All whose range over repetitions overlaps with that of the least stay; who stays
// alone is best. When several are left after the last question, which one is best is not known.
#ifndef FIGURE_REGIME_H
#define FIGURE_REGIME_H

#include <stdbool.h>
#include <stddef.h>

enum { REGIME_LOSS, REGIME_P99, REGIME_AGE, REGIME_QUESTIONS };
enum { REGIME_CANDIDATES_MAX = 24 };

struct regime_range {
    double lo, mid, hi; // of the repetitions; infinite is allowed
};

struct regime_candidate {
    struct regime_range of[REGIME_QUESTIONS];
};

struct regime_verdict {
    size_t best;                       // of several that are left the first of the least by the last question
    int question;                      // that decided, or the last
    size_t left;                       // how many could be the best; 1: it is known
    bool stays[REGIME_CANDIDATES_MAX]; // which
};

// 1 to REGIME_CANDIDATES_MAX candidates.
struct regime_verdict regime_judge(const struct regime_candidate *list, size_t count);

#endif
