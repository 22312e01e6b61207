// SPDX-License-Identifier: Apache-2.0
#include "bench/module.h"
#include "bench/driver.h"
#include "bench/peers.h"
#include "queue/queues.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DECLARE(name) extern const struct weir_queue_module weir_queue_module_##name;
WEIR_QUEUES(DECLARE)

#define ADDRESS(name) &weir_queue_module_##name,
static const struct weir_queue_module *const built_in[] = {WEIR_QUEUES(ADDRESS)};

__attribute__((format(printf, 3, 4))) static const struct weir_queue_module *refuse(char *error, size_t size,
                                                                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    if (size > 0)
        vsnprintf(error, size, format, arguments);
    va_end(arguments);
    return NULL;
}

static const struct weir_queue_module *find_built_in(const char *name, char *error, size_t size)
{
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++)
        if (strcmp(built_in[i]->ops->name, name) == 0)
            return built_in[i];
    return refuse(error, size, "no queue named '%s' (a module needs a path with a slash)", name);
}

// A table with a hole would crash later and far from its cause.
static bool is_complete(const struct weir_queue_ops *o)
{
    return o->name && o->summary && o->contract && o->create && o->destroy && o->try_push_n && o->try_pop_n &&
           o->wait_space && o->wait_items && o->close && o->closed && o->len && o->capacity;
}

static bool has_loops(const struct bench_loops *l)
{
    return l->carried && l->produce && l->consume && l->alone && l->produce_timed && l->consume_timed &&
           l->ping && l->pong;
}

static const struct weir_queue_module *load_peer(const struct bench_peer *peer, char *error, size_t size)
{
    char path[PATH_MAX];
    if (!bench_peer_path(peer, path, sizeof path))
        return refuse(error, size,
                      "the peer '%s' is not in this build (it needs %s): run 'make peers' and build again",
                      peer->name, peer->package);
    return weir_queue_load(path, error, size);
}

const struct weir_queue_module *weir_queue_load(const char *path_or_name, char *error, size_t size)
{
    if (strchr(path_or_name, '/') == NULL) {
        const struct bench_peer *peer = bench_peer_find(path_or_name);
        return peer ? load_peer(peer, error, size) : find_built_in(path_or_name, error, size);
    }
    if (driver_is_at(path_or_name))
        return driver_module(path_or_name, error, size);
    void *handle = dlopen(path_or_name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return refuse(error, size, "%s", dlerror());
    const struct weir_queue_module *m = dlsym(handle, "weir_queue_module");
    if (m == NULL)
        refuse(error, size, "%s: has no weir_queue_module: not a queue", path_or_name);
    else if (m->abi != WEIR_MODULE_ABI)
        refuse(error, size, "%s: built for module ABI %u, this is %u: rebuild it", path_or_name, m->abi,
               WEIR_MODULE_ABI);
    else if (!m->ops || m->ops->abi != WEIR_QUEUE_ABI || !is_complete(m->ops))
        refuse(error, size, "%s: its table of operations is not complete", path_or_name);
    else if (!m->loops || m->loops->abi != WEIR_BENCH_LOOP_ABI || !has_loops(m->loops))
        refuse(error, size, "%s: its measured loops are of another version", path_or_name);
    else
        return m;
    dlclose(handle);
    return NULL;
}
