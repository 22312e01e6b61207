// SPDX-License-Identifier: Apache-2.0
// Steps of two strategies that do next to nothing; the second one costs what STEPS says.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "gate/steps_module.h"

#ifndef STEPS_SCRIPT
#define STEPS_SCRIPT "one"
#endif
#ifndef STEPS_OTHER_ABI
#define STEPS_OTHER_ABI 0
#endif

static bool name(size_t index, char *text, size_t size)
{
    snprintf(text, size, "admission %s full", index ? "costly" : "cheap");
    return index < 2;
}

static volatile size_t sum;

__attribute__((noinline)) static void cost(void)
{
#if defined(STEPS_INSTRUCTIONS)
    __asm__ volatile("nop\n\tnop");
#elif defined(STEPS_ALLOCATION)
    void *volatile memory = calloc(1, 8);
    free(memory);
#elif defined(STEPS_CRASH)
    raise(SIGSEGV);
#else
    __asm__ volatile("");
#endif
}

static bool run(size_t index, size_t rounds)
{
    if (index == 0)
        for (size_t i = 0; i < rounds; i++)
            sum += i;
    else
        for (size_t i = 0; i < rounds; i++)
            cost();
    return true;
}

__attribute__((visibility("default"))) extern const struct weir_steps_module weir_steps_module;
const struct weir_steps_module weir_steps_module = {
    .abi = WEIR_STEPS_ABI + STEPS_OTHER_ABI, .script = STEPS_SCRIPT, .name = name, .run = run, .period = 16};
