// SPDX-License-Identifier: Apache-2.0
#include "gate/rates.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/binomial.h"
#include "base/folders.h"
#include "result/atomic.h"
#include "result/jsonx.h"
#include "result/text.h"

static const double levels[] = {0.03, 0.05, 0.10};
enum { LEVELS = sizeof levels / sizeof *levels };

static const double off_most = 0.25; // of a slowdown that was wanted

void gate_rates_begin(struct gate_rates *r, const struct gate_suite *suite)
{
    struct env_facts facts;
    struct tm utc;
    time_t now = time(NULL);
    *r = (struct gate_rates){.cell_count = suite->count};
    env_read(&facts);
    snprintf(r->machine_id, sizeof r->machine_id, "%s", facts.machine_id);
    snprintf(r->cpu, sizeof r->cpu, "%s", facts.cpu);
    r->cores = facts.cores;
    snprintf(r->version, sizeof r->version, "%s", env_tool_version());
    snprintf(r->suite, sizeof r->suite, "%s", suite->name);
    if (gmtime_r(&now, &utc))
        strftime(r->date, sizeof r->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    for (size_t i = 0; i < suite->count; i++)
        snprintf(r->cells[i], sizeof r->cells[i], "%s", suite->cells[i].name);
}

double gate_rate_at_most(struct gate_rate rate)
{
    return binomial_exact(rate.hits, rate.of, 0.90).hi; // 5 % on each side
}

struct gate_rate gate_rates_power(const struct gate_rates *r, bool quantile, double level)
{
    struct gate_rate sum = {0, 0};
    for (size_t i = 0; i < r->row_count; i++) {
        const struct gate_found *row = &r->rows[i];
        if (row->quantile == quantile && fabs(row->level - level) < 1e-9) {
            sum.hits += row->found.hits;
            sum.of += row->found.of;
        }
    }
    return sum;
}

// ---- for people ----

static void put_rate(FILE *out, struct gate_rate rate)
{
    struct rate_interval i = binomial_exact(rate.hits, rate.of, 0.95);
    fprintf(out, "%zu of %zu (95 %% interval %.1f to %.1f %%)", rate.hits, rate.of, 100 * i.lo, 100 * i.hi);
}

static void print_levels(const struct gate_rates *r, FILE *out)
{
    for (int quantile = 0; quantile < 2; quantile++)
        for (size_t k = 0; k < LEVELS; k++) {
            struct gate_rate found = gate_rates_power(r, quantile, levels[k]);
            if (found.of == 0)
                continue;
            fprintf(out, "%-24s  %7g %%  %20s  ", quantile ? "all quantiles" : "all times an item",
                    100 * levels[k], "");
            put_rate(out, found);
            fputc('\n', out);
        }
}

void gate_rates_print(const struct gate_rates *r, FILE *out)
{
    fprintf(out, "suite %s, %zu cells; %s, %u cores; %.10s\n", r->suite, r->cell_count, r->cpu, r->cores,
            r->date);
    fprintf(out, "false alarms, nothing changed: ");
    put_rate(out, r->alarms);
    fprintf(out, " suites, at most %.2f %% (one-sided 95 %%)\nits control failed: ",
            100 * gate_rate_at_most(r->alarms));
    put_rate(out, r->invalid);
    fprintf(out, " suites; not to be told: ");
    put_rate(out, r->undecided);
    fprintf(out, " cells\n");
    if (r->row_count == 0)
        return;
    fprintf(out, "\n%-24s  %9s  %9s  %9s  %s\n", "slower cell", "slowdown", "measured", "launches", "found");
    for (size_t i = 0; i < r->row_count; i++) {
        const struct gate_found *row = &r->rows[i];
        fprintf(out, "%-24s  %7g %%  %+7.2f %%  %9zu  ", row->cell, 100 * row->level, 100 * row->measured,
                row->launches);
        put_rate(out, row->found);
        bool off = !(fabs(row->measured / row->level - 1) <= off_most);
        fputs(off ? ": no delay was found that slows it by so much\n" : "\n", out);
    }
    print_levels(r, out);
}

static void append_power(const struct gate_rates *r, bool quantile, const char *what, char *text, size_t size)
{
    bool first = true;
    for (size_t k = 0; k < LEVELS; k++) {
        struct gate_rate found = gate_rates_power(r, quantile, levels[k]);
        char part[128];
        if (found.of == 0)
            continue;
        snprintf(part, sizeof part, "%s%g %% slower in %zu of %zu", first ? what : ", ", 100 * levels[k],
                 found.hits, found.of);
        text_append(text, size, part);
        first = false;
    }
}

void gate_rates_sentence(const struct gate_rates *r, char *text, size_t size)
{
    if (r == NULL || r->alarms.of == 0) {
        snprintf(text, size,
                 "false alarms and power were not measured on this machine: weir gate --self-test --out DIR");
        return;
    }
    snprintf(
        text, size,
        "measured on this machine (%.10s, suite %s): a false alarm in %zu of %zu suites, at most %.1f %% "
        "(95 %%)",
        r->date, r->suite, r->alarms.hits, r->alarms.of, 100 * gate_rate_at_most(r->alarms));
    append_power(r, false, "; found: ", text, size);
    append_power(r, true, "; of quantiles: ", text, size);
}

// ---- for programs ----

static json_t *rate_json(struct gate_rate rate)
{
    struct rate_interval i = binomial_exact(rate.hits, rate.of, 0.95);
    json_t *o = json_object();
    jsonx_set(o, "hits", jsonx_u64(rate.hits));
    jsonx_set(o, "of", jsonx_u64(rate.of));
    jsonx_set(o, "lo", jsonx_real(i.lo));
    jsonx_set(o, "hi", jsonx_real(i.hi));
    return o;
}

json_t *gate_rates_json(const struct gate_rates *r)
{
    if (r == NULL)
        return json_null();
    json_t *o = json_object(), *cells = json_array(), *rows = json_array();
    for (size_t i = 0; i < r->cell_count; i++)
        json_array_append_new(cells, jsonx_text(r->cells[i]));
    for (size_t i = 0; i < r->row_count; i++) {
        const struct gate_found *row = &r->rows[i];
        json_t *one = json_object();
        jsonx_set(one, "cell", jsonx_text(row->cell));
        jsonx_set(one, "quantile", json_boolean(row->quantile));
        jsonx_set(one, "slowdown", jsonx_real(row->level));
        jsonx_set(one, "measured", jsonx_real(row->measured));
        jsonx_set(one, "launches", jsonx_u64(row->launches));
        jsonx_set(one, "found", rate_json(row->found));
        json_array_append_new(rows, one);
    }
    jsonx_set(o, "schema", jsonx_text(RATES_SCHEMA));
    jsonx_set(o, "version", jsonx_text(r->version));
    jsonx_set(o, "date", jsonx_text(r->date));
    jsonx_set(o, "machine_id", jsonx_text(r->machine_id));
    jsonx_set(o, "cpu", jsonx_text(r->cpu));
    jsonx_set(o, "cores", jsonx_u64(r->cores));
    jsonx_set(o, "suite", jsonx_text(r->suite));
    jsonx_set(o, "cells", cells);
    jsonx_set(o, "launches", jsonx_u64(r->launches));
    jsonx_set(o, "false_alarms", rate_json(r->alarms));
    jsonx_set(o, "false_alarms_at_most", jsonx_real(gate_rate_at_most(r->alarms)));
    jsonx_set(o, "controls_failed", rate_json(r->invalid));
    jsonx_set(o, "undecided_cells", rate_json(r->undecided));
    jsonx_set(o, "slowdowns", rows);
    return o;
}

static size_t count_of(const json_t *o, const char *key)
{
    double count = jsonx_number(o, key, 0);
    return count >= 0 && count <= 1e9 ? (size_t)count : 0;
}

static struct gate_rate rate_of(const json_t *o)
{
    struct gate_rate r = {count_of(o, "hits"), count_of(o, "of")};
    return r.hits <= r.of ? r : (struct gate_rate){0, 0};
}

static void rates_from_json(struct gate_rates *r, const json_t *o)
{
    size_t i;
    json_t *one;
    *r = (struct gate_rates){.cores = (unsigned)count_of(o, "cores"),
                             .launches = count_of(o, "launches"),
                             .alarms = rate_of(json_object_get(o, "false_alarms")),
                             .invalid = rate_of(json_object_get(o, "controls_failed")),
                             .undecided = rate_of(json_object_get(o, "undecided_cells"))};
    snprintf(r->machine_id, sizeof r->machine_id, "%s", jsonx_string(o, "machine_id"));
    snprintf(r->cpu, sizeof r->cpu, "%s", jsonx_string(o, "cpu"));
    snprintf(r->date, sizeof r->date, "%s", jsonx_string(o, "date"));
    snprintf(r->version, sizeof r->version, "%s", jsonx_string(o, "version"));
    snprintf(r->suite, sizeof r->suite, "%s", jsonx_string(o, "suite"));
    json_array_foreach(json_object_get(o, "cells"), i, one)
    {
        if (i < GATE_CELLS_MOST && json_string_value(one))
            snprintf(r->cells[r->cell_count++], DUET_NAME, "%s", json_string_value(one));
    }
    json_array_foreach(json_object_get(o, "slowdowns"), i, one)
    {
        if (i == RATES_ROWS_MOST)
            break;
        struct gate_found *row = &r->rows[r->row_count++];
        *row = (struct gate_found){.level = jsonx_number(one, "slowdown", 0),
                                   .measured = jsonx_number(one, "measured", NAN),
                                   .quantile = json_is_true(json_object_get(one, "quantile")),
                                   .launches = count_of(one, "launches"),
                                   .found = rate_of(json_object_get(one, "found"))};
        snprintf(row->cell, sizeof row->cell, "%s", jsonx_string(one, "cell"));
    }
}

// ---- where they are kept ----

static bool write_as(const struct gate_rates *r, const char *folder, const char *name, struct error *e)
{
    json_t *o = gate_rates_json(r);
    char *text = json_dumps(o, JSON_INDENT(1) | JSON_REAL_PRECISION(9));
    json_decref(o);
    bool ok =
        text ? atomic_write(folder, name, text, strlen(text), e) : fail(e, EXIT_INVALID, "out of memory");
    free(text);
    return ok;
}

bool gate_rates_write(const struct gate_rates *r, const char *folder, struct error *e)
{
    return write_as(r, folder, "summary.json", e);
}

static bool state_folder(char *path, size_t size)
{
    struct env_facts facts;
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    env_read(&facts);
    int n = xdg && *xdg == '/' ? snprintf(path, size, "%s/weir/self-test/%s", xdg, facts.machine_id)
            : home && *home
                ? snprintf(path, size, "%s/.local/state/weir/self-test/%s", home, facts.machine_id)
                : 0;
    return n > 0 && (size_t)n < size;
}

static bool read_kept(struct gate_rates *r, const char *suite)
{
    char folder[PATH_MAX], path[PATH_MAX + DUET_NAME + 8];
    if (!state_folder(folder, sizeof folder))
        return false;
    snprintf(path, sizeof path, "%s/%s.json", folder, suite);
    json_t *o = json_load_file(path, 0, NULL);
    bool ok = o && strcmp(jsonx_string(o, "schema"), RATES_SCHEMA) == 0;
    if (ok)
        rates_from_json(r, o);
    json_decref(o);
    return ok && r->alarms.of > 0;
}

static bool has_cells_of(const struct gate_rates *r, const struct gate_suite *suite)
{
    bool same = r->cell_count == suite->count;
    for (size_t i = 0; same && i < suite->count; i++)
        same = strcmp(r->cells[i], suite->cells[i].name) == 0;
    return same;
}

bool gate_rates_keep(const struct gate_rates *r, struct error *e)
{
    static struct gate_rates kept;
    char folder[PATH_MAX], name[DUET_NAME + 8];
    bool same = read_kept(&kept, r->suite) && kept.cell_count == r->cell_count;
    for (size_t i = 0; same && i < r->cell_count; i++)
        same = strcmp(kept.cells[i], r->cells[i]) == 0;
    if (r->alarms.of == 0 || (same && kept.alarms.of > r->alarms.of))
        return true;
    snprintf(name, sizeof name, "%s.json", r->suite);
    if (!state_folder(folder, sizeof folder))
        return true; // nowhere to keep it
    if (!make_path(folder))
        return fail(e, EXIT_INVALID, "%s: %s", folder, strerror(errno));
    return write_as(r, folder, name, e);
}

bool gate_rates_find(struct gate_rates *r, const struct gate_suite *suite)
{
    static struct gate_suite built_in;
    if (read_kept(r, suite->name) && has_cells_of(r, suite))
        return true;
    gate_suite_default(&built_in);
    return read_kept(r, built_in.name) && has_cells_of(r, &built_in);
}
