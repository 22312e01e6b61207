// SPDX-License-Identifier: Apache-2.0
// Exit codes of the contract, and an error that says what, where and what to do.
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
    EXIT_OK = 0,
    EXIT_REGRESSION = 1, // an expectation failed, or the gate found a regression
    EXIT_USAGE = 2,      // usage or scenario error: nothing was run
    EXIT_INVALID = 3,    // invalid measurement
    EXIT_NOISY = 4,      // too noisy to tell, with --strict
    EXIT_INTERRUPTED = 130,
};

struct error {
    enum exit_code code; // EXIT_OK while nothing went wrong
    char text[1024];     // one line or several, without a final newline
};

// Sets code and text (printf style) and answers false, so that a function can `return fail(e, ...)`.
// The first error wins: a later call on an error that is set changes nothing. Longer texts are cut. e may be
// NULL.
bool fail(struct error *e, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Of several exit codes the first in the order 130, 2, 3, 1, 4, 0. An unknown code counts as 3.
enum exit_code exit_code_worse(enum exit_code a, enum exit_code b);

#endif
