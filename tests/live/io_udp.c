// SPDX-License-Identifier: Apache-2.0
#include "io_fixture.h"

#include <arpa/inet.h>
#include <sys/wait.h>

#include "live/io/sequence.h"
#include "live/io/udp.h"

static struct wire *open_udp(struct fixture *f)
{
    struct error e = {0};
    struct wire *w = wire_udp_open(&f->setup, &e);
    if (w == NULL)
        print_error("%s\n", e.text);
    assert_non_null(w);
    assert_true(strncmp(f->heard, "127.0.0.1:", 10) == 0 && atoi(f->heard + 10) > 0);
    return w;
}

enum { MOST = 4096 };

struct seen {
    bool seq[2][MOST];
    uint64_t count, foreign;
};

static void take_note(struct fixture *f, struct seen *s, struct record **r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_true(fixture_intact(r[i]));
        if (r[i]->flags & RECORD_EXTERNAL) {
            s->foreign++;
        } else {
            assert_false(s->seq[r[i]->sender][r[i]->seq]);
            s->seq[r[i]->sender][r[i]->seq] = true;
            s->count++;
        }
        record_give(f->setup.pool, r[i]);
    }
}

static void drain(struct fixture *f, struct wire *w, struct seen *s)
{
    struct record *r[50];
    for (size_t n; (n = fixture_receive(w, r, 50)) != 0;)
        take_note(f, s, r, n);
}

// A reader that stands still behind a tiny buffer: what was sent arrives or is counted, exactly.
static void sent_is_received_plus_drops(void **state)
{
    (void)state;
    static const enum wire_format formats[] = {FORMAT_RAW, FORMAT_JSON, FORMAT_RFC3164, FORMAT_RFC5424};
    for (int i = 0; i < 4; i++) {
        struct fixture f;
        fixture_start(&f, SOURCE_UDP, 2);
        f.source.net.rcvbuf = 8192;
        f.source.net.format = formats[i];
        struct wire *w = open_udp(&f);
        struct wire_counters c;
        w->ops->counters(w, &c);
        assert_int_equal(c.rcvbuf_bytes, 16384);
        assert_string_equal(c.address, f.heard);
        for (unsigned seq = 0; seq < 1000; seq++)
            fixture_send(w, seq % 2, seq / 2, 128 + seq);
        w->ops->finish(w, 0, 0);
        w->ops->finish(w, 1, 0);
        struct seen s = {0};
        drain(&f, w, &s);
        assert_int_equal(w->ops->stop(w, 0), 0);
        w->ops->counters(w, &c);
        assert_int_equal(c.sent, 1000);
        assert_true(c.kernel_drops > 500 && s.count > 0);
        assert_int_equal(s.count + c.kernel_drops, c.sent);
        assert_int_equal(c.malformed + c.errors + c.sequence_gaps + s.foreign, 0);
        w->ops->destroy(w);
        fixture_end(&f);
    }
}

struct sending {
    struct wire *wire;
    unsigned sender;
};

static void *send_many(void *context)
{
    struct sending *s = context;
    for (unsigned seq = 0; seq < MOST; seq++)
        fixture_send(s->wire, s->sender, seq, 200);
    s->wire->ops->finish(s->wire, s->sender, 0);
    return NULL;
}

static void threads_send_while_one_receives(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_UDP, 2);
    struct wire *w = open_udp(&f);
    struct sending s[2] = {{w, 0}, {w, 1}};
    pthread_t t[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&t[i], NULL, send_many, &s[i]);
    static struct seen seen;
    drain(&f, w, &seen);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    struct wire_counters c;
    w->ops->stop(w, 0);
    w->ops->counters(w, &c);
    assert_int_equal(c.sent, 2 * MOST);
    assert_int_equal(seen.count + c.kernel_drops, c.sent);
    w->ops->destroy(w);
    fixture_end(&f);
}

// The receiver is cut off while datagrams wait and senders go on: nothing is sent afterwards, what is left is
// known.
static void stop_counts_what_was_left(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_UDP, 1);
    struct wire *w = open_udp(&f);
    for (unsigned seq = 0; seq < 20; seq++)
        fixture_send(w, 0, seq, 100);
    record_give(f.setup.pool, fixture_receive_one(w));
    assert_int_equal(w->ops->stop(w, 0), 19);
    struct wire_message m = {.seq = 20, .size = 100};
    assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_FAILED);
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_int_equal(c.sent, 20);
    assert_int_equal(c.errors, 1);
    w->ops->destroy(w);
    fixture_end(&f);
}

