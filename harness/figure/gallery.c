// SPDX-License-Identifier: Apache-2.0
// Which pictures a run gives, what they are called, and the notes that stand under each of them.
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"
#include "result/jsonx.h"

// ---- views ----
static bool same_view(const struct figure_view *v, const json_t *cell)
{
    return strcmp(v->scenario, jsonx_string(cell, "scenario")) == 0 &&
           strcmp(v->engine, jsonx_string(cell, "engine")) == 0;
}

static struct figure_view *view_of(struct figure_gallery *g, const json_t *cell)
{
    size_t i = 0;
    while (i < g->view_count && !same_view(&g->views[i], cell))
        i++;
    struct figure_view *v = &g->views[i];
    if (i < g->view_count)
        return v;
    v->points = calloc(g->in->point_count, sizeof *v->points);
    if (v->points == NULL)
        return NULL;
    v->in = g->in;
    snprintf(v->scenario, sizeof v->scenario, "%s", jsonx_string(cell, "scenario"));
    snprintf(v->engine, sizeof v->engine, "%s", jsonx_string(cell, "engine"));
    g->view_count++;
    return v;
}

static bool fill_views(struct figure_gallery *g)
{
    g->views = calloc(g->in->point_count + 1, sizeof *g->views);
    if (g->views == NULL)
        return false;
    for (size_t i = 0; i < g->in->point_count; i++) {
        struct figure_view *v = view_of(g, g->in->points[i].cells[0]);
        if (v == NULL)
            return false;
        v->points[v->count++] = &g->in->points[i];
    }
    struct figure_view *all = &g->views[g->view_count]; // not counted yet: it is no scenario's
    *all = (struct figure_view){.in = g->in, .points = calloc(g->in->point_count + 1, sizeof *all->points)};
    for (size_t i = 0; all->points && i < g->in->point_count; i++)
        all->points[all->count++] = &g->in->points[i];
    return all->points != NULL;
}

// What a file may be called: letters, digits, dot, minus, underscore.
static void file_part(const char *text, char *part, size_t size)
{
    size_t n = 0;
    for (; *text && n + 1 < size && n < 80; text++)
        part[n++] = isalnum((unsigned char)*text) || strchr("-_.", *text) ? *text : '-';
    part[n] = 0;
}

static bool part_taken(const struct figure_gallery *g, size_t before, const char *part)
{
    for (size_t i = 0; i < before; i++)
        if (strcasecmp(g->views[i].part, part) == 0)
            return true;
    return false;
}

static void name_views(struct figure_gallery *g)
{
    for (size_t i = 0; i < g->view_count; i++) {
        struct figure_view *v = &g->views[i];
        char base[100];
        bool twice = false;
        for (size_t k = 0; k < g->view_count; k++)
            twice = twice || (k != i && strcmp(g->views[k].scenario, v->scenario) == 0);
        file_part(v->scenario, base, sizeof base);
        snprintf(v->part, sizeof v->part, "%s%s%s", base, twice ? "-" : "", twice ? v->engine : "");
        for (int k = 2; part_taken(g, i, v->part); k++)
            snprintf(v->part, sizeof v->part, "%s-%d", base, k);
    }
}

// ---- pictures ----
static bool add_pictures(struct figure_gallery *g, const struct figure *f, size_t view, size_t pages)
{
    struct figure_picture *more = realloc(g->pictures, (g->picture_count + pages + 1) * sizeof *more);
    if (more == NULL)
        return false;
    g->pictures = more;
    for (size_t page = 0; page < pages; page++) {
        struct figure_picture *p = &g->pictures[g->picture_count++];
        *p = (struct figure_picture){.figure = f, .view = view, .page = page};
        const char *part = g->views[view].part;
        bool alone = f->whole || g->view_count == 1;
        int n = snprintf(p->name, sizeof p->name, "%s%s%s", f->name, alone ? "" : "-", alone ? "" : part);
        if (pages > 1)
            snprintf(p->name + n, sizeof p->name - (size_t)n, "-%zu", page + 1);
    }
    return true;
}

static bool add_figure(struct figure_gallery *g, const struct figure *f, const char **why)
{
    size_t first = f->whole ? g->view_count : 0, last = f->whole ? first + 1 : g->view_count, all = 0;
    for (size_t i = first; i < last; i++) {
        bool any = g->in->point_count == 0 || figure_ok(&g->views[i]); // a gate's cells are no points
        size_t pages = any ? f->pages(&g->views[i], why) : 0;
        if (pages && !add_pictures(g, f, i, pages))
            return false;
        all += pages;
    }
    if (all > 0)
        *why = NULL;
    else if (*why == NULL)
        *why = "no cell is ok";
    return true;
}

static const char *why_not_kind(enum report_kind kind)
{
    return kind == REPORT_BENCH     ? "a bench has nothing for it"
           : kind == REPORT_GATE    ? "a gate has nothing for it"
           : kind == REPORT_HISTORY ? "a history has nothing for it"
                                    : "a run has nothing for it";
}

