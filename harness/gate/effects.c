// SPDX-License-Identifier: Apache-2.0
#include "gate/effects.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gate/allocations.h"

// What child and parent share. A stop of the child at a system call orders what both read and write.
struct board {
    _Atomic size_t run, inside; // inside: the run that is counted now, from 1
    _Atomic int refusal;        // errno of the child's request to be traced
    _Atomic bool done;          // all runs are made: what ends with status 0 before that has left midway
    struct {
        _Atomic uint64_t allocations, system_calls;
    } counts[];
};

// ---- the child ----

static void be_counted(struct board *b, count_function *function, void *context, size_t runs, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    allocations_keep_memory();
    for (size_t i = 0; i < runs; i++) { // what only a first time costs is not counted
        b->run = i;
        function(context, i);
    }
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) == 0)
        raise(SIGSTOP);
    else
        b->refusal = errno;
    for (size_t i = 0; i < runs; i++) {
        b->run = i;
        allocations_count(&b->counts[i].allocations);
        b->inside = i + 1;
        function(context, i);
        b->inside = 0;
        allocations_count(NULL);
    }
    b->done = true;
    _exit(0);
}

// ---- the parent ----

// Lets the child run from one border of the kernel to the next, until it ends. Answers its status.
static int follow(struct board *b, pid_t child, bool *traced)
{
    bool within = false; // of a system call
    int status = 0;
    *traced = false;
    while (waitpid(child, &status, 0) == child || errno == EINTR) {
        if (!WIFSTOPPED(status))
            return status;
        int signal = WSTOPSIG(status);
        if (!*traced && signal == SIGSTOP) {
            *traced = true;
            ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
            signal = 0;
        } else if (signal == (SIGTRAP | 0x80)) {
            size_t inside = b->inside;
            within = !within;
            if (within && inside > 0)
                b->counts[inside - 1].system_calls++;
            signal = 0;
        }
        ptrace(PTRACE_SYSCALL, child, NULL, (void *)(intptr_t)signal);
    }
    return status;
}

static void tell_end(struct effects_found *found, const struct board *b, int status)
{
    const char *name = WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : NULL;
    found->ended = true;
    found->run = b->run;
    if (name)
        snprintf(found->how, sizeof found->how, "SIG%s", name);
    else
        snprintf(found->how, sizeof found->how, "status %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

bool count_effects(count_function *function, void *context, size_t runs, struct effects *counts,
                   struct effects_found *found)
{
    struct board *b;
    size_t size = sizeof *b + runs * sizeof b->counts[0];
    *found = (struct effects_found){.allocations = false};
    b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (b == MAP_FAILED)
        return false;
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        be_counted(b, function, context, runs, parent);
    bool traced = false;
    int status = child > 0 ? follow(b, child, &traced) : -1;
    bool good = child > 0 && status == 0 && b->done;
    for (size_t i = 0; good && i < runs; i++)
        counts[i] = (struct effects){b->counts[i].allocations, b->counts[i].system_calls};
    if (child > 0 && !good)
        tell_end(found, b, status);
    found->allocations = good && allocations_countable();
    found->system_calls = good && traced;
    if (good && !traced)
        snprintf(found->why_not, sizeof found->why_not, "ptrace is not allowed here (%s)",
                 strerror(b->refusal));
    munmap(b, size);
    return good;
}
