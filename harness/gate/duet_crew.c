// SPDX-License-Identifier: Apache-2.0
#include "gate/duet_crew.h"

#include <alloca.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/hist.h"
#include "base/stats.h"
#include "bench/module.h"
#include "bench/worker.h"
#include "gate/duet_layout.h"
#include "queue/port.h"

enum {
    FIRST_ITEMS = 1024, // where the search for a turn's length begins
    MOST_ITEMS = 1 << 24,
    MOST_SAMPLES = 1 << 20,
    WARM_ROUNDS = 2,
    TRIES = 24,       // to find the length of a turn
    PAUSES = 2000,    // of a thread that waits for another one, before it gives way
    START_NS = 20000, // after the begin of a turn on schedule its first item is due
    UNBOUNDED_WINDOW = 1 << 20,
};

struct samples {
    uint64_t *list;
    size_t count, room;
};

struct player {
    pthread_t id;
    struct crew *crew;
    struct bench_worker worker;
    struct samples samples;
    int cpu, last_cpu; // -1: where it likes
    unsigned migrations;
    size_t stack_pad;
};

struct crew {
    const struct duet_cell *cell;
    const struct weir_queue_module *module[ARMS];
    struct duet_answer *answer; // whose turn it is, for who looks on when that is the last one
    struct bench_shared shared;
    struct player players[DUET_WORKERS];
    unsigned threads;
    bool crowded;                     // more of them than cores
    const struct bench_loops *loops;  // of the arm whose turn it is
    alignas(128) atomic_uint turn;    // counts them; the others wait for the next
    alignas(128) atomic_uint arrived; // at the start of this turn
    alignas(128) atomic_uint done;    // with it
    struct hist *times[ARMS];         // of all its rounds
    uint64_t late, planned;
};

// ---- memory ----

// Freed memory stays with the process, so that no turn waits for fresh pages.
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
}

static void *touched(size_t bytes)
{
    void *memory = aligned_alloc(128, (bytes + 127) / 128 * 128);
    if (memory)
        memset(memory, 0, bytes);
    return memory;
}

static void record(void *to, uint64_t ns)
{
    struct samples *s = to;
    if (s->count < s->room)
        s->list[s->count++] = ns;
}

static bool takes_times(const struct duet_cell *cell)
{
    return cell->kind == DUET_TRIP || cell->kind == DUET_SCHEDULED;
}

static bool is_consumer(const struct crew *c, unsigned i)
{
    return c->cell->kind != DUET_ALONE && i >= (c->cell->kind == DUET_TRIP ? 1 : c->cell->producers);
}

static const char *give_memory(struct crew *c)
{
    for (unsigned i = 0; i < c->threads; i++) {
        struct player *p = &c->players[i];
        if ((p->worker.shape = touched(sizeof *p->worker.shape)) == NULL)
            return "out of memory";
        if (!takes_times(c->cell))
            continue;
        p->samples.room = MOST_SAMPLES;
        if ((p->samples.list = touched(MOST_SAMPLES * sizeof *p->samples.list)) == NULL)
            return "out of memory";
        p->worker.histogram = &p->samples;
    }
    for (size_t a = 0; a < ARMS; a++)
        if ((c->times[a] = touched(sizeof *c->times[a])) == NULL)
            return "out of memory";
    return NULL;
}

// ---- a turn ----

static void await(const atomic_uint *value, unsigned wanted)
{
    for (unsigned n = 0; atomic_load_explicit(value, memory_order_acquire) != wanted; n++)
        if (n < PAUSES)
            weir_cpu_pause();
        else
            sched_yield();
}

static void (*loop_of(const struct crew *c, unsigned i))(struct bench_worker *)
{
    const struct bench_loops *l = c->loops;
    bool consumer = is_consumer(c, i);
    switch (c->cell->kind) {
    case DUET_ALONE: return l->alone;
    case DUET_TRIP: return consumer ? l->pong : l->ping;
    case DUET_SCHEDULED: return consumer ? l->consume_timed : l->produce_timed;
    default: return consumer ? l->consume : l->produce;
    }
}

// All begin together.
static void play(struct crew *c, unsigned i)
{
    struct player *p = &c->players[i];
    void (*loop)(struct bench_worker *) = loop_of(c, i);
    atomic_fetch_add_explicit(&c->arrived, 1, memory_order_acq_rel);
    await(&c->arrived, c->threads);
    loop(&p->worker);
    int cpu = sched_getcpu();
    p->migrations += p->cpu >= 0 && p->last_cpu >= 0 && cpu != p->last_cpu;
    p->last_cpu = cpu;
    atomic_fetch_add_explicit(&c->done, 1, memory_order_acq_rel);
}

