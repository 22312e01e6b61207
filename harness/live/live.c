// SPDX-License-Identifier: Apache-2.0
#include "live/live.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/pingpong.h"
#include "live/io.h"
#include "queue/graph.h"
#include "queue/trial.h"

// ---- waiting ----

// Sleeps until CLOCK_MONOTONIC reaches deadline_ns or *word is no longer `seen`.
static void sleep_until(_Atomic uint32_t *word, uint32_t seen, uint64_t deadline_ns)
{
    struct timespec at = {.tv_sec = (time_t)(deadline_ns / NS_PER_S),
                          .tv_nsec = (long)(deadline_ns % NS_PER_S)};
    bool never = deadline_ns == UINT64_MAX;
    // FUTEX_WAIT_BITSET takes an absolute CLOCK_MONOTONIC time, so an interrupted sleep does not drift.
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen, never ? NULL : &at, NULL,
            FUTEX_BITSET_MATCH_ANY);
}

static uint64_t now_of(const struct live *l)
{
    uint64_t now = clock_now_ns(), epoch = atomic_load_explicit(&l->epoch_ns, memory_order_relaxed);
    return now > epoch ? now - epoch : 0;
}

// The kernel's clock at run time until_ns. The fast clock's pace is good to about one part in a million, so a
// deadline is what is left to go, counted from now: over hours the two clocks may stand milliseconds apart.
static uint64_t absolute(const struct live *l, uint64_t until_ns)
{
    if (until_ns == TIME_NEVER)
        return UINT64_MAX;
    uint64_t now = now_of(l);
    return clock_mono_ns() + (until_ns > now ? until_ns - now : 0);
}

// Space and signals are waited for in slices: their waiters are woken for what they wait for and when a queue
// is closed, and a run may be told to end while a producer is blocked. Only that is looked at in between.
static uint64_t slice_end(uint64_t deadline_ns)
{
    uint64_t slice = clock_mono_ns() + 50 * NS_PER_MS;
    return slice < deadline_ns ? slice : deadline_ns;
}

// `seen`: the stop word as it was before the step that asked for this.
static void wait_space_live(struct live *l, struct wait w, uint32_t seen)
{
    uint64_t deadline = absolute(l, w.until_ns), slice;
    enum weir_wake woken;
    do {
        slice = slice_end(deadline);
        woken = w.edge->ops->wait_space(w.edge->queue, w.count, slice);
    } while (woken == WEIR_WAKE_TIMEOUT && slice != deadline && atomic_load(&l->stop_word) == seen);
}

static void wait_wire(const struct live *l, struct wait w)
{
    uint64_t deadline = absolute(l, w.until_ns);
    if (w.wire->link)
        w.wire->link->wait(w.wire, deadline);
    else if (w.wire->http)
        w.wire->http->wait(w.wire, w.side, deadline);
    else
        w.wire->ops->wait(w.wire, w.side, deadline);
}

static void wait_signal_live(struct live *l, struct wait w, uint32_t seen)
{
    uint64_t deadline = absolute(l, w.until_ns);
    atomic_fetch_add(&w.signal->sleepers, 1); // before the kernel's look at the count: see flow/signal.h
    while (signal_seen(w.signal) == w.seen && atomic_load(&l->stop_word) == seen &&
           clock_mono_ns() < deadline)
        sleep_until(&w.signal->count, w.seen, slice_end(deadline));
    atomic_fetch_sub(&w.signal->sleepers, 1);
}

static void signal_wake(void *context, struct signal *signal)
{
    (void)context;
    syscall(SYS_futex, &signal->count, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX, NULL, NULL, 0);
}

static void run_inline(struct live *l, struct node *consumer);

// Carries out one wait; true when the node has ended.
static bool obey(struct live *l, struct wait w, uint32_t seen)
{
    switch (w.what) {
    case WAIT_NOTHING: break;
    case WAIT_ITEMS: w.edge->ops->wait_items(w.edge->queue, absolute(l, w.until_ns)); break;
    case WAIT_SPACE: wait_space_live(l, w, seen); break;
    case WAIT_TIME: sleep_until(&l->stop_word, seen, absolute(l, w.until_ns)); break;
    case WAIT_IO: wait_wire(l, w); break;
    case WAIT_SIGNAL: wait_signal_live(l, w, seen); break;
    case WAIT_WORK: burn_ns(w.until_ns); break;
    case WAIT_INLINE: run_inline(l, w.edge->consumer); break;
    case WAIT_DONE: return true;
    }
    return false;
}

