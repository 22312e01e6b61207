// SPDX-License-Identifier: Apache-2.0
#include "io_fixture.h"

#include "flow/format.h"

static const enum wire_format formats[] = {FORMAT_RAW, FORMAT_JSON, FORMAT_RFC3164, FORMAT_RFC5424};

static struct identity any_identity(struct rng *r)
{
    unsigned shift = (unsigned)rng_below(r, 64);
    return (struct identity){.run = rng_u64(r) >> shift,
                             .source = (uint16_t)(rng_u64(r) >> shift),
                             .sender = (uint16_t)(rng_u64(r) >> shift),
                             .record_class = (uint8_t)(rng_u64(r) >> shift),
                             .seq = rng_u64(r) >> shift,
                             .intended_ns = rng_u64(r) >> shift};
}

static void assert_same(const struct identity *a, const struct identity *b)
{
    assert_int_equal(a->run, b->run);
    assert_int_equal(a->source, b->source);
    assert_int_equal(a->sender, b->sender);
    assert_int_equal(a->record_class, b->record_class);
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->intended_ns, b->intended_ns);
}

static void what_is_encoded_is_decoded(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 5, "format");
    static unsigned char message[700];
    for (int i = 0; i < 4000; i++) {
        enum wire_format f = formats[i % 4];
        struct identity id = any_identity(&rng), back;
        if (i < 8)
            id = (struct identity){UINT64_MAX, UINT16_MAX, UINT16_MAX, UINT8_MAX, UINT64_MAX, UINT64_MAX};
        size_t size = format_minimum(f) + (i < 8 ? 0 : rng_below(&rng, 400)), payload_size;
        const unsigned char *payload;
        memset(message, 0x7f, sizeof message);
        size_t start = format_encode(f, &id, 9, message, size);
        assert_int_equal(message[size], 0x7f);
        assert_true(format_decode(message, size, &back, &payload, &payload_size));
        assert_same(&id, &back);
        assert_ptr_equal(payload, message + start);
        assert_true(payload_size == size - start - (f == FORMAT_JSON ? 2 : 0));
        assert_true(payload_matches(payload, payload_size, 9, id.source, id.sender, id.seq, id.record_class));
        struct foreign foreign;
        assert_true(format_foreign(f, message, size, &foreign));
        assert_int_equal(foreign.severity, 6);
        assert_int_equal(foreign.has_sequence_id, f == FORMAT_RFC5424);
        if (foreign.has_sequence_id)
            assert_int_equal(foreign.sequence_id, id.seq % 2147483647 + 1);
    }
}

static void small_messages_are_possible(void **state)
{
    (void)state;
    assert_true(format_minimum(FORMAT_RAW) <= 64);
    assert_true(format_minimum(FORMAT_JSON) <= 64);
    assert_true(format_minimum(FORMAT_RFC5424) <= 128); // the default size of a source
}

static void texts_are_as_documented(void **state)
{
    (void)state;
    struct identity id = {.run = 1,
                          .source = 2,
                          .sender = 3,
                          .record_class = 4,
                          .seq = 2147483647,
                          .intended_ns = 40 * 86400 * NS_PER_S + 3723 * NS_PER_S};
    unsigned char m[256];
    size_t n = format_encode_payload(FORMAT_RFC5424, &id, (const unsigned char *)"hello", 5, m, sizeof m);
    m[n] = 0;
    assert_non_null(
        strstr((char *)m, "<14>1 - - weir - - [meta sequenceId=\"1\"][weir@32473 id=\"00000000001002003"));
    assert_non_null(strstr((char *)m, "\"] hello"));
    n = format_encode_payload(FORMAT_RFC3164, &id, (const unsigned char *)"hello", 5, m, sizeof m);
    m[n] = 0;
    assert_int_equal(strncmp((char *)m, "<14>Feb 10 01:02:03 weir weir: 00000000001", 42), 0);
    n = format_encode_payload(FORMAT_JSON, &id, (const unsigned char *)"a\"\\\n\xc3\xa4\xff", 7, m, sizeof m);
    m[n] = 0;
    assert_non_null(strstr((char *)m, "\"msg\":\"a\\\"\\\\\\u000a\xc3\xa4\\ufffd\"}"));
    for (size_t room = 0; room < n; room++)
        assert_int_equal(
            format_encode_payload(FORMAT_JSON, &id, (const unsigned char *)"a\"\\\n\xc3\xa4\xff", 7, m, room),
            0);
}

struct example {
    enum wire_format format;
    const char *text;
    bool good;
    unsigned severity;
    uint32_t sequence;
};

