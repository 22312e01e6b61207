// SPDX-License-Identifier: Apache-2.0
// The tables. Order is that of the documentation; `variants` and `required` are bits of the table's variant
// key.
#include "scenario/schema.h"

#include <string.h>

#include "base/limits.h"
#include "scenario/document.h"
#include "scenario/strategies.h"

#define AT(type, field) .offset = offsetof(type, field), .size = sizeof(((type *)0)->field)
#define ON(bit)         (1u << (bit))
#define CHOICES(function, ...)                                                                               \
    static const char *function(size_t index)                                                                \
    {                                                                                                        \
        static const char *const names[] = {__VA_ARGS__};                                                    \
        return index < sizeof names / sizeof *names ? names[index] : NULL;                                   \
    }

// Choices are stored as their index: the order is that of the enums in scenario.h.
CHOICES(engines, "live", "sim")
CHOICES(source_types, "synthetic", "file", "udp", "otlp", "tcp")
CHOICES(processes, "constant", "poisson", "on_off", "closed", "pareto", "mmpp", "diurnal", "trace")
CHOICES(formats, "raw", "json", "rfc3164", "rfc5424")
CHOICES(framings, "auto", "lf", "octet")
CHOICES(rotations, "rename", "copytruncate")
CHOICES(encodings, "protobuf", "json")
CHOICES(compressions, "none", "gzip")
CHOICES(sink_types, "null", "model", "file", "udp", "tcp", "otlp")
CHOICES(run_signals, "none", "stop", "close")
CHOICES(dispatches, "shared", "mru", "round_robin", "least_loaded")
CHOICES(jitters, "none", "spread", "full", "interval")
CHOICES(load_actions, "defer", "drop")
CHOICES(sinks_modes, "barrier", "isolated")
CHOICES(laws, "constant", "exponential", "uniform", "lognormal", "pareto", "bimodal")

static const char *waits(size_t index)
{
    return index < WEIR_WAIT_KINDS ? weir_wait_name((enum weir_wait_kind)index) : NULL;
}

static const char *queues(size_t index)
{
    const struct weir_queue_ops *ops = weir_queue_at(index);
    return ops ? ops->name : NULL;
}

static const char *profiles(size_t index)
{
    const struct weir_retry_policy *policy = weir_retry_at(index);
    return policy ? policy->name : NULL;
}

// clang-format off
#define L struct law
static const struct key_spec law_keys[] = {
    {"law", KEY_CHOICE, AT(L, kind), .choice = laws, .required = ALL, .help = "shape of the distribution"},
    {"mean", KEY_REAL, UNIT_OF_LAW, AT(L, mean), .variants = ON(LAW_CONSTANT) | ON(LAW_EXPONENTIAL) | ON(LAW_LOGNORMAL), .required = ON(LAW_CONSTANT) | ON(LAW_EXPONENTIAL), .help = "mean value"},
    {"median", KEY_REAL, UNIT_OF_LAW, AT(L, median), .variants = ON(LAW_LOGNORMAL), .help = "median (a lognormal takes this or mean)"},
    {"sigma", KEY_REAL, Q_NUMBER, AT(L, sigma), .max = 10, .variants = ON(LAW_LOGNORMAL), .required = ON(LAW_LOGNORMAL), .help = "standard deviation of the logarithm"},
    {"min", KEY_REAL, UNIT_OF_LAW, AT(L, min), .variants = ON(LAW_UNIFORM) | ON(LAW_PARETO), .required = ON(LAW_UNIFORM) | ON(LAW_PARETO), .help = "smallest value"},
    {"max", KEY_REAL, UNIT_OF_LAW, AT(L, max), .variants = ON(LAW_UNIFORM) | ON(LAW_PARETO), .required = ON(LAW_UNIFORM), .help = "largest value (pareto: values above are cut to it)"},
    {"alpha", KEY_REAL, Q_NUMBER, AT(L, alpha), .min = 0.01, .max = 1000, .variants = ON(LAW_PARETO), .required = ON(LAW_PARETO), .help = "tail index; the mean is infinite up to 1"},
    {"low", KEY_REAL, UNIT_OF_LAW, AT(L, low), .variants = ON(LAW_BIMODAL), .required = ON(LAW_BIMODAL), .help = "the common value"},
    {"high", KEY_REAL, UNIT_OF_LAW, AT(L, high), .variants = ON(LAW_BIMODAL), .required = ON(LAW_BIMODAL), .help = "the rare value"},
    {"p", KEY_REAL, Q_SHARE, AT(L, p), .max = 1, .variants = ON(LAW_BIMODAL), .required = ON(LAW_BIMODAL), .help = "share of the high value"},
    {0},
};
const struct key_table schema_law = {"a law", "law", law_keys};

