// SPDX-License-Identifier: Apache-2.0
// Payloads, and the pool that records come from.
//
// The pool follows the magazine scheme of Bonwick and Adams ("Magazines and Vmem", USENIX 2001): every thread
// keeps up to two short chains of free records per size class and trades whole chains with a shared depot, so
// that the depot's lock is taken once per chain and never while a list is walked.
#include "flow/record.h"

#include <endian.h>
#include <pthread.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

// ---- payload ----
#define GOLDEN 0x9e3779b97f4a7c15ull

__extension__ typedef unsigned __int128 wide;

static inline uint64_t mix(uint64_t x)
{
    // The finalizer of MurmurHash3 (public domain, Austin Appleby): full avalanche, used for keys only.
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdull;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ull;
    return x ^ (x >> 33);
}

static uint64_t payload_key(uint64_t seed, unsigned source, unsigned sender, uint64_t seq,
                            unsigned record_class)
{
    uint64_t who =
        (uint64_t)(source & 0xffffu) << 32 | (uint64_t)(sender & 0xffffu) << 16 | (record_class & 0xffu);
    return mix(mix(seed + GOLDEN) ^ mix(who + 2 * GOLDEN) ^ mix(seq + 3 * GOLDEN));
}

// Sixteen characters of '^' .. '}', which hold neither quote nor backslash nor control character. A block
// depends on its index alone and not on the one before, so that the processor works on several at once; a
// payload of n bytes is the beginning of every longer one with the same identity.
enum { BLOCK = 16 };

struct block {
    uint64_t low, high;
};

static inline struct block payload_block(uint64_t key, uint64_t i)
{
    const uint64_t five_bits = 0x1f1f1f1f1f1f1f1full, first = 0x5e5e5e5e5e5e5e5eull;
    uint64_t x = key + i * GOLDEN;
    x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ull;
    x ^= x >> 29;
    return (struct block){htole64((x & five_bits) + first), htole64((x >> 3 & five_bits) + first)};
}

void payload_fill(unsigned char *to, size_t size, uint64_t seed, unsigned source, unsigned sender,
                  uint64_t seq, unsigned record_class)
{
    uint64_t key = payload_key(seed, source, sender, seq, record_class);
    size_t blocks = size / BLOCK;
    for (size_t i = 0; i < blocks; i++) {
        struct block b = payload_block(key, i);
        memcpy(to + i * BLOCK, &b.low, 8);
        memcpy(to + i * BLOCK + 8, &b.high, 8);
    }
    if (size % BLOCK == 0) // nothing left; `to` may be NULL when size is 0
        return;
    struct block last = payload_block(key, blocks);
    memcpy(to + blocks * BLOCK, &last, size % BLOCK);
}

bool payload_matches(const unsigned char *p, size_t size, uint64_t seed, unsigned source, unsigned sender,
                     uint64_t seq, unsigned record_class)
{
    uint64_t key = payload_key(seed, source, sender, seq, record_class);
    size_t blocks = size / BLOCK;
    uint64_t difference = 0;
    for (size_t i = 0; i < blocks; i++) {
        struct block is, should = payload_block(key, i);
        memcpy(&is, p + i * BLOCK, BLOCK);
        difference |= (is.low ^ should.low) | (is.high ^ should.high);
    }
    if (difference != 0 || size % BLOCK == 0)
        return difference == 0;
    struct block last = payload_block(key, blocks);
    return memcmp(p + blocks * BLOCK, &last, size % BLOCK) == 0;
}

