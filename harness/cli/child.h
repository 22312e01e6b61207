// SPDX-License-Identifier: Apache-2.0
// One job in a process of its own.
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"
#include "cli/jobs.h"
#include "flow/engine.h"

typedef bool (*executor)(const struct run_setup *setup, struct error *e);

// What the child leaves in shared memory besides the arena.
struct child_note {
    struct error error;     // why the executor could not start
    volatile bool returned; // the executor came back (with or without an error)
    volatile bool began;    // ... and it did measure something
};

// A place in which one child at a time runs; its shared memory is used again and again.
struct slot {
    struct arena *arena;
    struct child_note *note;
    char scratch[4096];
    // while a child runs:
    struct job *job;
    pid_t pid; // 0: none
    int pipe;  // what the child tells: lines "SOURCE ADDRESS"
    int said;  // its standard error, when that is to be kept apart; else -1
    char line[512];
    size_t line_used;
    uint64_t started_ns, deadline_ns;
    bool timed_out;
    uint64_t told; // the watcher's count
};

struct child_setup {
    executor live, sim;
    const char *scratch_parent; // folder in which the scratch folders are made
    bool verify, queue_stats;
    bool apart; // the child's standard error comes through the supervisor: a line may be drawn there
};

bool slot_create(struct slot *slot, struct error *e);
void slot_destroy(struct slot *slot);

// Forks. False with *e when there is no process, pipe or scratch folder to be had.
bool child_start(struct slot *slot, const struct child_setup *setup, struct job *job, uint64_t timeout_ns,
                 struct error *e);
// True when the child has ended; *status is that of waitpid. Never blocks.
bool child_ended(struct slot *slot, int *status);
void child_ask_to_stop(const struct slot *slot); // it drains, and ends by itself
void child_kill(struct slot *slot);              // its whole group, and waits for it
// After the end: whatever was left of the group dies, descriptors close, the scratch folder goes away.
void child_clean(struct slot *slot);
// Reads what the child has told so far; calls `listening` for each whole line.
void child_hear(struct slot *slot, void (*listening)(void *context, const char *source, const char *address),
                void *context);
// Hands on what the child has written on its standard error so far.
void child_hear_said(struct slot *slot, void (*said)(void *context, const char *text, size_t length),
                     void *context);

#endif
