// SPDX-License-Identifier: Apache-2.0
#include "live/io/link/link.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "live/io.h"

size_t link_message(const struct link_setup *setup, const struct record *r, unsigned char *to, size_t room)
{
    if (r->flags & RECORD_EXTERNAL) {
        if (r->size > room)
            return 0;
        memcpy(to, r->payload, r->size);
        return r->size;
    }
    const struct identity id = {setup->run, r->source, r->sender, r->record_class, r->seq, r->intended_ns};
    enum wire_format format = setup->scenario->sinks[setup->sink].net.format;
    return format_encode_payload(format, &id, r->payload, r->size, to, room);
}

bool link_resolve(const struct sink *sink, int type, struct io_address *a, struct error *e)
{
    char port[8];
    snprintf(port, sizeof port, "%u", sink->net.port);
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_NUMERICSERV}, *found = NULL;
    int code = getaddrinfo(sink->net.host, port, &hints, &found);
    if (code != 0)
        return fail(e, EXIT_USAGE, "%s: cannot send to %s:%s: %s", sink->name, sink->net.host, port,
                    gai_strerror(code));
    *a = (struct io_address){.size = found->ai_addrlen};
    memcpy(&a->at, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

struct wire *wire_link_open(const struct link_setup *setup, struct error *e)
{
    switch (setup->scenario->sinks[setup->sink].type) {
    case SINK_UDP: return link_udp_open(setup, e);
    case SINK_TCP: return link_tcp_open(setup, e);
    default: return link_otlp_open(setup, e);
    }
}
