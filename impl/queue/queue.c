// SPDX-License-Identifier: Apache-2.0
// The list of built-in queues.
#include "queue/queue.h"
#include "queue/queues.h"
#include <string.h>

#define DECLARE(name) extern const struct weir_queue_ops weir_queue_##name;
WEIR_QUEUES(DECLARE)

#define ADDRESS(name) &weir_queue_##name,
static const struct weir_queue_ops *const queues[] = {WEIR_QUEUES(ADDRESS)};

const struct weir_queue_ops *weir_queue_at(size_t index)
{
    return index < sizeof queues / sizeof queues[0] ? queues[index] : NULL;
}

const struct weir_queue_ops *weir_queue_find(const char *name)
{
    const struct weir_queue_ops *q = NULL;
    for (size_t i = 0; name != NULL && (q = weir_queue_at(i)) != NULL; i++)
        if (strcmp(q->name, name) == 0)
            return q;
    return NULL;
}
