// SPDX-License-Identifier: Apache-2.0
#include "bench/crew.h"
#include "base/clock.h"
#include "base/cores.h"
#include "bench/burn.h"
#include "bench/worker.h"
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

enum {
    MAX_THREADS = 2 * BENCH_MAX_SIDE,
    UNBOUNDED_WINDOW = 1 << 20,
    MAX_BUFFER_BYTES = 1 << 26,
    BURN_STEPS = 1 << 20,
    PAGE_WORDS = 512,
};

#define TRIP_SECONDS 0.05 // at most, for all round trips of a turn
#define PATIENCE_S   10.0 // a busy machine is no hang

static double ns_per_step = 2; // replaced by crew_calibrate

void crew_calibrate(void)
{
    for (int i = 0; i < 5; i++) { // the shortest: what disturbs a run makes it longer
        uint64_t begin = clock_mono_ns();
        bench_burn(BURN_STEPS);
        double ns = (double)(clock_mono_ns() - begin) / BURN_STEPS;
        if (i == 0 || ns < ns_per_step)
            ns_per_step = ns;
    }
}

struct runner {
    pthread_t id;
    struct bench_worker worker;
    void (*loop)(struct bench_worker *);
    int cpu; // -1: where it likes
};

struct crew {
    const struct turn *turn;
    enum crew_task task;
    struct bench_shared shared;
    struct runner runners[MAX_THREADS];
    unsigned producers, consumers; // threads; one alone counts as a producer
    enum bench_carried carried;
};

static unsigned crew_size(const struct crew *c)
{
    return c->producers + c->consumers;
}

// --- threads ----

static void *run_loop(void *argument)
{
    struct runner *r = argument;
    prctl(PR_SET_TIMERSLACK, 1ul);
    cores_pin(r->cpu);
    r->loop(&r->worker);
    return NULL;
}

int crew_cpu(const struct turn *t, unsigned thread, unsigned threads)
{
    int cpus[MAX_THREADS];
    unsigned cores = cores_allowed(cpus, MAX_THREADS);
    if (cores == 0 || t->pin == BENCH_PIN_FREE)
        return -1;
    if (t->pin == BENCH_PIN_TOGETHER)
        return cpus[0];
    return threads <= cores ? cpus[thread] : -1;
}

static bool is_crowded(const struct crew *c)
{
    int cpus[MAX_THREADS];
    return crew_size(c) > cores_allowed(cpus, MAX_THREADS) || c->turn->pin == BENCH_PIN_TOGETHER;
}

