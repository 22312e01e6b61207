// SPDX-License-Identifier: Apache-2.0
// The OTLP wire over real connections: what other clients may send, and the built-in clients.
#include "io_fixture.h"

#include <curl/curl.h>
#include <jansson.h>
#include <sched.h>

#include "live/io/otlp/otlp.h"

static struct wire *open_otlp(struct fixture *f)
{
    struct error e = {0};
    struct wire *w = wire_otlp_open(&f->setup, &e);
    if (w == NULL)
        print_error("%s\n", e.text);
    assert_non_null(w);
    return w;
}

// ---- a foreign client ----
struct post {
    const char *path, *type, *coding, *method; // NULL: /v1/logs, JSON, none, POST
    const void *body;
    size_t size;
    bool chunked;
    CURL *easy; // NULL: a connection of its own
    // the answer
    CURLcode code;
    long status, connections;
    curl_off_t retry_after;
    char got_type[64], allow[32], answer[2048];
    size_t answer_size, sent;
    char url[128];
};

static size_t take_answer(char *data, size_t one, size_t size, void *post)
{
    (void)one;
    struct post *p = post;
    assert_true(p->answer_size + size < sizeof p->answer);
    memcpy(p->answer + p->answer_size, data, size);
    p->answer_size += size;
    return size;
}

static size_t take_header(char *data, size_t one, size_t size, void *post)
{
    (void)one;
    struct post *p = post;
    sscanf(data, "Allow: %31[^\r\n]", p->allow);
    sscanf(data, "Content-Type: %63[^\r\n]", p->got_type);
    return size;
}

// Odd pieces, so that chunks do not fall on borders of anything.
static size_t give_body(char *to, size_t one, size_t room, void *post)
{
    struct post *p = post;
    size_t n = p->size - p->sent < 777 ? p->size - p->sent : 777;
    n = n < one * room ? n : one * room;
    memcpy(to, (const char *)p->body + p->sent, n);
    p->sent += n;
    return n;
}

static void *perform(void *post)
{
    struct post *p = post;
    CURL *c = p->easy != NULL ? p->easy : curl_easy_init();
    char line[128];
    struct curl_slist *headers = NULL;
    snprintf(line, sizeof line, "Content-Type: %s", p->type != NULL ? p->type : "application/json");
    headers = curl_slist_append(headers, line);
    if (p->coding != NULL) {
        snprintf(line, sizeof line, "Content-Encoding: %s", p->coding);
        headers = curl_slist_append(headers, line);
    }
    curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c, CURLOPT_PROXY, "");
    curl_easy_setopt(c, CURLOPT_URL, p->url);
    curl_easy_setopt(c, CURLOPT_POST, 1L);
    curl_easy_setopt(c, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_answer);
    curl_easy_setopt(c, CURLOPT_WRITEDATA, p);
    curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(c, CURLOPT_HEADERDATA, p);
    if (p->chunked) {
        headers = curl_slist_append(headers, "Transfer-Encoding: chunked");
        curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
        curl_easy_setopt(c, CURLOPT_READDATA, p);
    } else {
        curl_easy_setopt(c, CURLOPT_POSTFIELDS, p->body != NULL ? p->body : "");
        curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->size);
    }
    if (p->method != NULL)
        curl_easy_setopt(c, CURLOPT_CUSTOMREQUEST, p->method);
    curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
    p->code = curl_easy_perform(c);
    curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &p->status);
    curl_easy_getinfo(c, CURLINFO_NUM_CONNECTS, &p->connections);
    curl_easy_getinfo(c, CURLINFO_RETRY_AFTER, &p->retry_after);
    curl_slist_free_all(headers);
    if (p->easy == NULL)
        curl_easy_cleanup(c);
    return NULL;
}

static void aim(const struct fixture *f, struct post *p)
{
    snprintf(p->url, sizeof p->url, "http://%s%s", f->heard, p->path != NULL ? p->path : "/v1/logs");
}

static bool is_protobuf(const struct post *p)
{
    return p->type != NULL && strncmp(p->type, "application/x-protobuf", 22) == 0;
}