#define A struct arrival
#define NEEDS_RATE (ON(ARRIVE_CONSTANT) | ON(ARRIVE_POISSON) | ON(ARRIVE_ON_OFF) | ON(ARRIVE_PARETO) | ON(ARRIVE_DIURNAL))
static const struct key_spec arrival_keys[] = {
    {"process", KEY_CHOICE, AT(A, process), .fallback = "constant", .choice = processes, .help = "how records arrive"},
    {"rate", KEY_TIMED, Q_RATE, AT(A, rate), .min = 1e-4, .variants = NEEDS_RATE | ON(ARRIVE_MMPP), .required = NEEDS_RATE, .help = "records per second of the whole source (on_off: while on; mmpp: the mean to which rates are scaled)"},
    {"on", KEY_WHOLE, Q_DURATION, AT(A, on_ns), .min = 1000, .variants = ON(ARRIVE_ON_OFF), .required = ON(ARRIVE_ON_OFF), .help = "length of a burst"},
    {"off", KEY_WHOLE, Q_DURATION, AT(A, off_ns), .variants = ON(ARRIVE_ON_OFF), .required = ON(ARRIVE_ON_OFF), .help = "pause between bursts"},
    {"think", KEY_LAW, Q_DURATION, AT(A, think), .fallback = "0", .variants = ON(ARRIVE_CLOSED), .help = "pause between accept and next offer"},
    {"alpha", KEY_REAL, Q_NUMBER, AT(A, alpha), .min = 1.01, .max = 1000, .variants = ON(ARRIVE_PARETO), .required = ON(ARRIVE_PARETO), .help = "tail index of the gaps; up to 2 their variance is infinite"},
    {"rates", KEY_QUANTITIES, Q_RATE, AT(A, rates), .variants = ON(ARRIVE_MMPP), .required = ON(ARRIVE_MMPP), .help = "records per second in each state; the states follow each other in a circle"},
    {"dwell", KEY_QUANTITIES, Q_DURATION, AT(A, dwell), .min = 1e4, .variants = ON(ARRIVE_MMPP), .required = ON(ARRIVE_MMPP), .help = "mean stay in each state, exponential"},
    {"period", KEY_WHOLE, Q_DURATION, AT(A, period_ns), .min = 1e6, .variants = ON(ARRIVE_DIURNAL), .required = ON(ARRIVE_DIURNAL), .help = "length of a day"},
    {"swing", KEY_REAL, Q_SHARE, AT(A, swing), .max = 1, .variants = ON(ARRIVE_DIURNAL), .required = ON(ARRIVE_DIURNAL), .help = "how far the rate goes up and down, as a share of it"},
    {"file", KEY_TEXT, AT(A, file), .variants = ON(ARRIVE_TRACE), .required = ON(ARRIVE_TRACE), .help = "CSV of time,size,class; a relative path starts at the scenario's folder"},
    {0},
};
static const struct key_table schema_arrival = {"arrival", "process", arrival_keys};

