// SPDX-License-Identifier: Apache-2.0
// What is JSON and what is a syslog message, to the letter of their RFCs.
#include "test.h"

static const char *const json_good[] = {
    "{}",
    " {\t} \r\n",
    "{\"a\":1}",
    "{\"a\":-0,\"b\":0.5,\"c\":1e9,\"d\":1E+2,\"e\":10.25e-3}",
    "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\ud83d\\ude00\"}",
    "{\"\":{\"\":[[],{},[1,[2,{\"x\":null}]]]}}",
    "{\"a\":true,\"a\":false}",
    "{\"caf\xc3\xa9\":\"\xf0\x9f\x98\x80\xe2\x82\xac\x7f\"}",
    "{\"a\":\"0123456789012345678901234567890\\\"0123456789012345678\"}",
};

static const char *const json_bad[] = {
    "",
    " ",
    "1",
    "[]",
    "\"a\"",
    "{",
    "}",
    "{}}",
    "{} x",
    "{,}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "{1:1}",
    "{\"a\":01}",
    "{\"a\":+1}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":1e}",
    "{\"a\":-}",
    "{\"a\":0x1}",
    "{\"a\":1 2}",
    "{\"a\":nul}",
    "{\"a\":True}",
    "{\"a\":NaN}",
    "{\"a\":[1}",
    "{\"a\":{]}",
    "{\"a\":[1,]}",
    "{\"a\":[,1]}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\x1f\"}",
    "{\"a\":\"\\x41\"}",
    "{\"a\":\"\\\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\ud83d\"}",
    "{\"a\":\"\\ud83d\\u0041\"}",
    "{\"a\":\"\\ude00\"}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\xc3\"}",
    "{\"a\":\"\xc0\xaf\"}",
    "{\"a\":\"\xed\xa0\x80\"}",
    "{\"a\":\"\xf4\x90\x80\x80\"}",
    "{\"a\":\"\xe0\x80\x80\"}",
    "{\"a\":1}\v",
    "\xef\xbb\xbf{}",
};

// The same bytes in a block of their own size.
static bool sound(const char *text, size_t size)
{
    struct process_item item = item_of(text, size, size);
    bool good = json_is_sound(item.bytes, size);
    free(item.bytes);
    return good;
}

static void json_is_told_from_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof json_good / sizeof *json_good; i++)
        if (!sound(json_good[i], strlen(json_good[i])))
            fail_msg("refused: %s", json_good[i]);
    for (size_t i = 0; i < sizeof json_bad / sizeof *json_bad; i++)
        if (sound(json_bad[i], strlen(json_bad[i])))
            fail_msg("taken: %s", json_bad[i]);
    assert_false(sound("{\0}", 3));
    assert_false(sound("{\"a\0\":1}", 8));
}

static void every_beginning_of_an_object_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof json_good / sizeof *json_good; i++) {
        const char *text = json_good[i], *end = strrchr(text, '}');
        for (size_t n = 0; text + n <= end; n++)
            assert_false(sound(text, n));
    }
}

// Special characters at every offset of the words that are looked at at once, behind every run of others.
static void strings_end_where_they_end(void **state)
{
    (void)state;
    static const char *const one[] = {"\"", "\\", "\x1f", "\xff", "\x80", "\xc3\xa9", " ", "~"};
    static const bool good[] = {false, false, false, false, false, true, true, true};
    for (size_t k = 0; k < sizeof one / sizeof *one; k++)
        for (size_t before = 0; before < 20; before++)
            for (size_t after = 0; after < 20; after++) {
                char text[80];
                int n = snprintf(text, sizeof text, "{\"k\":\"%.*s%s%.*s\"}", (int)before,
                                 "                    ", one[k], (int)after, "zzzzzzzzzzzzzzzzzzzz");
                assert_int_equal(sound(text, (size_t)n), good[k]);
            }
}

static void depth_is_bounded(void **state)
{
    (void)state;
    char text[2 * 200 + 8];
    for (unsigned depth = 1; depth < 200; depth++) {
        char *to = text;
        to += sprintf(to, "{\"a\":");
        memset(to, '[', depth);
        memset(to + depth, ']', depth);
        to[2 * (size_t)depth] = '}';
        assert_int_equal(sound(text, 6 + 2 * (size_t)depth), depth < JSON_DEPTH_MAX);
    }
}

static void a_mebibyte_of_anything_ends(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    static const char fills[] = {'[', '{', '"', '\\', 'a', '0', ' ', '\xff'};
    char *text = malloc(SIZE);
    for (size_t i = 0; i < sizeof fills; i++) {
        memset(text, fills[i], SIZE);
        memcpy(text, "{\"a\":\"", 6);
        assert_false(sound(text, SIZE));
    }
    memset(text, 'a', SIZE);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + SIZE - 2, "\"}", 2);
    assert_true(sound(text, SIZE));
    free(text);
}

