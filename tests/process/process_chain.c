// SPDX-License-Identifier: Apache-2.0
// What each processor makes of a record, byte for byte.
#include "test.h"

struct golden {
    struct processor processor;
    const char *in, *out; // out NULL: malformed, and as it was
};

#define REDACT(name)                                                                                         \
    {                                                                                                        \
        .kind = PROCESS_REDACT, .field = (char *)(uintptr_t)(name)                                           \
    }
#define PATTERN(text)                                                                                        \
    {                                                                                                        \
        .kind = PROCESS_REDACT, .pattern = (char *)(uintptr_t)(text)                                         \
    }
#define ATTRIBUTE(key, to)                                                                                   \
    {                                                                                                        \
        .kind = PROCESS_ATTRIBUTE, .field = (char *)(uintptr_t)(key), .value = (char *)(uintptr_t)(to)       \
    }

static const struct golden golden[] = {
    {REDACT("pw"), "{\"pw\":\"secret\",\"x\":\"secret\"}", "{\"pw\":\"******\",\"x\":\"secret\"}"},
    {REDACT("pw"), "{\"a\":[{\"pw\":\"x\"}],\"b\":{\"pw\":\"yz\"}}",
     "{\"a\":[{\"pw\":\"*\"}],\"b\":{\"pw\":\"**\"}}"},
    {REDACT("pw"), "{\"p\\u0077\":\"\\u0041\\\"b\"}", "{\"p\\u0077\":\"*********\"}"},
    {REDACT("pw"), "{\"pw\":\"caf\xc3\xa9\"}", "{\"pw\":\"*****\"}"},
    {REDACT("pw"), "{\"pw\":\"\",\"pw\": 7 ,\"pw\":-12.5,\"pw\":null}",
     "{\"pw\":\"\",\"pw\": 0 ,\"pw\":\"***\",\"pw\":\"**\"}"},
    {REDACT("pw"), "{\"pw\":{\"pw\":[1,{}]},\"c\":[]}", "{\"pw\":\"***********\",\"c\":[]}"},
    {REDACT("pw"), "{\"pw\":[]}", "{\"pw\":\"\"}"},
    {REDACT("pw"), "{\"x\":\"pw\"}", "{\"x\":\"pw\"}"},
    {REDACT("pw"), "{\"pw\":\"secret\"", NULL},
    {REDACT("pw"), "pw=secret", NULL},
    {REDACT("pw"), "", NULL},
    {REDACT("pw"), "<13>1 - h a p m [x pw=\"a\\]b\" y=\"1\"][z pw=\"\"] pw=\"k\"",
     "<13>1 - h a p m [x pw=\"****\" y=\"1\"][z pw=\"\"] pw=\"k\""},
    {REDACT("pw"), "<13>1 - h a p m [x pw=\"ab\"", NULL},
    {PATTERN("####-####"), "card 1234-5678, 12-5678, 11234-56789", "card *********, 12-5678, 1*********9"},
    {PATTERN("a\\#"), "a# a1 #a", "** a1 #a"},
    {PATTERN("aa"),
     "aaa\xff"
     "aa",
     "**a\xff**"},
    {PATTERN("longer than it"), "short", "short"},
    {ATTRIBUTE("k", "v"), "{}", "{\"k\":\"v\"}"},
    {ATTRIBUTE("k", "v"), " { \"a\" : {\"k\":1} } \n", " { \"a\" : {\"k\":1} ,\"k\":\"v\"} \n"},
    {ATTRIBUTE("k", "v"), "{\"\\u006b\":1}", "{\"\\u006b\":1}"},
    {ATTRIBUTE("k", "a\"b\\c]\n"), "{\"a\":1}", "{\"a\":1,\"k\":\"a\\\"b\\\\c]\\u000a\"}"},
    {ATTRIBUTE("k", "v"), "{\"a\":1", NULL},
    {ATTRIBUTE("k", "v"), "<13>1 - h a p m - text", "<13>1 - h a p m [attributes@32473 k=\"v\"] text"},
    {ATTRIBUTE("k", "v"), "<13>1 - h a p m [x]", "<13>1 - h a p m [x][attributes@32473 k=\"v\"]"},
    {ATTRIBUTE("k", "v"), "<13>1 - h a p m [attributes@32473][x]",
     "<13>1 - h a p m [attributes@32473 k=\"v\"][x]"},
    {ATTRIBUTE("k", "a]\"\\"), "<13>1 - h a p m [attributes@32473 j=\"1\"][x] t",
     "<13>1 - h a p m [attributes@32473 j=\"1\" k=\"a\\]\\\"\\\\\"][x] t"},
    {ATTRIBUTE("k", "v"), "<13>1 - h a p m [attributes@32473 k=\"1\"] t",
     "<13>1 - h a p m [attributes@32473 k=\"1\"] t"},
};

static void each_processor_does_what_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        const struct golden *g = &golden[i];
        struct processor p = g->processor;
        struct chain chain = {&p, 1};
        struct process_item item = item_of(g->in, strlen(g->in), strlen(g->in));
        const char *want = g->out ? g->out : g->in;
        assert_int_equal(run_all(&chain, &item), PROCESS_PASSED);
        if (item.size != strlen(want) || memcmp(item.bytes, want, item.size) != 0)
            fail_msg("%s became %.*s, not %s", g->in, (int)item.size, (char *)item.bytes, want);
        assert_int_equal(item.malformed, g->out == NULL);
        assert_int_equal(item.changed, strcmp(want, g->in) != 0);
        // What had a form still has it.
        if (g->out && !p.pattern) {
            struct process_item again = {.bytes = item.bytes, .size = item.size};
            struct processor parse = {.kind = PROCESS_PARSE};
            chain_run(&(struct chain){&parse, 1}, &again);
            assert_false(again.malformed);
        }
        free(item.bytes);
    }
}

