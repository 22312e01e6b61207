// SPDX-License-Identifier: Apache-2.0
// The observer: looks at every edge once a tick, for the time series, the mean lengths and the recovery
// times.
#include "flow/flow.h"

static void note_events(struct flow *f, uint64_t now_ns)
{
    struct report *r = &f->root->report;
    for (size_t i = 0; i < r->event_count; i++)
        if (r->events[i].applied_ns == TIME_NEVER && now_ns >= r->events[i].at_ns)
            r->events[i].applied_ns = now_ns;
}

// The observer has no tally of its own: depths go into the first one's rows, which no node writes.
static struct series_row *row_of(struct flow *f, uint64_t now_ns)
{
    struct report *r = &f->root->report;
    uint64_t row = now_ns / r->series_step_ns;
    return &r->series[row < r->series_count ? row : r->series_count - 1];
}

static uint32_t note_workers(struct flow *f, uint64_t now_ns)
{
    uint32_t all = 0;
    for (size_t i = 0; i < f->scenario->stage_count; i++) {
        struct stage_state *s = &f->stages[i];
        unsigned active = atomic_load_explicit(&s->active, memory_order_relaxed);
        all += active;
        if (active > s->active_max) {
            s->active_max = active;
            s->peaked_ns = now_ns;
        }
        if (now_ns < flow_stop_ns(f))
            s->active_ticks += active;
    }
    f->worker_ticks += now_ns < flow_stop_ns(f);
    return all;
}

void flow_observe(struct flow *f, uint64_t now_ns)
{
    uint64_t all = 0;
    bool in_window = flow_in_window(f, now_ns);
    for (size_t i = 0; i < f->edge_count; i++) {
        uint64_t len = f->edges[i].is_inline ? 0 : edge_len(&f->edges[i]);
        all += f->edges[i].ring ? 0 : len; // a ring counts once, at its door
        if (in_window)
            f->edge_len_sum[i] += (double)len;
    }
    f->window_ticks += in_window;
    struct series_row *row = row_of(f, now_ns);
    row->depth_sum += all;
    row->depth_min = row->depth_samples && row->depth_min < all ? row->depth_min : all;
    row->depth_samples++;
    row->workers = note_workers(f, now_ns);
    row->depth_max = later(row->depth_max, all);
    // A late look stands for the ticks that were missed.
    size_t upto = now_ns / f->tick_ns + 1;
    upto = upto < f->depth_room ? upto : f->depth_room;
    while (f->depth_count < upto)
        f->depths[f->depth_count++] = all < UINT32_MAX ? (uint32_t)all : UINT32_MAX;
    atomic_store_explicit(&f->root->observed_ns, now_ns, memory_order_release);
    f->next_tick_ns = (now_ns / f->tick_ns + 1) * f->tick_ns;
    note_events(f, now_ns);
}
