// SPDX-License-Identifier: Apache-2.0
// The OTLP/HTTP receiver on libmicrohttpd. Sources: OTLP specification (OTLP/HTTP response, failures,
// throttling), RFC 9110 (405 with Allow, 415, Retry-After, 100-continue).
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "live/io/otlp/decode.h"
#include "live/io/otlp/otlp.h"

struct otlp_call {
    struct otlp_call *next; // on the waiting list
    struct otlp_wire *wire;
    struct MHD_Connection *connection;
    struct otlp_body body;
    uint64_t read, counted; // bytes read off the connection; those of them that the budget was charged for
    struct otlp_inflate *inflate;
    enum inflate_result inflated;
    struct otlp_records records;
    uint64_t arrived_ns, first_seq;
    int client;         // built-in client, -1: none
    uint64_t number;    // of its request
    uint64_t announced; // Content-Length, 0 when there is none
    bool json, parsed, answered;

    int status; // the answer; 0: not known yet
    char why[160];
    uint64_t retry_after_s; // 0: no header
};

static uint64_t now_of(const struct otlp_wire *o)
{
    uint64_t now = clock_mono_ns(), epoch = atomic_load_explicit(o->epoch_ns, memory_order_relaxed);
    return now > epoch ? now - epoch : 0; // a request may come before the run has begun
}

// The first reason for a refusal counts.
static void refuse(struct otlp_call *c, int status, const char *why)
{
    if (c->status != 0)
        return;
    c->status = status;
    snprintf(c->why, sizeof c->why, "%s", why);
}

// ---- the beginning: what the headers say ----
static const char *header(struct otlp_call *c, const char *name)
{
    return MHD_lookup_connection_value(c->connection, MHD_HEADER_KIND, name);
}

// A media type without its parameters: "application/json; charset=utf-8".
static bool is_type(const char *value, const char *type)
{
    size_t n = strlen(type);
    if (value == NULL || strncasecmp(value, type, n) != 0)
        return false;
    value += n;
    while (*value == ' ' || *value == '\t')
        value++;
    return *value == 0 || *value == ';';
}

static void look_at_number(struct otlp_call *c)
{
    uint64_t run, number;
    unsigned client;
    const char *text = header(c, OTLP_NUMBER_HEADER);
    c->client = -1;
    if (text == NULL || sscanf(text, "%" SCNx64 ".%x.%" SCNx64, &run, &client, &number) != 3)
        return;
    if (run == c->wire->origin.run && client < c->wire->origin.senders) {
        c->client = (int)client;
        c->number = number;
    }
}

static void look_at_headers(struct otlp_call *c, const char *path, const char *method)
{
    const char *type = header(c, MHD_HTTP_HEADER_CONTENT_TYPE),
               *coding = header(c, MHD_HTTP_HEADER_CONTENT_ENCODING);
    const char *length = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH);
    look_at_number(c);
    c->json = !is_type(type, "application/x-protobuf"); // also of errors: the readable one when it is neither
    if (strcmp(path, "/v1/logs") != 0)
        refuse(c, 404, "only /v1/logs is here");
    else if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
        refuse(c, 405, "only POST is allowed");
    else if (c->json && !is_type(type, "application/json"))
        refuse(c, 415, "the content type must be application/x-protobuf or application/json");
    if (coding != NULL && strcasecmp(coding, "identity") != 0) {
        if (strcasecmp(coding, "gzip") != 0)
            refuse(c, 415, "the content encoding must be gzip or none");
        else if (c->status == 0 && (c->inflate = otlp_inflate_new()) == NULL)
            refuse(c, 503, "out of memory");
    }
    c->announced = length != NULL ? strtoull(length, NULL, 10) : 0;
    if (c->announced > c->wire->source->otlp.max_body)
        refuse(c, 413, "the body is too large");
}

static struct otlp_call *begin(struct otlp_wire *o, struct MHD_Connection *connection)
{
    struct otlp_call *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->wire = o;
    c->connection = connection;
    c->inflated = INFLATE_MORE;
    pthread_mutex_lock(&o->lock);
    o->open++;
    if (o->stopped)
        refuse(c, 503, "shutting down");
    pthread_mutex_unlock(&o->lock);
    return c;
}

// ---- the body ----
static void forget_body(struct otlp_call *c)
{
    free(c->body.data);
    c->body = (struct otlp_body){0};
    atomic_fetch_sub_explicit(&c->wire->body_bytes, c->counted, memory_order_relaxed);
    c->counted = 0;
}

