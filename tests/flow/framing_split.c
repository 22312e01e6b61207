// SPDX-License-Identifier: Apache-2.0
// Frames of RFC 6587 come out the same however the bytes are cut, and nothing that comes in does any harm.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "flow/framing.h"

#include <cmocka.h>

// What a connection gave, written down: messages in <>, ! for an oversize one, # for garbage.
struct script {
    char text[4096];
    size_t length;
};

static void note(struct script *s, const char *text, size_t size)
{
    assert_true(s->length + size < sizeof s->text);
    memcpy(s->text + s->length, text, size);
    s->length += size;
    s->text[s->length] = 0;
}

// A receiver: a buffer, and all frames out of it. False after garbage.
struct reader {
    struct framing framing;
    unsigned char *buffer;
    size_t end;
    bool garbage;
    struct script said;
};

static bool take_frames(struct reader *r)
{
    size_t start = 0;
    for (;;) {
        struct frame f = framing_next(&r->framing, r->buffer + start, r->end - start);
        assert_true(f.used <= r->end - start);
        if (f.kind == FRAME_GARBAGE) {
            note(&r->said, "#", 1);
            r->garbage = true;
            return false;
        }
        if (f.kind == FRAME_MESSAGE) {
            assert_true(f.text >= r->buffer + start && f.text + f.size <= r->buffer + r->end);
            note(&r->said, "<", 1);
            note(&r->said, (const char *)f.text, f.size < 64 ? f.size : 64);
            note(&r->said, ">", 1);
        } else if (f.kind == FRAME_OVERSIZE) {
            note(&r->said, "!", 1);
        }
        start += f.used;
        if (f.kind == FRAME_MORE)
            break;
    }
    memmove(r->buffer, r->buffer + start, r->end - start);
    r->end -= start;
    return true;
}

static void feed(struct reader *r, const char *bytes, size_t size)
{
    while (size > 0) {
        size_t n = FRAME_ROOM - r->end < size ? FRAME_ROOM - r->end : size;
        assert_true(n > 0); // a full buffer always holds a frame, or what can be dropped
        memcpy(r->buffer + r->end, bytes, n);
        r->end += n;
        bytes += n;
        size -= n;
        if (!take_frames(r))
            return;
    }
}

static unsigned char *room;

static struct reader reader(enum wire_framing mode)
{
    return (struct reader){.framing.mode = mode, .buffer = room};
}

struct sample {
    enum wire_framing mode;
    const char *bytes, *frames, *rest;
    bool rest_is_message;
};

static const struct sample samples[] = {
    {FRAMING_OCTET, "3 abc4 defg", "<abc><defg>", "", false},
    {FRAMING_OCTET, "3 a\nc1 \n", "<a\nc><\n>", "", false},   // a line feed inside is part of the message
    {FRAMING_OCTET, "3 abc\n2 de\n", "<abc><de>", "", false}, // one behind it is a trailer
    {FRAMING_OCTET, "3 abc\n\n", "<abc>#", "\n", false},
    {FRAMING_OCTET, "5 ab", "", "5 ab", false},
    {FRAMING_OCTET, "12", "", "12", false},
    {FRAMING_OCTET, "<13>x\n", "#", "<13>x\n", false},
    {FRAMING_OCTET, "03 abc", "#", "03 abc", false},
    {FRAMING_OCTET, "3abc", "#", "3abc", false},
    {FRAMING_OCTET, "3  abc", "< ab>#", "c", false},
    {FRAMING_OCTET, "1234567890 ", "#", "1234567890 ", false},
    {FRAMING_LF, "a\n\nbc\nd", "<a><><bc>", "d", true},
    {FRAMING_LF, "3 abc\n", "<3 abc>", "", false},
    {FRAMING_AUTO, "<1>a\n5 <2>bc<3>d\n5 <4>e\n", "<<1>a><<2>bc><<3>d><<4>e\n>", "", false},
    {FRAMING_AUTO, "5 <1>ab\n<2>c\n\n5 <3>de", "<<1>ab><<2>c><><<3>de>", "", false},
    {FRAMING_AUTO, "<1>a\n<2>b", "<<1>a>", "<2>b", true},
    {FRAMING_AUTO, "0 ", "#", "0 ", false},
    {FRAMING_AUTO, "2024-01-01 x\n", "#", "2024-01-01 x\n", false},
    {FRAMING_AUTO, "9999999 abc", "!", "", false},
    {FRAMING_AUTO, "1048577 abc", "!", "", false},
    {FRAMING_AUTO, "1048576 abc", "", "1048576 abc", false},
};

static void expect_sample(const struct sample *s, const struct reader *r)
{
    assert_string_equal(r->said.text, s->frames);
    assert_int_equal(r->end, strlen(s->rest));
    assert_memory_equal(r->buffer, s->rest, r->end);
    if (strchr(s->frames, '#') == NULL)
        assert_int_equal(framing_rest_is_message(&r->framing, r->buffer, r->end), s->rest_is_message);
}