static void names_are_compared_without_their_escapes(void **state)
{
    (void)state;
    static const struct {
        const char *inside, *want;
        bool same;
    } cases[] = {
        {"password", "password", true},
        {"pass\\u0077ord", "password", true},
        {"\\u0070assword", "password", true},
        {"passwor", "password", false},
        {"passwords", "password", false},
        {"", "", true},
        {"a\\/b", "a/b", true},
        {"\\ud83d\\ude00", "\xf0\x9f\x98\x80", true},
        {"\\u00e9", "\xc3\xa9", true},
        {"\xc3\xa9", "\xc3\xa9", true},
        {"\\u0000", "", false},
        {"\\n", "n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(
            json_equals((const unsigned char *)cases[i].inside, strlen(cases[i].inside), cases[i].want),
            cases[i].same);
}

// ---- syslog ----

static const char *const syslog_good[] = {
    "<0>1 - - - - - -",
    "<191>999 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed",
    "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time.",
    "<165>1 2003-10-11T22:14:15.003Z host app - ID47 [exampleSDID@32473 iut=\"3\" "
    "eventSource=\"Application\"]",
    "<165>1 - h a p m [a@1 b=\"1\"][c@2] \xef\xbb\xbf"
    "caf\xc3\xa9",
    "<13>1 - h a p m [a b=\"\\\"\\\\\\]\\n\" c=\"\"] m",
    "<13>1 - h a p m [a] ",
    "<13>1 - h a p m - \xff\xfe any octets",
};

static const char *const syslog_bad[] = {
    "",
    "<",
    "<>1 - - - - - -",
    "<192>1 - - - - - -",
    "<0191>1 - - - - - -",
    "<13>0 - - - - - -",
    "<13>1000 - - - - - -",
    "<13> - - - - - -",
    "<13>1 - - - - -",
    "<13>1 - - - - - ",
    "<13>1 - - - - - x",
    "<13>1 - - - - - -x",
    "<13>1  - - - - - -",
    "<13>1 2003-13-11T22:14:15Z - - - - -",
    "<13>1 2003-10-11T24:14:15Z - - - - -",
    "<13>1 2003-10-11T22:14:60Z - - - - -",
    "<13>1 2003-10-11 22:14:15Z - - - - -",
    "<13>1 2003-10-11T22:14:15.1234567Z - - - - -",
    "<13>1 2003-10-11T22:14:15. - - - - -",
    "<13>1 2003-10-11T22:14:15 - - - - -",
    "<13>1 2003-10-11T22:14:15+0100 - - - - -",
    "<13>1 - - - - - [",
    "<13>1 - - - - - []",
    "<13>1 - - - - - [a b]",
    "<13>1 - - - - - [a b=1]",
    "<13>1 - - - - - [a b=\"1]",
    "<13>1 - - - - - [a b=\"]\"]",
    "<13>1 - - - - - [a b=\"\\\"]",
    "<13>1 - - - - - [a b=\"\xff\"]",
    "<13>1 - - - - - [a  b=\"1\"]",
    "<13>1 - - - - - [a b=\"1\" ]",
    "<13>1 - - - - - [a][",
    "<13>1 - - - - - [a]x",
    "<13>1 - - - - - [abcdefghijklmnopqrstuvwxyz0123456 b=\"1\"]",
    "<13>1 - - - - abcdefghijklmnopqrstuvwxyz0123456 -",
    "<13>1 - - - - - - \xef\xbb\xbf\xff",
};

static bool is_syslog(const char *text, size_t size)
{
    struct process_item item = item_of(text, size, size);
    struct syslog s;
    bool good = syslog_read(item.bytes, size, &s, NULL, NULL);
    free(item.bytes);
    return good;
}

static void syslog_is_told_from_what_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof syslog_good / sizeof *syslog_good; i++)
        if (!is_syslog(syslog_good[i], strlen(syslog_good[i])))
            fail_msg("refused: %s", syslog_good[i]);
    for (size_t i = 0; i < sizeof syslog_bad / sizeof *syslog_bad; i++)
        if (is_syslog(syslog_bad[i], strlen(syslog_bad[i])))
            fail_msg("taken: %s", syslog_bad[i]);
}

static void syslog_parts_are_where_they_are(void **state)
{
    (void)state;
    const char *text = "<165>1 - h a p m [x b=\"1\"][y c=\"2\"] hello";
    struct syslog s;
    assert_true(syslog_read((const unsigned char *)text, strlen(text), &s, NULL, NULL));
    assert_int_equal(s.priority, 165);
    assert_memory_equal(text + s.data.begin, "[x b=\"1\"][y c=\"2\"]", s.data.end - s.data.begin);
    assert_string_equal(text + s.message, "hello");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_is_told_from_what_is_none),
        cmocka_unit_test(every_beginning_of_an_object_is_none),
        cmocka_unit_test(strings_end_where_they_end),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(a_mebibyte_of_anything_ends),
        cmocka_unit_test(names_are_compared_without_their_escapes),
        cmocka_unit_test(syslog_is_told_from_what_is_none),
        cmocka_unit_test(syslog_parts_are_where_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
