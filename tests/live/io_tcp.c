// SPDX-License-Identifier: Apache-2.0
// The TCP wire against real connections: order, closed windows, broken and slow senders, bounds.
#include "io_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>

#include "flow/format.h"
#include "flow/framing.h"

static struct wire *open_tcp(struct fixture *f)
{
    struct error e = {0};
    struct wire *w = wire_tcp_open(&f->setup, &e);
    if (w == NULL)
        print_error("%s\n", e.text);
    assert_non_null(w);
    assert_int_equal(strncmp(f->heard, "127.0.0.1:", 10), 0);
    return w;
}

static void start(struct fixture *f, unsigned senders)
{
    fixture_start(f, SOURCE_TCP, senders);
    f->source.net.max_connections = 64;
    f->source.net.frame_timeout_ns = 60 * NS_PER_S;
}

static void end(struct fixture *f, struct wire *w)
{
    w->ops->destroy(w);
    fixture_end(f);
}

// ---- built-in senders ----
enum { MESSAGES = 3000 };

static void *send_many(void *context)
{
    struct wire *w = ((struct wire **)context)[0];
    unsigned sender = (unsigned)(uintptr_t)((void **)context)[1];
    for (unsigned seq = 0; seq < MESSAGES; seq++)
        fixture_send(w, sender, seq, seq % 500 == 77 ? 100000 : 110 + seq % 300);
    w->ops->finish(w, sender, 0);
    return NULL;
}

// Small windows, every framing: all messages come, each sender's in order, and then the end.
static void threads_send_one_receives(void **state)
{
    (void)state;
    for (int framing = FRAMING_AUTO; framing <= FRAMING_OCTET; framing++) {
        struct fixture f;
        start(&f, 3);
        f.source.net.framing = (enum wire_framing)framing;
        f.source.net.format = FORMAT_RFC5424;
        f.source.net.rcvbuf = 8192;
        struct wire *w = open_tcp(&f);
        pthread_t t[3];
        void *contexts[3][2];
        for (unsigned k = 0; k < 3; k++) {
            contexts[k][0] = w;
            contexts[k][1] = (void *)(uintptr_t)k;
            pthread_create(&t[k], NULL, send_many, contexts[k]);
        }
        uint64_t next[3] = {0}, n;
        struct record *r[40];
        while ((n = fixture_receive(w, r, 40)) != 0)
            for (size_t k = 0; k < n; k++) {
                assert_int_equal(r[k]->flags, 0);
                assert_int_equal(r[k]->seq, next[r[k]->sender]++);
                assert_true(fixture_intact(r[k]));
                record_give(f.setup.pool, r[k]);
            }
        for (unsigned k = 0; k < 3; k++) {
            pthread_join(t[k], NULL);
            assert_int_equal(next[k], MESSAGES);
        }
        assert_int_equal(w->ops->stop(w, 0), 0);
        struct wire_counters c;
        w->ops->counters(w, &c);
        assert_true(c.sent == 3 * MESSAGES && c.kernel_drops == 0 && c.malformed == 0 && c.errors == 0);
        end(&f, w);
    }
}

// Sends until the window is closed. Answers how many messages were taken.
static unsigned fill(struct wire *w, unsigned sender, uint32_t size)
{
    for (unsigned seq = 0;; seq++) {
        struct wire_message m = {.sender = (uint16_t)sender,
                                 .record_class = (uint8_t)(seq % 3),
                                 .seq = seq,
                                 .intended_ns = seq * 10,
                                 .size = size};
        enum wire_status s = w->ops->send(w, sender, &m, 0);
        if (s == WIRE_AGAIN)
            return seq;
        assert_int_equal(s, WIRE_OK);
        assert_true(seq < 100000); // a window is bounded
    }
}

