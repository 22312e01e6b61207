// SPDX-License-Identifier: Apache-2.0
// Everything that can be wrong with a scenario file: the exact message and its place.
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include "with_file.h"

struct golden {
    const char *what, *yaml, *text;
};

static const struct golden golden[] = {
    {"unknown-top", BASE "expct: []\n",
     "f.yaml:8:1: unknown key \"expct\" in a scenario; did you mean \"expect\"?"},
    {"unknown-key", HEAD SOURCES STAGES "sink: {type: model, servce: 40us}\n",
     "f.yaml:7:21: unknown key \"servce\" in a sink; did you mean \"service\"?"},
    {"bad-unit",
     HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: poisson, rate: 50k}}\n" STAGES SINK,
     "f.yaml:4:68: rate: \"50k\" is not a rate like 2000/s, 50k/s or 10/m"},
    {"negative", HEAD SOURCES "pipeline:\n  - {stage: parse, service: -2us}\n" SINK,
     "f.yaml:6:29: service: \"-2us\" is not a duration like 200us, 5ms or 10s"},
    {"too-large", HEAD SOURCES STAGES "sink: {type: model, service: 4000h}\n",
     "f.yaml:7:30: service: 4000h is too large; the most is 720h"},
    {"zero-workers", HEAD SOURCES "pipeline:\n  - {stage: parse, workers: 0}\n" SINK,
     "f.yaml:6:29: max: 0 is too small; the least is 1"},
    {"fraction", HEAD SOURCES "pipeline:\n  - {stage: parse, workers: 1.5}\n" SINK,
     "f.yaml:6:29: max: \"1.5\" is not a whole number like 1024, 50k or 1M"},
    {"cycle", HEAD SOURCES "pipeline:\n  - {stage: a, after: c}\n  - {stage: b}\n  - {stage: c}\n" SINK,
     "f.yaml:6:23: the stages feed each other in a circle: a -> b -> c -> a"},
    {"self", HEAD SOURCES "pipeline:\n  - {stage: parse, after: parse}\n" SINK,
     "f.yaml:6:27: the stages feed each other in a circle: parse -> parse"},
    {"sink-and-sinks", HEAD SOURCES "sinks: {mode: isolated, each: [{name: a, type: \"null\"}]}\n" SINK,
     "f.yaml:5:8: a scenario has sink or sinks, not both"},
    {"sinks-without-name", HEAD SOURCES "sinks: {mode: isolated, each: [{type: \"null\"}]}\n",
     "f.yaml:5:32: one of several sinks needs a name, such as name: archive"},
    {"sinks-without-mode", HEAD SOURCES "sinks: {each: [{name: a, type: \"null\"}]}\n",
     "f.yaml:5:8: sinks needs mode: barrier: a worker hands a record to all of them and waits for the last; "
     "isolated: each has a queue and workers of its own"},
    {"sinks-empty", HEAD SOURCES "sinks: {mode: isolated, each: []}\n", "f.yaml:5:31: each names no sink"},
    {"sinks-alike",
     HEAD SOURCES "sinks: {mode: isolated, each: [{name: a, type: \"null\"}, {name: a, type: \"null\"}]}\n",
     "f.yaml:5:64: sink \"a\": there is a sink of that name on line 5; names are unique"},
    {"barrier-queue",
     HEAD SOURCES "pipeline: [{stage: s}]\n"
                  "sinks: {mode: barrier, each: [{name: a, type: \"null\", queue: {capacity: 3}}]}\n",
     "f.yaml:6:62: sink a: with mode barrier a worker waits for every sink, they have no queues of their "
     "own: "
     "leave it out, or use mode isolated"},
    {"barrier-without-stage", HEAD SOURCES "sinks: {mode: barrier, each: [{name: a, type: \"null\"}]}\n",
     "f.yaml:5:8: with mode barrier a stage's worker hands records over, and there is no stage: add "
     "pipeline: "
     "[{stage: hand}], or use mode isolated"},
    {"sinks-one-file",
     HEAD SOURCES "sinks: {mode: isolated, each: [{name: a, type: file, path: /tmp/x}, {name: b, type: file, "
                  "path: /tmp/x}]}\n",
     "f.yaml:5:97: sink a and sink b write the same file: /tmp/x"},
    {"ring-workers", HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r}, workers: 2}\n" SINK,
     "f.yaml:6:43: stage a has 2 workers, and each stage of ring r is one consumer: use one worker, or "
     "queues "
     "instead of the ring"},
    {"ring-mixed",
     HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r}}\n  - {stage: q, after: []}\n"
                  "  - {stage: b, after: [a, q], queue: {ring: r}}\n" SINK,
     "f.yaml:8:23: after: stage b reads from stages on ring r and from others; on a ring a stage reads from "
     "it "
     "alone"},
    {"ring-entries",
     HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r}}\n  - {stage: q, after: []}\n"
                  "  - {stage: b, after: q, queue: {ring: r}}\n" SINK,
     "f.yaml:8:23: after: stage a and stage b stand at the entry of ring r and read from different places; a "
     "ring "
     "is fed from one"},
    {"ring-not-all",
     HEAD SOURCES "pipeline:\n  - {stage: a, after: [], queue: {ring: r}}\n"
                  "  - {stage: b, after: [], queue: {ring: r}}\n  - {stage: c, after: a}\n" SINK,
     "f.yaml:8:23: after: stage c does not name b, one of the last stages of ring r; a record leaves a ring "
     "when "
     "all of them are done: name all"},
    {"ring-middle",
     HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r}}\n  - {stage: b, queue: {ring: r}}\n"
                  "  - {stage: c, after: a}\n" SINK,
     "f.yaml:8:23: after: stage c reads from a, behind which ring r goes on; name the ring's last stages"},
    {"ring-capacity",
     HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r}}\n"
                  "  - {stage: b, queue: {ring: r, capacity: 5}}\n" SINK,
     "f.yaml:7:43: queue.capacity of ring r is said at its first stage, a, and this is another: leave it out "
     "here"},
    {"ring-evicts", HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r}, strategy: drop_oldest}\n" SINK,
     "f.yaml:6:44: drop_oldest cannot run on disruptor at a, a producer cannot pop there: use mutex, "
     "channel, "
     "mpmc"},
    {"ring-name", HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: a}}\n" SINK,
     "f.yaml:6:30: ring \"a\" has the name of a source, a stage or a sink; names are unique"},
    {"ring-sink", HEAD SOURCES "sink: {type: \"null\", queue: {ring: r}}\n",
     "f.yaml:5:36: sink sink: only stages share a ring; put a stage in front of the sink"},
    {"ring-batch",
     HEAD SOURCES "pipeline:\n  - {stage: a, queue: {ring: r, capacity: 4}, batch: {size: 5}}\n" SINK,
     "f.yaml:6:54: stage a waits for batches of 5, and ring r has 4 slots, which stay taken while it waits: "
     "use a "
     "smaller batch or a larger capacity"},
    {"join-spsc",
     HEAD SOURCES "pipeline:\n  - {stage: a}\n  - {stage: b, after: []}\n"
                  "  - {stage: c, after: [a, b], queue: spsc}\n" SINK,
     "f.yaml:8:38: queue spsc has one producer, and 2 threads would push at c: use mutex, channel, "
     "unbounded, "
     "mpmc, disruptor, or fewer senders or workers in front of it"},
    {"after-unknown", HEAD SOURCES "pipeline:\n  - {stage: parse, after: prase}\n" SINK,
     "f.yaml:6:27: after: there is no stage \"prase\"; did you mean \"parse\"?"},
    {"after-twice", HEAD SOURCES "pipeline:\n  - {stage: a}\n  - {stage: b, after: [a, a]}\n" SINK,
     "f.yaml:7:27: after: a is named twice"},
    {"after-map", HEAD SOURCES "pipeline:\n  - {stage: parse, after: {a: b}}\n" SINK,
     "f.yaml:6:27: after must be a stage's name or a list of them"},
    {"combi", HEAD SOURCES "pipeline:\n  - {stage: parse, queue: disruptor, strategy: drop_oldest}\n" SINK,
     "f.yaml:6:48: drop_oldest cannot run on disruptor at parse, a producer cannot pop there: use mutex, "
     "channel, mpmc"},
    {"spsc-producers",
     HEAD "sources:\n  - {name: app, type: synthetic, senders: 3, arrival: {process: poisson, rate: "
          "50k/s}}\npipeline:\n  - {stage: parse, queue: spsc}\n" SINK,
     "f.yaml:6:27: queue spsc has one producer, and 3 threads would push at parse: use mutex, channel, "
     "unbounded, mpmc, disruptor, or fewer senders or workers in front of it"},
    {"spsc-consumers", HEAD SOURCES "pipeline:\n  - {stage: parse, queue: spsc, workers: 2}\n" SINK,
     "f.yaml:6:27: queue spsc has one consumer, and 2 threads would pop at parse: use mutex, channel, "
     "unbounded, mpmc, or fewer workers"},
    {"empty", "", "f.yaml:1:1: the file is empty"},
    {"comments", "# only\n# this\n", "f.yaml:1:1: the file is empty"},
    {"null-doc", "~\n", "f.yaml:1:1: a scenario is a map of keys, this is a plain value"},
    {"list-doc", "- a\n- b\n", "f.yaml:1:1: a scenario is a map of keys, this is a list"},
    {"scalar", "hello\n", "f.yaml:1:1: a scenario is a map of keys, this is a plain value"},
    {"esc", "name: \"a\\0b\"\n", "f.yaml:1:7: a NUL character in a value"},
    {"control", "name: a\ab\n", "f.yaml:1:8: control character 0x07; is this a scenario file?"},
    {"anchor", "a: &x 1\n", "f.yaml:1:4: anchors (&name) are not taken; write the value out"},
    {"alias", "a: *x\n", "f.yaml:1:4: aliases (*name) are not taken; write the value out"},
    {"tag", "a: !!int 1\n", "f.yaml:1:4: tags (!name) are not taken; values are taken as written"},
    {"tag2", "a: !<x> [1]\n", "f.yaml:1:4: tags (!name) are not taken; values are taken as written"},
    {"two-docs", "a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document; one file holds one scenario"},
    {"deep",
     "a: "
     "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
     "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
     "f.yaml:1:67: nested more than 64 deep"},
    {"unclosed", "a: [1, 2\nb: 3\n", "f.yaml:2:2: did not find expected ',' or ']'"},
    {"tab", "a:\n\t- b\n", "f.yaml:2:1: found character that cannot start any token"},
    {"badkey", "{[a]: b}\n", "f.yaml:1:2: a key must be a plain name"},
    {"dupkey", BASE "name: u\n", "f.yaml:8:1: key \"name\" is here twice, first on line 1"},
    {"dupkey2", HEAD SOURCES STAGES "sink: {type: model, service: 1us, service: 2us}\n",
     "f.yaml:7:35: key \"service\" is here twice, first on line 7"},
    {"dupnames", HEAD SOURCES "pipeline:\n  - {stage: app, service: 2us}\n" SINK,
     "f.yaml:6:13: stage \"app\": there is a source of that name on line 4; names are unique"},
    {"dupsink", HEAD SOURCES "pipeline:\n  - {stage: sink, service: 2us}\n" SINK,
     "f.yaml:7:7: sink \"sink\": there is a stage of that name on line 6; names are unique"},
    {"sources-map",
     HEAD "sources:\n  {name: app, type: synthetic, arrival: {process: poisson, rate: 50k/s}}\n" STAGES SINK,
     "f.yaml:4:3: sources must be a list, this is a map"},
    {"sources-empty", HEAD "sources:\n  []\n" STAGES SINK,
     "f.yaml:4:3: a scenario needs at least one source"},
    {"source-scalar", HEAD "sources:\n  - app\n" STAGES SINK,
     "f.yaml:4:5: a source must be a map of keys, this is a plain value"},
    {"sink-list", HEAD SOURCES STAGES "sink: [a]\n",
     "f.yaml:7:7: sink must be a map of keys, this is a list"},
    {"no-sink", HEAD SOURCES STAGES, "f.yaml:1:1: a scenario needs sink: where they end"},
    {"no-duration", "name: t\n" SOURCES STAGES SINK,
     "f.yaml:1:1: a scenario needs duration: how long sources send, warmup included"},
    {"no-name",
     HEAD "sources:\n  - {type: synthetic, arrival: {process: poisson, rate: 50k/s}}\n" STAGES SINK,
     "f.yaml:4:5: a source needs name: how the matrix, the timeline and results call it"},
    {"no-type", HEAD "sources:\n  - {name: app, arrival: {process: poisson, rate: 50k/s}}\n" STAGES SINK,
     "f.yaml:4:5: a source needs type: what it reads from"},
    {"no-rate", HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: poisson}}\n" STAGES SINK,
     "f.yaml:4:43: arrival needs rate: records per second of the whole source (on_off: while on; mmpp: the "
     "mean to "
     "which rates are scaled)"},
    {"no-arrival", HEAD "sources:\n  - {name: app, type: synthetic}\n" STAGES SINK,
     "f.yaml:4:5: source app needs arrival, such as {process: poisson, rate: 50k/s}"},
    {"bad-type",
     HEAD "sources:\n  - {name: app, type: syntetic, arrival: {process: poisson, rate: 50k/s}}\n" STAGES SINK,
     "f.yaml:4:23: type: there is no \"syntetic\"; did you mean \"synthetic\"?"},
    {"bad-queue", HEAD SOURCES "pipeline:\n  - {stage: parse, queue: mpcm}\n" SINK,
     "f.yaml:6:27: there is no queue \"mpcm\"; did you mean \"mpmc\"?"},
    {"bad-wait", HEAD SOURCES "pipeline:\n  - {stage: parse, queue: {wait: prak}}\n" SINK,
     "f.yaml:6:34: wait: there is no \"prak\"; did you mean \"park\"?"},
    {"bad-strategy", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: drop}\n" SINK,
     "f.yaml:6:30: there is no strategy \"drop\"; there are: block, block_timeout, drop_newest, drop_oldest, "
     "reject, ..."},
    {"bad-discipline", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: codl}\n" SINK,
     "f.yaml:6:30: there is no strategy \"codl\"; did you mean \"codel\"?"},
    {"other-place", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: breaker}\n" SINK,
     "f.yaml:6:30: breaker acts at the place \"sending\", not on an edge: it has a key of its own"},
    {"bad-discipline-param",
     HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: {codel: {tagret: 5ms}}}\n" SINK,
     "f.yaml:6:39: unknown key \"tagret\" in strategy codel; did you mean \"target\"?"},
    {"two-disciplines", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: [codel, block, pie]}\n" SINK,
     "f.yaml:6:45: an edge takes one discipline strategy, and pie stands beside codel"},
    {"pacing-twice", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: [slowdown, slowdown]}\n" SINK,
     "f.yaml:6:41: pacing strategy slowdown stands there twice"},
    {"pacings",
     HEAD SOURCES
     "pipeline:\n  - {stage: parse, strategy: [slowdown, aimd, gradient2, vegas, credit]}\n" SINK,
     "f.yaml:6:65: an edge takes at most 4 pacing strategies, and credit is one more\n"
     "f.yaml:6:30: aimd and gradient2 at parse both wait for results, and a record tells of its end once: "
     "use "
     "one of them"},
    {"two-limiters", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: [arc, slowdown, credit]}\n" SINK,
     "f.yaml:6:30: arc and credit at parse both wait for results, and a record tells of its end once: use "
     "one "
     "of them"},
    {"limiters-on-a-way",
     HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: aimd}\n  - {stage: pack}\n  - {stage: send, "
                  "strategy: vegas}\n" SINK,
     "f.yaml:8:29: vegas at send and aimd at parse, which lies before it, both wait for results, and a "
     "record "
     "tells of its end once: pace one of the two"},
    {"limiter-at-the-sink",
     HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: credit}\nsink: {type: 'null', strategy: aimd}\n",
     "f.yaml:7:32: aimd at sink and credit at parse, which lies before it, both wait for results, and a "
     "record "
     "tells of its end once: pace one of the two"},
    {"load-without-end",
     HEAD SOURCES "sink: {type: model, service: 1ms, load: {concurrency: {limit: 5, action: drop}}}\n",
     "f.yaml:5:41: sink sink never answers an attempt above a limit of its load: give it a timeout, such as "
     "1s"},
    {"load-action", HEAD SOURCES "sink: {type: model, load: {rate: {limit: 5, action: dorp}}}\n",
     "f.yaml:5:53: action: there is no \"dorp\"; did you mean \"drop\"?"},
    {"inline-discipline", HEAD SOURCES "pipeline:\n  - {stage: parse, queue: 'null', strategy: codel}\n" SINK,
     "f.yaml:6:45: codel has nothing to do on null at parse, where no record waits: use a queue that holds "
     "records, such as mutex"},
    {"store-elsewhere", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: fq_codel}\n" SINK,
     "f.yaml:6:30: fq_codel keeps the records of parse itself, behind a mutex, and cannot run on mpmc: use "
     "mutex"},
    {"closed-fq-codel",
     HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: closed}}\npipeline:\n  - {stage: "
          "parse, queue: mutex, strategy: fq_codel, service: 1ms}\n" SINK,
     "f.yaml:4:43: source app is closed and parse uses fq_codel, which may refuse it at once for ever: give "
     "it think, or use block"},
    {"closed-pie",
     HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: closed}}\npipeline:\n  - {stage: "
          "parse, strategy: pie, service: 1ms}\n" SINK,
     "f.yaml:4:43: source app is closed and parse uses pie, which may refuse it at once for ever: give it "
     "think, or use block"},
    {"bad-param",
     HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: {block_timeout: {timout: 5ms}}}\n" SINK,
     "f.yaml:6:47: unknown key \"timout\" in strategy block_timeout; did you mean \"timeout\"?"},
    {"param-none", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: {block: {x: 5ms}}}\n" SINK,
     "f.yaml:6:39: unknown key \"x\" in strategy block, which takes none"},
    {"param-scalar", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: {block_timeout: 5ms}}\n" SINK,
     "f.yaml:6:46: strategy block_timeout: parameters are a map such as {timeout: 50ms}, this is a plain "
     "value"},
    {"two-admissions", HEAD SOURCES "pipeline:\n  - {stage: parse, strategy: [block, drop_newest]}\n" SINK,
     "f.yaml:6:38: an edge takes one admission strategy, and drop_newest stands beside block"},
    {"module", HEAD SOURCES "pipeline:\n  - {stage: parse, queue: ./mine.so}\n" SINK,
     "f.yaml:6:27: queue module ./mine.so: this program loads no modules"},
    {"variant",
     HEAD "sources:\n  - {name: app, type: synthetic, rcvbuf: 5, arrival: {process: poisson, rate: "
          "50k/s}}\n" STAGES SINK,
     "f.yaml:4:34: rcvbuf has no meaning in a source with type: synthetic"},
    {"variant2",
     HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: closed, rate: 50k/s}}\n" STAGES SINK,
     "f.yaml:4:61: rate has no meaning in arrival with process: closed"},
    {"warmup", BASE "warmup: 2s\n",
     "f.yaml:8:9: warmup is as long as the duration, so nothing would be measured: use a shorter warmup or a "
     "longer duration"},
    {"shares",
     HEAD "sources:\n  - {name: app, type: synthetic, classes: {debug: 60%, info: 30%}, arrival: {process: "
          "poisson, rate: 50k/s}}\n" STAGES SINK,
     "f.yaml:4:43: classes add up to 90 %; they must add up to 100 %"},
    {"law-kind", HEAD SOURCES "pipeline:\n  - {stage: parse, service: {law: gauss, mean: 2us}}\n" SINK,
     "f.yaml:6:35: law: there is no \"gauss\"; there are: constant, exponential, uniform, lognormal, pareto, "
     "bimodal"},
    {"law-missing", HEAD SOURCES "pipeline:\n  - {stage: parse, service: {law: uniform, min: 2us}}\n" SINK,
     "f.yaml:6:29: a law needs max: largest value (pareto: values above are cut to it)"},
    {"law-minmax",
     HEAD SOURCES "pipeline:\n  - {stage: parse, service: {law: uniform, min: 2us, max: 1us}}\n" SINK,
     "f.yaml:6:29: the law's max is below its min"},
    {"law-extra",
     HEAD SOURCES
     "pipeline:\n  - {stage: parse, service: {law: uniform, min: 2us, max: 5us, sigma: 1}}\n" SINK,
     "f.yaml:6:64: sigma has no meaning in a law with law: uniform"},
    {"law-logn", HEAD SOURCES "pipeline:\n  - {stage: parse, service: {law: lognormal, sigma: 1}}\n" SINK,
     "f.yaml:6:29: a lognormal law needs either median or mean"},
    {"law-list", HEAD SOURCES "pipeline:\n  - {stage: parse, service: [1us]}\n" SINK,
     "f.yaml:6:29: service must be a plain value or {law: ...}, this is a list"},
    {"udp-size",
     HEAD
     "sources:\n  - {name: app, type: udp, size: 70000, arrival: {process: poisson, rate: 50k/s}}\n" STAGES
         SINK,
     "f.yaml:4:34: source app: 70000 bytes do not fit into a datagram: the most is 65507"},
    {"udp-listen",
     HEAD "sources:\n  - {name: app, type: udp, listen: \"127.0.0.1\", arrival: {process: poisson, rate: "
          "50k/s}}\n" STAGES SINK,
     "f.yaml:4:36: listen: \"127.0.0.1\" is not an address such as 127.0.0.1:5514 or [::1]:5514"},
    {"otlp-batch",
     HEAD
     "sources:\n  - {name: app, type: otlp, batch: 2000, arrival: {process: poisson, rate: 50k/s}}\n" STAGES
         SINK,
     "f.yaml:4:36: source app sends requests of 2000 records, and parse can never hold more than 1024: use a "
     "smaller batch or a larger capacity"},
    {"otlp-profile",
     HEAD
     "sources:\n  - {name: app, type: otlp, retry: otel, arrival: {process: poisson, rate: 50k/s}}\n" STAGES
         SINK,
     "f.yaml:4:36: there is no retry profile \"otel\"; there are: otel_js, otel_collector, fluent_bit, "
     "promtail, vector"},
    {"external-syn",
     HEAD "sources:\n  - {name: app, type: synthetic, senders: external, arrival: {process: poisson, rate: "
          "50k/s}}\n" STAGES SINK,
     "f.yaml:4:43: source app is synthetic and has no external senders: use udp, tcp, otlp or file"},
    {"rotate-external",
     HEAD
     "sources:\n  - {name: app, type: file, path: x, senders: external, rotate: {every: 1MiB}}\n" STAGES SINK,
     "f.yaml:4:65: source app has external senders, and only built-in ones rotate its file: leave rotate "
     "out, "
     "rotation by others is followed"},
    {"rotate-never",
     HEAD "sources:\n  - {name: app, type: file, arrival: {process: closed, think: 1ms}, rotate: {keep: "
          "1}}\n" STAGES SINK,
     "f.yaml:4:77: rotate needs every: size at which the file is rotated"},
    {"framing-udp", HEAD "sources:\n  - {name: app, type: udp, framing: lf, senders: external}\n" STAGES SINK,
     "f.yaml:4:28: framing has no meaning in a source with type: udp"},
    {"external-sim",
     HEAD "sources:\n  - {name: app, type: udp, senders: external, arrival: {process: poisson, rate: "
          "50k/s}}\n" STAGES SINK "engine: sim\n",
     "f.yaml:4:37: source app waits for external senders, which virtual time cannot have: use engine live"},
    {"closed-free",
     HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: closed}}\npipeline:\n  - {stage: "
          "parse, }\nsink: {type: null}\n",
     "f.yaml:4:43: source app is closed, does not think, and nothing takes time: give it think, or a stage "
     "or the sink a service"},
    {"closed-drop",
     HEAD "sources:\n  - {name: app, type: synthetic, arrival: {process: closed}}\npipeline:\n  - {stage: "
          "parse, strategy: drop_newest}\n" SINK,
     "f.yaml:4:43: source app is closed and parse uses drop_newest, which may refuse it at once for ever: "
     "give it think, or use block"},
    {"seed", BASE "seed: -1\n", "f.yaml:8:7: seed: \"-1\" is not a whole number from 0 to 2^53"},
    {"seed2", BASE "seed: 99999999999999999999\n",
     "f.yaml:8:7: seed: \"99999999999999999999\" is not a whole number from 0 to 2^53"},
    {"engine", BASE "engine: simulated\n",
     "f.yaml:8:9: engine: there is no \"simulated\"; there are: live, sim"},
    {"sinc", BASE "sinc: []\n", "f.yaml:8:1: unknown key \"sinc\" in a scenario; did you mean \"sink\"?"},
    {"tl-nothing", BASE "timeline: [{at: 1s}]\n",
     "f.yaml:8:12: an event needs set: {target.key: value}, stall: target, fail: target, swap: stage or "
     "signal: stop"},
    {"tl-signal-for", BASE "timeline: [{at: 1s, for: 1s, signal: stop}]\n",
     "f.yaml:8:12: a signal takes no `for`, `every` or `ramp`: the run ends once"},
    {"tl-signal-twice", BASE "timeline: [{at: 1s, signal: stop}, {at: 2s, signal: close}]\n",
     "f.yaml:8:53: signal: the run is told to end already by another event"},
    {"tl-signal-what", BASE "timeline: [{at: 1s, signal: halt}]\n",
     "f.yaml:8:29: signal: there is no \"halt\"; there are: none, stop, close"},
    {"sync-fallback-branch",
     HEAD SOURCES "pipeline: [{stage: p}]\nsinks: {mode: isolated, each: [{name: x, type: \"null\"},\n"
                  "  {name: y, type: \"null\", strategy: sync_fallback}]}\n",
     "f.yaml:7:37: sync_fallback at y: the sources must deliver by themselves there, so this queue must be "
     "the "
     "only one between them and one sink"},
    {"tl-noat", BASE "timeline: [{set: {sink.service: 1us}}]\n",
     "f.yaml:8:12: an event needs at: when it begins, from the start of the run"},
    {"tl-target", BASE "timeline: [{at: 1s, set: {snk.service: 1us}}]\n",
     "f.yaml:8:27: there is no source, stage or sink \"snk\"; did you mean \"sink\"?"},
    {"tl-key", BASE "timeline: [{at: 1s, set: {sink.concurrency: 2}}]\n",
     "f.yaml:8:27: \"sink.concurrency\" cannot change during a run; what can is the service and the "
     "error_rate of a sink"},
    {"tl-rate", BASE "timeline: [{at: 1s, set: {app.rate: fast}}]\n",
     "f.yaml:8:37: rate: \"fast\" is not a rate like 2000/s, 50k/s or 10/m"},
    {"tl-factor", BASE "timeline: [{at: 1s, set: {app.rate: xx}}]\n",
     "f.yaml:8:37: rate: \"xx\" is not a factor like x10 or x0.5"},
    {"tl-ramp", BASE "timeline: [{at: 1s, for: 1s, ramp: 2s, set: {app.rate: x2}}]\n",
     "f.yaml:8:12: the ramp is longer than `for`, so it would never arrive"},
    {"tl-every", BASE "timeline: [{at: 0, for: 1s, every: 500ms, set: {app.rate: x2}}]\n",
     "f.yaml:8:12: it lasts longer (`for`) than it is away from its next time (`every`)"},
    {"tl-many",
     "name: t\nduration: 1h\n" SOURCES STAGES SINK "timeline: [{at: 0, every: 1ms, set: {app.rate: x2}}]\n",
     "f.yaml:8:12: the timeline has more than 10000 events; repeat less often\n"
     "f.yaml:8:38: the timeline drives app.rate out of all bounds (3.28e+04 times)"},
    {"tl-wild", BASE "timeline: [{at: 0, every: 1ms, set: {app.rate: x2}}]\n",
     "f.yaml:8:38: the timeline drives app.rate out of all bounds (3.28e+04 times)"},
    {"tl-stall", BASE "timeline: [{at: 0, every: 1s, stall: sink}]\n",
     "f.yaml:8:12: a stall that repeats needs `for`, else the first never ends"},
    {"tl-fail", BASE "timeline: [{at: 0, every: 1s, fail: sink}]\n",
     "f.yaml:8:12: a failure that repeats needs `for`, else the first never ends"},
    {"tl-fail2", BASE "timeline: [{at: 0, fail: app}]\n",
     "f.yaml:8:26: only a sink can fail, and app is none: use stall"},
    {"tl-errors", BASE "timeline: [{at: 0, set: {sink.error_rate: 150%}}]\n",
     "f.yaml:8:43: error_rate: \"150%\" is not a share like 5% or 0.05, from 0 to 1"},
    {"sk-to", HEAD SOURCES STAGES "sink: {type: udp, to: localhost}\n",
     "f.yaml:7:23: to: \"localhost\" is not an address such as 127.0.0.1:5514 or [::1]:5514"},
    {"sk-port", HEAD SOURCES STAGES "sink: {type: tcp, to: \"127.0.0.1:0\"}\n",
     "f.yaml:7:23: to: nobody can be reached at port 0; name the peer's port, or builtin"},
    {"sk-framing", HEAD SOURCES STAGES "sink: {type: udp, framing: lf}\n",
     "f.yaml:7:19: framing has no meaning in a sink with type: udp"},
    {"sk-to-null", HEAD SOURCES STAGES "sink: {type: null, to: builtin}\n",
     "f.yaml:7:20: to has no meaning in a sink with type: null"},
    {"sk-breaker", HEAD SOURCES STAGES "sink: {type: null, breaker: {failure: 3}}\n",
     "f.yaml:7:30: unknown key \"failure\" in a breaker; did you mean \"failures\"?"},
    {"sk-probes", HEAD SOURCES STAGES "sink: {type: null, breaker: {probes: 0}}\n",
     "f.yaml:7:38: probes: 0 is too small; the least is 1"},
    {"sk-retry", HEAD SOURCES STAGES "sink: {type: null, retry: fluent_bits}\n",
     "f.yaml:7:27: there is no retry profile \"fluent_bits\"; did you mean \"fluent_bit\"?"},
    {"sk-jitter", HEAD SOURCES STAGES "sink: {type: null, retry: {jitter: ful}}\n",
     "f.yaml:7:36: jitter: there is no \"ful\"; did you mean \"full\"?"},
    {"tl-stall2", BASE "timeline: [{at: 0, stall: snik}]\n",
     "f.yaml:8:27: there is no source, stage or sink \"snik\"; did you mean \"sink\"?"},
    {"tl-null", HEAD SOURCES STAGES "sink: {type: null}\ntimeline: [{at: 0, set: {sink.service: 1us}}]\n",
     "f.yaml:8:26: sink has no service: its type is null"},
    {"mx-axis", BASE "matrix: {quue: [a]}\n",
     "f.yaml:8:10: \"quue\" reaches nothing: write it as NAME.quue; did you mean \"queue\"?"},
    {"mx-name", BASE "matrix: {apq.rate: [1/s]}\n",
     "f.yaml:8:10: \"apq.rate\" reaches nothing: there is no source, stage or sink \"apq\"; did you mean "
     "\"app\"?"},
    {"mx-key", BASE "matrix: {parse.wrkers: [1]}\n",
     "f.yaml:8:10: unknown key \"wrkers\" in a stage; did you mean \"workers\"?"},
    {"mx-reach",
     HEAD SOURCES "pipeline:\n  - {stage: parse, queue: mpmc}\n" SINK "matrix: {queue: [mutex]}\n",
     "f.yaml:8:10: axis queue reaches nothing: every edge writes that key itself"},
    {"mx-empty", BASE "matrix: {queue: []}\n", "f.yaml:8:17: axis queue must be a list of 1 to 4096 values"},
    {"mx-twice", BASE "matrix: {queue: [mpmc, mpmc]}\n", "f.yaml:8:24: axis queue has the value mpmc twice"},
    {"mx-unit", BASE "matrix: {rate: [1k/s, 5]}\n",
     "f.yaml:8:23: rate: \"5\" is not a rate like 2000/s, 50k/s or 10/m"},
    {"mx-value", BASE "matrix: {queue: [mpmc, mutx]}\n",
     "f.yaml:8:24: there is no queue \"mutx\"; did you mean \"mutex\"?"},
    {"mx-list", BASE "matrix: [queue]\n", "f.yaml:8:9: matrix must be a map of keys, this is a list"},
    {"mx-dup", BASE "matrix: {queue: [mutex], queue: [mpmc]}\n",
     "f.yaml:8:26: key \"queue\" is here twice, first on line 8"},
    {"mx-always", BASE "warmup: 3s\nmatrix: {queue: [mutex, mpmc]}\n",
     "f.yaml:8:9: warmup is as long as the duration, so nothing would be measured: use a shorter warmup or a "
     "longer duration"},
    {"ex-syntax",
     BASE "expect:\n  - \"lost = 0\"\n  - lost == \n  - \"p99 < fast\"\n  - \"(lost == 0\"\n  - \"lost == "
          "0)\"\n  - \"and\"\n  - [a]\n",
     "f.yaml:9:11: one = is not a comparison; write ==\n"
     "f.yaml:10:12: expected a value, such as 0, 5ms, 1% or block\n"
     "f.yaml:11:6: <, <=, > and >= need a number on the right\n"
     "f.yaml:12:6: the parenthesis is not closed\n"
     "f.yaml:13:15: this parenthesis closes nothing\n"
     "f.yaml:14:6: expected a metric, such as lost, p99 or ledger.unknown\n"
     "f.yaml:15:5: an expectation is a text such as \"lost == 0\", this is a list"},
    {"many",
     BASE
     "k0: 1\nk1: 1\nk2: 1\nk3: 1\nk4: 1\nk5: 1\nk6: 1\nk7: 1\nk8: 1\nk9: 1\nk10: 1\nk11: 1\nk12: 1\nk13: "
     "1\nk14: 1\nk15: 1\nk16: 1\nk17: 1\nk18: 1\nk19: 1\nk20: 1\nk21: 1\nk22: 1\nk23: 1\nk24: 1\nk25: "
     "1\nk26: 1\nk27: 1\nk28: 1\nk29: 1\nk30: 1\nk31: 1\nk32: 1\nk33: 1\nk34: 1\nk35: 1\nk36: 1\nk37: "
     "1\nk38: 1\nk39: 1\nk40: 1\nk41: 1\nk42: 1\nk43: 1\nk44: 1\nk45: 1\nk46: 1\nk47: 1\nk48: 1\nk49: 1\n",
     "f.yaml:8:1: unknown key \"k0\" in a scenario; there are: name, duration, warmup, drain, seed, reps, "
     "engine, memory_limit, sources, pipeline, sink, sinks, timeline, matrix, expect\n"
     "f.yaml:9:1: unknown key \"k1\" in a scenario; there are: name, duration, warmup, drain, seed, reps, "
     "engine, memory_limit, sources, pipeline, sink, sinks, timeline, matrix, expect\n"
     "f.yaml:10:1: unknown key \"k2\" in a scenario; there are: name, duration, warmup, drain, seed, reps, "
     "engine, memory_limit, sources, pipeline, sink, sinks, timeline, matrix, expect\n"
     "f.yaml:11:1: unknown key \"k3\" in a scenario; there are: name, duration, warmup, drain, seed, reps, "
     "engine, memory_limit, sources, pipeline, sink, sinks, timeline, matrix, expect\n"
     "f.yaml:12:1: unknown key \"k4\" in a scenario; there are: name, duration, warmup, drain, seed, reps, "
     "engine, memory_limit, sources, pipeline, sink, sinks, timeline, matrix, expect\n"
     "(and 15 more)"},
    {"name", "name: \"a b\"\nduration: 2s\n" SOURCES STAGES SINK,
     "f.yaml:1:7: name: \"a b\" is not a name (letters, digits, _ and -, at most 64)"},
    {"empty-value", HEAD SOURCES STAGES "sink: {type: model, service:}\n",
     "f.yaml:7:28: found unexpected ':'"},
};

