// SPDX-License-Identifier: Apache-2.0
// The list of built-in queues.
#include "queue/queue.h"
#include "queue/queues.h"
#include <string.h>

#define DECLARE(name) extern const struct weir_queue_ops weir_queue_##name, weir_queue_counted_##name;
WEIR_QUEUES(DECLARE)

#define ADDRESS(name) &weir_queue_##name,
static const struct weir_queue_ops *const queues[] = {WEIR_QUEUES(ADDRESS)};

#define COUNTED_ADDRESS(name) &weir_queue_counted_##name,
static const struct weir_queue_ops *const counted[] = {WEIR_QUEUES(COUNTED_ADDRESS)};

enum { QUEUES = sizeof queues / sizeof queues[0] };

static const struct weir_queue_ops *find(const struct weir_queue_ops *const *list, const char *name)
{
    for (size_t i = 0; name != NULL && i < QUEUES; i++)
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    return NULL;
}

const struct weir_queue_ops *weir_queue_at(size_t index)
{
    return index < QUEUES ? queues[index] : NULL;
}

const struct weir_queue_ops *weir_queue_find(const char *name)
{
    return find(queues, name);
}

const struct weir_queue_ops *weir_queue_counted_at(size_t index)
{
    return index < QUEUES ? counted[index] : NULL;
}

const struct weir_queue_ops *weir_queue_counted_find(const char *name)
{
    return find(counted, name);
}