// Memory that no first touch disturbs later.
static void *zeroed(size_t bytes)
{
    uint64_t *memory = aligned_alloc(128, (bytes + 127) / 128 * 128);
    for (size_t i = 0; memory && i < bytes / sizeof *memory; i += PAGE_WORDS)
        ((volatile uint64_t *)memory)[i] = 0;
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

// By pointer: enough for a full queue and everybody's hands. By copy: one batch.
static bool give_buffers(const struct crew *c, struct bench_worker *w, bool producer)
{
    const struct turn *t = c->turn;
    if (c->carried == BENCH_BY_COPY) {
        w->buffers_count = t->batch;
        w->buffer_words = t->item_bytes / 8;
    } else if (c->carried == BENCH_BY_POINTER && producer) {
        w->buffer_words = (t->item_bytes + 63) / 64 * 8;
        size_t room = MAX_BUFFER_BYTES / (w->buffer_words * 8);
        w->buffers_count = (t->capacity < room ? t->capacity : room) + (1 + t->consumers) * t->batch + 1;
    } else {
        return true;
    }
    w->buffers = zeroed(w->buffers_count * w->buffer_words * 8);
    return w->buffers != NULL;
}

static bool give_memory(const struct crew *c, struct bench_worker *w, bool producer)
{
    bool trips = c->task == CREW_ROUND_TRIP;
    if (!trips && !give_buffers(c, w, producer))
        return false;
    if (!producer)
        w->shape = zeroed(sizeof *w->shape);
    if ((trips && producer) || (!producer && c->turn->load > 0))
        w->histogram = zeroed(sizeof(struct hist));
    return (producer || w->shape) && (!trips || !producer || w->histogram) &&
           (producer || c->turn->load <= 0 || w->histogram);
}

static void take_memory(struct bench_worker *w)
{
    free(w->buffers);
    free(w->shape);
    free(w->histogram);
}

static void record(void *histogram, uint64_t ns)
{
    hist_record(histogram, ns);
}

// --- before the start ----

static bool make_queues(struct crew *c)
{
    const struct turn *t = c->turn;
    struct weir_queue_config config = {.capacity = t->capacity,
                                       .wait = t->wait,
                                       .producers = t->producers,
                                       .consumers = t->consumers,
                                       .no_evict = true,
                                       .batch = c->task == CREW_MOVE ? t->batch : 1};
    config.item_bytes = c->carried == BENCH_IN_PLACE || c->carried == BENCH_BY_COPY ? t->item_bytes : 8;
    c->shared.q = t->module->ops->create(&config);
    if (c->shared.q == NULL && c->carried == BENCH_BY_COPY) {
        c->carried = BENCH_BY_POINTER;
        config.item_bytes = 8;
        c->shared.q = t->module->ops->create(&config);
    }
    c->shared.carried = c->carried;
    if (c->task == CREW_ROUND_TRIP)
        c->shared.back = t->module->ops->create(&config);
    return c->shared.q && (c->task != CREW_ROUND_TRIP || c->shared.back);
}

static void destroy_queues(struct crew *c)
{
    c->turn->module->ops->destroy(c->shared.q);
    if (c->shared.back)
        c->turn->module->ops->destroy(c->shared.back);
}

static void set_regime(struct crew *c, double work_ns)
{
    const struct turn *t = c->turn;
    struct bench_shared *s = &c->shared;
    uint64_t steps = (uint64_t)(work_ns / ns_per_step + 0.5), capacity = t->capacity;
    s->look_every = capacity < 32 ? 1 : capacity > 2048 ? 64 : capacity / 32;
    s->sample_every = t->regime == BENCH_FREE ? 8192 : 256;
    switch (t->regime) {
    case BENCH_FULL:
        s->consumer_steps = steps ? steps : 1;
        s->fill_first = capacity - capacity / 10;
        break;
    case BENCH_EMPTY: s->producer_steps = steps ? steps : 1; break;
    case BENCH_BALANCED: // the length is held, as no two sides are equally fast
        s->consumer_above = capacity / 4;
        s->producer_below = capacity - capacity / 4;
        break;
    default: break;
    }
    if (c->turn->module->ops->caps & WEIR_Q_UNBOUNDED) {
        // With no bound of its own it would eat the machine instead of being measured.
        s->producer_below = s->producer_below ? s->producer_below : UNBOUNDED_WINDOW;
        s->look_every = 8192;
    }
}

static void set_shared(struct crew *c, double work_ns)
{
    const struct turn *t = c->turn;
    struct bench_shared *s = &c->shared;
    s->producers = t->producers;
    s->consumers = t->consumers;
    s->batch = t->batch;
    s->item_bytes = t->item_bytes;
    s->capacity = t->capacity;
    s->wait = t->wait;
    s->rest_ns = t->rest_ns;
    s->now_ns = clock_now_ns;
    s->record = record;
    s->interval_ns = t->load > 0 ? 1e9 * t->producers / t->load : 0;
    s->late_ns = BENCH_LATE_NS;
    s->generator_sleeps = is_crowded(c);
    set_regime(c, work_ns);
}

static void (*loop_of(const struct crew *c, bool producer))(struct bench_worker *)
{
    const struct bench_loops *l = c->turn->module->loops;
    if (c->task == CREW_ROUND_TRIP)
        return producer ? l->ping : l->pong;
    if (c->task == CREW_ALONE)
        return l->alone;
    if (c->turn->load > 0)
        return producer ? l->produce_timed : l->consume_timed;
    return producer ? l->produce : l->consume;
}

// A thread that is missing would hang the others, so the child ends with the reason instead of cleaning up.
static const char *start_threads(struct crew *c, double seconds)
{
    unsigned threads = crew_size(c);
    for (unsigned i = 0; i < threads; i++) {
        struct runner *r = &c->runners[i];
        bool producer = i < c->producers;
        *r = (struct runner){.worker = {.shared = &c->shared, .index = producer ? i : i - c->producers},
                             .loop = loop_of(c, producer),
                             .cpu = crew_cpu(c->turn, i, threads)};
        uint64_t planned = (uint64_t)(c->turn->load * seconds / c->turn->producers);
        r->worker.quota = c->task == CREW_ROUND_TRIP ? BENCH_ROUND_TRIPS
                          : c->turn->load <= 0       ? 0
                          : planned                  ? planned
                                                     : 1;
        if (!give_memory(c, &r->worker, producer))
            return "no memory for the payloads";
    }
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&c->runners[i].id, NULL, run_loop, &c->runners[i]) != 0)
            return "cannot make the threads";
    uint64_t begin = clock_mono_ns();
    while (atomic_load_explicit(&c->shared.ready, memory_order_relaxed) < threads) { // before the time runs
        if ((double)(clock_mono_ns() - begin) > PATIENCE_S * 1e9)
            return "its threads do not begin";
        sched_yield();
    }
    return NULL;
}