static void a_closed_window_stops_the_sender(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 1);
    f.source.net.rcvbuf = 65536;
    struct wire *w = open_tcp(&f);
    unsigned sent = fill(w, 0, 300);
    assert_in_range((uint64_t)sent * 304, 65536, 6 * 65536);
    for (unsigned i = 0; i < sent / 2; i++) {
        struct record *r = fixture_receive_one(w);
        assert_int_equal(r->seq, i);
        record_give(f.setup.pool, r);
    }
    fixture_send(w, 0, sent, 300); // goes on with the rest of what was begun
    // At a cut: all that was handed over and not read; nobody sends after it.
    assert_int_equal(w->ops->stop(w, 0), sent + 1 - sent / 2);
    struct wire_message m = {.seq = sent + 1, .size = 300};
    assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_FAILED);
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_true(c.sent == sent + 1 && c.kernel_drops == 0 && c.errors == 1);
    end(&f, w);
}

// A message that was only half taken when its sender ends is not sent, and its half is not a message.
static void half_a_message_is_none(void **state)
{
    (void)state;
    for (int framing = FRAMING_LF; framing <= FRAMING_OCTET; framing++) {
        struct fixture f;
        start(&f, 1);
        f.source.net.rcvbuf = 4096;
        f.source.net.framing = (enum wire_framing)framing;
        struct wire *w = open_tcp(&f);
        for (unsigned seq = 0; seq < 3; seq++)
            fixture_send(w, 0, seq, 200);
        struct wire_message m = {.seq = 3, .size = 500000};
        assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_AGAIN);
        w->ops->finish(w, 0, 0);
        struct record *r;
        for (unsigned i = 0; i < 3; i++) {
            r = fixture_receive_one(w);
            assert_true(r->seq == i && r->flags == 0);
            record_give(f.setup.pool, r);
        }
        assert_int_equal(fixture_receive(w, &r, 1), 0);
        assert_int_equal(w->ops->stop(w, 0), 0);
        end(&f, w);
    }
}

// The descriptor of the built-in sender: the one that is connected to the listener.
static int sender_descriptor(const struct fixture *f)
{
    for (int fd = 3; fd < 1024; fd++) {
        struct sockaddr_in to = {0};
        socklen_t size = sizeof to;
        if (getpeername(fd, (struct sockaddr *)&to, &size) == 0 && ntohs(to.sin_port) == atoi(f->heard + 10))
            return fd;
    }
    return -1;
}

static void what_a_broken_connection_took_is_counted(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 2);
    f.source.net.rcvbuf = 65536;
    struct wire *w = open_tcp(&f);
    unsigned sent = fill(w, 0, 300), got = 0;
    struct sockaddr none = {.sa_family = AF_UNSPEC};
    assert_int_equal(connect(sender_descriptor(&f), &none, sizeof none), 0); // resets it
    struct wire_message m = {.seq = sent, .size = 300};
    assert_int_equal(w->ops->send(w, 0, &m, 0), WIRE_FAILED);
    w->ops->finish(w, 0, 0);
    w->ops->finish(w, 1, 0);
    struct record *r;
    while (fixture_receive(w, &r, 1) != 0) {
        assert_true(r->flags == 0 && r->seq == got++);
        record_give(f.setup.pool, r);
    }
    assert_true(got < sent); // what its own buffer held
    assert_int_equal(w->ops->stop(w, 0), 0);
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_int_equal(c.kernel_drops, sent - got);
    end(&f, w);
}

