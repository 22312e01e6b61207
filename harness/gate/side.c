// SPDX-License-Identifier: Apache-2.0
#include "gate/side.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/cores.h"
#include "base/folders.h"
#include "base/place.h"
#include "base/rng.h"
#include "bench/module.h"
#include "gate/command.h"

#define STEPS "weir-steps"

enum { LOG_LINES = 15 };

// ---- what a text names ----

static void module_in(const char *folder, const char *queue, char *path, size_t size)
{
    if ((size_t)snprintf(path, size, "%s/weir-queue-%s.so", folder, queue) >= size)
        *path = '\0';
}

void gate_side_steps(const struct gate_side *s, char *path, size_t size)
{
    struct stat st;
    if (s->kind == SIDE_FILE || (size_t)snprintf(path, size, "%s/" STEPS ".so", s->path) >= size ||
        stat(path, &st) != 0)
        *path = '\0';
}

void gate_side_module(const struct gate_side *s, const char *queue, char *path, size_t size)
{
    struct stat st;
    if (s->kind == SIDE_FILE)
        snprintf(path, size, "%s", s->path);
    else
        module_in(s->path, queue, path, size);
    if (*path && stat(path, &st) != 0)
        *path = '\0';
}

static bool open_file(struct gate_side *s, struct error *e)
{
    char why[600];
    s->kind = SIDE_FILE;
    if (realpath(s->text, s->path) == NULL)
        return fail(e, EXIT_USAGE, "%s: %s", s->text, strerror(errno));
    const struct weir_queue_module *m = weir_queue_load(s->path, why, sizeof why);
    if (m == NULL)
        return fail(e, EXIT_INVALID, "%s", why);
    if (m->driver)
        return fail(e, EXIT_USAGE,
                    "%s: a driver cannot be loaded, so the gate cannot hold it against another", s->text);
    snprintf(s->queue, sizeof s->queue, "%s", m->ops->name);
    return true;
}

static bool has_modules(const char *folder)
{
    char path[PATH_MAX];
    struct stat st;
    const struct weir_queue_ops *q;
    for (size_t i = 0; (q = weir_queue_at(i)) != NULL; i++) {
        module_in(folder, q->name, path, sizeof path);
        if (*path && stat(path, &st) == 0)
            return true;
    }
    return false;
}

static bool open_build(struct gate_side *s, struct error *e)
{
    s->kind = SIDE_BUILD;
    if (realpath(s->text, s->path) == NULL || !has_modules(s->path))
        return fail(
            e, EXIT_USAGE,
            "%s: a folder without weir-queue-NAME.so; name a build folder (cmake --build makes them), a "
            "module or a commit",
            s->text);
    return true;
}

// The folder that this program lies in, which is that of its build; installed, its modules are in
// ../lib/weir.
static bool open_own(struct gate_side *s, struct error *e)
{
    s->kind = SIDE_BUILD;
    snprintf(s->text, sizeof s->text, "this build");
    if (!own_folder(s->path, sizeof s->path))
        return fail(e, EXIT_INVALID, "/proc/self/exe: %s", strerror(errno));
    if (!has_modules(s->path) && strlen(s->path) + 13 < sizeof s->path)
        strcat(s->path, "/../lib/weir");
    return has_modules(s->path) ||
           fail(e, EXIT_USAGE,
                "%s: the queues' modules weir-queue-NAME.so are not beside this weir; name a build "
                "with --cand",
                s->path);
}

static bool ask_git(const char *const *argv, char *text, size_t size)
{
    struct command_run run = {.argv = argv, .text = text, .text_size = size};
    return command_run(&run) == COMMAND_DONE;
}

static bool open_commit(struct gate_side *s, struct error *e)
{
    char name[300];
    s->kind = SIDE_COMMIT;
    snprintf(name, sizeof name, "%s^{commit}", s->text);
    if (!ask_git((const char *const[]){"git", "rev-parse", "--show-toplevel", NULL}, s->repository,
                 sizeof s->repository))
        return fail(e, EXIT_USAGE,
                    "'%s' is no file and no folder, and there is no git repository here in which it could be "
                    "a commit",
                    s->text);
    if (s->text[0] == '-' || !ask_git((const char *const[]){"git", "-C", s->repository, "rev-parse",
                                                            "--verify", "--quiet", name, NULL},
                                      s->commit, sizeof s->commit))
        return fail(
            e, EXIT_USAGE,
            "'%s' is no file, no folder and no commit of %s (a shallow clone does not have them all: git "
            "fetch --unshallow)",
            s->text, s->repository);
    return true;
}

