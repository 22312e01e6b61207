// SPDX-License-Identifier: Apache-2.0
// What the figures of a cell mean: pure decisions on numbers, the same for the same numbers.
//
// A cell's figures are log ratios ln(candidate / base) of a cost (time an item, p99), one a launch, positive
// when the candidate is slower. A cell is judged after 20, 40 and 80 launches. Each look spends its share of
// the error that the whole decision may make (0.005, 0.003 and 0.002 of 0.01, both sides together), so
// looking three times does not make three chances of a false alarm. An effect counts only beyond a margin,
// for two builds of the same source already differ a little (Mytkowicz et al., ASPLOS 2009). Over the cells
// of a suite Holm's procedure keeps the error at 0.01 for all of them together (Holm: "A simple sequentially
// rejective multiple test procedure", 1979).
#ifndef GATE_VERDICT_H
#define GATE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stats.h"

enum verdict {
    VERDICT_MORE,         // not to be told yet: more launches
    VERDICT_REGRESSED,    // slower by more than the margin
    VERDICT_IMPROVED,     // faster by more than the margin
    VERDICT_UNCHANGED,    // whatever the difference is, it is smaller than the margin
    VERDICT_UNDERPOWERED, // not to be told with all launches there are
    VERDICTS
};

enum { LOOKS_MOST = 3 };

struct verdict_rule {
    double margin;               // 0.02: two per cent
    size_t looks;                // how many
    size_t launches[LOOKS_MOST]; // at each look, rising
    double spend[LOOKS_MOST];    // of the error, both sides; their sum is the error of the whole decision
};

// 20, 40, 80 launches; 0.005, 0.003, 0.002. With fewer than 80 as `most` the last look is there, and spends
// what is left. most >= 1.
void verdict_rule_set(struct verdict_rule *rule, double margin, size_t most);
double verdict_error(const struct verdict_rule *rule); // the sum

// What is known of a cell after a look.
struct judged {
    size_t look, launches;
    struct interval log_ratio; // Hodges-Lehmann and its exact interval, of coverage 1 - spend[look]
    double coverage;           // that it really has
    // For slower, and for faster, than the margin: the probability of such figures at this look, divided by
    // the look's share of the error. A valid p-value for the whole decision.
    double p_slower, p_faster;
    // The slowdown (0.05: five per cent) that figures of this spread would have shown as REGRESSED in 95 of
    // 100 suites of one cell. Infinite with too few launches.
    double smallest;
    bool within;          // the whole interval lies within the margin
    enum verdict verdict; // set by verdict_decide
};

// Judges figures of the launches so far; 1 <= n. False when memory is short.
bool verdict_look(const struct verdict_rule *rule, size_t look, const double *log_ratios, size_t n,
                  struct judged *judged);

// Gives each of the cells of a suite its verdict; all have the same error. `last[i]`: no more launches can
// come for this cell, so that what cannot be told is underpowered.
void verdict_decide(struct judged *cells, const bool *last, size_t count, double error);

const char *verdict_name(enum verdict verdict); // "REGRESSED"

#endif
