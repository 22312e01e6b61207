// SPDX-License-Identifier: Apache-2.0
#include "bench/driver.h"
#include "bench/turn.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DRIVERS = 8, LINE = 512, GREETING_MS = 10000 };

struct bench_driver {
    char path[PATH_MAX], name[64];
    struct weir_queue_ops ops;
    struct bench_loops loops;
    struct weir_queue_module module;
    pid_t pid;    // 0: not running
    int to, from; // its input and output
};

static struct bench_driver drivers[DRIVERS];
static size_t drivers_count;

// --- its process ----

static struct bench_driver *own(const struct bench_driver *driver)
{
    return &drivers[driver - drivers];
}

static void become(const struct bench_driver *d, int in, int out, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_TIMERSLACK, 1ul); // as our threads have it
    setpgid(0, 0);                 // a key that interrupts weir reaches it by the end of its input
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (getppid() == parent && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
        execl(d->path, d->path, (char *)NULL);
    _exit(127);
}

static const char *start(struct bench_driver *d)
{
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) {
        if (in[0] >= 0) {
            close(in[0]);
            close(in[1]);
        }
        return "cannot make the driver's pipes";
    }
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        become(d, in[0], out[1], parent);
    close(in[0]);
    close(out[1]);
    d->to = in[1];
    d->from = out[0];
    if (pid < 0) {
        close(d->to);
        close(d->from);
        return "cannot fork for the driver";
    }
    d->pid = pid;
    return NULL;
}

void driver_stop(const struct bench_driver *driver)
{
    struct bench_driver *d = own(driver);
    if (d->pid <= 0)
        return;
    close(d->to);
    close(d->from);
    if (kill(-d->pid, SIGKILL) != 0) // not yet a group of its own
        kill(d->pid, SIGKILL);
    while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    d->pid = 0;
}

void driver_stop_all(void)
{
    for (size_t i = 0; i < drivers_count; i++)
        driver_stop(&drivers[i]);
}

// --- its lines ----

static char problem_text[160];

__attribute__((format(printf, 1, 2))) static const char *problem(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem_text, sizeof problem_text, format, arguments);
    va_end(arguments);
    return problem_text;
}

static bool say(const struct bench_driver *d, const char *line)
{
    size_t length = strlen(line);
    return write(d->to, line, length) == (ssize_t)length; // shorter than a pipe takes at once
}

// One line without its end. False at the end of its output, or when the line is too long.
static bool hear(const struct bench_driver *d, char line[LINE])
{
    for (size_t length = 0; length < LINE; length++) {
        ssize_t got;
        while ((got = read(d->from, &line[length], 1)) < 0 && errno == EINTR)
            ;
        if (got != 1)
            return false;
        if (line[length] == '\n') {
            line[length] = '\0';
            return true;
        }
    }
    return false;
}

// --- as a module ----

static enum bench_carried driver_carries(size_t item_bytes, size_t batch)
{
    (void)batch;
    return item_bytes == 0 ? BENCH_NOT_CARRIED : BENCH_IN_PLACE;
}

bool driver_is_at(const char *path)
{
    struct stat file;
    size_t length = strlen(path);
    return !(length > 3 && strcmp(path + length - 3, ".so") == 0) && stat(path, &file) == 0 &&
           S_ISREG(file.st_mode) && access(path, X_OK) == 0;
}

static void name_it(struct bench_driver *d)
{
    static const char prefix[] = "weir-peer-";
    const char *slash = strrchr(d->path, '/'), *file = slash ? slash + 1 : d->path;
    if (strncmp(file, prefix, sizeof prefix - 1) == 0)
        file += sizeof prefix - 1;
    snprintf(d->name, sizeof d->name, "%.63s", file);
}

static bool greets(struct bench_driver *d, char *error, size_t size)
{
    char line[LINE];
    unsigned producers, consumers;
    const char *wrong = start(d);
    struct pollfd ready = {.fd = d->from, .events = POLLIN};
    if (!wrong && poll(&ready, 1, GREETING_MS) != 1)
        wrong = "says nothing for 10 s";
    if (!wrong && !hear(d, line))
        wrong = "ends without a word";
    if (!wrong && sscanf(line, "weir-driver 1 producers=%u consumers=%u", &producers, &consumers) != 2)
        wrong = "does not greet with 'weir-driver 1 producers=N consumers=N'";
    if (wrong) {
        driver_stop(d);
        snprintf(error, size, "%s: not a queue's driver: it %s", d->path, wrong);
        return false;
    }
    d->ops.caps = WEIR_Q_BATCH | (producers > 1 ? WEIR_Q_MULTI_PRODUCER : 0u) |
                  (consumers > 1 ? WEIR_Q_MULTI_CONSUMER : 0u);
    return true;
}

