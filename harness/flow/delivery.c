// SPDX-License-Identifier: Apache-2.0
#include "flow/delivery.h"

#include "flow/flow.h"

bool delivery_init(struct node *n, struct delivery *d, struct sink_state *sink)
{
    struct flow *f = n->flow;
    *d = (struct delivery){.sink = sink};
    if (sink->links) {
        if (sink->links_taken == sink->link_count)
            return false;
        d->link = sink->links[sink->links_taken++];
    }
    d->counts = arena_alloc(f->setup->arena, sizeof *d->counts);
    d->counts->sink = sink->index;
    d->counts->next = f->root->sink_counts;
    f->root->sink_counts = d->counts;
    char stream[2 * REPORT_NAME_MAX];
    snprintf(stream, sizeof stream, "%s.retry.%s", sink->spec->name, n->name);
    rng_init(&d->jitter, f->setup->seed, stream);
    return true;
}

static void forget_attempts(struct delivery *d)
{
    d->begun = d->retrying = d->at_breaker = false;
    d->retries = 0;
}

void delivery_begin(struct delivery *d, struct record **records, size_t count, uint64_t ready_ns)
{
    d->records = records;
    d->count = count;
    d->next = 0;
    d->ready_ns = ready_ns;
    forget_attempts(d);
    d->phase = DELIVERY_ASK;
}

static bool may_retry(const struct delivery *d)
{
    return d->sink->spec->retry.max_retries > 0;
}

// ---- ends ----

static struct wait next_or_done(struct delivery *d, uint64_t now_ns)
{
    forget_attempts(d);
    if (d->next < d->count) { // what is left is a new batch
        d->ready_ns = now_ns;
        d->phase = DELIVERY_ASK;
        return wait_nothing();
    }
    d->count = d->next = 0;
    d->phase = DELIVERY_IDLE;
    return wait_done();
}

static void deliver_up_to(struct node *n, struct delivery *d, size_t end, uint64_t now_ns)
{
    for (; d->next < end; d->next++)
        flow_deliver(n, d->records[d->next], now_ns);
}

static struct wait lose_up_to(struct node *n, struct delivery *d, size_t end, enum weir_loss reason,
                              uint64_t now_ns)
{
    for (; d->next < end; d->next++)
        flow_lose(n, d->records[d->next], reason, now_ns);
    return next_or_done(d, now_ns);
}

// ---- the breaker ----

static bool breaker_allows(struct node *n, struct delivery *d, uint64_t now_ns, uint64_t *until_ns)
{
    struct sink_state *s = d->sink;
    if (!s->spec->has_breaker)
        return true;
    guard_enter(n->flow, s->guard);
    d->breaker_seen = signal_seen(&s->breaker_moved);
    struct weir_breaker_answer a = weir_breaker_ask(&s->breaker, now_ns);
    guard_leave(n->flow, s->guard);
    d->ticket = a.ticket;
    *until_ns = a.until_ns;
    return a.allowed;
}

// An open breaker that closes lets those through who wait for it.
static void tell_breaker(struct node *n, struct delivery *d, uint64_t now_ns, bool failed)
{
    struct sink_state *s = d->sink;
    if (!s->spec->has_breaker)
        return;
    guard_enter(n->flow, s->guard);
    enum weir_breaker_mode before = weir_breaker_mode(&s->breaker, now_ns);
    weir_breaker_result(&s->breaker, d->ticket, now_ns, failed);
    bool closed =
        before != WEIR_BREAKER_CLOSED && weir_breaker_mode(&s->breaker, now_ns) == WEIR_BREAKER_CLOSED;
    guard_leave(n->flow, s->guard);
    if (closed)
        flow_raise(n->flow, &s->breaker_moved);
}

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a > TIME_NEVER - b ? TIME_NEVER : a + b;
}

