// SPDX-License-Identifier: Apache-2.0
#include "cli/supervise.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "cli/signals.h"

enum { SLOTS_MAX = 2 };

#define TICK_NS         (250 * NS_PER_MS)
#define WAIT_LONGEST_NS (10 * NS_PER_S)

struct supervisor {
    const struct supervise_setup *setup;
    struct slot slots[SLOTS_MAX];
    size_t slot_count, running;
    size_t next; // in setup->order
    uint64_t ticked_ns;
    bool stopped, draining;
};

// ---- starting ----

// Virtual
// time has no wall clock: a busy simulation may take far longer than it simulates.
static uint64_t timeout_of(const struct supervise_setup *setup, const struct job *job)
{
    const struct scenario *s = job->scenario;
    uint64_t planned = s->duration_ns + s->drain_ns;
    return setup->margin_ns + (s->engine == ENGINE_SIM ? 10 * planned : planned + planned / 2);
}

static struct job *next_job(struct supervisor *s)
{
    while (s->next < s->setup->count && s->setup->order[s->next]->done)
        s->next++;
    return s->next < s->setup->count ? s->setup->order[s->next] : NULL;
}

// Live jobs are alone on the machine; sim jobs share it with each other.
static bool may_start(const struct supervisor *s, const struct job *job)
{
    if (s->running == 0)
        return true;
    if (job->scenario->engine == ENGINE_LIVE || s->running >= s->slot_count)
        return false;
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid && s->slots[i].job->scenario->engine == ENGINE_LIVE)
            return false;
    return true;
}

static struct slot *free_slot(struct supervisor *s)
{
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid == 0)
            return &s->slots[i];
    return NULL;
}

static bool start_jobs(struct supervisor *s, struct error *e)
{
    for (struct job *job; (job = next_job(s)) != NULL && may_start(s, job);) {
        struct slot *slot = free_slot(s);
        if (slot == NULL)
            break;
        if (!child_start(slot, &s->setup->child, job, timeout_of(s->setup, job), e))
            return false;
        s->next++;
        s->running++;
    }
    return true;
}

static void watch(struct supervisor *s, struct slot *slot)
{
    if (s->setup->watch)
        s->setup->watch(s->setup->context, slot->job, slot->arena, &slot->told);
}

// ---- ending ----
static void death_reason(const struct slot *slot, int status, char *reason, size_t size)
{
    if (slot->timed_out)
        snprintf(reason, size, "did not end within %.0f s and was killed",
                 (double)(slot->deadline_ns - slot->started_ns) / 1e9);
    else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        snprintf(reason, size, "killed from outside (SIGKILL); out of memory?");
    else if (WIFSIGNALED(status))
        snprintf(reason, size, "crashed: SIG%s",
                 sigabbrev_np(WTERMSIG(status)) ? sigabbrev_np(WTERMSIG(status)) : "?");
    else
        snprintf(reason, size, "ended early with exit status %d", WEXITSTATUS(status));
}

// Nothing is believed of a child that died: what it counted is salvaged and called failed.
static struct outcome outcome_of(struct slot *slot, int status, char *reason, size_t size)
{
    struct outcome o = {.status = CELL_FAILED, .wall_ns = clock_mono_ns() - slot->started_ns};
    bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0 && slot->note->returned && !slot->timed_out;
    if (ended && !slot->note->began) {
        slot->note->error.text[sizeof slot->note->error.text - 1] = 0;
        snprintf(reason, size, "%s", *slot->note->error.text ? slot->note->error.text : "could not start");
        o.code = slot->note->error.code == EXIT_USAGE ? EXIT_USAGE : EXIT_OK;
        o.reason = reason;
        return o;
    }
    o.report = flow_report(slot->arena);
    if (ended && o.report && o.report->finished)
        return o;
    if (ended)
        snprintf(reason, size, "the executor came back without a result");
    else
        death_reason(slot, status, reason, size);
    bool whole = o.report && o.report->finished; // it died after it had finished
    if (o.report && !whole)
        flow_salvage(slot->arena, reason); // which knows better when the child died of its own memory limit
    o.reason = o.report && !whole ? o.report->reason : reason;
    return o;
}

static void hear(struct supervisor *s, struct slot *slot)
{
    child_hear(slot, s->setup->listening, s->setup->context);
    if (s->setup->said)
        child_hear_said(slot, s->setup->said, s->setup->context);
}

static void end_job(struct supervisor *s, struct slot *slot, int status)
{
    char reason[REPORT_REASON_MAX + sizeof slot->note->error.text];
    struct job *job = slot->job;
    hear(s, slot);
    watch(s, slot);
    struct outcome o = outcome_of(slot, status, reason, sizeof reason);
    child_clean(slot);
    s->running--;
    bool whole = o.report && o.reason == NULL;
    if (s->draining && !whole)
        return; // it did not get to its end in the time that was left: as if it had never run
    job->done = true;
    if (!s->setup->finished(s->setup->context, job, &o))
        s->stopped = true;
}

