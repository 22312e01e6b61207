// SPDX-License-Identifier: Apache-2.0
#include "bench/limit.h"
#include "base/clock.h"
#include "base/cores.h"
#include "queue/port.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FLAG_WORDS = WEIR_LINE / 8, MAX_RING_LINES = 1 << 16 };

// A ring of blocks, each a flag in lines of its own and then the payload.
struct stream {
    uint64_t *memory;
    size_t count, words, stride; // blocks; words of payload in one; words from one to the next
    int cpu[2];
    atomic_bool stop;
    uint64_t written, read;    // blocks
    uint64_t sum_in, sum_out;  // of all words
    uint64_t begin_ns, end_ns; // first write, last read
    atomic_bool over;          // the writer has finished
    bool pinned[2];
};

// The lap it was filled in, 0: empty.
static _Atomic uint64_t *flag_of(const struct stream *s, uint64_t block)
{
    return (_Atomic uint64_t *)(s->memory + block % s->count * s->stride);
}

static uint64_t *payload_of(const struct stream *s, uint64_t block)
{
    return s->memory + block % s->count * s->stride + FLAG_WORDS;
}

static void *write_blocks(void *argument)
{
    struct stream *s = argument;
    s->pinned[0] = cores_pin(s->cpu[0]);
    s->begin_ns = clock_mono_ns();
    while (s->written == 0 || !atomic_load_explicit(&s->stop, memory_order_relaxed)) {
        _Atomic uint64_t *flag = flag_of(s, s->written);
        if (atomic_load_explicit(flag, memory_order_acquire) != 0) {
            weir_cpu_pause();
            continue;
        }
        uint64_t *words = payload_of(s, s->written), value = ++s->written, n = s->words;
        for (size_t i = 0; i < n; i++)
            words[i] = value + i;
        s->sum_in += value * n + n * (n - 1) / 2;
        atomic_store_explicit(flag, value, memory_order_release);
    }
    atomic_store_explicit(&s->over, true, memory_order_release);
    return NULL;
}

static void *read_blocks(void *argument)
{
    struct stream *s = argument;
    s->pinned[1] = cores_pin(s->cpu[1]);
    for (;;) {
        bool over = atomic_load_explicit(&s->over, memory_order_acquire);
        _Atomic uint64_t *flag = flag_of(s, s->read);
        if (atomic_load_explicit(flag, memory_order_acquire) == 0) {
            if (over)
                break;
            weir_cpu_pause();
            continue;
        }
        const uint64_t *words = payload_of(s, s->read);
        uint64_t sum = 0;
        for (size_t i = 0; i < s->words; i++)
            sum += words[i];
        s->sum_out += sum;
        s->read++;
        atomic_store_explicit(flag, 0, memory_order_release);
    }
    s->end_ns = clock_mono_ns();
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
    return good ? (double)(s->end_ns - s->begin_ns) / ((double)s->read * (double)s->words / 8) : 0;
}

// One shape of the ring; 0: unknown.
static double stream_shape(int cpu_a, int cpu_b, size_t blocks, size_t lines, double seconds)
{
    struct stream s = {.count = blocks, .words = lines * 8, .cpu = {cpu_a, cpu_b}};
    s.stride = s.words + FLAG_WORDS;
    s.stride = (s.stride + FLAG_WORDS - 1) / FLAG_WORDS * FLAG_WORDS;
    s.memory = aligned_alloc(WEIR_LINE, blocks * s.stride * sizeof *s.memory);
    if (s.memory == NULL)
        return 0;
    memset(s.memory, 0, blocks * s.stride * sizeof *s.memory);
    double ns = stream_for(&s, seconds);
    free(s.memory);
    return ns;
}

double limit_ns_per_line(int cpu_a, int cpu_b, size_t ring_bytes, double seconds)
{
    static const size_t block_lines[] = {8, 32, 64};
    size_t lines = ring_bytes / 64, shapes = 0;
    double best = 0;
    if (cpu_a == cpu_b)
        return 0;
    lines = lines < MAX_RING_LINES ? lines : MAX_RING_LINES;
    for (int part = 1; part <= 4; part *= 4)
        for (size_t i = 0; i < sizeof block_lines / sizeof *block_lines; i++) {
            size_t blocks = lines / (size_t)part / block_lines[i];
            if (blocks < 4 && shapes++ > 0)
                continue; // measured already, or smaller than a ring can be
            double ns = stream_shape(cpu_a, cpu_b, blocks < 4 ? 4 : blocks, block_lines[i], seconds / 4);
            best = ns > 0 && (best == 0 || ns < best) ? ns : best;
        }
    return best;
}