#define R struct weir_retry_policy
static const struct key_spec retry_keys[] = {
    {"profile", KEY_PROFILE, .fallback = "otel_collector", .choice = profiles, .help = "the real client that is imitated"},
    {"base", KEY_WHOLE, Q_DURATION, AT(R, base_ns), .min = 1000, .help = "first delay"},
    {"cap", KEY_WHOLE, Q_DURATION, AT(R, cap_ns), .min = 1000, .help = "longest delay"},
    {"factor", KEY_REAL, Q_NUMBER, AT(R, factor), .min = 1, .max = 100, .help = "growth of the delay"},
    {"max_retries", KEY_WHOLE, Q_COUNT, AT(R, max_retries), .max = 1e6, .help = "retries before giving up"},
    {"budget", KEY_WHOLE, Q_DURATION, AT(R, budget_ns), .help = "time before giving up"},
    {"jitter", KEY_CHOICE, AT(R, jitter), .choice = jitters, .help = "how delays are scattered (default: the profile's)"},
    {"spread", KEY_REAL, Q_SHARE, AT(R, spread), .max = 1, .help = "of jitter spread: delay x (1 - spread .. 1 + spread)"},
    {"budget_share", KEY_REAL, Q_SHARE, AT(R, budget_share), .max = 1, .help = "retries for each first attempt, such as 10%; without it, no such limit"},
    {0},
};
static const struct key_table schema_retry = {"retry", NULL, retry_keys};

#define S struct source
static const struct key_spec rotate_keys[] = {
    {"every", KEY_WHOLE, Q_SIZE, AT(S, file.rotate.every), .min = 1, .required = ALL, .help = "size at which the file is rotated"},
    {"mode", KEY_CHOICE, AT(S, file.rotate.mode), .fallback = "rename", .choice = rotations, .help = "renamed and begun anew, or copied and emptied"},
    {"keep", KEY_WHOLE, Q_COUNT, AT(S, file.rotate.keep), .fallback = "2", .max = 1000, .help = "rotated files that stay on disk"},
    {0},
};
static const struct key_table schema_rotate = {"rotate", NULL, rotate_keys};

#define NET (ON(SOURCE_UDP) | ON(SOURCE_TCP) | ON(SOURCE_OTLP))
static const struct key_spec source_keys[] = {
    {"name", KEY_NAME, AT(S, name), .required = ALL, .help = "how the matrix, the timeline and results call it"},
    {"type", KEY_CHOICE, AT(S, type), .choice = source_types, .required = ALL, .help = "what it reads from"},
    {"arrival", KEY_MAP, AT(S, arrival), .table = &schema_arrival, .help = "when records are offered (needed unless senders are external)"},
    {"size", KEY_LAW, Q_SIZE, AT(S, size), .fallback = "128", .max = RECORD_BYTES_MAX, .help = "payload of a record; of a message on a wire, all of it"},
    {"classes", KEY_CLASSES, Q_SHARE, AT(S, classes), .help = "severities and their shares, together 100 %"},
    {"count", KEY_WHOLE, Q_COUNT, AT(S, count), .fallback = "0", .help = "stop after so many records; 0 = no limit"},
    {"senders", KEY_SENDERS, Q_COUNT, AT(S, senders), .fallback = "1", .min = 1, .max = 1024, .help = "built-in senders, or external"},
    {"path", KEY_TEXT, AT(S, file.path), .variants = ON(SOURCE_FILE), .help = "file to tail; without it a temporary one"},
    {"checkpoint", KEY_TEXT, AT(S, file.checkpoint), .variants = ON(SOURCE_FILE), .help = "where the position is kept"},
    {"checkpoint_every", KEY_WHOLE, Q_DURATION, AT(S, file.checkpoint_every_ns), .fallback = "1s", .min = 1e6, .variants = ON(SOURCE_FILE), .help = "how often it is written"},
    {"rotate", KEY_MAP, .size = sizeof(S), .variants = ON(SOURCE_FILE), .table = &schema_rotate, .help = "what the built-in senders do with a file that has grown"},
    {"listen", KEY_LISTEN, AT(S, net.host), .fallback = "127.0.0.1:0", .variants = NET, .help = "address:port; port 0 is any free one"},
    {"rcvbuf", KEY_WHOLE, Q_SIZE, AT(S, net.rcvbuf), .fallback = "0", .max = 1073741824, .variants = ON(SOURCE_UDP) | ON(SOURCE_TCP), .help = "receive buffer asked for; 0 = the system's own (tcp: also the built-in senders' send buffer)"},
    {"format", KEY_CHOICE, AT(S, net.format), .fallback = "raw", .choice = formats, .variants = ON(SOURCE_UDP) | ON(SOURCE_TCP) | ON(SOURCE_SYNTHETIC), .help = "what a datagram or frame holds; synthetic: a line of that format, raw is filler"},
    {"framing", KEY_CHOICE, AT(S, net.framing), .fallback = "auto", .choice = framings, .variants = ON(SOURCE_TCP), .help = "where a message ends: octet counts, line feeds, or by the first byte"},
    {"frame_timeout", KEY_WHOLE, Q_DURATION, AT(S, net.frame_timeout_ns), .fallback = "10s", .min = 1e6, .variants = ON(SOURCE_TCP), .help = "longest wait for the rest of a frame that was begun"},
    {"max_connections", KEY_WHOLE, Q_COUNT, AT(S, net.max_connections), .fallback = "256", .min = 1, .max = 16384, .variants = ON(SOURCE_TCP), .help = "from outside, at a time; more wait to be accepted"},
    {"encoding", KEY_CHOICE, AT(S, otlp.encoding), .fallback = "protobuf", .choice = encodings, .variants = ON(SOURCE_OTLP), .help = "of the built-in clients' requests"},
    {"compression", KEY_CHOICE, AT(S, otlp.gzip), .fallback = "none", .choice = compressions, .variants = ON(SOURCE_OTLP), .help = "of the built-in clients' requests"},
    {"batch", KEY_WHOLE, Q_COUNT, AT(S, otlp.batch), .fallback = "512", .min = 1, .max = 1e6, .variants = ON(SOURCE_OTLP), .help = "records in a request"},
    {"retry", KEY_MAP, AT(S, otlp.retry), .variants = ON(SOURCE_OTLP), .table = &schema_retry, .plain = "profile", .help = "when a refused client comes back; without it, never"},
    {"retry_after", KEY_RETRY_AFTER, Q_DURATION, AT(S, otlp.retry_after), .variants = ON(SOURCE_OTLP), .help = "Retry-After of a 429, or none (default uniform 1s to 3s)"},
    {"max_body", KEY_WHOLE, Q_SIZE, AT(S, otlp.max_body), .fallback = "64MiB", .min = 1, .max = 1073741824, .variants = ON(SOURCE_OTLP), .help = "largest request, before and after inflating"},
    {"timeout", KEY_WHOLE, Q_DURATION, AT(S, otlp.timeout_ns), .fallback = "10s", .min = 1e6, .variants = ON(SOURCE_OTLP), .help = "of a built-in client's request"},
    {0},
};
const struct key_table schema_source = {"a source", "type", source_keys};

