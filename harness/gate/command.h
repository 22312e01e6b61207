// SPDX-License-Identifier: Apache-2.0
// A program of somebody else (git, tar, cmake), run to its end.
#ifndef GATE_COMMAND_H
#define GATE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

struct command_run {
    const char *const *argv; // looked up in PATH, ends with NULL
    const char *output;      // a file that all it prints is appended to; NULL: only `text`
    char *text; // the first bytes of its standard output, without the newline at the end; may be NULL
    size_t text_size;
    int *code;                  // set to its exit status, or to -1; may be NULL
    unsigned limit_s;           // after so long it is ended, which is a failure; 0: never
    bool (*cut)(void *context); // asked every tenth of a second; true kills it and all that it started
    void *context;
};

enum command_end { COMMAND_DONE, COMMAND_FAILED, COMMAND_MISSING, COMMAND_CUT };

// Blocks. All that it started is gone when this returns; the caller has no other children. Standard input is
// empty.
enum command_end command_run(const struct command_run *run);

#endif