// --- the time ----

static struct timespec in_seconds(double seconds)
{
    struct timespec at;
    clock_gettime(CLOCK_REALTIME, &at); // what pthread_timedjoin_np takes
    double whole = (double)(uint64_t)seconds;
    at.tv_sec += (time_t)whole;
    at.tv_nsec += (long)((seconds - whole) * 1e9);
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

static void sleep_s(double seconds)
{
    struct timespec span = {.tv_sec = (time_t)seconds};
    span.tv_nsec = (long)((seconds - (double)span.tv_sec) * 1e9);
    while (nanosleep(&span, &span) != 0 && errno == EINTR)
        ;
}

// Threads [from, to) have ended before `seconds` have passed.
static bool join(struct crew *c, unsigned *from, unsigned to, double seconds)
{
    struct timespec until = in_seconds(seconds);
    for (; *from < to; (*from)++)
        if (pthread_timedjoin_np(c->runners[*from].id, NULL, &until) != 0)
            return false;
    return true;
}

// The time of a regime runs once the queue is as full as its consumers wait for.
static void await_fill(const struct bench_shared *s)
{
    for (unsigned waited = 0; waited < 20000; waited++) {
        uint64_t pushed = 0;
        for (unsigned i = 0; i < s->producers; i++)
            pushed += atomic_load_explicit(&s->pushed[i].items, memory_order_relaxed);
        if (pushed >= s->fill_first)
            return;
        sleep_s(1e-4);
    }
}

static const char *run_threads(struct crew *c, double seconds)
{
    unsigned joined = 0;
    c->shared.start_ns = clock_now_ns() + 1000000; // threads that sleep have time to wake
    atomic_store_explicit(&c->shared.go, true, memory_order_release);
    if (c->task == CREW_ROUND_TRIP)
        join(c, &joined, 1, seconds < TRIP_SECONDS ? seconds : TRIP_SECONDS);
    else if (c->turn->load > 0)
        join(c, &joined, c->producers, seconds * 1.5 + 0.2); // then the queue cannot keep up
    else {
        await_fill(&c->shared);
        sleep_s(seconds);
    }
    atomic_store_explicit(&c->shared.stop, true, memory_order_relaxed);
    double patience = c->turn->patience_s > 0 ? c->turn->patience_s : PATIENCE_S;
    return join(c, &joined, crew_size(c), patience)
               ? NULL
               : "does not come to its end: an item was lost, or the queue hangs";
}

// --- the sum ----

struct sums {
    uint64_t in, out, checksum_in, checksum_out, wrong;
    uint64_t first_ns, last_ns; // first push, last pop
    uint64_t window_begin_ns, window_end_ns, window_items;
    uint64_t cpu_ns, consumer_cpu_ns;
};

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t most(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct sums add_up(const struct crew *c)
{
    struct sums s = {.first_ns = UINT64_MAX, .window_begin_ns = UINT64_MAX};
    for (unsigned i = 0; i < crew_size(c); i++) {
        const struct bench_worker *w = &c->runners[i].worker;
        bool producer = i < c->producers;
        s.wrong += w->wrong;
        *(producer ? &s.in : &s.out) += w->items;
        *(producer ? &s.checksum_in : &s.checksum_out) += w->checksum;
        s.cpu_ns += w->cpu_ns;
        s.consumer_cpu_ns += producer ? 0 : w->cpu_ns;
        s.last_ns = most(s.last_ns, w->last_pop_ns);
        if (producer) {
            s.first_ns = least(s.first_ns, w->first_push_ns);
        } else {
            s.window_begin_ns = least(s.window_begin_ns, w->window_begin_ns);
            s.window_end_ns = most(s.window_end_ns, w->window_end_ns);
            s.window_items += w->window_items;
        }
    }
    return s;
}

// The slow side's threads burn side by side, as far as there are cores.
static double work_of(const struct crew *c)
{
    const struct bench_shared *s = &c->shared;
    double steps = (double)(s->producer_steps + s->consumer_steps), ns = 0;
    unsigned from = s->producer_steps ? 0 : c->producers;
    unsigned to = s->producer_steps ? c->producers : crew_size(c);
    for (unsigned i = from; steps > 0 && i < to; i++)
        ns += c->runners[i].worker.ns_per_step * steps / (to - from);
    return ns;
}

static double threads_side_by_side(unsigned threads)
{
    int cpus[MAX_THREADS];
    unsigned cores = cores_allowed(cpus, MAX_THREADS);
    return threads < cores || cores == 0 ? threads : cores;
}

const char crew_disturbed[] = "the work was not as long as it was measured: a disturbed machine";

static const char *judge(const struct crew *c, struct turn_answer *a)
{
    struct sums s = add_up(c);
    bool counted = c->consumers > 0 && c->task == CREW_MOVE;
    if (s.wrong)
        return "items came out of order, twice, never or damaged";
    if (c->consumers && (s.in != s.out || (counted && s.checksum_in != s.checksum_out)))
        return "what came out is not what went in";
    if (s.in == 0 || s.last_ns <= s.first_ns)
        return "nothing moved";
    a->items = s.in;
    a->ns_per_item = (double)(s.last_ns - s.first_ns) / (double)s.in;
    a->cpu_ns_per_item = (double)s.cpu_ns / (double)s.in;
    a->consumer_cpu_ns_per_item = (double)s.consumer_cpu_ns / (double)s.in;
    if (c->turn->regime != BENCH_FREE && counted && s.window_items && s.window_end_ns > s.window_begin_ns) {
        a->ns_per_item = (double)(s.window_end_ns - s.window_begin_ns) / (double)s.window_items;
        a->work_ns = work_of(c);
        unsigned side = c->shared.producer_steps ? c->producers : c->consumers;
        a->ns_per_item -= a->work_ns / threads_side_by_side(side);
        if (a->ns_per_item <= 0)
            return crew_disturbed;
    }
    for (unsigned i = 0; i < c->producers && c->turn->load > 0; i++) {
        const struct bench_worker *w = &c->runners[i].worker;
        a->planned += w->quota;
        a->late += w->late;
        a->lag_max_ns = most(a->lag_max_ns, w->lag_max_ns);
    }
    return NULL;
}

static void collect_shape(const struct crew *c, struct turn_shape *shape)
{
    memset(shape, 0, sizeof *shape);
    for (unsigned i = 0; i < crew_size(c); i++) {
        const struct bench_worker *w = &c->runners[i].worker;
        if (w->histogram)
            hist_merge(&shape->times, w->histogram);
        for (size_t k = 0; w->shape && k <= BENCH_FILL_STEPS; k++)
            shape->traffic.fill[k] += w->shape->fill[k];
        for (size_t k = 0; w->shape && k <= BENCH_LOOP_MAX_BATCH; k++)
            shape->traffic.moved[k] += w->shape->moved[k];
    }
}

const char *crew_run(const struct turn *turn, enum crew_task task, double seconds, double work_ns,
                     struct turn_answer *answer, struct turn_shape *shape)
{
    static struct crew crew; // large alignment; a process runs one at a time
    memset(&crew, 0, sizeof crew);
    crew.turn = turn;
    crew.task = task;
    crew.producers = task == CREW_MOVE ? turn->producers : 1;
    crew.consumers = task == CREW_MOVE ? turn->consumers : task == CREW_ROUND_TRIP;
    crew.carried = task == CREW_ROUND_TRIP ? BENCH_VALUE
                   : task == CREW_MOVE     ? turn->module->loops->carried(turn->item_bytes, turn->batch)
                   : turn->item_bytes > 8  ? BENCH_BY_POINTER
                                           : BENCH_VALUE;
    set_shared(&crew, work_ns);
    if (!make_queues(&crew))
        return "the queue cannot be made: no memory, or not of this size or for these threads";
    const char *problem = start_threads(&crew, seconds);
    problem = problem ? problem : run_threads(&crew, seconds);
    if (problem)
        return problem;
    problem = judge(&crew, answer);
    answer->carried = crew.carried;
    collect_shape(&crew, shape);
    // A consumer reads its producers' buffers to the end: they go when everybody has stopped.
    for (unsigned i = 0; i < crew_size(&crew); i++)
        take_memory(&crew.runners[i].worker);
    destroy_queues(&crew);
    return problem;
}
