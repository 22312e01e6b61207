// SPDX-License-Identifier: Apache-2.0
// The connections of udp, tcp and otlp sinks against peers that listen, refuse, hang up and answer badly.
#include "io_fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "flow/format.h"

enum { RECORDS = 5 };

struct ends {
    struct fixture f;
    struct sink sink;
    struct link_setup setup;
    int peer; // listening or receiving socket
    struct record *records[RECORDS];
};

static int open_peer(int type, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &size), 0);
    struct timeval patience = {.tv_sec = 30};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    *port = ntohs(at.sin_port);
    return fd;
}

static void start(struct ends *x, enum sink_type type, int socket_type)
{
    static char name[] = "sink", host[] = "127.0.0.1";
    fixture_start(&x->f, SOURCE_UDP, 1);
    x->sink = (struct sink){.name = name, .type = type, .concurrency = 1, .net.host = host};
    x->peer = open_peer(socket_type, &x->sink.net.port);
    x->f.scenario.sinks = &x->sink;
    x->f.scenario.sink_count = 1;
    x->setup =
        (struct link_setup){.scenario = &x->f.scenario, .run = 77, .stop_event = x->f.setup.stop_event};
    for (unsigned i = 0; i < RECORDS; i++) {
        struct record *r = x->records[i] = record_take(x->f.setup.pool, 100);
        r->source = r->sender = 0;
        r->record_class = 1;
        r->flags = 0;
        r->seq = i;
        r->intended_ns = 10 * i;
        r->size = 100;
        payload_fill(r->payload, 100, FIXTURE_SEED, 0, 0, i, 1);
    }
}

static void end(struct ends *x, struct wire *w)
{
    w->link->destroy(w);
    for (unsigned i = 0; i < RECORDS; i++)
        record_give(x->f.setup.pool, x->records[i]);
    if (x->peer >= 0)
        close(x->peer);
    fixture_end(&x->f);
}

static struct wire *open_link(struct ends *x)
{
    struct error e = {0};
    struct wire *w = wire_link_open(&x->setup, &e);
    assert_non_null(w);
    return w;
}

static struct link_outcome attempt(struct ends *x, struct wire *w, size_t first, size_t count, uint64_t now)
{
    struct link_outcome o = {0};
    uint64_t until, deadline = fixture_deadline();
    w->link->submit(w, x->records + first, count, now);
    while (w->link->poll(w, &o, &until, now) == WIRE_AGAIN) {
        assert_true(clock_mono_ns() < deadline);
        w->link->wait(w, deadline);
    }
    return o;
}

static void assert_message(const unsigned char *message, size_t size, uint64_t seq)
{
    struct identity id;
    const unsigned char *payload;
    size_t payload_size;
    assert_true(format_decode(message, size, &id, &payload, &payload_size));
    assert_int_equal(id.run, 77);
    assert_int_equal(id.seq, seq);
    assert_int_equal(payload_size, 100);
    assert_true(payload_matches(payload, 100, FIXTURE_SEED, 0, 0, seq, 1));
}

static void udp_sends_what_a_receiver_recognises(void **state)
{
    (void)state;
    for (int format = FORMAT_RAW; format <= FORMAT_RFC5424; format++) {
        struct ends x;
        start(&x, SINK_UDP, SOCK_DGRAM);
        x.sink.net.format = (enum wire_format)format;
        struct wire *w = open_link(&x);
        struct link_outcome o = attempt(&x, w, 0, RECORDS, 0);
        assert_int_equal(o.done, RECORDS);
        assert_false(o.failed);
        for (unsigned i = 0; i < RECORDS; i++) {
            unsigned char message[1024];
            ssize_t n = recv(x.peer, message, sizeof message, 0);
            assert_true(n > 0);
            assert_message(message, (size_t)n, i);
        }
        end(&x, w);
    }
}

static void udp_hears_that_nobody_listens(void **state)
{
    (void)state;
    struct ends x;
    start(&x, SINK_UDP, SOCK_DGRAM);
    close(x.peer);
    x.peer = -1;
    struct wire *w = open_link(&x);
    uint64_t deadline = fixture_deadline();
    struct link_outcome o = {0};
    while (!o.failed) { // the kernel tells a later send, as a rule the next, what became of the first
        o = attempt(&x, w, 0, RECORDS, 0);
        assert_true(clock_mono_ns() < deadline);
    }
    assert_true(o.done < RECORDS && o.one_record && !o.is_hopeless);
    end(&x, w);
}

static void udp_refuses_what_no_datagram_holds(void **state)
{
    (void)state;
    struct ends x;
    start(&x, SINK_UDP, SOCK_DGRAM);
    struct record *small = x.records[0], *large = record_take(x.f.setup.pool, 65500);
    *large = (struct record){.size = 65500, .pool_class = large->pool_class};
    memset(large->payload, 'x', 65500);
    x.records[0] = large;
    struct wire *w = open_link(&x);
    struct link_outcome o = attempt(&x, w, 0, 2, 0);
    assert_true(o.done == 0 && o.failed && o.one_record && o.is_hopeless && o.is_oversize);
    record_give(x.f.setup.pool, large);
    x.records[0] = small;
    end(&x, w);
}

