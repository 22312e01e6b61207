// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "cli/commands.h"
#include "cli/values.h"
#include "report/compare.h"

const char *value_metrics(unsigned command, size_t index)
{
    (void)command;
    size_t n = 0;
    // A name that stands under two kinds of document is offered once.
    for (size_t i = 0; compare_figure_at(i); i++) {
        bool first = true;
        for (size_t k = 0; k < i; k++)
            first = first && strcmp(compare_figure_at(k)->name, compare_figure_at(i)->name) != 0;
        if (first && n++ == index)
            return compare_figure_at(i)->name;
    }
    return NULL;
}

enum order { BY_POINT, BY_CHANGE };

const char *value_orders(unsigned command, size_t index)
{
    static const char *const names[] = {[BY_POINT] = "point", [BY_CHANGE] = "change"};
    (void)command;
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

void compare_help(FILE *out)
{
    fputs("\nFIGURES\n", out);
    for (size_t i = 0; compare_figure_at(i); i++) {
        const struct compare_figure *f = compare_figure_at(i);
        fprintf(out, "    %-12s  %-24s  %s%s\n", f->name, f->title,
                f->kinds & REPORT_BENCH ? "of a bench" : "of a run", f->usual ? ", shown by default" : "");
    }
}

static void show(const struct comparison *c, const struct options *o, const struct compare_view *view)
{
    if (o->given[OPT_JSON]) {
        json_t *json = compare_json(c);
        json_dumpf(json, stdout, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
        putchar('\n');
        json_decref(json);
    } else {
        compare_print(stdout, c, view);
    }
}

static bool compare(const struct options *o, const struct compare_view *view, struct error *e)
{
    struct compare_request request = {.metrics = o->metrics,
                                      .metric_count = o->metric_count,
                                      .only = o->only,
                                      .only_count = o->only_count,
                                      .force = o->given[OPT_FORCE]};
    struct report_input a = {0}, b = {0};
    struct comparison c = {0};
    bool ok = report_input_open(&a, o->operands[0], e) && report_input_open(&b, o->operands[1], e) &&
              compare_make(&c, &a, &b, &request, e);
    if (ok)
        show(&c, o, view);
    compare_free(&c);
    report_input_close(&a);
    report_input_close(&b);
    return ok;
}

int cmd_compare(const struct options *o)
{
    struct error e = {0};
    size_t colour = TEXT_COLOUR_AUTO, order = BY_POINT;
    if (!value_read_name(o, OPT_COLOR, &colour, &e) || !value_read_name(o, OPT_SORT, &order, &e))
        return tell_error(&e);
    struct compare_view view = {.style = text_style_of(stdout, (enum text_colour)colour),
                                .by_change = order == BY_CHANGE,
                                .wrap = text_terminal_columns(stdout) > 0};
    return compare(o, &view, &e) ? finish_output(EXIT_OK) : tell_error(&e);
}
