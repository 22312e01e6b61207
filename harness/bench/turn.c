// SPDX-License-Identifier: Apache-2.0
#include "bench/turn.h"
#include "bench/limit.h"
#include "bench/worker.h"
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_THREADS = 2 * BENCH_MAX_SIDE, UNBOUNDED_WINDOW = 1 << 20, MAX_BUFFER_BYTES = 1 << 26 };

unsigned turn_cores(int *cpus, unsigned most)
{
    cpu_set_t set;
    unsigned count = 0;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && count < most; cpu++)
        if (CPU_ISSET(cpu, &set))
            cpus[count++] = cpu;
    return count;
}

// --- threads of one run ----

struct runner {
    pthread_t id;
    struct bench_worker worker;
    void (*loop)(struct bench_worker *);
    int cpu; // -1: where it likes
};

static void *run_loop(void *argument)
{
    struct runner *r = argument;
    if (r->cpu >= 0) {
        cpu_set_t set;
        CPU_ZERO(&set);
        CPU_SET(r->cpu, &set);
        pthread_setaffinity_np(pthread_self(), sizeof set, &set);
    }
    r->loop(&r->worker);
    return NULL;
}

static int cpu_of(const struct turn *t, unsigned thread, unsigned threads)
{
    int cpus[MAX_THREADS];
    unsigned cores = turn_cores(cpus, MAX_THREADS);
    if (cores == 0 || t->pin == BENCH_PIN_FREE)
        return -1;
    if (t->pin == BENCH_PIN_TOGETHER)
        return cpus[0];
    return threads <= cores ? cpus[thread] : -1;
}

// The buffers of one producer: enough for a full queue and everybody's hands; small items need none.
static bool give_buffers(const struct turn *t, struct bench_worker *w)
{
    if (t->item_bytes <= 8)
        return true;
    w->buffer_words = (t->item_bytes + 63) / 64 * 8;
    size_t room = MAX_BUFFER_BYTES / (w->buffer_words * 8);
    size_t count = t->capacity < room ? t->capacity : room;
    w->buffers_count = count + (1 + t->consumers) * t->batch + 1;
    size_t bytes = w->buffers_count * w->buffer_words * 8;
    w->buffers = aligned_alloc(64, bytes);
    if (w->buffers != NULL)
        memset(w->buffers, 0, bytes);
    return w->buffers != NULL;
}

static void hold_lengths(const struct turn *t, struct bench_shared *s)
{
    size_t capacity = t->capacity;
    switch (t->regime) {
    case BENCH_FULL: s->consumer_above = capacity / 2; break;
    case BENCH_EMPTY: s->producer_below = t->batch; break;
    case BENCH_BALANCED:
        s->consumer_above = capacity / 4;
        s->producer_below = capacity - capacity / 4;
        break;
    default: break;
    }
    // With no bound of its own it would eat the machine instead of being measured.
    if (s->producer_below == 0 && (t->module->ops->caps & WEIR_Q_UNBOUNDED))
        s->producer_below = UNBOUNDED_WINDOW;
}

static void sleep_s(double seconds)
{
    struct timespec span = {.tv_sec = (time_t)seconds};
    span.tv_nsec = (long)((seconds - (double)span.tv_sec) * 1e9);
    while (nanosleep(&span, &span) != 0 && errno == EINTR)
        ;
}

struct crew {
    struct runner runners[MAX_THREADS];
    unsigned producers, consumers; // `alone` counts as one producer
};

static const char *start_crew(const struct turn *t, struct bench_shared *s, struct crew *c)
{
    bool alone = t->kind == TURN_FLOOR || (t->module->ops->caps & WEIR_Q_INLINE);
    c->producers = alone ? 1 : t->producers;
    c->consumers = alone ? 0 : t->consumers;
    unsigned threads = c->producers + c->consumers;
    for (unsigned i = 0; i < threads; i++) {
        struct runner *r = &c->runners[i];
        bool producer = i < c->producers;
        *r = (struct runner){.worker = {.shared = s, .index = producer ? i : i - c->producers},
                             .cpu = cpu_of(t, i, threads)};
        const struct bench_loops *loops = t->module->loops;
        r->loop = alone ? loops->alone : producer ? loops->produce : loops->consume;
        if (producer && !give_buffers(t, &r->worker))
            return "no memory for the payloads";
    }
    // A thread that is missing would hang the others, so the child ends with the reason instead of cleaning
    // up.
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&c->runners[i].id, NULL, run_loop, &c->runners[i]) != 0)
            return "cannot make the threads";
    return NULL;
}

// Both sides must agree; the time is from the first push to the last pop.
static const char *sum_up(const struct crew *c, struct turn_answer *a)
{
    uint64_t first = UINT64_MAX, last = 0, in = 0, out = 0, sum_in = 0, sum_out = 0, wrong = 0;
    for (unsigned i = 0; i < c->producers + c->consumers; i++) {
        const struct bench_worker *w = &c->runners[i].worker;
        wrong += w->wrong;
        if (i < c->producers) {
            in += w->items;
            sum_in += w->checksum;
            first = w->first_push_ns < first ? w->first_push_ns : first;
        } else {
            out += w->items;
            sum_out += w->checksum;
        }
        last = w->last_pop_ns > last ? w->last_pop_ns : last;
    }
    if (wrong)
        return "items came out of order or damaged";
    if (c->consumers && (in != out || sum_in != sum_out))
        return "what came out is not what went in";
    if (in == 0 || last <= first)
        return "nothing moved";
    a->items = in;
    a->ns_per_item = (double)(last - first) / (double)in;
    return NULL;
}