// All bodies together are bounded, whatever the number of connections.
static bool charge(struct otlp_call *c)
{
    uint64_t budget = OTLP_BODIES * c->wire->source->otlp.max_body;
    if (budget < OTLP_BODIES_LEAST)
        budget = OTLP_BODIES_LEAST;
    uint64_t more = c->body.size - c->counted;
    c->counted = c->body.size;
    return atomic_fetch_add_explicit(&c->wire->body_bytes, more, memory_order_relaxed) + more <= budget;
}

static void take_inflated(struct otlp_call *c, const char *data, size_t size, size_t most)
{
    c->inflated = otlp_inflate(c->inflate, data, size, &c->body, most);
    if (c->inflated == INFLATE_TOO_LARGE)
        refuse(c, 413, "the inflated body is too large");
    else if (c->inflated == INFLATE_NO_MEMORY)
        refuse(c, 503, "out of memory");
    else if (c->inflated == INFLATE_GARBAGE)
        refuse(c, 400, "the body is not gzip");
}

// How much of a body is read at most, be it only to throw it away.
static uint64_t read_most(const struct otlp_call *c)
{
    return 2 * (uint64_t)c->wire->source->otlp.max_body + 1024 * 1024;
}

// A refused body is read over for a while, so that its sender reads the answer and keeps the connection.
// False: it goes on for too long, the connection ends.
static bool take_piece(struct otlp_call *c, const char *data, size_t size)
{
    size_t most = c->wire->source->otlp.max_body;
    c->read += size;
    if (c->read > most)
        refuse(c, 413, "the body is too large");
    if (c->status == 0) {
        if (c->inflate != NULL)
            take_inflated(c, data, size, most);
        else if (!otlp_append(&c->body, data, size))
            refuse(c, 503, "out of memory");
        if (!charge(c))
            refuse(c, 503, "too many requests in memory");
    }
    if (c->status != 0)
        forget_body(c);
    return c->read <= read_most(c);
}

static void parse(struct otlp_call *c)
{
    struct otlp_wire *o = c->wire;
    c->arrived_ns = now_of(o);
    c->records = (struct otlp_records){.origin = &o->origin,
                                       .now_ns = c->arrived_ns,
                                       .most = o->source->otlp.max_body / OTLP_BYTES_A_RECORD + 1,
                                       .most_memory = OTLP_RECORD_MEMORY};
    if (c->inflate != NULL && c->inflated != INFLATE_END && c->read != 0)
        refuse(c, 400, "the gzip body is cut off");
    if (c->status != 0)
        return;
    enum otlp_result result = c->json ? otlp_read_json(&c->records, c->body.data, c->body.size)
                                      : otlp_read_protobuf(&c->records, c->body.data, c->body.size);
    static const int status[] = {[OTLP_GARBAGE] = 400, [OTLP_TOO_LARGE] = 413, [OTLP_NO_MEMORY] = 503};
    if (result != OTLP_GOOD)
        refuse(c, status[result], c->records.why);
    else if (c->records.count == 0)
        c->status = 200; // the specification: an empty request is a good one
}

// ---- answers ----
static enum MHD_Result answer(struct otlp_call *c)
{
    struct otlp_body body = {0};
    if (c->status != 200)
        otlp_write_status(&body, c->json, c->status, c->why);
    else if (c->json) // an ExportLogsServiceResponse without fields; in protobuf it has no bytes at all
        otlp_append(&body, "{}", 2);
    struct MHD_Response *r = MHD_create_response_from_buffer(body.size, body.data, MHD_RESPMEM_MUST_FREE);
    if (r == NULL) {
        free(body.data);
        return MHD_NO;
    }
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
                            c->json ? "application/json" : "application/x-protobuf");
    if (c->status == 405)
        MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, MHD_HTTP_METHOD_POST);
    if (c->retry_after_s != 0) {
        char seconds[24];
        snprintf(seconds, sizeof seconds, "%" PRIu64, c->retry_after_s);
        MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    enum MHD_Result queued = MHD_queue_response(c->connection, (unsigned)c->status, r);
    MHD_destroy_response(r);
    c->answered = true;
    return queued;
}

static void give_records_back(struct otlp_call *c)
{
    for (size_t i = 0; i < c->records.count; i++)
        record_give(c->wire->origin.pool, c->records.list[i]);
    c->records.count = 0;
}

// Under the lock: nobody will take this request any more.
static bool is_struck_off(const struct otlp_call *c)
{
    return c->client >= 0 && c->number <= c->wire->seats[c->client].struck_off;
}

