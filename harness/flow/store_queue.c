// SPDX-License-Identifier: Apache-2.0
#include "flow/store_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "flow/record.h"
#include "queue/port.h"

// Threads that wait for something to change, and how many of them a single change may not be enough for.
struct sleepers {
    pthread_cond_t cond;
    size_t count, wide;
};

struct store_queue {
    pthread_mutex_t lock; // guards everything that is not atomic
    struct sleepers space, items;
    const struct weir_store_ops *ops;
    void *store;
    size_t capacity;
    _Atomic size_t len; // written under the lock, for those who look without it
    atomic_bool closed; // likewise
};

static struct store_queue *of(struct weir_queue *q)
{
    return (struct store_queue *)(void *)q;
}

static const struct store_queue *view(const struct weir_queue *q)
{
    return (const struct store_queue *)(const void *)q;
}

// ---- life ----

static bool init_locks(struct store_queue *q)
{
    if (pthread_mutex_init(&q->lock, NULL))
        return false;
    if (WEIR_COND_INIT(&q->space.cond) == 0) {
        if (WEIR_COND_INIT(&q->items.cond) == 0)
            return true;
        pthread_cond_destroy(&q->space.cond);
    }
    pthread_mutex_destroy(&q->lock);
    return false;
}

struct weir_queue *store_queue_create(const struct weir_discipline_ops *ops,
                                      const struct weir_strategy_state *params, size_t capacity,
                                      uint64_t seed)
{
    if (capacity == 0 || capacity > WEIR_STORE_CAPACITY_MAX)
        return NULL;
    struct store_queue *q = calloc(1, sizeof *q);
    void *store = calloc(1, ops->store->bytes(params, capacity));
    if (q == NULL || store == NULL || !init_locks(q)) {
        free(store);
        free(q);
        return NULL;
    }
    q->ops = ops->store;
    q->store = store;
    q->capacity = capacity;
    q->ops->init(store, params, capacity, seed);
    return (struct weir_queue *)(void *)q;
}

static void destroy(struct weir_queue *opaque)
{
    struct store_queue *q = of(opaque);
    pthread_cond_destroy(&q->items.cond);
    pthread_cond_destroy(&q->space.cond);
    pthread_mutex_destroy(&q->lock);
    free(q->store);
    free(q);
}

// ---- moving records ----

// With the lock held, after n places or records have come: who moves n wakes at most n.
static void wake(struct sleepers *s, size_t n)
{
    if (s->count && (s->wide || n >= s->count))
        pthread_cond_broadcast(&s->cond);
    else
        for (size_t i = 0; s->count && i < n; i++)
            pthread_cond_signal(&s->cond);
}

// With the lock held.
static void set_len(struct store_queue *q)
{
    atomic_store_explicit(&q->len, q->ops->len(q->store), memory_order_relaxed);
}

static size_t len_of(const struct store_queue *q)
{
    return atomic_load_explicit(&q->len, memory_order_relaxed); // a count, it guards nothing
}

static bool is_closed(const struct store_queue *q)
{
    return atomic_load_explicit(&q->closed, memory_order_acquire); // pairs with close_queue
}

static size_t try_push_n(struct weir_queue *opaque, const uint64_t *items, size_t n)
{
    struct store_queue *q = of(opaque);
    pthread_mutex_lock(&q->lock);
    size_t done = 0;
    for (; done < n && !is_closed(q) && len_of(q) < q->capacity; done++) {
        const struct record *r = (const struct record *)(uintptr_t)items[done];
        struct weir_store_item item = {.item = items[done],
                                       .flow = (uint64_t)r->source << 16 | r->sender,
                                       .enqueued_ns = r->pushed_ns,
                                       .bytes = r->size};
        q->ops->put(q->store, &item);
        set_len(q);
    }
    wake(&q->items, done);
    pthread_mutex_unlock(&q->lock);
    return done;
}

// With the lock held, after one record has been taken out, or none.
static struct store_record taken(struct store_queue *q, bool any, const struct weir_taken *t)
{
    if (!any)
        return (struct store_record){.r = NULL};
    set_len(q);
    wake(&q->space, 1);
    return (struct store_record){.r = (struct record *)(uintptr_t)t->item, .fate = t->fate};
}

struct store_record store_queue_take(struct weir_queue *opaque, uint64_t now_ns)
{
    struct store_queue *q = of(opaque);
    struct weir_taken t;
    pthread_mutex_lock(&q->lock);
    struct store_record out = taken(q, q->ops->take(q->store, now_ns, &t), &t);
    pthread_mutex_unlock(&q->lock);
    return out;
}

struct store_record store_queue_victim(struct weir_queue *opaque)
{
    struct store_queue *q = of(opaque);
    struct weir_taken t;
    pthread_mutex_lock(&q->lock);
    struct store_record out = taken(q, q->ops->victim(q->store, &t), &t);
    pthread_mutex_unlock(&q->lock);
    return out;
}

