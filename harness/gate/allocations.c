// SPDX-License-Identifier: Apache-2.0
#include "gate/allocations.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

// A sanitizer's allocator and ours cannot both be called malloc.
#if defined(__GLIBC__) && !defined(GATE_SANITIZED)
#define COUNTABLE true
#else
#define COUNTABLE false
#endif

static _Atomic uint64_t *_Atomic counted;

bool allocations_countable(void)
{
    return COUNTABLE;
}

void allocations_count(_Atomic uint64_t *counter)
{
    atomic_store_explicit(&counted, counter, memory_order_relaxed);
}

void allocations_keep_memory(void)
{
#ifdef __GLIBC__
    enum { PAD = 64 << 20, SOME = 1 << 20 };
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, INT_MAX);
    mallopt(M_TOP_PAD, PAD);
    void *volatile some = malloc(SOME); // gets the pad with it
    free(some);
#endif
}

#if defined(__GLIBC__) && !defined(GATE_SANITIZED)
// glibc's own, which it keeps under these names for programs that bring theirs.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

static void count_one(void)
{
    _Atomic uint64_t *counter = atomic_load_explicit(&counted, memory_order_relaxed);
    if (counter)
        atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void *malloc(size_t size)
{
    count_one();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    count_one();
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    count_one();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size)
{
    count_one();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count_one();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    if (alignment < sizeof(void *) || (alignment & (alignment - 1)) != 0)
        return EINVAL;
    int before = errno; // POSIX: it answers, and leaves errno alone
    count_one();
    void *got = __libc_memalign(alignment, size);
    errno = before;
    if (got == NULL)
        return ENOMEM;
    *memory = got;
    return 0;
}

void free(void *memory)
{
    __libc_free(memory);
}
#endif
