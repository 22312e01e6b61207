// SPDX-License-Identifier: Apache-2.0
// Where the running program lies: what belongs to it is looked for beside it.
#ifndef BASE_PLACE_H
#define BASE_PLACE_H

#include <stdbool.h>
#include <stddef.h>

// The folder of the running program, without a slash at its end. False when it is not known.
bool own_folder(char *folder, size_t size);

#endif