// ---- senders from outside ----
static int outsider(const struct fixture *f)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(f->heard + 10))};
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void put(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void expect(struct fixture *f, struct wire *w, const char *text, unsigned flags)
{
    struct record *r = fixture_receive_one(w);
    assert_int_equal(r->size, strlen(text));
    assert_memory_equal(r->payload, text, r->size);
    assert_int_equal(r->flags, RECORD_EXTERNAL | flags);
    assert_true(fixture_intact(r));
    record_give(f->setup.pool, r);
}

static void expect_nothing(struct wire *w)
{
    struct record *r;
    size_t n;
    assert_int_equal(w->ops->receive(w, &r, 1, &n, 0), WIRE_AGAIN);
    assert_int_equal(n, 0);
}

// Waits until the other side has been closed by the receiver.
static void expect_closed(struct wire *w, int fd)
{
    uint64_t deadline = fixture_deadline();
    char byte;
    while (recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && (errno == EAGAIN || errno == EINTR)) {
        struct record *r;
        size_t n;
        assert_int_equal(w->ops->receive(w, &r, 1, &n, 0), WIRE_AGAIN);
        assert_true(clock_mono_ns() < deadline);
        w->ops->wait(w, -1, clock_mono_ns() + 5 * NS_PER_MS);
    }
    close(fd);
}

static void foreign_frames(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    f.source.net.format = FORMAT_RFC5424;
    struct wire *w = open_tcp(&f);
    int fd = outsider(&f);
    put(fd, "<11>1 - - - - - [meta sequenceId=\"3\"] a\n40 <11>1 - - - - - [meta sequenceId=\"6\"]");
    expect(&f, w, "<11>1 - - - - - [meta sequenceId=\"3\"] a", 0);
    expect_nothing(w);
    put(fd, " b2\nno syslog\n<11>1 - - - - - -");
    expect(&f, w, "<11>1 - - - - - [meta sequenceId=\"6\"] b2", 0);
    expect(&f, w, "no syslog", RECORD_MALFORMED);
    close(fd); // the last line feed was left out
    expect(&f, w, "<11>1 - - - - - -", 0);
    fd = outsider(&f);
    put(fd, "17 <11>1 - - - - - -9 <11>1 ");
    close(fd); // the last count has too few bytes behind it
    expect(&f, w, "<11>1 - - - - - -", 0);
    expect(&f, w, "9 <11>1 ", RECORD_MALFORMED);
    expect_nothing(w); // an external source never ends by itself
    struct wire_counters c;
    w->ops->counters(w, &c);
    assert_int_equal(c.malformed, 2);
    assert_int_equal(c.sequence_gaps, 2);
    end(&f, w);
}

// Garbage ends that connection and no other.
static void a_count_that_is_none_closes_its_connection(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    f.source.net.framing = FRAMING_OCTET;
    struct wire *w = open_tcp(&f);
    int good = outsider(&f), bad = outsider(&f);
    put(bad, "3 abc<13>x");
    expect(&f, w, "abc", 0);
    expect(&f, w, "<13>x", RECORD_MALFORMED);
    expect_closed(w, bad);
    put(good, "2 ok");
    expect(&f, w, "ok", 0);
    close(good);
    end(&f, w);
}

// What came before a reset is read; a frame that was cut by it is told of.
static void a_reset_loses_nothing_uncounted(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    struct wire *w = open_tcp(&f);
    int fd = outsider(&f);
    put(fd, "one\ntwo\nhal");
    struct linger at_once = {.l_onoff = 1};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    expect(&f, w, "one", 0);
    expect(&f, w, "two", 0);
    expect(&f, w, "hal", RECORD_MALFORMED);
    expect_nothing(w);
    end(&f, w);
}

// One that never finishes its frame is cut off after the timeout, a silent one is not; others go on
// meanwhile.
static void an_unfinished_frame_has_its_time(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    f.source.net.frame_timeout_ns = 50 * NS_PER_MS;
    struct wire *w = open_tcp(&f);
    int slow = outsider(&f), silent = outsider(&f), other = outsider(&f);
    put(slow, "a line without an e");
    put(other, "x\n");
    expect(&f, w, "x", 0);
    expect(&f, w, "a line without an e", RECORD_MALFORMED);
    expect_closed(w, slow);
    put(silent, "still here\n");
    expect(&f, w, "still here", 0);
    close(silent);
    close(other);
    end(&f, w);
}

// With every place taken the next one waits, and comes in when a place is free.
static void connections_are_bounded(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    f.source.net.max_connections = 2;
    struct wire *w = open_tcp(&f);
    int fd[3];
    for (int i = 0; i < 2; i++) {
        fd[i] = outsider(&f);
        put(fd[i], "x\n");
        expect(&f, w, "x", 0);
    }
    fd[2] = outsider(&f);
    put(fd[2], "third\n");
    for (int i = 0; i < 5; i++) {
        expect_nothing(w);
        w->ops->wait(w, -1, clock_mono_ns() + 20 * NS_PER_MS);
    }
    close(fd[0]);
    expect(&f, w, "third", 0);
    // One that has been silent for long makes room.
    f.source.net.frame_timeout_ns = NS_PER_MS;
    int fourth = outsider(&f);
    put(fourth, "fourth\n");
    expect(&f, w, "fourth", 0);
    close(fd[1]);
    close(fd[2]);
    close(fourth);
    end(&f, w);
}

static void out_of_descriptors_is_waited_for(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    struct wire *w = open_tcp(&f);
    int fd = outsider(&f);
    put(fd, "patience\n");
    struct rlimit old, none;
    getrlimit(RLIMIT_NOFILE, &old);
    none = old;
    none.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &none);
    for (int i = 0; i < 3; i++) {
        struct record *r;
        size_t n;
        enum wire_status s = w->ops->receive(w, &r, 1, &n, 0);
        w->ops->wait(w, -1, clock_mono_ns() + 10 * NS_PER_MS);
        if (s != WIRE_AGAIN)
            setrlimit(RLIMIT_NOFILE, &old);
        assert_int_equal(s, WIRE_AGAIN);
    }
    setrlimit(RLIMIT_NOFILE, &old);
    expect(&f, w, "patience", 0);
    close(fd);
    end(&f, w);
}

