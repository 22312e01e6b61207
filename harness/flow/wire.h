// SPDX-License-Identifier: Apache-2.0
// A wire joins the senders of a source to its receiver: a UDP socket, a file, an HTTP connection. Each has a
// live form (kernel objects) and a simulated twin with the same behaviour under pressure. The state machines
// on both ends see only this table.
//
// Who may call: send-side functions by the thread of that sender; receive-side functions by the receiver's
// thread. Nothing blocks, except `wait`, which only the live executor calls.
#ifndef FLOW_WIRE_H
#define FLOW_WIRE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flow/record.h"
#include "scenario/scenario.h"

enum wire_status {
    WIRE_OK,
    WIRE_AGAIN,  // not now: wait for I/O on this side
    WIRE_FAILED, // this one cannot be sent (counted as unsent with `errors`)
    WIRE_END,    // receive side: nothing will come any more
};

// What a sender wants on the wire. The payload is not a record of the pool: it lives in the sender's own
// buffer.
struct wire_message {
    uint16_t source, sender;
    uint8_t record_class;
    uint64_t seq, intended_ns;
    uint32_t size;
    const unsigned char *payload;
};

struct wire_counters {
    uint64_t sent;   // messages handed to the kernel (or its twin)
    uint64_t errors; // sends that failed
    // Gone before anybody read it. UDP: the socket's own drop counter (SO_MEMINFO), read after the socket was
    // emptied. TCP: sent on a connection that broke. File: lines that a rotation took away. Known after
    // `stop`.
    uint64_t kernel_drops;
    uint64_t malformed;     // received, but not parsable: delivered raw
    uint64_t sequence_gaps; // RFC 5424 sequenceId gaps
    uint64_t rcvbuf_bytes;
    char address[64]; // bound address "127.0.0.1:5514", "" when there is none
};

struct wire;

// ---- UDP, TCP and file: a stream of messages ----
struct wire_ops {
    // Send side, sender index 0..senders-1.
    enum wire_status (*send)(struct wire *w, unsigned sender, const struct wire_message *m, uint64_t now_ns);
    void (*finish)(struct wire *w, unsigned sender, uint64_t now_ns); // this sender has sent its last

    // Receive side. Puts up to max records (taken from the pool, identity filled in) into out[].
    // *count > 0 with WIRE_OK; WIRE_AGAIN: nothing there now; WIRE_END: all senders finished and all was
    // read. An external source never ends by itself. Records not understood are marked malformed, with the
    // raw payload.
    enum wire_status (*receive)(struct wire *w, struct record **out, size_t max, size_t *count,
                                uint64_t now_ns);
    // Every record received is settled exactly once: delivered or finally lost. Called by the thread that
    // settles it (any), in any order. The file wire advances its checkpoint over the contiguous settled
    // prefix.
    void (*settle)(struct wire *w, const struct record *r); // may be NULL
    // The sources have stopped: who is outside is let in no more, what has come is still received, until
    // WIRE_END. NULL: the receiver takes what is there and asks no further.
    void (*close_door)(struct wire *w, uint64_t now_ns);
    // The receiver stops for good (deadline): what is still unread is counted. UDP empties the socket first
    // (those records come out of `receive` as usual before this is called). Answers how many complete
    // messages were sent but not read (file lines on disk behind the read position, messages in a socket).
    uint64_t (*stop)(struct wire *w, uint64_t now_ns);
    void (*counters)(const struct wire *w, struct wire_counters *c);
    // Live only: block until this side can go on, the stop event fires, or deadline (CLOCK_MONOTONIC ns)
    // passes.
    void (*wait)(struct wire *w, int sender /* -1: receive side */, uint64_t deadline_mono_ns);
    void (*destroy)(struct wire *w);
};

// Waking of a node that waits for I/O in the simulator: set by the executor, called by the simulated twins
// when a side that could not go on can go on now. NULL in live.
struct wire_waker {
    void (*wake)(void *context, struct wire *w, int sender /* -1: receive side */);
    void *context;
};

struct wire {
    const struct wire_ops *ops;  // sources UDP, TCP, file; NULL for the others
    const struct http_ops *http; // source OTLP
    const struct link_ops *link; // sinks UDP, TCP, OTLP
    struct wire_waker waker;
};

// ---- OTLP: requests and answers ----
struct http_request {
    struct record *
        *records; // taken from the pool, identity filled in; owned by the receiving node after `accept`
    size_t count;
    uint64_t arrived_ns;
    uint16_t sender; // built-in client, or 0 for external ones
    bool repeated;   // this client's request was already answered with 200 once (the answer got lost)
    void *handle;    // the wire's own
};

