// SPDX-License-Identifier: Apache-2.0
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folders.h"
#include "base/units.h"
#include "cli/commands.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "history/file.h"
#include "history/report.h"
#include "plot/draw.h"

enum { TABLE_LIMIT = 20 };

struct request {
    const char *path;
    struct history_choice choice;
    size_t limit;
    char folder[PATH_MAX], stem[256]; // of the picture: FOLDER/STEM.FORMAT
    unsigned format;                  // 0: none
};

// ---- what was asked for ----

static bool read_limit(const struct options *o, struct request *r, struct error *e)
{
    double limit = 0;
    const char *why;
    r->limit =
        o->given[OPT_JSON] || o->given[OPT_CSV] || o->given[OPT_PLOT] ? HISTORY_EVERYTHING : TABLE_LIMIT;
    if (!o->given[OPT_LIMIT])
        return true;
    if (!units_parse(Q_COUNT, o->value[OPT_LIMIT], &limit, &why) || limit < 1 || limit > 1e9 ||
        limit != floor(limit))
        return fail(e, EXIT_USAGE, "--limit %s: not a count from 1 on", o->value[OPT_LIMIT]);
    r->limit = (size_t)limit;
    return true;
}

static bool read_picture(const struct options *o, struct request *r, struct error *e)
{
    const char *path = o->value[OPT_PLOT], *slash, *dot;
    char folder[PATH_MAX];
    struct stat st;
    if (!o->given[OPT_PLOT])
        return true;
    slash = strrchr(path, '/');
    dot = strrchr(slash ? slash : path, '.');
    for (size_t i = 0; dot && plot_format_name(i); i++)
        if (strcmp(dot + 1, plot_format_name(i)) == 0)
            r->format = 1u << i;
    if (r->format == 0 || dot == (slash ? slash + 1 : path))
        return fail(e, EXIT_USAGE, "--plot %s: wants the name of a file that ends in .svg, .pdf or .png",
                    path);
    if ((size_t)snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1,
                         slash ? path : ".") >= sizeof folder - 300 ||
        (size_t)(dot - (slash ? slash + 1 : path)) >= sizeof r->stem - 30)
        return fail(e, EXIT_USAGE, "--plot %.60s...: path too long", path);
    snprintf(r->stem, sizeof r->stem, "%.*s", (int)(dot - (slash ? slash + 1 : path)),
             slash ? slash + 1 : path);
    return (realpath(folder, r->folder) && stat(r->folder, &st) == 0 && S_ISDIR(st.st_mode)) ||
           fail(e, EXIT_USAGE, "--plot %s: there is no such folder", path);
}

static bool read_request(const struct options *o, struct request *r, struct error *e)
{
    *r =
        (struct request){.path = o->operand_count ? o->operands[0] : HISTORY_DEFAULT,
                         .choice = {o->cells, o->cell_count, o->value[OPT_MACHINE], o->value[OPT_REFERENCE]}};
    if (o->given[OPT_JSON] && o->given[OPT_CSV])
        return fail(e, EXIT_USAGE, "--json and --csv: one of them says what is printed");
    if (o->given[OPT_BACKEND] && !o->given[OPT_PLOT])
        return fail(e, EXIT_USAGE, "--backend says who draws: it goes with --plot");
    return read_limit(o, r, e) && read_picture(o, r, e);
}

// ---- what there is not ----

// Nothing of the choice is there: says of what there is something.
static bool fail_choice(const struct request *r, struct error *e)
{
    struct history all;
    struct suggestion best = {0};
    const struct history_choice none = {0};
    char text[400] = "", one[HISTORY_NAME], name[HISTORY_NAME];
    if (!history_read(&all, r->path, &none, e)) {
        history_free(&all);
        return false;
    }
    const char *asked = r->choice.cell_count ? r->choice.cells[0] : "";
    for (size_t i = 0; i < all.count; i++) {
        const struct history_series *s = &all.series[i];
        if (r->choice.cell_count)
            suggest(&best, asked, s->cell);
        if (strlen(text) < 200 && (i == 0 || strcmp(s->cell, s[-1].cell) != 0)) {
            history_clean(s->cell, one, 60);
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? ", " : "", one);
        }
    }
    if (all.count == 0)
        return true; // an empty history has nothing of any choice
    if (best.text && strcmp(best.text, asked) != 0) {
        history_clean(best.text, name, sizeof name);
        fail(e, EXIT_USAGE, "%s: has no cell '%s' (did you mean '%s'?)", r->path, asked, name);
    } else {
        fail(e, EXIT_USAGE, "%s: has nothing of that cell, machine and reference; its cells are %s%s",
             r->path, text, strlen(text) >= 200 ? ", ..." : "");
    }
    history_free(&all);
    return false;
}

