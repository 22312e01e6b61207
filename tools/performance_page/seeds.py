# SPDX-License-Identifier: Apache-2.0
"""Published claims about queues: what each measured, and what the same question gives here."""
from performance_page.cases import at, cells_of, good, load, ns, number, percent, pick, state, table
from performance_page.tables import core_share, fewer, micros


def ring_against_channel():
    channel, ring = pick("channel-1x1", "channel"), pick("channel-1x1", "spsc")
    if not channel or not ring:
        return "not measured"
    text = (f"channel {at(channel)} an item, spsc {at(ring)}: at 100,000/s {percent(ns(channel) * 1e-4)} and "
            f"{percent(ns(ring) * 1e-4)} of a core, at 1,000,000/s {percent(ns(channel) * 1e-3)} and {percent(ns(ring) * 1e-3)}")
    if state(channel) != state(ring):
        return text + "; a ratio would mix two distances"
    return text + f"; {number(ns(channel) / ns(ring), 2)} times"


def one_and_sixteen(name, first, second):
    """Of two (case, batch); 64K slots."""
    one, many = (pick(case, name, batch=batch, capacity=65536) for case, batch in (first, second))
    if not one or not many:
        return f"{name} not measured"
    times = fewer(one, many)
    return f"{name} {at(one)} and {at(many)}" + (f", {times} times less" if state(one) == state(many) else f", {times}")


def single_writer():
    return (f"the same without a payload: {one_and_sixteen('disruptor', ('sequence-only', 1), ('sequence-only', 16))}. "
            f"Written and read: {one_and_sixteen('disruptor', ('disruptor-16', 1), ('disruptor-16', 16))}")


def four_writers():
    return (f"the same without a payload: {one_and_sixteen('disruptor', ('sequence-only-4', 1), ('sequence-only-4', 16))}. "
            f"Written and read: {one_and_sixteen('disruptor', ('many-free', 1), ('many-16', 16))}")


def channel_writers():
    return f"channel 1x1 {at(pick('channel-1x1', 'channel'))}, 4+1 {at(pick('channel-4x1', 'channel'))}, both for one message"


def channel_against_sequences():
    one = pick("many-free", "disruptor", capacity=1024)
    channel = pick("channel-4x1", "channel")
    return f"four producers, one an operation, 1024 slots, payload: channel {at(channel)}, disruptor {at(one)}"


def waiting():
    if not load("waits"):
        return "not measured"
    told = [f"{c['params']['wait']} {micros(c['bench']['latency_ns'], 'p50')} us in the median at {percent(core_share(c))} of a core"
            for c in good(cells_of("waits"))]
    return "; ".join(told)


# The claim as published, what stands behind it, and the same question put to the kept results.
CLAIMS = [
    ("A log pipeline: above 100,000 messages a second, a channel's overhead is 2 to 3 times that of a ring",
     "A Go channel against a ring that drops when it is full. The factor is one of cost per message, whatever the rate is; the "
     "rate says only how much of a core that factor is about.", ring_against_channel),
    ("A disruptor in Go, one writer: 2.1 ns a slot; 0.13 ns with Reserve(16)",
     "Reservations. No payload is written, the handler reads none, and the consumer sleeps most of the time. 2.131 ns / 16 = "
     "0.133 ns: the second figure is the first one, spread over sixteen slots that nobody touches.", single_writer),
    ("The same, four writers: 39 ns; 2.3 ns with Reserve(16)",
     "Again reservations without a payload, in ns a slot: 38.58 / 16 = 2.41.", four_writers),
    ("A Go channel: 21 ns with one writer, 100 ns with four",
     "The first is a message. In the second each of four writers sends as many messages as are counted, so 100.5 ns are four of "
     "them: 25 ns a message (and its 1649 ns for 16 are 64 messages: 26 ns).", channel_writers),
    ("Hence, with four writers: the disruptor is 2.6 times as fast as a channel, with Reserve(16) 45 times",
     "39 ns without a payload against 25 ns with one: in the same unit the channel was ahead. With Reserve(16) 26 / 2.3 = 11 times, "
     "still payload against none.", channel_against_sequences),
    ("Wait strategies: spinning has the lowest latency and the highest CPU, then yielding, sleeping, blocking",
     "No figures.", waiting),
]


def seeds():
    return table([["published", "what it measured", "here"], *([claim, behind, here()] for claim, behind, here in CLAIMS)])