static void read_all(int fd, unsigned char *to, size_t size)
{
    for (size_t got = 0; got < size;) {
        ssize_t n = recv(fd, to + got, size - got, 0);
        assert_true(n > 0);
        got += (size_t)n;
    }
}

static void tcp_frames_as_asked(void **state)
{
    (void)state;
    for (int framing = FRAMING_LF; framing <= FRAMING_OCTET; framing++) {
        struct ends x;
        start(&x, SINK_TCP, SOCK_STREAM);
        x.sink.net.framing = (enum wire_framing)framing;
        struct wire *w = open_link(&x);
        struct link_outcome o = attempt(&x, w, 0, RECORDS, 0);
        assert_int_equal(o.done, RECORDS);
        int fd = accept(x.peer, NULL, NULL);
        for (unsigned i = 0; i < RECORDS; i++) {
            unsigned char frame[160] = {0}; // raw: 48 bytes of identity and the payload
            read_all(fd, frame, framing == FRAMING_OCTET ? 4 + 148 : 148 + 1);
            if (framing == FRAMING_OCTET)
                assert_memory_equal(frame, "148 ", 4);
            else
                assert_int_equal(frame[148], '\n');
            assert_message(frame + (framing == FRAMING_OCTET ? 4 : 0), 148, i);
        }
        close(fd);
        end(&x, w);
    }
}

static void tcp_comes_back_after_a_pause(void **state)
{
    (void)state;
    struct ends x;
    start(&x, SINK_TCP, SOCK_STREAM);
    close(x.peer);
    struct wire *w = open_link(&x);
    struct link_outcome o = attempt(&x, w, 0, 1, 1000);
    assert_true(o.failed && o.done == 0);
    assert_int_equal(o.not_before_ns, 1000 + 10 * NS_PER_MS);
    uint64_t first = o.not_before_ns;
    o = attempt(&x, w, 0, 1, first - 1); // before its time: nothing is tried
    assert_true(o.failed && o.not_before_ns == first);
    o = attempt(&x, w, 0, 1, first);
    assert_int_equal(o.not_before_ns, first + 20 * NS_PER_MS);
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(x.sink.net.port)};
    int on = 1;
    x.peer = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(x.peer, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    assert_int_equal(bind(x.peer, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(x.peer, 4), 0);
    o = attempt(&x, w, 0, RECORDS, o.not_before_ns);
    assert_true(!o.failed && o.done == RECORDS);
    end(&x, w);
}

// Closes once the other side's kernel has the end of the stream: it has acknowledged it then.
static void hang_up(int fd)
{
    uint64_t deadline = fixture_deadline();
    struct tcp_info info = {0};
    shutdown(fd, SHUT_WR);
    while (info.tcpi_state != TCP_FIN_WAIT2) {
        socklen_t size = sizeof info;
        assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size), 0);
        assert_true(clock_mono_ns() < deadline);
        usleep(200);
    }
    close(fd);
}

// The peer hangs up: seen before the next attempt, which goes out whole on a new connection.
static void tcp_survives_a_hang_up(void **state)
{
    (void)state;
    struct ends x;
    start(&x, SINK_TCP, SOCK_STREAM);
    struct wire *w = open_link(&x);
    assert_int_equal(attempt(&x, w, 0, 1, 0).done, 1);
    int fd = accept(x.peer, NULL, NULL);
    unsigned char frame[160];
    read_all(fd, frame, 4 + 148);
    hang_up(fd);
    assert_int_equal(attempt(&x, w, 1, 1, 0).done, 1);
    fd = accept(x.peer, NULL, NULL);
    read_all(fd, frame, 4 + 148);
    assert_message(frame + 4, 148, 1);
    close(fd);
    assert_int_equal(w->link->unconfirmed(w), 0);
    end(&x, w);
}

// ---- OTLP against a peer that says what the test wants ----

struct canned {
    int listener;
    const char *answer;
    size_t size;
};

static void *answer_once(void *arg)
{
    struct canned *c = arg;
    char request[65536];
    size_t have = 0, want = SIZE_MAX;
    int fd = accept(c->listener, NULL, NULL);
    while (have < want && have < sizeof request - 1) {
        ssize_t n = recv(fd, request + have, sizeof request - 1 - have, 0);
        if (n <= 0)
            break;
        have += (size_t)n;
        request[have] = 0;
        const char *body = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");
        if (body && length)
            want = (size_t)(body + 4 - request) + strtoul(length + 16, NULL, 10);
    }
    send(fd, c->answer, c->size, MSG_NOSIGNAL);
    shutdown(fd, SHUT_WR);
    while (recv(fd, request, sizeof request, 0) > 0)
        ;
    close(fd);
    return NULL;
}

