// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ALIGN = 64 }; // a cache line: what two processes count in never shares one by accident

struct arena {
    size_t size, used; // of the whole mapping, this header included
    void *root;
};

static size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

// The first page holds the header alone, so that a reset can give back all the others.
static size_t first_free(void)
{
    return page_size();
}

struct arena *arena_create(size_t reserve_bytes)
{
    if (reserve_bytes > SIZE_MAX / 2)
        return NULL;
    size_t size = first_free() + round_up(reserve_bytes, page_size());
    void *m = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (m == MAP_FAILED)
        return NULL;
    struct arena *a = m;
    a->size = size;
    a->used = first_free();
    return a;
}

void arena_destroy(struct arena *a)
{
    if (a != NULL)
        munmap(a, a->size);
}

void arena_reset(struct arena *a)
{
    // MADV_REMOVE punches a hole: unlike MADV_DONTNEED it frees the pages of a shared mapping, and they read
    // as zero.
    char *start = (char *)a + first_free();
    if (a->used > first_free() &&
        madvise(start, round_up(a->used - first_free(), page_size()), MADV_REMOVE) != 0)
        memset(start, 0, a->used - first_free());
    a->used = first_free();
    a->root = NULL;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    size_t left = a->size - a->used;
    if (bytes > left || round_up(bytes, ALIGN) > left) {
        fprintf(stderr, "weir: shared memory exhausted: %zu bytes asked for, %zu of %zu left\n", bytes, left,
                a->size);
        abort();
    }
    void *p = (char *)a + a->used;
    a->used += round_up(bytes, ALIGN);
    return p;
}

void arena_set_root(struct arena *a, void *root)
{
    a->root = root;
}

void *arena_root(const struct arena *a)
{
    return a->root;
}
