// SPDX-License-Identifier: Apache-2.0
// Everything a queue algorithm needs beside C itself, so that the algorithm can be read by a model checker.
//
// This is the only file under impl/queue that looks at WEIR_MODEL. With it the pause, prefetch and alignment
// vanish, timed waits become untimed, linked segments become tiny, and WEIR_STEP() may be defined by the
// checker as its scheduling hook.
#ifndef WEIR_QUEUE_PORT_H
#define WEIR_QUEUE_PORT_H

#include "queue/cxx.h"
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef WEIR_MODEL

#define WEIR_LINE 8
#define WEIR_ALIGNED
#define WEIR_SEGMENT_ITEMS           2
#define WEIR_PATIENCE                0
#define WEIR_STATE_LINE_ITEMS        1
#define WEIR_FENCE_LIGHT()           atomic_thread_fence(memory_order_seq_cst)
#define weir_fence_heavy()           atomic_thread_fence(memory_order_seq_cst)
#define weir_fence_ready()           true
#define weir_cpu_pause()             ((void)0)
#define weir_give_way()              ((void)0)
#define weir_prefetch_write(address) ((void)(address))
#define weir_prefetch_read(address)  ((void)(address))
#define WEIR_COND_INIT(cond)         pthread_cond_init((cond), NULL)
#define WEIR_COND_WAIT_UNTIL(cond, mutex, deadline_ns)                                                       \
    ((void)(deadline_ns), pthread_cond_wait((cond), (mutex)))
#ifndef WEIR_STEP
#define WEIR_STEP() ((void)0)
#endif

#else

#include "wait/fence.h"
#include <sched.h>
#include <time.h>

// Two lines of 64 bytes: the adjacent-line prefetcher fetches pairs, so 64 would still share.
#define WEIR_LINE             128
#define WEIR_ALIGNED          alignas(WEIR_LINE)
#define WEIR_SEGMENT_ITEMS    126 // a segment of the unbounded queue is 1 KiB
#define WEIR_STATE_LINE_ITEMS 7   // items in a line of 64 bytes, each with a byte of state
#define WEIR_PATIENCE         1   // 0: who would sleep in the end sleeps at once
#define WEIR_STEP()           ((void)0)

// Tells the core that this is a spin loop; a few to some hundred cycles.
static inline void weir_cpu_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ __volatile__("yield");
#endif
}

// Lets another thread have this core, when one wants it.
static inline void weir_give_way(void)
{
    sched_yield();
}

// Asks for a line, to write it: from whoever has it. The builtin would only read it on a plain x86-64, and a
// line that is shared first has to be asked for again; the instruction itself does nothing where it is
// unknown.
static inline void weir_prefetch_write(const void *address)
{
#if defined(__x86_64__)
    __asm__ __volatile__("prefetchw %0" : : "m"(*(const char *)address));
#else
    __builtin_prefetch(address, 1, 3);
#endif
}

static inline void weir_prefetch_read(const void *address)
{
    __builtin_prefetch(address, 0, 3);
}

// A condition variable whose deadlines are CLOCK_MONOTONIC.
static inline int weir_cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    int error = pthread_condattr_init(&attr);
    if (error)
        return error;
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    error = pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
    return error;
}

// Answers 0, or ETIMEDOUT once CLOCK_MONOTONIC is past deadline_ns (UINT64_MAX: never).
static inline int weir_cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    if (deadline_ns == UINT64_MAX)
        return pthread_cond_wait(cond, mutex);
    struct timespec at;
    at.tv_sec = (time_t)(deadline_ns / 1000000000u);
    at.tv_nsec = (long)(deadline_ns % 1000000000u);
    return pthread_cond_timedwait(cond, mutex, &at);
}
#define WEIR_COND_INIT(cond)                           weir_cond_init(cond)
#define WEIR_COND_WAIT_UNTIL(cond, mutex, deadline_ns) weir_cond_wait_until((cond), (mutex), (deadline_ns))

#endif // WEIR_MODEL

// Locks. While another thread holds it, for which some nanoseconds are typical, looks again after 1, 2, 4,
// ... pauses before the kernel does the waiting. Meanwhile the holder can come back a few times, which moves
// more than handing the lock's cache line over each time.
static inline void weir_lock_patiently(pthread_mutex_t *lock)
{
    for (unsigned pauses = 1; WEIR_PATIENCE && pauses <= 64; pauses *= 2) {
        if (pthread_mutex_trylock(lock) == 0)
            return;
        for (unsigned i = 0; i < pauses; i++)
            weir_cpu_pause();
    }
    pthread_mutex_lock(lock);
}

// What is rare, out of the way of what is not; and what is better called than copied to where it is used.
#define WEIR_COLD       __attribute__((noinline, cold, unused))
#define WEIR_APART      __attribute__((noinline, unused))
#define WEIR_LINE_WORDS 8 // words of a cache line that two cores hand over

#define weir_unlikely(condition) __builtin_expect(!!(condition), 0)

// Copies n words; they do not overlap. For short runs, where a call or a string instruction costs more than
// the words: sizes that the compiler knows become a few wide moves.
static inline void weir_copy_words(uint64_t *to, const uint64_t *from, size_t n)
{
#ifdef WEIR_MODEL // a checker sees one access a word
    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
#else
    for (; n >= 8; n -= 8, to += 8, from += 8)
        memcpy(to, from, 8 * sizeof *to);
    if (n & 4) {
        memcpy(to, from, 4 * sizeof *to);
        to += 4, from += 4;
    }
    if (n & 2) {
        memcpy(to, from, 2 * sizeof *to);
        to += 2, from += 2;
    }
    if (n & 1)
        *to = *from;
#endif
}

// Where an algorithm says what a caller cannot see: push_turn and pop_turn at each turn of a loop that tries
// again when another thread was faster. Nothing, except in a counted build (see counted.h).
#ifdef WEIR_QUEUE_COUNTED
static _Thread_local uint64_t weir_stat_push_turn, weir_stat_pop_turn;
#define WEIR_STAT(event) ((void)weir_stat_##event++)
#else
#define WEIR_STAT(event) ((void)0)
#endif

// The linked queue's memory.
#ifndef WEIR_NEW
#define WEIR_NEW(bytes)     malloc(bytes)
#define WEIR_DELETE(memory) free(memory)
#endif

#endif
