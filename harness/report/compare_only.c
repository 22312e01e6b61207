// SPDX-License-Identifier: Apache-2.0
// --only: the points of a comparison that are wanted. A value may be written as in a scenario file (50k/s,
// 200us, 64KiB) or as the document has it.
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/compare.h"
#include "result/jsonx.h"

enum { KEY_MAX = 128, TEXT_MAX = 256 };

static void key_of(const char *only, char key[KEY_MAX])
{
    snprintf(key, KEY_MAX, "%.*s", (int)strcspn(only, "="), only);
}

static bool same_number(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b));
}

// The document has seconds, bytes and items a second.
static bool is_value(const char *text, const char *wanted)
{
    static const struct {
        enum quantity quantity;
        double size;
    } ways[] = {{Q_NUMBER, 1}, {Q_DURATION, 1e-9}, {Q_SIZE, 1}, {Q_RATE, 1}, {Q_COUNT, 1}, {Q_SHARE, 1}};
    const char *why;
    double own, value;
    if (strcmp(text, wanted) == 0)
        return true;
    if (!units_parse(Q_NUMBER, text, &own, &why))
        return false;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (units_parse(ways[i].quantity, wanted, &value, &why) && same_number(own, value * ways[i].size))
            return true;
    return false;
}

static bool holds(const struct report_point *p, const char *only)
{
    char key[KEY_MAX], text[TEXT_MAX], word[TEXT_MAX];
    key_of(only, key);
    report_param_text(p->cells[0], key, text, sizeof text);
    for (const char *at = strchr(only, '=') + 1;; at++) {
        size_t n = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)n, at);
        if (is_value(text, word))
            return true;
        at += n;
        if (*at == 0)
            return false;
    }
}

bool compare_is_wanted(const struct report_point *p, const struct compare_request *request)
{
    for (size_t i = 0; i < request->only_count; i++)
        if (!holds(p, request->only[i]))
            return false;
    return true;
}

// ---- are they axes? ----
static bool has_key(const struct report_input *in, const char *key)
{
    bool found = strcmp(key, "scenario") == 0 || strcmp(key, "engine") == 0;
    for (size_t i = 0; i < in->point_count && !found; i++)
        found = json_object_get(json_object_get(in->points[i].cells[0], "params"), key) != NULL;
    return found;
}

static bool unknown_axis(const struct report_input *in, const char *key, struct error *e)
{
    char names[512] = "scenario, engine";
    const char *own;
    json_t *value;
    json_object_foreach(json_object_get(in->points[0].cells[0], "params"), own, value)
    {
        text_append(names, sizeof names, ", ");
        text_append(names, sizeof names, own);
    }
    return fail(e, EXIT_USAGE, "--only: no point has '%s'; there are: %s", key, names);
}

bool compare_check_only(const struct comparison *c, const struct compare_request *request, struct error *e)
{
    for (size_t i = 0; i < request->only_count; i++) {
        const char *text = request->only[i], *equals = strchr(text, '=');
        char key[KEY_MAX];
        if (equals == NULL || equals == text || equals[1] == 0)
            return fail(e, EXIT_USAGE, "--only %s: it takes AXIS=VALUE, such as queue=mpmc", text);
        key_of(text, key);
        if (!has_key(c->in[0], key) && !has_key(c->in[1], key))
            return unknown_axis(c->in[0], key, e);
    }
    return true;
}
