// SPDX-License-Identifier: Apache-2.0
// The bench's table: a block for each point, with the columns that mean something there.
#include <stdlib.h>
#include <string.h>

#include "cli/bench_show.h"
#include "result/text.h"

enum { FIELD_MAX = 64, COLUMNS_MAX = 12 };

// ---- fields ----

// What takes more than 99999 ns was not measured but interrupted; it does not widen the table.
static void put_number(char *field, double value)
{
    const char *format = value < 9.995 ? "%.2f" : value < 99.95 ? "%.1f" : value < 99999.5 ? "%.0f" : "%.1e";
    snprintf(field, FIELD_MAX, format, value);
}

static void put_ns(char *field, double ns)
{
    if (ns > 0)
        put_number(field, ns);
    else
        strcpy(field, "-");
}

static void put_interval(char *field, const struct bench_interval *i)
{
    char lo[FIELD_MAX], hi[FIELD_MAX];
    put_number(lo, i->lo);
    put_number(hi, i->hi);
    snprintf(field, FIELD_MAX, "%.20s - %.20s", lo, hi);
}

static void field_ns(char *field, const struct bench_cell *c)
{
    put_ns(field, c->ns_per_item.median);
}

static void field_interval(char *field, const struct bench_cell *c)
{
    put_interval(field, &c->ns_per_item);
}

static void field_rate(char *field, const struct bench_cell *c)
{
    char number[TEXT_NUMBER_MAX];
    snprintf(field, FIELD_MAX, "%s", text_count(c->items_per_s, number));
}

static void field_limit(char *field, const struct bench_cell *c)
{
    put_ns(field, c->limit_ns_per_item > 0 ? c->ns_per_item.median / c->limit_ns_per_item : 0);
}

static void field_ratio(char *field, const struct bench_cell *c)
{
    char interval[FIELD_MAX];
    put_interval(interval, &c->ratio.value);
    if (c->ratio.pairs)
        snprintf(field, FIELD_MAX, "%.2f (%.40s)", c->ratio.value.median, interval);
    else
        strcpy(field, "-");
}

static void field_carried(char *field, const struct bench_cell *c)
{
    snprintf(field, FIELD_MAX, "%s", bench_carried_name(c->carried));
}

static void field_pop(char *field, const struct bench_cell *c)
{
    put_ns(field, c->moves.mean);
}

static void field_fill(char *field, const struct bench_cell *c)
{
    if (c->fill.looks)
        snprintf(field, FIELD_MAX, "%.0f %%", c->fill.p50 * 100);
    else
        strcpy(field, "-");
}

static void field_work(char *field, const struct bench_cell *c)
{
    put_ns(field, c->work_ns);
}

static void field_cpu(char *field, const struct bench_cell *c)
{
    put_ns(field, c->cpu_ns_per_item);
}

static void field_consumer_cpu(char *field, const struct bench_cell *c)
{
    put_ns(field, c->consumer_cpu_ns_per_item);
}

static void put_share(char *field, const struct hist *h, double share)
{
    char number[TEXT_NUMBER_MAX];
    strcpy(field, "-");
    if (h && h->total)
        snprintf(field, FIELD_MAX, "%s", text_time((double)hist_percentile(h, share), number));
}

static void field_trip(char *field, const struct bench_cell *c)
{
    char high[FIELD_MAX];
    put_share(field, c->rtt, 0.5);
    put_share(high, c->rtt, 0.999);
    if (c->rtt)
        snprintf(field + strlen(field), FIELD_MAX - strlen(field), " / %.20s", high);
}

static void field_raw(char *field, const struct bench_cell *c)
{
    put_ns(field, c->rtt && c->raw_rtt_ns > 0 ? (double)hist_percentile(c->rtt, 0.5) / c->raw_rtt_ns : 0);
}

static void field_p50(char *field, const struct bench_cell *c)
{
    put_share(field, c->latency, 0.5);
}

static void field_p99(char *field, const struct bench_cell *c)
{
    put_share(field, c->latency, 0.99);
}

static void field_p999(char *field, const struct bench_cell *c)
{
    put_share(field, c->latency, 0.999);
}

