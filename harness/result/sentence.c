// SPDX-License-Identifier: Apache-2.0
#include "result/sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "result/text.h"

enum { CHOICES_MAX = 12, NAME_MAX_SHOWN = 64 };

// Two figures within a tenth of each other are called alike, and times below a factor are not worth a word.
#define ALIKE             1.1
#define WORTH_SAYING      1.5
#define LEFT_WORTH_SAYING 0.01

// What is compared: the values of one axis, each the median over the other axes.
struct choice {
    char name[NAME_MAX_SHOWN];
    double loss, p99, age;   // HUGE_VAL when unknown
    double loss_lo, loss_hi; // over the other axes
    double p99_lo, p99_hi;
    char most_where[NAME_MAX_SHOWN]; // on which value of another axis most was lost, "" when it is alike
                                     // everywhere
    double left;                     // share not sent or in flight at the end
    bool said;
};

struct choices {
    struct choice list[CHOICES_MAX];
    size_t count;
};

static double value_of(const struct summary_figure *f)
{
    return f->known ? f->median : HUGE_VAL;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double *v, size_t n)
{
    qsort(v, n, sizeof *v, compare);
    return v[(n - 1) / 2];
}

static bool usable(const struct summary_row *r)
{
    return r->ok > 0 && r->loss.known;
}

static bool has_axis(const struct summary_group *g, const char *key)
{
    for (size_t i = 0; i < g->axis_count; i++)
        if (strcmp(g->axes[i], key) == 0)
            return true;
    return false;
}

// A reader asks for the strategy first, then the queue, then whatever was varied.
static const char *focus_of(const struct summary_group *g)
{
    if (has_axis(g, "strategy"))
        return "strategy";
    if (has_axis(g, "queue"))
        return "queue";
    return g->axis_count ? g->axes[0] : NULL;
}

static void name_of(const struct summary_row *r, const char *axis, char *to, size_t size)
{
    char value[NAME_MAX_SHOWN];
    summary_param(r, axis, value, sizeof value);
    *to = 0;
    if (strcmp(axis, "strategy") != 0 && strcmp(axis, "queue") != 0) {
        text_append(to, size, axis);
        text_append(to, size, " ");
    }
    text_append(to, size, value);
}

static bool known_choice(const struct choices *c, const char *name)
{
    for (size_t i = 0; i < c->count; i++)
        if (strcmp(c->list[i].name, name) == 0)
            return true;
    return false;
}

static bool alike(double a, double b)
{
    return a == b || (a <= b * ALIKE && b <= a * ALIKE);
}

// Where most was lost, as the value of the first other axis that tells the rows with most and least loss
// apart.
static void find_most_lossy(struct choice *c, const struct summary_group *g, const char *axis,
                            const struct summary_row *least, const struct summary_row *most)
{
    c->loss_lo = value_of(&least->loss);
    c->loss_hi = value_of(&most->loss);
    for (size_t i = 0; i < g->axis_count && !alike(c->loss_lo, c->loss_hi); i++) {
        char low[NAME_MAX_SHOWN], high[NAME_MAX_SHOWN];
        name_of(least, g->axes[i], low, sizeof low);
        name_of(most, g->axes[i], high, sizeof high);
        if (strcmp(g->axes[i], axis) == 0 || strcmp(low, high) == 0)
            continue;
        snprintf(c->most_where, sizeof c->most_where, "%s", high);
        return;
    }
}

static void fill_choice(struct choice *c, const struct summary_group *g, const char *axis)
{
    size_t rows = g->row_count;
    double *v = calloc(4 * rows, sizeof *v), *loss = v, *p99 = v + rows, *age = p99 + rows,
           *left = age + rows;
    const struct summary_row *least = NULL, *most = NULL;
    size_t n = 0;
    for (size_t i = 0; v && i < g->row_count; i++) {
        const struct summary_row *r = &g->rows[i];
        char name[NAME_MAX_SHOWN];
        name_of(r, axis, name, sizeof name);
        if (!usable(r) || strcmp(name, c->name) != 0)
            continue;
        least = !least || value_of(&r->loss) < value_of(&least->loss) ? r : least;
        most = !most || value_of(&r->loss) > value_of(&most->loss) ? r : most;
        c->p99_lo = n == 0 || value_of(&r->p99) < c->p99_lo ? value_of(&r->p99) : c->p99_lo;
        c->p99_hi = n == 0 || value_of(&r->p99) > c->p99_hi ? value_of(&r->p99) : c->p99_hi;
        loss[n] = value_of(&r->loss);
        p99[n] = value_of(&r->p99);
        left[n] = r->left.median;
        age[n++] = value_of(&r->age);
    }
    if (n > 0) {
        c->loss = middle(loss, n);
        c->p99 = middle(p99, n);
        c->age = middle(age, n);
        c->left = middle(left, n);
        find_most_lossy(c, g, axis, least, most);
    }
    free(v);
}

