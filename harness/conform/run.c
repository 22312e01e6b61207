// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"
#include "conform/check.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CODE_ANSWERED = 77 }; // of a child whose verdict is on the page; anything else was not our doing

struct conform_page {
    atomic_bool taken;    // somebody is writing the verdict
    atomic_bool answered; // it is whole
    enum conform_status status;
    char text[1024];
    char trying[192];
};

// --- in the child ----

// A sanitizer reports at exit what it has seen; without one nothing needs to run any more.
static _Noreturn void leave(bool passed)
{
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    if (passed)
        exit(CODE_ANSWERED);
#else
    (void)passed;
#endif
    _exit(CODE_ANSWERED);
}

static void answer(struct conform_page *page, enum conform_status status, const char *text)
{
    page->status = status;
    snprintf(page->text, sizeof page->text, "%s%s%s", text,
             status == CONFORM_FAILED && *page->trying ? "; seen with " : "",
             status == CONFORM_FAILED ? page->trying : "");
    atomic_store(&page->answered, true);
}

void conform_fail(struct conform *c, const char *format, ...)
{
    char text[820];
    va_list arguments;
    while (atomic_exchange(&c->page->taken, true))
        pause(); // another thread was first, and takes this one with it
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    answer(c->page, CONFORM_FAILED, text);
    leave(false);
}

void conform_skip(struct conform *c, const char *why)
{
    answer(c->page, CONFORM_SKIPPED, why);
    leave(true);
}

void conform_saw(struct conform *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->page->text, sizeof c->page->text, format, arguments);
    va_end(arguments);
}

void conform_trying(struct conform *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->page->trying, sizeof c->page->trying, format, arguments);
    va_end(arguments);
}

// By turns for single items and for batches: a queue may lay them out differently.
static struct weir_queue *make(struct conform *c, struct weir_queue_config *config)
{
    static unsigned made; // in this child, by its one thread
    config->batch = made++ % 2 ? 16 : 1;
    conform_trying(
        c,
        "capacity %zu, wait %s, made for batches of %zu, %u producer%s%s, %u consumer%s, counters from %llu",
        config->capacity, weir_wait_name(config->wait), config->batch, config->producers,
        config->producers == 1 ? "" : "s", config->no_evict ? "" : " that may pop", config->consumers,
        config->consumers == 1 ? "" : "s", (unsigned long long)config->start);
    struct weir_queue *q = c->ops->create(config);
    EXPECT(c, q != NULL, "create answered NULL");
    return q;
}

struct weir_queue *conform_make(struct conform *c, size_t capacity, enum weir_wait_kind wait,
                                unsigned producers, unsigned consumers, uint64_t start)
{
    struct weir_queue_config config = {.capacity = capacity,
                                       .wait = wait,
                                       .producers = producers,
                                       .consumers = consumers,
                                       .no_evict = true,
                                       .start = start};
    return make(c, &config);
}

struct weir_queue *conform_make_evicting(struct conform *c, size_t capacity, enum weir_wait_kind wait,
                                         unsigned producers, unsigned consumers, uint64_t start)
{
    struct weir_queue_config config = {
        .capacity = capacity, .wait = wait, .producers = producers, .consumers = consumers, .start = start};
    return make(c, &config);
}

void conform_thread(struct conform *c, pthread_t *id, void *(*run)(void *), void *argument)
{
    int error = pthread_create(id, NULL, run, argument);
    EXPECT(c, error == 0, "nothing was seen: no thread to be had (%s)", strerror(error));
}

uint64_t conform_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

const char *conform_wake_name(enum weir_wake wake)
{
    static const char *const names[] = {"ready", "closed", "timeout"};
    return (unsigned)wake < 3 ? names[wake] : "something that is no answer";
}

static _Noreturn void run_child(struct conform *c, const struct conform_check *check, pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    dup2(STDERR_FILENO, STDOUT_FILENO); // nothing that a queue prints may get between the data
    check->run(c);
    while (atomic_exchange(&c->page->taken, true))
        pause();
    if (*c->page->text == '\0')
        conform_saw(c, "as asked");
    c->page->status = CONFORM_PASSED;
    atomic_store(&c->page->answered, true);
    leave(true);
}

// --- in the parent ----

// Waits for the end of the child, which holds the other end of the pipe. False when the time was up first.
static bool await_end(int fd, double limit_s)
{
    uint64_t deadline_ns = clock_mono_ns() + (uint64_t)(limit_s * 1e9);
    for (;;) {
        uint64_t now = clock_mono_ns();
        struct pollfd p = {.fd = fd, .events = POLLIN};
        uint64_t left_ms = now < deadline_ns ? (deadline_ns - now) / 1000000 + 1 : 0;
        int ready = poll(&p, 1, left_ms < 1000000 ? (int)left_ms : 1000000);
        if (ready > 0)
            return true;
        if (ready == 0 && clock_mono_ns() >= deadline_ns)
            return false;
    }
}