// The body of an error is a Status in the request's own encoding.
static void expect_status_body(const struct post *p, long status)
{
    assert_int_equal(p->code, CURLE_OK);
    assert_int_equal(p->status, status);
    assert_string_equal(p->got_type, is_protobuf(p) ? "application/x-protobuf" : "application/json");
    if (status == 200) {
        assert_int_equal(p->answer_size, is_protobuf(p) ? 0 : 2);
    } else if (is_protobuf(p)) {
        assert_true(p->answer_size > 4 && p->answer[0] == 0x08 && p->answer[2] == 0x12);
        assert_int_equal(p->answer[3], p->answer_size - 4);
    } else {
        json_t *j = json_loadb(p->answer, p->answer_size, 0, NULL);
        assert_true(json_integer_value(json_object_get(j, "code")) > 0);
        assert_true(json_string_length(json_object_get(j, "message")) > 0);
        json_decref(j);
    }
}

// ---- the node ----
static struct http_request take_request(struct wire *w)
{
    struct http_request r;
    uint64_t deadline = fixture_deadline();
    for (;;) {
        enum wire_status s = w->http->accept(w, &r, 0);
        if (s == WIRE_OK)
            return r;
        assert_int_equal(s, WIRE_AGAIN);
        assert_true(clock_mono_ns() < deadline);
        w->http->wait(w, -1, deadline);
    }
}

static void decide(struct fixture *f, struct wire *w, struct http_request *r, struct http_answer a)
{
    for (size_t i = 0; i < r->count; i++)
        record_give(f->setup.pool, r->records[i]);
    w->http->respond(w, r, &a, 0);
}

static void expect_end(struct wire *w)
{
    struct http_request r;
    uint64_t deadline = fixture_deadline();
    enum wire_status s;
    while ((s = w->http->accept(w, &r, 0)) == WIRE_AGAIN) {
        assert_true(clock_mono_ns() < deadline);
        w->http->wait(w, -1, deadline);
    }
    assert_int_equal(s, WIRE_END);
}

static const char two_logs[] =
    "{\"resourceLogs\":[{\"scopeLogs\":[{\"logRecords\":["
    "{\"body\":{\"stringValue\":\"one\"}},{\"body\":{\"stringValue\":\"two\"}}]}]}]}";
static const char one_log_protobuf[] = "\x0a\x0a\x12\x08\x12\x06\x2a\x04\x0a\x02hi";

static struct otlp_body zipped(const void *data, size_t size)
{
    struct otlp_body plain = {0}, packed = {0};
    assert_true(otlp_append(&plain, data, size) && otlp_gzip(&packed, &plain));
    free(plain.data);
    return packed;
}

static void bad_requests_are_answered_by_the_wire(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 0);
    f.source.otlp.max_body = 200000;
    struct wire *w = open_otlp(&f);
    char *big = calloc(1, 4 << 20);
    struct otlp_body bomb = zipped(big, 4 << 20), good = zipped(two_logs, strlen(two_logs));
    const struct {
        struct post post;
        long status;
    } cases[] = {
        {{.path = "/v1/traces", .body = two_logs, .size = 10}, 404},
        {{.path = "/"}, 404},
        {{.method = "GET"}, 405},
        {{.method = "PUT", .body = two_logs, .size = 10}, 405},
        {{.type = "text/plain", .body = two_logs, .size = sizeof two_logs - 1}, 415},
        {{.type = "application/jsonx", .body = two_logs, .size = sizeof two_logs - 1}, 415},
        {{.coding = "br", .body = two_logs, .size = sizeof two_logs - 1}, 415},
        {{.coding = "deflate", .type = "application/x-protobuf", .body = "x", .size = 1}, 415},
        {{.body = "garbage", .size = 7}, 400},
        {{.type = "application/x-protobuf", .body = "garbage", .size = 7}, 400},
        {{.coding = "gzip", .body = "garbage", .size = 7}, 400},
        {{.coding = "gzip", .body = good.data, .size = good.size - 5}, 400},
        {{.coding = "gzip", .body = bomb.data, .size = bomb.size}, 413},
        {{.coding = "gzip", .body = bomb.data, .size = bomb.size, .chunked = true}, 413},
        {{.body = big, .size = 4 << 20}, 413},
        {{.type = "application/x-protobuf", .body = big, .size = 300000}, 413},
        {{.body = big, .size = 300000, .chunked = true}, 413},
        {{.body = "", .size = 0}, 200},
        {{.body = "{}", .size = 2}, 200},
        {{.type = "application/json; charset=utf-8", .body = "{}", .size = 2}, 200},
        {{.type = "Application/JSON ;x=y", .body = "{}", .size = 2}, 200},
        {{.type = "application/x-protobuf", .body = "", .size = 0}, 200},
        {{.type = "application/x-protobuf", .coding = "identity", .body = "\x0a\x00", .size = 2}, 200},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct post p = cases[i].post;
        aim(&f, &p);
        perform(&p);
        if (p.status != cases[i].status)
            print_error("case %zu: %ld, curl %d\n", i, p.status, p.code);
        expect_status_body(&p, cases[i].status);
        assert_string_equal(p.allow, cases[i].status == 405 ? "POST" : "");
    }
    // Far too much without a length said before: the connection ends, nothing is kept.
    struct post endless = {.body = big, .size = 4 << 20, .chunked = true};
    aim(&f, &endless);
    perform(&endless);
    assert_true(endless.code != CURLE_OK || endless.status == 413);
    struct http_request none;
    assert_int_equal(w->http->accept(w, &none, 0), WIRE_AGAIN);
    struct wire_counters c;
    w->http->counters(w, &c);
    assert_int_equal(c.malformed, 4);
    assert_string_equal(c.address, f.heard);
    w->http->destroy(w);
    free(bomb.data);
    free(good.data);
    free(big);
    fixture_end(&f);
}

