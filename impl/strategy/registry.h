// SPDX-License-Identifier: Apache-2.0
// Looking names up, the same for every place. A list's X(name) stands for an ops table that is called
// PREFIX_name.
#ifndef WEIR_REGISTRY_H
#define WEIR_REGISTRY_H

#include <string.h>

// Defines TYPE *PREFIX_at(index) and *PREFIX_find(name) over `table`, an array of pointers to TYPE.
#define WEIR_DEFINE_REGISTRY(prefix, type, table)                                                            \
    const type *prefix##_at(size_t index)                                                                    \
    {                                                                                                        \
        return index < sizeof(table) / sizeof *(table) ? (table)[index] : NULL;                              \
    }                                                                                                        \
    const type *prefix##_find(const char *name)                                                              \
    {                                                                                                        \
        for (size_t i = 0; i < sizeof(table) / sizeof *(table); i++) {                                       \
            if (strcmp((table)[i]->name, name) == 0)                                                         \
                return (table)[i];                                                                           \
        }                                                                                                    \
        return NULL;                                                                                         \
    }                                                                                                        \
    struct weir_registry_needs_a_semicolon

#endif
