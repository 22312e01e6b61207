// SPDX-License-Identifier: Apache-2.0
#include "cli/modules.h"

#include "bench/module.h"
#include "bench/peers.h"
#include "scenario/scenario.h"

#include <stdio.h>

static const struct weir_queue_ops *load(const char *path, char *why, size_t size)
{
    const struct weir_queue_module *module = weir_queue_load(path, why, size);
    if (module == NULL || (module->driver == NULL && bench_peer_find(module->ops->name) == NULL))
        return module ? module->ops : NULL;
    snprintf(why, size,
             "%s: only 'weir bench' measures peers and drivers: they do not close as a pipeline needs", path);
    return NULL;
}

void modules_enable(void)
{
    scenario_set_module_loader(load);
}
