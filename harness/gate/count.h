// SPDX-License-Identifier: Apache-2.0
// Counts the user instructions of some runs, exactly: by the processor's counter, or where that cannot be
// had, by callgrind, which runs this program again.
#ifndef GATE_COUNT_H
#define GATE_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Makes run number `run`: all of it is counted, so two runs of different length tell what one round costs.
typedef void count_function(void *context, size_t run);

// Calls function(context, 0), function(context, 1), ... `runs` times and fills `counts`. False, with the
// reason in `why`, when neither way is open here. `self` is how this program is called so that it makes the
// same runs by count_alone, for callgrind: its own path, at most COUNT_ARGUMENTS arguments, and NULL.
bool count_all(const char *const *self, count_function *function, void *context, size_t runs,
               uint64_t *counts, char *why, size_t size);

enum { COUNT_ARGUMENTS = 8 };

// What main does when it was called so by callgrind, COUNT_ALONE being among its arguments: the runs,
// uncounted.
#define COUNT_ALONE "--alone"
void count_alone(count_function *function, void *context, size_t runs);

#endif
