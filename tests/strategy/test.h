// SPDX-License-Identifier: Apache-2.0
// What every cmocka program needs, in the order in which cmocka wants it.
#ifndef TESTS_STRATEGY_TEST_H
#define TESTS_STRATEGY_TEST_H

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on

#define RUN(tests) cmocka_run_group_tests(tests, NULL, NULL)

#endif
