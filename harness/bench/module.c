// SPDX-License-Identifier: Apache-2.0
#include "bench/module.h"
#include "bench/driver.h"
#include "bench/module_file.h"
#include "bench/peers.h"
#include "queue/queues.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

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

bool weir_queue_is_built_in(const struct weir_queue_module *module)
{
    for (size_t i = 0; i < sizeof built_in / sizeof built_in[0]; i++)
        if (built_in[i] == module)
            return true;
    return false;
}

// --- the tables ----

// A table with a hole would crash later and far from its cause: the first member that is missing, or NULL.
static const char *find_hole(const struct weir_queue_ops *o)
{
    const struct {
        bool there;
        const char *name;
    } members[] = {{o->name, "name"},           {o->summary, "summary"},       {o->contract, "contract"},
                   {o->create, "create"},       {o->destroy, "destroy"},       {o->try_push_n, "try_push_n"},
                   {o->try_pop_n, "try_pop_n"}, {o->wait_space, "wait_space"}, {o->wait_items, "wait_items"},
                   {o->close, "close"},         {o->closed, "closed"},         {o->len, "len"},
                   {o->capacity, "capacity"}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        if (!members[i].there)
            return members[i].name;
    return NULL;
}

static bool has_loops(const struct bench_loops *l)
{
    return l->carried && l->produce && l->consume && l->alone && l->produce_timed && l->consume_timed &&
           l->ping && l->pong;
}

// Tables, documents and options use the name as it is.
static bool is_name(const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    return n > 0 && n < 64 && name[n] == '\0';
}

// NULL with the reason when something in the module is not as this program needs it. The versions come first:
// behind another one nothing lies where it should.
static const struct weir_queue_module *check_tables(const struct weir_queue_module *m, const char *path,
                                                    char *error, size_t size)
{
    const char *hole;
    if (m->abi != WEIR_MODULE_ABI)
        return refuse(error, size,
                      "%s: built for queue version %u and loop version %u, this weir has %u and "
                      "%u: " WEIR_MODULE_REBUILD,
                      path, m->abi / 1000, m->abi % 1000, WEIR_QUEUE_ABI, WEIR_BENCH_LOOP_ABI);
    if (m->ops == NULL || m->loops == NULL)
        return refuse(error, size, "%s: its module names no %s: include bench/export.h last, which does",
                      path, m->ops ? "measured loops" : "table of operations");
    if (m->ops->abi != WEIR_QUEUE_ABI)
        return refuse(error, size,
                      "%s: its table of operations is of version %u, this weir has %u: " WEIR_MODULE_REBUILD,
                      path, m->ops->abi, WEIR_QUEUE_ABI);
    if (m->loops->abi != WEIR_BENCH_LOOP_ABI)
        return refuse(error, size,
                      "%s: its measured loops are of version %u, this weir has %u: " WEIR_MODULE_REBUILD,
                      path, m->loops->abi, WEIR_BENCH_LOOP_ABI);
    if ((hole = find_hole(m->ops)) != NULL)
        return refuse(error, size, "%s: its table of operations has no %s: adapter.h makes a whole one", path,
                      hole);
    if (!has_loops(m->loops))
        return refuse(error, size, "%s: its measured loops are not complete: bench/export.h makes them",
                      path);
    if (!is_name(m->ops->name))
        return refuse(error, size, "%s: names itself '%.64s'; Q_NAME must be 1 to 63 letters, digits and _",
                      path, m->ops->name);
    return m;
}

// The module behind a handle, which is closed when there is none.
static const struct weir_queue_module *module_of(void *handle, const char *path, char *error, size_t size)
{
    const struct weir_queue_module *m = dlsym(handle, "weir_queue_module");
    if (m == NULL)
        refuse(error, size,
               "%s: exports no weir_queue_module, so it is not a queue: include bench/export.h last", path);
    else
        m = check_tables(m, path, error, size);
    if (m == NULL)
        dlclose(handle);
    return m;
}

static const struct weir_queue_module *load_file(const char *path, char *error, size_t size)
{
    if (!module_file_check(path, error, size))
        return NULL;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD);
    if (handle == NULL && !module_file_try(path, error, size))
        return NULL;
    handle = handle ? handle : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return refuse(error, size, "%s (link the module with all that it needs)", dlerror());
    return module_of(handle, path, error, size);
}

// --- copies ----

static bool copy_bytes(int from, int to)
{
    for (;;) {
        ssize_t n = sendfile(to, from, NULL, 1 << 20);
        if (n == 0)
            return true;
        if (n < 0 && errno != EINTR)
            return false;
    }
}

int weir_queue_copy(const char *path, char *error, size_t size)
{
    if (!module_file_check(path, error, size))
        return -1;
    int from = open(path, O_RDONLY | O_CLOEXEC), copy = memfd_create("weir-queue", MFD_CLOEXEC);
    bool good = from >= 0 && copy >= 0 && copy_bytes(from, copy);
    if (!good)
        refuse(error, size, "%s: cannot be copied into memory: %s", path, strerror(errno));
    if (from >= 0)
        close(from);
    if (!good && copy >= 0)
        close(copy);
    return good ? copy : -1;
}

const struct weir_queue_module *weir_queue_load_copy(int copy, const char *path, char *error, size_t size)
{
    char name[64];
    snprintf(name, sizeof name, "/proc/self/fd/%d", copy);
    void *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return refuse(error, size, "%s: %s (link the module with all that it needs)", path, dlerror());
    return module_of(handle, path, error, size);
}

// --- by name ----

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
    return load_file(path_or_name, error, size);
}
