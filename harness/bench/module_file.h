// SPDX-License-Identifier: Apache-2.0
// What can be said of a module before it is loaded.
#ifndef WEIR_BENCH_MODULE_FILE_H
#define WEIR_BENCH_MODULE_FILE_H

#include <stdbool.h>
#include <stddef.h>

// What is said to do with a module that was built for another version of weir's interface.
#define WEIR_MODULE_REBUILD                                                                                  \
    "rebuild it with the headers that this weir was built from (impl/ and harness/ of its clone)"

// False, with what is wrong and what to do in `error`, when there is no file at `path` or it is no shared
// object for this machine.
bool module_file_check(const char *path, char *error, size_t size);

// Loads it in a child, for a module's code runs while it is loaded. False, with what became of the child in
// `error`, when that crashed, ended the process, or took longer than 10 s. Blocks; the caller has one thread.
bool module_file_try(const char *path, char *error, size_t size);

#endif
