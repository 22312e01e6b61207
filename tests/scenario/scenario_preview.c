// SPDX-License-Identifier: Apache-2.0
#include "scenario/preview.h"

#include "with_file.h"

static char *preview(const struct plan *plan, unsigned columns, bool utf8)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    preview_print(memory, plan, columns, utf8);
    fclose(memory);
    return text;
}

static unsigned widest_line(const char *text)
{
    unsigned widest = 0, at = 0;
    for (; *text; text++) {
        at = *text == '\n' ? 0 : at + (((unsigned char)*text & 0xC0) != 0x80); // characters, not bytes
        widest = at > widest ? at : widest;
    }
    return widest;
}

static const char golden[] =
#include "preview_golden.h"
    ;

static void looks_like_this(void **state)
{
    (void)state;
    struct plan *plan =
        load("# Does it look right?\n" HEAD
             "sources:\n  - {name: app, type: synthetic, arrival: {process: poisson, rate: 10k/s}}\n"
             "  - {name: bg, type: udp, senders: external}\n"
             "pipeline:\n  - {stage: parse, service: 10us, workers: 2}\n" SINK
             "timeline:\n  - {at: 500ms, for: 500ms, set: {app.rate: x4}}\n"
             "  - {at: 1500ms, ramp: 500ms, set: {sink.service: 200us}}\n"
             "matrix: {queue: [mpmc, mutex]}\n",
             NULL);
    char *text = preview(plan, 64, false);
    if (strcmp(text, golden) != 0)
        print_error("%s", text);
    assert_string_equal(text, golden);
    free(text);
    plan_free(plan);
}

static void fits_into_80_columns(void **state)
{
    (void)state;
    static const char *const names[] = {"slow-sink",  "burst",    "udp-overflow",
                                        "file-pause", "otlp-429", "underload"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s.yaml", SCENARIO_FOLDER, names[i]);
        struct plan *plan;
        struct error e = {EXIT_OK, ""};
        assert_true(plan_load(path, NULL, &plan, &e));
        char *text = preview(plan, 80, true), *ascii = preview(plan, 80, false);
        assert_true(widest_line(text) <= 80);
        for (const char *c = ascii; *c; c++)
            assert_true((unsigned char)*c < 0x80);
        free(text);
        free(ascii);
        plan_free(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(looks_like_this),
                                       cmocka_unit_test(fits_into_80_columns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
