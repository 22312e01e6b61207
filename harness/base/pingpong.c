// SPDX-License-Identifier: Apache-2.0
#include "base/pingpong.h"
#include "base/clock.h"
#include "base/cores.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
    CHUNKS = 32,           // the median is over these
    CHUNK_ROUNDS = 500,    // round trips in one
    LONGEST_NS = 10000000, // the game of chunks ends here
    PATIENCE = 4096,       // looks at the ball between two looks at the clock
};

enum partner { NOT_YET, PINNED, NOT_PINNED };

struct game {
    _Alignas(128) _Atomic uint64_t ball; // odd: on its way back
    _Alignas(128) atomic_bool over;
    _Alignas(128) atomic_int partner; // enum partner
    int server_cpu, partner_cpu;
    void (*play)(struct game *g); // by the server, with the partner in its place
    unsigned rounds;
    double rtt_ns;        // of chunks: the answer
    unsigned warm_rounds; // of single trips: not recorded
    uint64_t longest_ns;
    struct hist *times;
};

// No pause in the waiting loops: its length differs by a factor of ten between processors and would be
// measured instead of the distance.
static void *send_back(void *argument)
{
    struct game *g = argument;
    bool pinned = cores_pin(g->partner_cpu);
    atomic_store_explicit(&g->partner, pinned ? PINNED : NOT_PINNED, memory_order_release);
    while (pinned && !atomic_load_explicit(&g->over, memory_order_relaxed)) {
        uint64_t ball = atomic_load_explicit(&g->ball, memory_order_acquire);
        if (ball & 1)
            atomic_store_explicit(&g->ball, ball + 1, memory_order_release);
    }
    return NULL;
}

static void *serve(void *argument)
{
    struct game *g = argument;
    int partner;
    if (!cores_pin(g->server_cpu))
        return NULL;
    while ((partner = atomic_load_explicit(&g->partner, memory_order_acquire)) == NOT_YET)
        sched_yield();
    if (partner == PINNED)
        g->play(g);
    return NULL;
}

static void play_game(struct game *g)
{
    pthread_t server, partner;
    if (g->server_cpu == g->partner_cpu || pthread_create(&partner, NULL, send_back, g) != 0)
        return;
    if (pthread_create(&server, NULL, serve, g) == 0)
        pthread_join(server, NULL);
    atomic_store_explicit(&g->over, true, memory_order_relaxed);
    pthread_join(partner, NULL);
}

// False when the partner does not answer before the end: another program has its core.
static bool play_round(struct game *g, uint64_t end_ns)
{
    uint64_t ball = atomic_load_explicit(&g->ball, memory_order_relaxed);
    atomic_store_explicit(&g->ball, ball + 1, memory_order_release);
    for (unsigned looks = 0; atomic_load_explicit(&g->ball, memory_order_acquire) != ball + 2; looks++)
        if (looks >= PATIENCE) {
            if (clock_now_ns() >= end_ns)
                return false;
            looks = 0;
        }
    return true;
}

// --- the distance ----

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Nanoseconds of one round trip, over a chunk of them; 0 when it could not be played to its end.
static double play_chunk(struct game *g, unsigned rounds, uint64_t end_ns)
{
    uint64_t begin = clock_now_ns();
    for (unsigned i = 0; i < rounds; i++)
        if (!play_round(g, end_ns))
            return 0;
    return (double)(clock_now_ns() - begin) / rounds;
}

static void play_chunks(struct game *g)
{
    double chunk[CHUNKS];
    unsigned count = 0, per_chunk = g->rounds < CHUNK_ROUNDS ? g->rounds : CHUNK_ROUNDS;
    uint64_t end_ns = clock_now_ns() + LONGEST_NS;
    double rtt_ns = play_chunk(g, per_chunk, end_ns); // the first one warms up and is not counted
    while (rtt_ns > 0 && count < CHUNKS && count * per_chunk < g->rounds && clock_now_ns() < end_ns) {
        rtt_ns = play_chunk(g, per_chunk, end_ns);
        if (rtt_ns > 0)
            chunk[count++] = rtt_ns;
    }
    if (count == 0)
        return; // unknown
    qsort(chunk, count, sizeof chunk[0], by_size);
    g->rtt_ns = chunk[count / 2];
}

double pingpong_rtt_ns(int cpu_a, int cpu_b, unsigned rounds)
{
    struct game g = {.server_cpu = cpu_a,
                     .partner_cpu = cpu_b,
                     .play = play_chunks,
                     .rounds = rounds ? rounds : CHUNKS * CHUNK_ROUNDS};
    play_game(&g);
    return g.rtt_ns;
}

// --- each trip ----

static void play_trips(struct game *g)
{
    uint64_t end_ns = clock_now_ns() + g->longest_ns;
    for (unsigned round = 0; round < g->rounds; round++) {
        uint64_t begin = clock_now_ns();
        if (begin >= end_ns || !play_round(g, end_ns))
            return;
        uint64_t back = clock_now_ns();
        if (round >= g->warm_rounds)
            hist_record(g->times, back - begin);
    }
}

void pingpong_times(int cpu_a, int cpu_b, unsigned warm_rounds, unsigned rounds, double seconds,
                    struct hist *times)
{
    struct game g = {.server_cpu = cpu_a,
                     .partner_cpu = cpu_b,
                     .play = play_trips,
                     .rounds = rounds,
                     .warm_rounds = warm_rounds,
                     .longest_ns = (uint64_t)(seconds * 1e9),
                     .times = times};
    play_game(&g);
}

// --- what it means ----

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