static void good_requests_reach_the_node(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 0);
    struct wire *w = open_otlp(&f);
    struct otlp_body zip = zipped(two_logs, strlen(two_logs));
    const struct post posts[] = {
        {.body = two_logs, .size = strlen(two_logs)},
        {.body = two_logs, .size = strlen(two_logs), .chunked = true},
        {.body = zip.data, .size = zip.size, .coding = "gzip"},
        {.body = zip.data, .size = zip.size, .coding = "gzip", .chunked = true},
        {.body = one_log_protobuf, .size = sizeof one_log_protobuf - 1, .type = "application/x-protobuf"},
    };
    uint64_t seq = 0;
    for (size_t i = 0; i < sizeof posts / sizeof posts[0]; i++) {
        struct post p = posts[i];
        aim(&f, &p);
        pthread_t t;
        pthread_create(&t, NULL, perform, &p);
        struct http_request r = take_request(w);
        assert_int_equal(r.count, i == 4 ? 1 : 2);
        assert_int_equal(r.sender, 0);
        assert_false(r.repeated);
        for (size_t k = 0; k < r.count; k++) {
            assert_true(fixture_intact(r.records[k]) && r.records[k]->flags == RECORD_EXTERNAL);
            assert_int_equal(r.records[k]->seq, seq++);
            assert_true(r.records[k]->intended_ns == r.arrived_ns);
            assert_memory_equal(r.records[k]->payload,
                                i == 4   ? "hi"
                                : k == 0 ? "one"
                                         : "two",
                                r.records[k]->size);
        }
        decide(&f, w, &r, (struct http_answer){.status = 200});
        pthread_join(t, NULL);
        expect_status_body(&p, 200);
    }
    w->http->destroy(w);
    free(zip.data);
    fixture_end(&f);
}

// Refused and taken later over the same connection; Retry-After is rounded up to whole seconds and never 0.
static void a_refusal_keeps_the_connection(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 0);
    struct wire *w = open_otlp(&f);
    CURL *easy = curl_easy_init();
    const struct {
        struct http_answer answer;
        long retry_after;
    } answers[] = {
        {{.status = 429, .has_retry_after = true, .retry_after_ns = 1500 * NS_PER_MS}, 2},
        {{.status = 429, .has_retry_after = true, .retry_after_ns = 0}, 1},
        {{.status = 429, .has_retry_after = true, .retry_after_ns = 3 * NS_PER_S}, 3},
        {{.status = 429}, 0},
        {{.status = 503}, 0},
        {{.status = 413}, 0},
        {{.status = 200}, 0},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct post p = {.easy = easy, .body = two_logs, .size = strlen(two_logs)};
        aim(&f, &p);
        pthread_t t;
        pthread_create(&t, NULL, perform, &p);
        struct http_request r = take_request(w);
        decide(&f, w, &r, answers[i].answer);
        pthread_join(t, NULL);
        expect_status_body(&p, answers[i].answer.status);
        assert_int_equal(p.retry_after, answers[i].retry_after);
        assert_int_equal(p.connections, i == 0);
    }
    // And over an early error with a body that has to be read over.
    struct post p = {.easy = easy, .body = two_logs, .size = strlen(two_logs), .path = "/v2"};
    aim(&f, &p);
    perform(&p);
    assert_int_equal(p.status, 404);
    assert_int_equal(p.connections, 0);
    curl_easy_cleanup(easy);
    w->http->destroy(w);
    fixture_end(&f);
}

