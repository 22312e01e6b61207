// SPDX-License-Identifier: Apache-2.0
#include "base/pingpong.h"
#include "base/cores.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum {
    CHUNKS = 32,           // the median is over these
    CHUNK_ROUNDS = 500,    // round trips in one
    LONGEST_NS = 10000000, // the game ends here
    PATIENCE = 4096,       // looks at the ball between two looks at the clock
};

struct pingpong {
    _Alignas(128) _Atomic uint64_t ball; // odd: on its way back
    _Alignas(128) atomic_bool over;
    int cpu;                // where the partner runs
    atomic_int partner_set; // 0 not yet, 1 pinned, 2 could not be
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

// No pause in the waiting loops: its length differs by a factor of ten between processors and would be
// measured instead of the distance.
static void *partner(void *argument)
{
    struct pingpong *p = argument;
    bool pinned = cores_pin(p->cpu);
    atomic_store_explicit(&p->partner_set, pinned ? 1 : 2, memory_order_release);
    while (pinned && !atomic_load_explicit(&p->over, memory_order_relaxed)) {
        uint64_t ball = atomic_load_explicit(&p->ball, memory_order_acquire);
        if (ball & 1)
            atomic_store_explicit(&p->ball, ball + 1, memory_order_release);
    }
    return NULL;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// False when the partner does not answer before the end: another program has its core.
static bool play_round(struct pingpong *p, uint64_t end_ns)
{
    uint64_t ball = atomic_load_explicit(&p->ball, memory_order_relaxed);
    atomic_store_explicit(&p->ball, ball + 1, memory_order_release);
    for (unsigned looks = 0; atomic_load_explicit(&p->ball, memory_order_acquire) != ball + 2; looks++)
        if (looks >= PATIENCE) {
            if (now_ns() >= end_ns)
                return false;
            looks = 0;
        }
    return true;
}

// Nanoseconds of one round trip, over a chunk of them; 0 when it could not be played to its end.
static double play_chunk(struct pingpong *p, unsigned rounds, uint64_t end_ns)
{
    uint64_t begin = now_ns();
    for (unsigned i = 0; i < rounds; i++)
        if (!play_round(p, end_ns))
            return 0;
    return (double)(now_ns() - begin) / rounds;
}

struct game {
    struct pingpong *table;
    int cpu;
    unsigned rounds;
    double rtt_ns;
};

static void *serve(void *argument)
{
    struct game *g = argument;
    if (!cores_pin(g->cpu))
        return NULL;
    while (atomic_load_explicit(&g->table->partner_set, memory_order_acquire) == 0)
        sched_yield();
    if (atomic_load_explicit(&g->table->partner_set, memory_order_acquire) != 1)
        return NULL;
    double chunk[CHUNKS];
    unsigned count = 0, per_chunk = g->rounds < CHUNK_ROUNDS ? g->rounds : CHUNK_ROUNDS;
    uint64_t end_ns = now_ns() + LONGEST_NS;
    double rtt_ns = play_chunk(g->table, per_chunk, end_ns); // the first one warms up and is not counted
    while (rtt_ns > 0 && count < CHUNKS && count * per_chunk < g->rounds && now_ns() < end_ns) {
        rtt_ns = play_chunk(g->table, per_chunk, end_ns);
        if (rtt_ns > 0)
            chunk[count++] = rtt_ns;
    }
    if (count == 0)
        return NULL; // unknown
    qsort(chunk, count, sizeof chunk[0], by_size);
    g->rtt_ns = chunk[count / 2];
    return NULL;
}

double pingpong_rtt_ns(int cpu_a, int cpu_b, unsigned rounds)
{
    if (cpu_a == cpu_b)
        return 0;
    struct pingpong table = {.cpu = cpu_b};
    struct game game = {.table = &table, .cpu = cpu_a, .rounds = rounds ? rounds : CHUNKS * CHUNK_ROUNDS};
    pthread_t a, b;
    if (pthread_create(&b, NULL, partner, &table) != 0)
        return 0;
    if (pthread_create(&a, NULL, serve, &game) == 0)
        pthread_join(a, NULL);
    atomic_store_explicit(&table.over, true, memory_order_relaxed);
    pthread_join(b, NULL);
    return game.rtt_ns;
}

enum pingpong_state pingpong_state_of(double rtt_ns)
{
    if (!(rtt_ns > 0))
        return PINGPONG_UNKNOWN;
    return rtt_ns < PINGPONG_NEAR_BELOW_NS ? PINGPONG_NEAR : PINGPONG_FAR;
}

const char *pingpong_state_name(enum pingpong_state state)
{
    static const char *const names[] = {"unknown", "near", "far"};
    return names[(unsigned)state <= PINGPONG_FAR ? state : PINGPONG_UNKNOWN];
}
