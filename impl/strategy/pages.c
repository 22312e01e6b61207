// SPDX-License-Identifier: Apache-2.0
#include "strategy/pages.h"

#include <string.h>

#include "strategy/strategy.h"

static const struct weir_page pages[] = {
    // ---- admission ----
    {"block", "The producer waits until there is room, however long that takes.",
     "Vector's `block` buffers, spdlog `block`, slog-async, Logstash's memory queue, syslog-ng's flow "
     "control",
     "Nothing here: the pressure moves to the source. What it could not send in time is `unsent`, its "
     "waiting is "
     "`producer_stall_ns`. A UDP source loses in its socket instead (`lost.kernel`).",
     "Sources that can wait: files, TCP, pull.",
     "UDP, request threads, and fan-out, where one slow branch holds up all.", NULL},
    {"block_timeout", "The producer waits for room for `timeout`, then the record is dropped.",
     "rsyslog `timeoutEnqueue` (2 s for each message), Kafka producers `max.block.ms` (60 s), OpenTelemetry "
     "queues until the "
     "context ends",
     "The record that waited too long: `lost.timeout`.", "Mixed sources: a stall is bounded.",
     "A long outage: with one producer every record waits its whole time, so throughput falls to one a "
     "`timeout`.",
     NULL},
    {"drop_newest", "A record that finds the queue full is dropped.",
     "Vector `drop_newest`, OpenTelemetry SDK processors, tracing-appender (128 000 lines), Docker's "
     "non-blocking logs (1 MB), "
     "StreamGate",
     "The arriving record: `lost.drop_newest`.", "First causes are kept; the producer never waits.",
     "Freshness: what is delivered has waited behind a full queue.", NULL},
    {"drop_oldest",
     "A record that finds the queue full takes the place of the oldest one. After 64 evictions that others "
     "were "
     "faster to use, the arriving record is dropped instead.",
     "spdlog `overrun_oldest`, diodes, Fluentd `drop_oldest_chunk`, Fluent Bit with a storage limit, Akka "
     "`dropHead`",
     "The oldest records: `lost.drop_oldest`; in a crowd `lost.drop_newest`. As many as drop_newest loses on "
     "the same "
     "arrivals, and other ones.",
     "Freshness: dashboards, metrics.", "Audit trails: the first cause is the first to go.", NULL},
    {"reject", "The sender is refused and told when to come back.",
     "OTLP over HTTP (429 with Retry-After), gRPC with RetryInfo, Loki",
     "Nothing, as long as senders come back; one that gives up is `refused_final`, which counts as loss.",
     "Few, patient clients with jitter.",
     "Clients that give up early (the OpenTelemetry SDK for Node after some 8 s), herds without jitter.",
     "OpenTelemetry protocol specification"},
    {"priority",
     "Past a fill mark only the last `keep` classes of a source, the most important ones, are let in; these "
     "wait when the "
     "queue is full.",
     "rsyslog `discardMark` 98 % with `discardSeverity`, log4j2's discarding queue-full policy",
     "The unimportant ones past the mark: `lost.priority`.", "Rare errors among much debug output.",
     "Bursts that are important throughout.", NULL},
    {"watermark",
     "Sources that can wait (files, TCP) wait from a first mark on for at most a second and from a second "
     "mark on as long "
     "as it takes, so that those that cannot find room.",
     "rsyslog's light delay (70 %) and full delay (97 %) marks",
     "What cannot wait and finds the queue full: `lost.drop_newest`.", "A UDP source beside a file.",
     "One kind of source only: the room behind the mark is never used.", "rsyslog, queue parameters"},
    {"token_bucket",
     "Tokens come at `rate` up to `burst`; a record without one is dropped, one that finds the queue full, "
     "too.",
     "rsyslog and journald rate limits, Envoy, Loki",
     "`lost.rate_limited`; at a full queue `lost.drop_newest`.", "A known, contracted rate.",
     "The wrong rate: loses with an idle consumer, or protects nothing.", NULL},
    {"sample", "One record in `every` is let in, always or past a fill mark.",
     "rsyslog `samplingInterval`, the samplers of zap and velo",
     "`lost.sampled`; at a full queue `lost.drop_newest`.", "Statistics stay right.",
     "Single events: the one that mattered may be gone.", NULL},
    {"sync_fallback",
     "When the queue is full the producer delivers the record to the sink by itself and waits for that.",
     "velo's OverflowSync (its default), log4j2's default policy for its own threads",
     "Nothing; the record overtakes those in the queue (`sink_check.reordered`).",
     "Nothing may be lost and order does not matter.", "Order, and the caller's latency.", NULL},
    {"spill",
     "What does not fit into the queue goes to segment files on disk and comes back in order. Once something "
     "is on disk, "
     "new records go there, too.",
     "rsyslog's disk-assisted queues (90 % / 70 %), Vector's overflow, syslog-ng's disk buffer, Fluent Bit's "
     "filesystem "
     "storage",
     "Nothing until the disk is full: then the admission beside it decides. A segment that cannot be read "
     "back: "
     "`lost.spill`. At the end of the run: `spilled`.",
     "Outages that are longer than memory.",
     "Latency behind a long backlog; UDP while it begins; a full disk.", NULL},
    // ---- discipline ----
    {"fifo", "Records leave in the order in which they came.", "almost everybody", "Nothing.", "Order.",
     "Overload: everybody waits for what nobody needs any more.", NULL},
    {"ttl", "A record that is older than `ttl` when its turn comes is dropped.",
     "Reactor's `onBackpressureBuffer` with a time to live, Kong", "`lost.expired`.",
     "Freshness with a known limit.", "A limit below the time the pipeline needs: everything expires.", NULL},
    {"codel",
     "When the time in the queue has been above `target` for a whole `interval`, records are dropped at "
     "their turn, at times "
     "that come closer with the square root of the count.",
     "Linux `sch_codel`, the HTTP servers of Facebook in a variant", "`lost.aqm`.",
     "A standing queue goes down to the target; bursts shorter than the interval pass.",
     "Slow drains: it needs many drops at high overload.", "RFC 8289"},
    {"pie", "Arriving records are dropped with a probability that is steered to keep the delay at `target`.",
     "DOCSIS 3.1 cable modems, Linux `sch_pie`", "`lost.aqm`.",
     "Delay near its target without a clock for each record.", "Short queues and few records a tick.",
     "RFC 8033"},
    {"fq_codel",
     "Records are hashed by sender into flows that take turns (deficit round robin), each with a CoDel of "
     "its own; at a "
     "full queue the fattest flow loses from its head. Needs the `mutex` queue.",
     "the default of Linux distributions' networking", "`lost.aqm`.",
     "A noisy neighbour: light senders hardly notice it.",
     "Order between senders; the cost of a lock for each record.", "RFC 8290"},
    {"adaptive_lifo",
     "First in, first out while the queue has been empty lately; when it has not, the newest goes first, and "
     "what "
     "waited too long is timed out. Needs the `mutex` queue.",
     "Facebook's servers", "`lost.expired`.", "Goodput within a deadline under overload.", "Order.",
     "B. Maurer, Fail at Scale, ACM Queue 13(8), 2015"},
    // ---- pacing ----
    {"slowdown", "The producer sleeps before each record, for longer the fuller the queue is.",
     "log-generator, whose documentation (95/90/80 %) and code (90/80/50 %) name different bands: both are "
     "here",
     "Nothing: what is not sent in time is `unsent`.", "A queue that never quite fills, without a hard stop.",
     "It holds the queue at 80 to 95 %, so an autoscaler beside it climbs to its maximum; and it blocks all "
     "the same once "
     "sleeping is not slow enough.",
     NULL},
    {"aimd",
     "A limit of records in flight that grows by one and falls by a tenth when something is lost or late.",
     "Netflix concurrency-limits (20 to 200, x 0.9, 5 s)", "Nothing: the producer waits for a result.",
     "Finds a sink's capacity without being told.", "Keeps probing: it needs a loss to learn.",
     "Netflix concurrency-limits, AIMDLimit"},
    {"gradient2", "The limit follows the ratio of the long-term to the short-term round-trip time.",
     "Netflix concurrency-limits (20 to 200), Envoy's adaptive concurrency in a variant",
     "Nothing: the producer waits.", "Short queues at full use.",
     "Services of two kinds: the slow ones look like congestion.",
     "Netflix concurrency-limits, Gradient2Limit"},
    {"vegas", "The limit is steered so that the estimated queue stays between two logarithmic marks.",
     "Netflix concurrency-limits, after TCP Vegas", "Nothing: the producer waits.",
     "Steady services, short queues.", "A fastest round trip that was luck.",
     "L. Brakmo, L. Peterson, TCP Vegas, IEEE JSAC 13(8), 1995"},
    {"arc",
     "The limit grows by one when it was reached and round trips are no longer than usual, and falls to nine "
     "tenths when they "
     "are longer by a multiple of their deviation, or something failed.",
     "Vector's adaptive request concurrency (1 to 200)", "Nothing: the producer waits.",
     "Sinks of unknown and changing capacity.", "Jitter of the size of the deviation.",
     "Vector, adaptive request concurrency"},
    {"credit", "A record is sent only with a credit, of which there is a fixed number in flight.",
     "Flink's network stack, HTTP/2 windows, syslog-ng's log-iw-size", "Nothing: the producer waits.",
     "A bound on each source: nobody takes all the room.", "Needs to know the round trip to size it.", NULL},
    // ---- processing, scaling, sending ----
    {"fail_open",
     "Above a fill mark a stage lets records through unprocessed: neither filtered nor redacted.",
     "StreamGate above 80 % of its ring",
     "Nothing; what bypassed is counted as `degraded`. What a filter would have taken out goes on to the "
     "sink.",
     "Processing is the bottleneck.", "The sink is the bottleneck: it gets more. Secrets pass unredacted.",
     NULL},
    {"autoscale",
     "Once an interval one worker more when the queue is nearly full, one less when it is nearly empty.",
     "log-generator (80 %, 20 %, 1 s, 1 to 10), ffwd's output pool, Logstash", "Nothing.",
     "Loads that change slowly, with the sink as wide as the workers.",
     "Anything else that holds the queue full or empty: it goes to its end and stays.", NULL},
    {"retry",
     "A failed or refused attempt is made again after a delay that grows, with jitter, until it gives up.",
     "every telemetry client, in its own way: see the profiles",
     "Given up: `lost.retry_exhausted`, at a source `refused_final`.", "Short outages.",
     "Overload: retries are more load. A budget bounds it.", NULL},
    {"breaker",
     "After a run of failures nothing is sent for a while, then a few probes decide whether it goes on.",
     "gobreaker, Envoy, resilience4j",
     "Without retry what comes while it is open: `lost.sink_error`, at once.",
     "A sink that is down: it gets rest, and senders "
     "do not wait for its timeouts.",
     "Single failures among many successes.", "M. Nygard, Release It!, 2007"},
};

const struct weir_page *weir_page_find(const char *name)
{
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].name, name) == 0)
            return &pages[i];
    return NULL;
}
