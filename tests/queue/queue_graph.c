// SPDX-License-Identifier: Apache-2.0
// The disruptor's graph of consumers: fan-out, pipeline and diamond on one ring.
//
// Each item is written once; a stage that works in place leaves its mark beside it, and whoever follows must
// find the mark. A race detector sees the marks: they are plain memory, ordered by the sequences alone.
#include "queue/disruptor.h"
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CAPACITY = 5, SLOTS = 8, ITEMS = 4000, STAGES = 4, MAX_PRODUCERS = 2 };
#define NEAR_2_63 (((uint64_t)1 << 63) - 100)

struct graph {
    struct disruptor ring;
    struct disruptor_consumer stages[STAGES];
    uint64_t memory[2 * SLOTS];
    uint64_t marks[SLOTS][STAGES]; // what each stage wrote beside the slot
    unsigned stage_count, producers;
    bool before[STAGES][STAGES]; // before[a][b]: a must have been there when b comes
    _Atomic unsigned wrong;
    uint64_t sum[STAGES];
};

struct job {
    pthread_t id;
    struct graph *g;
    unsigned index;
};

static size_t slot_of(struct graph *g, uint64_t first, size_t i)
{
    return (size_t)(disruptor_slot(&g->ring, first, i) - g->ring.slots);
}

static void *produce(void *argument)
{
    struct job *job = argument;
    struct graph *g = job->g;
    for (uint64_t sent = 0; sent < ITEMS;) {
        uint64_t first = 0;
        size_t n = disruptor_try_reserve(&g->ring, sent + 3 <= ITEMS ? 3 : 1, &first);
        for (size_t i = 0; i < n; i++) {
            *disruptor_slot(&g->ring, first, i) = (uint64_t)job->index << 32 | ++sent;
            for (unsigned s = 0; s < STAGES; s++)
                g->marks[slot_of(g, first, i)][s] = 0;
        }
        if (n)
            disruptor_commit(&g->ring, first, n);
        else
            sched_yield();
    }
    return NULL;
}

static void visit(struct graph *g, unsigned stage, size_t slot, uint64_t item, uint64_t *last)
{
    for (unsigned s = 0; s < g->stage_count; s++)
        if (g->before[s][stage] && g->marks[slot][s] != item)
            atomic_fetch_add(&g->wrong, 1); // came before one that it follows
    g->marks[slot][stage] = item;
    uint64_t producer = item >> 32;
    if (producer >= g->producers || (uint32_t)item != ++last[producer % MAX_PRODUCERS])
        atomic_fetch_add(&g->wrong, 1); // lost, doubled, invented or out of order
    g->sum[stage] += item;
}

static void *consume(void *argument)
{
    struct job *job = argument;
    struct graph *g = job->g;
    struct disruptor_consumer *c = &g->stages[job->index];
    uint64_t last[MAX_PRODUCERS] = {0};
    for (uint64_t seen = 0; seen < (uint64_t)ITEMS * g->producers;) {
        uint64_t first = 0;
        size_t n = disruptor_available(&g->ring, c, 1 + job->index, &first);
        for (size_t i = 0; i < n; i++)
            visit(g, job->index, slot_of(g, first, i), *disruptor_slot(&g->ring, first, i), last);
        if (n)
            disruptor_release(c, first, n);
        else
            sched_yield();
        seen += n;
    }
    return NULL;
}

static struct graph *graph_new(unsigned stages, unsigned producers, uint64_t start)
{
    struct graph *g = aligned_alloc(WEIR_LINE, (sizeof *g + WEIR_LINE - 1) / WEIR_LINE * WEIR_LINE);
    if (g == NULL)
        abort();
    *g = (struct graph){.stage_count = stages, .producers = producers};
    assert_true(disruptor_init_at(&g->ring, g->memory, CAPACITY, 1, producers, start));
    for (unsigned i = 0; i < stages; i++)
        disruptor_consumer_init(&g->stages[i], &g->ring);
    return g;
}

static void follow(struct graph *g, unsigned stage, unsigned before)
{
    g->before[before][stage] = true;
    assert_true(disruptor_follow(&g->stages[stage], &g->stages[before]));
}

static void run_graph(struct graph *g)
{
    struct job jobs[STAGES + MAX_PRODUCERS];
    for (unsigned i = 0; i < g->stage_count + g->producers; i++) {
        bool stage = i < g->stage_count;
        jobs[i] = (struct job){.g = g, .index = stage ? i : i - g->stage_count};
        assert_int_equal(pthread_create(&jobs[i].id, NULL, stage ? consume : produce, &jobs[i]), 0);
    }
    for (unsigned i = 0; i < g->stage_count + g->producers; i++)
        pthread_join(jobs[i].id, NULL);
    assert_int_equal(atomic_load(&g->wrong), 0);
    for (unsigned i = 1; i < g->stage_count; i++)
        assert_true(g->sum[i] == g->sum[0] && g->sum[i] != 0);
    free(g);
}

