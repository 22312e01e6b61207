// SPDX-License-Identifier: Apache-2.0
// One OTLP/HTTP client on libcurl: an easy handle in a multi handle of its own, so that each has real
// connections and nobody waits for another. One request at a time, encoded from records; never blocks but in
// otlp_post_wait. Used by the built-in clients of a source and by the links of a sink.
#ifndef LIVE_IO_OTLP_POST_H
#define LIVE_IO_OTLP_POST_H

#include <curl/curl.h>

#include "live/io/otlp/encode.h"

struct otlp_post {
    CURL *easy;
    CURLM *multi;
    struct curl_slist *headers;
    struct otlp_body plain, packed, answer; // answer: the body of a good one, when it is kept
    bool json, gzip, keeps_answer, on_its_way;
};

void otlp_post_init_library(void); // any thread, any number of times

// url is copied. timeout_ns: of a request, 0 = none. False: libcurl gives no handle; free it all the same.
bool otlp_post_open(struct otlp_post *p, const char *url, bool json, bool gzip, uint64_t timeout_ns);
void otlp_post_free(struct otlp_post *p);

// Sends a request with one more header line (NULL: none). False: it could not even be started.
bool otlp_post_start(struct otlp_post *p, uint64_t run, const struct wire_message *m, size_t count,
                     const char *header);
// True: it is over. *a is the answer, status 0 when none came.
bool otlp_post_over(struct otlp_post *p, struct http_answer *a);
void otlp_post_cancel(struct otlp_post *p); // nothing is on its way any more
void otlp_post_wait(struct otlp_post *p, int stop_event, uint64_t deadline_mono_ns);

#endif
