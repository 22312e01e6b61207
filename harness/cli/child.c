// SPDX-License-Identifier: Apache-2.0
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/folders.h"
#include "cli/signals.h"

// Address space, not memory: pages come when they are touched. Halved until the machine allows it.
#define ARENA_LARGEST  ((size_t)16 << 30)
#define ARENA_SMALLEST ((size_t)256 << 20)

bool slot_create(struct slot *slot, struct error *e)
{
    *slot = (struct slot){.pipe = -1, .said = -1};
    for (size_t size = ARENA_LARGEST; size >= ARENA_SMALLEST && slot->arena == NULL; size /= 2)
        slot->arena = arena_create(size);
    void *note = mmap(NULL, sizeof *slot->note, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    slot->note = note == MAP_FAILED ? NULL : note;
    if (slot->arena && slot->note)
        return true;
    slot_destroy(slot);
    return fail(e, EXIT_INVALID, "no shared memory to be had: %s", strerror(errno));
}

void slot_destroy(struct slot *slot)
{
    if (slot->arena)
        arena_destroy(slot->arena);
    if (slot->note)
        munmap(slot->note, sizeof *slot->note);
    *slot = (struct slot){.pipe = -1, .said = -1};
}

// ---- in the child ----
static int tell_fd = -1;

static void tell_listening(const char *source, const char *address)
{
    char line[256];
    int n = snprintf(line, sizeof line, "%s %s\n", source, address);
    if (n > 0 && (size_t)n < sizeof line && write(tell_fd, line, (size_t)n) != n)
        return; // the supervisor is gone, and so are we in a moment
}

// Nothing that an executor or a library prints may get between the data on standard output.
static void redirect(void)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

static _Noreturn void run_child(struct slot *slot, const struct child_setup *setup, const struct job *job,
                                pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(0); // it died before we asked to be told
    signals_child();
    signals_child_graceful();
    redirect();
    struct run_setup run = {.scenario = job->scenario,
                            .seed = job->seed,
                            .verify = setup->verify,
                            .queue_stats = setup->queue_stats,
                            .scratch = slot->scratch,
                            .arena = slot->arena,
                            .stop_asked = signals_child_told,
                            .listening = tell_listening};
    executor execute = job->scenario->engine == ENGINE_SIM ? setup->sim : setup->live;
    slot->note->began = execute(&run, &slot->note->error);
    slot->note->returned = true;
    _exit(0);
}

// ---- in the supervisor ----
static bool make_scratch(struct slot *slot, const char *parent, struct error *e)
{
    if ((size_t)snprintf(slot->scratch, sizeof slot->scratch, "%s/.scratch-XXXXXX", parent) >=
        sizeof slot->scratch)
        return fail(e, EXIT_INVALID, "%s: path too long", parent);
    if (mkdtemp(slot->scratch) == NULL)
        return fail(e, EXIT_INVALID, "%s: cannot make a scratch folder: %s", parent, strerror(errno));
    return true;
}

// A pipe for the child to tell by, and one for its standard error when that is wanted.
static bool make_pipes(const struct child_setup *setup, int ends[2], int said[2], struct error *e)
{
    said[0] = said[1] = -1;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(e, EXIT_INVALID, "no pipe to be had: %s", strerror(errno));
    if (setup->apart && pipe2(said, O_CLOEXEC) != 0)
        said[0] = said[1] = -1; // then it goes where ours goes
    return true;
}

static bool fork_child(struct slot *slot, const struct child_setup *setup, const struct job *job,
                       struct error *e)
{
    int ends[2], said[2];
    pid_t parent = getpid();
    if (!make_pipes(setup, ends, said, e))
        return false;
    fflush(NULL);
    slot->pid = fork();
    if (slot->pid == 0) {
        close(ends[0]);
        tell_fd = ends[1];
        if (said[1] >= 0)
            dup2(said[1], STDERR_FILENO);
        run_child(slot, setup, job, parent);
    }
    close(ends[1]);
    if (said[1] >= 0)
        close(said[1]);
    if (slot->pid < 0) {
        slot->pid = 0;
        close(ends[0]);
        if (said[0] >= 0)
            close(said[0]);
        return fail(e, EXIT_INVALID, "no process to be had: %s", strerror(errno));
    }
    setpgid(slot->pid, slot->pid); // both sides do it: whoever comes first
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    slot->pipe = ends[0];
    slot->said = said[0];
    if (slot->said >= 0)
        fcntl(slot->said, F_SETFL, O_NONBLOCK);
    return true;
}

bool child_start(struct slot *slot, const struct child_setup *setup, struct job *job, uint64_t timeout_ns,
                 struct error *e)
{
    arena_reset(slot->arena);
    memset(slot->note, 0, sizeof *slot->note);
    slot->line_used = 0;
    slot->told = 0;
    slot->timed_out = false;
    if (!make_scratch(slot, setup->scratch_parent, e))
        return false;
    if (!fork_child(slot, setup, job, e)) {
        remove_tree(slot->scratch);
        return false;
    }
    slot->job = job;
    slot->started_ns = clock_mono_ns();
    slot->deadline_ns = slot->started_ns + timeout_ns;
    return true;
}

bool child_ended(struct slot *slot, int *status)
{
    return waitpid(slot->pid, status, WNOHANG) == slot->pid;
}

void child_ask_to_stop(const struct slot *slot)
{
    kill(slot->pid, SIGINT);
}

void child_kill(struct slot *slot)
{
    kill(-slot->pid, SIGKILL);
    kill(slot->pid, SIGKILL); // it may not have its group yet
    while (waitpid(slot->pid, NULL, 0) < 0 && errno == EINTR)
        ;
}

void child_clean(struct slot *slot)
{
    kill(-slot->pid, SIGKILL);
    close(slot->pipe);
    if (slot->said >= 0)
        close(slot->said);
    remove_tree(slot->scratch);
    slot->pipe = slot->said = -1;
    slot->pid = 0;
    slot->job = NULL;
}

static void hear_line(char *line, void (*listening)(void *, const char *, const char *), void *context)
{
    char *space = strrchr(line, ' ');
    if (space == NULL)
        return;
    *space = 0;
    listening(context, line, space + 1);
}

void child_hear(struct slot *slot, void (*listening)(void *, const char *, const char *), void *context)
{
    char c;
    while (read(slot->pipe, &c, 1) == 1) { // a few lines a cell: one byte at a time is fine
        if (c != '\n' && slot->line_used + 1 < sizeof slot->line) {
            slot->line[slot->line_used++] = c;
            continue;
        }
        slot->line[slot->line_used] = 0;
        slot->line_used = 0;
        hear_line(slot->line, listening, context);
    }
}

void child_hear_said(struct slot *slot, void (*said)(void *context, const char *text, size_t length),
                     void *context)
{
    char text[4096];
    for (ssize_t n; slot->said >= 0 && (n = read(slot->said, text, sizeof text)) > 0;)
        said(context, text, (size_t)n);
}