static void foreign_messages(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {FORMAT_RAW, "", true, 6, 0},
        {FORMAT_RAW, "anything", true, 6, 0},
        {FORMAT_RFC3164, "<13>Nov 21 03:51:52 host user: hello", true, 5, 0},
        {FORMAT_RFC3164, "<0>x", true, 0, 0},
        {FORMAT_RFC3164, "<191>", true, 7, 0},
        {FORMAT_RFC3164, "<192>x", false, 6, 0},
        {FORMAT_RFC3164, "<>x", false, 6, 0},
        {FORMAT_RFC3164, "hello", false, 6, 0},
        {FORMAT_RFC3164, "<99999999999999999999>x", false, 6, 0},
        {FORMAT_RFC5424,
         "<13>1 2026-11-21T03:51:52.1+00:00 h user - - [timeQuality tzKnown=\"1\" isSynced=\"1\"] hi", true,
         5, 0},
        {FORMAT_RFC5424, "<11>1 - - - - - [meta sequenceId=\"7\"] hi", true, 3, 7},
        {FORMAT_RFC5424, "<11>1 - - - - - [a b=\"x\\\"]\\\\\"][meta x=\"y\" sequenceId=\"2147483647\"]", true,
         3, 2147483647},
        {FORMAT_RFC5424, "<11>1 - - - - - [meta sequenceId=\"0\"] hi", true, 3, 0},
        {FORMAT_RFC5424, "<11>1 - - - - - [meta sequenceId=\"2147483648\"] hi", true, 3, 0},
        {FORMAT_RFC5424, "<11>1 - - - - - [other sequenceId=\"7\"] hi", true, 3, 0},
        {FORMAT_RFC5424, "<11>1 - - - - - -", true, 3, 0},
        {FORMAT_RFC5424, "<11>1 - - - - -", false, 6, 0},
        {FORMAT_RFC5424, "<11>1 - - - - - [meta sequenceId=\"7\" hi", false, 6, 0},
        {FORMAT_RFC5424, "<11>1 - - - - - [meta sequenceId=\"7", false, 6, 0},
        {FORMAT_RFC5424, "<13>Nov 21 03:51:52 host user: hello", false, 6, 0},
        {FORMAT_JSON, " {\"a\": [1, -2.5e3, {\"b\": null}], \"c\": \"x\\\"}\"} ", true, 6, 0},
        {FORMAT_JSON, "{}", true, 6, 0},
        {FORMAT_JSON, "[]", false, 6, 0},
        {FORMAT_JSON, "{\"a\":1,}", false, 6, 0},
        {FORMAT_JSON, "{\"a\" 1}", false, 6, 0},
        {FORMAT_JSON, "{\"a\":tru}", false, 6, 0},
        {FORMAT_JSON, "{} x", false, 6, 0},
        {FORMAT_JSON, "", false, 6, 0},
    };
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const struct example *x = &examples[i];
        struct foreign f;
        size_t n = strlen(x->text);
        unsigned char *exact = malloc(n + 1); // no byte behind it, for AddressSanitizer
        memcpy(exact, x->text, n);
        exact = realloc(exact, n != 0 ? n : 1);
        if (format_foreign(x->format, exact, n, &f) != x->good || f.severity != x->severity ||
            f.has_sequence_id != (x->sequence != 0) || (x->sequence != 0 && f.sequence_id != x->sequence)) {
            print_error("%s\n", x->text);
            assert_true(false);
        }
        free(exact);
    }
}

static void deep_json_is_refused_and_does_not_overflow(void **state)
{
    (void)state;
    enum { DEEP = 1 << 20 };
    char *text = malloc(DEEP);
    memset(text, '[', DEEP);
    memcpy(text, "{\"a\":", 5);
    struct foreign f;
    assert_false(format_foreign(FORMAT_JSON, (unsigned char *)text, DEEP, &f));
    free(text);
}

// Any bytes: mutated messages in memory of exactly their size.
static void decoding_is_total(void **state)
{
    (void)state;
    struct rng rng;
    rng_init(&rng, 6, "fuzz");
    for (int i = 0; i < 60000; i++) {
        enum wire_format f = formats[i % 4];
        struct identity id = any_identity(&rng), back;
        size_t size = format_minimum(f) + rng_below(&rng, 40), payload_size;
        unsigned char *message = malloc(size);
        const unsigned char *payload;
        format_encode(f, &id, 9, message, size);
        for (uint64_t k = rng_below(&rng, 4); k > 0; k--)
            message[rng_below(&rng, size)] = (unsigned char)rng_u64(&rng);
        size_t cut = rng_below(&rng, 3) == 0 ? rng_below(&rng, size) : size;
        unsigned char *exact = malloc(cut != 0 ? cut : 1);
        memcpy(exact, message, cut);
        if (format_decode(exact, cut, &back, &payload, &payload_size))
            assert_true(payload >= exact && payload + payload_size <= exact + cut);
        struct foreign foreign;
        for (size_t k = 0; k < 4; k++)
            format_foreign(formats[k], exact, cut, &foreign);
        free(exact);
        free(message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_encoded_is_decoded),
        cmocka_unit_test(small_messages_are_possible),
        cmocka_unit_test(texts_are_as_documented),
        cmocka_unit_test(foreign_messages),
        cmocka_unit_test(deep_json_is_refused_and_does_not_overflow),
        cmocka_unit_test(decoding_is_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
