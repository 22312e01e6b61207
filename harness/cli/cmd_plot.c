// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "plot/draw.h"

struct request {
    bool wanted[64]; // by the figure's place in the table; all of them when none is named
    bool named, quiet;
    char why[64][160];
};

// ---- what was asked for ----
static bool take_figure(struct request *r, const char *name, struct error *e)
{
    struct suggestion best = {0};
    const struct figure *f;
    for (size_t i = 0; (f = figure_at(i)) != NULL; i++) {
        if (strcmp(f->name, name) == 0) {
            r->wanted[i] = r->named = true;
            return true;
        }
        suggest(&best, name, f->name);
    }
    return fail_unknown(e, "--only", "figure", name, &best, "figures");
}

static bool take_format(unsigned *formats, const char *name, struct error *e)
{
    struct suggestion best = {0};
    for (size_t i = 0; plot_format_name(i); i++) {
        if (strcmp(plot_format_name(i), name) == 0) {
            *formats |= 1u << i;
            return true;
        }
        suggest(&best, name, plot_format_name(i));
    }
    if (best.text)
        return fail(e, EXIT_USAGE, "--format: unknown format '%s' (did you mean '%s'?)", name, best.text);
    return fail(e, EXIT_USAGE, "--format: unknown format '%s'; there are svg, pdf and png", name);
}

// Calls one of the two with each name of a list of lists: {"a,b", "c"}.
static bool each_name(const char *const *lists, size_t count, struct request *r, unsigned *formats,
                      struct error *e)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        for (const char *p = lists[i]; ok && p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
            char name[64];
            size_t n = strcspn(p, ",");
            snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, p);
            ok = r ? take_figure(r, name, e) : take_format(formats, name, e);
        }
    return ok;
}

// ---- which of it can be drawn ----
static size_t place_of(const struct figure *f)
{
    size_t i = 0;
    while (figure_at(i) != f)
        i++;
    return i;
}

static bool is_wanted(void *context, const struct figure *f)
{
    const struct request *r = context;
    return !r->named || r->wanted[place_of(f)];
}

static void hear_why(void *context, const struct figure *f, const char *why)
{
    struct request *r = context;
    if (!r->quiet)
        fprintf(stderr, "weir: figure %s: %s\n", f->name, why);
}

static bool check_any(const struct figure_gallery *g, const struct request *r, struct error *e)
{
    if (g->picture_count > 0)
        return true;
    if (g->in->ok == 0)
        return fail(e, EXIT_USAGE, "no cell is ok, so there is no result to draw; 'weir report' says why");
    return fail(e, EXIT_USAGE,
                r->named ? "this run feeds none of the figures named by --only" : "this run feeds no figure");
}

// ---- the command ----
static bool choose_out(const struct options *o, const struct report_input *in, char *path, size_t size,
                       struct error *e)
{
    if (o->value[OPT_OUT] == NULL && !in->is_folder)
        return fail(e, EXIT_USAGE, "RUN is a file and not a run's folder; say where pictures go: --out DIR");
    int n = o->value[OPT_OUT] ? snprintf(path, size, "%s", o->value[OPT_OUT])
                              : snprintf(path, size, "%s/plots", in->dir);
    return (size_t)n < size || fail(e, EXIT_USAGE, "%s: path too long", in->dir);
}

static bool plot(const struct options *o, struct request *r, struct plot_order *order, struct error *e)
{
    struct report_input in = {0};
    struct figure_gallery gallery = {0};
    enum plot_backend backend;
    char out[4096];
    size_t asked = 0;
    bool ok = value_read_name(o, OPT_BACKEND, &asked, e) && report_input_open(&in, o->operands[0], e) &&
              choose_out(o, &in, out, sizeof out, e);
    if (ok && !figure_gallery_open(&gallery, &in, is_wanted, hear_why, r))
        ok = fail(e, EXIT_INVALID, "out of memory");
    order->out = out;
    backend = (enum plot_backend)asked;
    ok = ok && check_any(&gallery, r, e) &&
         plot_program_find(&order->program, o->given[OPT_BACKEND] ? &backend : NULL, e) &&
         plot_draw(order, &gallery, r->quiet ? NULL : stdout, e);
    if (ok)
        tell_lost_histograms(&in);
    figure_gallery_close(&gallery);
    report_input_close(&in);
    return ok;
}

int cmd_plot(const struct options *o)
{
    struct request r = {.quiet = o->given[OPT_QUIET]};
    struct plot_order order = {.formats = 0};
    struct error e = {0};
    bool ok = each_name(o->only, o->only_count, &r, NULL, &e) &&
              each_name(o->formats, o->format_count, NULL, &order.formats, &e);
    if (order.formats == 0)
        order.formats = PLOT_SVG;
    return ok && plot(o, &r, &order, &e) ? finish_output(EXIT_OK) : tell_error(&e);
}

void plot_help(FILE *out)
{
    const struct figure *f;
    fputs("\nFIGURES\n", out);
    for (size_t i = 0; (f = figure_at(i)) != NULL; i++)
        fprintf(out, "    %-12s  %s\n", f->name, f->question);
    fputs(
        "\nENVIRONMENT\n"
        "    WEIR_PLOTS       the folder of the plot scripts, instead of the one beside the program\n"
        "    WEIR_PLOT_PLAIN  when set, pictures name no commit, machine and date: for those that are kept\n",
        out);
}
