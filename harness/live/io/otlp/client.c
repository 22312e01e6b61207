// SPDX-License-Identifier: Apache-2.0
// A built-in client of an OTLP source: a request (post.h) that has a number, so that after a failure it is
// certain whether the server took it.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "live/io/otlp/otlp.h"
#include "live/io/otlp/post.h"

enum state { IDLE, ON_ITS_WAY, UNCERTAIN };

struct otlp_client {
    struct otlp_wire *wire;
    unsigned index;
    struct otlp_post post;
    enum state state;
    uint64_t number, first_seq; // of the request; of its first record
    struct http_answer answer;
};

struct otlp_client *otlp_client_new(struct otlp_wire *o, unsigned index)
{
    struct otlp_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->wire = o;
    c->index = index;
    const struct source *s = o->source;
    if (otlp_post_open(&c->post, o->url, s->otlp.encoding == OTLP_JSON, s->otlp.gzip, s->otlp.timeout_ns))
        return c;
    otlp_client_free(c);
    return NULL;
}

void otlp_client_free(struct otlp_client *c)
{
    if (c == NULL)
        return;
    otlp_post_free(&c->post);
    free(c);
}

void otlp_client_wake(struct otlp_client *c)
{
    curl_multi_wakeup(c->post.multi);
}

enum wire_status otlp_request(struct wire *w, unsigned client, const struct wire_message *m, size_t count,
                              uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    struct otlp_client *c = o->clients[client];
    if (c->state != IDLE)
        return WIRE_AGAIN;
    c->number++;
    c->first_seq = count != 0 ? m[0].seq : 0;
    // What cannot even be started counts as a request without an answer.
    c->answer = (struct http_answer){0};
    c->state = UNCERTAIN;
    char number[96];
    snprintf(number, sizeof number, OTLP_NUMBER_HEADER ": %" PRIx64 ".%x.%" PRIx64, o->origin.run, c->index,
             c->number);
    if (!otlp_post_start(&c->post, o->origin.run, m, count, number))
        return WIRE_OK;
    c->state = ON_ITS_WAY;
    atomic_fetch_add_explicit(&o->sent, count, memory_order_relaxed);
    return WIRE_OK;
}

static bool came_back(struct otlp_client *c)
{
    if (!otlp_post_over(&c->post, &c->answer))
        return false;
    if (c->answer.status == 0)
        atomic_fetch_add_explicit(&c->wire->errors, 1, memory_order_relaxed);
    return true;
}

static bool was_admitted(struct otlp_client *c)
{
    struct otlp_wire *o = c->wire;
    pthread_mutex_lock(&o->lock);
    const struct otlp_seat *seat = &o->seats[c->index];
    bool was = seat->has_admitted && seat->admitted_seq == c->first_seq;
    pthread_mutex_unlock(&o->lock);
    return was;
}

enum wire_status otlp_poll(struct wire *w, unsigned client, struct http_answer *answer, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    struct otlp_client *c = o->clients[client];
    if (c->state == ON_ITS_WAY && came_back(c))
        c->state = UNCERTAIN;
    if (c->state != UNCERTAIN || !otlp_strike_off(o, client, c->number))
        return WIRE_AGAIN;
    c->state = IDLE;
    *answer = c->answer;
    answer->was_admitted = was_admitted(c);
    return WIRE_OK;
}

void otlp_finish(struct wire *w, unsigned client, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    struct otlp_client *c = o->clients[client];
    otlp_post_cancel(&c->post);
    if (c->state == ON_ITS_WAY)
        c->state = IDLE;
    otlp_strike_off(o, client, c->number);
    pthread_mutex_lock(&o->lock);
    o->seats[client].finished = true;
    pthread_mutex_unlock(&o->lock);
    io_event_set(o->ready);
}

void otlp_wait_client(struct otlp_wire *o, unsigned client, uint64_t deadline_mono_ns)
{
    otlp_post_wait(&o->clients[client]->post, o->stop_event, deadline_mono_ns);
}