// An ended node may have closed edges without hand-off: their consumers have their last step here.
static void node_ended(struct live *l, struct node *n)
{
    for (size_t i = 0; i < n->out_count; i++)
        if (n->outs[i].edge->is_inline)
            run_inline(l, n->outs[i].edge->consumer);
}

// The consumer of an edge without hand-off runs in its producer's thread, until it would wait for the next
// record.
static void run_inline(struct live *l, struct node *consumer)
{
    for (;;) {
        uint32_t seen = atomic_load(&l->stop_word);
        struct wait w = consumer->ops->step(consumer, now_of(l));
        bool idle = w.what == WAIT_ITEMS && w.edge == consumer->in.edge && edge_len(w.edge) == 0;
        if (idle && !w.edge->ops->closed(w.edge->queue))
            return;
        if (obey(l, w, seen)) {
            node_ended(l, consumer);
            return;
        }
    }
}

// ---- threads ----

struct start_info {
    struct live *live;
    struct node *node;
    int cpu; // -1: not pinned
};

static void note_end(struct live *l)
{
    uint64_t now = now_of(l), last = atomic_load(&l->last_end_ns);
    while (now > last && !atomic_compare_exchange_weak(&l->last_end_ns, &last, now))
        ;
    atomic_fetch_sub(&l->running, 1);
    atomic_fetch_add(&l->done_word, 1);
    syscall(SYS_futex, &l->done_word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
}

static void *run_node(void *arg)
{
    struct start_info *info = arg;
    struct live *l = info->live;
    struct node *n = info->node;
    cores_pin(info->cpu);
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    pthread_barrier_wait(&l->start); // everybody is there
    pthread_barrier_wait(&l->start); // the epoch is set
    for (bool done = false; !done;) {
        uint32_t seen = atomic_load(&l->stop_word);
        done = obey(l, n->ops->step(n, now_of(l)), seen);
    }
    node_ended(l, n);
    note_end(l);
    return NULL;
}

static bool runs_inline(const struct node *n)
{
    return n->in.edge && n->in.edge->is_inline;
}

static size_t count_threads(const struct flow *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->node_count; i++)
        n += !runs_inline(f->nodes[i]);
    return n;
}

static bool start_threads(struct live *l, struct start_info *infos, struct error *e)
{
    int cpus[64];
    size_t wanted = count_threads(&l->flow);
    l->pinned = wanted > 1 && wanted <= cores_allowed(cpus, 64);
    pthread_barrier_init(&l->start, NULL, (unsigned)wanted + 1);
    atomic_store(&l->running, wanted);
    for (size_t i = 0; i < l->flow.node_count; i++) {
        if (runs_inline(l->flow.nodes[i]))
            continue;
        struct start_info *info = &infos[l->thread_count];
        *info = (struct start_info){
            .live = l, .node = l->flow.nodes[i], .cpu = l->pinned ? cpus[l->thread_count] : -1};
        int err = pthread_create(&l->threads[l->thread_count], NULL, run_node, info);
        if (err) // those that run already wait at the barrier: the child ends with them
            return fail(e, EXIT_INVALID, "cannot start thread %zu of %zu: %s", l->thread_count + 1, wanted,
                        strerror(err));
        l->thread_count++;
    }
    return true;
}

// ---- the world of the live executor ----

// The twin of a built-in queue that counts. A module has the table it was built with.
static const struct weir_queue_ops *counted(const struct weir_queue_ops *ops)
{
    return ops == weir_queue_find(ops->name) ? weir_queue_counted_find(ops->name) : ops;
}

// A queue that somebody brought along is looked at first: what it does wrong is better told here than as the
// damage it does.
static bool try_queue(const struct edge *e, const struct weir_queue_config *config, struct error *error)
{
    char why[192];
    if (e->spec->queue_ops == weir_queue_find(e->spec->queue_ops->name) ||
        weir_queue_trial(e->spec->queue_ops, config, why, sizeof why))
        return true;
    return fail(error, EXIT_INVALID, "queue %s (%s) is no queue: %s; 'weir conform' says more", e->name,
                e->spec->queue_ops->name, why);
}