static struct wait stopped_by_breaker(struct node *n, struct delivery *d, uint64_t until_ns, uint64_t now_ns)
{
    d->counts->short_circuited++;
    if (!may_retry(d))
        return lose_up_to(n, d, d->count, WEIR_LOSS_SINK_ERROR, now_ns);
    if (until_ns > plus(d->first_ns, d->sink->spec->retry.budget_ns))
        return lose_up_to(n, d, d->count, WEIR_LOSS_RETRY_EXHAUSTED, now_ns);
    d->again_ns = until_ns;
    d->at_breaker = true;
    d->phase = DELIVERY_BACK_OFF;
    return wait_nothing();
}

// ---- an attempt ----

static void count_attempt(struct node *n, struct delivery *d, uint64_t now_ns)
{
    d->counts->attempts++;
    d->counts->retries += d->retrying;
    if (d->sink->budget.share > 0 && !d->retrying) {
        guard_enter(n->flow, d->sink->guard);
        weir_retry_budget_first(&d->sink->budget, now_ns);
        guard_leave(n->flow, d->sink->guard);
    }
}

static struct wait ask(struct node *n, struct delivery *d, uint64_t now_ns)
{
    uint64_t until = 0;
    if (!d->begun)
        d->first_ns = now_ns;
    d->begun = true;
    if (!breaker_allows(n, d, now_ns, &until))
        return stopped_by_breaker(n, d, until, now_ns);
    count_attempt(n, d, now_ns);
    struct sink_attempt a = sink_plan(n, d->sink, d->ready_ns, now_ns);
    uint64_t patience = d->sink->spec->timeout_ns ? plus(now_ns, d->sink->spec->timeout_ns) : TIME_NEVER;
    d->asked_ns = now_ns;
    d->done_ns = sooner(a.end_ns, patience);
    d->fails = a.fails || a.end_ns > patience;
    d->phase = DELIVERY_SERVICE;
    return wait_nothing();
}

static bool budget_allows(struct node *n, struct delivery *d, uint64_t now_ns)
{
    guard_enter(n->flow, d->sink->guard);
    bool allowed = weir_retry_budget_take(&d->sink->budget, now_ns);
    guard_leave(n->flow, d->sink->guard);
    return allowed;
}

// The attempt has failed: again later, or its records are lost.
static struct wait failed(struct node *n, struct delivery *d, const struct link_outcome *o, uint64_t now_ns)
{
    const struct weir_retry_policy *p = &d->sink->spec->retry;
    size_t end = o->one_record ? d->next + 1 : d->count;
    d->counts->failures++;
    tell_breaker(n, d, now_ns, true);
    bool hopeless = o->is_hopeless || (o->has_status && !weir_retry_http_retryable(p, o->status));
    if (!may_retry(d) || hopeless)
        return lose_up_to(n, d, end, o->is_oversize ? WEIR_LOSS_OVERSIZE : WEIR_LOSS_SINK_ERROR, now_ns);
    struct weir_retry_view view = {.now_ns = now_ns,
                                   .first_sent_ns = d->first_ns,
                                   .retries_done = d->retries,
                                   .retryable = true,
                                   .has_retry_after = o->has_retry_after,
                                   .retry_after_ns = o->retry_after_ns,
                                   .uniform = rng_unit(&d->jitter)};
    if (!weir_retry_next(p, &view, &d->again_ns) || !budget_allows(n, d, now_ns))
        return lose_up_to(n, d, end, WEIR_LOSS_RETRY_EXHAUSTED, now_ns);
    d->again_ns = later(d->again_ns, o->not_before_ns);
    d->at_breaker = false;
    d->phase = DELIVERY_BACK_OFF;
    return wait_nothing();
}

static struct wait service(struct node *n, struct delivery *d, uint64_t now_ns)
{
    if (now_ns < d->done_ns)
        return wait_time(sooner(d->done_ns, n->flow->cut_ns));
    if (d->fails)
        return failed(n, d, &(struct link_outcome){.failed = true}, now_ns);
    d->sent = false;
    d->phase = DELIVERY_HAND_OVER;
    return wait_nothing();
}

static struct wait succeeded(struct node *n, struct delivery *d, uint64_t now_ns)
{
    tell_breaker(n, d, now_ns, false);
    return next_or_done(d, now_ns);
}