// To the node. False: it is answered at once.
static bool hand_over(struct otlp_call *c)
{
    struct otlp_wire *o = c->wire;
    pthread_mutex_lock(&o->lock);
    bool closed = o->stopped || is_struck_off(c);
    if (!closed) {
        // Suspended before anybody can see it: the answer may come before we are back from here.
        MHD_suspend_connection(c->connection);
        c->next = NULL;
        if (o->last != NULL)
            o->last->next = c;
        else
            o->first = c;
        o->last = c;
    }
    pthread_mutex_unlock(&o->lock);
    if (closed)
        refuse(c, 503, "shutting down");
    else
        io_event_set(o->ready);
    return !closed;
}

// ---- libmicrohttpd's callbacks, in its thread ----
static enum MHD_Result handle(void *wire, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data, size_t *size,
                              void **state)
{
    (void)version;
    struct otlp_call *c = *state;
    if (c == NULL) {
        *state = c = begin(wire, connection);
        if (c == NULL)
            return MHD_NO;
        look_at_headers(c, path, method);
        // Known to be far too large: not a byte of it is read, the connection closes behind the answer. (A
        // sender that asks with Expect: 100-continue reads it; one that just sends may find the connection
        // reset, which is why a body that is only somewhat too large is read over instead.)
        return c->announced > read_most(c) ? answer(c) : MHD_YES;
    }
    if (*size != 0) {
        bool go_on = take_piece(c, data, *size);
        *size = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    if (c->answered)
        return MHD_YES;
    if (!c->parsed) {
        c->parsed = true;
        parse(c);
        forget_body(c);
        if (c->status == 400)
            atomic_fetch_add_explicit(&c->wire->malformed, 1, memory_order_relaxed);
        if (c->status == 0 && hand_over(c))
            return MHD_YES;
    }
    return answer(c);
}

static void completed(void *wire, struct MHD_Connection *connection, void **state,
                      enum MHD_RequestTerminationCode why)
{
    (void)connection, (void)why;
    struct otlp_wire *o = wire;
    struct otlp_call *c = *state;
    if (c == NULL)
        return;
    *state = NULL;
    forget_body(c);
    give_records_back(c);
    free(c->records.list);
    otlp_inflate_free(c->inflate);
    free(c);
    pthread_mutex_lock(&o->lock);
    o->open--;
    pthread_mutex_unlock(&o->lock);
    io_event_set(o->ready);
}

// ---- the node's side ----
// Under the lock.
static bool clients_finished(const struct otlp_wire *o)
{
    bool all = !o->source->external;
    for (unsigned i = 0; i < o->origin.senders; i++)
        all = all && o->seats[i].finished;
    return all;
}

static void number_foreign(struct otlp_wire *o, struct otlp_call *c)
{
    for (size_t i = 0; i < c->records.count; i++)
        if (c->records.list[i]->flags & RECORD_EXTERNAL)
            c->records.list[i]->seq = o->numbered++;
}

enum wire_status otlp_accept(struct wire *w, struct http_request *req, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    io_event_clear(o->ready); // before the look: what comes after it sets it again
    pthread_mutex_lock(&o->lock);
    struct otlp_call *c = o->in_hand == NULL ? o->first : NULL;
    bool end = c == NULL && o->in_hand == NULL && (o->stopped || (clients_finished(o) && o->open == 0));
    if (c != NULL) {
        o->first = c->next;
        if (o->first == NULL)
            o->last = NULL;
        o->in_hand = c;
        struct otlp_seat *seat = c->client >= 0 ? &o->seats[c->client] : NULL;
        c->first_seq = c->records.list[0]->seq; // the records may be gone when the answer comes
        if (seat != NULL)
            seat->in_hand = c->number;
        *req = (struct http_request){.records = c->records.list,
                                     .count = c->records.count,
                                     .arrived_ns = c->arrived_ns,
                                     .sender = (uint16_t)(c->client >= 0 ? c->client : 0),
                                     .repeated = seat != NULL && seat->has_admitted && c->records.own &&
                                                 seat->admitted_seq == c->first_seq,
                                     .handle = c};
        number_foreign(o, c);
    }
    pthread_mutex_unlock(&o->lock);
    return c != NULL ? WIRE_OK : end ? WIRE_END : WIRE_AGAIN;
}

static uint64_t retry_after_seconds(const struct http_answer *a)
{
    if (!a->has_retry_after)
        return 0;
    uint64_t seconds = a->retry_after_ns / NS_PER_S + (a->retry_after_ns % NS_PER_S != 0);
    return seconds != 0 ? seconds : 1; // 0 would bring everybody back at once
}

static const char *reason(int status)
{
    switch (status) {
    case 413: return "more records than can ever be taken at once";
    case 429: return "too many requests, come back later";
    case 503: return "not available";
    default: return "refused";
    }
}

void otlp_respond(struct wire *w, struct http_request *req, const struct http_answer *answer, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    struct otlp_call *c = req->handle;
    c->status = answer->status != 0 ? answer->status : 503;
    c->retry_after_s = retry_after_seconds(answer);
    snprintf(c->why, sizeof c->why, "%s", reason(c->status));
    pthread_mutex_lock(&o->lock);
    o->in_hand = NULL;
    int client = c->client;
    if (client >= 0) {
        struct otlp_seat *seat = &o->seats[client];
        seat->in_hand = 0;
        if (c->status == 200 && c->records.own) {
            seat->has_admitted = true;
            seat->admitted_seq = c->first_seq;
        }
    }
    c->records.count = 0; // the node's, or given back by it
    MHD_resume_connection(c->connection);
    pthread_mutex_unlock(&o->lock);
    if (client >= 0)
        otlp_client_wake(o->clients[client]); // it may be waiting to learn this
    req->handle = NULL;
}

// Under the lock: a request that the node will not see.
static void send_away(struct otlp_call *c)
{
    give_records_back(c);
    refuse(c, 503, "shutting down");
    MHD_resume_connection(c->connection);
}

bool otlp_strike_off(struct otlp_wire *o, unsigned client, uint64_t number)
{
    pthread_mutex_lock(&o->lock);
    struct otlp_seat *seat = &o->seats[client];
    if (seat->struck_off < number)
        seat->struck_off = number;
    o->last = NULL;
    for (struct otlp_call **at = &o->first, *c = *at; c != NULL; c = *at) {
        if (is_struck_off(c)) {
            *at = c->next;
            send_away(c);
        } else {
            o->last = c;
            at = &c->next;
        }
    }
    bool certain = seat->in_hand == 0;
    pthread_mutex_unlock(&o->lock);
    return certain;
}

void otlp_stop_server(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    pthread_mutex_lock(&o->lock);
    bool first = !o->stopped;
    o->stopped = true;
    while (o->first != NULL) {
        struct otlp_call *c = o->first;
        o->first = c->next;
        send_away(c);
    }
    o->last = NULL;
    pthread_mutex_unlock(&o->lock);
    if (first) {
        MHD_socket fd = MHD_quiesce_daemon(o->daemon);
        if (fd != MHD_INVALID_SOCKET)
            close(fd);
    }
    io_event_set(o->ready);
}

// ---- start and end ----
static int open_listener(struct otlp_wire *o, struct error *e)
{
    const struct source *s = o->source;
    struct io_address a;
    if (!io_resolve(s, SOCK_STREAM, &a, e))
        return -1;
    io_address_print(&a, o->address);
    int fd = socket(a.at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    int buffer = s->net.rcvbuf < INT32_MAX / 2 ? (int)s->net.rcvbuf : INT32_MAX / 2;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        (buffer != 0 && setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer) != 0) ||
        bind(fd, (const struct sockaddr *)&a.at, a.size) != 0 || listen(fd, SOMAXCONN) != 0 ||
        getsockname(fd, (struct sockaddr *)&a.at, &a.size) != 0) {
        fail(e, EXIT_USAGE, "%s: cannot listen on %s (TCP): %s", s->name, o->address, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    io_address_print(&a, o->address);
    a = io_reach(&a);
    char reach[ADDRESS_TEXT];
    io_address_print(&a, reach);
    snprintf(o->url, sizeof o->url, "http://%s/v1/logs", reach);
    return fd;
}

bool otlp_server_start(struct otlp_wire *o, struct error *e)
{
    int fd = open_listener(o, e);
    if (fd < 0)
        return false;
    o->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
                                 handle, o, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
                                 completed, o, MHD_OPTION_CONNECTION_LIMIT, (unsigned)OTLP_CONNECTIONS,
                                 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)OTLP_IDLE_S,
                                 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)65536, MHD_OPTION_END);
    if (o->daemon == NULL) {
        fail(e, EXIT_USAGE, "%s: the HTTP server does not start: %s", o->source->name, strerror(errno));
        close(fd);
        return false;
    }
    return true;
}

void otlp_server_end(struct otlp_wire *o)
{
    if (o->daemon == NULL)
        return;
    otlp_stop_server(&o->wire, 0);
    pthread_mutex_lock(&o->lock);
    if (o->in_hand != NULL) { // the run was cut: its records are where the node put them
        o->in_hand->records.count = 0;
        refuse(o->in_hand, 503, "shutting down");
        MHD_resume_connection(o->in_hand->connection);
        o->in_hand = NULL;
    }
    pthread_mutex_unlock(&o->lock);
    MHD_stop_daemon(o->daemon);
}
