// SPDX-License-Identifier: Apache-2.0
#include "sim/mailbox.h"

#include <stdlib.h>

static bool grow(struct mailbox *m)
{
    size_t room = m->room ? m->room * 2 : 256;
    struct letter *ring = malloc(room * sizeof *ring);
    if (!ring)
        return false;
    for (size_t i = 0; i < m->len; i++)
        ring[i] = m->ring[(m->head + i) % m->room];
    free(m->ring);
    *m = (struct mailbox){.ring = ring, .room = room, .len = m->len};
    return true;
}

bool mailbox_put(struct mailbox *m, struct letter letter)
{
    if (m->len == m->room && !grow(m))
        return false;
    m->ring[(m->head + m->len++) % m->room] = letter;
    return true;
}

bool mailbox_take(struct mailbox *m, struct letter *letter)
{
    if (!m->len)
        return false;
    *letter = m->ring[m->head];
    m->head = (m->head + 1) % m->room;
    m->len--;
    return true;
}

void mailbox_free(struct mailbox *m)
{
    free(m->ring);
    *m = (struct mailbox){0};
}

struct record *record_of_message(const struct wire_setup *setup, const struct wire_message *m, size_t header)
{
    uint32_t size = m->size > header ? (uint32_t)(m->size - header) : 0;
    struct record *r = record_take(setup->pool, size);
    if (!r)
        return NULL;
    r->source = m->source;
    r->sender = m->sender;
    r->record_class = m->record_class;
    r->flags = 0;
    r->seq = m->seq;
    r->intended_ns = m->intended_ns;
    r->mark = 0;
    r->size = size;
    payload_fill(r->payload, size, setup->seed, r->source, r->sender, r->seq, r->record_class);
    return r;
}