#define E struct edge_spec
static const struct key_spec queue_keys[] = {
    {"type", KEY_QUEUE, AT(E, queue), .fallback = "mpmc", .choice = queues, .help = "a queue's name, or the path of a module"},
    {"capacity", KEY_WHOLE, Q_COUNT, AT(E, capacity), .fallback = "1024", .min = 1, .max = 16777216, .help = "records it holds at most"},
    {"ring", KEY_NAME, AT(E, ring), .help = "disruptor: the ring's name; stages that name the same ring read it together, each after the stages in its after"},
    {"wait", KEY_CHOICE, AT(E, wait), .fallback = "park", .choice = waits, .help = "how a thread waits at it"},
    {0},
};
static const struct key_table schema_queue = {"a queue", NULL, queue_keys};

#define T struct stage
static const struct key_spec batch_keys[] = {
    {"size", KEY_WHOLE, Q_COUNT, AT(T, batch_size), .fallback = "1", .min = 1, .max = 1048576, .help = "records worked on together"},
    {"timeout", KEY_WHOLE, Q_DURATION, AT(T, batch_timeout_ns), .fallback = "100ms", .help = "longest wait for a full batch"},
    {0},
};
static const struct key_table schema_batch = {"a batch", NULL, batch_keys};

#define SCALE(param) AT(T, scale.params[param])
static const struct key_spec workers_keys[] = {
    {"min", KEY_WHOLE, Q_COUNT, AT(T, workers_min), .fallback = "1", .min = 1, .max = 1024, .help = "fewest, and how many it begins with; with it a scaler decides"},
    {"max", KEY_WHOLE, Q_COUNT, AT(T, workers), .fallback = "1", .min = 1, .max = 1024, .help = "how many; beside min the most (then 10 unless written)"},
    {"up", KEY_REAL, Q_SHARE, SCALE(WEIR_SCALE_UP), .fallback = "80%", .help = "fill of the queue above which a worker is added"},
    {"down", KEY_REAL, Q_SHARE, SCALE(WEIR_SCALE_DOWN), .fallback = "20%", .help = "fill below which one is taken away"},
    {"interval", KEY_REAL, Q_DURATION, SCALE(WEIR_SCALE_INTERVAL), .fallback = "1s", .min = 1e6, .max = 3600e9, .help = "time between two looks"},
    {"cooldown", KEY_REAL, Q_DURATION, SCALE(WEIR_SCALE_COOLDOWN), .fallback = "0s", .max = 3600e9, .help = "shortest time between two changes"},
    {0},
};
static const struct key_table schema_workers = {"workers", NULL, workers_keys};
static const struct key_spec fail_open_keys[] = {
    {"mark", KEY_REAL, Q_SHARE, .offset = offsetof(T, fail_open.mark) - offsetof(T, fail_open), .size = sizeof(double), .fallback = "80%", .max = 1, .help = "share of the queue's capacity above which work is skipped"},
    {"resume", KEY_REAL, Q_SHARE, .offset = offsetof(T, fail_open.resume) - offsetof(T, fail_open), .size = sizeof(double), .fallback = "100%", .max = 1, .help = "share at which it is taken up again; from the mark on: no hysteresis"},
    {0},
};
static const struct key_table schema_fail_open = {"fail_open", NULL, fail_open_keys};

