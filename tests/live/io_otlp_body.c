// SPDX-License-Identifier: Apache-2.0
// Bodies of OTLP requests: what is written is read, what others write is understood, and any bytes are
// survived.
#include "io_fixture.h"

#include <jansson.h>

#include "live/io/otlp/decode.h"
#include "live/io/otlp/encode.h"

enum { RUN = 77 };

struct reading {
    struct io_origin origin;
    struct otlp_records r;
};

static void begin(struct reading *x, struct record_pool *pool)
{
    *x = (struct reading){.origin = {.run = RUN, .senders = 2, .pool = pool}};
    x->r = (struct otlp_records){.now_ns = 5, .most = 1000, .most_memory = 1 << 20};
    x->r.origin = &x->origin;
}

static void end(struct reading *x)
{
    for (size_t i = 0; i < x->r.count; i++)
        record_give(x->origin.pool, x->r.list[i]);
    free(x->r.list);
}

typedef enum otlp_result (*reader)(struct otlp_records *r, const unsigned char *body, size_t size);
typedef bool (*writer)(struct otlp_body *b, uint64_t run, const struct wire_message *m, size_t count);
static const reader readers[] = {otlp_read_protobuf, otlp_read_json};
static const writer writers[] = {otlp_write_protobuf, otlp_write_json};

// Reads from memory of exactly that size, so that AddressSanitizer sees every byte too far.
static enum otlp_result read_exact(reader read, struct reading *x, const void *body, size_t size)
{
    unsigned char *exact = malloc(size != 0 ? size : 1);
    memcpy(exact, body, size);
    enum otlp_result result = read(&x->r, exact, size);
    free(exact);
    return result;
}

enum { MESSAGES = 20 };

static void make_messages(struct wire_message *m, unsigned char payloads[MESSAGES][300])
{
    for (unsigned i = 0; i < MESSAGES; i++) {
        m[i] = (struct wire_message){.sender = 1,
                                     .record_class = (uint8_t)(i % 3),
                                     .seq = i,
                                     .intended_ns = i * 10,
                                     .size = i * 15,
                                     .payload = payloads[i]};
        payload_fill(payloads[i], m[i].size, FIXTURE_SEED, 0, 1, i, i % 3);
    }
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct record_pool *pool = record_pool_create();
    static unsigned char payloads[MESSAGES][300];
    struct wire_message m[MESSAGES];
    make_messages(m, payloads);
    m[3].intended_ns = UINT64_MAX; // beyond what fits into a signed integer
    for (int k = 0; k < 2; k++) {
        struct otlp_body body = {0};
        assert_true(writers[k](&body, RUN, m, MESSAGES));
        struct reading x;
        begin(&x, pool);
        assert_int_equal(read_exact(readers[k], &x, body.data, body.size), OTLP_GOOD);
        assert_int_equal(x.r.count, MESSAGES);
        assert_true(x.r.own);
        for (unsigned i = 0; i < MESSAGES; i++) {
            const struct record *r = x.r.list[i];
            assert_int_equal(r->flags, 0);
            assert_true(r->sender == 1 && r->seq == i && r->size == m[i].size && r->record_class == i % 3);
            assert_true(r->intended_ns == m[i].intended_ns);
            assert_true(i == 3 || fixture_intact(r));
        }
        end(&x);
        begin(&x, pool); // of another run: foreign
        x.origin.run = RUN + 1;
        assert_int_equal(read_exact(readers[k], &x, body.data, body.size), OTLP_GOOD);
        assert_int_equal(x.r.count, MESSAGES);
        assert_false(x.r.own);
        assert_true(x.r.list[7]->flags == RECORD_EXTERNAL && x.r.list[7]->sender == 2 &&
                    fixture_intact(x.r.list[7]));
        end(&x);
        free(body.data);
    }
    record_pool_destroy(pool);
}

struct example {
    const char *text;
    enum otlp_result result;
    const char *payloads[4];
};

static void expect(struct record_pool *pool, reader read, const void *body, size_t size,
                   const struct example *e)
{
    struct reading x;
    begin(&x, pool);
    enum otlp_result result = read_exact(read, &x, body, size);
    if (result != e->result)
        print_error("%s: %d %s\n", e->text, result, x.r.why);
    assert_int_equal(result, e->result);
    size_t n = 0;
    for (; e->payloads[n] != NULL; n++) {
        assert_true(n < x.r.count);
        if (x.r.list[n]->size != strlen(e->payloads[n]) ||
            memcmp(x.r.list[n]->payload, e->payloads[n], x.r.list[n]->size) != 0)
            print_error("%s: %.*s\n", e->text, (int)x.r.list[n]->size, (const char *)x.r.list[n]->payload);
        assert_int_equal(x.r.list[n]->size, strlen(e->payloads[n]));
        assert_memory_equal(x.r.list[n]->payload, e->payloads[n], x.r.list[n]->size);
    }
    assert_true(e->result != OTLP_GOOD || x.r.count == n);
    end(&x);
}

