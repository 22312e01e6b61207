// SPDX-License-Identifier: Apache-2.0
// Inside of the OTLP wire: what its server, its clients and their common table share.
//
// A request goes through three hands. The HTTP server's own thread reads and parses it, puts it on the
// waiting list and suspends the connection; the receiving node takes it from the list and decides; its answer
// resumes the connection. So the number of requests in memory is bounded by that of connections, and their
// bodies by a budget.
//
// A built-in client whose request has failed (timeout, lost connection) must know for certain whether its
// records are in the pipeline. Its requests are numbered in a header: one that still waits, or comes later,
// is struck off; one that the node has in hand is waited for.
#ifndef LIVE_IO_OTLP_OTLP_H
#define LIVE_IO_OTLP_OTLP_H

#include <pthread.h>
#include <stdatomic.h>

#include "live/io/common.h"
#include "live/io/otlp/encode.h"

enum {
    OTLP_CONNECTIONS = 512,
    OTLP_IDLE_S = 60,                      // a connection without traffic is closed
    OTLP_RECORD_MEMORY = 64 * 1024 * 1024, // while one record is read
    OTLP_BYTES_A_RECORD = 64,              // a request has at most max_body / this many records
    OTLP_BODIES = 4,                       // so many bodies of max_body may be in memory at once ...
    OTLP_BODIES_LEAST = 64 * 1024 * 1024,  // ... and this much in any case
};
#define OTLP_NUMBER_HEADER "Weir-Request" // RUN.CLIENT.NUMBER in hexadecimal

struct otlp_call; // a request in the server

// What is known of a built-in client's requests. Guarded by the wire's lock.
struct otlp_seat {
    uint64_t struck_off;   // requests up to this number are not taken any more
    uint64_t in_hand;      // number of the request that the node decides about; 0: none
    bool has_admitted;     // the last batch that was answered with 200:
    uint64_t admitted_seq; // its first record
    bool finished;
};

struct otlp_client;

struct otlp_wire {
    struct wire wire;
    const struct source *source;
    struct io_origin origin;
    const _Atomic uint64_t *epoch_ns;
    int stop_event, ready; // ready: an eventfd that tells the node to look
    char address[ADDRESS_TEXT];
    char url[ADDRESS_TEXT + 24];

    struct MHD_Daemon *daemon;
    _Atomic uint64_t body_bytes; // of all requests in memory
    _Atomic uint64_t malformed, sent, errors;

    pthread_mutex_t lock;
    struct otlp_call *first, *last; // waiting for the node
    struct otlp_call *in_hand;
    uint64_t numbered; // foreign records handed to the node
    unsigned open;     // requests that were begun and not ended
    bool stopped;
    struct otlp_seat *seats;
    struct otlp_client **clients;
};

static inline struct otlp_wire *otlp_of(struct wire *w)
{
    return (struct otlp_wire *)w;
}

// server.c
bool otlp_server_start(struct otlp_wire *o, struct error *e);
void otlp_server_end(struct otlp_wire *o);
enum wire_status otlp_accept(struct wire *w, struct http_request *req, uint64_t now_ns);
void otlp_respond(struct wire *w, struct http_request *req, const struct http_answer *answer,
                  uint64_t now_ns);
void otlp_stop_server(struct wire *w, uint64_t now_ns);
// The client gives up on its request. True: it is certain now whether it was admitted. Any thread.
bool otlp_strike_off(struct otlp_wire *o, unsigned client, uint64_t number);

// client.c
struct otlp_client *otlp_client_new(struct otlp_wire *o, unsigned index);
void otlp_client_free(struct otlp_client *c);
void otlp_client_wake(struct otlp_client *c); // any thread
enum wire_status otlp_request(struct wire *w, unsigned client, const struct wire_message *m, size_t count,
                              uint64_t now_ns);
enum wire_status otlp_poll(struct wire *w, unsigned client, struct http_answer *answer, uint64_t now_ns);
void otlp_finish(struct wire *w, unsigned client, uint64_t now_ns);
void otlp_wait_client(struct otlp_wire *o, unsigned client, uint64_t deadline_mono_ns);

#endif
