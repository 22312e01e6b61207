// SPDX-License-Identifier: Apache-2.0
#include "live/io/common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

void io_wait(struct pollfd *fds, unsigned count, uint64_t deadline_mono_ns)
{
    for (;;) {
        struct timespec rest, *timeout = NULL;
        if (deadline_mono_ns != UINT64_MAX) {
            uint64_t now = clock_mono_ns();
            uint64_t ns = deadline_mono_ns > now ? deadline_mono_ns - now : 0;
            rest = (struct timespec){.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
            timeout = &rest;
        }
        if (ppoll(fds, count, timeout, NULL) >= 0 || errno != EINTR)
            return;
    }
}

void io_event_set(int event_fd)
{
    while (eventfd_write(event_fd, 1) < 0 && errno == EINTR)
        ;
}

void io_event_clear(int event_fd)
{
    eventfd_t count;
    while (eventfd_read(event_fd, &count) < 0 && errno == EINTR)
        ;
}

uint64_t io_run_number(void)
{
    uint64_t number;
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number)
        number = clock_mono_ns() ^ (uint64_t)getpid() << 40;
    return number;
}

// ---- addresses ----
bool io_resolve(const struct source *source, int type, struct io_address *a, struct error *e)
{
    const char *host = source->net.host != NULL ? source->net.host : "127.0.0.1";
    char port[8];
    snprintf(port, sizeof port, "%u", source->net.port);
    struct addrinfo hints = {.ai_socktype = type, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found = NULL;
    int code = getaddrinfo(host, port, &hints, &found);
    if (code != 0)
        return fail(e, EXIT_USAGE, "%s: cannot listen on %s:%s: %s", source->name, host, port,
                    gai_strerror(code));
    *a = (struct io_address){.size = found->ai_addrlen};
    memcpy(&a->at, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return true;
}

void io_address_print(const struct io_address *a, char text[ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (a->at.ss_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const void *)&a->at;
        inet_ntop(AF_INET6, &v6->sin6_addr, host, sizeof host);
        snprintf(text, ADDRESS_TEXT, "[%s]:%u", host, ntohs(v6->sin6_port));
    } else {
        const struct sockaddr_in *v4 = (const void *)&a->at;
        inet_ntop(AF_INET, &v4->sin_addr, host, sizeof host);
        snprintf(text, ADDRESS_TEXT, "%s:%u", host, ntohs(v4->sin_port));
    }
}

struct io_address io_reach(const struct io_address *a)
{
    struct io_address to = *a;
    if (to.at.ss_family == AF_INET6) {
        struct sockaddr_in6 *v6 = (void *)&to.at;
        if (IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
            v6->sin6_addr = in6addr_loopback;
    } else {
        struct sockaddr_in *v4 = (void *)&to.at;
        if (v4->sin_addr.s_addr == htonl(INADDR_ANY))
            v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    }
    return to;
}

// ---- records ----
bool io_is_own(const struct io_origin *o, const unsigned char *message, size_t size, struct identity *id,
               const unsigned char **payload, size_t *payload_size)
{
    return format_decode(message, size, id, payload, payload_size) && id->run == o->run &&
           id->source == o->source && id->sender < o->senders;
}

static struct record *copy(const struct io_origin *o, const unsigned char *payload, size_t size)
{
    struct record *r = record_take(o->pool, size);
    if (r == NULL)
        return NULL;
    r->next = NULL;
    r->flags = 0;
    r->record_class = 0;
    r->source = o->source;
    r->size = (uint32_t)size;
    r->mark = r->sent_ns = r->pushed_ns = r->payload_hash = 0;
    if (size != 0)
        memcpy(r->payload, payload, size);
    return r;
}

struct record *io_own_record(const struct io_origin *o, const struct identity *id,
                             const unsigned char *payload, size_t size)
{
    struct record *r = copy(o, payload, size);
    if (r == NULL)
        return NULL;
    r->sender = id->sender;
    r->record_class = id->record_class;
    r->seq = id->seq;
    r->intended_ns = id->intended_ns;
    return r;
}

struct record *io_foreign_record(struct io_origin *o, const unsigned char *payload, size_t size,
                                 uint64_t now_ns)
{
    struct record *r = copy(o, payload, size);
    if (r == NULL)
        return NULL;
    r->flags = RECORD_EXTERNAL;
    r->sender = (uint16_t)o->senders;
    r->seq = o->foreign++;
    r->intended_ns = now_ns;
    r->payload_hash = payload_hash(r->payload, size);
    return r;
}