static const struct key_spec stage_keys[] = {
    {"stage", KEY_NAME, AT(T, name), .required = ALL, .help = "its name"},
    {"after", KEY_NAMES, .help = "stages it reads from (default: the one above)"},
    {"workers", KEY_MAP, .size = sizeof(T), .table = &schema_workers, .plain = "max", .help = "threads that work in it; as a map, a scaler decides how many"},
    {"dispatch", KEY_CHOICE, AT(T, dispatch), .fallback = "shared", .choice = dispatches, .help = "shared: workers take from the queue; else each has a small queue and a dispatcher picks: the one that worked last (mru), in turn, or the shortest queue"},
    {"worker_capacity", KEY_WHOLE, Q_COUNT, AT(T, worker_capacity), .fallback = "1", .min = 1, .max = 65536, .help = "of each worker's own queue (needs a dispatch other than shared)"},
    {"service", KEY_TIMED_LAW, Q_DURATION, AT(T, service), .fallback = "0", .help = "CPU burnt for each record or batch"},
    {"batch", KEY_MAP, .size = sizeof(T), .table = &schema_batch, .help = "take several records at once"},
    {"chain", KEY_CHAIN, AT(T, chain), .help = "processors in their order: parse, filter, redact, attribute"},
    {"fail_open", KEY_MAP, AT(T, fail_open), .table = &schema_fail_open, .plain = "mark", .help = "above a fill of its queue, records skip service and chain"},
    {"queue", KEY_MAP, AT(T, edge), .table = &schema_queue, .plain = "type", .help = "in front of it"},
    {"strategy", KEY_STRATEGY, AT(T, edge), .fallback = "block", .choice = edge_strategy_name_at, .help = "of that queue: at most one for the door (when it is full), one for the order in it, any for its producers"},
    {0},
};
const struct key_table schema_stage = {"a stage", NULL, stage_keys};

#define B struct sink
static const struct key_spec breaker_keys[] = {
    {"failures", KEY_REAL, Q_COUNT, AT(B, breaker.failures), .fallback = "6", .min = 1, .max = 1e9, .help = "failed attempts in a row that open it"},
    {"open", KEY_REAL, Q_DURATION, AT(B, breaker.open_ns), .fallback = "60s", .min = 1e6, .max = 86400e9, .help = "how long nothing is sent then"},
    {"probes", KEY_REAL, Q_COUNT, AT(B, breaker.probes), .fallback = "1", .min = 1, .max = 1e9, .help = "attempts that must succeed to close it again"},
    {0},
};
static const struct key_table schema_breaker = {"a breaker", NULL, breaker_keys};

