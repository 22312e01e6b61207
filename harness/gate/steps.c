// SPDX-License-Identifier: Apache-2.0
// The module weir-steps.so: what steps_module.h says.
//
// What a strategy is shown is made up before it is asked, so that a step is little more than its decision; a
// few sequences each, for a decision takes another way when the queue is full than when there is room. Time
// moves on by a millisecond a step.
#include "gate/steps_module.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strategy/autoscale.h"
#include "strategy/breaker.h"
#include "strategy/discipline.h"
#include "strategy/fail_open.h"
#include "strategy/pacing.h"
#include "strategy/retry.h"
#include "strategy/retry_budget.h"
#include "strategy/store.h"

#define VIEWS  64u
#define LAP_NS (VIEWS * STEP_NS)
static const uint64_t STEP_NS = 1000000, BEGIN_NS = 1000000000;
static const size_t CAPACITY = 1024;

static volatile uint64_t sink; // where answers go: no step is for nothing

// How full the queue is at view k of a path.
static size_t fill(size_t path, size_t k)
{
    switch (path) {
    case 0: return 4 * k;       // up to a quarter
    case 1: return 640 + 6 * k; // up to 98 %
    default: return CAPACITY;
    }
}

static const char *const fills[] = {"room", "crowded", "full", NULL};

// ---- the door ----

static void run_admission(size_t which, size_t path, size_t rounds)
{
    struct weir_offer_view views[VIEWS];
    struct weir_strategy_state state;
    const struct weir_strategy_ops *ops = weir_strategy_at(which);
    weir_strategy_defaults(ops, &state);
    if (ops->init)
        ops->init(&state, 1);
    for (size_t k = 0; k < VIEWS; k++) {
        uint64_t now = BEGIN_NS + k * STEP_NS;
        views[k] = (struct weir_offer_view){.now_ns = now,
                                            .offered_ns = now - k % 3 * STEP_NS,
                                            .intended_ns = now - k % 5 * STEP_NS,
                                            .len = fill(path, k),
                                            .capacity = CAPACITY,
                                            .count = 1,
                                            .turns = k % 4,
                                            .record_class = k % 4,
                                            .classes = 4,
                                            .delayable = k % 2};
    }
    for (size_t i = 0; i < rounds; i++) {
        struct weir_offer_view *v = &views[i % VIEWS];
        enum weir_verdict verdict = ops->on_offer ? ops->on_offer(&state, v).verdict : WEIR_PUSH;
        if (verdict == WEIR_PUSH && v->len >= v->capacity)
            verdict = ops->on_full(&state, v).verdict;
        sink = verdict;
        v->now_ns += LAP_NS;
        v->offered_ns += LAP_NS;
        v->intended_ns += LAP_NS;
    }
}

static const char *admission_at(size_t which)
{
    const struct weir_strategy_ops *ops = weir_strategy_at(which);
    return ops ? ops->name : NULL;
}

// ---- the queue ----

enum { INTO_ROOM, INTO_CROWD, OUT_YOUNG, OUT_AGED, DISCIPLINE_PATHS };
static const char *const discipline_paths[] = {"into-room", "into-crowd", "out-young", "out-aged", NULL};

static void enqueue(const struct weir_discipline_ops *ops, struct weir_strategy_state *state, size_t path,
                    size_t rounds)
{
    struct weir_enqueue_view views[VIEWS];
    for (size_t k = 0; k < VIEWS; k++)
        views[k] = (struct weir_enqueue_view){.now_ns = BEGIN_NS + k * STEP_NS,
                                              .intended_ns = BEGIN_NS + k * STEP_NS - k % 5 * STEP_NS,
                                              .len = fill(path, k),
                                              .capacity = CAPACITY};
    for (size_t i = 0; i < rounds; i++) {
        struct weir_enqueue_view *v = &views[i % VIEWS];
        sink = ops->on_enqueue(state, v).drop;
        v->now_ns += LAP_NS;
        v->intended_ns += LAP_NS;
    }
}

// Aged: each has waited longer than the one before, from 5 ms to 131 ms, and then again.
static void dequeue(const struct weir_discipline_ops *ops, struct weir_strategy_state *state, bool aged,
                    size_t rounds)
{
    struct weir_dequeue_view views[VIEWS];
    for (size_t k = 0; k < VIEWS; k++) {
        uint64_t now = BEGIN_NS + k * STEP_NS, sojourn = aged ? (5 + 2 * k) * STEP_NS : STEP_NS / 10;
        views[k] = (struct weir_dequeue_view){.now_ns = now,
                                              .enqueued_ns = now - sojourn,
                                              .intended_ns = now - 2 * sojourn,
                                              .len = aged ? 500 + k : k % 8,
                                              .capacity = CAPACITY};
    }
    for (size_t i = 0; i < rounds; i++) {
        struct weir_dequeue_view *v = &views[i % VIEWS];
        sink = ops->on_dequeue(state, v).drop;
        v->now_ns += LAP_NS;
        v->enqueued_ns += LAP_NS;
        v->intended_ns += LAP_NS;
    }
}

