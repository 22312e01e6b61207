// SPDX-License-Identifier: Apache-2.0
// JUnit XML as Jenkins, GitLab and GitHub's reporters read it. A suite is a scenario (or a queue); a test is
// a cell's measurement, one of its expectations, or a check of the contract. An expectation that does not
// hold is a failure, a measurement that is not valid an error; what was not run is skipped.
#include <stdlib.h>
#include <string.h>

#include "report/format.h"
#include "result/jsonx.h"
#include "result/xml.h"

enum verdict { PASSED, FAILED, ERROR, SKIPPED };

struct test {
    char *name, *suite;
    enum verdict verdict;
    const char *kind, *message; // into the document
    double seconds;
};

struct tests {
    struct test *list;
    size_t count, room;
    bool short_of_memory;
};

// ---- gathering ----
static void add(struct tests *t, struct test test)
{
    if (t->count == t->room) {
        size_t room = t->room ? 2 * t->room : 64;
        struct test *more = realloc(t->list, room * sizeof *more);
        if (more)
            t->list = more;
        t->room = more ? room : t->room;
    }
    if (t->count == t->room || test.name == NULL || test.suite == NULL) {
        t->short_of_memory = true;
        free(test.name);
        free(test.suite);
        return;
    }
    t->list[t->count++] = test;
}

static char *joined(const char *a, const char *between, const char *b)
{
    char *text = malloc(strlen(a) + strlen(between) + strlen(b) + 1);
    if (text)
        strcat(strcat(strcpy(text, a), between), b);
    return text;
}

// "queue=mpmc/strategy=block rep 2": what the point is called within its suite.
static char *cell_name(const struct report_point *p, const json_t *cell)
{
    char rep[40];
    const char *slash = strchr(p->name, '/');
    snprintf(rep, sizeof rep, "%.0f", jsonx_number(cell, "rep", 0));
    return joined(slash ? slash + 1 : p->name, " rep ", rep);
}

static enum verdict verdict_of(const json_t *cell)
{
    return report_is_ok(cell)                                     ? PASSED
           : strcmp(jsonx_string(cell, "status"), "skipped") == 0 ? SKIPPED
                                                                  : ERROR;
}

static void add_cell(struct tests *t, const struct report_point *p, const json_t *cell)
{
    const char *suite = jsonx_string(cell, "scenario");
    char *name = cell_name(p, cell);
    size_t i;
    json_t *expect;
    if (name == NULL) {
        t->short_of_memory = true;
        return;
    }
    add(t, (struct test){.name = joined(name, ": ", "measured"),
                         .suite = strdup(suite),
                         .verdict = verdict_of(cell),
                         .kind = jsonx_string(cell, "status"),
                         .message = jsonx_string(cell, "reason"),
                         .seconds = jsonx_number(cell, "seconds", 0)});
    json_array_foreach(json_object_get(cell, "expect"), i, expect)
    {
        const json_t *ok = json_object_get(expect, "ok");
        add(t, (struct test){.name = joined(name, ": ", jsonx_string(expect, "text")),
                             .suite = strdup(suite),
                             .verdict = json_is_true(ok)    ? PASSED
                                        : json_is_false(ok) ? FAILED
                                                            : SKIPPED,
                             .kind = "expectation",
                             .message = json_is_false(ok) ? "does not hold" : "nothing was measured"});
    }
    free(name);
}

static void add_checks(struct tests *t, const json_t *queue)
{
    size_t i;
    json_t *check;
    json_array_foreach(json_object_get(queue, "checks"), i, check)
    {
        const char *status = jsonx_string(check, "status");
        add(t, (struct test){.name = strdup(jsonx_string(check, "name")),
                             .suite = joined("conform ", "", jsonx_string(queue, "from")),
                             .verdict = strcmp(status, "passed") == 0    ? PASSED
                                        : strcmp(status, "skipped") == 0 ? SKIPPED
                                                                         : FAILED,
                             .kind = "contract",
                             .message = jsonx_string(check, "text"),
                             .seconds = jsonx_number(check, "seconds", 0)});
    }
}

