// SPDX-License-Identifier: Apache-2.0
// One queue of theory as a run of the simulator, and what 20 replications say of it.
#ifndef TEST_VALIDATE_QUEUEING_H
#define TEST_VALIDATE_QUEUEING_H

#include "../flow/fixture.h"
#include "theory.h"

enum { REPLICATIONS = 20, RARE = 5 };

struct queueing {
    enum law_kind service; // LAW_EXPONENTIAL or LAW_CONSTANT
    double rho;
    unsigned servers, places; // places include those of the servers
};

#define SERVICE_NS 1e6 // mean

// Numbers inside, watched from within the run: area under the number of records inside, over the whole run
// and over the window.
struct area {
    uint64_t from_ns, to_ns, last_ns;
    uint64_t inside;
    double all, window;
    uint64_t stayed_ns; // sum of the times inside of what was delivered, whole run
};

static inline void watch_area(void *context, uint64_t now_ns, unsigned node, unsigned what,
                              const struct record *r)
{
    struct area *a = context;
    (void)node;
    if (what != TRACE_ADMITTED && what != TRACE_DELIVERED)
        return;
    uint64_t begin = later(a->last_ns, a->from_ns), end = sooner(now_ns, a->to_ns);
    a->all += (double)a->inside * (double)(now_ns - a->last_ns);
    if (end > begin)
        a->window += (double)a->inside * (double)(end - begin);
    a->last_ns = now_ns;
    if (what == TRACE_ADMITTED) {
        a->inside++;
    } else {
        a->inside--;
        a->stayed_ns += now_ns - r->intended_ns;
    }
}

struct measured {
    double blocked, number, time; // as struct theory
    double lost;                  // records, in the window
};

static inline void queueing_init(struct fixture *x, const struct queueing *q, unsigned records)
{
    double rate = q->rho * q->servers * 1e9 / SERVICE_NS;
    fixture_init(x, ARRIVE_POISSON, rate, SERVICE_NS, "drop_newest", q->places - q->servers);
    x->sink_service.law = (struct law){.kind = q->service, .mean = SERVICE_NS};
    x->source.size = law_constant(0);
    if (q->servers > 1) { // the sink's own workers, one for each server
        x->sink.concurrency = q->servers;
        x->sink.has_edge = true;
        x->sink.edge = x->stage.edge;
        x->sink.edge.consumers = q->servers;
        x->scenario.stage_count = 0;
    }
    x->scenario.warmup_ns = NS_PER_S / 2;
    x->scenario.duration_ns = x->scenario.warmup_ns + (uint64_t)(records / rate * 1e9);
}

// One replication. The ledger balances, and Little's law holds to the nanosecond: the area under the number
// inside is the sum of the times inside.
static inline struct measured replicate(const struct queueing *q, unsigned records, uint64_t seed)
{
    struct fixture x;
    queueing_init(&x, q, records);
    struct area area = {.from_ns = x.scenario.warmup_ns, .to_ns = x.scenario.duration_ns};
    struct report r = run_watched(&x, sim_run, seed, false, watch_area, &area);
    assert_balanced(&r);
    assert_int_equal(r.ledger.in_flight, 0);
    assert_true(area.all == (double)area.stayed_ns);
    double window = (double)(area.to_ns - area.from_ns);
    double lost = (double)(r.window_offered - r.window_delivered);
    return (struct measured){.blocked = lost / (double)r.window_offered,
                             .number = area.window / window,
                             .time = hist_mean(r.response) / SERVICE_NS,
                             .lost = lost};
}

// Mean of the replications and half of the width of the interval that holds the truth in 99 of 100 cases: the
// t distribution of 19 degrees of freedom has 99 % within 2.8609.
struct estimate {
    double mean, half;
};

static inline struct estimate estimate_of(const double *x)
{
    double sum = 0, squares = 0;
    for (unsigned i = 0; i < REPLICATIONS; i++)
        sum += x[i];
    double mean = sum / REPLICATIONS;
    for (unsigned i = 0; i < REPLICATIONS; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return (struct estimate){mean, 2.860935 * sqrt(squares / (REPLICATIONS - 1) / REPLICATIONS)};
}

enum figure { BLOCKED, NUMBER, TIME, FIGURES };

struct verdict {
    struct theory theory;
    struct estimate seen[FIGURES];
    double lost;     // records, of all replications
    double expected; // of them by theory, in each replication
};

static inline double truth(const struct verdict *v, enum figure f)
{
    return f == BLOCKED ? v->theory.blocked : f == NUMBER ? v->theory.number : v->theory.time;
}

// A loss that hardly ever happens has no interval of means.
static inline bool is_rare(const struct verdict *v)
{
    return v->expected < RARE;
}

static inline bool is_inside(const struct verdict *v, enum figure f)
{
    return fabs(v->seen[f].mean - truth(v, f)) <= v->seen[f].half;
}

static inline struct verdict judge(const struct queueing *q, unsigned records, uint64_t first_seed)
{
    double x[FIGURES][REPLICATIONS];
    struct verdict v = {.theory = q->service == LAW_CONSTANT ? md1k(q->rho, q->places)
                                                             : mmck(q->rho, q->servers, q->places)};
    v.expected = records * v.theory.blocked;
    for (unsigned i = 0; i < REPLICATIONS; i++) {
        struct measured m = replicate(q, records, first_seed + i);
        x[BLOCKED][i] = m.blocked;
        x[NUMBER][i] = m.number;
        x[TIME][i] = m.time;
        v.lost += m.lost;
    }
    for (int f = 0; f < FIGURES; f++)
        v.seen[f] = estimate_of(x[f]);
    return v;
}

#endif