// In one piece, byte by byte, and cut in two and in three at every place.
static void samples_come_out_the_same_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const struct sample *s = &samples[i];
        size_t size = strlen(s->bytes);
        bool garbage = strchr(s->frames, '#') != NULL; // the rest depends on what came with it
        for (size_t a = 0; a <= size; a++)
            for (size_t b = a; b <= size; b++) {
                struct reader r = reader(s->mode);
                size_t cuts[] = {0, a, b, size};
                for (int k = 0; k < 3 && !r.garbage; k++)
                    feed(&r, s->bytes + cuts[k], cuts[k + 1] - cuts[k]);
                if (garbage)
                    assert_string_equal(r.said.text, s->frames);
                else
                    expect_sample(s, &r);
                if (a == 0 && b == 0 && garbage)
                    assert_int_equal(r.end >= strlen(s->rest), true);
            }
        struct reader r = reader(s->mode);
        for (size_t k = 0; k < size && !r.garbage; k++)
            feed(&r, s->bytes + k, 1);
        assert_string_equal(r.said.text, s->frames);
    }
}

static void feed_many(struct reader *r, char c, size_t count, size_t piece)
{
    char *bytes = malloc(piece);
    memset(bytes, c, piece);
    for (; count > 0; count -= piece < count ? piece : count)
        feed(r, bytes, piece < count ? piece : count);
    free(bytes);
}

// Around the longest message: kept whole, or read over without growing, and what follows is found again.
static void oversize_messages_are_read_over(void **state)
{
    (void)state;
    static const size_t sizes[] = {FRAME_MOST - 1, FRAME_MOST, FRAME_MOST + 1, 3 * FRAME_MOST + 7};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t piece = 4096; piece <= FRAME_MOST * 2; piece *= 23) {
            bool fits = sizes[i] <= FRAME_MOST;
            struct reader line = reader(FRAMING_LF), counted = reader(FRAMING_AUTO);
            feed_many(&line, 'x', sizes[i], piece);
            feed(&line, "\nshort\n", 7);
            assert_int_equal(line.said.text[0], fits ? '<' : '!');
            assert_string_equal(strchr(line.said.text, 's') - 1, "<short>");
            char head[24];
            snprintf(head, sizeof head, "%zu ", sizes[i]);
            feed(&counted, head, strlen(head));
            feed_many(&counted, 'x', sizes[i], piece);
            feed(&counted, "\n<1>short\n", 10);
            assert_int_equal(counted.said.text[0], fits ? '<' : '!');
            assert_non_null(strstr(counted.said.text, fits ? "><<1>short>" : "!<<1>short>"));
        }
}

// What a built-in sender writes is what a receiver reads, in every mode.
static void heads_fit_their_messages(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 9, 10, 99, 100, 12345, FRAME_MOST};
    for (size_t i = 1; i < sizeof sizes / sizeof *sizes; i++)
        for (int mode = FRAMING_AUTO; mode <= FRAMING_OCTET; mode++) {
            unsigned char head[FRAME_COUNT_ROOM];
            size_t n = framing_put_head((enum wire_framing)mode, sizes[i], head);
            memcpy(room, head, n);
            memset(room + n, 'x', sizes[i]);
            room[n + sizes[i]] = '\n';
            size_t all = framing_size((enum wire_framing)mode, sizes[i]);
            struct framing f = {.mode = (enum wire_framing)mode};
            assert_int_equal(framing_next(&f, room, all - 1).kind, FRAME_MORE);
            struct frame got = framing_next(&f, room, all);
            assert_int_equal(got.kind, FRAME_MESSAGE);
            assert_int_equal(got.size, sizes[i]);
            assert_int_equal(got.used, all);
        }
}

// Random streams, made of pieces that mean something, in random cuts: the same script as in one piece.
static void random_streams_come_out_the_same(void **state)
{
    (void)state;
    static const char *const pieces[] = {"3 abc", "1 ",  "\n",   "<1>x\n", "12 ", "7",    "0",
                                         " ",     "x\n", "2 \n", "5 ",     "11 ", "\r\n", "99999999 "};
    struct rng rng;
    rng_init(&rng, 5, "frames");
    for (int round = 0; round < 300000; round++) {
        char bytes[80];
        size_t size = 0;
        for (unsigned k = (unsigned)rng_below(&rng, 8); k > 0; k--) {
            const char *piece = pieces[rng_below(&rng, sizeof pieces / sizeof *pieces)];
            memcpy(bytes + size, piece, strlen(piece));
            size += strlen(piece);
        }
        for (unsigned k = (unsigned)rng_below(&rng, 3); k > 0 && size > 0; k--)
            bytes[rng_below(&rng, size)] = (char)rng_below(&rng, 256);
        enum wire_framing mode = (enum wire_framing)rng_below(&rng, 3);
        static struct reader whole, cut;
        whole = cut = reader(mode);
        feed(&whole, bytes, size);
        for (size_t at = 0, n; at < size && !cut.garbage; at += n) {
            n = 1 + (size_t)rng_below(&rng, size - at);
            feed(&cut, bytes + at, n);
        }
        assert_int_equal(whole.garbage, cut.garbage);
        assert_int_equal(whole.said.length, cut.said.length);
        assert_memory_equal(whole.said.text, cut.said.text, whole.said.length);
    }
}

int main(void)
{
    room = malloc(FRAME_ROOM + 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_come_out_the_same_however_they_are_cut),
        cmocka_unit_test(oversize_messages_are_read_over),
        cmocka_unit_test(heads_fit_their_messages),
        cmocka_unit_test(random_streams_come_out_the_same),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    free(room);
    return failed;
}