#define LOGS(x) "{\"resourceLogs\":[{\"resource\":{},\"scopeLogs\":[{\"scope\":{},\"logRecords\":[" x "]}]}]}"

static void foreign_json(void **state)
{
    (void)state;
    static const struct example examples[] = {
        {"{}", OTLP_GOOD, {NULL}},
        {"", OTLP_GOOD, {NULL}},
        {" { \"unknown\" : [ { } , 1 ] } ", OTLP_GOOD, {NULL}},
        {"{\"resourceLogs\":null}", OTLP_GOOD, {NULL}},
        {"{\"resourceLogs\":[]}", OTLP_GOOD, {NULL}},
        {"{\"resourceLogs\":[{},{\"scopeLogs\":[{}]}],\"x\":1}", OTLP_GOOD, {NULL}},
        {LOGS("{\"body\":{\"stringValue\":\"hi \\u00e4\"},\"traceId\":\"5b8efff798038103d269b633813fc60c\","
              "\"timeUnixNano\":1,\"observedTimeUnixNano\":\"2\",\"severityNumber\":\"SEVERITY_NUMBER_INFO\"}"
              ",{}"),
         OTLP_GOOD,
         {"hi \xc3\xa4", ""}},
        {LOGS("{\"body\":{\"intValue\":\"5\"}},{\"body\":{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}"
              "}"),
         OTLP_GOOD,
         {"{\"intValue\":\"5\"}", "{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}"}},
        {LOGS("{\"body\":{}},{\"body\":null},{\"attributes\":[{\"key\":\"weir.run\"},1,{}],\"body\":{"
              "\"stringValue\":\"x\"}}"),
         OTLP_GOOD,
         {"", "", "x"}},
        {"{\"resourceLogs\":{}}", OTLP_GARBAGE, {NULL}},
        {"{\"resourceLogs\":[1]}", OTLP_GARBAGE, {NULL}},
        {LOGS("1"), OTLP_GARBAGE, {NULL}},
        {LOGS("{\"body\":{\"stringValue\":\"\\ud800\"}}"), OTLP_GARBAGE, {NULL}},
        {"{\"resourceLogs\":[", OTLP_GARBAGE, {NULL}},
        {"{} {}", OTLP_GARBAGE, {NULL}},
        {"[]", OTLP_GARBAGE, {NULL}},
        {"garbage", OTLP_GARBAGE, {NULL}},
    };
    struct record_pool *pool = record_pool_create();
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        expect(pool, otlp_read_json, examples[i].text, strlen(examples[i].text), &examples[i]);
    record_pool_destroy(pool);
}

// Bytes as the protobuf guide writes them, not as our encoder does.
static void foreign_protobuf(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
        struct example e;
    } examples[] = {
        {"", 0, {"empty", OTLP_GOOD, {NULL}}},
        {"\x0a\x00", 2, {"empty resource", OTLP_GOOD, {NULL}}},
        {"\x0a\x02\x12\x00", 4, {"empty scope", OTLP_GOOD, {NULL}}},
        {"\x0a\x04\x12\x02\x12\x00", 6, {"empty record", OTLP_GOOD, {""}}},
        {"\x0a\x0a\x12\x08\x12\x06\x2a\x04\x0a\x02hi", 12, {"text", OTLP_GOOD, {"hi"}}},
        {"\x0a\x08\x12\x06\x12\x04\x2a\x02\x18\x05", 10, {"int", OTLP_GOOD, {"{\"intValue\":\"5\"}"}}},
        {"\x0a\x0c\x12\x0a\x12\x08\x2a\x06\x2a\x04\x0a\x02\x10\x01",
         14,
         {"array", OTLP_GOOD, {"{\"arrayValue\":{\"values\":[{\"boolValue\":true}]}}"}}},
        {"\x0a\x0e\x12\x0c\x12\x0a\x2a\x08\x32\x06\x0a\x04\x0a\x02k\xff",
         16,
         {"list", OTLP_GOOD, {"{\"kvlistValue\":{\"values\":[{\"key\":\"k\xef\xbf\xbd\",\"value\":{}}]}}"}}},
        {"\x0a\x0b\x12\x09\x12\x07\x2a\x05\x3a\x03"
         "abc",
         13,
         {"bytes", OTLP_GOOD, {"{\"bytesValue\":\"YWJj\"}"}}},
        {"\x0a\x05", 2, {"cut", OTLP_GARBAGE, {NULL}}},
        {"\x08\x05", 2, {"wrong type", OTLP_GARBAGE, {NULL}}},
        {"\x0b\x0c", 2, {"group", OTLP_GARBAGE, {NULL}}},
        {"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 11, {"length", OTLP_GARBAGE, {NULL}}},
        {"\x00\x00", 2, {"field 0", OTLP_GARBAGE, {NULL}}},
        {"\xa2\x06\x01x\x0a\x00", 6, {"unknown field", OTLP_GOOD, {NULL}}},
    };
    struct record_pool *pool = record_pool_create();
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++)
        expect(pool, otlp_read_protobuf, examples[i].bytes, examples[i].size, &examples[i].e);
    record_pool_destroy(pool);
}

