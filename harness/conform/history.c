// SPDX-License-Identifier: Apache-2.0
// Short concurrent histories: a few threads make some two dozen calls, each noted with its invocation and
// response, and an order is searched that explains all answers (linear.h).
//
// Time is a counter that each call adds to before and after: what was answered before another was invoked has
// then really happened before it, also in the memory's order, so nobody is blamed for a store that was still
// on its way.
#include "base/cores.h"
#include "conform/check.h"
#include "conform/linear.h"
#include "queue/port.h"
#include <stdlib.h>

enum { THREADS_MAX = 4, CALLS = 24, PLAN_MAX = CALLS / 2, DRAIN_MAX = LINEAR_MAX - CALLS };

struct plan {
    enum linear_what calls[PLAN_MAX];
    unsigned count;
    uint64_t pauses; // five bits a call: what is done before it
    struct linear_call *into;
};

struct stage {
    struct conform *c;
    struct weir_queue *q;
    _Alignas(128) _Atomic uint64_t tick;
    _Alignas(128) _Atomic unsigned round;             // a history a round
    _Alignas(128) _Atomic unsigned present, finished; // actors, in this round
    unsigned actors;
    bool over;
    bool evicts; // producers pop, too
    struct plan plans[THREADS_MAX];
    struct linear_history history;
    uint64_t random;
    size_t states, calls, overlapping;
};

struct actor {
    pthread_t id;
    struct stage *stage;
    unsigned index;
};

static uint64_t tick(struct stage *s)
{
    return atomic_fetch_add_explicit(&s->tick, 1, memory_order_acq_rel);
}

static void make_call(struct stage *s, struct linear_call *call)
{
    const struct weir_queue_ops *ops = s->c->ops;
    uint64_t value = call->value;
    call->invoked = tick(s);
    switch (call->what) {
    case LINEAR_PUSH: call->moved = ops->try_push_n(s->q, &value, 1) == 1; break;
    case LINEAR_POP: call->moved = ops->try_pop_n(s->q, &value, 1) == 1; break;
    case LINEAR_LEN: value = ops->len(s->q); break;
    case LINEAR_CLOSE: ops->close(s->q); break;
    }
    call->answered = tick(s);
    call->value = value;
}

// Nothing, a little, or a turn for whoever shares the core.
static void rest(uint64_t how)
{
    for (uint64_t i = 0; i < how % 8 * 4; i++)
        weir_cpu_pause();
    if (how % 32 == 31)
        sched_yield();
}

// All begin together where they have a core each: their calls take nanoseconds, a wake-up microseconds.
static void gather(struct stage *s)
{
    atomic_fetch_add(&s->present, 1);
    for (unsigned spins = 0; atomic_load(&s->present) < s->actors; spins++)
        if (spins < 1000)
            weir_cpu_pause();
        else
            sched_yield();
}

static void act(struct stage *s, unsigned index)
{
    struct plan *p = &s->plans[index];
    for (unsigned i = 0; i < p->count; i++) {
        struct linear_call *call = &p->into[i];
        *call = (struct linear_call){
            .what = p->calls[i], .thread = index, .value = 100 * ((uint64_t)index + 1) + i};
        rest(p->pauses >> 5 * i);
        make_call(s, call);
    }
}

// Left to itself the kernel may keep on one core what never sleeps, and nothing would overlap.
static void spread(unsigned index)
{
    int cpus[THREADS_MAX];
    unsigned cores = cores_allowed(cpus, THREADS_MAX);
    if (cores > 0)
        cores_pin(cpus[index % cores]);
}

static void *act_in_rounds(void *argument)
{
    struct actor *a = argument;
    struct stage *s = a->stage;
    spread(a->index);
    for (unsigned round = 1;; round++) {
        while (atomic_load(&s->round) != round)
            sched_yield();
        if (s->over)
            return NULL;
        gather(s);
        act(s, a->index);
        atomic_fetch_add(&s->finished, 1);
    }
}

// --- one history ----

static enum linear_what draw_call(struct stage *s, bool producer, bool consumer)
{
    uint64_t draw = conform_random(&s->random) % 64;
    if (draw < 6)
        return LINEAR_LEN;
    if (draw == 6)
        return LINEAR_CLOSE;
    if (producer && draw < 14 && s->evicts)
        return LINEAR_POP;
    return producer && (!consumer || draw % 2) ? LINEAR_PUSH : LINEAR_POP;
}

