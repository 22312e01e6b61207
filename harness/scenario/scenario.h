// SPDX-License-Identifier: Apache-2.0
// A checked scenario: what the YAML file says, in base units, with every default filled in. Plain data; the
// flow is built from it by either engine. Durations are nanoseconds, sizes bytes, rates items per second.
#ifndef SCENARIO_SCENARIO_H
#define SCENARIO_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/law.h"
#include "process/chain.h"
#include "queue/queue.h"
#include "scenario/expect.h"
#include "strategy/autoscale.h"
#include "strategy/breaker.h"
#include "strategy/discipline.h"
#include "strategy/pacing.h"
#include "strategy/retry.h"
#include "strategy/strategy.h"

#define NS_PER_S   1000000000ull
#define NS_PER_MS  1000000ull
#define NS_PER_US  1000ull
#define TIME_NEVER UINT64_MAX

// ---- values that the timeline may change ----

// A timed value is a list of pieces in
// time order; the first starts at 0, each holds until the next begins, the last for ever. Inside a piece the
// value is a draw from `law` times a scale that goes linearly from scale_from (at start_ns) to scale_to (at
// the next piece's start). Compiled from the file and the timeline: a pure function of time.
struct timed_piece {
    uint64_t start_ns;
    struct law law;
    double scale_from, scale_to;
};

struct timed {
    struct timed_piece *pieces; // at least one
    size_t count;
};

double timed_scale(const struct timed *t, size_t piece, uint64_t now_ns);
size_t timed_piece_at(const struct timed *t, uint64_t now_ns); // index of the piece that holds at now_ns
double timed_draw(const struct timed *t, uint64_t now_ns, struct rng *r);
double timed_value(const struct timed *t, uint64_t now_ns); // the mean at now_ns (for constants: the value)
bool timed_is_zero(const struct timed *t);                  // constant 0 at every time

// Time spans in which a source, stage or sink stands still (timeline `stall`), sorted, not overlapping.
struct span {
    uint64_t start_ns, end_ns; // [start, end)
};

struct spans {
    struct span *list;
    size_t count;
};

// End of the span that covers now_ns, or 0 when none does.
uint64_t spans_cover(const struct spans *s, uint64_t now_ns);
// When `work_ns` of work begun at start_ns ends, given that nothing happens inside the spans.
uint64_t spans_finish(const struct spans *s, uint64_t start_ns, uint64_t work_ns);

// ---- sources ----
enum source_type { SOURCE_SYNTHETIC, SOURCE_FILE, SOURCE_UDP, SOURCE_OTLP, SOURCE_TCP };
enum arrival_process {
    ARRIVE_CONSTANT,
    ARRIVE_POISSON,
    ARRIVE_ON_OFF,
    ARRIVE_CLOSED,
    ARRIVE_PARETO,
    ARRIVE_MMPP,
    ARRIVE_DIURNAL,
    ARRIVE_TRACE,
};

// A list of quantities, in base units.
struct quantities {
    double *values;
    size_t count;
};

struct arrival {
    enum arrival_process process;
    struct timed rate;       // items per second of the whole source; on_off: the rate while on; pareto, mmpp,
                             // diurnal: the long-run mean; trace: unused
    uint64_t on_ns, off_ns;  // on_off: starts with an on period
    struct law think;        // closed: pause between accept and next offer, nanoseconds
    double alpha;            // pareto: tail index of the gaps, above 1
    struct quantities rates; // mmpp: items per second in each state, in the proportion in which they stand
    struct quantities dwell; // mmpp: mean stay in each state, nanoseconds
    uint64_t period_ns;      // diurnal
    double swing;            // diurnal: amplitude as a share of the rate, 0..1
    char *file;              // trace: as written
    const struct trace *trace; // trace: its rows, shared by the cells of a plan
    uint8_t *trace_classes;    // trace: index in source.classes for each of trace.classes
};

// Mean of an mmpp's `rates` over the long run: sum(rate * dwell) / sum(dwell). The process is at
// rate * rates[state] / this mean.
double arrival_mmpp_mean(const struct arrival *arrival);

enum wire_format { FORMAT_RAW, FORMAT_JSON, FORMAT_RFC3164, FORMAT_RFC5424 };
// Smallest message of each format that holds a record's identity: of a size below it nothing could be told.
extern const size_t wire_format_minimum[4];

// How messages are told apart on a TCP connection (RFC 6587). auto: by the first byte of each.
enum wire_framing { FRAMING_AUTO, FRAMING_LF, FRAMING_OCTET };

enum file_rotation { ROTATE_RENAME, ROTATE_COPYTRUNCATE };

enum otlp_encoding { OTLP_PROTOBUF, OTLP_JSON };

struct record_class {
    char *name;
    double share; // shares of a source add up to 1
};

struct source {
    char *name;
    enum source_type type;
    struct arrival arrival;
    struct law size;              // payload bytes; default 128
    struct record_class *classes; // at least one: "info" 100 %
    size_t class_count;
    uint64_t count;   // stop after this many records in all; 0 = no limit
    unsigned senders; // 1.. ; 0 when external
    bool external;
    struct spans stalls; // the receiving side stops reading (synthetic: stops offering)