// One connection with much to say, one with little: the little one has its turn soon.
static void connections_take_turns(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    struct wire *w = open_tcp(&f);
    int loud = outsider(&f), soft = outsider(&f);
    static char much[2000 + 1];
    memset(much, '\n', 2000);
    put(loud, much);
    put(soft, "me\n");
    struct pollfd there = {.fd = soft, .events = POLLOUT};
    poll(&there, 1, 1000);
    size_t before = 0, n;
    for (bool mine = false; !mine;) {
        struct record *r[100];
        n = fixture_receive(w, r, 100);
        for (size_t i = 0; i < n; i++) {
            mine |= r[i]->size == 2;
            before += !mine;
            record_give(f.setup.pool, r[i]);
        }
    }
    assert_true(before <= TCP_TURN);
    close(loud);
    close(soft);
    end(&f, w);
}

static void oversize_messages_are_marked(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    struct wire *w = open_tcp(&f);
    int fd = outsider(&f);
    put(fd, "1048577 ");
    struct record *r = fixture_receive_one(w);
    assert_int_equal(r->flags, RECORD_EXTERNAL | RECORD_OVERSIZE);
    record_give(f.setup.pool, r);
    char *rest = malloc(1048577 + 6);
    memset(rest, 'x', 1048577);
    memcpy(rest + 1048577, "next\n", 6);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (size_t done = 0; done < 1048577 + 5;) {
        ssize_t n = send(fd, rest + done, 1048577 + 5 - done, MSG_NOSIGNAL);
        done += n > 0 ? (size_t)n : 0;
        if (done < 1048577 + 5)
            expect_nothing(w);
    }
    expect(&f, w, "next", 0);
    free(rest);
    close(fd);
    end(&f, w);
}

// ---- the end of the sources ----
struct flood {
    int fd;
    _Atomic bool over;
};

static void *flood(void *context)
{
    struct flood *l = context;
    static const char lines[] = "flood\nflood\nflood\nflood\nflood\nflood\nflood\nflood\n";
    while (send(l->fd, lines, sizeof lines - 1, MSG_NOSIGNAL) > 0)
        ;
    l->over = true;
    return NULL;
}

