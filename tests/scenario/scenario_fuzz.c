// SPDX-License-Identifier: Apache-2.0
// Mutated bytes of the shipped scenarios: whatever comes in, the answer is a plan or an error, and nothing
// leaks.
#include "base/rng.h"
#include "scenario/preview.h"
#include "scenario/suite.h"
#include "scenario/tree.h"
#include "with_file.h"

enum { ROUNDS = 3000 };

static const char *const files[] = {"slow-sink", "burst",     "udp-overflow", "file-pause",
                                    "otlp-429",  "underload", "suites/demo"};
static const char *const words[] = {
    "null",     "x10",    "0s",         "-1",       "1e308", "{",    "}",         "[",
    "]",        ": ",     "\n",         "- ",       "&a",    "*a",   "999999999", "1h",
    "sink",     "app",    "every: 1ms", "ramp: 1s", "!!",    "\"",   "at: 0",     "matrix:",
    "external", "closed", "\xff",       "law: ",    "queue", "x1e9", "%"};

static size_t mutate(char *bytes, size_t size, struct rng *rng)
{
    uint64_t at = rng_below(rng, size);
    const char *word = words[rng_below(rng, sizeof words / sizeof *words)];
    size_t length = strlen(word), cut;
    switch (rng_below(rng, 5)) {
    case 0: bytes[at] = (char)rng_below(rng, 256); return size;
    case 1: // a word over what is there
        memcpy(bytes + at, word, length < size - at ? length : size - at);
        return size;
    case 2: // a word between
        memmove(bytes + at + length, bytes + at, size - at);
        memcpy(bytes + at, word, length);
        return size + length;
    case 3: // something out
        cut = rng_below(rng, 30) + 1;
        cut = cut < size - at ? cut : size - at - 1;
        memmove(bytes + at, bytes + at + cut, size - at - cut);
        return size - cut;
    default: // something twice
        cut = rng_below(rng, 60) + 1;
        cut = cut < size - at ? cut : size - at;
        memmove(bytes + at + cut, bytes + at, size - at);
        return size + cut;
    }
}

static void nothing_crashes(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 20, "fuzz");
    unsigned loaded = 0;
    FILE *nowhere = fopen("/dev/null", "w");
    assert_non_null(nowhere);
    file_begin("", 0);
    for (unsigned round = 0; round < ROUNDS; round++) {
        char path[512], *bytes;
        struct error e = {EXIT_OK, ""};
        size_t size;
        snprintf(path, sizeof path, "%s/%s.yaml", SCENARIO_FOLDER, files[round % 7]);
        assert_true(text_read(path, &bytes, &size, &e));
        for (uint64_t n = rng_below(&rng, 6) + 1; n > 0; n--)
            size = mutate(bytes, size, &rng);
        FILE *f = fopen("f.yaml", "wb");
        fwrite(bytes, 1, size, f);
        fclose(f);
        free(bytes);
        const char *name = "f.yaml";
        struct suite_runs runs;
        bool ok = suite_load(&name, 1, NULL, &runs, &e);
        assert_int_equal(e.code, ok ? EXIT_OK : EXIT_USAGE);
        assert_true(ok || strncmp(e.text, "f.yaml:", 7) == 0);
        for (size_t i = 0; ok && i < runs.count; i++)
            preview_print(nowhere, runs.list[i].plan, 80, true);
        suite_free(&runs);
        loaded += ok;
    }
    file_end();
    fclose(nowhere);
    print_message("%u of %u still load\n", loaded, ROUNDS);
    assert_in_range(loaded, 1, ROUNDS - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_crashes)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