static struct choices choices_of(const struct summary_group *g, const char *axis)
{
    struct choices c = {.count = 0};
    for (size_t i = 0; axis && i < g->row_count && c.count < CHOICES_MAX; i++) {
        char name[NAME_MAX_SHOWN];
        name_of(&g->rows[i], axis, name, sizeof name);
        if (!usable(&g->rows[i]) || known_choice(&c, name))
            continue;
        struct choice *own = &c.list[c.count++];
        snprintf(own->name, sizeof own->name, "%s", name);
        fill_choice(own, g, axis);
    }
    return c;
}

// ---- saying it ----
static const char *time_text(double ns, char buf[TEXT_NUMBER_MAX])
{
    return isfinite(ns) ? text_time(ns, buf) : "unknown";
}

// Median and most: what is lossless in the middle and lossy at an end is not like what is lossless
// throughout.
static bool lose_alike(const struct choice *a, const struct choice *b)
{
    return alike(a->loss, b->loss) && (!*a->most_where == !*b->most_where) &&
           (!*a->most_where || alike(a->loss_hi, b->loss_hi));
}

// Names of all not yet said whose loss is like that of `like`: "a", "a and b", "a, b and c".
static size_t say_names(FILE *out, struct choices *c, const struct choice *like)
{
    size_t matching = 0, said = 0;
    for (size_t i = 0; i < c->count; i++)
        matching += !c->list[i].said && lose_alike(&c->list[i], like);
    for (size_t i = 0; i < c->count; i++) {
        if (c->list[i].said || !lose_alike(&c->list[i], like))
            continue;
        fprintf(out, "%s%s", said == 0 ? "" : said + 1 == matching ? " and " : ", ", c->list[i].name);
        said++;
    }
    return matching;
}

// The range of a time over those with this loss: "1.9 s", or "1.2 ms (block) to 1.9 s (mutex)".
static void say_range(FILE *out, const struct choices *c, const struct choice *like, bool age)
{
    const struct choice *least = NULL, *most = NULL;
    char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX];
    for (size_t i = 0; i < c->count; i++) {
        const struct choice *o = &c->list[i];
        double v = age ? o->age : o->p99;
        if (o->said || !lose_alike(o, like) || !isfinite(v))
            continue;
        if (least == NULL || v < (age ? least->age : least->p99))
            least = o;
        if (most == NULL || v > (age ? most->age : most->p99))
            most = o;
    }
    if (least == NULL) {
        fputs("unknown", out);
        return;
    }
    double lo = age ? least->age : least->p99, hi = age ? most->age : most->p99;
    if (least == most && !age && most->p99_hi >= most->p99_lo * WORTH_SAYING) // one choice, other axes differ
        fprintf(out, "%s to %s", time_text(most->p99_lo, a), time_text(most->p99_hi, b));
    else if (hi < lo * WORTH_SAYING)
        fprintf(out, "%s", time_text(hi, b));
    else
        fprintf(out, "%s (%s) to %s (%s)", time_text(lo, a), least->name, time_text(hi, b), most->name);
}

static void mark_said(struct choices *c, const struct choice *like)
{
    const struct choice of = *like;
    for (size_t i = 0; i < c->count; i++)
        if (lose_alike(&c->list[i], &of))
            c->list[i].said = true;
}

static struct choice *least_lossy(struct choices *c)
{
    struct choice *best = NULL;
    for (size_t i = 0; i < c->count; i++)
        if (!c->list[i].said && (best == NULL || c->list[i].loss < best->loss))
            best = &c->list[i];
    return best;
}

// Who among those with the same loss kept the freshest data, when it is worth a word.
static void say_freshest(FILE *out, const struct choices *c, const struct choice *like)
{
    const struct choice *fresh = NULL, *stale = NULL;
    char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX];
    for (size_t i = 0; i < c->count; i++) {
        const struct choice *o = &c->list[i];
        if (o->said || !lose_alike(o, like) || !isfinite(o->age) || o->age <= 0)
            continue;
        fresh = fresh == NULL || o->age < fresh->age ? o : fresh;
        stale = stale == NULL || o->age > stale->age ? o : stale;
    }
    if (fresh == NULL || stale->age < fresh->age * WORTH_SAYING)
        return;
    fprintf(out, ", %s with data %.3gx fresher than %s (age %s against %s)", fresh->name,
            stale->age / fresh->age, stale->name, time_text(fresh->age, a), time_text(stale->age, b));
}

