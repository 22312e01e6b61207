// SPDX-License-Identifier: Apache-2.0
#include "gate/count.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// callgrind collects inside of this function and writes a file each time it is left: its name is on its
// command line.
extern void counted_run(count_function *function, void *context, size_t run);
__attribute__((noinline)) void counted_run(count_function *function, void *context, size_t run)
{
    function(context, run);
}

// Through a pointer that the compiler cannot see through, so that it makes no copy of another name.
static void (*const volatile counted)(count_function *, void *, size_t) = counted_run;

// What only a first time costs (symbols bound, memory got from the kernel) is not counted.
static void warm_up(count_function *function, void *context, size_t runs)
{
    for (size_t i = 0; i < runs; i++)
        function(context, i);
}

void count_alone(count_function *function, void *context, size_t runs)
{
    warm_up(function, context, runs);
    for (size_t i = 0; i < runs; i++)
        counted(function, context, i);
}

// --- the processor ----

static int open_counter(void)
{
    struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE,
                                   .size = sizeof attr,
                                   .config = PERF_COUNT_HW_INSTRUCTIONS,
                                   .disabled = 1,
                                   .exclude_kernel = 1,
                                   .exclude_hv = 1};
    return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

static bool count_with_processor(int fd, count_function *function, void *context, size_t runs,
                                 uint64_t *counts)
{
    bool good = true;
    warm_up(function, context, runs);
    for (size_t i = 0; i < runs && good; i++) {
        ioctl(fd, PERF_EVENT_IOC_RESET, 0);
        ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
        counted(function, context, i);
        ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
        good = read(fd, &counts[i], sizeof counts[i]) == sizeof counts[i] && counts[i] > 0;
    }
    return good;
}

// --- callgrind ----

static volatile sig_atomic_t ended_by;

static void on_end(int signal)
{
    ended_by = signal;
}

// Who ends us by a signal is obeyed when callgrind's files are gone.
static void hold_signals(bool hold)
{
    static struct sigaction before[2];
    static const int ends[2] = {SIGINT, SIGTERM};
    struct sigaction action = {.sa_handler = on_end}; // without SA_RESTART: waiting for callgrind ends
    for (size_t i = 0; i < 2; i++)
        sigaction(ends[i], hold ? &action : &before[i], hold ? &before[i] : NULL);
    if (!hold && ended_by)
        raise(ended_by);
}

static int run_callgrind(const char *const *self, const char *folder)
{
    char out[512];
    const char *argv[COUNT_ARGUMENTS + 8] = {"valgrind",
                                             "--tool=callgrind",
                                             out,
                                             "--vgdb=no", // whose pipes stay when it is killed
                                             "--toggle-collect=counted_run",
                                             "--dump-after=counted_run"};
    snprintf(out, sizeof out, "--callgrind-out-file=%s/out", folder);
    for (size_t i = 0; i <= COUNT_ARGUMENTS && self[i]; i++)
        argv[6 + i] = self[i];
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        if (ended_by)
            kill(child, SIGKILL);
    return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

// The file that was written when run `number` (from 1) was left.
static bool read_total(const char *folder, size_t number, uint64_t *total)
{
    char path[512], line[512];
    bool found = false;
    snprintf(path, sizeof path, "%s/out.%zu", folder, number);
    FILE *in = fopen(path, "re");
    while (in && !found && fgets(line, sizeof line, in))
        found = sscanf(line, "totals: %" SCNu64, total) == 1;
    if (in)
        fclose(in);
    remove(path);
    return found;
}

static bool count_with_callgrind(const char *const *self, size_t runs, uint64_t *counts, char *why,
                                 size_t size)
{
    char folder[] = "/tmp/instructions-XXXXXX", rest[64];
    if (mkdtemp(folder) == NULL) {
        snprintf(why, size, "no temporary folder: %s", strerror(errno));
        return false;
    }
    hold_signals(true);
    int code = run_callgrind(self, folder);
    bool good = code == 0;
    for (size_t i = 0; i < runs; i++)
        good = read_total(folder, i + 1, &counts[i]) && good;
    snprintf(rest, sizeof rest, "%s/out", folder); // what came after the last run
    remove(rest);
    snprintf(rest, sizeof rest, "%s/out.%zu", folder, runs + 1);
    remove(rest);
    rmdir(folder);
    hold_signals(false);
    if (!good)
        snprintf(why, size, "no counter of the processor (perf_event_open), and %s",
                 code == 127 ? "no valgrind" : "callgrind did not count");
    return good;
}

bool count_all(const char *const *self, count_function *function, void *context, size_t runs,
               uint64_t *counts, char *why, size_t size)
{
    int fd = open_counter();
    bool good = fd >= 0 && count_with_processor(fd, function, context, runs, counts);
    if (fd >= 0)
        close(fd);
    return good || count_with_callgrind(self, runs, counts, why, size);
}
