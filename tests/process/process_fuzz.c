// SPDX-License-Identifier: Apache-2.0
// 10^5 mutated lines: whatever comes in, nothing is read or written outside, what had a form keeps it, what
// has none is left alone, and no redacted text is to be found afterwards. The verdict on JSON is held against
// another reader's (jansson).
#include <jansson.h>

#include "base/rng.h"

#include "test.h"

enum { LINES = 100000, LINE_MAX = 400 };

static const char *const seeds[] = {
    "{\"weir\":\"x\",\"msg\":\"hello SECRETSECRET\",\"n\":[1,-2.5e3,true,null]}",
    "{\"msg\":{\"a\":\"SECRETSECRET\"},\"deep\":[[[{\"msg\":1}]]]}",
    "{\"\\u006dsg\":\"SECRETSECRET\\n\\ud83d\\ude00\"}",
    "<165>1 2003-10-11T22:14:15.003Z h a p ID47 [x@1 msg=\"SECRETSECRET\" b=\"\\]\"][y@2] text",
    "<14>1 - - weir - - [meta sequenceId=\"8\"][attributes@32473 msg=\"SECRETSECRET\"] filler",
};

static size_t mutate(struct rng *r, unsigned char *line)
{
    static const char bytes[] = "\"\\{}[]:,<>=- eEu0159\x00\x1f\x7f\x80\xc3\xed\xf4\xff";
    const char *seed = seeds[rng_below(r, sizeof seeds / sizeof *seeds)];
    size_t size = strlen(seed);
    memcpy(line, seed, size);
    for (uint64_t n = rng_below(r, 4); n > 0 && size > 0; n--) {
        size_t at = rng_below(r, size), length = rng_below(r, 12);
        length = length < size - at ? length : size - at;
        switch (rng_below(r, 4)) {
        case 0: line[at] = (unsigned char)bytes[rng_below(r, sizeof bytes - 1)]; break;
        case 1: // cut out
            memmove(line + at, line + at + length, size - at - length);
            size -= length;
            break;
        case 2: // double
            if (size + length <= LINE_MAX) {
                memmove(line + at + length, line + at, size - at);
                size += length;
            }
            break;
        default: size = at; break; // cut off
        }
    }
    return size;
}

// jansson refuses what no double can hold, and a NUL in a key; neither is a question of syntax.
static bool agrees(const unsigned char *line, size_t size, bool sound)
{
    json_error_t e;
    json_t *root = json_loadb((const char *)line, size, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, &e);
    bool good = json_is_object(root);
    json_decref(root);
    enum json_error_code code = root ? json_error_unknown : json_error_code(&e);
    return good == sound || code == json_error_numeric_overflow || code == json_error_null_byte_in_key;
}

static bool contains(const unsigned char *p, size_t n, const char *text)
{
    return memmem(p, n, text, strlen(text)) != NULL;
}

static enum text_form form_of(unsigned char *bytes, size_t size)
{
    struct processor parse = {.kind = PROCESS_PARSE};
    struct process_item item = {.bytes = bytes, .size = size};
    chain_run(&(struct chain){&parse, 1}, &item);
    return item.form;
}

static void mutated_lines(void **state)
{
    (void)state;
    struct chain chain = CHAIN_OF({.kind = PROCESS_REDACT, .field = "msg"},
                                  {.kind = PROCESS_ATTRIBUTE, .field = "k]", .value = "v\""});
    struct rng r;
    rng_init(&r, 1, "fuzz");
    unsigned char *line = malloc(LINE_MAX), *tight;
    unsigned forms[4] = {0};
    chain.list[1].field = "key";
    for (unsigned i = 0; i < LINES; i++) {
        size_t size = mutate(&r, line);
        struct process_item item = item_of(line, size, size);
        enum text_form form = form_of(item.bytes, size);
        forms[form]++;
        if (!agrees(line, size, json_is_sound(item.bytes, size)))
            fail_msg("another verdict on: %.*s", (int)size, (char *)line);
        assert_int_equal(run_all(&chain, &item), PROCESS_PASSED);
        assert_int_equal(item.malformed, form == FORM_NONE);
        if (form == FORM_NONE) {
            assert_int_equal(item.size, size);
            assert_memory_equal(item.bytes, line, size);
        } else if (form_of(item.bytes, item.size) != form) {
            fail_msg("%.*s lost its form: %.*s", (int)size, (char *)line, (int)item.size, (char *)item.bytes);
        }
        tight = item.bytes;
        // Twice is as once.
        struct process_item again = {.bytes = tight, .size = item.size, .room = item.size};
        size_t before = item.size;
        assert_int_equal(chain_run(&chain, &again), PROCESS_PASSED);
        assert_int_equal(again.size, before);
        free(tight);
    }
    // Enough of each came by to mean something.
    assert_true(forms[FORM_JSON] > LINES / 20 && forms[FORM_RFC5424] > LINES / 20 &&
                forms[FORM_NONE] > LINES / 20);
    free(line);
}

static void nothing_redacted_is_left(void **state)
{
    (void)state;
    struct chain chain = CHAIN_OF({.kind = PROCESS_REDACT, .field = "msg"});
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        struct process_item item = item_of(seeds[i], strlen(seeds[i]), strlen(seeds[i]));
        assert_int_equal(run_all(&chain, &item), PROCESS_PASSED);
        assert_true(item.changed);
        assert_false(contains(item.bytes, item.size, "SECRET"));
        free(item.bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(mutated_lines),
                                       cmocka_unit_test(nothing_redacted_is_left)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
