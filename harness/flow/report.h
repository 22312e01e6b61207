// SPDX-License-Identifier: Apache-2.0
// What one run of one cell measured, as plain memory in the shared arena: the executor fills it in, the
// result writer reads it. Pointers point into the same arena. Times are nanoseconds from the start of the
// run.
#ifndef FLOW_REPORT_H
#define FLOW_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hist.h"
#include "flow/ledger.h"
#include "queue/stats.h"

enum cell_status { CELL_OK, CELL_INVALID, CELL_FAILED, CELL_SKIPPED };
const char *cell_status_name(enum cell_status s); // "ok", "invalid", "failed", "skipped"

enum { REPORT_NAME_MAX = 64, REPORT_REASON_MAX = 240 };

#define SERIES_STEP_NS 100000000ull // one row of series.csv

// One row: what happened in [k, k+1) x report.series_step_ns. Counters are counts in the step.
struct series_row {
    uint64_t offered;  // offers made (attempts)
    uint64_t admitted; // entered the first edge
    uint64_t delivered;
    uint64_t refused;
    uint64_t lost[WEIR_LOSS_COUNT];
    uint32_t workers; // that took part at the last look, all stages together
    uint64_t depth_min, depth_max, depth_sum, depth_samples; // all edges together, sampled
    uint64_t response_count, response_max;
    uint64_t response_p50, response_p99; // filled in at the end, 0 when nothing was delivered
};

// What an edge's overflow did; see struct spill_counters.
struct spill_report {
    uint64_t written, recovered, unreadable, refusals, errors, peak_bytes;
};

struct edge_report {
    char name[REPORT_NAME_MAX];
    uint64_t capacity; // 0 when unbounded or null
    uint64_t high_water;
    double mean;                     // time average of the length over the measured window
    uint64_t in, out, dropped, held; // copies: in = out + dropped + held
    bool counted;                    // the queue has counted what it did
    struct weir_queue_stats counters;
    struct spill_report spill;
};

// Of all producers of a paced edge together. Levels are weighted by time: a histogram of them counts
// nanoseconds.
struct pacing_figures {
    uint64_t paused_ns;           // all producers together; a pause that the end cut short is left out
    struct hist in_flight, limit; // levels of each producer; limit: empty when it sets none
    struct hist rtt;              // from the go to the delivery
    struct hist weighed;          // the mean round trips it went by, where it keeps any
};

struct pacing_report {
    char edge[REPORT_NAME_MAX], strategy[REPORT_NAME_MAX]; // several: joined by +
    const struct pacing_figures *figures;
};

// A stage: how many workers took part, and what they did to the records.
struct stage_report {
    char name[REPORT_NAME_MAX];
    unsigned workers_max, workers_end;
    double workers_mean; // over the observer's looks while sources sent
    uint64_t peaked_ns;  // when the most took part for the first time

    uint64_t filtered; // records that its chain took out on purpose
    uint64_t bypassed; // records that skipped service and chain (fail_open), whatever became of them
    uint64_t toggles;  // times that a worker began or ended to bypass
    uint64_t swaps;    // times that a worker ran a batch under another chain than its batch before
    uint64_t *batches; // run through each version of the chain; version 0 is the file's
    size_t versions;
};

// Of a model sink whose service depends on its load. Levels are weighted by time: the attempts in service,
// and those begun in the last interval as seen whenever one begins or ends.
struct load_figures {
    struct hist in_service, rate;
    uint64_t deferred, dropped;
};

struct load_report {
    char sink[REPORT_NAME_MAX];
    const struct load_figures *figures;
};

// One of several sinks.
struct branch_report {
    char sink[REPORT_NAME_MAX];
    struct ledger ledger; // generated, and how each record ended as far as this sink is concerned
    struct sink_check check;
    uint64_t unique; // distinct records that arrived, by the check
    uint64_t replays, window_delivered;
    struct hist *response;
};

struct source_report {
    char name[REPORT_NAME_MAX];
    uint64_t generated;
    uint64_t sequence_gaps;        // RFC 5424 sequenceId gaps of external senders
    uint64_t rcvbuf_bytes;         // as read back from the socket; 0 when there is none
    char address[REPORT_NAME_MAX]; // bound address, "" when there is none
};

struct event_report {
    uint64_t at_ns, end_ns;
    uint64_t applied_ns;   // when the executor noticed
    bool recovered;        // the queues came back to their level of before the event
    uint64_t recovered_ns; // ... so long after the event's end
    char what[REPORT_NAME_MAX * 2];
};

// What the attempts at the sinks came to, all of them together (flow/sink.h).
struct sink_report {
    uint64_t attempts, failures, retries, short_circuited;
    uint64_t unconfirmed; // delivered, and not acknowledged by the peer when the connection broke
};

struct report {
    volatile bool finished; // the child got to the end; false after a crash
    enum cell_status status;
    char reason[REPORT_REASON_MAX];

    struct ledger ledger;
    struct sink_check check;
    bool interrupted; // ended before its time because it was told to
    struct sink_report sink;
    double seconds;          // length of the measured window
    uint64_t run_ns;         // from start to the last delivery or cut
    uint64_t window_offered; // records with an intended time in the window, filtered ones left out
    uint64_t window_delivered;
    struct hist *response, *service, *age, *send_lag; // NULL while the child has not allocated them
    uint64_t late_records;                            // own lag above 10 ms
    uint64_t producer_stall_ns;                       // time producers spent blocked on an edge, all together
    uint64_t longest_gap_ns;                          // longest time without a delivery inside the window

    struct edge_report *edges;
    size_t edge_count;
    bool queue_stats; // the queues were asked to count
    struct load_report *loads;
    size_t load_count;
    struct pacing_report *pacings;
    size_t pacing_count;
    struct stage_report *stages;
    size_t stage_count;
    struct branch_report *branches; // none with one sink
    size_t branch_count;
    struct source_report *sources;
    size_t source_count;
    struct event_report *events;
    size_t event_count;
    struct series_row *series;
    size_t series_count;
    uint64_t series_step_ns;  // 100 ms; longer when the run is longer than 1000 s
    const uint32_t *row_hist; // response times of a row's deliveries, COARSE_COUNTS (base/coarse.h) a row;
                              // NULL when nobody delivers
    uint64_t duration_ns, warmup_ns; // as planned

    double cpu_user_s, cpu_system_s;
    uint64_t peak_bytes;         // of the process (live)
    uint64_t pool_peak_bytes;    // of the pool that records come from
    uint64_t memory_limit_bytes; // of that pool; 0: none
    bool memory_limit_reached;   // ... and that is what ended it
    uint64_t context_switches_involuntary, context_switches_voluntary, major_faults;
    double pingpong_before_ns, pingpong_after_ns; // live only; 0 when there is one core
    unsigned threads;                             // of the pipeline
    bool pinned;
    uint64_t digest; // sim only
    bool has_digest;
    uint64_t sim_events;
    bool verified; // --verify: reasons were checked as sets of sequence numbers
};

#endif
