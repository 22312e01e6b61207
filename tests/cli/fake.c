// SPDX-License-Identifier: Apache-2.0
// Executors that measure nothing: figures made up from the strategy's name, and misbehaviour on demand. The
// environment variable WEIR_FAKE holds rules "STRATEGY:ACTION" or "*:ACTION" with commas between:
// - crash, hang, kill, exit, early, refuse, error, invalid, listen, litter
// - say: a sentence on standard error, in two pieces
// - once: hangs unless the file that WEIR_FAKE_FILE names exists
// - drain: runs until it is asked to stop, unless that file exists
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "flow/engine.h"

static bool has_rule(const char *strategy, const char *action)
{
    const char *rules = getenv("WEIR_FAKE");
    char own[128], any[128];
    snprintf(own, sizeof own, "%s:%s", strategy, action);
    snprintf(any, sizeof any, "*:%s", action);
    return rules && (strstr(rules, own) || strstr(rules, any));
}

static const char *strategy_of(const struct scenario *s)
{
    return s->stage_count && s->stages[0].edge.admission ? s->stages[0].edge.admission->name : "none";
}

static struct hist *hist_around(struct arena *a, uint64_t middle, uint64_t n)
{
    struct hist *h = arena_alloc(a, sizeof *h);
    for (uint64_t i = 0; i < n; i++)
        hist_record(h, middle / 2 + middle * i / n);
    return h;
}

static void fill_lists(struct report *r, const struct scenario *s, struct arena *a)
{
    r->edges = arena_alloc(a, sizeof *r->edges);
    r->edge_count = 1;
    snprintf(r->edges[0].name, sizeof r->edges[0].name, "%s", s->stage_count ? s->stages[0].name : "edge");
    r->edges[0].capacity = 1024;
    r->edges[0].high_water = 1000;
    r->edges[0].mean = 512.5;
    r->sources = arena_alloc(a, sizeof *r->sources);
    r->source_count = 1;
    snprintf(r->sources[0].name, sizeof r->sources[0].name, "%s",
             s->source_count ? s->sources[0].name : "app");
    r->sources[0].generated = r->ledger.generated;
    r->series_count = 3;
    r->series = arena_alloc(a, r->series_count * sizeof *r->series);
    for (size_t i = 0; i < r->series_count; i++)
        r->series[i] = (struct series_row){.offered = 100 + i,
                                           .admitted = 90,
                                           .delivered = i ? 80 : 0,
                                           .response_count = i ? 80 : 0,
                                           .response_p50 = 1000,
                                           .response_p99 = 2000,
                                           .response_max = 3000};
}

static struct report *fill(const struct run_setup *setup, const char *strategy)
{
    struct report *r = arena_alloc(setup->arena, sizeof *r);
    arena_set_root(setup->arena, r);
    bool blocks = strncmp(strategy, "block", 5) == 0;
    bool oldest = strcmp(strategy, "drop_oldest") == 0;
    r->ledger.generated = r->ledger.attempts = 1000;
    r->ledger.delivered = r->ledger.admitted = blocks ? 1000 : 500;
    r->ledger.lost[oldest ? WEIR_LOSS_DROP_OLDEST : WEIR_LOSS_DROP_NEWEST] = 1000 - r->ledger.delivered;
    r->check.missing = 1000 - r->ledger.delivered;
    r->check.longest_gap_records = 3;
    r->seconds = (double)(setup->scenario->duration_ns - setup->scenario->warmup_ns) / 1e9;
    r->window_offered = 1000;
    r->window_delivered = r->ledger.delivered;
    r->response = hist_around(setup->arena, blocks ? 1900000000 : 20000000, r->ledger.delivered);
    r->service = hist_around(setup->arena, 40000, r->ledger.delivered);
    r->age = hist_around(setup->arena, oldest ? 41000000 : 800000000, 500);
    r->send_lag = hist_around(setup->arena, 60000, 1000);
    r->cpu_user_s = 0.25;
    r->cpu_system_s = 0.125;
    r->peak_bytes = 4 << 20;
    r->threads = 3;
    fill_lists(r, setup->scenario, setup->arena);
    return r;
}

static void misbehave(const struct run_setup *setup, const char *strategy)
{
    const char *file = getenv("WEIR_FAKE_FILE");
    if (has_rule(strategy, "crash"))
        raise(SIGABRT);
    if (has_rule(strategy, "kill"))
        raise(SIGKILL);
    if (has_rule(strategy, "exit"))
        _exit(7);
    if (has_rule(strategy, "litter")) {
        char path[4096];
        snprintf(path, sizeof path, "%s/left-behind", setup->scratch);
        FILE *out = fopen(path, "w");
        if (out)
            fclose(out);
    }
    if (has_rule(strategy, "say")) {
        fputs("fake: the disk ", stderr);
        usleep(1000);
        fputs("is full\n", stderr);
    }
    if (has_rule(strategy, "listen"))
        setup->listening("app", "127.0.0.1:4318");
    // A hanging executor says so first: whoever waits for it needs no clock.
    bool hangs =
        has_rule(strategy, "hang") || (has_rule(strategy, "once") && file && access(file, F_OK) != 0);
    if (hangs) {
        char pid[32];
        snprintf(pid, sizeof pid, "pid:%d", (int)getpid());
        setup->listening("hang", pid);
    }
    while (hangs)
        pause();
}

// Runs until it is asked to stop, and says so first.
static bool drains(const struct run_setup *setup, const char *strategy)
{
    const char *file = getenv("WEIR_FAKE_FILE");
    if (!has_rule(strategy, "drain") || (file && access(file, F_OK) == 0))
        return false;
    setup->listening("hang", "pid:0");
    while (!setup->stop_asked())
        usleep(1000);
    return true;
}

static bool fake_run(const struct run_setup *setup, struct error *e)
{
    const char *strategy = strategy_of(setup->scenario);
    if (has_rule(strategy, "refuse"))
        return fail(e, EXIT_USAGE, "listen: address already in use");
    if (has_rule(strategy, "error"))
        return fail(e, EXIT_INVALID, "the machine has no more threads");
    if (has_rule(strategy, "early"))
        return true;
    struct report *r = fill(setup, strategy);
    misbehave(setup, strategy);
    r->interrupted = drains(setup, strategy);
    if (has_rule(strategy, "invalid")) {
        r->status = CELL_INVALID;
        snprintf(r->reason, sizeof r->reason, "ledger does not balance: 3 records unknown");
    }
    r->finished = true;
    return true;
}

bool live_run(const struct run_setup *setup, struct error *e)
{
    return fake_run(setup, e);
}

bool sim_run(const struct run_setup *setup, struct error *e)
{
    if (!fake_run(setup, e))
        return false;
    struct report *r = arena_root(setup->arena);
    if (r) {
        r->digest = 0x1234567890abcdefull + setup->seed;
        r->has_digest = true;
    }
    return true;
}

struct report *flow_report(const struct arena *arena)
{
    return arena_root(arena);
}

void flow_salvage(struct arena *arena, const char *reason)
{
    struct report *r = arena_root(arena);
    uint64_t known = r->ledger.delivered;
    r->ledger.lost[WEIR_LOSS_DROP_NEWEST] = r->ledger.lost[WEIR_LOSS_DROP_OLDEST] = 0;
    r->ledger.lost[WEIR_LOSS_CRASH] = r->ledger.generated - known;
    r->status = CELL_FAILED;
    snprintf(r->reason, sizeof r->reason, "%s", reason);
}