#define CONNECTED (ON(SINK_UDP) | ON(SINK_TCP) | ON(SINK_OTLP))
#define SERVED    (ON(SINK_MODEL) | ON(SINK_FILE) | CONNECTED)
static const struct key_spec sink_batch_keys[] = {
    {"size", KEY_WHOLE, Q_COUNT, AT(B, batch_size), .fallback = "1", .min = 1, .max = 1048576, .help = "records delivered together"},
    {"timeout", KEY_WHOLE, Q_DURATION, AT(B, batch_timeout_ns), .fallback = "100ms", .help = "longest wait for a full batch"},
    {0},
};
static const struct key_table schema_sink_batch = {"a batch", NULL, sink_batch_keys};

#define M struct load_limit
static const struct key_spec level_keys[] = {
    {"scale", KEY_REAL, Q_NUMBER, AT(M, scale), .fallback = "0", .max = 1e6, .help = "each level above the first makes the service longer by this share of it"},
    {"knee", KEY_WHOLE, Q_COUNT, AT(M, knee), .fallback = "0", .max = 1e9, .help = "level above which it grows exponentially; 0 = none"},
    {"exponent", KEY_REAL, Q_NUMBER, AT(M, exponent), .fallback = "0", .max = 1e6, .help = "factor a level above the knee; 0 = scale + 1"},
    {"limit", KEY_WHOLE, Q_COUNT, AT(M, limit), .fallback = "0", .max = 1e9, .help = "level above which attempts fail; 0 = none"},
    {"action", KEY_CHOICE, AT(M, drop), .fallback = "defer", .choice = load_actions, .help = "how they fail: refused, or never answered"},
    {0},
};
static const struct key_table schema_level = {"a level of load", NULL, level_keys};

#define N struct sink_load
static const struct key_spec load_keys[] = {
    {"jitter", KEY_REAL, Q_SHARE, AT(N, jitter), .fallback = "0", .max = 1000, .help = "exponentially distributed part of the service, as a share of it"},
    {"concurrency", KEY_MAP, AT(N, concurrency), .table = &schema_level, .help = "what the number of attempts in service does to it"},
    {"rate", KEY_MAP, AT(N, rate), .table = &schema_level, .help = "what the number of attempts begun in the last interval does to it"},
    {"interval", KEY_WHOLE, Q_DURATION, AT(N, rate_interval_ns), .fallback = "1s", .min = 1000, .help = "over which the rate is counted"},
    {0},
};
static const struct key_table schema_load = {"a load", NULL, load_keys};

#define K struct sink
static const struct key_spec sink_keys[] = {
    {"name", KEY_NAME, AT(K, name), .fallback = "sink", .help = "its name"},
    {"type", KEY_CHOICE, AT(K, type), .choice = sink_types, .required = ALL, .help = "what takes the records"},
    {"service", KEY_TIMED_LAW, Q_DURATION, AT(K, service), .fallback = "0", .variants = SERVED, .help = "time a record (or batch) takes, spent waiting"},
    {"load", KEY_MAP, AT(K, load), .variants = ON(SINK_MODEL), .table = &schema_load, .help = "its service depends on its load"},
    {"concurrency", KEY_WHOLE, Q_COUNT, AT(K, concurrency), .fallback = "1", .min = 1, .max = 1024, .variants = ON(SINK_MODEL) | ON(SINK_NULL) | CONNECTED, .help = "records (or batches) at a time"},
    {"error_rate", KEY_TIMED, Q_SHARE, AT(K, error_rate), .fallback = "0", .max = 1, .help = "share of the attempts that fail"},
    {"timeout", KEY_WHOLE, Q_DURATION, AT(K, timeout_ns), .fallback = "0", .help = "an attempt that takes longer has failed, though the sink works on it all the same; 0 = none (otlp: 10s)"},
    {"retry", KEY_MAP, AT(K, retry), .table = &schema_retry, .plain = "profile", .help = "when a failed attempt is made again; without it, never: its records are lost"},
    {"breaker", KEY_MAP, .size = sizeof(K), .table = &schema_breaker, .help = "sends nothing for a while after a run of failures; without it, none"},
    {"to", KEY_PEER, AT(K, net.host), .fallback = "builtin", .variants = CONNECTED, .help = "address:port of the peer; builtin: one of the run's own that takes everything"},
    {"format", KEY_CHOICE, AT(K, net.format), .fallback = "raw", .choice = formats, .variants = ON(SINK_UDP) | ON(SINK_TCP), .help = "what a message looks like"},
    {"framing", KEY_CHOICE, AT(K, net.framing), .fallback = "octet", .choice = framings, .variants = ON(SINK_TCP), .help = "RFC 6587: octet counting (also auto), or a line feed behind each message"},
    {"encoding", KEY_CHOICE, AT(K, otlp.encoding), .fallback = "protobuf", .choice = encodings, .variants = ON(SINK_OTLP), .help = "of requests"},
    {"compression", KEY_CHOICE, AT(K, otlp.gzip), .fallback = "none", .choice = compressions, .variants = ON(SINK_OTLP), .help = "of requests"},
    {"batch", KEY_MAP, .size = sizeof(K), .table = &schema_sink_batch, .help = "deliver several records at once (gives the sink a queue)"},
    {"path", KEY_TEXT, AT(K, path), .variants = ON(SINK_FILE), .help = "file to write; without it a temporary one"},
    {"buffer", KEY_WHOLE, Q_SIZE, AT(K, buffer), .fallback = "64KiB", .min = 1, .max = 1073741824, .variants = ON(SINK_FILE), .help = "bytes gathered before a write"},
    {"sync_every", KEY_WHOLE, Q_DURATION, AT(K, sync_every_ns), .fallback = "0", .variants = ON(SINK_FILE), .help = "how often it is synced; 0 = only at the end"},
    {"queue", KEY_MAP, AT(K, edge), .table = &schema_queue, .plain = "type", .help = "a queue of its own, drained by `concurrency` workers"},
    {"strategy", KEY_STRATEGY, AT(K, edge), .fallback = "block", .choice = edge_strategy_name_at, .help = "as at a stage (gives the sink a queue)"},
    {0},
};
const struct key_table schema_sink = {"a sink", "type", sink_keys};

