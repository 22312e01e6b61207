// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "live/io.h"
#include "live/io/otlp/otlp.h"
#include "live/io/otlp/post.h"

static void otlp_wait(struct wire *w, int client, uint64_t deadline_mono_ns)
{
    struct otlp_wire *o = otlp_of(w);
    if (client >= 0) {
        otlp_wait_client(o, (unsigned)client, deadline_mono_ns);
        return;
    }
    struct pollfd fds[2] = {{.fd = o->ready, .events = POLLIN}, {.fd = o->stop_event, .events = POLLIN}};
    io_wait(fds, 2, deadline_mono_ns);
}

static void otlp_counters(const struct wire *w, struct wire_counters *c)
{
    const struct otlp_wire *o = (const struct otlp_wire *)w;
    *c = (struct wire_counters){
        .sent = atomic_load_explicit(&o->sent, memory_order_relaxed),
        .errors = atomic_load_explicit(&o->errors, memory_order_relaxed),
        .malformed = atomic_load_explicit(&o->malformed, memory_order_relaxed),
    };
    memcpy(c->address, o->address, sizeof c->address);
}

static void otlp_destroy(struct wire *w)
{
    struct otlp_wire *o = otlp_of(w);
    otlp_server_end(o);
    for (unsigned i = 0; o->clients != NULL && i < o->origin.senders; i++)
        otlp_client_free(o->clients[i]);
    if (o->ready >= 0)
        close(o->ready);
    pthread_mutex_destroy(&o->lock);
    free(o->clients);
    free(o->seats);
    free(o);
}

static const struct http_ops otlp_ops = {
    .request = otlp_request,
    .poll = otlp_poll,
    .finish = otlp_finish,
    .accept = otlp_accept,
    .respond = otlp_respond,
    .stop = otlp_stop_server,
    .counters = otlp_counters,
    .wait = otlp_wait,
    .destroy = otlp_destroy,
};

static bool open_all(struct otlp_wire *o, struct error *e)
{
    otlp_post_init_library();
    unsigned n = o->origin.senders;
    o->ready = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    o->seats = calloc(n + 1u, sizeof *o->seats);
    o->clients = calloc(n + 1u, sizeof(struct otlp_client *));
    if (o->ready < 0 || o->seats == NULL || o->clients == NULL)
        return fail(e, EXIT_USAGE, "%s: out of memory", o->source->name);
    if (!otlp_server_start(o, e))
        return false;
    for (unsigned i = 0; i < n; i++)
        if ((o->clients[i] = otlp_client_new(o, i)) == NULL)
            return fail(e, EXIT_USAGE, "%s: libcurl gives no client", o->source->name);
    return true;
}

struct wire *wire_otlp_open(const struct wire_setup *setup, struct error *e)
{
    const struct source *s = &setup->scenario->sources[setup->source_index];
    struct otlp_wire *o = calloc(1, sizeof *o);
    if (o == NULL) {
        fail(e, EXIT_USAGE, "%s: out of memory", s->name);
        return NULL;
    }
    o->wire.http = &otlp_ops;
    o->source = s;
    o->epoch_ns = setup->epoch_ns;
    o->stop_event = setup->stop_event;
    o->ready = -1;
    pthread_mutex_init(&o->lock, NULL);
    o->origin = (struct io_origin){.run = io_run_number(),
                                   .source = (uint16_t)setup->source_index,
                                   .senders = s->external ? 0 : s->senders,
                                   .pool = setup->pool};
    if (!open_all(o, e)) {
        otlp_destroy(&o->wire);
        return NULL;
    }
    if (setup->listening != NULL)
        setup->listening(setup->listening_context, s->name, o->address);
    return &o->wire;
}
