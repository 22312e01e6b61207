// SPDX-License-Identifier: Apache-2.0
#include "report/output.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "result/atomic.h"

// A file to be: what is in it, and where it goes.
struct piece {
    const struct report_format *format;
    char *text;
    size_t size, part;
    bool to_stdout, special; // special: a pipe or a device, which cannot be replaced
    char *dir, *name;        // resolved: the same file has the same ones
};

struct pieces {
    struct piece *list;
    size_t count;
};

// ---- where ----
static bool resolve(struct piece *p, const char *path, struct error *e)
{
    char real[PATH_MAX], copy[PATH_MAX];
    struct stat st;
    bool there = stat(path, &st) == 0;
    if (there && S_ISDIR(st.st_mode))
        return fail(e, EXIT_USAGE, "--format %s=%s: that is a folder; name a file", p->format->name, path);
    p->special = there && !S_ISREG(st.st_mode);
    if (!p->special && there &&
        realpath(path, real) != NULL) // through links, so that what they name is replaced
        path = real;
    if ((size_t)snprintf(copy, sizeof copy, "%s", path) >= sizeof copy)
        return fail(e, EXIT_USAGE, "--format %s=%s: path too long", p->format->name, path);
    const char *slash = strrchr(copy, '/');
    p->name = strdup(slash ? slash + 1 : copy);
    p->dir = realpath(dirname(copy), NULL);
    if (p->dir == NULL)
        return fail(e, EXIT_USAGE, "--format %s=%s: no folder to write it to: %s", p->format->name, path,
                    strerror(errno));
    if (p->name == NULL || *p->name == 0)
        return fail(e, EXIT_USAGE, "--format %s=%s: name a file", p->format->name, path);
    return true;
}

static bool place_in_run(struct piece *p, const struct report_input *in, struct error *e)
{
    char name[NAME_MAX + 1], path[PATH_MAX];
    if (!in->is_folder)
        return fail(
            e, EXIT_USAGE,
            "--format %s: RUN is a file and not a run's folder; say where it goes: --format %s=FILE or =-",
            p->format->name, p->format->name);
    if (p->format->parts) {
        char own[128];
        p->format->part_name(in, p->part, own, sizeof own);
        const char *star = strchr(p->format->file, '*');
        snprintf(name, sizeof name, "%.*s%s%s", (int)(star - p->format->file), p->format->file, own,
                 star + 1);
    } else {
        snprintf(name, sizeof name, "%s", p->format->file);
    }
    if ((size_t)snprintf(path, sizeof path, "%s/%s", in->dir, name) >= sizeof path)
        return fail(e, EXIT_USAGE, "%s: path too long", in->dir);
    return resolve(p, path, e);
}

static bool place(struct piece *p, const struct report_input *in, const char *file, struct error *e)
{
    if (file == NULL)
        return place_in_run(p, in, e);
    p->to_stdout = strcmp(file, "-") == 0;
    return p->to_stdout || resolve(p, file, e);
}

// ---- what makes no sense ----
static bool same_place(const struct piece *a, const struct piece *b)
{
    if (a->to_stdout || b->to_stdout)
        return a->to_stdout && b->to_stdout;
    return strcmp(a->dir, b->dir) == 0 && strcmp(a->name, b->name) == 0;
}

static bool check_places(const struct pieces *all, const struct report_input *in, struct error *e)
{
    static const char *const inputs[] = {"result.json", HISTOGRAMS_FILE, "series.csv", "resume.json"};
    char run[PATH_MAX];
    bool known = realpath(in->dir, run) != NULL;
    for (size_t i = 0; i < all->count; i++) {
        const struct piece *p = &all->list[i];
        for (size_t k = 0; k < sizeof inputs / sizeof *inputs && known && !p->to_stdout; k++)
            if (strcmp(p->dir, run) == 0 && strcmp(p->name, inputs[k]) == 0)
                return fail(e, EXIT_USAGE,
                            "--format %s: %s/%s is what reports are made of; name another file",
                            p->format->name, p->dir, p->name);
        for (size_t k = 0; k < i; k++)
            if (same_place(p, &all->list[k]))
                return fail(e, EXIT_USAGE, "--format %s and --format %s both go to %s",
                            all->list[k].format->name, p->format->name,
                            p->to_stdout ? "standard output" : p->name);
    }
    return true;
}