static void fan_out_gives_every_item_to_each(void **state)
{
    (void)state;
    for (unsigned producers = 1; producers <= 2; producers++) {
        struct graph *g = graph_new(3, producers, NEAR_2_63);
        for (unsigned i = 0; i < 3; i++)
            disruptor_gate(&g->ring, &g->stages[i]);
        run_graph(g);
    }
}

static void pipeline_keeps_its_order(void **state)
{
    (void)state;
    for (unsigned producers = 1; producers <= 2; producers++) {
        struct graph *g = graph_new(3, producers, 0);
        follow(g, 1, 0);
        follow(g, 2, 1);
        disruptor_gate(&g->ring, &g->stages[2]);
        run_graph(g);
    }
}

static void diamond_joins_both_branches(void **state)
{
    (void)state;
    for (unsigned producers = 1; producers <= 2; producers++) {
        struct graph *g = graph_new(4, producers, NEAR_2_63);
        follow(g, 1, 0);
        follow(g, 2, 0);
        follow(g, 3, 1);
        follow(g, 3, 2);
        disruptor_gate(&g->ring, &g->stages[3]);
        run_graph(g);
    }
}

static void slowest_gate_bounds_the_ring(void **state)
{
    (void)state;
    struct graph *g = graph_new(2, 1, NEAR_2_63);
    uint64_t first = 0;
    disruptor_gate(&g->ring, &g->stages[0]);
    disruptor_gate(&g->ring, &g->stages[1]);
    assert_int_equal(disruptor_try_reserve(&g->ring, 9, &first), CAPACITY);
    disruptor_commit(&g->ring, first, CAPACITY);
    assert_int_equal(disruptor_available(&g->ring, &g->stages[0], 9, &first), CAPACITY);
    disruptor_release(&g->stages[0], first, CAPACITY);
    assert_int_equal(disruptor_try_reserve(&g->ring, 1, &first), 0); // the other has not moved
    assert_int_equal(disruptor_available(&g->ring, &g->stages[1], 2, &first), 2);
    disruptor_release(&g->stages[1], first, 2);
    assert_int_equal(disruptor_try_reserve(&g->ring, 9, &first), 2);
    free(g);
}

static void barrier_is_the_slowest_that_is_followed(void **state)
{
    (void)state;
    for (unsigned slow = 0; slow < 2; slow++) {
        struct graph *g = graph_new(3, 1, NEAR_2_63);
        uint64_t first = 0;
        follow(g, 2, 0);
        follow(g, 2, 1);
        disruptor_gate(&g->ring, &g->stages[2]);
        assert_int_equal(disruptor_try_reserve(&g->ring, 3, &first), 3);
        disruptor_commit(&g->ring, first, 3);
        assert_int_equal(disruptor_available(&g->ring, &g->stages[2], 9, &first), 0);
        assert_int_equal(disruptor_available(&g->ring, &g->stages[!slow], 9, &first), 3);
        disruptor_release(&g->stages[!slow], first, 3);
        assert_int_equal(disruptor_available(&g->ring, &g->stages[2], 9, &first), 0);
        assert_int_equal(disruptor_available(&g->ring, &g->stages[slow], 2, &first), 2);
        disruptor_release(&g->stages[slow], first, 2);
        assert_int_equal(disruptor_available(&g->ring, &g->stages[2], 9, &first), 2);
        free(g);
    }
}

static void too_many_links_are_refused(void **state)
{
    (void)state;
    struct graph *g = graph_new(2, 1, 0);
    for (int i = 0; i < DISRUPTOR_LINKS; i++) {
        assert_true(disruptor_gate(&g->ring, &g->stages[0]));
        assert_true(disruptor_follow(&g->stages[1], &g->stages[0]));
    }
    assert_false(disruptor_gate(&g->ring, &g->stages[0]));
    assert_false(disruptor_follow(&g->stages[1], &g->stages[0]));
    free(g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fan_out_gives_every_item_to_each),
        cmocka_unit_test(pipeline_keeps_its_order),
        cmocka_unit_test(diamond_joins_both_branches),
        cmocka_unit_test(slowest_gate_bounds_the_ring),
        cmocka_unit_test(barrier_is_the_slowest_that_is_followed),
        cmocka_unit_test(too_many_links_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
