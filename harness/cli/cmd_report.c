// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/commands.h"
#include "cli/formats.h"
#include "cli/suggest.h"
#include "page/page.h"
#include "report/output.h"

static bool unknown_format(const char *name, struct error *e)
{
    struct suggestion best = {0};
    for (size_t i = 0; format_at(i); i++)
        suggest(&best, name, format_at(i)->name);
    return fail_unknown(e, "--format", "format", name, &best, "formats");
}

// NAME or NAME=FILE
static bool read_order(const char *text, struct report_order *order, struct error *e)
{
    char name[64];
    size_t n = strcspn(text, "=");
    snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : (int)sizeof name - 1, text);
    order->format = format_find(name);
    order->file = text[n] == '=' ? text + n + 1 : NULL;
    if (order->format == NULL)
        return unknown_format(name, e);
    return order->file == NULL || *order->file ||
           fail(e, EXIT_USAGE, "--format %s: name a file, - for standard output, or leave '=' out", text);
}

static bool read_orders(const struct options *o, struct report_order *orders, size_t *count, struct error *e)
{
    if (o->given[OPT_OUTPUT])
        orders[(*count)++] = (struct report_order){page_format(), o->value[OPT_OUTPUT]};
    else if (o->format_count == 0)
        orders[(*count)++] = (struct report_order){format_at(0), "-"};
    for (size_t i = 0; i < o->format_count; i++)
        if (!read_order(o->formats[i], &orders[(*count)++], e))
            return false;
    return true;
}

// A page is named as one, so that -o is not taken for the place of another format.
static bool check_output(const struct options *o, struct error *e)
{
    const char *file = o->value[OPT_OUTPUT], *dot = file ? strrchr(file, '.') : NULL;
    if (file == NULL || strcmp(file, "-") == 0 || strncmp(file, "/dev/", 5) == 0 ||
        (dot && (strcasecmp(dot, ".html") == 0 || strcasecmp(dot, ".htm") == 0)))
        return true;
    return fail(
        e, EXIT_USAGE,
        "-o %s: that is for the report page, so name an .html file; another format goes to a file with "
        "--format NAME=FILE",
        file);
}

static void tell_no_plots(const struct report_order *orders, size_t count)
{
    for (size_t i = 0; i < count && !page_has_plots(); i++)
        if (orders[i].format == page_format()) {
            fputs("weir: the page has no plots: this weir was built without npm, which brings the plotting "
                  "library\n",
                  stderr);
            return;
        }
}

void tell_lost_histograms(const struct report_input *in)
{
    size_t lacking = 0;
    for (size_t i = 0; i < in->point_count; i++) {
        const struct report_point *point = &in->points[i];
        lacking += report_without_histogram(in, &point, 1);
    }
    if (lacking)
        fprintf(stderr, "weir: %s/%s is not whole: it has no histogram of %zu %s that delivered something\n",
                in->dir, HISTOGRAMS_FILE, lacking, lacking == 1 ? "cell" : "cells");
}

int cmd_report(const struct options *o)
{
    struct report_order orders[REPEATS_MAX + 1]; // --format's, and -o or the default
    struct report_input in = {0};
    struct error e = {0};
    size_t count = 0;
    bool ok = check_output(o, &e) && read_orders(o, orders, &count, &e) &&
              report_input_open(&in, o->operands[0], &e) && report_write(&in, orders, count, &e);
    if (ok)
        tell_lost_histograms(&in);
    report_input_close(&in);
    if (ok)
        tell_no_plots(orders, count);
    return ok ? finish_output(EXIT_OK) : tell_error(&e);
}

void report_help(FILE *out)
{
    const struct report_format *f;
    fputs("\nFORMATS\n", out);
    for (size_t i = 0; (f = format_at(i)) != NULL; i++)
        fprintf(out, "    %-16s  %-22s  %s\n", f->name, f->file, f->help);
}
