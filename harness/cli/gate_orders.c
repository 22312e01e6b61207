// SPDX-License-Identifier: Apache-2.0
#include "cli/gate_orders.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/commands.h"
#include "cli/suggest.h"
#include "cli/values.h"
#include "result/atomic.h"

void gate_write_json(FILE *out, const struct gate_report *report)
{
    json_t *json = gate_json(report);
    json_dumpf(json, out, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    fputc('\n', out);
    json_decref(json);
}

static const struct {
    const char *name;
    gate_writer *write;
} formats[] = {{"junit", gate_write_junit},
               {"markdown", gate_write_markdown},
               {"json", gate_write_json},
               {"table", gate_write_table}};

const char *value_gate_formats(unsigned command, size_t index)
{
    (void)command;
    return index < sizeof formats / sizeof *formats ? formats[index].name : NULL;
}

static bool place(struct gate_order *order, const char *path, struct error *e)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX];
    struct stat st;
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path + 1) : 1, slash ? path : ".");
    snprintf(order->name, sizeof order->name, "%s", slash ? slash + 1 : path);
    if (*order->name == '\0' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return fail(e, EXIT_USAGE, "--report: '%s' is a folder; name a file", path);
    return realpath(folder, order->dir) != NULL ||
           fail(e, EXIT_USAGE, "--report: no folder to write '%s' to: %s", path, strerror(errno));
}

// junit=FILE,markdown=FILE
bool gate_orders_read(const struct options *o, struct gate_order *orders, size_t *count, struct error *e)
{
    *count = 0;
    for (const char *p = o->value[OPT_REPORT]; o->given[OPT_REPORT]; p++) {
        char word[PATH_MAX];
        size_t n = strcspn(p, ","), name = strcspn(p, "=,"), i = 0;
        struct suggestion best = {0};
        snprintf(word, sizeof word, "%.*s", (int)(n < sizeof word ? n : sizeof word - 1), p);
        if (p[name] != '=' || name + 1 >= n)
            return fail(e, EXIT_USAGE, "--report '%s': not NAME=FILE, such as junit=gate.xml", word);
        word[name] = '\0';
        for (; i < sizeof formats / sizeof *formats && strcmp(formats[i].name, word) != 0; i++)
            suggest(&best, word, formats[i].name);
        if (i == sizeof formats / sizeof *formats)
            return best.text
                       ? fail(e, EXIT_USAGE, "--report: unknown report '%s' (did you mean '%s'?)", word,
                              best.text)
                       : fail(e, EXIT_USAGE,
                              "--report: unknown report '%s'; there are junit, markdown, json, table", word);
        if (*count == GATE_ORDERS_MOST)
            return fail(e, EXIT_USAGE, "--report: more than %d files", GATE_ORDERS_MOST);
        orders[*count].write = formats[i].write;
        if (!place(&orders[(*count)++], word + name + 1, e))
            return false;
        p += n;
        if (*p == '\0')
            break;
    }
    return true;
}

bool gate_order_write(const struct gate_order *order, const struct gate_report *report, struct error *e)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return fail(e, EXIT_INVALID, "out of memory");
    order->write(out, report);
    bool ok = fclose(out) == 0 ? atomic_write(order->dir, order->name, text, size, e)
                               : fail(e, EXIT_INVALID, "out of memory");
    free(text);
    return ok;
}

// Where GitHub shows it: the summary of the step, and a line for each cell that is not all right.
void gate_tell_github(const struct gate_report *report, bool json)
{
    const char *actions = getenv("GITHUB_ACTIONS"), *summary = getenv("GITHUB_STEP_SUMMARY");
    if (actions == NULL || strcmp(actions, "true") != 0)
        return;
    FILE *out = summary && *summary ? fopen(summary, "ae") : NULL;
    if (out) {
        gate_write_markdown(out, report);
        fclose(out);
    }
    gate_write_annotations(json ? stderr : stdout, report);
}