static void parse_goes_by_the_first_byte_or_what_is_asked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum text_form form;
        bool malformed;
    } cases[] = {
        {"{}", FORM_AUTO, false},
        {" {}", FORM_AUTO, false},
        {"[]", FORM_AUTO, true},
        {"", FORM_AUTO, true},
        {"<13>1 - - - - - -", FORM_AUTO, false},
        {" <13>1 - - - - - -", FORM_AUTO, true},
        {"{}", FORM_RFC5424, true},
        {"<13>1 - - - - - -", FORM_JSON, true},
        {"{}", FORM_JSON, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct processor p = {.kind = PROCESS_PARSE, .form = cases[i].form};
        struct process_item item = item_of(cases[i].text, strlen(cases[i].text), strlen(cases[i].text));
        assert_int_equal(chain_run(&(struct chain){&p, 1}, &item), PROCESS_PASSED);
        assert_int_equal(item.malformed, cases[i].malformed);
        assert_false(item.changed);
        free(item.bytes);
    }
}

static unsigned count_filtered(const struct chain *chain, unsigned n, const char *class_name)
{
    unsigned filtered = 0;
    for (unsigned i = 0; i < n; i++) {
        struct process_item item = {.key = i * 7919ull, .class_name = class_name};
        struct process_item same = item;
        enum process_result result = chain_run(chain, &item);
        assert_int_equal(result, chain_run(chain, &same)); // of the identity alone
        filtered += result == PROCESS_FILTERED;
    }
    return filtered;
}

static void filter_takes_its_share(void **state)
{
    (void)state;
    struct chain none = CHAIN_OF({.kind = PROCESS_FILTER, .share = 0});
    struct chain all = CHAIN_OF({.kind = PROCESS_FILTER, .share = 1});
    struct chain half = CHAIN_OF({.kind = PROCESS_FILTER, .share = 0.5});
    struct chain twice =
        CHAIN_OF({.kind = PROCESS_FILTER, .share = 0.5}, {.kind = PROCESS_FILTER, .share = 0.5});
    assert_int_equal(count_filtered(&none, 1000, NULL), 0);
    assert_int_equal(count_filtered(&all, 1000, NULL), 1000);
    // 5 sigma of a fair coin thrown 100,000 times is 790.
    assert_in_range(count_filtered(&half, 100000, NULL), 49210, 50790);
    assert_in_range(count_filtered(&twice, 100000, NULL), 74300, 75700); // independent of each other
}

static void filter_takes_a_class(void **state)
{
    (void)state;
    struct chain debug = CHAIN_OF({.kind = PROCESS_FILTER, .share = 1, .class_name = "debug"});
    struct chain some = CHAIN_OF({.kind = PROCESS_FILTER, .share = 0.5, .class_name = "debug"});
    assert_int_equal(count_filtered(&debug, 100, "debug"), 100);
    assert_int_equal(count_filtered(&debug, 100, "info"), 0);
    assert_int_equal(count_filtered(&debug, 100, NULL), 0);
    assert_in_range(count_filtered(&some, 10000, "debug"), 4700, 5300);
}

static void cost_is_that_of_the_way_gone(void **state)
{
    (void)state;
    struct chain chain = CHAIN_OF({.kind = PROCESS_PARSE, .cost_ns = 1},
                                  {.kind = PROCESS_ATTRIBUTE, .field = "k", .value = "v", .cost_ns = 10},
                                  {.kind = PROCESS_FILTER, .share = 1, .cost_ns = 100},
                                  {.kind = PROCESS_PARSE, .cost_ns = 1000});
    struct process_item item = item_of("{}", 2, 2);
    assert_int_equal(run_all(&chain, &item), PROCESS_FILTERED);
    assert_int_equal(item.cost_ns, 111); // once each, although it had to grow in the middle
    free(item.bytes);
}

static void a_record_grows_to_the_limit_and_not_beyond(void **state)
{
    (void)state;
    struct chain chain = CHAIN_OF({.kind = PROCESS_ATTRIBUTE, .field = "k", .value = "v"});
    for (int over = 0; over < 2; over++) {
        size_t size = PROCESS_SIZE_MAX - 8 + (size_t)over; // ,"k":"v" is 8 long
        char *text = malloc(size);
        memset(text, 'a', size);
        memcpy(text, "{\"a\":\"", 6);
        memcpy(text + size - 2, "\"}", 2);
        struct process_item item = item_of(text, size, size);
        assert_int_equal(run_all(&chain, &item), over ? PROCESS_OVERSIZE : PROCESS_PASSED);
        assert_int_equal(item.size, over ? size : PROCESS_SIZE_MAX);
        free(item.bytes);
        free(text);
    }
}

static void a_plan_knows_its_time(void **state)
{
    (void)state;
    struct chain_piece pieces[] = {{0, 0}, {10, 2}, {20, 1}};
    struct chain_plan plan = {.pieces = pieces, .piece_count = 3};
    static const uint64_t at[] = {0, 9, 10, 19, 20, UINT64_MAX};
    static const size_t want[] = {0, 0, 1, 1, 2, 2};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(chain_piece_at(&plan, at[i]), want[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_processor_does_what_it_says),
        cmocka_unit_test(parse_goes_by_the_first_byte_or_what_is_asked),
        cmocka_unit_test(filter_takes_its_share),
        cmocka_unit_test(filter_takes_a_class),
        cmocka_unit_test(cost_is_that_of_the_way_gone),
        cmocka_unit_test(a_record_grows_to_the_limit_and_not_beyond),
        cmocka_unit_test(a_plan_knows_its_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
