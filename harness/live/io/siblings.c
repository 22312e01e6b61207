// SPDX-License-Identifier: Apache-2.0
#include "live/io/siblings.h"

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario/scenario.h"

// A folder may be renamed in while it is read: it is read until it looks the same twice.
enum { LOOKS = 32, NUMBER_DIGITS = 6 };
#define DATED UINT64_MAX

struct sibling {
    uint64_t dev, ino, mtime_ns;
    uint64_t number; // 0: the name itself; DATED: ordered by time
    char name[NAME_MAX + 1];
};

struct siblings {
    char folder[PATH_MAX], base[NAME_MAX + 1];
    struct sibling *list; // oldest first
    size_t count, room;
};

static uint64_t time_of(const struct stat *s)
{
    return (uint64_t)s->st_mtim.tv_sec * NS_PER_S + (uint64_t)s->st_mtim.tv_nsec;
}

// Which of the log's files has this name; false: none.
static bool number_of(const struct siblings *all, const char *name, uint64_t *number)
{
    size_t base = strlen(all->base);
    if (strncmp(name, all->base, base) != 0)
        return false;
    const char *suffix = name + base;
    *number = 0;
    if (*suffix == 0)
        return true;
    if ((*suffix != '.' && *suffix != '-') || suffix[1] < '0' || suffix[1] > '9' ||
        suffix[strspn(suffix, "0123456789.-_:T")] != 0)
        return false;
    size_t digits = strspn(suffix + 1, "0123456789");
    bool dated = *suffix == '-' || suffix[1 + digits] != 0 || digits > NUMBER_DIGITS;
    *number = dated ? DATED : strtoull(suffix + 1, NULL, 10) + 1;
    return true;
}

static bool add(struct siblings *all, const struct sibling *s)
{
    if (all->count == all->room) {
        size_t room = all->room != 0 ? all->room * 2 : 16;
        struct sibling *larger = realloc(all->list, room * sizeof *larger);
        if (larger == NULL)
            return false;
        all->list = larger;
        all->room = room;
    }
    all->list[all->count++] = *s;
    return true;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct sibling *)a)->name, ((const struct sibling *)b)->name);
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const struct sibling *)a)->number, y = ((const struct sibling *)b)->number;
    return x < y ? 1 : x > y ? -1 : 0;
}

// The name itself is the youngest whatever its time says.
static int by_time(const void *a, const void *b)
{
    const struct sibling *x = a, *y = b;
    if ((x->number == 0) != (y->number == 0))
        return x->number == 0 ? 1 : -1;
    if (x->mtime_ns != y->mtime_ns)
        return x->mtime_ns < y->mtime_ns ? -1 : 1;
    return by_name(a, b);
}

static bool look_once(struct siblings *all)
{
    all->count = 0;
    DIR *folder = opendir(all->folder);
    bool good = folder != NULL;
    for (struct dirent *entry; good && (entry = readdir(folder)) != NULL;) {
        struct sibling s = {0};
        struct stat st;
        if (!number_of(all, entry->d_name, &s.number) || fstatat(dirfd(folder), entry->d_name, &st, 0) != 0 ||
            !S_ISREG(st.st_mode))
            continue;
        s.dev = st.st_dev;
        s.ino = st.st_ino;
        s.mtime_ns = time_of(&st);
        snprintf(s.name, sizeof s.name, "%s", entry->d_name);
        good = add(all, &s);
    }
    if (folder != NULL)
        closedir(folder);
    if (all->count != 0)
        qsort(all->list, all->count, sizeof *all->list, by_name);
    return good;
}

static bool is_same(const struct siblings *a, const struct siblings *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++)
        same = a->list[i].ino == b->list[i].ino && a->list[i].dev == b->list[i].dev &&
               strcmp(a->list[i].name, b->list[i].name) == 0;
    return same;
}

static void sort(struct siblings *all)
{
    bool dated = false;
    for (size_t i = 0; i < all->count; i++)
        dated |= all->list[i].number == DATED;
    if (all->count != 0)
        qsort(all->list, all->count, sizeof *all->list, dated ? by_time : by_number);
}

static bool look(const char *path, struct siblings *all)
{
    char copy[PATH_MAX];
    struct siblings before = {0};
    *all = (struct siblings){0};
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(all->folder, sizeof all->folder, "%s", dirname(copy));
    snprintf(copy, sizeof copy, "%s", path);
    snprintf(all->base, sizeof all->base, "%s", basename(copy));
    bool good = look_once(all);
    for (int i = 0; good && i < LOOKS; i++) {
        before = *all;
        all->list = NULL;
        all->room = 0;
        good = look_once(all);
        bool same = good && is_same(&before, all);
        free(before.list);
        if (same)
            break;
    }
    sort(all);
    return good;
}

// -1: it has another name by now, or is gone.
static int open_sibling(const struct siblings *all, const struct sibling *s)
{
    char path[PATH_MAX + NAME_MAX + 2];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", all->folder, s->name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_ino != s->ino || st.st_dev != s->dev)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

// The first at or behind `from` that was written to at that time or later.
static size_t written_since(const struct siblings *all, uint64_t mtime_ns)
{
    size_t i = 0;
    while (i < all->count && all->list[i].mtime_ns < mtime_ns)
        i++;
    return i;
}

static size_t index_of(const struct siblings *all, const struct stat *st)
{
    size_t i = 0;
    while (i < all->count && (all->list[i].ino != st->st_ino || all->list[i].dev != st->st_dev))
        i++;
    return i;
}

int siblings_after(const char *path, int fd, bool *named)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return -1;
    for (int tries = 0; tries < LOOKS; tries++) {
        struct siblings all;
        look(path, &all);
        size_t at = index_of(&all, &st);
        size_t next = at < all.count ? at + 1 : written_since(&all, time_of(&st));
        int found = -1;
        bool there = next < all.count;
        if (there) {
            *named = all.list[next].number == 0;
            found = open_sibling(&all, &all.list[next]);
        }
        free(all.list);
        if (!there || found >= 0)
            return found;
    }
    return -1;
}

bool siblings_has(const char *path, int fd)
{
    struct stat st;
    struct siblings all;
    look(path, &all);
    bool has = fstat(fd, &st) == 0 && index_of(&all, &st) < all.count;
    free(all.list);
    return has;
}

// One turn of siblings_of. False: the files moved meanwhile.
static bool find_checkpoint(const struct siblings *all, const struct checkpoint *c, int *fd, bool *found)
{
    const struct stat st = {.st_dev = (dev_t)c->dev, .st_ino = (ino_t)c->ino};
    size_t i = index_of(all, &st);
    *fd = -1;
    if (i < all->count) {
        if ((*fd = open_sibling(all, &all->list[i])) < 0)
            return false;
        if ((*found = checkpoint_fits(c, *fd)))
            return true;
        close(*fd); // emptied, or another file with its inode: what is left of the log begins behind it
        *fd = -1;
    }
    if (c->mtime_ns == 0 || (i = written_since(all, c->mtime_ns)) == all->count)
        return true;
    return (*fd = open_sibling(all, &all->list[i])) >= 0;
}

int siblings_of(const char *path, const struct checkpoint *c, bool *found)
{
    int fd = -1;
    *found = false;
    for (int tries = 0; tries < LOOKS; tries++) {
        struct siblings all;
        look(path, &all);
        bool settled = find_checkpoint(&all, c, &fd, found);
        free(all.list);
        if (settled)
            return fd;
    }
    return -1;
}
