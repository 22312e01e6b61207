// SPDX-License-Identifier: Apache-2.0
// What stands behind the figures: the machine and its noise, and the commands that make them again.
#include <stdio.h>
#include <string.h>

#include "page/html.h"
#include "page/parts.h"
#include "result/fitness.h"
#include "result/jsonx.h"

// ---- the machine ----
static void put_fact(FILE *out, const char *name, const char *value)
{
    if (*value == 0)
        return;
    html_element(out, "dt", NULL, name);
    html_element(out, "dd", NULL, value);
}

static void put_facts(FILE *out, const json_t *document, const struct env_facts *m)
{
    char text[400];
    fputs("<dl class=\"facts\">\n", out);
    put_fact(out, "machine", m->machine_id);
    put_fact(out, "processor", m->cpu);
    snprintf(text, sizeof text, "%s%s%s", m->kernel, *m->hypervisor ? ", on " : "", m->hypervisor);
    put_fact(out, "kernel", text);
    snprintf(text, sizeof text, "%.1f GiB", (double)m->memory_bytes / 1073741824.0);
    put_fact(out, "memory", m->memory_bytes ? text : "");
    put_fact(out, "huge pages", m->thp);
    put_fact(out, "mitigations", m->mitigations);
    snprintf(text, sizeof text, "%s, commit %s", jsonx_string(document, "tool.version"),
             *jsonx_string(document, "tool.git") ? jsonx_string(document, "tool.git") : "unknown");
    put_fact(out, "weir", text);
    snprintf(text, sizeof text, "%s, %s", jsonx_string(document, "tool.compiler"),
             jsonx_string(document, "tool.flags"));
    put_fact(out, "built by", text);
    fputs("</dl>\n", out);
}

static void put_findings(FILE *out, const struct env_facts *m, const struct env_noise *n)
{
    struct fitness f;
    fitness_judge(&f, m, n, NULL);
    html_table_open(out, "grid findings", "Is the machine fit to measure?");
    html_table_head(out, "what", HTML_TEXT, NULL);
    html_table_head(out, "judged", HTML_TEXT, NULL);
    html_table_head(out, "found", HTML_TEXT, NULL);
    html_table_body(out);
    for (size_t i = 0; i < f.count; i++) {
        const char *weight = fitness_weight_name(f.list[i].weight);
        fprintf(out, "<tr data-status=\"%s\">", f.list[i].weight == FITNESS_UNFIT ? "failed" : "ok");
        html_cell_head(out, f.list[i].name);
        page_status(out, weight, "", "");
        fputs("<td class=\"long\">", out);
        html_prose(out, f.list[i].text);
        fputs("</td></tr>\n", out);
    }
    html_table_close(out);
    fprintf(out, "<p>%s</p>\n",
            fitness_worst(&f) == FITNESS_UNFIT   ? "As it was then, this machine was unfit to measure."
            : fitness_worst(&f) == FITNESS_NOTED ? "It was fit to measure, with what is noted above."
                                                 : "It was fit to measure.");
}

static size_t count_state(const struct report_input *in, const char *key, const char *state)
{
    size_t n = 0, i;
    json_t *cell;
    json_array_foreach(json_object_get(in->document, "cells"), i, cell) n +=
        strcmp(jsonx_string(cell, key), state) == 0;
    return n;
}

void page_environment(FILE *out, const struct report_input *in)
{
    struct env_facts machine;
    struct env_noise noise;
    const json_t *env = json_object_get(in->document, "env");
    const char *key = in->kind == REPORT_BENCH ? "bench.state" : "state";
    size_t near = count_state(in, key, "near"), far = count_state(in, key, "far");
    if (!json_is_object(env))
        return;
    env_from_json(env, &machine, &noise);
    fputs("<section id=\"environment\" aria-labelledby=\"environment-title\">\n"
          "<h2 id=\"environment-title\">Environment and noise</h2>\n",
          out);
    put_facts(out, in->document, &machine);
    put_findings(out, &machine, &noise);
    if (near + far > 0)
        fprintf(
            out,
            "<p>The two cores were near in %zu and far in %zu of the cells that were measured live.</p>\n",
            near, far);
    fputs("</section>\n", out);
}

// ---- the commands ----
// As a shell takes it: in quotes only where it must be.
static void put_argument(FILE *out, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    if (*text && text[strspn(text, plain)] == 0) {
        html_text(out, text);
        return;
    }
    fputc('\'', out);
    for (; *text; text++) {
        char one[2] = {*text, 0};
        if (*text == '\'')
            fputs("'\\''", out);
        else if (*text == '\n') // html_text makes a space of it
            fputc('\n', out);
        else
            html_text(out, one);
    }
    fputc('\'', out);
}

