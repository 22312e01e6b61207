// SPDX-License-Identifier: Apache-2.0
// Offered load over time as a bar chart, with the capacity of the slowest part drawn through it.
#include "scenario/preview_chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/law.h"
#include "base/units.h"
#include "scenario/mem.h"
#include "scenario/trace.h"

enum { ROWS = 8, LABEL = 9, EVENTS_SHOWN = 12 };

// Records of a trace around now_ns, as a rate.
static double traced_at(const struct trace *trace, uint64_t now_ns, uint64_t width_ns)
{
    uint64_t half = width_ns / 2 + 1, from = now_ns > half ? now_ns - half : 0;
    size_t rows = trace_rows_before(trace, now_ns + half) - trace_rows_before(trace, from);
    return (double)rows * 1e9 / (double)(now_ns + half - from);
}

double offered_at(const struct source *source, uint64_t now_ns, uint64_t width_ns)
{
    const struct arrival *a = &source->arrival;
    if (source->external || a->process == ARRIVE_CLOSED)
        return 0;
    if (a->process == ARRIVE_ON_OFF && now_ns % (a->on_ns + a->off_ns) >= a->on_ns)
        return 0;
    if (a->process == ARRIVE_TRACE)
        return a->trace ? traced_at(a->trace, now_ns, width_ns) : 0;
    double rate = timed_value(&a->rate, now_ns);
    if (a->process == ARRIVE_DIURNAL)
        rate *= 1 + a->swing * own_sin_turn((double)(now_ns % a->period_ns) / (double)a->period_ns);
    return rate;
}

double stage_capacity(const struct stage *stage, uint64_t now_ns)
{
    double service_ns = timed_value(&stage->service, now_ns);
    if (spans_cover(&stage->stalls, now_ns))
        return 0;
    return service_ns > 0 ? (double)stage->workers * (double)stage->batch_size * 1e9 / service_ns : HUGE_VAL;
}

double sink_capacity(const struct sink *sink, uint64_t now_ns)
{
    double service_ns = sink->type != SINK_NULL ? timed_value(&sink->service, now_ns) : 0;
    if (spans_cover(&sink->stalls, now_ns))
        return 0;
    return service_ns > 0 ? (double)sink->concurrency * 1e9 / service_ns : HUGE_VAL;
}

double capacity_at(const struct scenario *s, uint64_t now_ns)
{
    double least = HUGE_VAL;
    for (size_t i = 0; i < s->sink_count; i++) {
        double capacity = sink_capacity(&s->sinks[i], now_ns);
        least = capacity < least ? capacity : least;
    }
    for (size_t i = 0; i < s->stage_count; i++) {
        double capacity = stage_capacity(&s->stages[i], now_ns);
        least = capacity < least ? capacity : least;
    }
    return least;
}

static uint64_t sample_time(const struct scenario *s, unsigned column, unsigned columns, unsigned sample)
{
    double share = (column + (sample + 0.5) / CHART_SAMPLES) / columns;
    return (uint64_t)((double)s->duration_ns * share);
}

// A trace is counted over a column: in less than that there would often be one record, or none.
static uint64_t column_width(const struct scenario *s, unsigned columns)
{
    return s->duration_ns / columns;
}

// An mmpp's chart shows its mean: when it is in which state is chance. Its peak is the busiest state's rate.
static double busiest_state(const struct arrival *a)
{
    double busiest = 0, mean = arrival_mmpp_mean(a);
    for (size_t i = 0; i < a->rates.count; i++)
        busiest = a->rates.values[i] > busiest ? a->rates.values[i] : busiest;
    return mean > 0 ? busiest / mean : 1;
}

struct load source_load(const struct scenario *s, const struct source *source, unsigned columns)
{
    struct load load = {0, 0};
    for (unsigned column = 0; column < columns; column++)
        for (unsigned sample = 0; sample < CHART_SAMPLES; sample++) {
            double offered =
                offered_at(source, sample_time(s, column, columns, sample), column_width(s, columns));
            load.mean += offered / ((double)columns * CHART_SAMPLES);
            load.peak = offered > load.peak ? offered : load.peak;
        }
    if (source->arrival.process == ARRIVE_MMPP)
        load.peak *= busiest_state(&source->arrival);
    return load;
}