// A text that ends in "..." stands for all that begin so: for lists that grow with the program.
static bool is_golden(const char *got, const char *golden_text)
{
    size_t length = strlen(golden_text);
    bool open = length > 3 && strcmp(golden_text + length - 3, "...") == 0;
    return open ? strncmp(got, golden_text, length - 3) == 0 : strcmp(got, golden_text) == 0;
}

static void says_what_and_where(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof golden / sizeof *golden; i++) {
        struct error e;
        struct plan *plan = load_over(golden[i].yaml, NULL, &e);
        if (plan != NULL || !is_golden(e.text, golden[i].text)) {
            print_error("%s:\n  expected %s\n  got      %s\n", golden[i].what, golden[i].text, e.text);
            wrong++;
        }
        plan_free(plan);
    }
    assert_int_equal(wrong, 0);
}

static void refuse_bytes(const char *bytes, size_t size, const char *text)
{
    struct error e = {EXIT_OK, ""};
    struct plan *plan;
    file_begin(bytes, size);
    assert_false(plan_load("f.yaml", NULL, &plan, &e));
    file_end();
    assert_string_equal(e.text, text);
}

static void refuses_what_is_no_text(void **state)
{
    (void)state;
    refuse_bytes("\x7f"
                 "ELF\x02\x01",
                 6, "f.yaml:1:1: control character 0x7f; is this a scenario file?");
    refuse_bytes("name: a\0b\n", 10, "f.yaml:1:8: control character 0x00; is this a scenario file?");
    refuse_bytes("a: 1\nname: \xff\xfe\n", 14, "f.yaml:2:7: not UTF-8 text; is this a scenario file?");
    refuse_bytes("a: \xc0\x80\n", 6, "f.yaml:1:4: not UTF-8 text; is this a scenario file?");     // overlong
    refuse_bytes("a: \xed\xa0\x80\n", 7, "f.yaml:1:4: not UTF-8 text; is this a scenario file?"); // surrogate
    refuse_bytes("a: \xe2\x82", 5, "f.yaml:1:4: not UTF-8 text; is this a scenario file?");       // cut off
}