static bool open_queue(void *context, struct edge *e, struct error *error)
{
    const struct live *l = context;
    const struct edge_spec *spec = e->spec;
    struct weir_queue_config config = {
        .capacity = spec->capacity,
        .wait = spec->wait,
        .producers = spec->producers + (spec->spills ? spec->consumers : 0), // both push from the disk
        .consumers = spec->consumers,
        .no_evict = spec->admission && !(spec->admission->flags & WEIR_S_EVICTS)};
    if (!try_queue(e, &config, error))
        return false;
    e->ops = l->flow.setup->queue_stats ? counted(e->spec->queue_ops) : e->spec->queue_ops;
    e->queue = e->ops->create(&config);
    return e->queue ? true
                    : fail(error, EXIT_INVALID,
                           "queue %s (%s) with capacity %zu could not be made: not enough memory", e->name,
                           e->ops->name, e->spec->capacity);
}

static struct weir_queue *ring_consumer(struct weir_queue *door, unsigned i)
{
    return weir_graph_consumer((struct weir_graph *)(void *)door, i);
}

static bool open_ring(void *context, const struct ring_setup *s, struct ring *ring)
{
    (void)context;
    static const struct ring_ops ops = {
        .finish = weir_graph_finish, .release = weir_graph_release, .ready = weir_graph_ready};
    struct weir_graph_config config = {.capacity = s->capacity,
                                       .wait = s->wait,
                                       .producers = s->producers,
                                       .consumers = s->consumers,
                                       .follows = s->follows};
    struct weir_graph *g = weir_graph_create(&config);
    if (!g)
        return false;
    *ring = (struct ring){.door_ops = &weir_graph_door_ops,
                          .consumer_ops = &weir_graph_consumer_ops,
                          .ops = &ops,
                          .door = weir_graph_door(g),
                          .consumer = ring_consumer};
    return true;
}

static void close_queue(void *context, struct edge *e)
{
    (void)context;
    e->ops->destroy(e->queue);
}

static struct wire *open_wire(void *context, const struct wire_setup *setup, struct error *error)
{
    struct live *l = context;
    struct wire_setup own = *setup;
    own.stop_event = l->stop_event;
    own.epoch_ns = &l->epoch_ns;
    switch (setup->scenario->sources[setup->source_index].type) {
    case SOURCE_UDP: return wire_udp_open(&own, error);
    case SOURCE_TCP: return wire_tcp_open(&own, error);
    case SOURCE_FILE: return wire_file_open(&own, error);
    default: return wire_otlp_open(&own, error);
    }
}

// The same again and again is told once, and then by its number.
static void complain(void *context, const char *sink, int error, uint64_t more)
{
    (void)context;
    if (error)
        fprintf(stderr, "weir: sink %s: %s\n", sink, strerror(error));
    else
        fprintf(stderr, "weir: sink %s: %" PRIu64 " more of these\n", sink, more);
}

static struct wire *open_link(void *context, const struct link_setup *setup, struct error *error)
{
    struct live *l = context;
    struct link_setup own = *setup;
    own.stop_event = l->stop_event;
    return wire_link_open(&own, error);
}

static struct sink_file *open_sink_file(void *context, const char *path, struct error *error)
{
    (void)context;
    return sink_file_open(path, error);
}

static struct spill_device *open_spill(void *context, const char *folder, struct error *error)
{
    (void)context;
    return spill_files_open(folder, error);
}

static void *guard_create(void *context)
{
    (void)context;
    pthread_mutex_t *m = malloc(sizeof *m);
    if (m)
        pthread_mutex_init(m, NULL);
    return m;
}

static void guard_destroy(void *guard)
{
    pthread_mutex_destroy(guard);
    free(guard);
}

static void guard_lock(void *guard)
{
    pthread_mutex_lock(guard);
}

static void guard_unlock(void *guard)
{
    pthread_mutex_unlock(guard);
}

// Dies as the kernel's out-of-memory killer would have it die, but by a rule that does not depend on what
// else runs on the machine. The supervisor finds the reason in shared memory.
static void memory_reached(void *context)
{
    struct live *l = context;
    flow_note_memory(&l->flow, now_of(l));
    kill(getpid(), SIGKILL);
}

// ---- running ----