static void gather(struct tests *t, const struct report_input *in)
{
    size_t i;
    json_t *queue;
    for (size_t p = 0; p < in->point_count; p++)
        for (size_t k = 0; k < in->points[p].count; k++)
            add_cell(t, &in->points[p], in->points[p].cells[k]);
    json_array_foreach(json_object_get(in->document, "queues"), i, queue) add_checks(t, queue);
}

// ---- writing ----
static void put_test(FILE *out, const struct test *t)
{
    static const char *const tags[] = {"", "failure", "error", "skipped"};
    fputs("  <testcase", out);
    xml_attribute(out, "classname", t->suite);
    xml_attribute(out, "name", t->name);
    fprintf(out, " time=\"%.3f\"", t->seconds);
    if (t->verdict == PASSED) {
        fputs("/>\n", out);
        return;
    }
    fprintf(out, ">\n   <%s", tags[t->verdict]);
    xml_attribute(out, "message", t->message);
    if (t->verdict != SKIPPED)
        xml_attribute(out, "type", t->kind);
    fputs("/>\n  </testcase>\n", out);
}

struct totals {
    size_t of[4];
    double seconds;
};

static struct totals totals_of(const struct tests *t, const char *suite)
{
    struct totals sum = {0};
    for (size_t i = 0; i < t->count; i++) {
        if (suite && strcmp(t->list[i].suite, suite) != 0)
            continue;
        sum.of[t->list[i].verdict]++;
        sum.seconds += t->list[i].seconds;
    }
    return sum;
}

static void put_totals(FILE *out, const struct totals *t)
{
    fprintf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\"",
            t->of[PASSED] + t->of[FAILED] + t->of[ERROR] + t->of[SKIPPED], t->of[FAILED], t->of[ERROR]);
    fprintf(out, " skipped=\"%zu\" time=\"%.3f\"", t->of[SKIPPED], t->seconds);
}

static void put_property(FILE *out, const char *name, const char *value)
{
    if (*value == 0)
        return;
    fputs("   <property", out);
    xml_attribute(out, "name", name);
    xml_attribute(out, "value", value);
    fputs("/>\n", out);
}

static void put_suite(FILE *out, const struct tests *t, const struct report_input *in, const char *suite)
{
    static const char *const properties[] = {"run.id", "tool.version", "tool.git", "env.cpu",
                                             "env.machine_id"};
    char started[32];
    struct totals sum = totals_of(t, suite);
    snprintf(started, sizeof started, "%.19s",
             jsonx_string(in->document, "run.started")); // no zone in this format
    fputs(" <testsuite", out);
    xml_attribute(out, "name", suite);
    put_totals(out, &sum);
    if (*started)
        xml_attribute(out, "timestamp", started);
    fputs(">\n", out);
    if (in->kind != REPORT_CONFORM) {
        fputs("  <properties>\n", out);
        for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
            put_property(out, properties[i], jsonx_string(in->document, properties[i]));
        fputs("  </properties>\n", out);
    }
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->list[i].suite, suite) == 0)
            put_test(out, &t->list[i]);
    fputs(" </testsuite>\n", out);
}

static bool is_first_of_suite(const struct tests *t, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(t->list[k].suite, t->list[i].suite) == 0)
            return false;
    return true;
}

bool report_junit(FILE *out, const struct report_input *in, size_t part, struct error *e)
{
    (void)part;
    struct tests t = {0};
    gather(&t, in);
    struct totals sum = totals_of(&t, NULL);
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"weir\"", out);
    put_totals(out, &sum);
    fputs(">\n", out);
    for (size_t i = 0; i < t.count; i++)
        if (is_first_of_suite(&t, i))
            put_suite(out, &t, in, t.list[i].suite);
    fputs("</testsuites>\n", out);
    for (size_t i = 0; i < t.count; i++) {
        free(t.list[i].name);
        free(t.list[i].suite);
    }
    free(t.list);
    return !t.short_of_memory || fail(e, EXIT_INVALID, "--format junit: out of memory");
}