struct store_record store_queue_expired(struct weir_queue *opaque, uint64_t now_ns)
{
    struct store_queue *q = of(opaque);
    struct weir_taken t;
    pthread_mutex_lock(&q->lock);
    bool any = q->ops->expired && q->ops->expired(q->store, now_ns, &t);
    struct store_record out = taken(q, any, &t);
    pthread_mutex_unlock(&q->lock);
    return out;
}

struct store_record store_queue_overflow(struct weir_queue *opaque)
{
    struct store_queue *q = of(opaque);
    struct weir_taken t;
    pthread_mutex_lock(&q->lock);
    bool any = q->ops->overflow && q->ops->overflow(q->store, &t);
    struct store_record out = taken(q, any, &t);
    pthread_mutex_unlock(&q->lock);
    return out;
}

static size_t try_pop_n(struct weir_queue *opaque, uint64_t *items, size_t n)
{
    size_t done = 0;
    for (; done < n; done++) {
        // At the beginning of time nothing has waited yet, so nothing is dropped.
        struct store_record out = store_queue_take(opaque, 0);
        if (out.r == NULL)
            break;
        items[done] = (uint64_t)(uintptr_t)out.r;
    }
    return done;
}

// ---- waiting ----

static bool has_space(const struct store_queue *q, size_t n)
{
    return q->capacity - len_of(q) >= n;
}

static bool has_items(const struct store_queue *q, size_t n)
{
    return len_of(q) >= n;
}

// With the lock held: until ready, closed or the deadline.
static void sleep_for(struct store_queue *q, struct sleepers *s,
                      bool (*ready)(const struct store_queue *, size_t), size_t n, uint64_t deadline_ns)
{
    bool late = deadline_ns == 0; // only a look
    s->count++;
    s->wide += n > 1;
    while (!is_closed(q) && !ready(q, n) && !late)
        late = WEIR_COND_WAIT_UNTIL(&s->cond, &q->lock, deadline_ns) != 0;
    s->count--;
    s->wide -= n > 1;
}

static enum weir_wake wait_space(struct weir_queue *opaque, size_t n, uint64_t deadline_ns)
{
    struct store_queue *q = of(opaque);
    pthread_mutex_lock(&q->lock);
    sleep_for(q, &q->space, has_space, n, deadline_ns);
    enum weir_wake wake_up = is_closed(q)      ? WEIR_WAKE_CLOSED
                             : has_space(q, n) ? WEIR_WAKE_READY
                                               : WEIR_WAKE_TIMEOUT;
    pthread_mutex_unlock(&q->lock);
    return wake_up;
}

static enum weir_wake wait_items(struct weir_queue *opaque, uint64_t deadline_ns)
{
    struct store_queue *q = of(opaque);
    pthread_mutex_lock(&q->lock);
    sleep_for(q, &q->items, has_items, 1, deadline_ns);
    enum weir_wake wake_up = has_items(q, 1) ? WEIR_WAKE_READY
                             : is_closed(q)  ? WEIR_WAKE_CLOSED
                                             : WEIR_WAKE_TIMEOUT;
    pthread_mutex_unlock(&q->lock);
    return wake_up;
}

// ---- the rest ----

static void close_queue(struct weir_queue *opaque)
{
    struct store_queue *q = of(opaque);
    pthread_mutex_lock(&q->lock);
    atomic_store_explicit(&q->closed, true, memory_order_release); // pairs with is_closed
    pthread_cond_broadcast(&q->space.cond);
    pthread_cond_broadcast(&q->items.cond);
    pthread_mutex_unlock(&q->lock);
}

static bool closed(const struct weir_queue *q)
{
    return is_closed(view(q));
}

static size_t len(const struct weir_queue *q)
{
    return len_of(view(q));
}

static size_t capacity(const struct weir_queue *q)
{
    return view(q)->capacity;
}

static const struct weir_queue_ops table = {
    .abi = WEIR_QUEUE_ABI,
    .caps =
        WEIR_Q_MULTI_PRODUCER | WEIR_Q_MULTI_CONSUMER | WEIR_Q_NATIVE_BLOCKING | WEIR_Q_EVICT | WEIR_Q_STRICT,
    .name = "store",
    .summary = "a discipline's own store behind a mutex",
    .contract = "strict",
    .destroy = destroy,
    .try_push_n = try_push_n,
    .try_pop_n = try_pop_n,
    .wait_space = wait_space,
    .wait_items = wait_items,
    .close = close_queue,
    .closed = closed,
    .len = len,
    .capacity = capacity,
};

const struct weir_queue_ops *store_queue_ops(void)
{
    return &table;
}