// One that never stops, one that has said something, one that is silent, one at the door: what is there is
// read, and then it is over.
static void behind_a_closed_door_there_is_an_end(void **state)
{
    (void)state;
    struct fixture f;
    start(&f, 0);
    struct wire *w = open_tcp(&f);
    struct flood l = {.fd = outsider(&f)};
    pthread_t t;
    pthread_create(&t, NULL, flood, &l);
    int talker = outsider(&f), silent = outsider(&f);
    record_give(f.setup.pool, fixture_receive_one(w));
    put(talker, "said\nhalf");
    int door = outsider(&f);
    put(door, "at the door");
    shutdown(door, SHUT_WR);
    w->ops->close_door(w, 0);
    unsigned said = 0, half = 0, late = 0;
    for (struct record *r; fixture_receive(w, &r, 1) != 0; record_give(f.setup.pool, r)) {
        bool malformed = r->flags & RECORD_MALFORMED;
        said += r->size == 4 && !malformed && memcmp(r->payload, "said", 4) == 0;
        half += r->size == 4 && malformed && memcmp(r->payload, "half", 4) == 0;
        late += r->size == 11 && !malformed;
    }
    assert_true(said == 1 && half == 1 && late == 1);
    assert_int_equal(w->ops->stop(w, 0), 0);
    pthread_join(t, NULL); // it was cut off
    assert_true(l.over);
    const int fds[] = {l.fd, talker, silent, door};
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    end(&f, w);
}

static void what_cannot_be_opened_is_told(void **state)
{
    (void)state;
    struct fixture f, g;
    start(&f, 1);
    struct wire *w = open_tcp(&f);
    start(&g, 1);
    g.source.net.port = (uint16_t)atoi(f.heard + 10);
    struct error e = {0};
    assert_null(wire_tcp_open(&g.setup, &e));
    assert_non_null(strstr(e.text, f.heard));
    fixture_end(&g);
    end(&f, w);
}

static void the_real_logger(void **state)
{
    (void)state;
    if (system("logger --version > /dev/null 2>&1") != 0)
        skip();
    struct fixture f;
    start(&f, 0);
    f.source.net.format = FORMAT_RFC5424;
    struct wire *w = open_tcp(&f);
    for (int counted = 0; counted < 2; counted++) {
        char command[200];
        snprintf(command, sizeof command,
                 "printf 'one\\ntwo\\nthree\\n' | logger -n 127.0.0.1 -P %s -T %s --rfc5424", f.heard + 10,
                 counted ? "--octet-count" : "");
        assert_int_equal(system(command), 0);
        static const char *const ends[] = {" one", " two", " three"};
        for (int i = 0; i < 3; i++) {
            struct record *r = fixture_receive_one(w);
            size_t n = strlen(ends[i]);
            assert_int_equal(r->flags, RECORD_EXTERNAL);
            assert_true(r->size > n);
            assert_memory_equal(r->payload + r->size - n, ends[i], n);
            record_give(f.setup.pool, r);
        }
    }
    end(&f, w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_send_one_receives),
        cmocka_unit_test(a_closed_window_stops_the_sender),
        cmocka_unit_test(half_a_message_is_none),
        cmocka_unit_test(what_a_broken_connection_took_is_counted),
        cmocka_unit_test(foreign_frames),
        cmocka_unit_test(a_count_that_is_none_closes_its_connection),
        cmocka_unit_test(a_reset_loses_nothing_uncounted),
        cmocka_unit_test(an_unfinished_frame_has_its_time),
        cmocka_unit_test(connections_are_bounded),
        cmocka_unit_test(out_of_descriptors_is_waited_for),
        cmocka_unit_test(connections_take_turns),
        cmocka_unit_test(oversize_messages_are_marked),
        cmocka_unit_test(behind_a_closed_door_there_is_an_end),
        cmocka_unit_test(what_cannot_be_opened_is_told),
        cmocka_unit_test(the_real_logger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
