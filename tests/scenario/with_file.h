// SPDX-License-Identifier: Apache-2.0
// A scenario from text: written to a temporary file, loaded, removed.
#ifndef TESTS_SCENARIO_WITH_FILE_H
#define TESTS_SCENARIO_WITH_FILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/scenario.h"

#include <cmocka.h> // last: its macro `fail` would hide base/error.h's function

// In a folder of its own, so that the file's name can be short and the same: "f.yaml".
static inline void file_begin(const char *bytes, size_t size)
{
    char folder[] = "/tmp/weir-scenario-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    FILE *f = fopen("f.yaml", "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, size, f), size);
    fclose(f);
}

static inline void file_end(void)
{
    char folder[256];
    assert_non_null(getcwd(folder, sizeof folder));
    unlink("f.yaml");
    assert_int_equal(chdir("/"), 0);
    rmdir(folder);
}

static inline struct plan *load_over(const char *yaml, const struct overrides *over, struct error *e)
{
    struct plan *plan = NULL;
    *e = (struct error){EXIT_OK, ""};
    file_begin(yaml, strlen(yaml));
    bool ok = plan_load("f.yaml", over, &plan, e);
    file_end();
    assert_int_equal(ok, plan != NULL);
    assert_int_equal(e->code, ok ? EXIT_OK : EXIT_USAGE);
    return plan;
}

// Must load.
static inline struct plan *load(const char *yaml, const struct overrides *over)
{
    struct error e;
    struct plan *plan = load_over(yaml, over, &e);
    if (plan == NULL)
        print_error("%s\n", e.text);
    assert_non_null(plan);
    return plan;
}

// Must be refused with exactly this text.
static inline void refuse(const char *yaml, const struct overrides *over, const char *text)
{
    struct error e;
    struct plan *plan = load_over(yaml, over, &e);
    plan_free(plan);
    assert_null(plan);
    assert_string_equal(e.text, text);
}

#define HEAD    "name: t\nduration: 2s\n"
#define SOURCES "sources:\n  - {name: app, type: synthetic, arrival: {process: poisson, rate: 50k/s}}\n"
#define STAGES  "pipeline:\n  - {stage: parse, service: 2us}\n"
#define SINK    "sink: {type: model, service: 40us}\n"
#define BASE    HEAD SOURCES STAGES SINK

#endif