static void *play_along(void *argument)
{
    struct player *p = argument;
    volatile char *pad = alloca(p->stack_pad);
    pad[0] = 0;
    prctl(PR_SET_TIMERSLACK, 1ul);
    cores_pin(p->cpu);
    for (unsigned turn = 1;; turn++) { // until the process ends
        await(&p->crew->turn, turn);
        play(p->crew, (unsigned)(p - p->crew->players));
    }
    return NULL;
}

static bool make_queues(struct crew *c, enum duet_arm arm)
{
    const struct duet_cell *cell = c->cell;
    const struct weir_queue_ops *ops = c->module[arm]->ops;
    bool trip = cell->kind == DUET_TRIP, alone = cell->kind == DUET_ALONE;
    struct weir_queue_config config = {.capacity = cell->capacity,
                                       .wait = cell->wait,
                                       .producers = trip || alone ? 1 : cell->producers,
                                       .consumers = trip || alone ? 1 : cell->consumers,
                                       .no_evict = true,
                                       .batch = trip || alone ? 1 : cell->batch,
                                       .item_bytes = 8};
    c->shared.q = ops->create(&config);
    c->shared.back = trip && c->shared.q ? ops->create(&config) : NULL;
    return c->shared.q && (!trip || c->shared.back);
}

static void destroy_queues(struct crew *c, enum duet_arm arm)
{
    c->module[arm]->ops->destroy(c->shared.q);
    if (c->shared.back)
        c->module[arm]->ops->destroy(c->shared.back);
}

static void set_shared(struct crew *c, enum duet_arm arm)
{
    const struct duet_cell *cell = c->cell;
    struct bench_shared *s = &c->shared;
    uint32_t caps = c->module[arm]->ops->caps;
    s->producers = cell->kind == DUET_TRIP || cell->kind == DUET_ALONE ? 1 : cell->producers;
    s->consumers = cell->kind == DUET_TRIP || cell->kind == DUET_ALONE ? 1 : cell->consumers;
    s->batch = cell->kind == DUET_TRIP ? 1 : cell->batch;
    s->item_bytes = 8;
    s->capacity = cell->capacity;
    s->carried = cell->kind == DUET_ALONE || cell->kind == DUET_TRIP
                     ? BENCH_VALUE
                     : c->module[arm]->loops->carried(8, cell->batch);
    s->wait = cell->wait;
    s->now_ns = clock_now_ns;
    s->record = record;
    s->interval_ns = cell->load > 0 ? 1e9 * s->producers / cell->load : 0;
    s->late_ns = 100000;
    s->generator_sleeps = c->crowded;
    s->sample_every = 8192;
    s->look_every = caps & WEIR_Q_UNBOUNDED ? 8192
                    : cell->capacity < 32   ? 1
                    : cell->capacity > 2048 ? 64
                                            : cell->capacity / 32;
    s->producer_below = caps & WEIR_Q_UNBOUNDED ? UNBOUNDED_WINDOW : 0;
    s->ready = 0;
    s->go = true;
    s->stop = false;
    s->finished = 0;
    for (unsigned i = 0; i < c->threads; i++)
        s->pushed[i].items = s->popped[i].items = 0;
}

static void set_players(struct crew *c, uint64_t items)
{
    for (unsigned i = 0; i < c->threads; i++) {
        struct player *p = &c->players[i];
        bool consumer = is_consumer(c, i);
        uint64_t share = items / c->shared.producers;
        p->worker =
            (struct bench_worker){.shared = &c->shared,
                                  .index = consumer ? i - c->shared.producers : i,
                                  .shape = p->worker.shape,
                                  .histogram = p->worker.histogram,
                                  .quota = c->cell->kind == DUET_TRIP ? items + BENCH_WARM_TRIPS + 1 : share};
        p->samples.count = 0;
    }
}

