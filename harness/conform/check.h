// SPDX-License-Identifier: Apache-2.0
// What the checks are written with. Only inside harness/conform.
//
// A check is a function that returns when all is well. Whatever is wrong ends it at once, in any thread: the
// verdict lies in memory shared with the parent, and the child is gone with its threads.
#ifndef WEIR_CONFORM_CHECK_H
#define WEIR_CONFORM_CHECK_H

#include "conform/conform.h"
#include "queue/queue.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A race detector needs the interleavings, not the volume, and runs some twenty times slower.
#if defined(__SANITIZE_THREAD__)
#define CONFORM_SLOW 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define CONFORM_SLOW 1
#endif
#endif
#ifndef CONFORM_SLOW
#define CONFORM_SLOW 0
#endif

#define NEVER     UINT64_MAX
#define NEAR_2_32 (((uint64_t)1 << 32) - 5)
#define NEAR_2_63 (((uint64_t)1 << 63) - 5)
#define NEAR_2_64 (UINT64_MAX - 4)

struct conform_page; // shared with the parent

struct conform {
    const struct weir_queue_ops *ops;
    const struct conform_options *options;
    struct conform_page *page;
};

#define PRINTF(at) __attribute__((format(printf, at, at + 1)))

// Ends the child with this verdict; the first of several threads wins.
_Noreturn PRINTF(2) void conform_fail(struct conform *c, const char *format, ...);
_Noreturn void conform_skip(struct conform *c, const char *why);

// What the verdict of a check that passes says.
PRINTF(2) void conform_saw(struct conform *c, const char *format, ...);

// What is being tried, for the verdict of a check that crashes, hangs or fails. The main thread only.
PRINTF(2) void conform_trying(struct conform *c, const char *format, ...);

#define EXPECT(c, condition, ...)                                                                            \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            conform_fail((c), __VA_ARGS__);                                                                  \
    } while (0)

static inline bool conform_can(const struct conform *c, uint32_t flags)
{
    return (c->ops->caps & flags) != 0;
}

// 1, or 2 where a queue may choose another algorithm for several producers.
static inline unsigned conform_most_producers(const struct conform *c)
{
    return conform_can(c, WEIR_Q_MULTI_PRODUCER) ? 2 : 1;
}

// Counts through the numbers of threads, 1 or 2 on either side, for which a queue may choose another
// algorithm. False when there are no more.
static inline bool conform_sides(const struct conform *c, unsigned index, unsigned *producers,
                                 unsigned *consumers)
{
    unsigned most = conform_most_producers(c);
    *producers = 1 + index % most;
    *consumers = 1 + index / most;
    return *consumers <= (conform_can(c, WEIR_Q_MULTI_CONSUMER) ? 2u : 1u);
}

// Never NULL: a queue that cannot be made fails the check.
struct weir_queue *conform_make(struct conform *c, size_t capacity, enum weir_wait_kind wait,
                                unsigned producers, unsigned consumers, uint64_t start);

// The same where producers pop, too (WEIR_Q_EVICT): the others promise that they will not.
struct weir_queue *conform_make_evicting(struct conform *c, size_t capacity, enum weir_wait_kind wait,
                                         unsigned producers, unsigned consumers, uint64_t start);

// A thread that could not be made fails the check, as nothing was seen.
void conform_thread(struct conform *c, pthread_t *id, void *(*run)(void *), void *argument);

uint64_t conform_random(uint64_t *state); // xorshift (Marsaglia 2003); *state is not 0

const char *conform_wake_name(enum weir_wake wake);

// The checks, a file each.
void check_table(struct conform *c);
void check_refusals(struct conform *c);
void check_small_capacities(struct conform *c);
void check_random_batches(struct conform *c);
void check_close_drains(struct conform *c);
void check_in_place(struct conform *c);
void check_wide_slots(struct conform *c);
void check_exact_capacity(struct conform *c);
void check_order(struct conform *c);
void check_close_race(struct conform *c);
void check_evict(struct conform *c);
void check_deadlines(struct conform *c);
void check_close_wakes(struct conform *c);
void check_wait_for_all(struct conform *c);
void check_wake_ups(struct conform *c);
void check_histories(struct conform *c);

#endif