// Small bodies that would need much memory as trees, or many records.
static void bombs_are_refused(void **state)
{
    (void)state;
    enum { SIZE = 200000 };
    struct record_pool *pool = record_pool_create();
    struct reading x;
    struct otlp_body b = {0};
    char *many = malloc(SIZE);
    memset(many, 0, SIZE);
    for (size_t i = 0; i < SIZE; i += 2)
        many[i] = '\x12'; // empty records
    assert_true(otlp_append(&b, "\x0a\xc4\x9a\x0c\x12\xc0\x9a\x0c", 8) && otlp_append(&b, many, SIZE));
    begin(&x, pool);
    assert_int_equal(otlp_read_protobuf(&x.r, b.data, b.size), OTLP_TOO_LARGE);
    assert_int_equal(x.r.count, 1000);
    end(&x);
    b.size = 0;
    for (size_t i = 0; i < SIZE; i += 2)
        many[i] = '\x32'; // one record of empty attributes
    assert_true(otlp_append(&b, "\x0a\xc8\x9a\x0c\x12\xc4\x9a\x0c\x12\xc0\x9a\x0c", 12) &&
                otlp_append(&b, many, SIZE));
    begin(&x, pool);
    assert_int_equal(otlp_read_protobuf(&x.r, b.data, b.size), OTLP_TOO_LARGE);
    end(&x);
    b.size = 0;
    memset(many, ',', SIZE);
    for (size_t i = 0; i < SIZE; i += 2)
        many[i] = '1';
    many[SIZE - 1] = ' ';
    static const char start[] = "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"a\":[";
    assert_true(otlp_append(&b, start, sizeof start - 1) && otlp_append(&b, many, SIZE) &&
                otlp_append(&b, "]}]}]}]}", 8));
    begin(&x, pool);
    assert_int_equal(otlp_read_json(&x.r, b.data, b.size), OTLP_TOO_LARGE);
    end(&x);
    // The same as a text is one value, also behind an escaped quote.
    static const char text[] =
        "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":[{\"body\":{\"stringValue\":\"\\\"";
    b.size = 0;
    assert_true(otlp_append(&b, text, sizeof text - 1) && otlp_append(&b, many, SIZE) &&
                otlp_append(&b, "\"}}]}]}]}", 9));
    begin(&x, pool);
    assert_int_equal(otlp_read_json(&x.r, b.data, b.size), OTLP_GOOD);
    assert_int_equal(x.r.list[0]->size, SIZE + 1);
    end(&x);
    memset(many, '[', SIZE); // depth
    begin(&x, pool);
    assert_int_equal(otlp_read_json(&x.r, (unsigned char *)many, SIZE), OTLP_GARBAGE);
    end(&x);
    free(b.data);
    free(many);
    record_pool_destroy(pool);
}

// Arrays within arrays, deeper than anybody nests: no overflow of the stack, and quick.
static void deep_values_end(void **state)
{
    (void)state;
    struct record_pool *pool = record_pool_create();
    struct otlp_body inner = {0}, outer = {0};
    for (int depth = 0; depth < 2000; depth++) {
        // AnyValue{array_value: ArrayValue{values: inner}}
        for (int level = 0; level < 2; level++) {
            unsigned char head[3] = {level == 0 ? 0x0a : 0x2a, (unsigned char)(inner.size | 0x80),
                                     (unsigned char)(inner.size >> 7)};
            outer.size = 0;
            assert_true(inner.size < 16384 && otlp_append(&outer, head, 3));
            assert_true(otlp_append(&outer, inner.data, inner.size));
            struct otlp_body swap = inner;
            inner = outer;
            outer = swap;
        }
    }
    static const unsigned char tags[] = {0x2a, 0x12, 0x12, 0x0a}; // body, record, scope, resource
    for (int i = 0; i < 4; i++) {
        unsigned char head[3] = {tags[i], (unsigned char)(inner.size | 0x80),
                                 (unsigned char)(inner.size >> 7)};
        outer.size = 0;
        assert_true(otlp_append(&outer, head, 3) && otlp_append(&outer, inner.data, inner.size));
        struct otlp_body swap = inner;
        inner = outer;
        outer = swap;
    }
    struct reading x;
    begin(&x, pool);
    assert_int_equal(otlp_read_protobuf(&x.r, inner.data, inner.size), OTLP_GOOD);
    assert_int_equal(x.r.count, 1);
    assert_true(x.r.list[0]->size > 500);
    end(&x);
    free(inner.data);
    free(outer.data);
    record_pool_destroy(pool);
}

static void status_bodies(void **state)
{
    (void)state;
    struct otlp_body b = {0};
    assert_true(otlp_write_status(&b, true, 429, "a \"b\""));
    json_t *j = json_loadb((char *)b.data, b.size, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(j, "code")), 8);
    assert_string_equal(json_string_value(json_object_get(j, "message")), "a \"b\"");
    json_decref(j);
    assert_true(otlp_write_status(&b, false, 400, "no"));
    assert_int_equal(b.size, 6);
    assert_memory_equal(b.data, "\x08\x03\x12\x02no", 6);
    free(b.data);
}

static void gzip_and_its_limits(void **state)
{
    (void)state;
    struct otlp_body plain = {0}, packed = {0}, back = {0};
    char *zeros = calloc(1, 1 << 20);
    assert_true(otlp_append(&plain, zeros, 1 << 20) && otlp_gzip(&packed, &plain));
    assert_true(packed.size < 10000);
    for (size_t piece = 1; piece < packed.size; piece = piece * 7 + 1) {
        struct otlp_inflate *z = otlp_inflate_new();
        enum inflate_result r = INFLATE_MORE;
        back.size = 0;
        for (size_t at = 0; at < packed.size; at += piece) {
            assert_int_equal(r, INFLATE_MORE);
            r = otlp_inflate(z, packed.data + at, packed.size - at < piece ? packed.size - at : piece, &back,
                             1 << 20);
        }
        assert_int_equal(r, INFLATE_END);
        assert_int_equal(back.size, 1 << 20);
        otlp_inflate_free(z);
    }
    struct otlp_inflate *z = otlp_inflate_new();
    free(back.data);
    back = (struct otlp_body){0};
    assert_int_equal(otlp_inflate(z, packed.data, packed.size, &back, 1000), INFLATE_TOO_LARGE);
    assert_true(back.room <= 4096); // it stopped there
    otlp_inflate_free(z);
    z = otlp_inflate_new();
    back.size = 0;
    assert_int_equal(otlp_inflate(z, "not gzip", 8, &back, 1000), INFLATE_GARBAGE);
    otlp_inflate_free(z);
    free(plain.data);
    free(packed.data);
    free(back.data);
    free(zeros);
}

// Valid bodies with a few changes: whatever comes out, nothing breaks, and what is read is well-formed.
static void mutated_bodies_are_survived(void **state)
{
    (void)state;
    struct record_pool *pool = record_pool_create();
    static unsigned char payloads[MESSAGES][300];
    struct wire_message m[MESSAGES];
    struct rng rng;
    rng_init(&rng, 8, "mutations");
    make_messages(m, payloads);
    static const char values[] =
        LOGS("{\"body\":{\"kvlistValue\":{\"values\":[{\"key\":\"a\",\"value\":{\"doubleValue\":1.5}}]}},"
             "\"attributes\":[{\"key\":\"weir.seq\",\"value\":{\"intValue\":\"7\"}}]}");
    unsigned good = 0, bad = 0;
    for (int i = 0; i < 12000; i++) {
        struct otlp_body b = {0};
        if (i % 4 == 3)
            assert_true(otlp_append(&b, values, sizeof values - 1));
        else
            assert_true(writers[i % 2](&b, RUN, m, 1 + rng_below(&rng, 3)));
        for (uint64_t k = rng_below(&rng, 5); k > 0; k--)
            b.data[rng_below(&rng, b.size)] =
                rng_below(&rng, 2) != 0 ? (unsigned char)rng_u64(&rng) : b.data[rng_below(&rng, b.size)];
        size_t size = rng_below(&rng, 4) == 0 ? rng_below(&rng, b.size) : b.size;
        struct reading x;
        begin(&x, pool);
        enum otlp_result r = read_exact(readers[i % 2], &x, b.data, size);
        good += r == OTLP_GOOD;
        bad += r == OTLP_GARBAGE;
        for (size_t k = 0; k < x.r.count; k++)
            assert_true(x.r.list[k]->sender <= 2 && x.r.list[k]->source == 0);
        end(&x);
        free(b.data);
    }
    assert_true(good > 1000 && bad > 1000);
    record_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read), cmocka_unit_test(foreign_json),
        cmocka_unit_test(foreign_protobuf),        cmocka_unit_test(bombs_are_refused),
        cmocka_unit_test(deep_values_end),         cmocka_unit_test(status_bodies),
        cmocka_unit_test(gzip_and_its_limits),     cmocka_unit_test(mutated_bodies_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