static void field_worst(char *field, const struct bench_cell *c)
{
    put_share(field, c->latency, 1);
}

static void field_lag(char *field, const struct bench_cell *c)
{
    char number[TEXT_NUMBER_MAX];
    snprintf(field, FIELD_MAX, "%s", text_time((double)c->lag_max_ns, number));
}

// ---- columns ----
struct column {
    const char *title;
    unsigned width;
    void (*field)(char *field, const struct bench_cell *c);
};

static const struct column flat_out[] = {
    {"ns/item", 7, field_ns},    {"interval", 13, field_interval}, {"items/s", 7, field_rate},
    {"x limit", 7, field_limit}, {"ratio", 18, field_ratio},       {"carried", 10, field_carried},
    {"pop", 5, field_pop},       {"fill", 5, field_fill},          {0}};
static const struct column with_trips[] = {
    {"ns/item", 7, field_ns},    {"interval", 13, field_interval}, {"items/s", 7, field_rate},
    {"x limit", 7, field_limit}, {"ratio", 18, field_ratio},       {"rtt p50 / p99.9", 16, field_trip},
    {"x raw", 5, field_raw},     {"fill", 5, field_fill},          {0}};
static const struct column with_work[] = {
    {"ns/item", 7, field_ns},    {"interval", 13, field_interval}, {"+ work", 6, field_work},
    {"x limit", 7, field_limit}, {"ratio", 18, field_ratio},       {"carried", 10, field_carried},
    {"fill", 5, field_fill},     {"cpu ns", 6, field_cpu},         {0}};
static const struct column on_schedule[] = {
    {"p50", 8, field_p50},    {"p99", 8, field_p99},      {"p99.9", 8, field_p999},
    {"max", 8, field_worst},  {"lag max", 8, field_lag},  {"consumer cpu ns", 15, field_consumer_cpu},
    {"cpu ns", 7, field_cpu}, {"items/s", 7, field_rate}, {0}};

static const struct column *columns_of(struct bench_cell *const *cells, size_t count)
{
    bool trips = false;
    for (size_t i = 0; i < count; i++)
        trips |= cells[i]->rtt != NULL;
    if (cells[0]->load > 0)
        return on_schedule;
    if (cells[0]->regime != BENCH_FREE)
        return with_work;
    return trips ? with_trips : flat_out;
}

// ---- a block ----
static int by_speed(const void *a, const void *b)
{
    const struct bench_cell *x = *(struct bench_cell *const *)a, *y = *(struct bench_cell *const *)b;
    bool has_x = x->reps_count > 0, has_y = y->reps_count > 0;
    if (has_x != has_y)
        return has_x ? -1 : 1;
    double kx = x->ns_per_item.median, ky = y->ns_per_item.median;
    if (x->latency && y->latency) {
        kx = (double)hist_percentile(x->latency, 0.5);
        ky = (double)hist_percentile(y->latency, 0.5);
    }
    return kx != ky ? (kx < ky ? -1 : 1) : strcmp(x->queue, y->queue);
}

static void print_point(FILE *out, struct bench_cell *const *cells, size_t count)
{
    const struct bench_cell *c = cells[0];
    uint64_t rest_ns = 0; // of those that rest; a note says which do not
    for (size_t i = 0; i < count; i++)
        if (cells[i]->reps_count && cells[i]->rest_ns > 0)
            rest_ns = cells[i]->rest_ns;
    char number[TEXT_NUMBER_MAX];
    fprintf(out, "%u producer%s, %u consumer%s, batch %zu, %zu slot%s, ", c->producers,
            c->producers == 1 ? "" : "s", c->consumers, c->consumers == 1 ? "" : "s", c->batch, c->capacity,
            c->capacity == 1 ? "" : "s");
    if (c->item_bytes)
        fprintf(out, "%zu bytes, %s", c->item_bytes, weir_wait_name(c->wait));
    else
        fprintf(out, "sequence only, %s", weir_wait_name(c->wait));
    if (rest_ns > 0)
        fprintf(out, " with rests of %llu ns", (unsigned long long)rest_ns);
    if (c->load > 0)
        fprintf(out, ", %s items/s on schedule\n", text_count(c->load, number));
    else
        fprintf(out, ", %s\n", bench_regime_name(c->regime));
}