// Time from the first push to the last pop, an item.
static const char *judge_turn(struct crew *c, double *ns_per_item)
{
    uint64_t first = UINT64_MAX, last = 0, in = 0, out = 0, sum_in = 0, sum_out = 0, wrong = 0;
    for (unsigned i = 0; i < c->threads; i++) {
        const struct bench_worker *w = &c->players[i].worker;
        bool consumer = is_consumer(c, i);
        wrong += w->wrong;
        *(consumer ? &out : &in) += w->items;
        *(consumer ? &sum_out : &sum_in) += w->checksum;
        if (!consumer && w->first_push_ns < first)
            first = w->first_push_ns;
        last = w->last_pop_ns > last ? w->last_pop_ns : last;
        c->late += w->late;
        c->planned += c->cell->kind == DUET_SCHEDULED && !consumer ? w->quota : 0;
    }
    bool hand_off = c->cell->kind == DUET_HAND_OFF || c->cell->kind == DUET_SCHEDULED;
    if (wrong > 0)
        return "items came out of order, twice, never or damaged";
    if (c->threads > 1 && (in != out || (hand_off && sum_in != sum_out)))
        return "what came out is not what went in";
    if (in == 0 || last <= first)
        return "nothing moved";
    *ns_per_item = (double)(last - first) / (double)in;
    return NULL;
}

static const char *take_turn(struct crew *c, enum duet_arm arm, uint64_t items, double *ns_per_item)
{
    c->answer->acting = arm + 1;
    if (!make_queues(c, arm))
        return "the queue cannot be made: no memory, or not of this size or for these threads";
    c->loops = c->module[arm]->loops;
    set_shared(c, arm);
    set_players(c, items);
    c->shared.start_ns = clock_now_ns() + START_NS;
    atomic_store_explicit(&c->arrived, 0, memory_order_relaxed);
    atomic_store_explicit(&c->done, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&c->turn, 1, memory_order_release);
    play(c, 0);
    await(&c->done, c->threads);
    const char *problem = judge_turn(c, ns_per_item);
    destroy_queues(c, arm);
    return problem;
}

// ---- a launch ----

static const char *start(struct crew *c, struct rng *layout)
{
    int cpus[DUET_WORKERS];
    unsigned order[DUET_WORKERS], cores = cores_allowed(cpus, DUET_WORKERS);
    duet_layout_shuffle(order, c->threads, layout);
    c->crowded = c->threads > cores;
    for (unsigned i = 0; i < c->threads; i++) {
        struct player *p = &c->players[i];
        p->crew = c;
        p->cpu = c->threads <= cores ? cpus[i] : -1;
        p->last_cpu = -1;
        p->stack_pad = 16 * (size_t)(1 + rng_below(layout, 256));
    }
    for (unsigned i = 0; i < c->threads; i++)
        if (order[i] != 0 && // this thread is the first player
            pthread_create(&c->players[order[i]].id, NULL, play_along, &c->players[order[i]]) != 0)
            return "cannot make the threads";
    prctl(PR_SET_TIMERSLACK, 1ul);
    cores_pin(c->players[0].cpu);
    return NULL;
}

static uint64_t whole_batches(const struct duet_cell *cell, double items)
{
    uint64_t step = cell->kind == DUET_TRIP ? 1 : (uint64_t)cell->batch * cell->producers;
    uint64_t most = takes_times(cell) ? MOST_SAMPLES / 2 : MOST_ITEMS;
    uint64_t count = items < (double)most ? (uint64_t)items : most;
    return count / step > 0 ? count / step * step : step;
}

// The shortest of some turns of the base: whatever disturbs one makes it longer.
static const char *shortest_turn(struct crew *c, uint64_t items, double *seconds)
{
    for (int i = 0; i < 3; i++) {
        double ns;
        const char *problem = take_turn(c, ARM_BASE, items, &ns);
        if (problem)
            return problem;
        double took_s = ns * (double)items / 1e9;
        *seconds = i == 0 || took_s < *seconds ? took_s : *seconds;
    }
    return NULL;
}

// As many items as take the base about turn_s. All launches of a cell keep this number, so it is only taken
// from a turn that was about so long: one in which the machine stood still is seen by the next.
static const char *find_items(struct crew *c, uint64_t *items)
{
    const struct duet_cell *cell = c->cell;
    *items = whole_batches(cell, cell->kind == DUET_SCHEDULED ? cell->load * cell->turn_s : FIRST_ITEMS);
    for (int tries = 0; tries < TRIES && cell->kind != DUET_SCHEDULED; tries++) {
        double took_s;
        uint64_t before = *items;
        const char *problem = shortest_turn(c, before, &took_s);
        if (problem)
            return problem;
        *items = whole_batches(cell, (double)before * fmin(cell->turn_s / took_s, 8));
        if ((took_s > cell->turn_s / 2 && took_s < cell->turn_s * 2) || *items == before)
            return NULL;
    }
    return NULL;
}

