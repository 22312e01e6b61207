// SPDX-License-Identifier: Apache-2.0
// A model sink whose service depends on its load: on how many attempts it serves at the moment, and on how
// many began in the last interval. What Vector's tests of its adaptive concurrency call a simulated sink.
//
//   service x (1 + slowdown by concurrency + slowdown by rate + jitter x Exp(1))
//   slowdown = scale x (level - 1) + (exponent ^ (level - knee) - 1 above the knee)
//
// Above a limit an attempt is deferred, it fails after the service of an idle sink; or dropped, it is never
// answered and takes no place. Not thread-safe: the sink's guard is held.
#ifndef FLOW_LOAD_H
#define FLOW_LOAD_H

#include "base/rng.h"
#include "flow/report.h"
#include "scenario/scenario.h"

struct load {
    const struct sink_load *spec;
    struct rng rng;
    struct load_figures *figures; // in the arena
    uint64_t *ends;               // planned ends of what is in service, the soonest first (a heap)
    size_t in_service, room;
    uint64_t *starts; // of the attempts in the last interval, a ring
    size_t oldest, recent, starts_room;
    uint64_t looked_ns; // time of the last look; TIME_NEVER: none yet
};

enum load_action { LOAD_SERVE, LOAD_DEFER, LOAD_DROP };

// `places`: most attempts in service at a time. False when memory ends.
bool load_init(struct load *l, const struct sink_load *spec, size_t places, uint64_t seed, const char *sink,
               struct load_figures *figures);
void load_free(struct load *l);

// An attempt begins. Turns the service of an idle sink (nanoseconds) into the present one. LOAD_SERVE and
// LOAD_DEFER: load_serve follows.
enum load_action load_begin(struct load *l, uint64_t start_ns, double *service_ns);
void load_serve(struct load *l, uint64_t end_ns);

// The run is over: what is in service ends as planned, for the figures.
void load_finish(struct load *l);

#endif
