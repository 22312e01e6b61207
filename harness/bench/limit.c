// SPDX-License-Identifier: Apache-2.0
#include "bench/limit.h"
#include "queue/port.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BLOCK_WORDS = 512, BLOCK_LINES = BLOCK_WORDS * 8 / 64, MAX_BLOCKS = 1024 };

struct block {
    WEIR_ALIGNED uint64_t words[BLOCK_WORDS];
    WEIR_ALIGNED _Atomic uint64_t full; // the lap it was filled in, 0: empty
};

struct stream {
    struct block *blocks;
    size_t count;
    int cpu[2];
    atomic_bool stop;
    uint64_t written, read;    // blocks
    uint64_t sum_in, sum_out;  // of all words
    uint64_t begin_ns, end_ns; // first write, last read
    atomic_bool over;          // the writer has finished
    bool pinned[2];
};

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static bool pin(int cpu)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

static void *write_blocks(void *argument)
{
    struct stream *s = argument;
    s->pinned[0] = pin(s->cpu[0]);
    s->begin_ns = now_ns();
    while (s->written == 0 || !atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        struct block *b = &s->blocks[s->written % s->count];
        if (atomic_load_explicit(&b->full, memory_order_acquire) != 0) {
            weir_cpu_pause();
            continue;
        }
        uint64_t value = ++s->written;
        for (size_t i = 0; i < BLOCK_WORDS; i++)
            b->words[i] = value + i;
        s->sum_in += value * BLOCK_WORDS + (uint64_t)BLOCK_WORDS * (BLOCK_WORDS - 1) / 2;
        atomic_store_explicit(&b->full, value, memory_order_release);
    }
    atomic_store_explicit(&s->over, true, memory_order_release);
    return NULL;
}

static void *read_blocks(void *argument)
{
    struct stream *s = argument;
    s->pinned[1] = pin(s->cpu[1]);
    for (;;) {
        bool over = atomic_load_explicit(&s->over, memory_order_acquire);
        struct block *b = &s->blocks[s->read % s->count];
        if (atomic_load_explicit(&b->full, memory_order_acquire) == 0) {
            if (over)
                break;
            weir_cpu_pause();
            continue;
        }
        uint64_t sum = 0;
        for (size_t i = 0; i < BLOCK_WORDS; i++)
            sum += b->words[i];
        s->sum_out += sum;
        s->read++;
        atomic_store_explicit(&b->full, 0, memory_order_release);
        s->end_ns = now_ns();
    }
    return NULL;
}

static double stream_for(struct stream *s, double seconds)
{
    pthread_t writer, reader;
    if (pthread_create(&reader, NULL, read_blocks, s) != 0)
        return 0;
    bool writing = pthread_create(&writer, NULL, write_blocks, s) == 0;
    struct timespec span = {.tv_sec = (time_t)seconds,
                            .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    if (writing) {
        nanosleep(&span, NULL);
        atomic_store_explicit(&s->stop, true, memory_order_relaxed);
        pthread_join(writer, NULL);
    }
    atomic_store_explicit(&s->over, true, memory_order_release);
    pthread_join(reader, NULL);
    bool good = writing && s->pinned[0] && s->pinned[1] && s->read > 0 && s->read == s->written &&
                s->sum_in == s->sum_out;
    return good ? (double)(s->end_ns - s->begin_ns) / ((double)s->read * BLOCK_LINES) : 0;
}

double limit_ns_per_line(int cpu_a, int cpu_b, size_t ring_bytes, double seconds)
{
    if (cpu_a == cpu_b)
        return 0;
    size_t count = ring_bytes / (BLOCK_WORDS * 8);
    count = count < 4 ? 4 : count > MAX_BLOCKS ? MAX_BLOCKS : count;
    struct stream s = {.count = count, .cpu = {cpu_a, cpu_b}};
    s.blocks = aligned_alloc(WEIR_LINE, count * sizeof *s.blocks);
    if (s.blocks == NULL)
        return 0;
    memset(s.blocks, 0, count * sizeof *s.blocks);
    double ns = stream_for(&s, seconds);
    free(s.blocks);
    return ns;
}
