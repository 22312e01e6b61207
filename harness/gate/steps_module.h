// SPDX-License-Identifier: Apache-2.0
// BUILD/weir-steps.so: the decisions of all strategies, each made over and over on one thread with a scripted
// sequence of what it is shown, for weir-count. The script is part of the module, so that it fits the
// strategies beside it whatever they look like, and nothing but this header is agreed on between two builds.
#ifndef GATE_STEPS_MODULE_H
#define GATE_STEPS_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEIR_STEPS_ABI = 1 };

struct weir_steps_module {
    uint32_t abi; // WEIR_STEPS_ABI
    // Which script this is. Steps that were taken in other circumstances do not compare.
    const char *script;
    // "admission drop_oldest full". False after the last one.
    bool (*name)(size_t index, char *text, size_t size);
    // Begins anew, and makes that many steps. False when memory is short.
    bool (*run)(size_t index, size_t rounds);
    size_t period; // after so many steps the sequence begins again
};

// The name under which a module exports it.
#define WEIR_STEPS_SYMBOL "weir_steps_module"

#endif
