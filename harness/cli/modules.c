// SPDX-License-Identifier: Apache-2.0
#include "cli/modules.h"

#include "bench/module.h"
#include "scenario/scenario.h"

static const struct weir_queue_ops *load(const char *path, char *why, size_t size)
{
    const struct weir_queue_module *module = weir_queue_load(path, why, size);
    return module ? module->ops : NULL;
}

void modules_enable(void)
{
    scenario_set_module_loader(load);
}
