// SPDX-License-Identifier: Apache-2.0
// A built-in OTLP/HTTP client on libcurl: one easy handle in a multi handle of its own, so that each client
// has real connections and nobody waits for another.
#include <curl/curl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "live/io/otlp/otlp.h"

enum { ANSWER_MOST = 4 * 1024 * 1024 }; // the specification's limit for an answer

enum state { IDLE, ON_ITS_WAY, UNCERTAIN };

struct otlp_client {
    struct otlp_wire *wire;
    unsigned index;
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    struct otlp_body plain, packed;
    size_t answer_bytes;
    enum state state;
    uint64_t number, first_seq; // of the request; of its first record
    struct http_answer answer;
};

static size_t read_answer(char *data, size_t one, size_t size, void *client)
{
    (void)data, (void)one;
    struct otlp_client *c = client;
    c->answer_bytes += size;
    return c->answer_bytes <= ANSWER_MOST ? size : 0;
}

static void set_up(struct otlp_client *c)
{
    const struct otlp_wire *o = c->wire;
    uint64_t timeout_ms = o->source->otlp.timeout_ns / NS_PER_MS;
    curl_easy_setopt(c->easy, CURLOPT_URL, o->url);
    curl_easy_setopt(c->easy, CURLOPT_PROXY, ""); // whatever the environment says
    curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(c->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(c->easy, CURLOPT_TIMEOUT_MS, timeout_ms < LONG_MAX ? (long)timeout_ms : 0L);
    curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, read_answer);
    curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
}

struct otlp_client *otlp_client_new(struct otlp_wire *o, unsigned index)
{
    struct otlp_client *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->wire = o;
    c->index = index;
    c->easy = curl_easy_init();
    c->multi = curl_multi_init();
    if (c->easy == NULL || c->multi == NULL) {
        otlp_client_free(c);
        return NULL;
    }
    set_up(c);
    return c;
}

void otlp_client_free(struct otlp_client *c)
{
    if (c == NULL)
        return;
    if (c->state == ON_ITS_WAY)
        curl_multi_remove_handle(c->multi, c->easy);
    curl_easy_cleanup(c->easy);
    if (c->multi != NULL)
        curl_multi_cleanup(c->multi);
    curl_slist_free_all(c->headers);
    free(c->plain.data);
    free(c->packed.data);
    free(c);
}

void otlp_client_wake(struct otlp_client *c)
{
    curl_multi_wakeup(c->multi);
}

// ---- request ----
static bool add_header(struct otlp_client *c, const char *line)
{
    struct curl_slist *longer = curl_slist_append(c->headers, line);
    if (longer != NULL)
        c->headers = longer;
    return longer != NULL;
}

static bool make_headers(struct otlp_client *c)
{
    const struct source *s = c->wire->source;
    char number[96];
    snprintf(number, sizeof number, OTLP_NUMBER_HEADER ": %" PRIx64 ".%x.%" PRIx64, c->wire->origin.run,
             c->index, c->number);
    curl_slist_free_all(c->headers);
    c->headers = NULL;
    return add_header(c, s->otlp.encoding == OTLP_JSON ? "Content-Type: application/json"
                                                       : "Content-Type: application/x-protobuf") &&
           (!s->otlp.gzip || add_header(c, "Content-Encoding: gzip")) && add_header(c, number);
}

static const struct otlp_body *make_body(struct otlp_client *c, const struct wire_message *m, size_t count)
{
    const struct source *s = c->wire->source;
    bool json = s->otlp.encoding == OTLP_JSON;
    uint64_t run = c->wire->origin.run;
    if (!(json ? otlp_write_json(&c->plain, run, m, count) : otlp_write_protobuf(&c->plain, run, m, count)))
        return NULL;
    if (!s->otlp.gzip)
        return &c->plain;
    return otlp_gzip(&c->packed, &c->plain) ? &c->packed : NULL;
}

enum wire_status otlp_request(struct wire *w, unsigned client, const struct wire_message *m, size_t count,
                              uint64_t now_ns)
{
    (void)now_ns;
    struct otlp_wire *o = otlp_of(w);
    struct otlp_client *c = o->clients[client];
    if (c->state != IDLE)
        return WIRE_AGAIN;
    const struct otlp_body *body = make_body(c, m, count);
    c->number++;
    c->first_seq = count != 0 ? m[0].seq : 0;
    c->answer_bytes = 0;
    // What cannot even be started counts as a request without an answer.
    c->answer = (struct http_answer){0};
    c->state = UNCERTAIN;
    if (body == NULL || !make_headers(c))
        return WIRE_OK;
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
    curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, (const char *)body->data);
    if (curl_multi_add_handle(c->multi, c->easy) != CURLM_OK)
        return WIRE_OK;
    c->state = ON_ITS_WAY;
    int running;
    curl_multi_perform(c->multi, &running);
    atomic_fetch_add_explicit(&o->sent, count, memory_order_relaxed);
    return WIRE_OK;
}

// ---- answer ----
static void read_result(struct otlp_client *c, CURLcode code)
{
    long status = 0;
    curl_off_t retry_after = 0;
    c->answer = (struct http_answer){0};
    if (code != CURLE_OK) {
        atomic_fetch_add_explicit(&c->wire->errors, 1, memory_order_relaxed);
        return;
    }
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(c->easy, CURLINFO_RETRY_AFTER, &retry_after);
    c->answer.status = (int)status;
    c->answer.has_retry_after = retry_after > 0;
    c->answer.retry_after_ns = retry_after > 0 ? (uint64_t)retry_after * NS_PER_S : 0;
}

static bool came_back(struct otlp_client *c)
{
    int running, left;
    curl_multi_perform(c->multi, &running);
    for (CURLMsg *m = curl_multi_info_read(c->multi, &left); m != NULL;
         m = curl_multi_info_read(c->multi, &left))
        if (m->msg == CURLMSG_DONE) {
            CURLcode code = m->data.result;
            curl_multi_remove_handle(c->multi, c->easy);
            read_result(c, code);
            return true;
        }
    return false;
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
    if (c->state == ON_ITS_WAY) {
        curl_multi_remove_handle(c->multi, c->easy);
        c->state = IDLE;
    }
    otlp_strike_off(o, client, c->number);
    pthread_mutex_lock(&o->lock);
    o->seats[client].finished = true;
    pthread_mutex_unlock(&o->lock);
    io_event_set(o->ready);
}

void otlp_wait_client(struct otlp_wire *o, unsigned client, uint64_t deadline_mono_ns)
{
    struct otlp_client *c = o->clients[client];
    uint64_t now = clock_mono_ns(), ms = INT_MAX;
    if (deadline_mono_ns != UINT64_MAX) {
        ms = deadline_mono_ns > now ? (deadline_mono_ns - now + NS_PER_MS - 1) / NS_PER_MS : 0;
        if (ms > INT_MAX)
            ms = INT_MAX;
    }
    struct curl_waitfd stop = {.fd = o->stop_event, .events = CURL_WAIT_POLLIN};
    curl_multi_poll(c->multi, &stop, o->stop_event >= 0 ? 1 : 0, (int)ms, NULL);
}