static void run_discipline(size_t which, size_t path, size_t rounds)
{
    struct weir_strategy_state state;
    const struct weir_discipline_ops *ops = weir_discipline_at(which);
    weir_params_defaults(ops->params, &state);
    if (ops->init)
        ops->init(&state, 1);
    if (path <= INTO_CROWD)
        enqueue(ops, &state, path, rounds);
    else
        dequeue(ops, &state, path == OUT_AGED, rounds);
}

// One that lets a way of records alone has no step on it.
static bool discipline_has(size_t which, size_t path)
{
    const struct weir_discipline_ops *ops = weir_discipline_at(which);
    return path <= INTO_CROWD ? ops->on_enqueue != NULL : ops->on_dequeue != NULL;
}

static const char *discipline_at(size_t which)
{
    const struct weir_discipline_ops *ops = weir_discipline_at(which);
    return ops ? ops->name : NULL;
}

// ---- the store: a put, and takes until one is delivered ----

static const char *const store_paths[] = {"one", "backlog", NULL};

static const struct weir_discipline_ops *store_of(size_t which)
{
    for (size_t i = 0; weir_discipline_at(i); i++)
        if (weir_discipline_at(i)->store && which-- == 0)
            return weir_discipline_at(i);
    return NULL;
}

static const char *store_at(size_t which)
{
    const struct weir_discipline_ops *ops = store_of(which);
    return ops ? ops->name : NULL;
}

static bool run_store(size_t which, size_t path, size_t rounds)
{
    struct weir_strategy_state params;
    const struct weir_discipline_ops *d = store_of(which);
    const struct weir_store_ops *ops = d->store;
    size_t backlog = path == 0 ? 0 : CAPACITY / 4, put = 0;
    struct weir_taken taken;
    weir_params_defaults(d->params, &params);
    void *store = calloc(1, ops->bytes(&params, CAPACITY));
    if (store == NULL)
        return false;
    ops->init(store, &params, CAPACITY, 1);
    for (size_t i = 0; i < rounds; i++) {
        uint64_t now = BEGIN_NS + i * STEP_NS;
        do
            ops->put(store, &(struct weir_store_item){
                                .item = put, .flow = put % 8, .enqueued_ns = now, .bytes = 200});
        while (++put < backlog);
        while (ops->take(store, now, &taken) && taken.fate.drop)
            sink = taken.item;
    }
    free(store);
    return true;
}

// ---- the producer ----

static const char *const pacing_paths[] = {"calm", "crowded", NULL};

static const char *pacing_at(size_t which)
{
    const struct weir_pacing_ops *ops = weir_pacing_at(which);
    return ops ? ops->name : NULL;
}

// Crowded: round trips become longer and one in sixteen is lost.
static void run_pacing(size_t which, size_t path, size_t rounds)
{
    struct weir_pacing_view views[VIEWS];
    struct weir_result results[VIEWS];
    struct weir_strategy_state state;
    const struct weir_pacing_ops *ops = weir_pacing_at(which);
    weir_params_defaults(ops->params, &state);
    if (ops->init)
        ops->init(&state, 1);
    for (size_t k = 0; k < VIEWS; k++) {
        uint64_t now = BEGIN_NS + k * STEP_NS;
        views[k] = (struct weir_pacing_view){.now_ns = now,
                                             .len = fill(path, k),
                                             .capacity = CAPACITY,
                                             .in_flight = 1 + k % (path ? 32 : 4),
                                             .count = 1,
                                             .paused = k % 2};
        results[k] = (struct weir_result){.now_ns = now + STEP_NS / 2,
                                          .rtt_ns = path ? (1 + k) * STEP_NS : STEP_NS,
                                          .in_flight = views[k].in_flight + 1,
                                          .dropped = path && k % 16 == 15};
    }
    for (size_t i = 0; i < rounds; i++) {
        struct weir_pacing_view *v = &views[i % VIEWS];
        struct weir_result *r = &results[i % VIEWS];
        sink = ops->on_ask(&state, v).go;
        if (ops->on_result)
            ops->on_result(&state, r);
        v->now_ns += LAP_NS;
        r->now_ns += LAP_NS;
    }
}

// ---- those that stand alone ----

static const char *const machine_paths[] = {"calm", "crowded", NULL};

static void run_autoscale(bool crowded, size_t rounds)
{
    struct weir_strategy_state state;
    weir_params_defaults(weir_autoscale_params, &state);
    for (size_t i = 0; i < rounds; i++)
        sink = (uint64_t)weir_autoscale(&state, &(struct weir_scale_view){.now_ns = BEGIN_NS + i * STEP_NS,
                                                                          .len = fill(crowded, i % VIEWS),
                                                                          .capacity = CAPACITY,
                                                                          .workers = 1 + i % 4})
                   .change;
}