// The lines beside the figures; those of the first cell that has some.
static void print_lines(FILE *out, struct bench_cell *const *cells, size_t count)
{
    const struct bench_cell *c = cells[0];
    char floor[FIELD_MAX], limit[FIELD_MAX];
    if (c->reps_count == 0)
        return;
    put_ns(floor, c->floor_ns_per_item);
    put_ns(limit, c->limit_ns_per_item);
    fprintf(out, "  floor %s, limit %s ns/item; cores %s (%.0f ns there and back)", floor, limit,
            pingpong_state_name(c->state), c->pingpong_ns);
    for (size_t i = 0; i < count; i++)
        if (cells[i]->raw_rtt_ns > 0) {
            fprintf(out, "; raw rtt %.0f ns", cells[i]->raw_rtt_ns);
            break;
        }
    for (size_t i = 0; i < count; i++)
        if (cells[i]->ratio.pairs) {
            fprintf(out, "; ratio to %s", cells[i]->ratio.against);
            break;
        }
    if (c->ns_per_item.coverage < 0.95)
        fprintf(out, "\n  intervals: all of %zu rep%s, which hold the median with %.0f %%", c->reps_count,
                c->reps_count == 1 ? "" : "s", c->ns_per_item.coverage * 100);
    else
        fprintf(out, "; intervals %.0f %%", c->ns_per_item.coverage * 100);
    fputc('\n', out);
}

static void print_titles(FILE *out, const struct column *columns, size_t widest)
{
    text_pad(out, "  queue", widest + 2, false);
    for (const struct column *k = columns; k->title; k++)
        fprintf(out, "  %*s", (int)k->width, k->title);
    fputc('\n', out);
}

static void print_cell(FILE *out, const struct bench_cell *c, const struct column *columns, size_t widest,
                       enum pingpong_state usual)
{
    fputs("  ", out);
    text_pad(out, c->queue, widest, false);
    for (const struct column *k = columns; k->title && c->reps_count; k++) {
        char field[FIELD_MAX] = "";
        k->field(field, c);
        fprintf(out, "  %*s", (int)k->width, field);
    }
    if (c->reps_count == 0)
        fprintf(out, "  %s: %s", bench_status_name(c->status), c->reason);
    fputc('\n', out);
    if (c->reps_count && c->status != BENCH_OK)
        fprintf(out, "    %s: %s\n", bench_status_name(c->status), c->reason);
    if (c->reps_count && c->state != usual)
        fprintf(out, "    cores %s (%.0f ns there and back)\n", pingpong_state_name(c->state),
                c->pingpong_ns);
}

// A note that all share is said once.
static void print_notes(FILE *out, struct bench_cell *const *cells, size_t count)
{
    bool same = true;
    for (size_t i = 1; i < count; i++)
        same &= strcmp(cells[i]->note, cells[0]->note) == 0;
    for (size_t i = 0; i < (same ? 1 : count); i++)
        if (*cells[i]->note)
            fprintf(out, "  %s%s%s\n", same ? "" : cells[i]->queue, same ? "" : ": ", cells[i]->note);
}

void bench_table(FILE *out, const struct bench_results *r)
{
    struct bench_cell **cells = calloc(r->count + 1, sizeof *cells);
    size_t widest = 5;
    for (size_t i = 0; i < r->count; i++)
        if (text_width(r->cells[i].queue) > widest)
            widest = text_width(r->cells[i].queue);
    for (size_t point = 0; cells && point < r->points; point++) {
        size_t count = 0;
        for (size_t i = 0; i < r->count; i++)
            if (r->cells[i].point == point)
                cells[count++] = &r->cells[i];
        if (count == 0)
            continue;
        qsort(cells, count, sizeof *cells, by_speed);
        const struct column *columns = columns_of(cells, count);
        if (point)
            fputc('\n', out);
        print_point(out, cells, count);
        print_lines(out, cells, count);
        print_titles(out, columns, widest);
        for (size_t i = 0; i < count; i++)
            print_cell(out, cells[i], columns, widest, cells[0]->state);
        print_notes(out, cells, count);
    }
    free(cells);
}
