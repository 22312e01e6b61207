// SPDX-License-Identifier: Apache-2.0
#include "bench/turn.h"
#include "base/clock.h"
#include "base/cores.h"
#include "bench/crew.h"
#include "bench/driver.h"
#include "bench/limit.h"
#include "bench/peers.h"
#include "queue/trial.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_WORK_NS 30.0   // full, empty: where the search for enough work begins
#define MOST_WORK_NS  5000.0 // and where it gives up
#define TRIAL_SECONDS 0.005

struct turn_shape *turn_shape_new(void)
{
    void *memory =
        mmap(NULL, sizeof(struct turn_shape), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void turn_shape_free(struct turn_shape *shape)
{
    if (shape)
        munmap(shape, sizeof *shape);
}

// --- the fill ----

static uint64_t looks_of(const struct bench_shape *s)
{
    uint64_t looks = 0;
    for (size_t i = 0; i <= BENCH_FILL_STEPS; i++)
        looks += s->fill[i];
    return looks;
}

double turn_fill_mean(const struct bench_shape *shape)
{
    uint64_t looks = looks_of(shape);
    double sum = 0;
    for (size_t i = 0; i <= BENCH_FILL_STEPS; i++)
        sum += (double)shape->fill[i] * (double)i;
    return looks ? sum / BENCH_FILL_STEPS / (double)looks : 0;
}

double turn_fill_quantile(const struct bench_shape *shape, double share)
{
    uint64_t looks = looks_of(shape), seen = 0;
    for (size_t i = 0; looks && i <= BENCH_FILL_STEPS; i++) {
        seen += shape->fill[i];
        if ((double)seen >= share * (double)looks)
            return (double)i / BENCH_FILL_STEPS;
    }
    return 0;
}

bool turn_regime_holds(enum bench_regime regime, const struct bench_shape *shape, double margin)
{
    double median = turn_fill_quantile(shape, 0.5);
    bool looked = looks_of(shape) > 0;
    switch (regime) {
    case BENCH_FULL: return looked && median > 0.75 + margin;
    case BENCH_EMPTY: return looked && median < 0.25 - margin;
    case BENCH_BALANCED: return looked && median >= 0.2 && median <= 0.8;
    default: return true;
    }
}

// --- the child ----

static enum crew_task task_of(const struct turn *t)
{
    if (t->kind == TURN_TRIP)
        return CREW_ROUND_TRIP;
    return t->kind == TURN_FLOOR || (t->module->ops->caps & WEIR_Q_INLINE) ? CREW_ALONE : CREW_MOVE;
}

// What the machine spoilt is measured again, some times.
static const char *run_undisturbed(const struct turn *t, double seconds, double work_ns,
                                   struct turn_answer *a, struct turn_shape *shape)
{
    const char *problem = crew_disturbed;
    for (int tries = 0; tries < 4 && problem == crew_disturbed; tries++) {
        memset(a, 0, sizeof *a);
        problem = crew_run(t, CREW_MOVE, seconds, work_ns, a, shape);
    }
    return problem;
}

// Measures with enough work for the slow side that the other one is ahead of it. A turn that was told how
// much was enough before looks whether it still is.
static const char *run_with_work(const struct turn *t, double *work_ns, struct turn_answer *a,
                                 struct turn_shape *shape)
{
    const double trial_s = t->warmup > TRIAL_SECONDS ? t->warmup : TRIAL_SECONDS, margin = 0.1;
    const char *problem;
    *work_ns = t->work_ns > 0 ? t->work_ns : FIRST_WORK_NS;
    for (; *work_ns < MOST_WORK_NS; *work_ns *= 1.6) {
        if ((problem = run_undisturbed(t, trial_s, *work_ns, a, shape)) != NULL)
            return problem;
        if (!turn_regime_holds(t->regime, &shape->traffic, margin))
            continue;
        if ((problem = run_undisturbed(t, t->seconds, *work_ns, a, shape)) != NULL)
            return problem;
        if (turn_regime_holds(t->regime, &shape->traffic, 0))
            return NULL;
    }
    return t->regime == BENCH_FULL ? "it does not become full, however slow the consumers are"
                                   : "it does not become empty, however slow the producers are";
}

static const char *measure_queue(const struct turn *t, struct turn_answer *a, struct turn_shape *shape)
{
    enum crew_task task = task_of(t);
    bool slow_side = task == CREW_MOVE && (t->regime == BENCH_FULL || t->regime == BENCH_EMPTY);
    const char *problem = NULL;
    if (slow_side) {
        double work_ns;
        problem = run_with_work(t, &work_ns, a, shape);
        a->work_ns = work_ns;
        return problem;
    }
    if (t->warmup > 0 && task != CREW_ROUND_TRIP)
        problem = crew_run(t, task, t->warmup, 0, a, shape);
    if (problem)
        return problem;
    memset(a, 0, sizeof *a); // what the warm-up left
    return crew_run(t, task, t->seconds, 0, a, shape);
}

static const char *measure_driver(const struct turn *t, struct turn_answer *a)
{
    int cpus[2 * BENCH_MAX_SIDE];
    for (unsigned i = 0; i < t->producers + t->consumers; i++)
        cpus[i] = crew_cpu(t, i, t->producers + t->consumers);
    const char *problem = t->warmup > 0 ? driver_turn(t->module->driver, t, t->warmup, cpus, a) : NULL;
    problem = problem ? problem : driver_turn(t->module->driver, t, t->seconds, cpus, a);
    a->carried = t->module->loops->carried(t->item_bytes, t->batch);
    return problem;
}

// A queue that somebody brought along is looked at first: what it does wrong is better told than seen in the
// figures.
static const char *try_queue(const struct turn *t)
{
    static char why[160];
    const struct weir_queue_ops *ops = t->module->ops;
    struct weir_queue_config config = {
        .capacity = t->capacity, .wait = t->wait, .producers = t->producers, .consumers = t->consumers};
    if (weir_queue_is_built_in(t->module) || bench_peer_find(ops->name) != NULL)
        return NULL;
    return weir_queue_trial(ops, &config, why, sizeof why) ? NULL : why;
}

static const char *measure(const struct turn *t, int cpu_a, int cpu_b, struct turn_answer *a,
                           struct turn_shape *shape)
{
    if (t->kind == TURN_LIMIT) {
        double line = limit_ns_per_line(cpu_a, cpu_b, t->capacity * t->item_bytes, t->seconds);
        a->ns_per_item = line * (double)t->item_bytes / 64;
        a->items = 1;
        return line > 0 ? NULL : "not known: one core, or others had one of the two";
    }
    if (t->kind == TURN_RAW) {
        pingpong_times(cpu_a, cpu_b, BENCH_WARM_TRIPS, BENCH_ROUND_TRIPS, t->seconds, &shape->times);
        a->items = shape->times.total;
        a->ns_per_item = hist_mean(&shape->times);
        return a->items > 0 ? NULL : "not known: one core, or others had one of the two";
    }
    if (t->module->driver)
        return measure_driver(t, a);
    const char *problem = try_queue(t);
    return problem ? problem : measure_queue(t, a, shape);
}

static void run_in_child(const struct turn *t, struct turn_answer *a, struct turn_shape *shape)
{
    int cpus[2] = {0, 0};
    bool pair = cores_allowed(cpus, 2) == 2;
    double before = pair ? pingpong_rtt_ns(cpus[0], cpus[1], 0) : 0;
    a->before_ns = before;
    if (t->only_near && pingpong_state_of(before) != PINGPONG_NEAR) {
        a->not_near = true;
        return;
    }
    const char *problem = measure(t, cpus[0], cpus[1], a, shape);
    a->before_ns = before;
    a->after_ns = pair ? pingpong_rtt_ns(cpus[0], cpus[1], 0) : 0;
    a->ok = problem == NULL;
    if (problem)
        snprintf(a->reason, sizeof a->reason, "%s", problem);
}

// --- the parent ----

static uint64_t now_ms(void)
{
    return clock_mono_ns() / 1000000;
}

enum { ASK_MS = 100 };
enum reading { ANSWERED, ENDED, TIMED_OUT, CUT };

static enum reading read_answer(const struct turn *t, int fd, uint64_t deadline_ms, struct turn_answer *a)
{
    size_t have = 0;
    while (have < sizeof *a) {
        uint64_t now = now_ms();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (now >= deadline_ms)
            return TIMED_OUT;
        int ready = poll(&p, 1, deadline_ms - now < ASK_MS ? (int)(deadline_ms - now) : ASK_MS);
        if (ready <= 0 && t->cut && t->cut(t->cut_context))
            return CUT;
        if (ready <= 0)
            continue;
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
    memset(a, 0, sizeof *a);
    if (WIFSIGNALED(status))
        snprintf(a->reason, sizeof a->reason, "crashed: SIG%s",
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    else
        fail(a, "ended with status %d and no answer", WEXITSTATUS(status));
}

static void await_child(const struct turn *turn, struct turn_answer *answer, pid_t child, int fd)
{
    // The child knows better what hangs, and answers after its patience; here a busy machine is no hang.
    double patience_s = turn->patience_s > 0 ? 2 * turn->patience_s + 5 : 25;
    uint64_t limit_ms = (uint64_t)((4 * (turn->seconds + turn->warmup) + patience_s) * 1000);
    enum reading reading = read_answer(turn, fd, now_ms() + limit_ms, answer);
    int status = 0;
    if (reading == TIMED_OUT || reading == CUT)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (reading == TIMED_OUT)
        fail(answer, "hung: killed after %d seconds", (int)(limit_ms / 1000));
    else if (reading == ENDED)
        explain_end(answer, status);
    else if (reading == CUT) {
        fail(answer, "cut", 0);
        answer->cut = true;
    }
}

void turn_run(const struct turn *turn, struct turn_answer *answer, struct turn_shape *shape)
{
    int ends[2];
    memset(answer, 0, sizeof *answer);
    memset(shape, 0, sizeof *shape);
    const struct bench_driver *driver = turn->module ? turn->module->driver : NULL;
    const char *problem = driver ? driver_start(driver) : NULL;
    if (problem) {
        snprintf(answer->reason, sizeof answer->reason, "%s", problem);
        return;
    }
    if (pipe(ends) != 0) {
        fail(answer, "cannot make a pipe (errno %d)", errno);
        return;
    }
    fflush(NULL); // a queue that calls exit() must not write what we have not yet written
    pid_t parent = getpid(), child = fork();
    if (child < 0) {
        fail(answer, "cannot fork (errno %d)", errno);
    } else if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // a stray measured loop would spoil what comes next
        if (getppid() != parent)
            _exit(1);
        dup2(STDERR_FILENO, STDOUT_FILENO); // nothing that a queue prints may get between the data
        run_in_child(turn, answer, shape);
        send_answer(ends[1], answer);
        _exit(0);
    }
    close(ends[1]);
    if (child > 0)
        await_child(turn, answer, child, ends[0]);
    close(ends[0]);
    if (driver && !answer->ok && !answer->not_near)
        driver_stop(driver);
}
