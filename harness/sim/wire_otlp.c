// SPDX-License-Identifier: Apache-2.0
// The twin of OTLP over HTTP: a request is at the receiver at once, its answer at the client at once; what
// takes time is the receiver's decision and the client's patience. One request in flight a client. A client
// whose timeout passes gets no answer: a request that nobody has looked at is gone with its connection, one
// that the receiver is deciding about may still be admitted, and comes again as a copy.
#include <stdlib.h>
#include <string.h>

#include "sim/mailbox.h"
#include "sim/sim.h"

enum exchange_state { IDLE, WAITING, ACCEPTED, ANSWERED };

struct exchange {
    enum exchange_state state;
    const struct wire_message *messages; // the client's own, unchanged until it is answered
    size_t count;
    uint64_t sent_ns, order;
    uint64_t first_seq,
        admitted_seq; // admitted_seq: first number of the last request that was admitted, plus 1
    struct http_answer answer;
};

struct otlp {
    struct wire wire;
    struct wire_setup setup;
    const struct source *source;
    struct exchange *clients;
    unsigned client_count, open_clients;
    uint64_t orders;
    struct record **records; // of the request that is being decided
};

static struct otlp *of(struct wire *w)
{
    return (struct otlp *)w;
}

static void wake(struct otlp *o, int side)
{
    if (o->wire.waker.wake)
        o->wire.waker.wake(o->wire.waker.context, &o->wire, side);
}

// Bytes of a request's body as the live clients write it: identity and envelope of a record beside its
// payload.
static uint64_t body_bytes(const struct otlp *o, const struct wire_message *m, size_t count)
{
    uint64_t beside = o->source->otlp.encoding == OTLP_JSON ? 398 : 142, sum = 50;
    for (size_t i = 0; i < count; i++)
        sum += m[i].size + beside;
    return sum;
}

static enum wire_status request(struct wire *w, unsigned client, const struct wire_message *m, size_t count,
                                uint64_t now_ns)
{
    struct otlp *o = of(w);
    struct exchange *x = &o->clients[client];
    if (x->state == ACCEPTED)
        return WIRE_AGAIN;
    x->state = WAITING;
    x->messages = m;
    x->count = count;
    x->first_seq = m[0].seq;
    x->sent_ns = now_ns;
    x->order = o->orders++;
    if (body_bytes(o, m, count) >
        o->source->otlp.max_body) { // the wire's own answer; no node sees the request
        x->answer = (struct http_answer){.status = 413};
        x->state = ANSWERED;
        wake(o, (int)client);
        return WIRE_OK;
    }
    wake(o, -1);
    return WIRE_OK;
}

static enum wire_status poll_answer(struct wire *w, unsigned client, struct http_answer *answer,
                                    uint64_t now_ns)
{
    struct otlp *o = of(w);
    struct exchange *x = &o->clients[client];
    bool timed_out = now_ns >= x->sent_ns + o->source->otlp.timeout_ns;
    if (x->state == WAITING && timed_out) {
        x->answer = (struct http_answer){0};
        x->state = ANSWERED;
    }
    if (x->state != ANSWERED)
        return WIRE_AGAIN;
    *answer = timed_out ? (struct http_answer){0} : x->answer;
    answer->was_admitted = x->admitted_seq == x->first_seq + 1;
    x->state = IDLE;
    return WIRE_OK;
}

static void finish(struct wire *w, unsigned client, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp *o = of(w);
    if (o->clients[client].state == WAITING)
        o->clients[client].state = IDLE;
    o->open_clients--;
    wake(o, -1);
}

static struct exchange *oldest_waiting(struct otlp *o)
{
    struct exchange *best = NULL;
    for (unsigned i = 0; i < o->client_count; i++) {
        struct exchange *x = &o->clients[i];
        if (x->state == WAITING && (!best || x->order < best->order))
            best = x;
    }
    return best;
}

static enum wire_status accept_request(struct wire *w, struct http_request *req, uint64_t now_ns)
{
    struct otlp *o = of(w);
    struct exchange *x = oldest_waiting(o);
    if (!x)
        return o->open_clients ? WIRE_AGAIN : WIRE_END;
    x->state = ACCEPTED;
    *req = (struct http_request){.records = o->records,
                                 .arrived_ns = now_ns,
                                 .sender = (uint16_t)(x - o->clients),
                                 .repeated = x->admitted_seq == x->first_seq + 1,
                                 .handle = x};
    for (; req->count < x->count; req->count++)
        if (!(o->records[req->count] = record_of_message(&o->setup, &x->messages[req->count], 0)))
            return WIRE_FAILED;
    return WIRE_OK;
}

static void respond(struct wire *w, struct http_request *req, const struct http_answer *answer,
                    uint64_t now_ns)
{
    (void)now_ns;
    struct exchange *x = req->handle;
    if (answer->status == 200)
        x->admitted_seq = x->first_seq + 1;
    x->answer = *answer;
    // On the wire Retry-After is a whole number of seconds, at least 1.
    if (x->answer.has_retry_after) {
        uint64_t seconds = (answer->retry_after_ns + NS_PER_S - 1) / NS_PER_S;
        x->answer.retry_after_ns = (seconds ? seconds : 1) * NS_PER_S;
    }
    x->state = ANSWERED;
    wake(of(w), (int)req->sender);
}

static void stop(struct wire *w, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp *o = of(w);
    for (unsigned i = 0; i < o->client_count; i++) {
        struct exchange *x = &o->clients[i];
        if (x->state != WAITING)
            continue;
        x->answer = (struct http_answer){.status = 503};
        x->state = ANSWERED;
        wake(o, (int)i);
    }
}

static void counters(const struct wire *w, struct wire_counters *c)
{
    *c = (struct wire_counters){.sent = ((const struct otlp *)w)->orders};
}

static void destroy(struct wire *w)
{
    free(of(w)->clients);
    free(of(w)->records);
    free(w);
}

static const struct http_ops ops = {.request = request,
                                    .poll = poll_answer,
                                    .finish = finish,
                                    .accept = accept_request,
                                    .respond = respond,
                                    .stop = stop,
                                    .counters = counters,
                                    .destroy = destroy};

struct wire *sim_otlp_create(const struct wire_setup *setup)
{
    struct otlp *o = calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->wire.http = &ops;
    o->setup = *setup;
    o->source = &setup->scenario->sources[setup->source_index];
    o->client_count = o->open_clients = o->source->senders;
    o->clients = calloc(o->client_count + 1, sizeof *o->clients);
    o->records = calloc(o->source->otlp.batch, sizeof(struct record *));
    if (o->clients && o->records)
        return &o->wire;
    destroy(&o->wire);
    return NULL;
}