static void draw_plans(struct stage *s, unsigned producers, unsigned threads)
{
    s->history.count = 0;
    for (unsigned t = 0; t < threads; t++) {
        struct plan *p = &s->plans[t];
        p->count = CALLS / threads;
        p->pauses =
            (unsigned)(conform_random(&s->random) & conform_random(&s->random) & conform_random(&s->random));
        p->into = &s->history.calls[s->history.count];
        s->history.count += p->count;
        for (unsigned i = 0; i < p->count; i++)
            p->calls[i] = draw_call(s, t < producers, t >= producers);
    }
}

// What is left inside, so that nothing can hide there.
static void drain(struct stage *s)
{
    for (unsigned i = 0; i < DRAIN_MAX; i++) {
        struct linear_call *call = &s->history.calls[s->history.count++];
        *call = (struct linear_call){.what = LINEAR_POP, .thread = THREADS_MAX};
        make_call(s, call);
        if (!call->moved)
            return;
    }
}

static void count_overlaps(struct stage *s)
{
    const struct linear_history *h = &s->history;
    s->calls += h->count;
    for (size_t i = 0; i < h->count; i++)
        s->overlapping += h->calls[i].answered - h->calls[i].invoked > 1;
}

static void judge(struct stage *s, unsigned round)
{
    char why[700];
    struct linear_call wrong;
    size_t least, most;
    EXPECT(s->c, linear_take_lengths(&s->history, &wrong, &least, &most) == NULL,
           "history %u: len answered %llu where %zu to %zu were possible", round,
           (unsigned long long)wrong.value, least, most);
    if (!conform_can(s->c, WEIR_Q_STRICT))
        linear_excuse(&s->history);
    enum linear_verdict verdict = linear_check(&s->history, &s->states, why, sizeof why);
    EXPECT(s->c, verdict != LINEAR_NO_MEMORY, "nothing was seen: no memory for the search");
    EXPECT(s->c, verdict == LINEAR_YES, "history %u: %s", round, why);
}

static void play(struct stage *s, unsigned producers, unsigned consumers, unsigned round)
{
    static const uint64_t starts[] = {0, NEAR_2_32, NEAR_2_63, NEAR_2_64};
    size_t capacity = 1 + conform_random(&s->random) % 3;
    s->evicts = round % 2 && conform_can(s->c, WEIR_Q_EVICT);
    s->q = (s->evicts ? conform_make_evicting : conform_make)(s->c, capacity, WEIR_WAIT_YIELD, producers,
                                                              consumers, starts[round / 2 % 4]);
    s->history.capacity = s->c->ops->capacity(s->q);
    // As in check_close_race: what a queue for one producer may do, and the others not.
    s->history.late_push = producers == 1 && !conform_can(s->c, WEIR_Q_EVICT | WEIR_Q_UNBOUNDED);
    draw_plans(s, producers, producers + consumers);
    atomic_store(&s->present, 0);
    atomic_store(&s->finished, 0);
    atomic_store(&s->round, round);
    while (atomic_load(&s->finished) != s->actors)
        sched_yield();
    drain(s);
    count_overlaps(s);
    judge(s, round);
    s->c->ops->destroy(s->q);
}

// --- the check ----

static void play_all(struct stage *s, unsigned producers, unsigned consumers)
{
    struct actor actors[THREADS_MAX];
    unsigned threads = producers + consumers;
    s->over = false;
    s->actors = threads;
    atomic_store(&s->round, 0);
    for (unsigned i = 0; i < threads; i++) {
        actors[i] = (struct actor){.stage = s, .index = i};
        conform_thread(s->c, &actors[i].id, act_in_rounds, &actors[i]);
    }
    unsigned histories = s->c->options->histories;
    for (unsigned round = 1; round <= histories; round++)
        play(s, producers, consumers, round);
    s->over = true;
    atomic_store(&s->round, histories + 1);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(actors[i].id, NULL);
}

void check_histories(struct conform *c)
{
    static const unsigned sides[][2] = {{1, 1}, {2, 1}, {3, 1}, {1, 2}, {2, 2}};
    static struct stage s;
    size_t shapes = 0;
    s.c = c;
    s.random = c->options->seed * 0x9e3779b97f4a7c15u | 1;
    for (size_t i = 0; i < sizeof sides / sizeof sides[0]; i++) {
        unsigned p = sides[i][0], n = sides[i][1];
        if ((p > 1 && !conform_can(c, WEIR_Q_MULTI_PRODUCER)) ||
            (n > 1 && !conform_can(c, WEIR_Q_MULTI_CONSUMER)))
            continue;
        play_all(&s, p, n);
        shapes++;
    }
    conform_saw(c, "%zu histories of %zu calls, %zu of which overlapped another; %zu states searched",
                shapes * c->options->histories, s.calls, s.overlapping, s.states);
}
