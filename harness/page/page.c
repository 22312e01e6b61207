// SPDX-License-Identifier: Apache-2.0
#include "page/page.h"

#include <stdlib.h>
#include <string.h>

#include "page/assets.h"
#include "page/html.h"
#include "page/parts.h"
#include "result/jsonx.h"

bool page_has_plots(void)
{
    return page_library;
}

// ---- the head ----
static void put_title(FILE *out, const struct report_input *in, const struct summary *s)
{
    enum { SHOWN = 3 };
    if (in->kind == REPORT_CONFORM) {
        fputs("Conformance of queues", out);
        return;
    }
    if (in->kind == REPORT_BENCH) {
        fputs("What a hand-off costs", out);
        return;
    }
    size_t shown = 0;
    for (size_t i = 0; i < s->group_count; i++) {
        if (i > 0 && strcmp(s->groups[i].scenario, s->groups[i - 1].scenario) == 0)
            continue;
        if (shown++ >= SHOWN)
            continue;
        fputs(shown > 1 ? ", " : "", out);
        html_text(out, s->groups[i].scenario);
    }
    if (shown > SHOWN)
        fprintf(out, " and %zu more", shown - SHOWN);
}

static void put_head(FILE *out, const struct report_input *in, const struct summary *s)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
    fprintf(out,
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; "
            "script-src "
            "'%s'; img-src data:; base-uri 'none'; form-action 'none'\">\n",
            page_style.hash, page_script.hash);
    fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"weir ",
          out);
    html_text(out, WEIR_VERSION);
    fputs("\">\n<link rel=\"icon\" href=\"data:,\">\n<title>", out);
    put_title(out, in, s);
    fputs(" \xc2\xb7 weir</title>\n<style>", out);
    fwrite(page_style.text, 1, page_style.size, out);
    fputs("</style>\n</head>\n", out);
}

// ---- the top of the page ----
static size_t count_status(const struct report_input *in, const char *status)
{
    size_t n = 0, i;
    json_t *cell;
    json_array_foreach(json_object_get(in->document, "cells"), i, cell) n +=
        strcmp(jsonx_string(cell, "status"), status) == 0;
    return n;
}

static void put_counts(FILE *out, const struct report_input *in)
{
    static const char *const others[] = {"invalid", "failed", "skipped"};
    fprintf(out, "%zu of %zu cells ok", in->ok, json_array_size(json_object_get(in->document, "cells")));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        size_t n = count_status(in, others[i]);
        if (n > 0)
            fprintf(out, ", <strong class=\"%s\">%zu %s</strong>", others[i], n, others[i]);
    }
}

static void put_origin(FILE *out, const struct report_input *in)
{
    const json_t *d = in->document;
    if (in->kind == REPORT_CONFORM)
        return;
    fputs("<p class=\"origin\">", out);
    put_counts(out, in);
    fputs(" \xc2\xb7 <time>", out);
    html_text(out, jsonx_string(d, "run.started"));
    fputs("</time> \xc2\xb7 machine ", out);
    html_text(out, jsonx_string(d, "env.machine_id"));
    fputs(" \xc2\xb7 run ", out);
    html_text(out, jsonx_string(d, "run.id"));
    fputs("</p>\n", out);
    if (json_is_false(jsonx_find(d, "run.complete")))
        fputs("<p class=\"alert\"><strong>This run was interrupted: cells are missing.</strong></p>\n", out);
}

static void put_contents(FILE *out, const struct report_input *in, const struct summary *s)
{
    if (in->kind != REPORT_RUN)
        return;
    fputs("<nav aria-label=\"Contents\">\n<ul>\n", out);
    for (size_t i = 0; i < s->group_count; i++) {
        fprintf(out, "<li><a href=\"#s%zu\">", i + 1);
        html_text(out, s->groups[i].scenario);
        if (strcmp(s->groups[i].engine, "sim") == 0)
            fputs(" <small>in virtual time</small>", out);
        fputs("</a></li>\n", out);
    }
    fputs("<li><a href=\"#environment\">Environment</a></li>\n<li><a href=\"#commands\">Commands</a></li>\n"
          "</ul>\n</nav>\n",
          out);
}

static void put_header(FILE *out, const struct report_input *in, const struct summary *s)
{
    fputs("<body>\n<a class=\"skip\" href=\"#main\">To the results</a>\n<header>\n"
          "<p class=\"brand\">weir</p>\n<div class=\"tools\"></div>\n<h1>",
          out);
    put_title(out, in, s);
    fputs("</h1>\n", out);
    put_origin(out, in);
    put_contents(out, in, s);
    fputs("<noscript><p class=\"alert\">Without scripts the tables do not sort and nothing is drawn; all "
          "figures are "
          "here.</p></noscript>\n",
          out);
    fputs("</header>\n<main id=\"main\">\n", out);
}

static void put_script(FILE *out)
{
    fputs("<script>", out);
    fwrite(page_script.text, 1, page_script.size, out);
    fputs("</script>\n", out);
}

static bool page_write(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    struct summary *s = in->kind == REPORT_CONFORM ? NULL : summary_of(in->document);
    struct page_plots *plots = page_plots_open(in);
    (void)e;
    put_head(out, in, s);
    put_header(out, in, s);
    if (in->kind == REPORT_RUN)
        page_run(out, in, s, plots);
    else if (in->kind == REPORT_BENCH)
        page_bench(out, in, plots);
    else
        page_conform(out, in);
    page_environment(out, in);
    page_commands(out, in);
    fputs("</main>\n<footer><p>Made by weir ", out);
    html_text(out, WEIR_VERSION);
    fputs(" from the run's own folder.</p></footer>\n", out);
    page_plots_data(out, plots);
    put_script(out);
    page_plots_close(plots);
    fputs("</body>\n</html>\n", out);
    summary_free(s);
    return true;
}

static const struct report_format format = {"html",
                                            "report.html",
                                            "a page to read, print and pass on; one file, with plots",
                                            REPORT_RUN | REPORT_BENCH | REPORT_CONFORM,
                                            false,
                                            page_write,
                                            NULL,
                                            NULL};

const struct report_format *page_format(void)
{
    return &format;
}