    struct {                          // file
        char *path;                   // NULL: a temporary file of the cell's own
        char *checkpoint;             // NULL: none
        uint64_t checkpoint_every_ns; // default 1 s
        struct file_rotate {          // by the built-in senders
            uint64_t every;           // bytes; 0: never
            enum file_rotation mode;
            unsigned keep; // rotated files that stay on disk, default 2
        } rotate;
    } file;
    struct { // udp, tcp, otlp; synthetic: format alone
        char *host;
        uint16_t port;   // 0: any free port
        uint64_t rcvbuf; // bytes asked for with SO_RCVBUF; 0 = the system's default
        enum wire_format format;
        enum wire_framing framing; // tcp
        uint64_t frame_timeout_ns; // tcp: longest wait for the rest of a frame that was begun
        unsigned max_connections;  // tcp: from outside, at a time
    } net;
    struct { // otlp
        enum otlp_encoding encoding;
        bool gzip;
        size_t batch;                   // records a request of the built-in clients, default 512
        struct weir_retry_policy retry; // of the built-in clients: without `retry` in the file
                                        // max_retries 0, with it the profile, default otel_collector
        bool has_retry_after;           // false: 429 without the header
        struct law retry_after;         // nanoseconds; default uniform 1..3 s (integer seconds on the wire)
        uint64_t max_body;              // bytes, before and after inflating; default 64 MiB
        uint64_t timeout_ns;            // of a built-in client's request; default 10 s
    } otlp;
};

// ---- edges, stages, sinks ----
enum { EDGE_PACINGS_MAX = 4 };

struct edge_spec {
    char *queue;                            // name, or path of a module ("./mine.so")
    char *ring;                             // disruptor: shared with the stages that name it, too; or NULL
    const struct weir_queue_ops *queue_ops; // of that queue
    size_t capacity;
    enum weir_wait_kind wait;
    // Strategies with their parameters filled in. admission and discipline are never NULL after reading.
    const struct weir_strategy_ops *admission;
    struct weir_strategy_state admission_state;
    bool admission_written;                       // false: the default beside a discipline or pacing
    const struct weir_discipline_ops *discipline; // NULL is fifo
    struct weir_strategy_state discipline_state;
    const struct weir_pacing_ops *pacing[EDGE_PACINGS_MAX]; // of every producer; a state each is copied
    struct weir_strategy_state pacing_state[EDGE_PACINGS_MAX];
    size_t pacing_count;
    bool spills; // an overflow tier beside the admission
    struct weir_strategy_state spill_state;
    char *spill_path;              // its folder; NULL: a temporary one of the cell's own
    unsigned producers, consumers; // threads on either side, from the topology
};

// "codel+drop_newest": the names of what an edge was given, or of what stands there by default, cut to
// `size`. Returns `out`.
const char *edge_strategies_text(const struct edge_spec *edge, char *out, size_t size);

// Who of a stage's workers gets the next record: whoever takes it from the stage's queue, or, each with a
// small queue of its own, the one that a dispatcher picks.
enum dispatch { DISPATCH_SHARED, DISPATCH_MRU, DISPATCH_ROUND_ROBIN, DISPATCH_LEAST_LOADED };

struct stage {
    char *name;
    unsigned ring; // 1 + index of the first stage of the ring that it reads; 0: it has a queue of its own
    int *after;    // indices of the stages it reads from; none (after_count 0): from all sources
    size_t after_count;
    unsigned workers;                 // threads; scaled: the most
    bool scaled;                      // `workers` is a map: a scaler decides how many of them work
    unsigned workers_min;             // scaled: the fewest, and how many it begins with
    struct weir_strategy_state scale; // scaled: parameters of impl/strategy/autoscale.h
    enum dispatch dispatch;
    size_t worker_capacity;    // of each worker's own queue, when records are dispatched
    struct timed service;      // CPU burnt per record or batch, nanoseconds
    size_t batch_size;         // 1: no batching
    uint64_t batch_timeout_ns; // default 100 ms
    struct chain_plan chain;   // processors that run after the service
    bool has_fail_open;        // above the mark records skip service and chain
    struct {
        double mark, resume; // shares of the queue's capacity
    } fail_open;
    struct spans stalls;
    struct edge_spec edge; // in front of it
};

// How a record gets to several sinks. barrier: the worker hands it to all of them and waits until the last
// one is done; they have no queues. isolated: each has a queue and workers of its own.
enum sinks_mode { SINKS_BARRIER, SINKS_ISOLATED };

enum sink_type { SINK_NULL, SINK_MODEL, SINK_FILE, SINK_UDP, SINK_TCP, SINK_OTLP };

// How a model sink's service depends on a level of its load (flow/load.h).
struct load_limit {
    double scale;    // service grows by this share with each level above the first
    uint64_t knee;   // above it service grows exponentially; 0: none
    double exponent; // ... by this factor a level; 0: scale + 1
    uint64_t limit;  // above it attempts fail; 0: none
    bool drop;       // ... without an answer, else refused
};

