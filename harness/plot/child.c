// SPDX-License-Identifier: Apache-2.0
#include "plot/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// In the child: becomes the program, or writes why not.
static void become(char *const argv[], const char *dir, int output, int trouble)
{
    sigset_t none;
    sigemptyset(&none);
    int input = open("/dev/null", O_RDONLY);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (input >= 0 && dup2(input, 0) >= 0 && dup2(output, 1) >= 0 && dup2(output, 2) >= 0 &&
        (dir == NULL || chdir(dir) == 0)) {
        setenv("LC_ALL", "C.UTF-8", 1);
        setenv("TZ", "UTC", 1);
        setenv("SOURCE_DATE_EPOCH", "0", 1); // the same data gives the same bytes
        sigprocmask(SIG_SETMASK, &none, NULL);
        execv(argv[0], argv);
    }
    int saved = errno;
    if (write(trouble, &saved, sizeof saved) < 0)
        _exit(126);
    _exit(127);
}

// Somebody wants us to stop: pending, as whoever draws blocks these signals to clean up first.
static bool is_told_to_stop(void)
{
    sigset_t pending;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGINT) || sigismember(&pending, SIGTERM) || sigismember(&pending, SIGHUP));
}

static void await(pid_t pid, unsigned seconds, struct plot_child *c)
{
    const struct timespec nap = {.tv_nsec = 2000000};
    struct timespec begin, now;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    for (;;) {
        pid_t ended = waitpid(pid, &c->status, WNOHANG);
        if (ended == pid || (ended < 0 && errno != EINTR))
            return;
        clock_gettime(CLOCK_MONOTONIC, &now);
        bool late = now.tv_sec - begin.tv_sec >= (time_t)seconds;
        if (late || is_told_to_stop()) {
            c->out_of_time = late;
            kill(pid, SIGKILL);
        }
        nanosleep(&nap, NULL);
    }
}

static void read_end(int fd, char *said, size_t size)
{
    off_t length = lseek(fd, 0, SEEK_END), most = (off_t)size - 1;
    ssize_t n = pread(fd, said, (size_t)(length < most ? length : most), length < most ? 0 : length - most);
    said[n > 0 ? n : 0] = 0;
    for (char *p = said; *p; p++)
        if ((unsigned char)*p < ' ' && *p != '\n')
            *p = ' ';
    for (size_t k = strlen(said); k > 0 && (said[k - 1] == '\n' || said[k - 1] == ' ');)
        said[--k] = 0;
}

void plot_child_run(char *const argv[], const char *dir, unsigned seconds, struct plot_child *c)
{
    int trouble[2], output = memfd_create("output", MFD_CLOEXEC);
    *c = (struct plot_child){0};
    if (output < 0 || pipe2(trouble, O_CLOEXEC) != 0) {
        c->error = errno;
        if (output >= 0)
            close(output);
        return;
    }
    pid_t pid = fork();
    if (pid == 0)
        become(argv, dir, output, trouble[1]);
    if (pid < 0)
        c->error = errno;
    close(trouble[1]);
    if (pid > 0 && read(trouble[0], &c->error, sizeof c->error) <= 0)
        c->error = 0;
    if (pid > 0)
        await(pid, seconds, c);
    read_end(output, c->said, sizeof c->said);
    close(trouble[0]);
    close(output);
}
