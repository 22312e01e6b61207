// SPDX-License-Identifier: Apache-2.0
#include "gate/self_pool.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/folders.h"
#include "base/rng.h"
#include "result/env.h"

const double self_levels[SELF_TEST_LEVELS] = {0, 0.03, 0.05, 0.10};

bool self_is_tested(const struct self_cell *c, size_t level)
{
    return level == 0 || !gate_is_quantile(&c->plan) || self_levels[level] >= 0.1;
}

static bool keep(struct pool *p, double log_ratio, double control)
{
    if (p->count == p->room) {
        size_t room = p->room ? 2 * p->room : 256;
        double *a = realloc(p->log_ratio, room * sizeof *a);
        if (a)
            p->log_ratio = a;
        double *b = a ? realloc(p->control, room * sizeof *b) : NULL;
        if (b)
            p->control = b;
        if (b == NULL)
            return false;
        p->room = room;
    }
    p->log_ratio[p->count] = log_ratio;
    p->control[p->count++] = control;
    return true;
}

// ---- files ----

// What the launches depend on: how each cell is measured, and where. Not its margin, which only decides.
static void write_header(const struct self_test *t, char *text, size_t size)
{
    struct env_facts facts;
    uint64_t h = t->count;
    env_read(&facts);
    for (size_t i = 0; i < t->count; i++) {
        const struct duet_cell *c = &t->cells[i].plan;
        const uint64_t parts[] = {hash_text(c->name),
                                  hash_text(c->queue),
                                  c->kind,
                                  c->producers,
                                  c->consumers,
                                  c->batch,
                                  c->capacity,
                                  c->wait,
                                  (uint64_t)c->load,
                                  (uint64_t)llround(c->quantile * 1e6),
                                  (uint64_t)llround(c->turn_s * 1e9),
                                  c->rounds};
        for (size_t k = 0; k < sizeof parts / sizeof *parts; k++)
            h = hash64(h, parts[k]);
    }
    snprintf(text, size, "weir.self-test/1 suite %016llx machine %s\n", (unsigned long long)h,
             facts.machine_id);
}

static struct pool *find_pool(struct self_test *t, const char *name, double level)
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; k < SELF_TEST_LEVELS; k++)
            if (strcmp(t->cells[i].plan.name, name) == 0 && fabs(self_levels[k] - level) < 1e-9)
                return &t->cells[i].pool[k];
    return NULL;
}

// Lines "name,slowdown,..."; the last one may have been cut when the program was killed.
static bool read_lines(struct self_test *t, FILE *in, const char *header, bool delays)
{
    char line[256], name[DUET_NAME];
    rewind(in);
    if (fgets(line, sizeof line, in) && strchr(line, '\n') && strcmp(line, header) != 0)
        return false;
    while (fgets(line, sizeof line, in)) {
        double level, a, b = 0;
        int fields = sscanf(line, "%95[^,],%lf,%lf,%lf", name, &level, &a, &b);
        struct pool *p = fields >= 3 && strchr(line, '\n') ? find_pool(t, name, level) : NULL;
        if (p && delays) {
            p->share = a;
            p->calibrated = true;
        } else if (p && fields == 4 && !keep(p, a, b)) {
            return false;
        }
    }
    return true;
}

// Takes off a line that was cut: it would pass for a whole one with another number.
static bool drop_cut_line(FILE *file, long *end)
{
    long at = 0;
    *end = 0;
    rewind(file);
    for (int c; (c = fgetc(file)) != EOF;) {
        at++;
        *end = c == '\n' ? at : *end;
    }
    return (*end == at || ftruncate(fileno(file), *end) == 0) && fseek(file, 0, SEEK_END) == 0;
}

static FILE *open_log(struct self_test *t, const char *name, bool delays, struct error *e)
{
    char path[PATH_MAX], header[128];
    long size = 0;
    write_header(t, header, sizeof header);
    snprintf(path, sizeof path, "%s/%s", t->setup.folder, name);
    FILE *file = make_path(t->setup.folder) ? fopen(path, "a+e") : NULL;
    if (file == NULL || !drop_cut_line(file, &size)) {
        fail(e, EXIT_USAGE, "%s: %s", path, strerror(errno));
    } else if (size == 0 ? fputs(header, file) == EOF || fflush(file) != 0
                         : !read_lines(t, file, header, delays) || fseek(file, 0, SEEK_END) != 0) {
        fail(e, EXIT_USAGE,
             "%s: holds launches of another suite, or of another machine; take another folder with --out",
             path);
    } else {
        return file;
    }
    if (file)
        fclose(file);
    return NULL;
}

bool self_pools_open(struct self_test *t, struct error *e)
{
    return (t->delays = open_log(t, "delays.csv", true, e)) != NULL &&
           (t->launches = open_log(t, "launches.csv", false, e)) != NULL;
}

void self_pools_close(struct self_test *t)
{
    for (size_t i = 0; i < t->count; i++)
        for (size_t k = 0; k < SELF_TEST_LEVELS; k++) {
            free(t->cells[i].pool[k].log_ratio);
            free(t->cells[i].pool[k].control);
        }
    if (t->launches)
        fclose(t->launches);
    if (t->delays)
        fclose(t->delays);
}

bool self_pool_add(struct self_test *t, struct self_cell *c, size_t level, double log_ratio, double control,
                   struct error *e)
{
    if (!keep(&c->pool[level], log_ratio, control))
        return fail(e, EXIT_INVALID, "out of memory");
    fprintf(t->launches, "%s,%g,%.9g,%.9g\n", c->plan.name, self_levels[level], log_ratio, control);
    return fflush(t->launches) == 0 || fail(e, EXIT_INVALID, "launches.csv: %s", strerror(errno));
}

bool self_pool_note_delay(struct self_test *t, struct self_cell *c, size_t level, struct error *e)
{
    c->pool[level].calibrated = true;
    fprintf(t->delays, "%s,%g,%.6g\n", c->plan.name, self_levels[level], c->pool[level].share);
    return fflush(t->delays) == 0 || fail(e, EXIT_INVALID, "delays.csv: %s", strerror(errno));
}