static inline uint64_t fold(uint64_t a, uint64_t b)
{
    wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t payload_hash(const unsigned char *p, size_t size)
{
    uint64_t h = mix(size + GOLDEN);
    size_t words = size / 8;
    for (size_t i = 0; i < words; i++) {
        uint64_t w;
        memcpy(&w, p + i * 8, 8);
        h = fold(h ^ le64toh(w), 0xd6e8feb86659fd93ull) + GOLDEN;
    }
    uint64_t last = 0;
    if (size % 8 != 0)
        memcpy(&last, p + words * 8, size % 8);
    return mix(h ^ le64toh(last));
}

// ---- pool ----
// With AddressSanitizer a record in the pool may not be touched, except for its link.
#if defined(__SANITIZE_ADDRESS__)
#define POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISON 1
#endif
#endif
#ifdef POISON
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
#endif

enum {
    SMALLEST = 64,            // payload bytes of class 0; class k holds SMALLEST << k
    CLASSES = 15,             // up to 1 MiB; anything larger comes from malloc one by one
    LARGE = CLASSES,          // pool_class of those
    CHAIN_BYTES = 128 * 1024, // a chain is about so much memory at most ...
    CHAIN_MOST = 64,          // ... and so many records at most
    LINE = 64,
};

// Free records, linked by `next`. The chain's own link in the depot is kept in its first record.
struct free_record {
    struct free_record *next;
    struct free_record *next_chain;
    size_t count;
};

struct magazine {
    struct free_record *first;
    size_t count;
};

struct cache {
    struct cache *next_all;  // every cache of the pool, for destroy
    struct cache *next_idle; // caches whose thread has ended
    struct record_pool *pool;
    struct {
        struct magazine at_hand, spare; // spare is empty or full
    } by_class[CLASSES];
};

struct slab {
    struct slab *next;
    alignas(LINE) unsigned char bytes[];
};

struct depot {
    alignas(LINE) pthread_mutex_t lock;
    struct free_record *chains;
    struct slab *slabs;
    size_t block, chain; // bytes of a record with its header; records of a full chain
};

struct link {
    struct link *previous, *next;
};

struct large {
    struct link link; // first: a link is the record's beginning
    size_t size;      // of the whole
    alignas(16) unsigned char bytes[];
};

struct record_pool {
    struct depot depots[CLASSES];
    pthread_key_t key; // this thread's cache
    pthread_mutex_t lock;
    struct cache *all, *idle;
    struct link large; // ring of the records beyond the classes
    struct pool_watch watch;
    _Atomic uint64_t bytes; // slabs and large records
    atomic_flag told;       // the limit has been reached
};

static unsigned class_of(size_t bytes)
{
    if (bytes <= SMALLEST)
        return 0;
    if (bytes > (size_t)SMALLEST << (CLASSES - 1))
        return LARGE;
    return 64u - (unsigned)__builtin_clzll((bytes - 1) / SMALLEST);
}

// The pool has grown. Rare: once a slab, or for a record that is larger than any class.
static void note_bytes(struct record_pool *p, size_t more)
{
    uint64_t now = atomic_fetch_add_explicit(&p->bytes, more, memory_order_relaxed) + more;
    if (p->watch.peak_bytes == NULL)
        return;
    uint64_t seen = atomic_load_explicit(p->watch.peak_bytes, memory_order_relaxed);
    while (now > seen && !atomic_compare_exchange_weak_explicit(p->watch.peak_bytes, &seen, now,
                                                                memory_order_relaxed, memory_order_relaxed))
        ;
    if (p->watch.limit_bytes && now > p->watch.limit_bytes && !atomic_flag_test_and_set(&p->told))
        p->watch.reached(p->watch.context);
}

static void depot_push(struct depot *d, struct magazine *m)
{
    if (m->first == NULL)
        return;
    m->first->count = m->count;
    pthread_mutex_lock(&d->lock);
    m->first->next_chain = d->chains;
    d->chains = m->first;
    pthread_mutex_unlock(&d->lock);
    *m = (struct magazine){0};
}

// Carves one slab into a chain. Called without the lock: growing is rare and must not stop the others.
static struct magazine depot_grow(struct record_pool *p, struct depot *d)
{
    size_t bytes = sizeof(struct slab) + d->block * d->chain;
    struct slab *s = aligned_alloc(LINE, bytes);
    if (s == NULL)
        return (struct magazine){0};
    note_bytes(p, bytes);
    struct magazine m = {.count = d->chain};
    for (size_t i = d->chain; i-- > 0;) {
        struct free_record *f = (struct free_record *)(void *)(s->bytes + i * d->block);
        f->next = m.first;
        m.first = f;
        HIDE((unsigned char *)f + sizeof *f, d->block - sizeof *f);
    }
    pthread_mutex_lock(&d->lock);
    s->next = d->slabs;
    d->slabs = s;
    pthread_mutex_unlock(&d->lock);
    return m;
}

static struct magazine depot_pop(struct record_pool *p, struct depot *d)
{
    pthread_mutex_lock(&d->lock);
    struct free_record *f = d->chains;
    struct magazine m = {0};
    if (f != NULL) {
        d->chains = f->next_chain;
        m = (struct magazine){f, f->count};
    }
    pthread_mutex_unlock(&d->lock);
    return f != NULL ? m : depot_grow(p, d);
}

// A thread has ended: its free records go back, and the cache waits for the next new thread.
static void cache_retire(void *cache)
{
    struct cache *c = cache;
    struct record_pool *p = c->pool;
    for (unsigned k = 0; k < CLASSES; k++) {
        depot_push(&p->depots[k], &c->by_class[k].at_hand);
        depot_push(&p->depots[k], &c->by_class[k].spare);
    }
    pthread_mutex_lock(&p->lock);
    c->next_idle = p->idle;
    p->idle = c;
    pthread_mutex_unlock(&p->lock);
}

static __attribute__((noinline)) struct cache *cache_new(struct record_pool *p)
{
    pthread_mutex_lock(&p->lock);
    struct cache *c = p->idle;
    if (c != NULL)
        p->idle = c->next_idle;
    else if ((c = aligned_alloc(LINE, (sizeof *c + LINE - 1) / LINE * LINE)) != NULL) {
        memset(c, 0, sizeof *c);
        c->pool = p;
        c->next_all = p->all;
        p->all = c;
    }
    pthread_mutex_unlock(&p->lock);
    if (c != NULL && pthread_setspecific(p->key, c) != 0) {
        cache_retire(c);
        return NULL;
    }
    return c;
}

static inline struct cache *cache_mine(struct record_pool *p)
{
    struct cache *c = pthread_getspecific(p->key);
    return c != NULL ? c : cache_new(p);
}

struct record_pool *record_pool_create(void)
{
    struct record_pool *p = aligned_alloc(LINE, sizeof *p);
    if (p == NULL)
        return NULL;
    memset(p, 0, sizeof *p);
    // The destructor runs for threads that end while the pool lives; deleting the key switches it off.
    if (pthread_key_create(&p->key, cache_retire) != 0) {
        free(p);
        return NULL;
    }
    pthread_mutex_init(&p->lock, NULL);
    p->large.previous = p->large.next = &p->large;
    atomic_flag_clear(&p->told);
    for (unsigned k = 0; k < CLASSES; k++) {
        struct depot *d = &p->depots[k];
        pthread_mutex_init(&d->lock, NULL);
        d->block = (sizeof(struct record) + ((size_t)SMALLEST << k) + LINE - 1) / LINE * LINE;
        d->chain = CHAIN_BYTES / d->block;
        d->chain = d->chain < 1 ? 1 : d->chain > CHAIN_MOST ? CHAIN_MOST : d->chain;
    }
    return p;
}

void record_pool_watch(struct record_pool *p, struct pool_watch watch)
{
    p->watch = watch;
}

static void slabs_free(struct depot *d)
{
    while (d->slabs != NULL) {
        struct slab *s = d->slabs;
        d->slabs = s->next;
        SHOW(s, sizeof *s + d->block * d->chain);
        free(s);
    }
}

void record_pool_destroy(struct record_pool *p)
{
    if (p == NULL)
        return;
    pthread_key_delete(p->key);
    for (unsigned k = 0; k < CLASSES; k++) {
        slabs_free(&p->depots[k]);
        pthread_mutex_destroy(&p->depots[k].lock);
    }
    while (p->all != NULL) {
        struct cache *c = p->all;
        p->all = c->next_all;
        free(c);
    }
    for (struct link *l = p->large.next, *next; l != &p->large; l = next) {
        next = l->next;
        free(l);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static struct record *large_take(struct record_pool *p, size_t bytes)
{
    if (bytes > UINT32_MAX)
        return NULL;
    size_t whole = sizeof(struct large) + sizeof(struct record) + bytes;
    struct large *l = malloc(whole);
    if (l == NULL)
        return NULL;
    l->size = whole;
    note_bytes(p, whole);
    pthread_mutex_lock(&p->lock);
    l->link = (struct link){&p->large, p->large.next};
    l->link.next->previous = &l->link;
    p->large.next = &l->link;
    pthread_mutex_unlock(&p->lock);
    return (struct record *)(void *)l->bytes;
}

static void large_give(struct record_pool *p, struct record *r)
{
    struct large *l = (struct large *)(void *)((unsigned char *)r - offsetof(struct large, bytes));
    pthread_mutex_lock(&p->lock);
    l->link.previous->next = l->link.next;
    l->link.next->previous = l->link.previous;
    pthread_mutex_unlock(&p->lock);
    atomic_fetch_sub_explicit(&p->bytes, l->size, memory_order_relaxed);
    free(l);
}

// Header fields are zeroed so that nobody depends on what an earlier life left behind.
static inline struct record *fresh(struct record *r, unsigned class, size_t bytes)
{
    memset(r, 0, sizeof *r);
    r->pool_class = (uint8_t) class;
    r->branch = -1;
    r->size = (uint32_t)bytes;
    return r;
}

struct record *record_take(struct record_pool *p, size_t payload_bytes)
{
    unsigned k = class_of(payload_bytes);
    if (k == LARGE) {
        struct record *r = large_take(p, payload_bytes);
        return r != NULL ? fresh(r, k, payload_bytes) : NULL;
    }
    struct cache *c = cache_mine(p);
    if (c == NULL)
        return NULL;
    struct magazine *m = &c->by_class[k].at_hand;
    if (m->count == 0) {
        *m = c->by_class[k].spare.count != 0 ? c->by_class[k].spare : depot_pop(p, &p->depots[k]);
        c->by_class[k].spare = (struct magazine){0};
        if (m->count == 0)
            return NULL;
    }
    struct free_record *f = m->first;
    m->first = f->next;
    m->count--;
    SHOW(f, p->depots[k].block);
    return fresh((struct record *)(void *)f, k, payload_bytes);
}

void record_give(struct record_pool *p, struct record *r)
{
    unsigned k = r->pool_class;
    if (k == LARGE) {
        large_give(p, r);
        return;
    }
    struct cache *c = cache_mine(p);
    struct free_record *f = (struct free_record *)(void *)r;
    HIDE((unsigned char *)f + sizeof *f, p->depots[k].block - sizeof *f);
    if (c == NULL) { // no memory for a cache: a chain of one
        *f = (struct free_record){0};
        depot_push(&p->depots[k], &(struct magazine){f, 1});
        return;
    }
    struct magazine *m = &c->by_class[k].at_hand;
    if (m->count == p->depots[k].chain) {
        depot_push(&p->depots[k], &c->by_class[k].spare);
        c->by_class[k].spare = *m;
        *m = (struct magazine){0};
    }
    f->next = m->first;
    m->first = f;
    m->count++;
}

size_t record_room(const struct record *r)
{
    return r->pool_class == LARGE ? r->size : (size_t)SMALLEST << r->pool_class;
}

struct record *record_grow(struct record_pool *p, struct record *r, size_t payload_bytes)
{
    struct record *bigger = record_take(p, payload_bytes);
    if (bigger == NULL)
        return NULL;
    uint8_t pool_class = bigger->pool_class;
    *bigger = *r;
    bigger->pool_class = pool_class;
    memcpy(bigger->payload, r->payload, r->size);
    record_give(p, r);
    return bigger;
}