// ---- the picture ----

static bool write_document(const char *path, const struct history_report *report, struct error *e)
{
    json_t *document = history_json(report);
    bool ok = json_dump_file(document, path, JSON_REAL_PRECISION(15)) == 0;
    json_decref(document);
    return ok || fail(e, EXIT_INVALID, "%s: cannot be written", path);
}

// Drawn beside where it will lie; "history-2.svg" becomes STEM-2.svg, the first one STEM.svg.
static bool take_pictures(const struct request *r, const char *drafts, const struct figure_gallery *g,
                          struct error *e)
{
    const char *format = plot_format_name((size_t)__builtin_ctz(r->format));
    char from[PATH_MAX + 300], to[PATH_MAX + 300];
    for (size_t i = 0; i < g->picture_count; i++) {
        const char *name = g->pictures[i].name, *number = i > 0 ? strchr(name, '-') : NULL;
        snprintf(from, sizeof from, "%s/%s.%s", drafts, name, format);
        snprintf(to, sizeof to, "%s/%s%s.%s", r->folder, r->stem, number ? number : "", format);
        if (rename(from, to) != 0)
            return fail(e, EXIT_INVALID, "%s: cannot be written", to);
    }
    return true;
}

static bool is_history(void *context, const struct figure *f)
{
    (void)context;
    return strcmp(f->name, "history") == 0;
}

static bool draw(const struct options *o, const struct request *r, const struct history_report *report,
                 const char *drafts, struct error *e)
{
    struct report_input in = {0};
    struct figure_gallery gallery = {0};
    struct plot_order order = {.out = drafts, .formats = r->format};
    enum plot_backend backend;
    size_t asked = 0;
    char path[PATH_MAX + 300];
    snprintf(path, sizeof path, "%s/history.json", drafts);
    bool ok = value_read_name(o, OPT_BACKEND, &asked, e) && write_document(path, report, e) &&
              report_input_open(&in, path, e);
    backend = (enum plot_backend)asked;
    ok = ok && (figure_gallery_open(&gallery, &in, is_history, NULL, NULL) ||
                fail(e, EXIT_INVALID, "out of memory"));
    ok = ok && plot_program_find(&order.program, o->given[OPT_BACKEND] ? &backend : NULL, e) &&
         plot_draw(&order, &gallery, NULL, e) && take_pictures(r, drafts, &gallery, e);
    figure_gallery_close(&gallery);
    report_input_close(&in);
    return ok;
}

// Signals that would end us wait until the drafts are gone.
static bool plot(const struct options *o, const struct request *r, const struct history_report *report,
                 struct error *e)
{
    char drafts[PATH_MAX + 40];
    sigset_t wait, before;
    if (r->format == 0)
        return true;
    if (report->history->count == 0)
        return fail(e, EXIT_USAGE, "%s: there is nothing to draw yet", r->path);
    snprintf(drafts, sizeof drafts, "%s/.weir-history-XXXXXX", r->folder);
    sigemptyset(&wait);
    sigaddset(&wait, SIGINT);
    sigaddset(&wait, SIGTERM);
    sigaddset(&wait, SIGHUP);
    sigprocmask(SIG_BLOCK, &wait, &before);
    bool ok = mkdtemp(drafts) ? draw(o, r, report, drafts, e)
                              : fail(e, EXIT_USAGE, "--plot: %s: cannot be written to", r->folder);
    remove_tree(drafts);
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}

// ---- the command ----

static void print(const struct options *o, const struct history_report *report)
{
    json_t *document = o->given[OPT_JSON] ? history_json(report) : NULL;
    if (document) {
        json_dumpf(document, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        (o->given[OPT_CSV] ? history_write_csv : history_write_table)(stdout, report);
    }
    json_decref(document);
}

int cmd_history(const struct options *o)
{
    struct request r;
    struct history history = {0};
    struct error e = {0};
    bool chosen, ok = read_request(o, &r, &e) && history_read(&history, r.path, &r.choice, &e);
    chosen = r.choice.cell_count || r.choice.machine || r.choice.reference;
    if (ok && chosen && history.count == 0)
        ok = fail_choice(&r, &e);
    if (ok && history.unfit && !o->given[OPT_QUIET])
        fprintf(stderr, "weir: %s: %zu points are no measurements and left out\n", r.path, history.unfit);
    struct history_report report = {.history = &history, .path = r.path, .limit = r.limit};
    ok = ok && plot(o, &r, &report, &e);
    if (ok)
        print(o, &report);
    history_free(&history);
    return ok ? finish_output(EXIT_OK) : tell_error(&e);
}