bool figure_gallery_open(struct figure_gallery *g, const struct report_input *in, figure_wanted wanted,
                         figure_why_not why_not, void *context)
{
    const struct figure *f;
    *g = (struct figure_gallery){.in = in};
    if (!fill_views(g))
        return false;
    name_views(g);
    for (size_t i = 0; (f = figure_at(i)) != NULL; i++) {
        const char *why = NULL;
        if (wanted && !wanted(context, f))
            continue;
        if (!(f->kinds & in->kind))
            why = why_not_kind(in->kind);
        else if (!add_figure(g, f, &why))
            return false;
        if (why && why_not)
            why_not(context, f, why);
    }
    return true;
}

void figure_gallery_close(struct figure_gallery *g)
{
    for (size_t i = 0; g->views && i <= g->view_count; i++)
        free(g->views[i].points);
    free(g->views);
    free(g->pictures);
    *g = (struct figure_gallery){0};
}

// ---- notes ----
// Which of the view's cells are not shown, by status.
static void note_left_out(struct sheet *s, const struct figure_view *v)
{
    static const char *const statuses[] = {"invalid", "failed", "skipped"};
    size_t counts[3] = {0}, all = 0;
    char text[128] = "";
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; k < v->points[i]->count; k++)
            for (size_t st = 0; st < 3; st++)
                counts[st] += strcmp(jsonx_string(v->points[i]->cells[k], "status"), statuses[st]) == 0;
    for (size_t st = 0; st < 3; st++)
        if (counts[st]) {
            size_t n = strlen(text);
            snprintf(text + n, sizeof text - n, "%s%zu %s", n ? ", " : "", counts[st], statuses[st]);
            all += counts[st];
        }
    if (all)
        sheet_foot(s, "Not shown: %s, which %s no result.", text, all == 1 ? "is" : "are");
}

static const json_t *scenario_entry(const struct figure_view *v)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(json_object_get(v->in->document, "run"), "scenarios"), i, entry)
    {
        if (strcmp(jsonx_string(entry, "name"), v->scenario) == 0)
            return entry;
    }
    return NULL;
}

// The seed of the first repetition, as text; "" when the view's scenarios have several.
static void write_seed(const struct figure_view *v, char text[32])
{
    double seed = jsonx_number(v->in->document, "run.seed", jsonx_number(v->in->document, "seed", 0));
    *text = 0;
    if (v->in->kind == REPORT_HISTORY) // each of its measurements has its own
        return;
    for (size_t i = 0; i < v->count; i++) {
        const json_t *cell = v->points[i]->cells[0];
        double own = jsonx_number(cell, "seed", NAN) - jsonx_number(cell, "rep", 0);
        if (isnan(own))
            continue;
        if (i > 0 && own != seed)
            return;
        seed = own;
    }
    snprintf(text, 32, " · seed %.0f", seed);
}

// The commit, machine and date are left out when WEIR_PLOT_PLAIN is set: pictures that are kept in a
// repository should change when what they show changes, and not with each commit and day.
static void note_provenance(struct sheet *s, const struct figure_view *v)
{
    const json_t *document = v->in->document, *entry = scenario_entry(v);
    const char *hash = jsonx_string(entry, "hash"), *plain = getenv("WEIR_PLOT_PLAIN");
    const char *started = jsonx_string(document, "run.started");
    char where[256] = "", what[320], seed[32];
    if (plain == NULL || *plain == 0)
        snprintf(where, sizeof where, " · weir %s%s%s%s%s", jsonx_string(document, "tool.git"),
                 v->in->kind == REPORT_HISTORY ? "" : " · machine ", jsonx_string(document, "env.machine_id"),
                 *started ? " · " : "", started);
    snprintf(what, sizeof what, "%s%s%s%s%s",
             *v->scenario                    ? v->scenario
             : v->in->kind == REPORT_GATE    ? "gate"
             : v->in->kind == REPORT_HISTORY ? "history"
                                             : "all scenarios",
             *v->engine && strcmp(v->engine, v->scenario) != 0 ? ", engine " : "",
             strcmp(v->engine, v->scenario) != 0 ? v->engine : "", *hash ? " · scenario " : "", hash);
    write_seed(v, seed);
    sheet_foot(s, "%s%s%s", what, seed, where);
}

bool figure_fill(struct sheet *s, const struct figure_gallery *g, const struct figure_picture *p)
{
    const struct figure_view *v = &g->views[p->view];
    *s = (struct sheet){.width = SHEET_SINGLE};
    snprintf(s->title, sizeof s->title, "%s%s%s", p->figure->title, *v->scenario ? ": " : "", v->scenario);
    note_left_out(s, v);
    note_provenance(s, v);
    bool ok = p->figure->fill(s, v, p->page);
    return ok && !s->short_of_memory;
}
