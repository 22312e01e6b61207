// SPDX-License-Identifier: Apache-2.0
// A scenario of one source, a pool and a folder of its own, for the tests of the live wires.
#ifndef TEST_IO_FIXTURE_H
#define TEST_IO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail // ours comes with base/error.h
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/rng.h"
#include "live/io.h"

enum { FIXTURE_SEED = 11 };

struct fixture {
    struct scenario scenario;
    struct source source;
    struct wire_setup setup;
    char folder[64];
    char heard[64]; // address that `listening` told
};

static inline void fixture_listening(void *context, const char *source, const char *address)
{
    struct fixture *f = context;
    assert_string_equal(source, f->source.name);
    snprintf(f->heard, sizeof f->heard, "%s", address);
}

static inline void fixture_start(struct fixture *f, enum source_type type, unsigned senders)
{
    static char name[] = "app", host[] = "127.0.0.1";
    memset(f, 0, sizeof *f);
    f->source.name = name;
    f->source.type = type;
    f->source.senders = senders;
    f->source.external = senders == 0;
    f->source.net.host = host;
    f->source.otlp.max_body = 1 << 20;
    f->source.otlp.timeout_ns = 20 * NS_PER_S;
    f->scenario.sources = &f->source;
    f->scenario.source_count = 1;
    strcpy(f->folder, "/tmp/weir-io-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    static _Atomic uint64_t epoch_ns;
    epoch_ns = clock_mono_ns();
    f->setup = (struct wire_setup){.scenario = &f->scenario,
                                   .pool = record_pool_create(),
                                   .seed = FIXTURE_SEED,
                                   .stop_event = eventfd(0, EFD_CLOEXEC),
                                   .epoch_ns = &epoch_ns,
                                   .scratch = f->folder,
                                   .listening = fixture_listening,
                                   .listening_context = f};
    assert_non_null(f->setup.pool);
}

static inline void fixture_end(struct fixture *f)
{
    record_pool_destroy(f->setup.pool);
    close(f->setup.stop_event);
    assert_int_equal(rmdir(f->folder), 0); // a wire leaves nothing behind
}

// No test waits for longer than this; a fast machine never waits that long.
static inline uint64_t fixture_deadline(void)
{
    return clock_mono_ns() + 30 * NS_PER_S;
}

static inline void fixture_send(struct wire *w, unsigned sender, uint64_t seq, uint32_t size)
{
    struct wire_message m = {.sender = (uint16_t)sender,
                             .record_class = (uint8_t)(seq % 3),
                             .seq = seq,
                             .intended_ns = seq * 10,
                             .size = size};
    enum wire_status s;
    while ((s = w->ops->send(w, sender, &m, 0)) == WIRE_AGAIN)
        w->ops->wait(w, (int)sender, fixture_deadline());
    assert_int_equal(s, WIRE_OK);
}

static inline bool fixture_intact(const struct record *r)
{
    if (r->flags & RECORD_EXTERNAL)
        return payload_hash(r->payload, r->size) == r->payload_hash;
    return payload_matches(r->payload, r->size, FIXTURE_SEED, r->source, r->sender, r->seq,
                           r->record_class) &&
           r->record_class == r->seq % 3 && r->intended_ns == r->seq * 10;
}

// The next records, waiting for them; 0 at the end of the wire.
static inline size_t fixture_receive(struct wire *w, struct record **out, size_t max)
{
    size_t count = 0;
    uint64_t deadline = fixture_deadline();
    for (;;) {
        enum wire_status s = w->ops->receive(w, out, max, &count, 7);
        if (s == WIRE_OK || s == WIRE_END)
            return count;
        assert_int_equal(s, WIRE_AGAIN);
        assert_true(clock_mono_ns() < deadline);
        w->ops->wait(w, -1, deadline);
    }
}

static inline struct record *fixture_receive_one(struct wire *w)
{
    struct record *r;
    assert_int_equal(fixture_receive(w, &r, 1), 1);
    return r;
}

#endif