// ---- the bars ----

struct chart {
    double *offered, *capacity; // per column
    double top;
    unsigned columns;
};

static void fill_chart(struct chart *c, const struct scenario *s)
{
    for (unsigned column = 0; column < c->columns; column++) {
        for (unsigned sample = 0; sample < CHART_SAMPLES; sample++) {
            uint64_t at = sample_time(s, column, c->columns, sample);
            double offered = 0;
            for (size_t i = 0; i < s->source_count; i++)
                offered += offered_at(&s->sources[i], at, column_width(s, c->columns));
            // The busiest moment, since the mean of a column would hide a burst shorter than it.
            c->offered[column] = offered > c->offered[column] ? offered : c->offered[column];
        }
        c->capacity[column] = capacity_at(s, sample_time(s, column, c->columns, CHART_SAMPLES / 2));
        c->top = c->offered[column] > c->top ? c->offered[column] : c->top;
    }
    // Room for the capacity line when it is near; one far above is better given as a number only.
    for (unsigned column = 0; column < c->columns; column++)
        if (c->capacity[column] > c->top && c->capacity[column] < 1.5 * c->top)
            c->top = c->capacity[column];
}

static const char *cell_at(const struct chart *c, unsigned column, unsigned row, bool utf8)
{
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double unit = c->top / ROWS, above = c->offered[column] / unit - row;
    int fill = above >= 1 ? 8 : above <= 0 ? 0 : (int)(above * 8 + 0.5);
    if (fill == 0 && row == 0 && c->offered[column] > 0)
        fill = 1; // little is not nothing
    double line = c->capacity[column] / unit;
    bool on_line = line <= ROWS && row == (unsigned)(line >= ROWS ? ROWS - 1 : line);
    if (fill == 0)
        return on_line ? utf8 ? "┄" : "-" : " ";
    if (fill == 8 && row >= line)
        return utf8 ? "▒" : "+";
    return utf8 ? eighths[fill] : fill >= 4 ? "#" : ".";
}

static void print_bars(FILE *out, const struct chart *c, bool utf8)
{
    char label[24];
    for (unsigned row = ROWS; row-- > 0;) {
        bool labelled = row == ROWS - 1 || row == ROWS / 2 - 1;
        double value = c->top * (row + 1) / ROWS;
        fprintf(out, "%*s %s", LABEL, labelled ? units_print(Q_RATE, value, label, sizeof label) : "",
                utf8 ? "│" : "|");
        unsigned end = c->columns; // no blanks at the end of a line
        while (end > 0 && cell_at(c, end - 1, row, utf8)[0] == ' ')
            end--;
        for (unsigned column = 0; column < end; column++)
            fputs(cell_at(c, column, row, utf8), out);
        fputc('\n', out);
    }
}

// ---- under the axis ----

static void print_axis(FILE *out, const struct scenario *s, unsigned columns, bool utf8)
{
    enum { TICKS = 4 };
    fprintf(out, "%*s %s", LABEL, "0", utf8 ? "└" : "+");
    for (unsigned column = 0; column < columns; column++)
        fputs(utf8 ? "─" : "-", out);
    fprintf(out, "\n%*s", LABEL + 2, "");
    unsigned at = 0;
    for (unsigned tick = 0; tick <= TICKS; tick++) {
        char text[24];
        units_print(Q_DURATION, (double)s->duration_ns * tick / TICKS, text, sizeof text);
        unsigned length = (unsigned)strlen(text), want = columns * tick / TICKS;
        want = tick == TICKS && want >= length ? want - length : want; // the last one ends with the axis
        for (; at < want; at++)
            fputc(' ', out);
        fputs(text, out);
        at += length;
    }
    fputc('\n', out);
}