// Until so many requests are on the waiting list.
static void await_waiting(struct wire *w, unsigned count)
{
    struct otlp_wire *o = otlp_of(w);
    uint64_t deadline = fixture_deadline();
    for (bool there = false; !there; sched_yield()) {
        assert_true(clock_mono_ns() < deadline);
        pthread_mutex_lock(&o->lock);
        there = o->first != NULL && (count == 1 || o->first != o->last);
        pthread_mutex_unlock(&o->lock);
    }
}

// While the node blocks, the answer waits; others wait in the order of their arrival; stop sends them away.
static void blocked_requests_wait_and_stop_ends_them(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 0);
    struct wire *w = open_otlp(&f);
    struct post p[3];
    pthread_t t[3];
    for (int i = 0; i < 3; i++) {
        p[i] = (struct post){.body = two_logs, .size = strlen(two_logs)};
        aim(&f, &p[i]);
    }
    pthread_create(&t[0], NULL, perform, &p[0]);
    struct http_request r = take_request(w), none;
    pthread_create(&t[1], NULL, perform, &p[1]);
    pthread_create(&t[2], NULL, perform, &p[2]);
    await_waiting(w, 2);
    assert_int_equal(w->http->accept(w, &none, 0), WIRE_AGAIN); // one at a time
    w->http->stop(w, 0);
    for (int i = 1; i < 3; i++) {
        pthread_join(t[i], NULL);
        expect_status_body(&p[i], 503);
    }
    decide(&f, w, &r, (struct http_answer){.status = 200});
    pthread_join(t[0], NULL);
    expect_status_body(&p[0], 200);
    expect_end(w);
    w->http->destroy(w);
    fixture_end(&f);
}

// A run that is cut: the wire goes although the node has a request in hand.
static void destroy_does_not_wait_for_an_answer(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 0);
    struct wire *w = open_otlp(&f);
    struct post p = {.body = two_logs, .size = strlen(two_logs)};
    aim(&f, &p);
    pthread_t t;
    pthread_create(&t, NULL, perform, &p);
    struct http_request r = take_request(w);
    for (size_t i = 0; i < r.count; i++)
        record_give(f.setup.pool, r.records[i]);
    w->http->destroy(w);
    pthread_join(t, NULL);
    assert_true(p.code != CURLE_OK || p.status == 503);
    fixture_end(&f);
}

// ---- built-in clients ----
enum { BATCH = 30 };

struct batch {
    struct wire_message m[BATCH];
    unsigned char payloads[BATCH][200];
};

static void fill_batch(struct batch *b, unsigned sender, uint64_t first, uint32_t size)
{
    for (unsigned i = 0; i < BATCH; i++) {
        uint64_t seq = first + i;
        b->m[i] = (struct wire_message){.sender = (uint16_t)sender,
                                        .record_class = (uint8_t)(seq % 3),
                                        .seq = seq,
                                        .intended_ns = seq * 10,
                                        .size = size,
                                        .payload = b->payloads[i]};
        payload_fill(b->payloads[i], size, FIXTURE_SEED, 0, sender, seq, (unsigned)(seq % 3));
    }
}

static struct http_answer await(struct wire *w, unsigned client)
{
    struct http_answer a;
    uint64_t deadline = fixture_deadline();
    while (w->http->poll(w, client, &a, 0) == WIRE_AGAIN) {
        assert_true(clock_mono_ns() < deadline);
        w->http->wait(w, (int)client, deadline);
    }
    return a;
}