static void put_argv(FILE *out, const json_t *argv)
{
    size_t i;
    json_t *argument;
    bool skip = false; // the folder of the first time holds something now, so it would be refused
    json_array_foreach((json_t *)argv, i, argument)
    {
        const char *own = json_is_string(argument) ? json_string_value(argument) : "";
        bool names_folder = strcmp(own, "--out") == 0 || strcmp(own, "-o") == 0;
        if (!skip && !names_folder && strncmp(own, "--out=", 6) != 0) {
            if (i > 0)
                fputc(' ', out);
            put_argument(out, own);
        }
        skip = names_folder;
    }
}

// Where the run lay when it was made: what --out said, else the folder of its own name.
static void put_folder(FILE *out, const json_t *document)
{
    char text[512];
    size_t i;
    json_t *argument;
    const json_t *argv = jsonx_find(document, "run.argv");
    snprintf(text, sizeof text, "results/%s", jsonx_string(document, "run.id"));
    json_array_foreach((json_t *)argv, i, argument)
    {
        const char *own = json_is_string(argument) ? json_string_value(argument) : "";
        const json_t *next = json_array_get(argv, i + 1);
        if (strncmp(own, "--out=", 6) == 0)
            snprintf(text, sizeof text, "%s", own + 6);
        else if ((strcmp(own, "--out") == 0 || strcmp(own, "-o") == 0) && json_is_string(next))
            snprintf(text, sizeof text, "%s", json_string_value(next));
    }
    put_argument(out, text);
}

static void put_program(FILE *out, const json_t *document)
{
    const json_t *first = json_array_get(jsonx_find(document, "run.argv"), 0);
    put_argument(out, json_is_string(first) ? json_string_value(first) : "weir");
}

static void put_command(FILE *out, const struct report_input *in, const char *command, const char *rest)
{
    fputs("<pre><code>", out);
    put_program(out, in->document);
    fprintf(out, " %s ", command);
    put_folder(out, in->document);
    fprintf(out, "%s</code></pre>\n", rest);
}

static void put_seed(FILE *out, const json_t *document, const char *scenario)
{
    size_t i;
    json_t *cell;
    json_array_foreach(json_object_get(document, "cells"), i, cell)
    {
        if (strcmp(jsonx_string(cell, "scenario"), scenario) != 0)
            continue;
        fprintf(out, "<td class=\"n\">%.0f</td>",
                jsonx_number(cell, "seed", 0) - jsonx_number(cell, "rep", 0));
        return;
    }
    fputs("<td></td>", out);
}

static void put_scenarios(FILE *out, const json_t *document)
{
    const json_t *list = jsonx_find(document, "run.scenarios");
    size_t i;
    json_t *s;
    if (json_array_size(list) == 0)
        return;
    html_table_open(out, "grid files", "Scenario files");
    html_table_head(out, "scenario", HTML_TEXT, NULL);
    html_table_head(out, "file", HTML_TEXT, NULL);
    html_table_head(out, "hash", HTML_TEXT, "of the file's bytes, as the document has it");
    html_table_head(out, "seed", HTML_NUMBER, "of the first repetition");
    html_table_body(out);
    json_array_foreach((json_t *)list, i, s)
    {
        fputs("<tr>", out);
        html_cell_head(out, jsonx_string(s, "name"));
        html_cell_text(out, jsonx_string(s, "file"));
        fputs("<td><code>", out);
        html_text(out, jsonx_string(s, "hash"));
        fputs("</code></td>", out);
        put_seed(out, document, jsonx_string(s, "name"));
        fputs("</tr>\n", out);
    }
    html_table_close(out);
}

void page_commands(FILE *out, const struct report_input *in)
{
    const char *git = jsonx_string(in->document, "tool.git");
    if (!json_is_object(json_object_get(in->document, "run")))
        return;
    fputs("<section id=\"commands\" aria-labelledby=\"commands-title\">\n<h2 id=\"commands-title\">To see it "
          "again</h2>\n<p>At commit <code>",
          out);
    html_text(out, *git ? git : "unknown");
    fputs("</code>, the measurement:</p>\n<pre><code>", out);
    put_argv(out, jsonx_find(in->document, "run.argv"));
    fputs("</code></pre>\n", out);
    put_scenarios(out, in->document);
    fputs("<p>This page and its plots, from the run's folder alone, wherever it lies:</p>\n", out);
    put_command(out, in, "report", " -o report.html");
    put_command(out, in, "plot", "");
    fputs("</section>\n", out);
}