static void impossible_sizes_fail(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_UDP, 1);
    struct wire *w = open_udp(&f);
    struct wire_message small = {.size = (uint32_t)format_minimum(FORMAT_RAW) - 1}, large = {.size = 65508};
    assert_int_equal(w->ops->send(w, 0, &small, 0), WIRE_FAILED);
    assert_int_equal(w->ops->send(w, 0, &large, 0), WIRE_FAILED);
    fixture_send(w, 0, 0, 65507);
    struct record *r = fixture_receive_one(w);
    assert_true(fixture_intact(r) && r->size > 65400);
    record_give(f.setup.pool, r);
    w->ops->destroy(w);
    fixture_end(&f);
}

static void drop_counter_wraps(void **state)
{
    (void)state;
    uint32_t last = 0;
    uint64_t total = udp_drops_advance(0, &last, 4294967290u);
    assert_int_equal(total, 4294967290u);
    total = udp_drops_advance(total, &last, 5);
    assert_int_equal(total, 4294967301u);
    assert_int_equal(udp_drops_advance(total, &last, 5), 4294967301u);
}

static int outsider(const struct fixture *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(f->heard + 10))};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void foreign_datagrams_get_numbers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_UDP, 0);
    f.source.net.format = FORMAT_RFC5424;
    struct wire *w = open_udp(&f);
    static const char *const text[] = {"<11>1 - - - - - [meta sequenceId=\"3\"] a", "not syslog",
                                       "<11>1 - - - - - [meta sequenceId=\"6\"] b", ""};
    int fd = outsider(&f);
    for (int i = 0; i < 4; i++)
        assert_int_equal(send(fd, text[i], strlen(text[i]), 0), strlen(text[i]));
    for (unsigned i = 0; i < 4; i++) {
        struct record *r = fixture_receive_one(w);
        assert_true(fixture_intact(r) && (r->flags & RECORD_EXTERNAL));
        assert_int_equal(r->seq, i);
        assert_int_equal(r->sender, 0);
        assert_int_equal(r->intended_ns, 7);
        assert_int_equal(r->size, strlen(text[i]));
        assert_memory_equal(r->payload, text[i], r->size);
        assert_int_equal(!!(r->flags & RECORD_MALFORMED), i == 1 || i == 3);
        record_give(f.setup.pool, r);
    }
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_int_equal(c.malformed, 2);
    assert_int_equal(c.sequence_gaps, 2);
    close(fd);
    w->ops->destroy(w);
    fixture_end(&f);
}

// A message of another run is foreign, and comes from one past the built-in senders.
static void other_runs_are_foreign(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_UDP, 3);
    struct wire *w = open_udp(&f);
    unsigned char m[200];
    struct identity id = {.run = 1, .seq = 5};
    format_encode(FORMAT_RAW, &id, FIXTURE_SEED, m, sizeof m);
    int fd = outsider(&f);
    assert_int_equal(send(fd, m, sizeof m, 0), sizeof m);
    struct record *r = fixture_receive_one(w);
    assert_true((r->flags & RECORD_EXTERNAL) && r->sender == 3 && r->seq == 0 && r->size == sizeof m);
    record_give(f.setup.pool, r);
    close(fd);
    w->ops->destroy(w);
    fixture_end(&f);
}

static void say(const struct fixture *f, const char *format, const char *more, const char *text)
{
    char command[300];
    snprintf(command, sizeof command, "logger -n 127.0.0.1 -P %s -d %s %s '%s'", f->heard + 10, format, more,
             text);
    assert_int_equal(system(command), 0);
}

