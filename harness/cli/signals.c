// SPDX-License-Identifier: Apache-2.0
#include "cli/signals.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t interrupted;
static sigset_t outside; // the mask we were started with
static struct sigaction before[3];
static const int stoppers[3] = {SIGINT, SIGTERM, SIGHUP};

static void on_stop(int signal)
{
    (void)signal;
    interrupted = interrupted ? 2 : 1;
}

static void on_child(int signal)
{
    (void)signal;
} // only ends the wait

void signals_block(void)
{
    sigset_t ours;
    struct sigaction stop = {.sa_handler = on_stop}, child = {.sa_handler = on_child};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    interrupted = 0;
    sigemptyset(&ours);
    sigaddset(&ours, SIGCHLD);
    for (size_t i = 0; i < 3; i++)
        sigaddset(&ours, stoppers[i]);
    sigprocmask(SIG_BLOCK, &ours, &outside);
    for (size_t i = 0; i < 3; i++) {
        sigaction(stoppers[i], NULL, &before[i]);
        // nohup and background jobs of a script ignore some of these on purpose; Ctrl-C is ours in any case.
        if (stoppers[i] == SIGINT || before[i].sa_handler != SIG_IGN)
            sigaction(stoppers[i], &stop, NULL);
    }
    sigaction(SIGCHLD, &child, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
}

static void put_back(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    for (size_t i = 0; i < 3; i++)
        sigaction(stoppers[i], &before[i], NULL);
    sigaction(SIGCHLD, &usual, NULL);
    sigaction(SIGPIPE, &usual, NULL);
}

void signals_child(void)
{
    put_back();
    sigprocmask(SIG_SETMASK, &outside, NULL);
}

static void on_told(int signal)
{
    (void)signal;
    interrupted = 1;
}

void signals_child_graceful(void)
{
    struct sigaction told = {.sa_handler = on_told, .sa_flags = SA_RESTART};
    interrupted = 0;
    for (size_t i = 0; i < 3; i++)
        sigaction(stoppers[i], &told, NULL);
    sigprocmask(SIG_SETMASK, &outside, NULL);
}

bool signals_child_told(void)
{
    return interrupted != 0;
}

void signals_restore(void)
{
    struct pollfd none;
    signals_wait(&none, 0, 0); // an interrupt that is pending becomes the flag instead of a death
    put_back();
    sigprocmask(SIG_SETMASK, &outside, NULL);
}

bool signals_interrupted(void)
{
    return interrupted != 0;
}

bool signals_insisted(void)
{
    return interrupted > 1;
}

void signals_take(void)
{
    interrupted = 0;
}

void signals_wait(struct pollfd *fds, nfds_t count, uint64_t timeout_ns)
{
    struct timespec t = {.tv_sec = (time_t)(timeout_ns / 1000000000u),
                         .tv_nsec = (long)(timeout_ns % 1000000000u)};
    sigset_t open = outside;
    sigdelset(&open, SIGCHLD);
    for (size_t i = 0; i < 3; i++)
        sigdelset(&open, stoppers[i]);
    for (nfds_t i = 0; i < count; i++)
        fds[i].revents = 0;
    ppoll(fds, count, &t, &open);
}