static struct wait back_off(struct node *n, struct delivery *d, uint64_t now_ns)
{
    struct sink_state *s = d->sink;
    bool freed = d->at_breaker && signal_seen(&s->breaker_moved) != d->breaker_seen;
    if (now_ns < d->again_ns && !freed) {
        uint64_t until = sooner(d->again_ns, n->flow->cut_ns);
        return d->at_breaker ? wait_signal(&s->breaker_moved, d->breaker_seen, until) : wait_time(until);
    }
    d->retrying = !d->at_breaker || d->retrying;
    d->retries += !d->at_breaker;
    d->at_breaker = false;
    d->ready_ns = now_ns;
    d->phase = DELIVERY_ASK;
    return wait_nothing();
}

// ---- a connection ----

static struct wait outcome(struct node *n, struct delivery *d, const struct link_outcome *o, uint64_t now_ns)
{
    size_t done = d->next + o->done;
    deliver_up_to(n, d, done - o->rejected, now_ns);
    for (; d->next < done; d->next++)
        flow_lose(n, d->records[d->next], WEIR_LOSS_SINK_ERROR, now_ns);
    if (!o->failed)
        return succeeded(n, d, now_ns);
    if (o->done) // it got somewhere: what is left begins anew
        forget_attempts(d), d->begun = true, d->first_ns = now_ns;
    return failed(n, d, o, now_ns);
}

static struct wait transmit(struct node *n, struct delivery *d, uint64_t now_ns)
{
    const struct link_ops *link = d->link->link;
    if (!d->sent) {
        link->submit(d->link, d->records + d->next, d->count - d->next, now_ns);
        d->sent = true;
    }
    struct link_outcome o = {0};
    uint64_t until = TIME_NEVER;
    if (link->poll(d->link, &o, &until, now_ns) == WIRE_OK)
        return outcome(n, d, &o, now_ns);
    uint64_t patience = d->sink->spec->timeout_ns ? plus(d->asked_ns, d->sink->spec->timeout_ns) : TIME_NEVER;
    if (now_ns < patience)
        return wait_io(d->link, 0, sooner(sooner(until, patience), n->flow->cut_ns));
    o = (struct link_outcome){.failed = true, .has_status = link->is_http};
    link->abandon(d->link, &o.done, now_ns);
    return outcome(n, d, &o, now_ns);
}

// ---- a file ----

// The buffer could not be written. True: it was given up. False: again at s->flush.again_ns.
static bool flush_failed(struct node *n, struct delivery *d, uint64_t now_ns)
{
    struct sink_state *s = d->sink;
    const struct weir_retry_policy *p = &s->spec->retry;
    d->counts->failures++;
    if (!s->flush.retries)
        s->flush.first_ns = now_ns;
    struct weir_retry_view view = {.now_ns = now_ns,
                                   .first_sent_ns = s->flush.first_ns,
                                   .retries_done = s->flush.retries,
                                   .retryable = true,
                                   .uniform = rng_unit(&d->jitter)};
    bool again = may_retry(d) && weir_retry_next(p, &view, &s->flush.again_ns) &&
                 weir_retry_budget_take(&s->budget, now_ns);
    if (again) {
        s->flush.retries++;
        return false;
    }
    writer_lose(n, &s->writer, may_retry(d) ? WEIR_LOSS_RETRY_EXHAUSTED : WEIR_LOSS_SINK_ERROR, now_ns);
    s->flush = (struct flush_retry){0};
    return true;
}

// One record into the buffer. False: the file fails, and it is to be tried again at flush.again_ns.
static bool put(struct node *n, struct delivery *d, struct record *r, uint64_t now_ns)
{
    struct sink_state *s = d->sink;
    if (now_ns < s->flush.again_ns)
        return false;
    enum writer_result result = writer_put(n, &s->writer, r, now_ns);
    if (result == WRITER_FAILED) {
        d->counts->retries += s->flush.retries > 0;
        if (!flush_failed(n, d, now_ns))
            return false;
        result = writer_put(n, &s->writer, r, now_ns);
    }
    if (result != WRITER_OK)
        flow_lose(n, r, result == WRITER_OVERSIZE ? WEIR_LOSS_OVERSIZE : WEIR_LOSS_SINK_ERROR, now_ns);
    return true;
}

