// SPDX-License-Identifier: Apache-2.0
// Two documents side by side: which points are in both, and what every figure is on either side, with the
// values of all repetitions; and where these allow it, a test of what differs.
#ifndef REPORT_COMPARE_H
#define REPORT_COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"
#include "base/stats.h"
#include "report/input.h"
#include "result/text.h"

#define COMPARE_SCHEMA "weir.compare/1"

enum { COMPARE_SIDES = 2 }; // A and B

enum compare_unit { COMPARE_TIME, COMPARE_RATE, COMPARE_SHARE, COMPARE_NUMBER };
enum compare_better { COMPARE_LOWER, COMPARE_HIGHER, COMPARE_NEITHER };

struct compare_figure {
    const char *name;   // "p99_offered", as --metric takes it
    const char *title;  // for people
    const char *metric; // as an expectation calls it (result/metric.h)
    const char *reps;   // a list in the cell that holds a value for each repetition; NULL: a cell is one
    enum compare_unit unit;
    enum compare_better better;
    unsigned kinds; // enum report_kind
    bool usual;     // shown unless others are asked for
};

// The table; NULL after the last. Figures that stand in it under another kind have the name in common.
const struct compare_figure *compare_figure_at(size_t i);

// A figure at one point of one document: a value for each repetition that is ok, in their order. Percentiles
// over offered records may be infinite (HUGE_VAL).
struct compare_values {
    double *list;
    size_t count; // 0: not measured, and the rest means nothing
    double median, lo, hi;
};

enum compare_method {
    COMPARE_NO_TEST, // too few repetitions for 99 %, virtual time, or no direction is better
    COMPARE_PAIRS,   // repetition by repetition with the same seeds: signed ranks
    COMPARE_SAMPLES  // two samples: rank sums
};
enum compare_effect_verdict {
    EFFECT_NONE,
    EFFECT_REGRESSED,   // worse by more than the margin
    EFFECT_IMPROVED,    // better by more than the margin
    EFFECT_UNCHANGED,   // whatever the change is, it is smaller than the margin
    EFFECT_UNDERPOWERED // the repetitions do not tell
};

struct compare_effect {
    enum compare_method method; // the rest is 0 with COMPARE_NO_TEST
    struct interval change;     // ln(B / A), of shares B - A: Hodges-Lehmann and its exact interval
    double coverage;            // that the interval really has, at least 0.99
    double margin, limit;       // 0.02: two per cent; the same on the scale of `change`
    double p_more, p_less;      // that B is not more (less) than A by over the margin
    enum compare_effect_verdict verdict;
};

struct compare_pair {
    struct compare_values side[COMPARE_SIDES];
    bool both;         // both sides have it; the rest is 0 otherwise
    double difference; // B - A of the medians
    double ratio;      // B / A of the medians; 0: it has none (a side is 0 or infinite)
    // The ranges have no value in common: over at least two repetitions on either side, or in virtual time,
    // where a repetition cannot come out otherwise. No test of significance.
    bool apart;
    // 1 B is better, -1 B is worse, else 0: with a test what that says, else apart with a direction.
    int verdict;
    struct compare_effect effect;
};

struct compare_entry {
    const struct report_point *point[COMPARE_SIDES];
    bool other_engine;          // the points differ in their engine, and in nothing else
    bool exact;                 // both in virtual time: what differs is no accident
    struct compare_pair *pairs; // one a figure
};

struct comparison {
    const struct report_input *in[COMPARE_SIDES];
    struct compare_figure *figures;
    size_t figure_count;
    struct compare_entry *entries; // in A's order
    size_t entry_count;
    const struct report_point **only[COMPARE_SIDES]; // points that the other side has not
    size_t only_count[COMPARE_SIDES];
};

struct compare_request {
    const char *const *metrics; // names of figures, or metrics; none: the usual ones
    size_t metric_count;
    const char *const *only; // "axis=value[,value]", all of which must hold
    size_t only_count;
    bool force; // compares times of different machines, too
};

// Matches the points and gathers the values. The inputs and the request must outlive the comparison. False
// with *e (EXIT_USAGE): a document of another kind, nothing in common, an unknown metric or axis,
// or times that were measured on different machines.
// compare_free is wanted in either case.
bool compare_make(struct comparison *c, const struct report_input *a, const struct report_input *b,
                  const struct compare_request *request, struct error *e);
void compare_free(struct comparison *c);

// Picks the figures that the request names. False with *e.
bool compare_pick_figures(struct comparison *c, const struct compare_request *request, struct error *e);
// Whether the point is one of those that --only names; the axes are checked before.
bool compare_check_only(const struct comparison *c, const struct compare_request *request, struct error *e);
bool compare_is_wanted(const struct report_point *p, const struct compare_request *request);

// The figure at one point; `list` of *v is allocated, NULL when there is no value.
void compare_gather(const struct compare_figure *f, const struct report_point *p, struct compare_values *v);
void compare_judge(const struct compare_figure *f, struct compare_pair *pair, bool exact);
const char *compare_unit_name(enum compare_unit unit); // "ns", "1/s", "1"
// Tests the figure at every point whose repetitions allow it, Holm over the points. False when memory is
// short.
bool compare_test(struct comparison *c, size_t figure);
const char *compare_effect_name(enum compare_effect_verdict verdict); // "REGRESSED"; "" for none
// " (+1.2 .. +3.4)", in per cent or points of percentage; "" without a test.
char *compare_interval_text(const struct compare_figure *f, const struct compare_effect *effect, char *text,
                            size_t size);
// How much it changed, whatever the direction: for sorting. Infinite where a value became infinite or was 0.
double compare_size(const struct compare_figure *f, const struct compare_pair *pair);
char *compare_value_text(const struct compare_figure *f, double value, bool utf8, char buf[TEXT_NUMBER_MAX]);
char *compare_change_text(const struct compare_figure *f, const struct compare_pair *pair,
                          char buf[TEXT_NUMBER_MAX]); // "" when a side has no value

// What differs besides the figures: a list of sentences about the documents (machine, version, scenario
// files, engines, seeds).
json_t *compare_notes(const struct comparison *c);
// Statuses and expectations that are not the same on both sides: objects with "point", "what", "a", "b".
json_t *compare_turned(const struct comparison *c);
const char *compare_status(const struct report_point *p, const char **reason); // of the worst repetition

json_t *compare_json(const struct comparison *c);

struct compare_view {
    struct text_style style;
    bool by_change; // the largest changes first, instead of A's order
    bool wrap;      // prose, too, is to fit the style's width; else a sentence is a line
};
void compare_print(FILE *out, const struct comparison *c, const struct compare_view *view);

#endif
