// SPDX-License-Identifier: Apache-2.0
// The conformance checks (harness/conform) as test cases, one a check.
#ifndef WEIR_CONFORMANCE_H
#define WEIR_CONFORMANCE_H

#include "conform/conform.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

enum { CONFORM_CHECKS_MAX = 64 };

static const struct weir_queue_ops *conform_ops;

static void run_check(void **state)
{
    const struct conform_check *check = *state;
    struct conform_options options;
    struct conform_verdict verdict;
    conform_default_options(&options);
    options.limit_s =
        280; // threads that spin take turns on a core, and a sanitizer or a busy machine adds to that
    conform_run(check, conform_ops, &options, &verdict);
    if (verdict.status == CONFORM_FAILED)
        fail_msg("%s", verdict.text);
    print_message("%s\n", verdict.text);
    if (verdict.status == CONFORM_SKIPPED)
        skip();
}

static int run_conformance(const struct weir_queue_ops *ops)
{
    struct CMUnitTest tests[CONFORM_CHECKS_MAX];
    const struct conform_check *check;
    size_t count = 0;
    conform_ops = ops;
    while ((check = conform_at(count)) != NULL && count < CONFORM_CHECKS_MAX)
        tests[count++] = (struct CMUnitTest){
            .name = check->name, .test_func = run_check, .initial_state = (void *)(uintptr_t)check};
    return _cmocka_run_group_tests(ops->name, tests, count, NULL, NULL);
}

#endif
