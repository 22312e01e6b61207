// SPDX-License-Identifier: Apache-2.0
#include "gate/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { ASK_MS = 100, GRACE_MS = 3000, NOT_FOUND = 127 };

static void become(const struct command_run *run, int out, pid_t parent)
{
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setpgid(0, 0);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    int null = open("/dev/null", O_RDWR),
        log = run->output ? open(run->output, O_WRONLY | O_CREAT | O_APPEND, 0644) : null;
    if (getppid() == parent && null >= 0 && log >= 0 && dup2(null, STDIN_FILENO) >= 0 &&
        dup2(run->text ? out : log, STDOUT_FILENO) >= 0 && dup2(log, STDERR_FILENO) >= 0)
        execvp(run->argv[0], (char *const *)run->argv);
    _exit(NOT_FOUND);
}

// Reads until all writers have gone; what does not fit is read and forgotten. False when it is cut, or after
// limit_ms (0: none).
static bool hear(const struct command_run *run, int fd, size_t *have, bool ask, uint64_t limit_ms)
{
    uint64_t begin_ns = clock_mono_ns();
    char chunk[512];
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, ASK_MS) > 0) {
            ssize_t n = read(fd, chunk, sizeof chunk);
            if (n == 0)
                return true;
            for (ssize_t i = 0; i < n; i++)
                if (run->text && *have + 1 < run->text_size)
                    run->text[(*have)++] = chunk[i];
        }
        if (ask && run->cut && run->cut(run->context))
            return false;
        if (limit_ms && (clock_mono_ns() - begin_ns) / 1000000 > limit_ms)
            return false;
    }
}

// Whatever is still there: what it started has become ours when its own parent died (PR_SET_CHILD_SUBREAPER).
static void end_all(void)
{
    char path[64], pids[4096];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    for (;;) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t n = fd >= 0 ? read(fd, pids, sizeof pids - 1) : 0;
        if (fd >= 0)
            close(fd);
        pids[n > 0 ? n : 0] = '\0';
        char *rest = pids;
        for (char *pid; (pid = strsep(&rest, " ")) != NULL;)
            if (*pid)
                kill((pid_t)atoi(pid), SIGKILL);
        if (waitpid(-1, NULL, 0) < 0 && errno != EINTR) // none left
            return;
    }
}

enum command_end command_run(const struct command_run *run)
{
    int ends[2], status = 0;
    size_t have = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return COMMAND_FAILED;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        int kept = dup(ends[1]); // without close-on-exec: its end is heard when all that it started has ended
        become(run, kept, parent);
    }
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return COMMAND_FAILED;
    }
    bool whole = hear(run, ends[0], &have, true, run->limit_s * UINT64_C(1000));
    bool cut = !whole && run->cut && run->cut(run->context);
    if (!whole) { // a build tool that is told ends what it runs, which has process groups of its own
        kill(-child, SIGTERM);
        hear(run, ends[0], &have, false, GRACE_MS);
        kill(child, SIGKILL);
    }
    close(ends[0]);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    end_all();
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    if (run->text && run->text_size > 0) {
        run->text[have] = '\0';
        while (have > 0 && run->text[have - 1] == '\n')
            run->text[--have] = '\0';
    }
    if (run->code)
        *run->code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (!whole)
        return cut ? COMMAND_CUT : COMMAND_FAILED;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0           ? COMMAND_DONE
           : WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND ? COMMAND_MISSING
                                                                   : COMMAND_FAILED;
}
