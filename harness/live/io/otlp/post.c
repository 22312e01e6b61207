// SPDX-License-Identifier: Apache-2.0
#include "live/io/otlp/post.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"

enum { ANSWER_MOST = 4 * 1024 * 1024 }; // the specification's limit for an answer

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void otlp_post_init_library(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init_curl);
}

static size_t read_answer(char *data, size_t one, size_t size, void *post)
{
    (void)one;
    struct otlp_post *p = post;
    if (p->answer.size + size > ANSWER_MOST)
        return 0;
    if (!p->keeps_answer) {
        p->answer.size += size;
        return size;
    }
    return otlp_append(&p->answer, data, size) ? size : 0;
}

bool otlp_post_open(struct otlp_post *p, const char *url, bool json, bool gzip, uint64_t timeout_ns)
{
    otlp_post_init_library();
    *p = (struct otlp_post){.easy = curl_easy_init(), .multi = curl_multi_init(), .json = json, .gzip = gzip};
    if (p->easy == NULL || p->multi == NULL)
        return false;
    uint64_t timeout_ms = timeout_ns / NS_PER_MS;
    curl_easy_setopt(p->easy, CURLOPT_URL, url);
    curl_easy_setopt(p->easy, CURLOPT_PROXY, ""); // whatever the environment says
    curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(p->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(p->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(p->easy, CURLOPT_TIMEOUT_MS, timeout_ms < LONG_MAX ? (long)timeout_ms : 0L);
    curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, read_answer);
    curl_easy_setopt(p->easy, CURLOPT_WRITEDATA, p);
    return true;
}

void otlp_post_cancel(struct otlp_post *p)
{
    if (p->on_its_way)
        curl_multi_remove_handle(p->multi, p->easy);
    p->on_its_way = false;
}

void otlp_post_free(struct otlp_post *p)
{
    otlp_post_cancel(p);
    curl_easy_cleanup(p->easy);
    if (p->multi != NULL)
        curl_multi_cleanup(p->multi);
    curl_slist_free_all(p->headers);
    free(p->plain.data);
    free(p->packed.data);
    if (p->keeps_answer)
        free(p->answer.data);
    *p = (struct otlp_post){0};
}

// ---- request ----
static bool add_header(struct otlp_post *p, const char *line)
{
    struct curl_slist *longer = curl_slist_append(p->headers, line);
    if (longer != NULL)
        p->headers = longer;
    return longer != NULL;
}

static bool make_headers(struct otlp_post *p, const char *more)
{
    curl_slist_free_all(p->headers);
    p->headers = NULL;
    return add_header(p,
                      p->json ? "Content-Type: application/json" : "Content-Type: application/x-protobuf") &&
           (!p->gzip || add_header(p, "Content-Encoding: gzip")) && (more == NULL || add_header(p, more));
}

static const struct otlp_body *make_body(struct otlp_post *p, uint64_t run, const struct wire_message *m,
                                         size_t count)
{
    if (!(p->json ? otlp_write_json(&p->plain, run, m, count)
                  : otlp_write_protobuf(&p->plain, run, m, count)))
        return NULL;
    if (!p->gzip)
        return &p->plain;
    return otlp_gzip(&p->packed, &p->plain) ? &p->packed : NULL;
}

bool otlp_post_start(struct otlp_post *p, uint64_t run, const struct wire_message *m, size_t count,
                     const char *header)
{
    const struct otlp_body *body = make_body(p, run, m, count);
    p->answer.size = 0;
    if (body == NULL || !make_headers(p, header))
        return false;
    curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
    curl_easy_setopt(p->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->size);
    curl_easy_setopt(p->easy, CURLOPT_POSTFIELDS, (const char *)body->data);
    if (curl_multi_add_handle(p->multi, p->easy) != CURLM_OK)
        return false;
    p->on_its_way = true;
    int running;
    curl_multi_perform(p->multi, &running);
    return true;
}

// ---- answer ----
static struct http_answer read_result(struct otlp_post *p, CURLcode code)
{
    long status = 0;
    curl_off_t retry_after = 0;
    if (code != CURLE_OK)
        return (struct http_answer){0};
    curl_easy_getinfo(p->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(p->easy, CURLINFO_RETRY_AFTER, &retry_after);
    return (struct http_answer){.status = (int)status,
                                .has_retry_after = retry_after > 0,
                                .retry_after_ns = retry_after > 0 ? (uint64_t)retry_after * NS_PER_S : 0};
}

bool otlp_post_over(struct otlp_post *p, struct http_answer *a)
{
    int running, left;
    curl_multi_perform(p->multi, &running);
    for (CURLMsg *m = curl_multi_info_read(p->multi, &left); m != NULL;
         m = curl_multi_info_read(p->multi, &left))
        if (m->msg == CURLMSG_DONE) {
            CURLcode code = m->data.result;
            otlp_post_cancel(p);
            *a = read_result(p, code);
            return true;
        }
    return false;
}

void otlp_post_wait(struct otlp_post *p, int stop_event, uint64_t deadline_mono_ns)
{
    uint64_t now = clock_mono_ns(), ms = INT_MAX;
    if (deadline_mono_ns != UINT64_MAX) {
        ms = deadline_mono_ns > now ? (deadline_mono_ns - now + NS_PER_MS - 1) / NS_PER_MS : 0;
        if (ms > INT_MAX)
            ms = INT_MAX;
    }
    struct curl_waitfd stop = {.fd = stop_event, .events = CURL_WAIT_POLLIN};
    curl_multi_poll(p->multi, &stop, stop_event >= 0 ? 1 : 0, (int)ms, NULL);
}
