// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "fixture.h"

static void check_keys(const json_t *object, const char *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (json_object_get(object, keys[i]) == NULL)
            fail_msg("missing key %s", keys[i]);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        size_t i = 0;
        while (i < count && strcmp(keys[i], key) != 0)
            i++;
        if (i == count)
            fail_msg("unexpected key %s", key);
    }
}

#define CHECK_KEYS(object, ...)                                                                              \
    do {                                                                                                     \
        static const char *const wanted[] = {__VA_ARGS__};                                                   \
        check_keys(object, wanted, sizeof wanted / sizeof *wanted);                                          \
    } while (0)

#define HIST_KEYS "count", "min", "mean", "p50", "p90", "p99", "p999", "p9999", "max"

static void cell_has_exactly_the_keys_of_the_contract(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    json_t *cell = world_cell(&w, 1, 0, 0);
    CHECK_KEYS(cell, "index", "scenario", "engine", "status", "reason", "params", "rep", "seed", "seconds",
               "time", "rate", "ledger", "response_ns", "response_offered_ns", "service_ns", "age_ns",
               "send_lag_ns", "queue", "pacing", "stages", "load", "sources", "sink", "cpu", "memory",
               "events", "longest_gap_ns", "longest_gap_records", "producer_stall_ns", "late_records",
               "threads", "pinned", "pingpong_ns", "state", "verified", "expect");
    CHECK_KEYS(json_object_get(cell, "ledger"), "generated", "delivered", "filtered", "refused_final",
               "in_flight", "spilled", "unsent", "unknown", "admitted", "attempts", "retries", "refused",
               "degraded", "malformed", "recovered", "lost", "sink_check");
    CHECK_KEYS(jsonx_find(cell, "ledger.lost"), "total", "drop_newest", "drop_oldest", "timeout", "priority",
               "aqm", "expired", "rate_limited", "sampled", "retry_exhausted", "sink_error", "oversize",
               "spill", "shutdown", "crash", "kernel");
    CHECK_KEYS(jsonx_find(cell, "ledger.sink_check"), "missing", "duplicated", "reordered", "corrupted",
               "invented");
    CHECK_KEYS(json_object_get(cell, "response_ns"), HIST_KEYS);
    CHECK_KEYS(json_object_get(cell, "service_ns"), HIST_KEYS);
    CHECK_KEYS(json_object_get(cell, "response_offered_ns"), HIST_KEYS);
    CHECK_KEYS(json_object_get(cell, "time"), "duration_ns", "warmup_ns", "run_ns", "series_step_ns");
    CHECK_KEYS(json_array_get(json_object_get(cell, "events"), 0), "at_ns", "end_ns", "applied_ns", "what",
               "recovered_ns");
    CHECK_KEYS(json_object_get(cell, "cpu"), "user_s", "system_s", "ns_per_record");
    json_decref(cell);
}

static void figures_are_those_of_the_report(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.report.ledger.generated += 3; // three records that nobody can account for
    json_t *cell = world_cell(&w, 1, 0, 2);
    assert_float_equal(jsonx_number(cell, "rate.offered_per_s", -1), 500, 1e-9);
    assert_float_equal(jsonx_number(cell, "rate.delivered_per_s", -1), 250, 1e-9);
    assert_float_equal(jsonx_number(cell, "ledger.unknown", -1), 3, 0);
    assert_float_equal(jsonx_number(cell, "ledger.lost.total", -1), 500, 0);
    assert_float_equal(jsonx_number(cell, "seed", -1), 9, 0);
    assert_float_equal(jsonx_number(cell, "cpu.ns_per_record", -1), 0.4e9 / 500, 1e-3);
    assert_string_equal(jsonx_string(cell, "state"), "near");
    assert_string_equal(jsonx_string(cell, "params.queue"), "mpmc");
    assert_float_equal(json_number_value(json_object_get(json_object_get(cell, "params"), "sink.service")),
                       0.0002, 0);
    json_decref(cell);
}

static void far_when_either_end_was_far(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    w.report.pingpong_after_ns = 170;
    json_t *cell = world_cell(&w, 0, 0, 0);
    assert_string_equal(jsonx_string(cell, "state"), "far");
    json_decref(cell);
    w.report.pingpong_after_ns = 0;
    cell = world_cell(&w, 0, 0, 0);
    assert_true(json_is_null(json_object_get(cell, "state")));
    assert_true(json_is_null(jsonx_find(cell, "pingpong_ns.after")));
    json_decref(cell);
}