// The most that one of them left behind unsent or in flight, when it is worth a word.
static void say_left(FILE *out, const struct choices *c, const struct choice *like)
{
    char percent[TEXT_NUMBER_MAX];
    double most = 0;
    for (size_t i = 0; i < c->count; i++)
        if (!c->list[i].said && lose_alike(&c->list[i], like) && c->list[i].left > most)
            most = c->list[i].left;
    if (most >= LEFT_WORTH_SAYING)
        fprintf(out, ", left %s unsent at the end", text_percent(most, percent));
}

// "lost 59.9 % alike", or "lost 25.1 % to 26.0 %" where the two figures would be printed differently.
static void say_losses(FILE *out, const struct choices *c, const struct choice *like, size_t n)
{
    char least[TEXT_NUMBER_MAX], most[TEXT_NUMBER_MAX];
    double lo = like->loss_lo, hi = like->loss_hi;
    for (size_t i = 0; i < c->count; i++) {
        const struct choice *o = &c->list[i];
        if (o->said || !lose_alike(o, like))
            continue;
        lo = o->loss_lo < lo ? o->loss_lo : lo;
        hi = o->loss_hi > hi ? o->loss_hi : hi;
    }
    text_percent(lo, least);
    text_percent(hi, most);
    if (strcmp(least, most) == 0)
        fprintf(out, " lost %s%s", most, n > 1 ? " alike" : "");
    else
        fprintf(out, " lost %s to %s", least, most);
}

static void say_class(FILE *out, struct choices *c, const struct choice *like, bool first)
{
    char percent[TEXT_NUMBER_MAX], most[TEXT_NUMBER_MAX];
    bool lossless = like->loss_hi == 0;
    fputs(first ? "" : "; ", out);
    size_t n = say_names(out, c, like);
    if (lossless)
        fputs(" lost nothing", out);
    else if (*like->most_where)
        fprintf(out, " lost %s to %s (most with %s)", text_percent(like->loss_lo, percent),
                text_percent(like->loss_hi, most), like->most_where);
    else
        say_losses(out, c, like, n);
    say_left(out, c, like);
    fputs(lossless ? " and paid with p99 " : " at p99 ", out);
    say_range(out, c, like, false);
    if (!lossless)
        say_freshest(out, c, like);
    mark_said(c, like);
}

static void say_lossless(FILE *out, struct choices *c)
{
    fputs(c->count == 2 ? "both lost nothing: " : "nothing was lost: ", out);
    fputs("p99 ", out);
    say_range(out, c, &c->list[0], false);
    say_left(out, c, &c->list[0]);
    fputs(", age ", out);
    say_range(out, c, &c->list[0], true);
}

static void say_single(FILE *out, const struct summary_row *r)
{
    char a[TEXT_NUMBER_MAX], b[TEXT_NUMBER_MAX], p[TEXT_NUMBER_MAX], x[TEXT_NUMBER_MAX], y[TEXT_NUMBER_MAX];
    fprintf(out, "%s/s offered, %s/s delivered, ", text_count(r->offered.median, a),
            text_count(r->delivered.median, b));
    if (r->loss.median > 0)
        fprintf(out, "%s lost (%s)", text_percent(r->loss.median, p),
                r->parts[0].reason ? r->parts[0].reason : "");
    else
        fputs("nothing lost", out);
    if (r->left.median >= LEFT_WORTH_SAYING)
        fprintf(out, ", %s left unsent at the end", text_percent(r->left.median, p));
    fprintf(out, "; p99 %s, age %s", time_text(value_of(&r->p99), x), time_text(value_of(&r->age), y));
}

static const struct summary_row *first_usable(const struct summary_group *g)
{
    for (size_t i = 0; i < g->row_count; i++)
        if (usable(&g->rows[i]))
            return &g->rows[i];
    return NULL;
}

static bool any_loss(const struct choices *c)
{
    for (size_t i = 0; i < c->count; i++)
        if (c->list[i].loss_hi > 0)
            return true;
    return false;
}

void sentence_say(FILE *out, const struct summary_group *g)
{
    struct choices c = choices_of(g, focus_of(g));
    const struct summary_row *one = first_usable(g);
    if (one == NULL) {
        fputs("nothing was measured", out);
    } else if (c.count < 2) {
        say_single(out, one);
    } else if (!any_loss(&c)) {
        say_lossless(out, &c);
    } else {
        bool first = true;
        for (struct choice *like; (like = least_lossy(&c)) != NULL; first = false)
            say_class(out, &c, like, first);
    }
    fputc('.', out);
}

void sentence_print(FILE *out, const struct summary_group *g)
{
    fprintf(out, "%s: ", g->scenario);
    sentence_say(out, g);
    fputc('\n', out);
}