static void keep_times(struct crew *c, enum duet_arm arm)
{
    for (unsigned i = 0; i < c->threads; i++)
        for (size_t k = 0; k < c->players[i].samples.count; k++)
            hist_record(c->times[arm], c->players[i].samples.list[k]);
}

static void count_order(struct duet_answer *a, const enum duet_arm order[ARMS], enum duet_arm *before)
{
    for (unsigned k = 0; k < ARMS; k++) {
        a->turns[order[k]]++;
        a->place[order[k]][k]++;
        a->after[order[k]][*before]++;
        *before = order[k];
    }
}

static const char *run_rounds(struct crew *c, struct rng *layout, struct duet_answer *a, double (*cost)[ARMS])
{
    unsigned first = (unsigned)rng_below(layout, DUET_ROUND);
    enum duet_arm order[ARMS], before = ARM_BASE;
    for (unsigned round = 0; round < WARM_ROUNDS + c->cell->rounds; round++) {
        bool counts = round >= WARM_ROUNDS;
        duet_order(round, first, order);
        for (unsigned k = 0; k < ARMS; k++) {
            double ns;
            const char *problem = take_turn(c, order[k], a->items, &ns);
            if (problem)
                return problem;
            if (counts)
                cost[round - WARM_ROUNDS][order[k]] = ns;
            if (counts && takes_times(c->cell))
                keep_times(c, order[k]);
        }
        if (counts)
            count_order(a, order, &before);
        else
            before = order[ARMS - 1];
    }
    a->rounds = c->cell->rounds;
    return NULL;
}

static const char *sum_up_rounds(double (*cost)[ARMS], struct duet_answer *a)
{
    double *ratio = malloc((size_t)a->rounds * 5 * sizeof *ratio), *control = ratio + a->rounds;
    if (ratio == NULL)
        return "out of memory";
    for (unsigned r = 0; r < a->rounds; r++) {
        ratio[r] = log(cost[r][ARM_CANDIDATE] / cost[r][ARM_BASE]);
        control[r] = log(cost[r][ARM_COPY] / cost[r][ARM_BASE]);
        for (unsigned k = 0; k < ARMS; k++)
            ratio[(2 + k) * a->rounds + r] = cost[r][k];
    }
    a->log_ratio = stats_median(ratio, a->rounds);
    a->control = stats_median(control, a->rounds);
    for (unsigned k = 0; k < ARMS; k++)
        a->cost_ns[k] = stats_median(ratio + (2 + k) * a->rounds, a->rounds);
    free(ratio);
    return NULL;
}

static const char *sum_up_times(const struct crew *c, struct duet_answer *a)
{
    for (unsigned k = 0; k < ARMS; k++) {
        a->cost_ns[k] = (double)hist_percentile(c->times[k], c->cell->quantile);
        if (!(a->cost_ns[k] > 0))
            return "no time was taken";
    }
    a->log_ratio = log(a->cost_ns[ARM_CANDIDATE] / a->cost_ns[ARM_BASE]);
    a->control = log(a->cost_ns[ARM_COPY] / a->cost_ns[ARM_BASE]);
    return NULL;
}

const char *duet_crew_run(const struct duet_modules *modules, const struct duet_cell *cell, uint64_t items,
                          struct rng *layout, struct duet_answer *a)
{
    static struct crew crew; // large alignment; a process runs one
    struct crew *c = &crew;
    double(*cost)[ARMS] = calloc(cell->rounds, sizeof *cost);
    *c = (struct crew){.cell = cell, .threads = duet_threads(cell), .answer = a};
    keep_memory();
    const char *problem = cost ? duet_layout_load(c->module, modules, layout, a) : "out of memory";
    problem = problem ? problem : give_memory(c);
    problem = problem ? problem : start(c, layout);
    a->items = items;
    if (!problem && items == 0)
        problem = find_items(c, &a->items);
    problem = problem ? problem : run_rounds(c, layout, a, cost);
    problem = problem ? problem : takes_times(c->cell) ? sum_up_times(c, a) : sum_up_rounds(cost, a);
    for (unsigned i = 0; i < c->threads; i++)
        a->noise.migrations += c->players[i].migrations;
    a->noise.late_share = c->planned ? (double)c->late / (double)c->planned : 0;
    free(cost);
    return problem;
}
