// SPDX-License-Identifier: Apache-2.0
// Whole folders.
#ifndef BASE_FOLDERS_H
#define BASE_FOLDERS_H

#include <stdbool.h>

// Removes a folder and all below it, without following links; as much of it as can be removed.
void remove_tree(const char *path);

// Makes a folder and all above it that are missing. False with errno when it is not there afterwards.
bool make_path(const char *path);

#endif
