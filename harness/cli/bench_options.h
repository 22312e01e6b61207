// SPDX-License-Identifier: Apache-2.0
// The command line of `weir bench` as the bench wants it.
#ifndef CLI_BENCH_OPTIONS_H
#define CLI_BENCH_OPTIONS_H

#include "base/error.h"
#include "bench/bench.h"
#include "cli/options.h"

enum { BENCH_LIST_MAX = 32 };

// The lists that the options point into.
struct bench_lists {
    char *text; // copy of --queue, cut at its commas
    const char *queues[BENCH_LIST_MAX];
    size_t batch[BENCH_LIST_MAX], capacity[BENCH_LIST_MAX], item[BENCH_LIST_MAX];
    int wait[BENCH_LIST_MAX], regime[BENCH_LIST_MAX];
};

// False with *e (EXIT_USAGE). bench_lists_free in any case.
bool bench_options_read(const struct options *o, struct bench_options *b, struct bench_lists *lists,
                        struct error *e);
void bench_lists_free(struct bench_lists *lists);

#endif