bool gate_side_open(struct gate_side *s, const char *text, struct error *e)
{
    struct stat st;
    *s = (struct gate_side){.kind = SIDE_BUILD};
    if (text == NULL)
        return open_own(s, e);
    if ((size_t)snprintf(s->text, sizeof s->text, "%s", text) >= sizeof s->text)
        return fail(e, EXIT_USAGE, "%.60s...: too long for a file, folder or commit", text);
    if (stat(text, &st) == 0 && !S_ISDIR(st.st_mode))
        return open_file(s, e);
    if (stat(text, &st) == 0)
        return open_build(s, e);
    if (strchr(text, '/') && strlen(text) > 3 && strcmp(text + strlen(text) - 3, ".so") == 0)
        return fail(e, EXIT_USAGE, "%s: %s", text, strerror(ENOENT));
    return open_commit(s, e);
}

// ---- building a commit ----

struct making {
    struct gate_side *side;
    const char *const *queues;
    size_t count;
    bool steps;
    gate_side_cut *cut;
    void *context;
    char entry[PATH_MAX - 64]; // of the cache: finished modules only
    char work[PATH_MAX - 32];  // the source, the build and its log, for as long as it takes
    char log[PATH_MAX];
};

static bool cache_folder(char *path, size_t size, struct error *e)
{
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    int n = xdg && *xdg == '/' ? snprintf(path, size, "%s/weir/builds", xdg)
            : home && *home    ? snprintf(path, size, "%s/.cache/weir/builds", home)
                               : 0;
    if (n <= 0 || (size_t)n >= size)
        return fail(e, EXIT_USAGE, "no folder to build in: set HOME or XDG_CACHE_HOME");
    return make_path(path) || fail(e, EXIT_INVALID, "%s: %s", path, strerror(errno));
}

// A commit's entry is one for each compiler and each set of flags.
static bool name_entry(struct making *m, struct error *e)
{
    char cache[PATH_MAX - 128];
    static const char how[] =
        GATE_C_COMPILER "|" GATE_C_FLAGS "|" GATE_BUILD_TYPE "|" GATE_SANITIZE "|" __VERSION__;
    if (!cache_folder(cache, sizeof cache, e))
        return false;
    snprintf(m->entry, sizeof m->entry, "%s/%.40s-%016llx", cache, m->side->commit,
             (unsigned long long)hash_text(how));
    snprintf(m->work, sizeof m->work, "%s.tmp", m->entry);
    snprintf(m->log, sizeof m->log, "%s/log", m->work);
    snprintf(m->side->path, sizeof m->side->path, "%s", m->entry);
    return true;
}

// What is built: the modules of the queues, then that of the strategies' steps. The name of its target, which
// is that of its file.
static void name_part(const struct making *m, size_t part, char target[128])
{
    if (part < m->count)
        snprintf(target, 128, "weir-queue-%s", m->queues[part]);
    else
        snprintf(target, 128, STEPS);
}

static size_t parts(const struct making *m)
{
    return m->count + m->steps;
}

static bool is_made(const struct making *m, size_t part)
{
    char path[PATH_MAX];
    if (part < m->count)
        gate_side_module(m->side, m->queues[part], path, sizeof path);
    else
        gate_side_steps(m->side, path, sizeof path);
    return *path != '\0';
}

// Has the commit what it would be made from?
static bool has_source(const struct making *m, size_t part)
{
    char source[256];
    if (part < m->count)
        snprintf(source, sizeof source, "%s:impl/queue/%s.h", m->side->commit, m->queues[part]);
    else
        snprintf(source, sizeof source, "%s:harness/gate/steps.c", m->side->commit);
    const char *const argv[] = {"git", "-C", m->side->repository, "cat-file", "-e", source, NULL};
    return command_run(&(struct command_run){.argv = argv}) == COMMAND_DONE;
}

static bool is_wanted(const struct making *m, size_t part)
{
    return !is_made(m, part) && has_source(m, part);
}

static bool say_log(const struct making *m, const char *what, struct error *e)
{
    char tail[900] = "", line[200];
    size_t lines = 0, at = 0;
    FILE *in = fopen(m->log, "re");
    while (in && fgets(line, sizeof line, in))
        lines++;
    if (in)
        rewind(in);
    for (size_t i = 0; in && fgets(line, sizeof line, in); i++)
        if (i + LOG_LINES >= lines && at + strlen(line) + 3 < sizeof tail)
            at += (size_t)snprintf(tail + at, sizeof tail - at, "  %s", line);
    if (in)
        fclose(in);
    if (at > 0 && tail[at - 1] == '\n')
        tail[at - 1] = '\0';
    return fail(e, EXIT_INVALID, "%s: %s:\n%s", m->side->text, what, tail);
}

static bool step(const struct making *m, const char *what, const char *const *argv, struct error *e)
{
    struct command_run run = {.argv = argv, .output = m->log, .cut = m->cut, .context = m->context};
    switch (command_run(&run)) {
    case COMMAND_DONE: return true;
    case COMMAND_CUT: return fail(e, EXIT_INTERRUPTED, "interrupted");
    case COMMAND_MISSING:
        return fail(e, EXIT_INVALID, "%s: %s: there is no %s here", m->side->text, what, argv[0]);
    default: return say_log(m, what, e);
    }
}