// Under the guard. True: something reached its end.
static bool flush(struct node *n, struct delivery *d, uint64_t now_ns)
{
    struct sink_state *s = d->sink;
    if (!s->writer.pending_count || now_ns < s->flush.again_ns)
        return false;
    d->counts->retries += s->flush.retries > 0;
    if (writer_flush(n, &s->writer, now_ns) != WRITER_OK)
        return flush_failed(n, d, now_ns);
    s->flush = (struct flush_retry){0};
    return true;
}

bool delivery_flush(struct node *n, struct delivery *d, uint64_t now_ns, uint64_t *until_ns)
{
    struct sink_state *s = d->sink;
    *until_ns = TIME_NEVER;
    if (s->spec->type != SINK_FILE)
        return false;
    guard_enter(n->flow, s->guard);
    bool moved = flush(n, d, now_ns);
    if (!moved && s->writer.pending_count)
        *until_ns = s->flush.again_ns;
    guard_leave(n->flow, s->guard);
    return moved;
}

static struct wait write(struct node *n, struct delivery *d, uint64_t now_ns)
{
    struct sink_state *s = d->sink;
    guard_enter(n->flow, s->guard);
    while (d->next < d->count && put(n, d, d->records[d->next], now_ns))
        d->next++;
    if (writer_is_overdue(&s->writer, now_ns))
        flush(n, d, now_ns);
    uint64_t again = s->flush.again_ns;
    guard_leave(n->flow, s->guard);
    return d->next < d->count ? wait_time(sooner(again, n->flow->cut_ns)) : succeeded(n, d, now_ns);
}

void delivery_end(struct node *n, struct delivery *d, uint64_t now_ns)
{
    struct sink_state *s = d->sink;
    if (s->spec->type != SINK_FILE)
        return;
    guard_enter(n->flow, s->guard);
    if (writer_flush(n, &s->writer, now_ns) != WRITER_OK) {
        d->counts->failures++;
        if (may_retry(d))
            writer_leave_in_flight(n, &s->writer, now_ns);
        else
            writer_lose(n, &s->writer, WEIR_LOSS_SINK_ERROR, now_ns);
    }
    guard_leave(n->flow, s->guard);
}

// ---- steps ----

static struct wait hand_over(struct node *n, struct delivery *d, uint64_t now_ns)
{
    if (d->link)
        return transmit(n, d, now_ns);
    if (d->sink->spec->type == SINK_FILE)
        return write(n, d, now_ns);
    deliver_up_to(n, d, d->count, now_ns);
    return succeeded(n, d, now_ns);
}

struct wait delivery_step(struct node *n, struct delivery *d, uint64_t now_ns)
{
    for (;;) {
        struct wait w = wait_done();
        switch (d->phase) {
        case DELIVERY_IDLE: return w;
        case DELIVERY_ASK: w = ask(n, d, now_ns); break;
        case DELIVERY_SERVICE: w = service(n, d, now_ns); break;
        case DELIVERY_HAND_OVER: w = hand_over(n, d, now_ns); break;
        case DELIVERY_BACK_OFF: w = back_off(n, d, now_ns); break;
        }
        if (w.what != WAIT_NOTHING)
            return w;
    }
}

bool delivery_is_due(const struct delivery *d, uint64_t now_ns)
{
    return d->phase == DELIVERY_SERVICE && now_ns >= d->done_ns;
}

void delivery_cut(struct node *n, struct delivery *d, uint64_t now_ns)
{
    size_t done = 0;
    if (d->link && d->phase == DELIVERY_HAND_OVER && d->sent)
        d->link->link->abandon(d->link, &done, now_ns);
    deliver_up_to(n, d, d->next + done, now_ns);
    for (; d->next < d->count; d->next++)
        flow_leave_in_flight(n, d->records[d->next], now_ns);
    d->count = d->next = 0;
    d->phase = DELIVERY_IDLE;
}