static void empty_histograms_are_null_but_count(void **state)
{
    (void)state;
    json_t *o = cell_hist_json(NULL);
    assert_float_equal(jsonx_number(o, "count", -1), 0, 0);
    const char *key;
    json_t *value;
    json_object_foreach(o, key, value)
    {
        if (strcmp(key, "count") != 0)
            assert_true(json_is_null(value));
    }
    json_decref(o);
}

static void lost_records_make_offered_percentiles_infinite(void **state)
{
    (void)state;
    struct world w;
    world_init(&w);
    json_t *o = cell_hist_offered_json(&w.response, 1000); // half of them never arrived
    assert_float_equal(jsonx_number(o, "count", -1), 1000, 0);
    assert_true(jsonx_number(o, "p50", -1) >= 20000000);
    assert_true(json_is_null(json_object_get(o, "p90")));
    assert_true(json_is_null(json_object_get(o, "max")));
    assert_true(json_is_null(json_object_get(o, "mean")));
    json_decref(o);
    o = cell_hist_offered_json(NULL, 10); // none of them arrived
    assert_float_equal(jsonx_number(o, "count", -1), 10, 0);
    assert_true(json_is_null(json_object_get(o, "p50")));
    json_decref(o);
}

static void never_nan_nor_bad_text(void **state)
{
    (void)state;
    json_t *nan = jsonx_real(NAN), *inf = jsonx_real(HUGE_VAL), *bad = jsonx_text("a\xff"),
           *big = jsonx_u64(UINT64_MAX);
    assert_true(json_is_null(nan) && json_is_null(inf));
    assert_string_equal(json_string_value(bad), "a?");
    assert_true(json_integer_value(big) == INT64_MAX);
    json_decref(bad);
    json_decref(big);
}

static void run_validator(const char *path, bool good)
{
    char command[1024];
    snprintf(command, sizeof command, "/usr/bin/python3 '%s' '%s' '%s'%s", VALIDATE, SCHEMA, path,
             good ? " >&2" : " >/dev/null");
    assert_true((system(command) == 0) == good);
}

static void documents_follow_the_schema(void **state)
{
    (void)state;
    struct world w;
    struct error e = {0};
    char folder[64], path[128];
    world_init(&w);
    folder_make(folder);
    json_t *d = world_document();
    document_add(d, world_cell(&w, 0, 1, 0));
    w.report.has_digest = true;
    w.scenario[1].engine = ENGINE_SIM;
    document_add(d, world_cell(&w, 1, 0, 0));
    struct cell_facts skipped = {.plan = &w.cells[0], .index = 2, .seed = 7};
    document_add(d, cell_json(&skipped, NULL, CELL_SKIPPED, "mutex cannot evict"));
    document_complete(d);
    assert_float_equal(jsonx_number(json_array_get(json_object_get(d, "cells"), 0), "index", -1), 0, 0);
    assert_true(document_write(d, folder, &e));
    snprintf(path, sizeof path, "%s/result.json", folder);
    run_validator(path, true);

    json_t *again = document_read(path, &e);
    assert_true(json_equal(d, again));
    json_decref(again);

    // The schema is strict: a key nobody knows, a missing reason of loss and an invalid cell without a reason
    // fail.
    json_t *cell = json_array_get(json_object_get(d, "cells"), 0);
    jsonx_set(cell, "surprise", json_true());
    assert_true(document_write(d, folder, &e));
    run_validator(path, false);
    json_object_del(cell, "surprise");
    json_object_del(json_object_get(json_object_get(cell, "ledger"), "lost"), "kernel");
    assert_true(document_write(d, folder, &e));
    run_validator(path, false);
    json_decref(d);
    folder_remove(folder);
}

static void foreign_documents_are_refused(void **state)
{
    (void)state;
    struct error e = {0};
    assert_null(document_read(SCHEMA, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_non_null(strstr(e.text, "not a result document"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cell_has_exactly_the_keys_of_the_contract),
        cmocka_unit_test(figures_are_those_of_the_report),
        cmocka_unit_test(far_when_either_end_was_far),
        cmocka_unit_test(empty_histograms_are_null_but_count),
        cmocka_unit_test(lost_records_make_offered_percentiles_infinite),
        cmocka_unit_test(never_nan_nor_bad_text),
        cmocka_unit_test(documents_follow_the_schema),
        cmocka_unit_test(foreign_documents_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
