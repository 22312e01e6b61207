// SPDX-License-Identifier: Apache-2.0
// A run's sections: a scenario with its question, its verdict and what stands behind it.
#include <stdlib.h>
#include <string.h>

#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"
#include "result/sentence.h"

enum { NAMES_SHOWN = 6 };

// ---- expectations ----
struct outcome {
    const char *text;
    size_t held, judged;
};

static struct outcome *outcome_of(struct outcome *list, size_t *count, const char *text)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(list[i].text, text) == 0)
            return &list[i];
    list[*count] = (struct outcome){.text = text};
    return &list[(*count)++];
}

static size_t count_expectations(const struct report_input *in)
{
    size_t n = 0, i;
    json_t *cell;
    json_array_foreach(json_object_get(in->document, "cells"), i, cell) n +=
        json_array_size(json_object_get(cell, "expect"));
    return n;
}

static void judge_cell(struct outcome *list, size_t *count, const json_t *cell)
{
    size_t i;
    json_t *expect;
    json_array_foreach(json_object_get(cell, "expect"), i, expect)
    {
        struct outcome *o = outcome_of(list, count, jsonx_string(expect, "text"));
        o->held += json_is_true(json_object_get(expect, "ok"));
        o->judged += json_is_boolean(json_object_get(expect, "ok"));
    }
}

static bool fails(const json_t *cell, const char *text)
{
    size_t i;
    json_t *expect;
    json_array_foreach(json_object_get(cell, "expect"), i, expect)
    {
        if (strcmp(jsonx_string(expect, "text"), text) == 0 && json_is_false(json_object_get(expect, "ok")))
            return true;
    }
    return false;
}

// The cells in which it does not hold, a few by name.
static void put_failing(FILE *out, const struct report_input *in, const struct summary_group *g,
                        const char *text)
{
    size_t i, n = 0;
    json_t *cell;
    json_array_foreach(json_object_get(in->document, "cells"), i, cell)
    {
        char name[512];
        if (!page_in_group(cell, g) || !fails(cell, text) || n++ >= NAMES_SHOWN)
            continue;
        page_cell_name(cell, g, name, sizeof name);
        fputs(n == 1 ? ": " : "; ", out);
        html_text(out, name);
    }
    if (n > NAMES_SHOWN)
        fprintf(out, "; and %zu more", n - NAMES_SHOWN);
}

static void put_outcome(FILE *out, const struct report_input *in, const struct summary_group *g,
                        const struct outcome *o)
{
    bool failed = o->held < o->judged;
    fprintf(out, "<li class=\"%s\"><code>", failed ? "fails" : "holds");
    html_text(out, o->text);
    if (failed)
        fprintf(out, "</code> <strong>does not hold</strong> in %zu of %zu cells", o->judged - o->held,
                o->judged);
    else if (o->judged == 0)
        fputs("</code> was not judged: no cell is ok", out);
    else
        fprintf(out, "</code> holds in %s%zu cell%s", o->judged == 1 ? "" : "all ", o->judged,
                o->judged == 1 ? "" : "s");
    if (failed)
        put_failing(out, in, g, o->text);
    fputs("</li>\n", out);
}

void page_expectations(FILE *out, const struct report_input *in, const struct summary_group *g)
{
    struct outcome *list = calloc(count_expectations(in) + 1, sizeof *list);
    size_t count = 0, i;
    json_t *cell;
    if (list == NULL)
        return;
    json_array_foreach(json_object_get(in->document, "cells"), i, cell)
    {
        if (page_in_group(cell, g))
            judge_cell(list, &count, cell);
    }
    if (count > 0)
        fputs("<h3>Expectations</h3>\n<ul class=\"expect\">\n", out);
    for (i = 0; i < count; i++)
        put_outcome(out, in, g, &list[i]);
    if (count > 0)
        fputs("</ul>\n", out);
    free(list);
}

// ---- a section ----
// Neither makes a cell invalid, but a reader must know.
static void put_machine(FILE *out, const struct summary_group *g)
{
    if (strcmp(g->engine, "live") != 0)
        return;
    if (g->threads > g->cores && g->cores > 0)
        fprintf(out, "<p class=\"note\">Up to %u threads shared %u core%s.</p>\n", g->threads, g->cores,
                g->cores == 1 ? "" : "s");
    if (g->far_cells > 0)
        fprintf(out, "<p class=\"note\">The cores were far apart in %zu of %zu cells.</p>\n", g->far_cells,
                g->cells);
}

static void put_group(FILE *out, const struct report_input *in, const struct summary_group *g, size_t number,
                      struct page_plots *plots)
{
    fprintf(out,
            "<section class=\"scenario\" id=\"s%zu\" aria-labelledby=\"s%zu-title\">\n<h2 id=\"s%zu-title\">",
            number, number, number);
    html_text(out, g->scenario);
    fputs(" <span class=\"engine\">", out);
    html_text(out, strcmp(g->engine, "sim") == 0 ? "in virtual time" : g->engine);
    fputs("</span></h2>\n", out);
    if (*g->question)
        html_element(out, "p", "question", g->question);
    fputs("<p class=\"verdict\">", out);
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory) {
        sentence_say(memory, g);
        fclose(memory);
        html_prose(out, text);
        free(text);
    }
    fputs("</p>\n", out);
    page_expectations(out, in, g);
    fputs("<h3>Every choice</h3>\n", out);
    page_group_table(out, g);
    put_machine(out, g);
    page_plots_put(out, plots, g->scenario, g->engine);
    page_ledger(out, in, g);
    page_repetitions(out, in, g);
    fputs("</section>\n", out);
}

void page_run(FILE *out, const struct report_input *in, const struct summary *s, struct page_plots *plots)
{
    for (size_t i = 0; i < s->group_count; i++)
        put_group(out, in, &s->groups[i], i + 1, plots);
    if (!page_plots_any(plots, "", ""))
        return;
    fputs("<section id=\"together\" aria-labelledby=\"together-title\">\n"
          "<h2 id=\"together-title\">All together</h2>\n",
          out);
    page_plots_put(out, plots, "", "");
    fputs("</section>\n", out);
}