static void run_breaker(bool failing, size_t rounds)
{
    struct weir_strategy_state state;
    weir_params_defaults(weir_breaker_params, &state);
    for (size_t i = 0; i < rounds; i++) {
        uint64_t now = BEGIN_NS + i * STEP_NS;
        struct weir_breaker_answer a = weir_breaker_ask(&state, now);
        if (a.allowed)
            weir_breaker_result(&state, a.ticket, now + STEP_NS / 2, failing && i % VIEWS > 8);
        sink = a.allowed;
    }
}

static void run_fail_open(bool crowded, size_t rounds)
{
    struct weir_strategy_state state;
    weir_params_defaults(weir_fail_open_params, &state);
    for (size_t i = 0; i < rounds; i++)
        sink = weir_fail_open(&state, crowded && i % 2 ? CAPACITY : fill(0, i % VIEWS), CAPACITY);
}

// The first profiles, a sequence each.
static void run_retry(bool crowded, size_t rounds)
{
    enum { PROFILES = 4 };
    for (size_t i = 0; i < rounds; i++) {
        uint64_t at = 0, now = BEGIN_NS + i * STEP_NS;
        struct weir_retry_view v = {.now_ns = now,
                                    .first_sent_ns = now - i % 8 * STEP_NS,
                                    .retries_done = i % 8,
                                    .retryable = true,
                                    .has_retry_after = crowded && i % 2,
                                    .retry_after_ns = 1000 * STEP_NS,
                                    .uniform = (double)(i % VIEWS) / VIEWS};
        weir_retry_next(weir_retry_at(i / VIEWS % PROFILES), &v, &at);
        sink = at;
    }
}

static void run_retry_budget(bool crowded, size_t rounds)
{
    struct weir_retry_budget budget = {.share = 0.1};
    for (size_t i = 0; i < rounds; i++) {
        weir_retry_budget_first(&budget, BEGIN_NS + i * STEP_NS);
        if (crowded || i % 8 == 0)
            sink = weir_retry_budget_take(&budget, BEGIN_NS + i * STEP_NS);
    }
}

static const struct {
    const char *name;
    void (*run)(bool crowded, size_t rounds);
} machines[] = {{"autoscale", run_autoscale},
                {"breaker", run_breaker},
                {"fail_open", run_fail_open},
                {"retry", run_retry},
                {"retry_budget", run_retry_budget}};

static const char *machine_at(size_t which)
{
    return which < sizeof machines / sizeof *machines ? machines[which].name : NULL;
}

static void run_machine(size_t which, size_t path, size_t rounds)
{
    machines[which].run(path > 0, rounds);
}

// ---- all of them ----

static const struct place {
    const char *name;
    const char *(*at)(size_t which);
    const char *const *paths;
    bool (*has)(size_t which, size_t path); // NULL: all
    void (*run)(size_t which, size_t path, size_t rounds);
    bool (*run_or_fail)(size_t which, size_t path, size_t rounds); // instead of run
} places[] = {{"admission", admission_at, fills, NULL, run_admission, NULL},
              {"discipline", discipline_at, discipline_paths, discipline_has, run_discipline, NULL},
              {"store", store_at, store_paths, NULL, NULL, run_store},
              {"pacing", pacing_at, pacing_paths, NULL, run_pacing, NULL},
              {"machine", machine_at, machine_paths, NULL, run_machine, NULL}};

// Where step number `index` is. NULL after the last one.
static const struct place *find(size_t index, size_t *which, size_t *path)
{
    for (const struct place *p = places; p < places + sizeof places / sizeof *places; p++)
        for (*which = 0; p->at(*which); ++*which)
            for (*path = 0; p->paths[*path]; ++*path)
                if ((p->has == NULL || p->has(*which, *path)) && index-- == 0)
                    return p;
    return NULL;
}

static bool step_name(size_t index, char *text, size_t size)
{
    size_t which, path;
    const struct place *p = find(index, &which, &path);
    if (p)
        snprintf(text, size, "%s %s %s", p->name, p->at(which), p->paths[path]);
    return p != NULL;
}

static bool step_run(size_t index, size_t rounds)
{
    size_t which, path;
    const struct place *p = find(index, &which, &path);
    if (p && p->run)
        p->run(which, path, rounds);
    return p && (p->run || p->run_or_fail(which, path, rounds));
}

__attribute__((visibility("default"))) extern const struct weir_steps_module weir_steps_module;
const struct weir_steps_module weir_steps_module = {
    .abi = WEIR_STEPS_ABI, .script = STEPS_SCRIPT, .name = step_name, .run = step_run, .period = VIEWS};