#define D struct document
static const struct key_spec sinks_keys[] = {
    {"mode", KEY_CHOICE, AT(D, sinks.mode), .choice = sinks_modes, .required = ALL, .help = "barrier: a worker hands a record to all of them and waits for the last; isolated: each has a queue and workers of its own"},
    {"each", KEY_LIST, AT(D, sinks.each), .table = &schema_sink, .required = ALL, .help = "the sinks; every one gets every record"},
    {0},
};
static const struct key_table schema_sinks = {"sinks", NULL, sinks_keys};

#define V struct event_text
static const struct key_spec event_keys[] = {
    {"at", KEY_WHOLE, Q_DURATION, AT(V, at_ns), .required = ALL, .help = "when it begins, from the start of the run"},
    {"for", KEY_WHOLE, Q_DURATION, AT(V, for_ns), .min = 1, .help = "how long it lasts (default: to the end)"},
    {"every", KEY_WHOLE, Q_DURATION, AT(V, every_ns), .min = 1e6, .help = "repeats it"},
    {"ramp", KEY_WHOLE, Q_DURATION, AT(V, ramp_ns), .help = "time in which it goes there, within `for`"},
    {"set", KEY_NODE, AT(V, set), .help = "map of target.key: a value, or x10 for a factor"},
    {"signal", KEY_CHOICE, AT(V, signal), .fallback = "none", .choice = run_signals, .help = "ends the run early: stop (sources stop, the rest drains) or close (everything stops)"},
    {"stall", KEY_NAME, AT(V, stall), .help = "the source, stage or sink that stands still"},
    {"fail", KEY_NAME, AT(V, fail), .help = "the sink that is down: every attempt fails"},
    {"swap", KEY_NAME, AT(V, swap), .help = "the stage that gets another chain"},
    {"chain", KEY_CHAIN, AT(V, chain), .help = "of the swap: its processors from then on"},
    {0},
};
const struct key_table schema_event = {"an event", NULL, event_keys};