static void the_real_logger(void **state)
{
    (void)state;
    if (system("logger --version > /dev/null 2>&1") != 0)
        skip();
    static const enum wire_format formats[] = {FORMAT_RFC5424, FORMAT_RFC3164};
    static const char *const options[] = {"--rfc5424", "--rfc3164"};
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        fixture_start(&f, SOURCE_UDP, 0);
        f.source.net.format = formats[i];
        struct wire *w = open_udp(&f);
        say(&f, options[i], "", "hello");
        say(&f, options[i], "-p user.err -t app --id", "a [strange] <message>");
        if (i == 0) {
            say(&f, options[i], "--sd-id meta --sd-param 'sequenceId=\"4\"'", "x");
            say(&f, options[i], "--sd-id meta --sd-param 'sequenceId=\"9\"'", "x");
        }
        for (int k = 0; k < (i == 0 ? 4 : 2); k++) {
            struct record *r = fixture_receive_one(w);
            assert_int_equal(r->flags, RECORD_EXTERNAL);
            struct foreign got;
            assert_true(format_foreign(formats[i], r->payload, r->size, &got));
            assert_int_equal(got.severity, k == 1 ? 3 : 5);
            record_give(f.setup.pool, r);
        }
        struct wire_counters c;
        w->ops->counters(w, &c);
        assert_int_equal(c.malformed, 0);
        assert_int_equal(c.sequence_gaps, i == 0 ? 4 : 0);
        w->ops->destroy(w);
        fixture_end(&f);
    }
}

static void sequence_gaps(void **state)
{
    (void)state;
    static struct sequence s;
    struct sockaddr_storage a = {.ss_family = AF_INET}, b = a, elsewhere = a;
    ((struct sockaddr_in *)&a)->sin_port = 1;
    ((struct sockaddr_in *)&b)->sin_port = 2;
    ((struct sockaddr_in *)&elsewhere)->sin_addr.s_addr = 9;
    assert_int_equal(sequence_note(&s, &a, 5), 0); // the first ever: nobody knows what came before
    assert_int_equal(sequence_note(&s, &a, 6), 0);
    assert_int_equal(sequence_note(&s, &a, 9), 2);
    assert_int_equal(sequence_note(&s, &a, 7), 0); // late
    assert_int_equal(sequence_note(&s, &a, 10), 0);
    assert_int_equal(sequence_note(&s, &b, 1), 0); // another sender
    assert_int_equal(sequence_note(&s, &b, 3), 1);
    assert_int_equal(sequence_note(&s, &a, 11), 0);
    assert_int_equal(sequence_note(&s, &a, 1), 0); // started again
    assert_int_equal(sequence_note(&s, &a, 2), 0);
    assert_int_equal(sequence_note(&s, &elsewhere, 2147483646), 0);
    assert_int_equal(sequence_note(&s, &elsewhere, 2147483647), 0);
    assert_int_equal(sequence_note(&s, &elsewhere, 1), 0);
    assert_int_equal(sequence_note(&s, &elsewhere, 2147483647), 2147483645);
    assert_int_equal(sequence_note(&s, &elsewhere, 3), 2); // 1 and 2
    for (uint16_t port = 100; port < 400; port++) {        // more than are remembered
        ((struct sockaddr_in *)&a)->sin_port = port;
        sequence_note(&s, &a, 1);
    }
}

static void an_address_in_use_is_told(void **state)
{
    (void)state;
    struct fixture f, g;
    fixture_start(&f, SOURCE_UDP, 1);
    struct wire *w = open_udp(&f);
    fixture_start(&g, SOURCE_UDP, 1);
    g.source.net.port = (uint16_t)atoi(f.heard + 10);
    struct error e = {0};
    assert_null(wire_udp_open(&g.setup, &e));
    assert_int_equal(e.code, EXIT_USAGE);
    assert_non_null(strstr(e.text, f.heard));
    assert_non_null(strstr(e.text, "in use"));
    w->ops->destroy(w);
    fixture_end(&g);
    fixture_end(&f);
}

static void the_stop_event_ends_a_wait(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_UDP, 1);
    struct wire *w = open_udp(&f);
    eventfd_write(f.setup.stop_event, 1);
    w->ops->wait(w, -1, UINT64_MAX);
    w->ops->wait(w, 0, UINT64_MAX);
    w->ops->destroy(w);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sent_is_received_plus_drops),
        cmocka_unit_test(threads_send_while_one_receives),
        cmocka_unit_test(stop_counts_what_was_left),
        cmocka_unit_test(impossible_sizes_fail),
        cmocka_unit_test(drop_counter_wraps),
        cmocka_unit_test(foreign_datagrams_get_numbers),
        cmocka_unit_test(other_runs_are_foreign),
        cmocka_unit_test(the_real_logger),
        cmocka_unit_test(sequence_gaps),
        cmocka_unit_test(an_address_in_use_is_told),
        cmocka_unit_test(the_stop_event_ends_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
