// SPDX-License-Identifier: Apache-2.0
#include "report/markdown.h"

#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "result/jsonx.h"
#include "result/sentence.h"

static void put_provenance(FILE *out, const struct report_input *in)
{
    const json_t *d = in->document;
    const char *git = jsonx_string(d, "tool.git");
    fputs("Run `", out);
    fputs(jsonx_string(d, "run.id"), out);
    fprintf(out, "`, %s, weir %s%s%s%s on ", jsonx_string(d, "run.started"), jsonx_string(d, "tool.version"),
            *git ? " (" : "", git, *git ? ")" : "");
    markdown_text(out, jsonx_string(d, "env.cpu"));
    fprintf(out, ", %.0f cores, machine `%s`.\n\n", jsonx_number(d, "env.cores", 0),
            jsonx_string(d, "env.machine_id"));
    if (json_is_false(jsonx_find(d, "run.complete")))
        fputs("**This run was interrupted: cells are missing.**\n\n", out);
}

static void put_sentence(FILE *out, const struct summary_group *g)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory == NULL)
        return;
    sentence_print(memory, g);
    fclose(memory);
    text[strcspn(text, "\n")] = 0;
    fputc('\n', out);
    markdown_text(out, text);
    fputs("\n\n", out);
    free(text);
}

static void put_run(FILE *out, const struct report_input *in)
{
    struct summary *s = summary_of(in->document);
    for (size_t i = 0; i < s->group_count; i++) {
        fputs("## ", out);
        markdown_text(out, s->groups[i].scenario);
        fprintf(out, " (%s)\n\n", s->groups[i].engine);
        if (*s->groups[i].question) {
            markdown_text(out, s->groups[i].question);
            fputs("\n\n", out);
        }
        markdown_group(out, &s->groups[i]);
        put_sentence(out, &s->groups[i]);
    }
    summary_free(s);
}

static void put_left_out(FILE *out, const struct report_input *in)
{
    bool any = false;
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t i = 0; i < in->points[p].count; i++) {
            const json_t *cell = in->points[p].cells[i];
            if (report_is_ok(cell))
                continue;
            fputs(any ? "" : "## No results\n\n", out);
            any = true;
            fputs("- ", out);
            markdown_text(out, in->points[p].name);
            fprintf(out, ", rep %.0f: **%s**: ", jsonx_number(cell, "rep", 0), jsonx_string(cell, "status"));
            markdown_text(out, jsonx_string(cell, "reason"));
            fputc('\n', out);
        }
}

bool report_markdown(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    (void)e;
    fputs("# weir\n\n", out);
    if (in->kind == REPORT_CONFORM) {
        markdown_conform(out, in);
        return true;
    }
    put_provenance(out, in);
    if (in->kind == REPORT_BENCH) {
        markdown_bench(out, in);
        fputc('\n', out);
    } else {
        put_run(out, in);
    }
    put_left_out(out, in);
    return true;
}