static const struct key_spec top_keys[] = {
    {"name", KEY_NAME, AT(D, scenario.name), .help = "of the scenario (default: the file's name)"},
    {"duration", KEY_WHOLE, Q_DURATION, AT(D, scenario.duration_ns), .min = 1e6, .required = ALL, .help = "how long sources send, warmup included"},
    {"warmup", KEY_WHOLE, Q_DURATION, AT(D, scenario.warmup_ns), .fallback = "0s", .help = "left out of rates and histograms"},
    {"drain", KEY_WHOLE, Q_DURATION, AT(D, scenario.drain_ns), .fallback = "10s", .help = "longest wait for what is in flight at the end; 0s = cut"},
    {"seed", KEY_INTEGER, Q_COUNT, AT(D, scenario.seed), .fallback = "1", .help = "of all random streams"},
    {"reps", KEY_WHOLE, Q_COUNT, AT(D, scenario.reps), .fallback = "1", .min = 1, .max = 10000, .help = "runs of each cell"},
    {"engine", KEY_CHOICE, AT(D, scenario.engine), .fallback = "live", .choice = engines, .help = "threads and real time, or virtual time"},
    {"memory_limit", KEY_WHOLE, Q_SIZE, AT(D, scenario.memory_limit), .min = 1048576, .help = "records in memory at most, then the cell ends as out of memory (default: none; half of the machine's with an unbounded queue)"},
    {"sources", KEY_LIST, AT(D, sources), .required = ALL, .table = &schema_source, .help = "where records come from"},
    {"pipeline", KEY_LIST, AT(D, pipeline), .table = &schema_stage, .help = "what they pass through"},
    {"sink", KEY_MAP, .table = &schema_sink, .help = "where they end"},
    {"sinks", KEY_MAP, .size = sizeof(D), .table = &schema_sinks, .help = "several places where they end, instead of sink"},
    {"timeline", KEY_LIST, AT(D, timeline), .table = &schema_event, .help = "what changes during the run"},
    {"matrix", KEY_NODE, AT(D, matrix), .help = "axes: queue, strategy or NAME.key, each a list of values"},
    {"expect", KEY_TEXTS, AT(D, expect), .help = "what must hold of each cell: \"strategy == block implies lost == 0\""},
    {0},
};
const struct key_table schema_top = {"a scenario", NULL, top_keys};
// clang-format on

const struct key_spec *schema_key(const struct key_table *table, const char *key)
{
    for (const struct key_spec *spec = table->keys; spec->key; spec++)
        if (strcmp(spec->key, key) == 0)
            return spec;
    return NULL;
}

static bool is_law(const struct key_spec *spec)
{
    return spec->type == KEY_LAW || spec->type == KEY_TIMED_LAW || spec->type == KEY_RETRY_AFTER;
}

struct key_found schema_find(const struct key_table *table, const char *dotted)
{
    struct key_found found = {.table = table, .unit = Q_NUMBER};
    for (;;) {
        size_t length = strcspn(dotted, ".");
        const struct key_spec *spec = found.table->keys;
        while (spec->key && (strlen(spec->key) != length || strncmp(spec->key, dotted, length) != 0))
            spec++;
        if (spec->key == NULL)
            return found;
        found.offset += spec->offset;
        if (spec->unit != UNIT_OF_LAW)
            found.unit = spec->unit;
        if (dotted[length] == '\0') {
            found.spec = spec;
            return found;
        }
        const struct key_table *below = is_law(spec)            ? &schema_law
                                        : spec->type == KEY_MAP ? spec->table
                                                                : NULL;
        if (below == NULL)
            return found;
        found.table = below;
        dotted += length + 1;
    }
}

double schema_max(const struct key_spec *spec, enum quantity unit)
{
    if (spec->max > 0)
        return spec->max;
    switch (unit) {
    case Q_DURATION: return 30.0 * 86400e9; // a month
    case Q_SIZE: return 1e12;
    case Q_RATE: return 1e9;
    case Q_COUNT: return 1e15;
    case Q_SHARE: return 1;
    default: return 1e15;
    }
}

const char *schema_key_at(const void *table, size_t index)
{
    return ((const struct key_table *)table)->keys[index].key;
}

const char *schema_choice_at(const void *spec, size_t index)
{
    return ((const struct key_spec *)spec)->choice(index);
}

bool schema_applies(const struct key_spec *spec, int variant)
{
    return spec->variants == 0 || (variant >= 0 && (spec->variants >> variant & 1u));
}

bool schema_requires(const struct key_spec *spec, int variant)
{
    return spec->required >> (variant < 0 ? 0 : variant) & 1u;
}