struct http_answer {
    int status; // 200, 400, 413, 429, 503; 0: no answer at all (connection failed, timeout)
    bool has_retry_after;
    uint64_t retry_after_ns;
    bool was_admitted; // built-in client only: the receiver did take it, although no 200 came back
};

struct http_ops {
    // Client side: one request in flight a client. WIRE_OK: on its way; the answer comes by `poll`.
    enum wire_status (*request)(struct wire *w, unsigned client, const struct wire_message *m, size_t count,
                                uint64_t now_ns);
    // WIRE_OK: *answer is there. WIRE_AGAIN: not yet.
    enum wire_status (*poll)(struct wire *w, unsigned client, struct http_answer *answer, uint64_t now_ns);
    void (*finish)(struct wire *w, unsigned client, uint64_t now_ns);

    // Server side. WIRE_OK: *req is the next parsed request. Bad requests (400, 404, 405, 413 by body size,
    // 415) are answered by the wire itself. WIRE_END: all built-in clients finished and nothing is open.
    enum wire_status (*accept)(struct wire *w, struct http_request *req, uint64_t now_ns);
    // Ends the request: 200, 413, 429 (+ Retry-After when has_retry_after) or 503. Records were moved or
    // given back.
    void (*respond)(struct wire *w, struct http_request *req, const struct http_answer *answer,
                    uint64_t now_ns);
    void (*stop)(struct wire *w, uint64_t now_ns); // closes the listener, answers what is open with 503
    void (*counters)(const struct wire *w, struct wire_counters *c);
    void (*wait)(struct wire *w, int client /* -1: server side */, uint64_t deadline_mono_ns);
    void (*destroy)(struct wire *w);
};

// ---- sinks that send: a connection of one delivering node to a peer ----
struct link_outcome {
    size_t done;      // so many records, from the first, are with the peer as far as the protocol can tell
    size_t rejected;  // of these the last ones, which the peer took and said it threw away
    bool failed;      // the attempt ended in failure behind them
    bool one_record;  // ... and only the next record is meant; those behind it were not tried
    bool is_hopeless; // coming back would not help
    bool is_oversize; // ... because the record is too large for this protocol
    bool has_status;  // of HTTP; 0: no answer
    int status;
    bool has_retry_after;
    uint64_t retry_after_ns;
    uint64_t not_before_ns; // the link itself does not try again earlier
};

struct link_ops {
    bool is_http; // outcomes have a status
    // Begins an attempt. The records stay as they are until `poll` has answered.
    void (*submit)(struct wire *w, struct record *const *records, size_t count, uint64_t now_ns);
    // WIRE_OK: *outcome is there. WIRE_AGAIN: wait for I/O on side 0, but not beyond *until_ns.
    enum wire_status (*poll)(struct wire *w, struct link_outcome *outcome, uint64_t *until_ns,
                             uint64_t now_ns);
    // The attempt is given up without an outcome: timeout, or the run was cut. *done as in the outcome.
    void (*abandon)(struct wire *w, size_t *done, uint64_t now_ns);
    // Records that were counted as done and that the peer had not acknowledged when the connection broke.
    uint64_t (*unconfirmed)(const struct wire *w);
    void (*wait)(struct wire *w, uint64_t deadline_mono_ns); // live only
    void (*destroy)(struct wire *w);
};

// What a link needs to be made. The other fields of a wire's set-up mean the same here.
struct link_setup {
    const struct scenario *scenario;
    unsigned sink, index; // index of the connection, 0 .. deliverers - 1
    uint64_t run;         // marks the messages of this run
    int stop_event;
};

// ---- sinks that write ----
// Where a file sink writes: a real file, or a twin that only counts. Called by one thread at a time.
struct sink_file;
struct sink_file_ops {
    // 0 when all of it was taken, or errno. *written: so many bytes, from the first, in any case.
    int (*write)(struct sink_file *f, const void *data, size_t size, size_t *written);
    int (*sync)(struct sink_file *f); // 0, or errno
    void (*destroy)(struct sink_file *f);
};
struct sink_file {
    const struct sink_file_ops *ops;
};

// What a wire needs to be made.
struct wire_setup {
    const struct scenario *scenario;
    unsigned source_index;
    struct record_pool *pool;
    uint64_t seed;  // of the cell: payloads are a function of it
    int stop_event; // live: an eventfd that becomes readable when the run is cut; -1 in sim
    // Live: CLOCK_MONOTONIC at time 0 of the run, which is set after the wires are open; NULL in sim.
    const _Atomic uint64_t *epoch_ns;
    const char *scratch; // folder for temporary files of this cell
    void (*listening)(void *context, const char *source,
                      const char *address); // called once the socket is bound
    void *listening_context;
};

#endif
