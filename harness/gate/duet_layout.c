// SPDX-License-Identifier: Apache-2.0
#include "gate/duet_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// What is loaded or mapped next lies up to a megabyte further on.
static void leave_a_gap(struct rng *layout)
{
    size_t pages = (size_t)rng_below(layout, 256);
    if (pages > 0)
        mmap(NULL, pages * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

static void lengthen_environment(struct rng *layout)
{
    char text[4096];
    size_t length = (size_t)rng_below(layout, sizeof text);
    memset(text, 'x', length);
    text[length < sizeof text ? length : sizeof text - 1] = '\0';
    setenv("WEIR_LAYOUT", text, 1);
}

void duet_layout_shuffle(unsigned *order, unsigned count, struct rng *layout)
{
    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    for (unsigned i = count; i > 1; i--) {
        unsigned k = (unsigned)rng_below(layout, i), saved = order[k];
        order[k] = order[i - 1];
        order[i - 1] = saved;
    }
}

const char *duet_layout_load(const struct weir_queue_module *module[ARMS], const struct duet_modules *modules,
                             struct rng *layout, struct duet_answer *a)
{
    static char why[300];
    unsigned order[ARMS];
    duet_layout_shuffle(order, ARMS, layout);
    lengthen_environment(layout);
    for (unsigned i = 0; i < ARMS; i++) {
        unsigned arm = order[i];
        leave_a_gap(layout);
        if (malloc(16 * (size_t)(1 + rng_below(layout, 256))) == NULL) // stays: it moves what comes after it
            return "out of memory";
        if (modules->slow[arm])
            setenv("WEIR_SLOW", modules->slow[arm], 1);
        else
            unsetenv("WEIR_SLOW");
        a->acting = arm + 1;
        a->loading = true;
        module[arm] = weir_queue_load_copy(modules->copy[arm], modules->path[arm], why, sizeof why);
        if (module[arm] == NULL)
            return why;
    }
    a->loading = false;
    return NULL;
}