static struct link_outcome post_to(const char *answer, size_t size, enum otlp_encoding encoding)
{
    struct ends x;
    start(&x, SINK_OTLP, SOCK_STREAM);
    x.sink.otlp.encoding = encoding;
    x.sink.otlp.gzip = true;
    struct canned canned = {.listener = x.peer, .answer = answer, .size = size};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, answer_once, &canned), 0);
    struct wire *w = open_link(&x);
    struct link_outcome o = attempt(&x, w, 0, RECORDS, 0);
    end(&x, w);
    pthread_join(thread, NULL);
    return o;
}

#define POST(encoding, text) post_to(text, sizeof(text) - 1, encoding)

static void otlp_takes_answers_as_they_are(void **state)
{
    (void)state;
    struct link_outcome o = POST(OTLP_PROTOBUF, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    assert_true(o.done == RECORDS && o.rejected == 0 && !o.failed);
    o = POST(OTLP_PROTOBUF, "HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
    assert_true(o.failed && o.done == 0 && o.has_status && o.status == 429);
    assert_true(o.has_retry_after && o.retry_after_ns == 3 * NS_PER_S);
    o = POST(OTLP_JSON, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
    assert_true(o.failed && o.status == 400 && !o.has_retry_after);
    o = POST(OTLP_JSON, ""); // it hangs up
    assert_true(o.failed && o.has_status && o.status == 0);
}

static void otlp_hears_of_partial_success(void **state)
{
    (void)state;
    static const char json[] = "HTTP/1.1 200 OK\r\nContent-Length: 45\r\n\r\n"
                               "{\"partialSuccess\":{\"rejectedLogRecords\":\"2\"}}";
    struct link_outcome o = POST(OTLP_JSON, json);
    assert_true(o.done == RECORDS && !o.failed);
    assert_int_equal(o.rejected, 2);
    // partial_success { rejected_log_records: 3, error_message: "no" }
    o = POST(OTLP_PROTOBUF, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\x0a\x06\x08\x03\x12\x02no");
    assert_int_equal(o.rejected, 3);
    // More than were sent; and a length that leads out of the answer.
    o = POST(OTLP_PROTOBUF, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x0a\x02\x08\x63");
    assert_int_equal(o.rejected, RECORDS);
    o = POST(OTLP_PROTOBUF, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x0a\x7f\x08\x63");
    assert_int_equal(o.rejected, 0);
}

// weir's own receiver understands what weir's own sink sends, in both encodings.
static void otlp_reaches_a_weir_receiver(void **state)
{
    (void)state;
    for (int encoding = OTLP_PROTOBUF; encoding <= OTLP_JSON; encoding++) {
        struct ends x;
        start(&x, SINK_OTLP, SOCK_STREAM);
        x.sink.otlp.encoding = (enum otlp_encoding)encoding;
        struct fixture other;
        struct error e = {0};
        fixture_start(&other, SOURCE_OTLP, 0);
        struct wire *receiver = wire_otlp_open(&other.setup, &e);
        assert_non_null(receiver);
        x.sink.net.port = (uint16_t)strtoul(strrchr(other.heard, ':') + 1, NULL, 10);
        struct wire *w = open_link(&x);
        w->link->submit(w, x.records, RECORDS, 0);
        struct http_request request;
        struct link_outcome o;
        uint64_t until, deadline = fixture_deadline();
        while (receiver->http->accept(receiver, &request, 0) == WIRE_AGAIN) {
            assert_int_equal(w->link->poll(w, &o, &until, 0), WIRE_AGAIN);
            assert_true(clock_mono_ns() < deadline);
            w->link->wait(w, clock_mono_ns() + 5 * NS_PER_MS);
        }
        assert_int_equal(request.count, RECORDS);
        for (size_t i = 0; i < request.count; i++) {
            assert_memory_equal(request.records[i]->payload, x.records[i]->payload, 100);
            record_give(other.setup.pool, request.records[i]);
        }
        receiver->http->respond(receiver, &request, &(struct http_answer){.status = 200}, 0);
        while (w->link->poll(w, &o, &until, 0) == WIRE_AGAIN) {
            assert_true(clock_mono_ns() < deadline);
            w->link->wait(w, deadline);
        }
        assert_int_equal(o.done, RECORDS);
        end(&x, w);
        receiver->http->stop(receiver, 0);
        receiver->http->destroy(receiver);
        fixture_end(&other);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(udp_sends_what_a_receiver_recognises),
        cmocka_unit_test(udp_hears_that_nobody_listens),
        cmocka_unit_test(udp_refuses_what_no_datagram_holds),
        cmocka_unit_test(tcp_frames_as_asked),
        cmocka_unit_test(tcp_comes_back_after_a_pause),
        cmocka_unit_test(tcp_survives_a_hang_up),
        cmocka_unit_test(otlp_takes_answers_as_they_are),
        cmocka_unit_test(otlp_hears_of_partial_success),
        cmocka_unit_test(otlp_reaches_a_weir_receiver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
