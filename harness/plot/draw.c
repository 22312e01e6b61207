// SPDX-License-Identifier: Apache-2.0
#include "plot/draw.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "result/atomic.h"
#include "result/jsonx.h"

static const char *const formats[] = {"svg", "pdf", "png"};

const char *plot_format_name(size_t i)
{
    return i < sizeof formats / sizeof *formats ? formats[i] : NULL;
}

// ---- folders ----
static bool make_folders(const char *path, struct error *e)
{
    char copy[PATH_MAX];
    if ((size_t)snprintf(copy, sizeof copy, "%s/data", path) >= sizeof copy - 300) // room for a file's name
        return fail(e, EXIT_USAGE, "%s: path too long", path);
    for (char *p = copy + 1;; p++) {
        if (*p && *p != '/')
            continue;
        char kept = *p;
        *p = 0;
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            return fail(e, EXIT_USAGE, "%s: cannot make this folder: %s", copy, strerror(errno));
        *p = kept;
        if (kept == 0)
            break;
    }
    return access(copy, W_OK) == 0 ||
           fail(e, EXIT_USAGE, "%s: cannot write there: %s", copy, strerror(errno));
}

// ---- data ----
static bool write_data(const char *folder, const struct figure_gallery *g, const struct figure_picture *p,
                       struct error *e)
{
    struct sheet sheet = {0};
    char name[sizeof p->name + 8], *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    bool ok = out && figure_fill(&sheet, g, p);
    if (ok)
        sheet_csv(&sheet, out);
    ok = out && !ferror(out) && fclose(out) == 0 && ok;
    sheet_free(&sheet);
    snprintf(name, sizeof name, "%s.csv", p->name);
    ok = ok ? atomic_write(folder, name, text, size, e)
            : fail(e, EXIT_INVALID, "figure %s: out of memory", p->figure->name);
    free(text);
    return ok;
}

// ---- pictures ----
static bool read_all(const char *path, char **text, size_t *size)
{
    struct stat st;
    FILE *in = stat(path, &st) == 0 && st.st_size > 0 ? fopen(path, "re") : NULL;
    *text = in ? calloc((size_t)st.st_size + 1, 1) : NULL;
    *size = *text ? fread(*text, 1, (size_t)st.st_size, in) : 0;
    if (in)
        fclose(in);
    return *size > 0;
}

// The day on which it was drawn is the one thing in gnuplot's PDF that is not of the data. It is written
// over, in place: a PDF counts bytes.
static void clear_date(char *text, size_t size)
{
    static const char mark[] = "/CreationDate (D:", day[] = "19700101000000";
    char *at = memmem(text, size, mark, sizeof mark - 1);
    if (at && at + sizeof mark + sizeof day < text + size)
        memcpy(at + sizeof mark - 1, day, sizeof day - 1);
}

// gnuplot's SVG names one font, and is set in one with serifs where that is not there; and it calls every
// picture "Gnuplot".
static void put_svg(FILE *out, const char *text, const char *title)
{
    static const char font[] = "font-family=\"DejaVu Sans\"", name[] = "<title>Gnuplot</title>";
    for (const char *p = text; *p;) {
        if (strncmp(p, font, sizeof font - 1) == 0) {
            fputs("font-family=\"DejaVu Sans, Verdana, sans-serif\"", out);
            p += sizeof font - 1;
        } else if (strncmp(p, name, sizeof name - 1) == 0) {
            fprintf(out, "<title>%s</title>", title); // a figure's own, without markup
            p += sizeof name - 1;
        } else {
            fputc(*p++, out);
        }
    }
}

// False: the picture is not there, or cannot be written.
static bool finish(const char *path, const char *format, const char *title)
{
    char *text = NULL;
    size_t size = 0;
    bool ok = read_all(path, &text, &size);
    FILE *out = ok && strcmp(format, "png") != 0 ? fopen(path, "we") : NULL;
    if (out && strcmp(format, "svg") == 0) {
        put_svg(out, text, title);
    } else if (out) {
        clear_date(text, size);
        fwrite(text, 1, size, out);
    }
    if (out) {
        bool full = ferror(out) != 0;
        ok = fclose(out) == 0 && !full;
    }
    free(text);
    return ok;
}

static bool take_over(const char *out, const char *temporary, const char *final, const char *format,
                      const char *title, struct error *e)
{
    char from[PATH_MAX], to[PATH_MAX];
    snprintf(from, sizeof from, "%s/%s", out, temporary);
    snprintf(to, sizeof to, "%s/%s", out, final);
    errno = 0;
    if (!finish(from, format, title))
        return fail(e, EXIT_INVALID, "%s: nothing was drawn%s%s", to, errno && errno != ENOENT ? ": " : "",
                    errno && errno != ENOENT ? strerror(errno) : "");
    return rename(from, to) == 0 || fail(e, EXIT_INVALID, "%s: %s", to, strerror(errno));
}

// The picture's files under names that are not theirs yet; NULL after the last.
struct drafts {
    char names[PLOT_PICTURES_MAX][300];
    const char *list[PLOT_PICTURES_MAX + 1];
    const char *formats[PLOT_PICTURES_MAX];
    size_t count;
};

static void name_drafts(struct drafts *d, const struct plot_order *o, const struct figure_picture *p)
{
    *d = (struct drafts){0};
    for (size_t f = 0; plot_format_name(f); f++)
        if (o->formats & 1u << f) {
            snprintf(d->names[d->count], sizeof d->names[0], ".%s.tmp.%s", p->name, plot_format_name(f));
            d->list[d->count] = d->names[d->count];
            d->formats[d->count++] = plot_format_name(f);
        }
}

// Signals that would end us wait until no half picture is left.
static bool draw_one(const struct plot_order *o, const struct figure_picture *p, FILE *report,
                     struct error *e)
{
    char data[300], final[300], path[PATH_MAX];
    struct drafts d;
    sigset_t wait, before;
    snprintf(data, sizeof data, "data/%s.csv", p->name);
    name_drafts(&d, o, p);
    sigemptyset(&wait);
    sigaddset(&wait, SIGINT);
    sigaddset(&wait, SIGTERM);
    sigaddset(&wait, SIGHUP);
    sigprocmask(SIG_BLOCK, &wait, &before);
    bool ok = plot_program_run(&o->program, p->figure->name, o->out, data, d.list, e);
    for (size_t i = 0; i < d.count; i++) {
        snprintf(final, sizeof final, "%s.%s", p->name, d.formats[i]);
        ok = ok && take_over(o->out, d.names[i], final, d.formats[i], p->figure->title, e);
        if (ok && report)
            fprintf(report, "%s/%s\n", o->out, final);
        snprintf(path, sizeof path, "%s/%s", o->out, d.names[i]);
        if (!ok)
            unlink(path);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ok;
}

bool plot_draw(const struct plot_order *o, const struct figure_gallery *g, FILE *report, struct error *e)
{
    char folder[PATH_MAX];
    bool ok = make_folders(o->out, e);
    snprintf(folder, sizeof folder, "%s/data", o->out);
    for (size_t i = 0; ok && i < g->picture_count; i++)
        ok = write_data(folder, g, &g->pictures[i], e);
    size_t failed = 0;
    for (size_t i = 0; ok && i < g->picture_count; i++) {
        struct error own = {0};
        if (!draw_one(o, &g->pictures[i], report, &own) && failed++ == 0)
            *e = own;
    }
    if (failed > 1) {
        size_t n = strlen(e->text);
        snprintf(e->text + n, sizeof e->text - n, " (and %zu more pictures)", failed - 1);
    }
    return ok && failed == 0;
}