const struct weir_queue_module *driver_module(const char *path, char *error, size_t size)
{
    for (size_t i = 0; i < drivers_count; i++)
        if (strcmp(drivers[i].path, path) == 0)
            return &drivers[i].module;
    struct bench_driver *d = &drivers[drivers_count];
    if (drivers_count == DRIVERS || strlen(path) >= sizeof d->path) {
        snprintf(error, size, "%s: more than %d drivers in one bench", path, DRIVERS);
        return NULL;
    }
    *d = (struct bench_driver){.pid = 0};
    snprintf(d->path, sizeof d->path, "%s", path);
    name_it(d);
    d->ops = (struct weir_queue_ops){.abi = WEIR_QUEUE_ABI,
                                     .name = d->name,
                                     .summary = "measured by a program of its own",
                                     .contract = "its own"};
    d->loops = (struct bench_loops){.abi = WEIR_BENCH_LOOP_ABI, .carried = driver_carries};
    d->module =
        (struct weir_queue_module){.abi = WEIR_MODULE_ABI, .ops = &d->ops, .loops = &d->loops, .driver = d};
    if (!greets(d, error, size))
        return NULL;
    drivers_count++;
    return &d->module;
}

const char *driver_start(const struct bench_driver *driver)
{
    static char text[PATH_MAX + 160];
    struct bench_driver *d = own(driver);
    return d->pid > 0 || greets(d, text, sizeof text) ? NULL : text;
}

// --- its threads ----

// The cpu of the thread with this name, or -1.
static int cpu_for(const char *comm, const struct turn *t, const int *cpus)
{
    unsigned index;
    char side, end;
    if (sscanf(comm, "weir-%c%u%c", &side, &index, &end) != 3 || end != '\n')
        return -1;
    if (side == 'p' && index < t->producers)
        return cpus[index];
    return side == 'c' && index < t->consumers ? cpus[t->producers + index] : -1;
}

static void pin_thread(pid_t process, const char *thread, const struct turn *t, const int *cpus)
{
    char path[64], comm[32] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%.16s/comm", (int)process, thread);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return;
    int cpu = fgets(comm, sizeof comm, file) ? cpu_for(comm, t, cpus) : -1;
    fclose(file);
    if (cpu < 0)
        return;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity((pid_t)atoi(thread), sizeof set, &set);
}

static void pin_threads(const struct bench_driver *d, const struct turn *t, const int *cpus)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)d->pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL)
        return;
    for (const struct dirent *e; (e = readdir(tasks)) != NULL;)
        if (isdigit((unsigned char)e->d_name[0]))
            pin_thread(d->pid, e->d_name, t, cpus);
    closedir(tasks);
}

// --- one turn ----

static double number(const json_t *o, const char *key)
{
    return json_number_value(json_object_get(o, key));
}

static const char *read_figures(const char *line, struct turn_answer *a)
{
    json_error_t where;
    json_t *o = json_loads(line, 0, &where);
    const char *said = json_string_value(json_object_get(o, "error")), *wrong = NULL;
    a->items = (uint64_t)json_integer_value(json_object_get(o, "items"));
    a->ns_per_item = number(o, "ns_per_item");
    a->cpu_ns_per_item = number(o, "cpu_ns_per_item");
    a->consumer_cpu_ns_per_item = number(o, "consumer_cpu_ns_per_item");
    if (said)
        wrong = problem("the driver says: %s", said);
    else if (a->items == 0 || !(a->ns_per_item > 0))
        wrong = problem("the driver answers no figures: %.80s", line);
    json_decref(o);
    return wrong;
}

const char *driver_turn(const struct bench_driver *driver, const struct turn *t, double seconds,
                        const int *cpus, struct turn_answer *answer)
{
    char line[LINE];
    snprintf(line, sizeof line,
             "turn producers=%u consumers=%u batch=%zu capacity=%zu item_bytes=%zu wait=%s seconds=%.6f\n",
             t->producers, t->consumers, t->batch, t->capacity, t->item_bytes, weir_wait_name(t->wait),
             seconds);
    signal(SIGPIPE, SIG_IGN); // the child's: a driver that has ended is told below
    if (!say(driver, line) || !hear(driver, line))
        return "the driver has ended";
    if (strcmp(line, "ready") != 0)
        return read_figures(line, answer);
    pin_threads(driver, t, cpus);
    if (!say(driver, "go\n") || !hear(driver, line))
        return "the driver has ended in the middle of a turn";
    return read_figures(line, answer);
}