static bool unpack(const struct making *m, struct error *e)
{
    char tar[PATH_MAX], source[PATH_MAX];
    snprintf(tar, sizeof tar, "--output=%s/source.tar", m->work);
    snprintf(source, sizeof source, "%s/source", m->work);
    if (!make_path(source))
        return fail(e, EXIT_INVALID, "%s: %s", source, strerror(errno));
    return step(m, "git cannot give its source",
                (const char *const[]){"git", "-C", m->side->repository, "archive", "--format=tar", tar,
                                      m->side->commit, NULL},
                e) &&
           step(m, "its source cannot be unpacked",
                (const char *const[]){"tar", "-xf", tar + strlen("--output="), "-C", source, NULL}, e);
}

static bool configure(const struct making *m, struct error *e)
{
    char source[PATH_MAX], build[PATH_MAX];
    snprintf(source, sizeof source, "%s/source", m->work);
    snprintf(build, sizeof build, "%s/build", m->work);
    return step(m, "it cannot be configured",
                (const char *const[]){"cmake", "-S", source, "-B", build, "-G", GATE_GENERATOR,
                                      "-DCMAKE_C_COMPILER=" GATE_C_COMPILER, "-DCMAKE_C_FLAGS=" GATE_C_FLAGS,
                                      "-DCMAKE_BUILD_TYPE=" GATE_BUILD_TYPE, "-DWEIR_SANITIZE=" GATE_SANITIZE,
                                      "-DWEIR_TESTS=OFF", "-DWEIR_PEERS=OFF", NULL},
                e);
}

// A module appears in the cache whole or not at all.
static bool build_one(const struct making *m, size_t part, struct error *e)
{
    char build[PATH_MAX], target[128], from[PATH_MAX], to[PATH_MAX], jobs[16];
    int cpus[64];
    snprintf(build, sizeof build, "%s/build", m->work);
    name_part(m, part, target);
    snprintf(jobs, sizeof jobs, "%u", cores_allowed(cpus, 64));
    if (!step(m, "it does not build",
              (const char *const[]){"cmake", "--build", build, "--target", target, "--parallel", jobs, NULL},
              e))
        return false;
    bool fits = (size_t)snprintf(from, sizeof from, "%s/%s.so", build, target) < sizeof from &&
                (size_t)snprintf(to, sizeof to, "%s/%s.so", m->entry, target) < sizeof to;
    return (fits && make_path(m->entry) && rename(from, to) == 0) ||
           fail(e, EXIT_INVALID, "%s: %s: %s", m->side->text, to, strerror(errno));
}

static bool build_missing(const struct making *m, struct error *e)
{
    bool ok = true, any = false;
    remove_tree(m->work); // of a gate that was killed: we hold the lock
    if (!make_path(m->work))
        return fail(e, EXIT_INVALID, "%s: %s", m->work, strerror(errno));
    ok = unpack(m, e);
    for (size_t i = 0; ok && i < parts(m); i++) {
        if (!is_wanted(m, i))
            continue;
        ok = any || configure(m, e);
        any = true;
        ok = ok && build_one(m, i, e);
    }
    remove_tree(m->work);
    return ok;
}

static bool all_made(const struct making *m)
{
    for (size_t i = 0; i < parts(m); i++)
        if (is_wanted(m, i))
            return false;
    return true;
}

// One gate at a time builds an entry.
static int lock_entry(const struct making *m, struct error *e)
{
    char path[PATH_MAX];
    const struct timespec nap = {.tv_nsec = 100000000};
    snprintf(path, sizeof path, "%s.lock", m->entry);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
        fail(e, EXIT_INVALID, "%s: %s", path, strerror(errno));
        return -1;
    }
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (m->cut && m->cut(m->context)) {
            fail(e, EXIT_INTERRUPTED, "interrupted");
            close(fd);
            return -1;
        }
        nanosleep(&nap, NULL);
    }
    return fd;
}

bool gate_side_make(struct gate_side *side, const char *const *queues, size_t count, bool steps,
                    gate_side_cut *cut, void *context, struct error *e)
{
    struct making m = {
        .side = side, .queues = queues, .count = count, .steps = steps, .cut = cut, .context = context};
    if (side->kind != SIDE_COMMIT)
        return true;
    if (!name_entry(&m, e))
        return false;
    if (all_made(&m))
        return true;
    int lock = lock_entry(&m, e);
    if (lock < 0)
        return false;
    bool ok = all_made(&m) || build_missing(&m, e); // another gate may have made them meanwhile
    close(lock);
    return ok;
}
