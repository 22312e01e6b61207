// SPDX-License-Identifier: Apache-2.0
#include "gate/duet.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "gate/duet_crew.h"
#include "result/env.h"

enum { ASK_MS = 100 };

// Beyond these a launch is not counted. A machine that is left alone stays below a tenth of them.
static const double most_steal = 0.05, most_switches_per_s = 400, most_late = 0.01;

static const char *const kind_names[DUET_KINDS] = {"hand_off", "alone", "trip", "scheduled"};

const char *duet_kind_name(enum duet_kind kind)
{
    return kind_names[kind];
}

int duet_kind_parse(const char *name)
{
    for (int i = 0; i < DUET_KINDS; i++)
        if (strcmp(kind_names[i], name) == 0)
            return i;
    return -1;
}

// Rounds 0 to 2 of six are a cyclic Latin square, 3 to 5 the same mirrored. Behind each arm each other one
// comes equally often, the first of a round behind the last of the one before.
void duet_order(unsigned round, unsigned first, enum duet_arm order[ARMS])
{
    unsigned step = (round + first) % DUET_ROUND;
    for (unsigned k = 0; k < ARMS; k++) {
        unsigned at = step < ARMS ? k : ARMS - 1 - k;
        order[k] = (enum duet_arm)((at + step) % ARMS);
    }
}

unsigned duet_threads(const struct duet_cell *cell)
{
    return cell->kind == DUET_ALONE ? 1 : cell->kind == DUET_TRIP ? 2 : cell->producers + cell->consumers;
}

const char *duet_noise_refuses(const struct duet_noise *n)
{
    return n->steal_share > most_steal               ? "the hypervisor took time"
           : n->switches_per_s > most_switches_per_s ? "other programs had its cores"
           : n->migrations > 0                       ? "a thread was moved to another core"
           : n->faults > 0                           ? "memory was read from a disk"
           : n->late_share > most_late               ? "the generator was late"
                                                     : NULL;
}

// ---- the launch ----

struct usage {
    double steal, all;
    long switches;
    unsigned long faults;
    uint64_t at_ns;
};

static struct usage usage_now(void)
{
    struct usage u = {.at_ns = clock_mono_ns()};
    struct rusage own;
    env_cpu_time(&u.steal, &u.all);
    if (getrusage(RUSAGE_SELF, &own) == 0) {
        u.switches = own.ru_nivcsw;
        u.faults = (unsigned long)own.ru_majflt;
    }
    return u;
}

static void note_noise(const struct usage *before, bool crowded, struct duet_answer *a)
{
    struct usage after = usage_now();
    double all = after.all - before->all;
    a->seconds = (double)(after.at_ns - before->at_ns) / 1e9;
    a->noise.steal_share = all > 0 ? (after.steal - before->steal) / all : 0;
    // With more threads than cores its own threads push each other off.
    if (!crowded && a->seconds > 0)
        a->noise.switches_per_s = (double)(after.switches - before->switches) / a->seconds;
    a->noise.faults = after.faults - before->faults;
}

static void run_in_child(const struct duet_modules *modules, const struct duet_cell *cell, uint64_t items,
                         uint64_t seed, struct duet_answer *a)
{
    struct rng layout;
    int cpus[DUET_WORKERS];
    bool crowded = duet_threads(cell) > cores_allowed(cpus, DUET_WORKERS); // before they are pinned
    rng_init(&layout, seed, cell->name);
    struct usage before = usage_now();
    const char *problem = duet_crew_run(modules, cell, items, &layout, a);
    note_noise(&before, crowded, a);
    if (problem)
        snprintf(a->reason, sizeof a->reason, "%s", problem);
    a->ok = problem == NULL;
}

// ---- the parent ----

enum ending { ENDED, TIMED_OUT, CUT };

// The child holds the other end of the pipe.
static enum ending await_end(int fd, uint64_t limit_ms, duet_cut *cut, void *context)
{
    uint64_t begin_ns = clock_mono_ns();
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, ASK_MS) > 0)
            return ENDED;
        if (cut && cut(context))
            return CUT;
        if ((clock_mono_ns() - begin_ns) / 1000000 > limit_ms)
            return TIMED_OUT;
    }
}

// Whose code ran last: ", in the base's weir-queue-spsc.so, while it was being loaded".
static void say_where(const struct duet_modules *modules, struct duet_answer *a)
{
    size_t n = strlen(a->reason);
    if (a->acting >= 1 && a->acting <= ARMS)
        snprintf(a->reason + n, sizeof a->reason - n, ", in %.120s%s", modules->path[a->acting - 1],
                 a->loading ? ", while it was being loaded" : "");
}

static void explain(struct duet_answer *a, const struct duet_modules *modules, enum ending ending, int status)
{
    if (ending == CUT)
        a->cut = true;
    if (ending != ENDED)
        snprintf(a->reason, sizeof a->reason, "%s",
                 ending == CUT ? "interrupted" : "hangs: an item was lost, or a wait never ends");
    else if (WIFSIGNALED(status))
        snprintf(a->reason, sizeof a->reason, "crashed: SIG%s",
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    else if (WEXITSTATUS(status) != 0 || (!a->ok && *a->reason == '\0'))
        snprintf(a->reason, sizeof a->reason, "ended with status %d and no answer", WEXITSTATUS(status));
    else
        return;
    if (ending != CUT)
        say_where(modules, a);
    a->ok = false;
}

void duet_launch(const struct duet_modules *modules, const struct duet_cell *cell, uint64_t items,
                 uint64_t seed, duet_cut *cut, void *context, struct duet_answer *answer)
{
    int ends[2], status = 0;
    *answer = (struct duet_answer){.ok = false};
    struct duet_answer *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED || pipe(ends) != 0) {
        snprintf(answer->reason, sizeof answer->reason, "no memory or pipe for a launch: %s",
                 strerror(errno));
        if (shared != MAP_FAILED)
            munmap(shared, sizeof *shared);
        return;
    }
    fflush(NULL); // a queue that calls exit() must not write what we have not yet written
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); // a stray launch would spoil what comes next
        if (getppid() != parent)
            _exit(1);
        close(ends[0]);
        dup2(STDERR_FILENO, STDOUT_FILENO); // nothing that a queue prints may get between the data
        run_in_child(modules, cell, items, seed, shared);
        _exit(0);
    }
    close(ends[1]);
    if (child > 0) {
        double planned_s = cell->turn_s * ARMS * (cell->rounds + 16);
        enum ending ending = await_end(ends[0], 60000 + (uint64_t)(planned_s * 8000), cut, context);
        if (ending != ENDED)
            kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        *answer = *shared;
        answer->reason[sizeof answer->reason - 1] = '\0';
        explain(answer, modules, ending, status);
    } else {
        snprintf(answer->reason, sizeof answer->reason, "cannot fork: %s", strerror(errno));
    }
    close(ends[0]);
    munmap(shared, sizeof *shared);
}
