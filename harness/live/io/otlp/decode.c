// SPDX-License-Identifier: Apache-2.0
#include "live/io/otlp/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const otlp_keys[6] = {"weir.run",   "weir.source", "weir.sender",
                                  "weir.class", "weir.seq",    "weir.intended"};

void otlp_note(struct otlp_identity *i, const char *key, size_t key_size, int64_t value)
{
    static const uint64_t most[6] = {UINT64_MAX, UINT16_MAX, UINT16_MAX, UINT8_MAX, UINT64_MAX, UINT64_MAX};
    unsigned k = 0;
    while (k < 6 && (strlen(otlp_keys[k]) != key_size || memcmp(otlp_keys[k], key, key_size) != 0))
        k++;
    if (k == 6)
        return;
    uint64_t v = (uint64_t)value;
    i->seen |= 1u << k;
    i->impossible |= v > most[k];
    switch (k) {
    case 0: i->id.run = v; break;
    case 1: i->id.source = (uint16_t)v; break;
    case 2: i->id.sender = (uint16_t)v; break;
    case 3: i->id.record_class = (uint8_t)v; break;
    case 4: i->id.seq = v; break;
    default: i->id.intended_ns = v; break;
    }
}

const struct identity *otlp_identity(const struct otlp_identity *i)
{
    return i->seen == 0x3f && !i->impossible ? &i->id : NULL;
}

bool otlp_stop(struct otlp_records *r, enum otlp_result result, const char *why)
{
    if (r->result == OTLP_GOOD) {
        r->result = result;
        snprintf(r->why, sizeof r->why, "%s", why);
    }
    return false;
}

static bool have_room(struct otlp_records *r)
{
    if (r->count < r->room)
        return true;
    size_t room = r->room != 0 ? r->room * 2 : 64;
    struct record **list = realloc(r->list, room * sizeof(struct record *));
    if (list == NULL)
        return false;
    r->list = list;
    r->room = room;
    return true;
}

bool otlp_add(struct otlp_records *r, const struct identity *id, const unsigned char *payload, size_t size)
{
    const struct io_origin *o = r->origin;
    if (r->count >= r->most)
        return otlp_stop(r, OTLP_TOO_LARGE, "too many log records in one request");
    if (!have_room(r))
        return otlp_stop(r, OTLP_NO_MEMORY, "out of memory");
    bool own = id != NULL && id->run == o->run && id->source == o->source && id->sender < o->senders;
    struct record *one =
        own ? io_own_record(o, id, payload, size) : io_foreign_record(r->origin, payload, size, r->now_ns);
    if (one == NULL)
        return otlp_stop(r, OTLP_NO_MEMORY, "out of memory");
    if (r->count == 0)
        r->own = true;
    r->own &= own;
    r->list[r->count++] = one;
    return true;
}