struct sink_load {
    double jitter; // exponential part of the service, as a share of it
    struct load_limit concurrency, rate;
    uint64_t rate_interval_ns;
};

struct sink {
    char *name;
    enum sink_type type;
    struct timed service; // waiting, nanoseconds; drawn in order of service
    unsigned concurrency;
    struct spans stalls;
    struct spans outages;           // every attempt in them fails (timeline `fail`)
    struct timed error_rate;        // share of the attempts that fail
    uint64_t timeout_ns;            // an attempt that takes longer has failed; 0 = none
    struct weir_retry_policy retry; // without `retry` in the file max_retries 0
    bool has_breaker;
    struct {
        double failures, open_ns, probes;
    } breaker;
    bool has_load; // model: the service depends on the load
    struct sink_load load;
    bool has_edge; // a queue of its own: `concurrency` workers of its own drain it
    struct edge_spec edge;
    size_t batch_size; // of the workers of its own queue; 1: no batching
    uint64_t batch_timeout_ns;
    struct {        // udp, tcp, otlp
        char *host; // NULL: a peer of the run's own that takes everything
        uint16_t port;
        enum wire_format format;
        enum wire_framing framing; // tcp
    } net;
    struct { // otlp
        enum otlp_encoding encoding;
        bool gzip;
    } otlp;
    char *path;             // file: NULL = a temporary file of the cell's own
    size_t buffer;          // file: default 64 KiB
    uint64_t sync_every_ns; // file: 0 = only at the end
};

// ---- timeline, for the reader of results; its effects are compiled into the values above ----
struct timeline_event {
    uint64_t at_ns, end_ns; // end_ns = at_ns when it is for ever
    char *what;             // "sink.service = 200us", "app.rate x10", "stall sink"
};

enum run_signal { SIGNAL_NONE, SIGNAL_STOP, SIGNAL_CLOSE };

enum engine { ENGINE_LIVE, ENGINE_SIM };

// One cell of the matrix: fully resolved. Owned by the plan.
struct scenario {
    char *name, *question, *path; // question: the file's first comment line, may be empty
    uint64_t file_hash;
    uint64_t duration_ns, warmup_ns, drain_ns, seed;
    uint64_t stop_ns;  // timeline `signal`: sources stop then; 0: there is none
    bool stop_at_once; // `signal: close`: everything does
    unsigned reps;
    enum engine engine;
    uint64_t memory_limit; // bytes of records; 0: as scenario_memory_limit says
    struct source *sources;
    size_t source_count;
    struct stage *stages; // topologically sorted: every stage after those it reads from
    size_t stage_count;
    struct sink *sinks; // at least one; with several, either all have a queue of their own or none has
    size_t sink_count;
    enum sinks_mode sinks_mode;    // of several
    struct timeline_event *events; // repeated events appear once each time
    size_t event_count;
    struct expectation *expects;
    size_t expect_count;
};

// A matrix coordinate as the document shows it.
struct cell_param {
    char *key;  // "queue", "strategy", "rate", "app.size"
    char *text; // as written: "mpmc", "50k/s"
    bool is_number;
    double number; // base units of the document: seconds, bytes, items per second
};

struct cell_plan {
    struct scenario *scenario; // NULL when skipped
    struct cell_param *params;
    size_t param_count;
    char *skip_reason;      // why this combination cannot run; NULL when it can
    struct scenario *shape; // names and times even when skipped (never NULL)
};

// A plan is all cells of one scenario file in matrix order (first axis slowest).
struct plan {
    struct scenario
        *base; // the file without any axis value (or, when it is not whole without one, the first cell)
    struct cell_plan *cells;
    size_t cell_count;
    char *axes_text; // "queue x strategy", for the table's head
};

// What the command line lays over the file. Strings belong to the caller.
struct overrides {
    const char *queues, *strategies; // comma lists, NULL = as the file says; they replace the axis
    const char *const *sets;         // "key=value"
    size_t set_count;
    const char *const *only; // "axis=value[,value]"
    size_t only_count;
    const char *engine, *duration, *warmup, *drain, *seed, *reps; // as written, NULL = as the file says
};

// Reads and checks a scenario file. False with e->code EXIT_USAGE and "file:line:col: message" texts (several
// lines when several things are wrong). On success the caller owns *plan. An impossible combination is an
// error, too, unless it comes from the values of a matrix (then its cell is skipped).
bool plan_load(const char *path, const struct overrides *over, struct plan **plan, struct error *e);
void plan_free(struct plan *plan);

// The most bytes that records of this cell may take before it ends as if it had run out of memory; 0: no
// limit. Without one of its own, a cell with a queue without bounds may take half of the machine's memory
// (*by_default, which may be NULL): it would take all.
uint64_t scenario_memory_limit(const struct scenario *s, bool *by_default);

// What plan_load calls for a queue whose name is a path ("./mine.so"): answers its table, which must stay
// valid for as long as the plan does, or NULL with a sentence in why. Without a loader such names are errors.
void scenario_set_module_loader(const struct weir_queue_ops *(*load)(const char *path, char *why,
                                                                     size_t size));

#endif