static const char *run_once(const struct turn *t, double seconds, struct turn_answer *a)
{
    static struct bench_shared s; // large alignment
    static struct crew crew;
    struct weir_queue_config config = {.capacity = t->capacity,
                                       .wait = t->wait,
                                       .producers = t->producers,
                                       .consumers = t->consumers,
                                       .no_evict = true};
    memset(&s, 0, sizeof s);
    s.q = t->module->ops->create(&config);
    if (s.q == NULL)
        return "the queue cannot be made: no memory, or more threads than it allows";
    s.producers = t->producers;
    s.consumers = t->consumers;
    s.batch = t->batch;
    s.item_bytes = t->item_bytes;
    s.wait = t->wait;
    hold_lengths(t, &s);
    const char *problem = start_crew(t, &s, &crew);
    if (problem)
        return problem;
    while (atomic_load_explicit(&s.ready, memory_order_relaxed) < crew.producers + crew.consumers)
        sched_yield(); // all there before the time runs
    atomic_store_explicit(&s.go, true, memory_order_release);
    sleep_s(seconds);
    atomic_store_explicit(&s.stop, true, memory_order_relaxed);
    for (unsigned i = 0; i < crew.producers + crew.consumers; i++)
        pthread_join(crew.runners[i].id, NULL);
    // A consumer reads its producers' buffers to the end: they go when everybody has stopped.
    for (unsigned i = 0; i < crew.producers + crew.consumers; i++)
        free(crew.runners[i].worker.buffers);
    t->module->ops->destroy(s.q);
    return sum_up(&crew, a);
}

// --- the child ----

static const char *measure(const struct turn *t, int cpu_a, int cpu_b, struct turn_answer *a)
{
    if (t->kind == TURN_LIMIT) {
        double line = limit_ns_per_line(cpu_a, cpu_b, t->capacity * t->item_bytes, t->seconds);
        a->ns_per_item = line * (double)t->item_bytes / 64;
        a->items = 1;
        return line > 0 ? NULL : "not known with one core";
    }
    const char *problem = t->warmup > 0 ? run_once(t, t->warmup, a) : NULL;
    return problem ? problem : run_once(t, t->seconds, a);
}

static void run_in_child(const struct turn *t, struct turn_answer *a)
{
    int cpus[2] = {0, 0};
    bool pair = turn_cores(cpus, 2) == 2;
    a->before_ns = pair ? pingpong_rtt_ns(cpus[0], cpus[1], 0) : 0;
    if (t->only_near && pingpong_state_of(a->before_ns) != PINGPONG_NEAR) {
        a->not_near = true;
        return;
    }
    const char *problem = measure(t, cpus[0], cpus[1], a);
    a->after_ns = pair ? pingpong_rtt_ns(cpus[0], cpus[1], 0) : 0;
    a->ok = problem == NULL;
    if (problem)
        snprintf(a->reason, sizeof a->reason, "%s", problem);
}

// --- the parent ----

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

enum reading { ANSWERED, ENDED, TIMED_OUT };

static enum reading read_answer(int fd, uint64_t deadline_ms, struct turn_answer *a)
{
    size_t have = 0;
    while (have < sizeof *a) {
        uint64_t now = now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = now < deadline_ms ? poll(&p, 1, (int)(deadline_ms - now)) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return TIMED_OUT;
        ssize_t got = read(fd, (char *)a + have, sizeof *a - have);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ENDED;
        have += (size_t)got;
    }
    return ANSWERED;
}

static void send_answer(int fd, const struct turn_answer *a)
{
    size_t sent = 0;
    while (sent < sizeof *a) {
        ssize_t n = write(fd, (const char *)a + sent, sizeof *a - sent);
        if (n <= 0)
            _exit(1);
        sent += (size_t)n;
    }
}

static void fail(struct turn_answer *a, const char *reason, int detail)
{
    memset(a, 0, sizeof *a);
    snprintf(a->reason, sizeof a->reason, reason, detail);
}

static void explain_end(struct turn_answer *a, int status)
{
    if (WIFSIGNALED(status))
        fail(a, "crashed with signal %d", WTERMSIG(status));
    else
        fail(a, "ended with code %d and no answer", WEXITSTATUS(status));
}

static void await_child(const struct turn *turn, struct turn_answer *answer, pid_t child, int fd)
{
    uint64_t limit_ms =
        (uint64_t)((turn->seconds + turn->warmup) * 4000) + 15000; // a busy machine is no hang
    enum reading reading = read_answer(fd, now_ms() + limit_ms, answer);
    int status = 0;
    if (reading == TIMED_OUT)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (reading == TIMED_OUT)
        fail(answer, "hung: killed after %d seconds", (int)(limit_ms / 1000));
    else if (reading == ENDED)
        explain_end(answer, status);
}

void turn_run(const struct turn *turn, struct turn_answer *answer)
{
    int ends[2];
    memset(answer, 0, sizeof *answer);
    if (pipe(ends) != 0) {
        fail(answer, "cannot make a pipe (errno %d)", errno);
        return;
    }
    pid_t parent = getpid(), child = fork();
    if (child < 0) {
        fail(answer, "cannot fork (errno %d)", errno);
    } else if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // a stray measured loop would spoil what comes next
        if (getppid() != parent)
            _exit(1);
        run_in_child(turn, answer);
        send_answer(ends[1], answer);
        _exit(0);
    }
    close(ends[1]);
    if (child > 0)
        await_child(turn, answer, child, ends[0]);
    close(ends[0]);
}