static void explain(struct conform_verdict *v, const struct conform_page *page, int status, bool hung,
                    const struct conform_options *options)
{
    const char *what = *page->trying ? "; seen with " : "", *trying = page->trying;
    v->status = CONFORM_FAILED;
    if (hung)
        snprintf(v->text, sizeof v->text, "hung: not at its end after %.3g s%s%s", options->limit_s, what,
                 trying);
    else if (WIFSIGNALED(status))
        snprintf(v->text, sizeof v->text, "crashed: SIG%s%s%s",
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?", what, trying);
    else
        snprintf(v->text, sizeof v->text, "ended the process with status %d%s%s", WEXITSTATUS(status), what,
                 trying);
}

static void conclude(struct conform_verdict *v, const struct conform_page *page, int status, bool hung,
                     const struct conform_options *options)
{
    bool ours = WIFEXITED(status) && WEXITSTATUS(status) == CODE_ANSWERED && !hung;
    if (!ours || !atomic_load(&page->answered)) {
        explain(v, page, status, hung, options);
        return;
    }
    v->status = page->status;
    snprintf(v->text, sizeof v->text, "%s", page->text);
}

static void give_up(struct conform_verdict *v, const char *what)
{
    v->status = CONFORM_FAILED;
    snprintf(v->text, sizeof v->text, "nothing was seen: %s: %s", what, strerror(errno));
}

static void run_on_page(struct conform *c, const struct conform_check *check, struct conform_verdict *v)
{
    int ends[2], status = 0;
    if (pipe(ends) != 0) {
        give_up(v, "no pipe to be had");
        return;
    }
    fflush(NULL);
    pid_t parent = getpid(), child = fork();
    if (child == 0) {
        close(ends[0]);
        run_child(c, check, parent);
    }
    close(ends[1]);
    if (child < 0) {
        give_up(v, "no process to be had");
    } else {
        bool hung = !await_end(ends[0], c->options->limit_s);
        if (hung)
            kill(child, SIGKILL);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR)
            ;
        kill(-child, SIGKILL); // whatever it has left behind
        conclude(v, c->page, status, hung, c->options);
    }
    close(ends[0]);
}

void conform_run(const struct conform_check *check, const struct weir_queue_ops *ops,
                 const struct conform_options *options, struct conform_verdict *verdict)
{
    uint64_t began_ns = clock_mono_ns();
    struct conform_page *page =
        mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    *verdict = (struct conform_verdict){.status = CONFORM_FAILED};
    if (page == MAP_FAILED) {
        give_up(verdict, "no shared memory to be had");
        return;
    }
    struct conform c = {.ops = ops, .options = options, .page = page};
    run_on_page(&c, check, verdict);
    munmap(page, sizeof *page);
    verdict->seconds = (double)(clock_mono_ns() - began_ns) / 1e9;
}

// --- the list ----

static const struct conform_check checks[] = {
    {"table", "says who it is, keeps one item, forgets it when destroyed", check_table},
    {"refusals", "refuses a configuration that it does not offer", check_refusals},
    {"small_capacities", "all short sequences of pushes and pops behave like an array",
     check_small_capacities},
    {"random_batches", "long random walks behave like an array, past every wrap", check_random_batches},
    {"close_drains", "closed, it takes nothing more and gives what is inside", check_close_drains},
    {"in_place", "reserve and commit, peek and release equal push and pop", check_in_place},
    {"wide_slots", "slots of several words keep every word", check_wide_slots},
    {"exact_capacity", "racing producers fill exactly the capacity", check_exact_capacity},
    {"order", "many threads: nothing lost, doubled, invented or out of order", check_order},
    {"close_race", "closed in the middle, what went in comes out", check_close_race},
    {"evict", "producers take out the oldest", check_evict},
    {"deadlines", "waits end at their deadline, not before", check_deadlines},
    {"close_wakes", "close wakes all who wait", check_close_wakes},
    {"wait_for_all", "wait_space(n) waits for all of n", check_wait_for_all},
    {"wake_ups", "those who wait for much do not swallow the wake-ups of others", check_wake_ups},
    {"histories", "short concurrent histories have an order that explains them", check_histories},
};

const struct conform_check *conform_at(size_t index)
{
    return index < sizeof checks / sizeof checks[0] ? &checks[index] : NULL;
}

const struct conform_check *conform_find(const char *name)
{
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (strcmp(checks[i].name, name) == 0)
            return &checks[i];
    return NULL;
}

void conform_default_options(struct conform_options *options)
{
    *options = (struct conform_options){.histories = 150, .seed = 1, .limit_s = 60};
}
