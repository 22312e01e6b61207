// SPDX-License-Identifier: Apache-2.0
#include "base/e_divisive.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

enum { ROOM = 2 * E_DIVISIVE_WINDOW }; // of a segment, between a point's two neighbours

// Values are integers of 0 .. 2^36: sums over all pairs of a segment stay below 2^63, exact.
static const double steps = 68719476736.0;

// The values of a segment, each with its place among the sorted ones.
struct element {
    int64_t value;
    uint32_t rank; // from 1
};

// How many values, and which sum of them, have a rank of at most so much (Fenwick: "A new data structure for
// cumulative frequency tables", 1994).
struct tree {
    int64_t count[ROOM + 1], sum[ROOM + 1];
    size_t size;
    int64_t all, total;
};

struct work {
    struct element segment[ROOM], sorted[ROOM];
    int64_t left[ROOM + 1]; // distances within the first so many
    struct tree tree;
};

struct cut {
    size_t at; // 0: there is none
    double distance;
};

// ---- distances ----

static void tree_clear(struct tree *t, size_t size)
{
    t->size = size;
    t->all = t->total = 0;
    memset(t->count, 0, (size + 1) * sizeof *t->count);
    memset(t->sum, 0, (size + 1) * sizeof *t->sum);
}

static void tree_add(struct tree *t, const struct element *e)
{
    for (size_t i = e->rank; i <= t->size; i += i & -i) {
        t->count[i]++;
        t->sum[i] += e->value;
    }
    t->all++;
    t->total += e->value;
}

// The sum of the distances from the element to all in the tree.
static int64_t tree_distance(const struct tree *t, const struct element *e)
{
    int64_t below = 0, sum = 0;
    for (size_t i = e->rank; i > 0; i -= i & -i) {
        below += t->count[i];
        sum += t->sum[i];
    }
    return e->value * below - sum + (t->total - sum) - e->value * (t->all - below);
}

// The mean distance between the halves, less half of those within each, weighted by the halves' lengths.
static double energy(int64_t left, int64_t right, int64_t all, size_t n, size_t at)
{
    double m = (double)at, k = (double)(n - at);
    double between = (double)(all - left - right) / (m * k);
    double within = (double)left / (m * (m - 1)) + (double)right / (k * (k - 1));
    return m * k / (m + k) * 2 * (between - within);
}

// The cut of elements[0 .. n) at which both sides differ most; of equal ones the first.
static struct cut best_cut(struct work *w, const struct element *elements, size_t n)
{
    struct cut best = {.at = 0, .distance = -INFINITY};
    int64_t right = 0;
    w->left[0] = 0;
    tree_clear(&w->tree, n);
    for (size_t i = 0; i < n; i++) {
        w->left[i + 1] = w->left[i] + tree_distance(&w->tree, &elements[i]);
        tree_add(&w->tree, &elements[i]);
    }
    tree_clear(&w->tree, n);
    for (size_t at = n; at-- > E_DIVISIVE_LEVEL;) {
        right += tree_distance(&w->tree, &elements[at]);
        tree_add(&w->tree, &elements[at]);
        if (n - at < E_DIVISIVE_LEVEL)
            continue;
        double distance = energy(w->left[at], right, w->left[n], n, at);
        if (distance >= best.distance)
            best = (struct cut){at, distance};
    }
    return best;
}

// ---- the test ----

static int by_value(const void *a, const void *b)
{
    const struct element *p = a, *q = b;
    return p->value != q->value ? (p->value > q->value) - (p->value < q->value)
                                : (p->rank > q->rank) - (p->rank < q->rank);
}

// Takes x[0 .. n), n <= ROOM. False: all are alike.
static bool take(struct work *w, const double *x, size_t n)
{
    double lo = x[0], hi = x[0];
    for (size_t i = 1; i < n; i++) {
        lo = x[i] < lo ? x[i] : lo;
        hi = x[i] > hi ? x[i] : hi;
    }
    double range = hi / 2 - lo / 2; // of the greatest numbers there are, too
    if (!(range > 0))
        return false;
    for (size_t i = 0; i < n; i++)
        w->sorted[i] = (struct element){(int64_t)((x[i] / 2 - lo / 2) / range * steps), (uint32_t)i};
    qsort(w->sorted, n, sizeof *w->sorted, by_value);
    for (size_t i = 0; i < n; i++)
        w->segment[w->sorted[i].rank] = (struct element){w->sorted[i].value, (uint32_t)(i + 1)};
    return true;
}