struct answering {
    struct fixture *f;
    struct wire *wire;
    uint64_t next[2];
    unsigned requests, replays;
};

// Refuses every third request; checks what it takes.
static void *node(void *context)
{
    struct answering *x = context;
    struct http_request r;
    for (;;) {
        enum wire_status s = x->wire->http->accept(x->wire, &r, 0);
        if (s == WIRE_END)
            return NULL;
        if (s == WIRE_AGAIN) {
            x->wire->http->wait(x->wire, -1, fixture_deadline());
            continue;
        }
        bool refuse = ++x->requests % 3 == 0;
        x->replays += r.repeated;
        for (size_t i = 0; i < r.count; i++) {
            assert_true(fixture_intact(r.records[i]) && r.records[i]->flags == 0);
            assert_int_equal(r.records[i]->sender, r.sender);
            if (!refuse)
                assert_int_equal(r.records[i]->seq, x->next[r.sender]++);
        }
        decide(x->f, x->wire, &r,
               (struct http_answer){
                   .status = refuse ? 429 : 200, .has_retry_after = refuse, .retry_after_ns = 1});
    }
}

struct client {
    struct wire *wire;
    unsigned index, refused;
};

static void *run_client(void *context)
{
    struct client *c = context;
    static _Thread_local struct batch b;
    for (uint64_t first = 0; first < 10 * BATCH; first += BATCH) {
        fill_batch(&b, c->index, first, 150);
        for (;;) {
            assert_int_equal(c->wire->http->request(c->wire, c->index, b.m, BATCH, 0), WIRE_OK);
            struct http_answer a = await(c->wire, c->index);
            assert_int_equal(a.was_admitted, a.status == 200);
            if (a.status == 200)
                break;
            assert_true(a.status == 429 && a.has_retry_after && a.retry_after_ns == NS_PER_S);
            c->refused++;
        }
    }
    c->wire->http->finish(c->wire, c->index, 0);
    return NULL;
}

static void clients_and_node_make_a_round_trip(void **state)
{
    (void)state;
    for (int kind = 0; kind < 4; kind++) {
        struct fixture f;
        fixture_start(&f, SOURCE_OTLP, 2);
        f.source.otlp.encoding = kind % 2 == 0 ? OTLP_PROTOBUF : OTLP_JSON;
        f.source.otlp.gzip = kind >= 2;
        struct wire *w = open_otlp(&f);
        struct answering x = {.f = &f, .wire = w};
        struct client c[2] = {{w, 0, 0}, {w, 1, 0}};
        pthread_t t[3];
        pthread_create(&t[0], NULL, run_client, &c[0]);
        pthread_create(&t[1], NULL, run_client, &c[1]);
        node(&x);
        pthread_join(t[0], NULL);
        pthread_join(t[1], NULL);
        assert_int_equal(x.next[0], 10 * BATCH);
        assert_int_equal(x.next[1], 10 * BATCH);
        assert_int_equal(x.requests, 20 + c[0].refused + c[1].refused);
        assert_true(c[0].refused + c[1].refused >= 9);
        assert_int_equal(x.replays, 0);
        struct wire_counters counters;
        w->http->counters(w, &counters);
        assert_int_equal(counters.sent, x.requests * BATCH);
        assert_int_equal(counters.errors, 0);
        w->http->destroy(w);
        fixture_end(&f);
    }
}

// curl asks before it sends more than a MiB.
static void large_bodies_wait_for_100_continue(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 1);
    f.source.otlp.max_body = 8 << 20;
    struct wire *w = open_otlp(&f);
    unsigned char *payload = malloc(3 << 20);
    payload_fill(payload, 3 << 20, FIXTURE_SEED, 0, 0, 0, 0);
    struct wire_message m = {.size = 3 << 20, .payload = payload};
    assert_int_equal(w->http->request(w, 0, &m, 1, 0), WIRE_OK);
    struct http_request r;
    struct http_answer a;
    while (w->http->accept(w, &r, 0) == WIRE_AGAIN) {
        assert_int_equal(w->http->poll(w, 0, &a, 0), WIRE_AGAIN);
        w->http->wait(w, 0, clock_mono_ns() + NS_PER_MS);
    }
    assert_int_equal(r.records[0]->size, 3 << 20);
    assert_true(fixture_intact(r.records[0]));
    decide(&f, w, &r, (struct http_answer){.status = 200});
    assert_int_equal(await(w, 0).status, 200);
    free(payload);
    w->http->destroy(w);
    fixture_end(&f);
}