// Wakes whoever sleeps on I/O. A readable eventfd wakes every poll for as long as it is readable, so it is
// cleared again at once, and raised again while nodes run: one that was about to sleep is caught next time.
static void wake_io(struct live *l)
{
    uint64_t one = 1;
    if (write(l->stop_event, &one, sizeof one) != sizeof one)
        return;
    _Atomic uint32_t word = 0;
    sleep_until(&word, 0, clock_mono_ns() + NS_PER_MS);
    if (read(l->stop_event, &one, sizeof one) != sizeof one)
        return;
}

static void drain_early(struct live *l, uint64_t now_ns)
{
    if (flow_drain(&l->flow, now_ns)) {
        atomic_fetch_add(&l->stop_word, 1);
        syscall(SYS_futex, &l->stop_word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX, NULL, NULL, 0);
    }
    if (now_ns >= l->wake_io_ns) {
        wake_io(l);
        l->wake_io_ns = now_ns + 100 * NS_PER_MS;
    }
}

// The observer lives on the main thread: it looks once a tick and sleeps in between.
static void observe_until_done(struct live *l)
{
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0);
    while (atomic_load(&l->running)) {
        uint32_t seen = atomic_load(&l->done_word);
        uint64_t now = now_of(l);
        if (now >= l->flow.next_tick_ns)
            flow_observe(&l->flow, now);
        if (l->flow.setup->stop_asked && l->flow.setup->stop_asked())
            drain_early(l, now);
        if (atomic_load(&l->running))
            sleep_until(&l->done_word, seen, absolute(l, l->flow.next_tick_ns));
    }
    for (size_t i = 0; i < l->thread_count; i++)
        pthread_join(l->threads[i], NULL);
}

static void report_usage(struct report *r, const struct usage *before)
{
    struct usage after = usage_now();
    r->cpu_user_s = after.user_s - before->user_s;
    r->cpu_system_s = after.system_s - before->system_s;
    r->context_switches_voluntary = after.voluntary - before->voluntary;
    r->context_switches_involuntary = after.involuntary - before->involuntary;
    r->major_faults = after.major_faults - before->major_faults;
    r->peak_bytes = usage_peak_bytes();
}

static double measure_pingpong(void)
{
    int cpus[2];
    return cores_allowed(cpus, 2) == 2 ? pingpong_rtt_ns(cpus[0], cpus[1], 0) : 0;
}

static bool run(struct live *l, struct error *e)
{
    struct report *r = &l->flow.root->report;
    struct start_info *infos = calloc(l->flow.node_count, sizeof *infos);
    l->threads = calloc(l->flow.node_count, sizeof *l->threads);
    bool ok = infos && l->threads && start_threads(l, infos, e);
    if (ok) {
        r->pingpong_before_ns = measure_pingpong();
        pthread_barrier_wait(&l->start);
        usage_forget_peak();
        struct usage before = usage_now();
        atomic_store(&l->epoch_ns, clock_now_ns());
        pthread_barrier_wait(&l->start);
        observe_until_done(l);
        report_usage(r, &before);
        r->pingpong_after_ns = measure_pingpong();
        pthread_barrier_destroy(&l->start);
        flow_conclude(&l->flow, atomic_load(&l->last_end_ns));
        r->threads = (unsigned)l->thread_count;
        r->pinned = l->pinned;
        r->finished = true;
    }
    free(infos);
    return ok;
}

bool live_run(const struct run_setup *setup, struct error *e)
{
    struct live *l = calloc(1, sizeof *l);
    if (!l)
        return fail(e, EXIT_INVALID, "not enough memory for the run");
    l->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    atomic_store(&l->epoch_ns, clock_now_ns()); // set anew when everybody is ready
    struct flow_world world = {.open_queue = open_queue,
                               .close_queue = close_queue,
                               .open_ring = open_ring,
                               .open_wire = open_wire,
                               .open_link = open_link,
                               .complain = complain,
                               .open_sink_file = open_sink_file,
                               .open_spill = open_spill,
                               .wake = signal_wake,
                               .guard_create = guard_create,
                               .guard_destroy = guard_destroy,
                               .guard_enter = guard_lock,
                               .guard_leave = guard_unlock,
                               .memory_reached = memory_reached,
                               .context = l};
    bool ok = flow_create(&l->flow, setup, &world, e);
    if (ok) {
        ok = run(l, e);
        if (ok)
            flow_destroy(&l->flow);
    }
    if (l->stop_event >= 0)
        close(l->stop_event);
    free(l->threads);
    free(l);
    return ok;
}