static void shuffle(struct element *list, size_t n, struct rng *rng)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)rng_below(rng, i);
        struct element kept = list[k];
        list[k] = list[i - 1];
        list[i - 1] = kept;
    }
}

// How probable so good a cut is when the order of the values means nothing; above E_DIVISIVE_ERROR only that
// it is above.
static double probability(struct work *w, size_t n, double distance)
{
    struct rng rng;
    size_t as_good = 0, most = (size_t)(E_DIVISIVE_ERROR * (E_DIVISIVE_ORDERS + 1));
    rng_init(&rng, 1, "e_divisive");
    memcpy(w->sorted, w->segment, n * sizeof *w->segment);
    for (size_t i = 0; i < E_DIVISIVE_ORDERS && as_good < most; i++) {
        shuffle(w->sorted, n, &rng);
        as_good += best_cut(w, w->sorted, n).distance >= distance;
    }
    return (double)(1 + as_good) / (E_DIVISIVE_ORDERS + 1);
}

// The change of x[0 .. n), if there is one; n <= ROOM.
static bool find_change(struct work *w, const double *x, size_t n, struct change_point *found)
{
    if (n < E_DIVISIVE_FEWEST || !take(w, x, n))
        return false;
    struct cut cut = best_cut(w, w->segment, n);
    *found = (struct change_point){cut.at, probability(w, n, cut.distance)};
    return found->p <= E_DIVISIVE_ERROR;
}

// ---- the series ----

// All changes of x[begin .. end), in order, behind those of the list.
static void divide(struct work *w, const double *x, size_t begin, size_t end, struct change_point *list,
                   size_t *count)
{
    struct change_point found;
    if (!find_change(w, x + begin, end - begin, &found))
        return;
    found.at += begin;
    divide(w, x, begin, found.at, list, count);
    list[(*count)++] = found;
    divide(w, x, found.at, end, list, count);
}

// Window by window, each from the last change on; without one they overlap by half.
static size_t look_through(struct work *w, const double *x, size_t n, struct change_point *list)
{
    size_t count = 0;
    for (size_t begin = 0;;) {
        size_t before = count, end = n - begin > E_DIVISIVE_WINDOW ? begin + E_DIVISIVE_WINDOW : n;
        divide(w, x, begin, end, list, &count);
        if (end == n)
            return count;
        begin = count > before ? list[count - 1].at : begin + E_DIVISIVE_WINDOW / 2;
    }
}

// Finds point i again between its neighbours. False: it is none there.
static bool look_again(struct work *w, const double *x, size_t n, struct change_point *list, size_t count,
                       size_t i)
{
    size_t at = list[i].at, begin = i > 0 ? list[i - 1].at : 0, end = i + 1 < count ? list[i + 1].at : n;
    begin = at - begin > E_DIVISIVE_WINDOW ? at - E_DIVISIVE_WINDOW : begin;
    end = end - at > E_DIVISIVE_WINDOW ? at + E_DIVISIVE_WINDOW : end;
    if (!find_change(w, x + begin, end - begin, &list[i]))
        return false;
    list[i].at += begin;
    return true;
}

// A point that a window's border, or a neighbour that was found later, has put in the wrong place is moved;
// one that is none any more goes.
static size_t refine(struct work *w, const double *x, size_t n, struct change_point *list, size_t count)
{
    enum { TURNS = 4 };
    for (int turn = 0, moved = 1; turn < TURNS && moved; turn++) {
        moved = 0;
        for (size_t i = 0; i < count; i++) {
            size_t at = list[i].at;
            if (look_again(w, x, n, list, count, i)) {
                moved |= list[i].at != at;
                continue;
            }
            memmove(&list[i], &list[i + 1], (count - i - 1) * sizeof *list);
            count--;
            i--;
            moved = 1;
        }
    }
    return count;
}

bool e_divisive(const double *x, size_t n, struct change_point *points, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    if (n < E_DIVISIVE_FEWEST)
        return true;
    struct work *w = malloc(sizeof *w);
    if (w == NULL)
        return false;
    *count = refine(w, x, n, points, look_through(w, x, n, points));
    free(w);
    return true;
}
