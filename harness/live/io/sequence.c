// SPDX-License-Identifier: Apache-2.0
#include "live/io/sequence.h"

#include <string.h>

enum { LAST_NUMBER = 2147483647 };

static void who(const struct sockaddr_storage *from, struct sequence_stream *s)
{
    memset(s, 0, sizeof *s);
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)from;
        memcpy(s->host, &v6->sin6_addr, sizeof v6->sin6_addr);
        s->port = v6->sin6_port;
    } else if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const void *)from;
        memcpy(s->host, &v4->sin_addr, sizeof v4->sin_addr);
        s->port = v4->sin_port;
    }
}

// The stream of this sender; else the latest of the same host; else NULL, with *free_one to be used for a new
// one.
static struct sequence_stream *find(struct sequence *s, const struct sequence_stream *key,
                                    struct sequence_stream **free_one)
{
    struct sequence_stream *same_host = NULL;
    *free_one = &s->streams[0];
    for (unsigned i = 0; i < SEQUENCE_STREAMS; i++) {
        struct sequence_stream *t = &s->streams[i];
        if (t->used < (*free_one)->used)
            *free_one = t;
        if (t->used == 0 || memcmp(t->host, key->host, sizeof t->host) != 0)
            continue;
        if (t->port == key->port)
            return t;
        if (same_host == NULL || t->used > same_host->used)
            same_host = t;
    }
    return same_host;
}

uint64_t sequence_note(struct sequence *s, const struct sockaddr_storage *from, uint32_t number)
{
    struct sequence_stream key, *free_one;
    who(from, &key);
    struct sequence_stream *t = find(s, &key, &free_one);
    bool known = t != NULL && t->port == key.port;
    uint32_t expected = t != NULL ? t->last % LAST_NUMBER + 1 : number;
    if (!known && (t == NULL || number < expected)) { // the first that is heard of this sender
        t = free_one;
        expected = number;
    }
    key.used = ++s->clock;
    key.last = number;
    if (known && number < expected && number != 1) // late, not lost: the count goes on from where it was
        key.last = t->last;
    *t = key;
    return number > expected ? number - expected : 0;
}