static void collect(struct supervisor *s)
{
    for (size_t i = 0; i < s->slot_count; i++) {
        int status;
        if (s->slots[i].pid && child_ended(&s->slots[i], &status))
            end_job(s, &s->slots[i], status);
    }
}

static void kill_late(struct supervisor *s)
{
    uint64_t now = clock_mono_ns();
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->pid == 0 || slot->timed_out || now < slot->deadline_ns)
            continue;
        slot->timed_out = true;
        kill(-slot->pid, SIGKILL);
        kill(slot->pid, SIGKILL);
    }
}

static void kill_all(struct supervisor *s)
{
    for (size_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i].pid == 0)
            continue;
        child_kill(&s->slots[i]);
        child_clean(&s->slots[i]);
    }
    s->running = 0;
}

// ---- waiting ----
static bool ticks(const struct supervise_setup *setup)
{
    return setup->tick || setup->watch;
}

static void tick(struct supervisor *s)
{
    const struct job *running[SLOTS_MAX];
    size_t n = 0;
    uint64_t now = clock_mono_ns();
    if (!ticks(s->setup) || now < s->ticked_ns + TICK_NS)
        return;
    s->ticked_ns = now;
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid)
            watch(s, &s->slots[i]);
    if (s->setup->tick == NULL)
        return;
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid)
            running[n++] = s->slots[i].job;
    s->setup->tick(s->setup->context, running, n);
}

static void wait_for_something(struct supervisor *s)
{
    struct pollfd fds[2 * SLOTS_MAX];
    struct slot *owners[2 * SLOTS_MAX];
    nfds_t n = 0;
    uint64_t now = clock_mono_ns(), wait = ticks(s->setup) ? TICK_NS : WAIT_LONGEST_NS;
    for (size_t i = 0; i < s->slot_count; i++) {
        struct slot *slot = &s->slots[i];
        if (slot->pid == 0)
            continue;
        uint64_t left = slot->deadline_ns > now ? slot->deadline_ns - now : 0;
        wait = !slot->timed_out && left < wait ? left : wait;
        owners[n] = slot;
        fds[n++] = (struct pollfd){.fd = slot->pipe, .events = POLLIN};
        if (slot->said >= 0) {
            owners[n] = slot;
            fds[n++] = (struct pollfd){.fd = slot->said, .events = POLLIN};
        }
    }
    signals_wait(fds, n, wait);
    for (nfds_t i = 0; i < n; i++) {
        if (fds[i].revents & POLLIN)
            hear(s, owners[i]);
        else if (fds[i].revents & (POLLHUP | POLLERR))
            signals_wait(NULL, 0,
                         NS_PER_MS); // closed its end and is about to be gone: SIGCHLD ends this wait
    }
}

static size_t slots_wanted(const struct supervise_setup *setup)
{
    size_t sims = 0, most = setup->sim_slots < SLOTS_MAX ? setup->sim_slots : SLOTS_MAX;
    for (size_t i = 0; i < setup->count; i++)
        sims += !setup->order[i]->done && setup->order[i]->scenario->engine == ENGINE_SIM;
    return sims < 2 || most < 1 ? 1 : most;
}

static bool create_slots(struct supervisor *s, struct error *e)
{
    size_t wanted = slots_wanted(s->setup);
    for (; s->slot_count < wanted; s->slot_count++)
        if (!slot_create(&s->slots[s->slot_count], e))
            return s->slot_count > 0; // one is enough to go on
    return true;
}

// Interrupted: what runs may deliver what it has admitted, nothing new is started. A second signal ends that.
static enum supervise_end drain(struct supervisor *s)
{
    signals_take();
    s->draining = true;
    for (size_t i = 0; i < s->slot_count; i++)
        if (s->slots[i].pid)
            child_ask_to_stop(&s->slots[i]);
    if (s->running && s->setup->stopping)
        s->setup->stopping(s->setup->context);
    while (s->running && !signals_interrupted()) {
        tick(s);
        wait_for_something(s);
        collect(s);
        kill_late(s);
    }
    return SUPERVISE_INTERRUPTED;
}

static enum supervise_end loop(struct supervisor *s, struct error *e)
{
    for (;;) {
        if (signals_interrupted())
            return drain(s);
        if (s->stopped || !start_jobs(s, e))
            return SUPERVISE_STOPPED;
        if (s->running == 0)
            return SUPERVISE_DONE;
        tick(s);
        wait_for_something(s);
        collect(s);
        kill_late(s);
    }
}

enum supervise_end supervise(const struct supervise_setup *setup, struct error *e)
{
    struct supervisor s = {.setup = setup};
    enum supervise_end end = SUPERVISE_STOPPED;
    if (create_slots(&s, e))
        end = loop(&s, e);
    kill_all(&s);
    for (size_t i = 0; i < s.slot_count; i++)
        slot_destroy(&s.slots[i]);
    return end;
}
