// SPDX-License-Identifier: Apache-2.0
// An OTLP sink's link: a batch is a request, delivered when its 200 has come. Log records that the answer
// says were rejected (partial_success) are counted by number only; the last of the batch stand for them.
//
// The built-in peer is an HTTP server that reads and answers 200.
#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live/io/link/link.h"
#include "live/io/otlp/post.h"

struct otlp_link {
    struct wire wire;
    struct link_setup setup;
    struct MHD_Daemon *peer;
    struct otlp_post post;
    struct wire_message *messages;
    size_t room, count;
    bool failed_to_start;
};

static struct otlp_link *of(struct wire *w)
{
    return (struct otlp_link *)w;
}

static bool make_room(struct otlp_link *o, size_t count)
{
    if (count <= o->room)
        return true;
    struct wire_message *bigger = realloc(o->messages, count * sizeof *bigger);
    if (bigger == NULL)
        return false;
    o->messages = bigger;
    o->room = count;
    return true;
}

static void submit(struct wire *w, struct record *const *records, size_t count, uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_link *o = of(w);
    o->count = count;
    o->failed_to_start = true;
    if (!make_room(o, count))
        return;
    for (size_t i = 0; i < count; i++)
        o->messages[i] = (struct wire_message){.source = records[i]->source,
                                               .sender = records[i]->sender,
                                               .record_class = records[i]->record_class,
                                               .seq = records[i]->seq,
                                               .intended_ns = records[i]->intended_ns,
                                               .size = records[i]->size,
                                               .payload = records[i]->payload};
    o->failed_to_start = !otlp_post_start(&o->post, o->setup.run, o->messages, count, NULL);
}

// ---- partial_success.rejected_log_records ----

static bool varint(const unsigned char **at, const unsigned char *end, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 64 && *at != end; shift += 7) {
        unsigned char byte = *(*at)++;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

// ExportLogsServiceResponse: field 1 is partial_success, whose field 1 is the number.
static uint64_t rejected_protobuf(const unsigned char *at, const unsigned char *end)
{
    uint64_t key, value = 0;
    bool inside = false;
    while (varint(&at, end, &key) && varint(&at, end, &value)) {
        if (key == (1 << 3 | 0) && inside)
            return value;
        if ((key & 7) == 2 && value > (uint64_t)(end - at))
            return 0;
        if (key == (1 << 3 | 2) && !inside) {
            inside = true;
            end = at + value;
        } else if ((key & 7) == 2) {
            at += value;
        } else if ((key & 7) != 0) {
            return 0;
        }
    }
    return 0;
}

static uint64_t rejected_json(const unsigned char *text, size_t size)
{
    json_t *answer = json_loadb((const char *)text, size, 0, NULL);
    const json_t *number = json_object_get(json_object_get(answer, "partialSuccess"), "rejectedLogRecords");
    json_int_t value =
        json_is_string(number) ? strtoll(json_string_value(number), NULL, 10) : json_integer_value(number);
    json_decref(answer);
    return value > 0 ? (uint64_t)value : 0;
}

static size_t rejected(const struct otlp_link *o)
{
    const struct otlp_body *b = &o->post.answer;
    if (b->size == 0)
        return 0;
    uint64_t n =
        o->post.json ? rejected_json(b->data, b->size) : rejected_protobuf(b->data, b->data + b->size);
    return n < o->count ? (size_t)n : o->count;
}

// ---- the link ----

static enum wire_status poll_outcome(struct wire *w, struct link_outcome *out, uint64_t *until_ns,
                                     uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_link *o = of(w);
    struct http_answer a = {0};
    *until_ns = TIME_NEVER;
    if (!o->failed_to_start && !otlp_post_over(&o->post, &a))
        return WIRE_AGAIN;
    bool good = a.status >= 200 && a.status < 300;
    *out = (struct link_outcome){.done = good ? o->count : 0,
                                 .rejected = good ? rejected(o) : 0,
                                 .failed = !good,
                                 .has_status = true,
                                 .status = a.status,
                                 .has_retry_after = a.has_retry_after,
                                 .retry_after_ns = a.retry_after_ns};
    return WIRE_OK;
}

static void abandon(struct wire *w, size_t *done, uint64_t now_ns)
{
    (void)now_ns;
    otlp_post_cancel(&of(w)->post);
    *done = 0;
}

static uint64_t unconfirmed(const struct wire *w)
{
    (void)w;
    return 0;
}

static void wait_link(struct wire *w, uint64_t deadline_mono_ns)
{
    otlp_post_wait(&of(w)->post, of(w)->setup.stop_event, deadline_mono_ns);
}

static void destroy(struct wire *w)
{
    struct otlp_link *o = of(w);
    otlp_post_free(&o->post);
    if (o->peer != NULL)
        MHD_stop_daemon(o->peer);
    free(o->messages);
    free(o);
}

static const struct link_ops ops = {.is_http = true,
                                    .submit = submit,
                                    .poll = poll_outcome,
                                    .abandon = abandon,
                                    .unconfirmed = unconfirmed,
                                    .wait = wait_link,
                                    .destroy = destroy};

// ---- the built-in peer ----

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *data, size_t *size,
                              void **state)
{
    (void)context, (void)path, (void)method, (void)version, (void)data;
    static int seen;
    if (*state == NULL) {
        *state = &seen;
        return MHD_YES;
    }
    if (*size != 0) {
        *size = 0;
        return MHD_YES;
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    if (r == NULL)
        return MHD_NO;
    enum MHD_Result queued = MHD_queue_response(connection, MHD_HTTP_OK, r);
    MHD_destroy_response(r);
    return queued;
}

static uint16_t start_peer(struct otlp_link *o, struct error *e)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    o->peer = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, answer, NULL,
                               MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_END);
    const union MHD_DaemonInfo *info =
        o->peer != NULL ? MHD_get_daemon_info(o->peer, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (info == NULL || info->port == 0)
        fail(e, EXIT_INVALID, "cannot start a built-in OTLP peer");
    return info != NULL ? info->port : 0;
}

static bool open_all(struct otlp_link *o, struct error *e)
{
    const struct sink *sink = &o->setup.scenario->sinks[o->setup.sink];
    const char *host = sink->net.host != NULL ? sink->net.host : "127.0.0.1";
    uint16_t port = sink->net.host != NULL ? sink->net.port : start_peer(o, e);
    if (port == 0)
        return false;
    char url[512];
    snprintf(url, sizeof url,
             strchr(host, ':') != NULL ? "http://[%.400s]:%u/v1/logs" : "http://%.400s:%u/v1/logs", host,
             port);
    if (!otlp_post_open(&o->post, url, sink->otlp.encoding == OTLP_JSON, sink->otlp.gzip, 0))
        return fail(e, EXIT_INVALID, "%s: libcurl gives no client", sink->name);
    o->post.keeps_answer = true;
    return true;
}

struct wire *link_otlp_open(const struct link_setup *setup, struct error *e)
{
    struct otlp_link *o = calloc(1, sizeof *o);
    if (o == NULL) {
        fail(e, EXIT_INVALID, "not enough memory for a sink's connection");
        return NULL;
    }
    o->wire.link = &ops;
    o->setup = *setup;
    if (open_all(o, e))
        return &o->wire;
    destroy(&o->wire);
    return NULL;
}