static void refuses_large_files_at_once(void **state)
{
    (void)state;
    file_begin("a: 1\n", 5);
    assert_int_equal(truncate("f.yaml", 100l << 20), 0);
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    struct error e = {EXIT_OK, ""};
    struct plan *plan;
    assert_false(plan_load("f.yaml", NULL, &plan, &e));
    clock_gettime(CLOCK_MONOTONIC, &end);
    file_end();
    assert_string_equal(e.text, "f.yaml:1:1: the file is larger than 1 MiB; no scenario needs that");
    assert_true(end.tv_sec - begin.tv_sec <= 1);
}

static void refuses_what_is_no_file(void **state)
{
    (void)state;
    struct error e = {EXIT_OK, ""};
    struct plan *plan;
    file_begin("", 0);
    assert_false(plan_load("missing.yaml", NULL, &plan, &e));
    assert_string_equal(e.text, "missing.yaml: cannot be opened: No such file or directory");
    e.code = EXIT_OK;
    assert_false(plan_load(".", NULL, &plan, &e));
    assert_string_equal(e.text, ".: is a folder, not a scenario file");
    e.code = EXIT_OK;
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_false(plan_load("pipe", NULL, &plan, &e));
    assert_string_equal(e.text, "pipe: is not a regular file");
    unlink("pipe");
    e.code = EXIT_OK;
    assert_false(plan_load("/dev/zero", NULL, &plan, &e));
    assert_string_equal(e.text, "/dev/zero: is not a regular file");
    file_end();
}

// What the file says must not reach a terminal as control sequences.
static void messages_are_printable(void **state)
{
    (void)state;
    refuse(BASE "\"\\e[31mred\": 1\n", NULL,
           "f.yaml:8:1: unknown key \"?[31mred\" in a scenario; there are: name, duration, warmup, drain, "
           "seed, reps, "
           "engine, memory_limit, sources, pipeline, sink, sinks, timeline, matrix, expect");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_and_where),         cmocka_unit_test(refuses_what_is_no_text),
        cmocka_unit_test(refuses_large_files_at_once), cmocka_unit_test(refuses_what_is_no_file),
        cmocka_unit_test(messages_are_printable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
