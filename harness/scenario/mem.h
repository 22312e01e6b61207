// SPDX-License-Identifier: Apache-2.0
// Memory that is there or the program ends: reading a file of at most 1 MiB has no better answer to a full
// machine.
#ifndef SCENARIO_MEM_H
#define SCENARIO_MEM_H

#include <stddef.h>

void *must_alloc(size_t count, size_t size); // zeroed
char *must_copy(const char *text);           // NULL stays NULL
char *must_copy_n(const char *text, size_t length);
char *must_print(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Makes room for one more element in a list that grows by doubling; answers the (moved) list. New room is
// zeroed.
void *must_grow(void *list, size_t count, size_t *room, size_t size);

#endif