static bool check_order(const struct report_input *in, const struct report_order *o, size_t parts,
                        struct error *e)
{
    const struct report_format *f = o->format;
    if (!(f->kinds & in->kind))
        return fail(e, EXIT_USAGE,
                    "--format %s: %s has nothing for it; 'weir list formats' says which it takes", f->name,
                    report_kind_name(in->kind));
    if (f->results && in->ok == 0)
        return fail(e, EXIT_USAGE,
                    "--format %s: no cell is ok, so there is no result to export; markdown and junit say why",
                    f->name);
    if (f->parts && o->file && parts != 1)
        return fail(
            e, EXIT_USAGE,
            "--format %s=%s: one file holds one distribution, and this run has %zu; without a file each goes "
            "to one of its own in the run's folder",
            f->name, o->file, parts);
    return true;
}

// ---- making ----
static bool make(struct piece *p, const struct report_input *in, struct error *e)
{
    FILE *out = open_memstream(&p->text, &p->size);
    if (out == NULL)
        return fail(e, EXIT_INVALID, "--format %s: out of memory", p->format->name);
    bool ok = p->format->write(out, in, p->part, e);
    bool full = ferror(out) != 0;
    if (fclose(out) != 0 || full)
        return fail(e, EXIT_INVALID, "--format %s: out of memory", p->format->name);
    return ok;
}

static bool add(struct pieces *all, const struct report_input *in, const struct report_order *o,
                struct error *e)
{
    size_t parts = o->format->parts && in->kind != REPORT_CONFORM ? o->format->parts(in) : 1;
    if (!check_order(in, o, parts, e))
        return false;
    struct piece *more = realloc(all->list, (all->count + parts + 1) * sizeof *more);
    if (more == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    all->list = more;
    for (size_t i = 0; i < (parts ? parts : 1); i++) { // with no part the format itself says what it lacks
        struct piece *p = &all->list[all->count++];
        *p = (struct piece){.format = o->format, .part = i};
        if (parts == 0)
            return make(p, in, e);
        if (!place(p, in, o->file, e))
            return false;
    }
    return true;
}

// ---- writing ----
static bool put(const struct piece *p, struct error *e)
{
    char path[PATH_MAX];
    if (!p->to_stdout && !p->special)
        return atomic_write(p->dir, p->name, p->text, p->size, e);
    snprintf(path, sizeof path, "%s%s%s", p->to_stdout ? "" : p->dir, p->to_stdout ? "" : "/",
             p->to_stdout ? "standard output" : p->name);
    FILE *out = p->to_stdout ? stdout : fopen(path, "we");
    bool ok = out != NULL && fwrite(p->text, 1, p->size, out) == p->size && fflush(out) == 0;
    int saved = errno;
    if (out && out != stdout)
        ok = fclose(out) == 0 && ok;
    // A reader of standard output who has seen enough is no error.
    return ok || (p->to_stdout && saved == EPIPE) || fail(e, EXIT_INVALID, "%s: %s", path, strerror(saved));
}

bool report_write(const struct report_input *in, const struct report_order *orders, size_t count,
                  struct error *e)
{
    struct pieces all = {0};
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = add(&all, in, &orders[i], e);
    ok = ok && check_places(&all, in, e);
    for (size_t i = 0; ok && i < all.count; i++)
        ok = make(&all.list[i], in, e);
    for (size_t i = 0; ok && i < all.count; i++)
        ok = put(&all.list[i], e);
    for (size_t i = 0; i < all.count; i++) {
        free(all.list[i].text);
        free(all.list[i].dir);
        free(all.list[i].name);
    }
    free(all.list);
    return ok;
}
