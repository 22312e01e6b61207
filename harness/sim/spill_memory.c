// SPDX-License-Identifier: Apache-2.0
// The simulator's twin of a folder with segments: the same bytes, in memory. Nothing is left for a later run.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "flow/spill_store.h"
#include "sim/sim.h"

struct file {
    uint64_t segment;
    unsigned char *bytes;
    size_t size, room;
};

struct memory {
    struct spill_device device;
    struct file *files; // ascending
    size_t count, room;
};

static struct memory *of(struct spill_device *d)
{
    return (struct memory *)d;
}

static struct file *find(struct spill_device *d, uint64_t segment)
{
    struct memory *m = of(d);
    size_t low = 0, high = m->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (m->files[middle].segment < segment)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->count && m->files[low].segment == segment ? &m->files[low] : NULL;
}

static size_t list_segments(struct spill_device *d, uint64_t *segments, size_t room)
{
    size_t n = of(d)->count;
    for (size_t i = 0; i < n && i < room; i++)
        segments[i] = of(d)->files[i].segment;
    return room && n > room ? room : n;
}

static int create_segment(struct spill_device *d, uint64_t segment)
{
    struct memory *m = of(d);
    if (m->count == m->room) {
        size_t room = m->room ? m->room * 2 : 8;
        struct file *files = realloc(m->files, room * sizeof *files);
        if (files == NULL)
            return ENOSPC;
        m->files = files;
        m->room = room;
    }
    m->files[m->count++] = (struct file){.segment = segment};
    return 0;
}

static int write_segment(struct spill_device *d, uint64_t segment, uint64_t offset, const void *data,
                         size_t size)
{
    struct file *f = find(d, segment);
    size_t end = offset + size;
    if (end > f->room) {
        size_t room = f->room * 2 > end ? f->room * 2 : end;
        unsigned char *bytes = realloc(f->bytes, room);
        if (bytes == NULL)
            return ENOSPC;
        f->bytes = bytes;
        f->room = room;
    }
    memcpy(f->bytes + offset, data, size);
    f->size = end;
    return 0;
}

static size_t read_segment(struct spill_device *d, uint64_t segment, uint64_t offset, void *data, size_t size)
{
    const struct file *f = find(d, segment);
    if (f == NULL || offset >= f->size)
        return 0;
    size_t n = f->size - offset < size ? f->size - offset : size;
    memcpy(data, f->bytes + offset, n);
    return n;
}

static uint64_t size_of(struct spill_device *d, uint64_t segment)
{
    const struct file *f = find(d, segment);
    return f ? f->size : 0;
}

static int sync_segment(struct spill_device *d, uint64_t segment)
{
    (void)d, (void)segment;
    return 0;
}

static void remove_segment(struct spill_device *d, uint64_t segment)
{
    struct memory *m = of(d);
    struct file *f = find(d, segment);
    if (f == NULL)
        return;
    free(f->bytes);
    memmove(f, f + 1, (size_t)(m->files + m->count - (f + 1)) * sizeof *f);
    m->count--;
}

static void keep(struct spill_device *d, uint64_t position)
{
    (void)d, (void)position;
}

static bool kept(struct spill_device *d, uint64_t *position)
{
    (void)d, (void)position;
    return false;
}

static void destroy(struct spill_device *d, bool empty)
{
    (void)empty;
    struct memory *m = of(d);
    for (size_t i = 0; i < m->count; i++)
        free(m->files[i].bytes);
    free(m->files);
    free(m);
}

static const struct spill_device_ops ops = {.list = list_segments,
                                            .create = create_segment,
                                            .write = write_segment,
                                            .read = read_segment,
                                            .size = size_of,
                                            .sync = sync_segment,
                                            .remove = remove_segment,
                                            .keep = keep,
                                            .kept = kept,
                                            .destroy = destroy};

struct spill_device *sim_spill_create(void)
{
    struct memory *m = calloc(1, sizeof *m);
    if (m)
        m->device.ops = &ops;
    return m ? &m->device : NULL;
}