// The letters of the first `count` events: all times of one repeated event share theirs. Answers how many
// there are.
static unsigned mark_all(const struct scenario *s, size_t count, unsigned *marks)
{
    unsigned distinct = 0;
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < i && strcmp(s->events[k].what, s->events[i].what) != 0)
            k++;
        marks[i] = k < i ? marks[k] : distinct++;
    }
    return distinct;
}

static unsigned column_of(const struct scenario *s, uint64_t at_ns, unsigned columns)
{
    double share = (double)at_ns / (double)s->duration_ns;
    return share >= 1 ? columns : (unsigned)(share * columns);
}

static void mark_event(char *line, const struct scenario *s, const struct timeline_event *event,
                       unsigned columns, char letter)
{
    unsigned begin = column_of(s, event->at_ns, columns), end = column_of(s, event->end_ns, columns);
    for (unsigned column = begin; column < columns && (column == begin || column < end); column++)
        line[column] = column == begin ? letter : '=';
}

static void print_event(FILE *out, const struct timeline_event *event, char letter, unsigned times)
{
    char at[24], length[24];
    units_print(Q_DURATION, (double)event->at_ns, at, sizeof at);
    if (event->end_ns == TIME_NEVER)
        fprintf(out, "  %c  %8s to the end   %s", letter, at, event->what);
    else
        fprintf(out, "  %c  %8s for %-8s %s", letter, at,
                units_print(Q_DURATION, (double)(event->end_ns - event->at_ns), length, sizeof length),
                event->what);
    fprintf(out, times > 1 ? "  (%u times)\n" : "\n", times);
}

static unsigned count_times(const struct scenario *s, const char *what)
{
    unsigned times = 0;
    for (size_t i = 0; i < s->event_count; i++)
        times += strcmp(s->events[i].what, what) == 0;
    return times;
}

static void print_marks(FILE *out, const struct scenario *s, const unsigned *marks, size_t count,
                        unsigned mark, unsigned columns)
{
    char *line = must_alloc(columns + 1, 1);
    memset(line, ' ', columns);
    for (size_t i = 0; i < count; i++)
        if (marks[i] == mark)
            mark_event(line, s, &s->events[i], columns, (char)('a' + mark));
    size_t length = columns;
    while (length > 0 && line[length - 1] == ' ')
        length--;
    fprintf(out, "%*s%.*s\n", LABEL + 2, "", (int)length, line);
    free(line);
}

static void print_events(FILE *out, const struct scenario *s, unsigned columns)
{
    enum { LOOKED_AT = 400 }; // of a timeline with thousands of repeats the beginning is enough
    size_t count = s->event_count < LOOKED_AT ? s->event_count : LOOKED_AT;
    unsigned *marks = must_alloc(count, sizeof *marks), distinct = mark_all(s, count, marks);
    unsigned shown = distinct < EVENTS_SHOWN ? distinct : EVENTS_SHOWN;
    for (unsigned mark = 0; mark < shown; mark++)
        print_marks(out, s, marks, count, mark, columns);
    unsigned next = 0; // letters are given in the order of the events
    for (size_t i = 0; i < count && next < shown; i++)
        if (marks[i] == next)
            print_event(out, &s->events[i], (char)('a' + next++), count_times(s, s->events[i].what));
    if (distinct > shown)
        fprintf(out, "  and %u more\n", distinct - shown);
    free(marks);
}

void chart_print(FILE *out, const struct scenario *s, unsigned columns, bool utf8)
{
    struct chart c = {.columns = columns};
    c.offered = must_alloc(columns, sizeof *c.offered);
    c.capacity = must_alloc(columns, sizeof *c.capacity);
    fill_chart(&c, s);
    if (c.top > 0) {
        fprintf(out, "\noffered load over time; %s is what the slowest part takes, %s is above it\n",
                utf8 ? "┄" : "-", utf8 ? "▒" : "+");
        print_bars(out, &c, utf8);
        print_axis(out, s, columns, utf8);
    }
    print_events(out, s, columns);
    free(c.offered);
    free(c.capacity);
}
