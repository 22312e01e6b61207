// SPDX-License-Identifier: Apache-2.0
// The plots: the same pictures that `weir plot` draws (harness/figure), as data that the browser draws from.
// A picture's rows that differ only in their numbers go together, so that a curve is two lists of numbers.
#include <stdlib.h>
#include <string.h>

#include "figure/figure.h"
#include "page/assets.h"
#include "page/html.h"
#include "page/parts.h"
#include "page/sheet_json.h"
#include "result/jsonx.h"

enum { PICTURES_MOST = 3 }; // of one figure beside each other; of more one is chosen

struct page_plots {
    struct figure_gallery gallery;
    json_t *sheets; // one a picture, in the order in which they were written
};

struct page_plots *page_plots_open(const struct report_input *in)
{
    struct page_plots *p = page_library && in->kind != REPORT_CONFORM ? calloc(1, sizeof *p) : NULL;
    if (p == NULL)
        return NULL;
    p->sheets = json_array();
    if (figure_gallery_open(&p->gallery, in, NULL, NULL, NULL) && p->sheets)
        return p;
    page_plots_close(p);
    return NULL;
}

void page_plots_close(struct page_plots *p)
{
    if (p == NULL)
        return;
    figure_gallery_close(&p->gallery);
    json_decref(p->sheets);
    free(p);
}

// ---- in the page ----
// What stands below the picture on paper is text here. Where it comes from the page says once.
static void put_notes(FILE *out, const struct sheet *s)
{
    if (s->notes && *s->notes)
        html_element(out, "p", "note", s->notes);
    for (const char *line = s->foot; line && *line;) {
        size_t n = strcspn(line, "\n");
        char text[512];
        snprintf(text, sizeof text, "%.*s", (int)n, line);
        if (strncmp(text, "Not shown", 9) == 0)
            html_element(out, "p", "note", text);
        line += n + (line[n] == '\n');
    }
}

// Its data go to the end of the page; false when memory is short.
static bool add_sheet(struct page_plots *p, const struct figure_picture *picture, struct sheet *s)
{
    return figure_fill(s, &p->gallery, picture) && !s->short_of_memory &&
           json_array_append_new(p->sheets, page_sheet_json(s)) == 0;
}

// The figure's title and question stand over its first picture, notes where they are not those of the one
// before.
static void put_figure(FILE *out, const struct figure *f, const struct sheet *s, size_t first, size_t count,
                       const char *notes_before)
{
    fprintf(out, "<figure class=\"plot%s\" data-plot=\"%zu\" data-count=\"%zu\">\n<figcaption>",
            s->width > SHEET_SINGLE ? " wide" : "", first, count);
    if (notes_before == NULL) {
        html_element(out, "h4", NULL, f->title);
        html_element(out, "p", NULL, f->question);
    }
    if (notes_before == NULL || strcmp(notes_before, s->notes ? s->notes : "") != 0)
        put_notes(out, s);
    fputs("</figcaption>\n<div class=\"scroll sheet\"></div>\n</figure>\n", out);
}

// A figure's pictures, each by itself, or in one place to choose from.
static void put_pictures(FILE *out, struct page_plots *p, const struct figure_picture *pictures, size_t count)
{
    bool choose = count > PICTURES_MOST;
    size_t first = json_array_size(p->sheets);
    char *notes = NULL; // of the picture before
    struct sheet shown = {0};
    for (size_t i = 0; i < count; i++) {
        struct sheet s = {0};
        bool added = add_sheet(p, &pictures[i], &s);
        if (added && choose && shown.rows == NULL) {
            shown = s;
            continue;
        }
        if (added && !choose) {
            put_figure(out, pictures[i].figure, &s, json_array_size(p->sheets) - 1, 1, notes);
            free(notes);
            notes = strdup(s.notes ? s.notes : "");
        }
        sheet_free(&s);
    }
    if (shown.rows)
        put_figure(out, pictures->figure, &shown, first, json_array_size(p->sheets) - first, NULL);
    sheet_free(&shown);
    free(notes);
}

static bool is_of(const struct page_plots *p, const struct figure_picture *picture, const char *scenario,
                  const char *engine)
{
    const struct figure_view *v = &p->gallery.views[picture->view];
    return strcmp(v->scenario, scenario) == 0 && strcmp(v->engine, engine) == 0;
}

bool page_plots_any(const struct page_plots *p, const char *scenario, const char *engine)
{
    for (size_t i = 0; p && i < p->gallery.picture_count; i++)
        if (is_of(p, &p->gallery.pictures[i], scenario, engine))
            return true;
    return false;
}

void page_plots_put(FILE *out, struct page_plots *p, const char *scenario, const char *engine)
{
    if (!page_library) {
        html_element(out, "h3", NULL, "Plots");
        html_element(
            out, "p", "note",
            "None: this weir was built without npm, which brings the plotting library. 'weir plot' draws "
            "them into files.");
    }
    if (!page_plots_any(p, scenario, engine))
        return;
    html_element(out, "h3", NULL, "Plots");
    fputs("<p class=\"note hint\">Point at a plot for its values, or reach it with Tab and walk along it "
          "with the "
          "arrow "
          "keys.</p>\n<div class=\"plots\">\n",
          out);
    for (size_t i = 0, n; i < p->gallery.picture_count; i += n) {
        const struct figure_picture *pictures = &p->gallery.pictures[i];
        for (n = 1; i + n < p->gallery.picture_count && pictures[n].figure == pictures->figure &&
                    pictures[n].view == pictures->view;)
            n++;
        if (is_of(p, pictures, scenario, engine))
            put_pictures(out, p, pictures, n);
    }
    fputs("</div>\n", out);
}

// JSON between tags: a text that holds "</script>" must not end it.
void page_plots_data(FILE *out, const struct page_plots *p)
{
    if (p == NULL)
        return;
    char *text = json_dumps(p->sheets, JSON_COMPACT | JSON_REAL_PRECISION(5));
    fputs("<script type=\"application/json\" id=\"sheets\">", out);
    for (const char *at = text ? text : "[]"; *at; at++)
        if (*at == '<')
            fputs("\\u003c", out);
        else
            fputc(*at, out);
    fputs("</script>\n", out);
    free(text);
}