static void poll_until_given_up(struct fixture *f, struct wire *w, struct batch *b,
                                struct http_request *in_hand)
{
    (void)f;
    assert_int_equal(w->http->request(w, 0, b->m, BATCH, 0), WIRE_OK);
    if (in_hand != NULL) {
        struct http_answer a;
        while (w->http->accept(w, in_hand, 0) == WIRE_AGAIN) {
            if (w->http->poll(w, 0, &a, 0) == WIRE_OK)
                assert_true(false); // the timeout is long enough for the request to arrive
            w->http->wait(w, 0, clock_mono_ns() + NS_PER_MS);
        }
    }
}

// Timed out while nobody took it: certainly not admitted, and it never comes to the node afterwards.
// Timed out while the node decided: the client learns what became of it.
static void a_lost_answer_is_certain(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 1);
    f.source.otlp.timeout_ns = 300 * NS_PER_MS;
    struct wire *w = open_otlp(&f);
    static struct batch b;
    struct http_request r;
    fill_batch(&b, 0, 0, 100);
    poll_until_given_up(&f, w, &b, NULL);
    struct http_answer a;
    assert_int_equal(w->http->poll(w, 0, &a, 0), WIRE_AGAIN);
    a = await(w, 0);
    assert_true(a.status == 0 && !a.was_admitted);
    assert_int_equal(w->http->accept(w, &r, 0), WIRE_AGAIN);

    poll_until_given_up(&f, w, &b, &r);
    assert_false(r.repeated);
    uint64_t deadline = clock_mono_ns() + NS_PER_S;
    while (clock_mono_ns() < deadline) { // well past the timeout
        assert_int_equal(w->http->poll(w, 0, &a, 0), WIRE_AGAIN);
        w->http->wait(w, 0, deadline);
    }
    decide(&f, w, &r, (struct http_answer){.status = 200});
    a = await(w, 0);
    assert_true(a.status == 0 && a.was_admitted);

    poll_until_given_up(&f, w, &b, &r); // it comes back: the receiver knows it
    assert_true(r.repeated);
    decide(&f, w, &r, (struct http_answer){.status = 429});
    a = await(w, 0);
    assert_true(a.status == 429 && a.was_admitted && !a.has_retry_after);

    fill_batch(&b, 0, BATCH, 100); // the next one is a new one
    poll_until_given_up(&f, w, &b, &r);
    assert_false(r.repeated);
    decide(&f, w, &r, (struct http_answer){.status = 429});
    a = await(w, 0);
    assert_true(a.status == 429 && !a.was_admitted);
    w->http->finish(w, 0, 0);
    expect_end(w);
    struct wire_counters c;
    w->http->counters(w, &c);
    assert_int_equal(c.errors, 2);
    w->http->destroy(w);
    fixture_end(&f);
}

static void nobody_listens_any_more(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, SOURCE_OTLP, 1);
    struct wire *w = open_otlp(&f);
    static struct batch b;
    fill_batch(&b, 0, 0, 100);
    w->http->stop(w, 0);
    assert_int_equal(w->http->request(w, 0, b.m, BATCH, 0), WIRE_OK);
    struct http_answer a = await(w, 0);
    assert_true((a.status == 0 || a.status == 503) && !a.was_admitted);
    w->http->destroy(w);
    fixture_end(&f);
}

int main(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_requests_are_answered_by_the_wire),
        cmocka_unit_test(good_requests_reach_the_node),
        cmocka_unit_test(a_refusal_keeps_the_connection),
        cmocka_unit_test(blocked_requests_wait_and_stop_ends_them),
        cmocka_unit_test(destroy_does_not_wait_for_an_answer),
        cmocka_unit_test(clients_and_node_make_a_round_trip),
        cmocka_unit_test(large_bodies_wait_for_100_continue),
        cmocka_unit_test(a_lost_answer_is_certain),
        cmocka_unit_test(nobody_listens_any_more),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return failed;
}
