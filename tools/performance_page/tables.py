# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/performance.md and the sentences below them: nobody writes by hand who is ahead."""
import json

from performance_page.cases import (CASES, ENOUGH, at, cells_of, good, is_peer, limit, load, ns, number, overlap, percent, pick,
                                    queue, reps, state, table, trip_state)

CARRIED = {"in_place": "in place", "by_pointer": "by pointer", "by_copy": "by copy", "sequence": "sequence only"}
STALL = 5  # times the median: such a repetition has stood still for a part of its time
NOT_MEASURED = "Not measured yet: `tools/performance run --only {}`."


# --- cells as rows ----

def interval(spread):
    return f"{number(spread['lo'])} to {number(spread['hi'])}" if spread and spread.get("median") else "-"


def ratio_text(bench):
    ratio = bench.get("ratio") or {}
    if ratio.get("median") is None:
        return "-"
    if ratio["pairs"] < ENOUGH:
        return f"{number(ratio['median'])} ({ratio['pairs']} round{'s' * (ratio['pairs'] > 1)})"
    return f"**{number(ratio['median'])}** ({number(ratio['lo'])} to {number(ratio['hi'])})"


def fill_text(bench):
    fill = bench.get("fill") or {}
    return percent(fill["p50"]) if fill.get("looks") else "-"


def varying(cells):
    """The parameters that are not the same in all cells, the queue first."""
    keys = [k for k in cells[0]["params"] if k != "queue"
            and len({json.dumps(c["params"].get(k)) for c in cells}) > 1]
    return ["queue", *keys]


def against(case):
    words = CASES[case].split()
    return words[words.index("--against") + 1] if "--against" in words else None


def plain_rows(case, cells):
    keys, rival = varying(cells), against(case)
    ratio = [f"ratio to {rival}"] if rival else []
    yield [*keys, "ns/item, median", "interval", *ratio, "x of the limit", "cores", "reps", "fill", "note"]
    for cell in cells:
        bench, params = cell["bench"], [str(cell["params"].get(k)) for k in keys]
        if cell["status"] != "ok":
            yield [*params, cell["status"], *[""] * (len(ratio) + 5), cell["reason"]]
            continue
        times = number(ns(cell) / limit(cell), 2) if limit(cell) else "-"
        note = "; ".join(t for t in (CARRIED.get(bench.get("carried", ""), ""), bench.get("note") or "") if t)
        yield [*params, number(ns(cell)), interval(bench["ns_per_item"]), *([ratio_text(bench)] if rival else []), times,
               state(cell), str(reps(cell)), fill_text(bench), note]


def regime_rows(_, cells):
    yield ["queue", "regime", "ns/item, median", "interval", "cores", "reps", "fill, median", "work of the slow side, ns/item"]
    for cell in cells:
        bench, params = cell["bench"], cell["params"]
        if cell["status"] != "ok":
            yield [params["queue"], params["regime"], cell["status"], "", "", "", fill_text(bench), cell["reason"]]
            continue
        yield [params["queue"], params["regime"], number(ns(cell)), interval(bench["ns_per_item"]), state(cell),
               str(reps(cell)), fill_text(bench), number(bench.get("work_ns"))]


def micros(histogram, key):
    value = (histogram or {}).get(key)
    return "-" if value is None else number(value / 1000)


def core_share(cell):
    """Of a core, of the consumer's side, at the rate of the case."""
    return cell["bench"]["cpu"]["consumer_ns_per_item"] * cell["params"]["load"] / 1e9


def wait_rows(_, cells):
    yield ["wait", "consumer's CPU, ns/item", "of a core", "latency p50, us", "p99", "p99.9", "cores", "note"]
    for cell in cells:
        bench = cell["bench"]
        late = bench.get("latency_ns")
        if cell["status"] != "ok":
            yield [cell["params"]["wait"], cell["status"], "", "", "", "", "", cell["reason"]]
            continue
        yield [cell["params"]["wait"], number(bench["cpu"]["consumer_ns_per_item"]), percent(core_share(cell)),
               micros(late, "p50"), micros(late, "p99"), micros(late, "p999"), state(cell), bench.get("note") or ""]


def trip_rows(cells):
    yield ["queue", "cores", "there and back, median ns", "p99", "p99.9", "max us", "bare line, median ns"]
    for cell in cells:
        rtt = cell["bench"].get("rtt_ns") or {}
        if rtt.get("count"):
            yield [queue(cell), trip_state(cell), number(rtt["p50"]), number(rtt["p99"]), number(rtt["p999"]),
                   number(rtt["max"] / 1000), number(cell["bench"].get("raw_rtt_ns"))]


# --- sentences ----

def gate_line(cells):
    gates = sorted(round(c["bench"]["pingpong_ns"] / 10) * 10 for c in good(cells) if c["bench"].get("pingpong_ns"))
    names = " and ".join(sorted({state(c) for c in good(cells)}))
    mixed = " Rows of the one and of the other do not compare." if " and " in names else ""
    span = f"{gates[0]} to {gates[-1]}" if gates and gates[0] != gates[-1] else f"{gates[0]}" if gates else ""
    return f"Cores {names}: {span} ns there and back on one line.{mixed}" if gates else ""


def lead(ours, peers, where):
    """Ours and the best peer at one point, at each distance that ours was measured at."""
    lines = []
    for distance in sorted({state(c) for c in ours}):
        own = min((c for c in ours if state(c) == distance), key=ns)
        there = [c for c in peers if state(c) == distance]
        text = f"- {where}, cores {distance}: {queue(own)} {number(ns(own))} ns"
        if not there:
            lines.append(f"{text}; no peer was measured at this distance.")
            continue
        best = min(there, key=ns)
        doubt = "; their intervals overlap" if overlap(own, best) else ""
        few = "; from few repetitions" if min(reps(own), reps(best)) < ENOUGH else ""
        others = [queue(c) for c in peers if state(c) != distance]
        left = f"; not compared, as at the other distance: {', '.join(others)}" if others else ""
        lines.append(f"{text}, {number(ns(own) / ns(best), 2)} times the best peer's {number(ns(best))} ns "
                     f"({queue(best)}){doubt}{few}{left}.")
    return lines


def leads(cells, names):
    """One line for every point; `names` are the queues that stand for ours."""
    keys = varying(cells)[1:]
    points = sorted({tuple(c["params"][k] for k in keys) for c in cells})
    lines = []
    for point in points:
        here = [c for c in good(cells) if tuple(c["params"][k] for k in keys) == point]
        where = ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in zip(keys, point)) or "Best of ours"
        lines += lead([c for c in here if queue(c) in names], [c for c in here if is_peer(c)], where[0].upper() + where[1:])
    return "\n".join(lines)


def leads_and_stalls(*names):
    """With more threads than cores some repetitions of a queue may be of another kind than the others."""
    def sentences(cells):
        keys, told = varying(cells)[1:], []
        for cell in good(cells):
            times = cell["bench"]["ns_per_item"]["reps"]
            if max(times) > STALL * ns(cell):
                point = ", ".join(f"{k} {cell['params'][k]}" for k in keys)
                told.append(f"{queue(cell)}{f' ({point})' if point else ''} {number(max(times))} ns")
        stalls = f"\n- Repetitions over {STALL} times the median, the longest of a queue: {', '.join(told)}." if told else ""
        return leads(cells, names) + stalls
    return sentences


def regime_sentences(cells):
    lines = []
    for regime in ("full", "empty", "balanced"):
        here = sorted((c for c in good(cells) if c["params"]["regime"] == regime), key=ns)
        for distance in sorted({state(c) for c in here}):
            row = ", ".join(f"{queue(c)} {number(ns(c))}" for c in here if state(c) == distance)
            lines.append(f"- {regime}, cores {distance}, the cheapest first: {row} ns.")
    for name in dict.fromkeys(queue(c) for c in cells):
        own = sorted((c for c in good(cells) if queue(c) == name), key=ns)
        if len(own) > 1 and len({state(c) for c in own}) == 1:
            lines.append(f"- {name} costs {number(ns(own[-1]) / ns(own[0]), 2)} times as much {own[-1]['params']['regime']} as "
                         f"{own[0]['params']['regime']}.")
    return "\n".join(lines)


def wait_sentences(cells):
    own = {c["params"]["wait"]: c for c in good(cells)}
    if not own:
        return ""
    by_latency = sorted(own, key=lambda w: own[w]["bench"]["latency_ns"]["p50"])
    by_cpu = sorted(own, key=lambda w: own[w]["bench"]["cpu"]["consumer_ns_per_item"])
    lines = [f"- By the median latency, the shortest first: {', '.join(by_latency)}. "
             f"By the consumer's CPU, the least first: {', '.join(by_cpu)}."]
    if "spin" in own:
        base = own["spin"]["bench"]["latency_ns"]
        for name in (w for w in by_cpu if w != "spin"):
            more = own[name]["bench"]["latency_ns"]["p50"] - base["p50"]
            lines.append(f"- {name}: {number(abs(more) / 1000)} us {'more' if more >= 0 else 'less'} than spin in the median, for "
                         f"{percent(core_share(own[name]))} of a core instead of {percent(core_share(own['spin']))}.")
        lines.append(f"- spin never gives its core away, and its p99.9 is {micros(base, 'p999')} us: what pauses the "
                     "machine makes of its own. How many fell into which wait is chance, so p99.9 says little here.")
    return "\n".join(lines)


def carried_sentences(cells):
    """What working in place saves, and how near the line's own cost it comes in batches."""
    lines = []
    for distance in sorted({state(c) for c in good(cells)}):
        batches = [c for c in good(cells) if c["params"]["batch"] == 16 and state(c) == distance]
        place = [c for c in batches if c["bench"]["carried"] == "in_place"]
        copied = [c for c in batches if c["bench"]["carried"] == "by_copy"]
        if place and copied:
            a, b = min(place, key=ns), min(copied, key=ns)
            lines.append(f"- 16 an operation, cores {distance}: in place {number(ns(a))} ns a message ({queue(a)}), by copy at least "
                         f"{number(ns(b))} ns ({queue(b)}).")
            if limit(a):
                lines.append(f"  The lines of a message alone cost {number(limit(a))} ns: in place is at "
                             f"{number(ns(a) / limit(a), 2)} times that, by copy at {number(ns(b) / limit(a), 2)} times.")
    return "\n".join(lines)


# --- tables over several cases ----

# What is amortised, of which queue, the cell of one an operation and that of sixteen.
AMORTISED = [
    ("one producer, payload", "spsc", ("spsc-1", 1), ("spsc-16-64k", 16)),
    ("one producer, payload", "disruptor", ("disruptor-16", 1), ("disruptor-16", 16)),
    ("one producer, payload", "lmax", ("disruptor-16", 1), ("disruptor-16", 16)),
    ("one producer, sequence only", "spsc", ("sequence-only", 1), ("sequence-only", 16)),
    ("one producer, sequence only", "disruptor", ("sequence-only", 1), ("sequence-only", 16)),
    ("four producers, payload", "disruptor", ("many-free", 1), ("many-16", 16)),
    ("four producers, payload", "mpmc", ("many-free", 1), ("many-16", 16)),
    ("four producers, sequence only", "disruptor", ("sequence-only-4", 1), ("sequence-only-4", 16)),
]


def fewer(one, other):
    """How many times less the other costs, where the two compare."""
    if not one or not other:
        return "-"
    return number(ns(one) / ns(other), 2) if state(one) == state(other) else "not comparable: other distance"


def amortised():
    rows = [["what", "queue", "1 an operation", "16 an operation", "times less"]]
    for what, name, (case_1, batch_1), (case_16, batch_16) in AMORTISED:
        one = pick(case_1, name, batch=batch_1, capacity=65536)
        many = pick(case_16, name, batch=batch_16, capacity=65536)
        rows.append([what, name, at(one), at(many), fewer(one, many)])
    return table(rows)


def channel_gap(channel, ring):
    if state(channel) != state(ring):
        return "The two were measured at different distances, so their ratio would say nothing."
    gap = ns(channel) - ns(ring)
    text = f"One item through the channel costs as much as {number(ns(channel) / ns(ring), 2)} through the ring."
    if gap > 0:
        text += f" The ring saves each side a tenth of a core from about {number(0.1e3 / gap, 2)} million messages a second on."
    return text


def channel_or_ring():
    """What share of a core a hand-off is at a rate, since ns an item say nothing about any one rate."""
    channel, ring = pick("channel-1x1", "channel"), pick("channel-1x1", "spsc")
    if not channel or not ring:
        return NOT_MEASURED.format("channel-1x1")
    share = lambda cell, rate: percent(ns(cell) * rate / 1e9) if ns(cell) * rate < 1e9 else "more than one core"
    rows = [["messages/s", f"channel, {at(channel)} an item", f"spsc, {at(ring)} an item"]]
    rows += [[f"{rate:,}", share(channel, rate), share(ring, rate)] for rate in (100_000, 1_000_000, 10_000_000, 100_000_000)]
    text = table(rows) + "\n\n" + channel_gap(channel, ring)
    parked = pick("waits", "mpmc", wait="park")
    if parked:
        text += (f" What sleeping costs is another matter: at {parked['params']['load']:,.0f} a second, a consumer of mpmc that parks "
                 f"between items takes {number(parked['bench']['cpu']['consumer_ns_per_item'])} ns of CPU an item.")
    return text


# --- sections ----

def where_measured():
    told = []
    for case in CASES:
        document = load(case)
        if document:
            env, tool, day = document["env"], document["tool"], document["run"]["started"][:10]
            machine = "a virtual machine, " if env.get("hypervisor") else ""
            told.append(f"Measured {day} on {env['cores']} cores of \"{env['cpu']}\" ({machine}Linux {env['kernel']}), "
                        f"{tool['compiler']}, weir {tool['version']} of commit {tool['git']}.")
    told = list(dict.fromkeys(told))
    more = "\n\n**Not all cases are of one day, machine and commit; compare within a table only.**" if len(told) > 1 else ""
    return "  \n".join(told) + more


def case_section(case, rows=plain_rows, sentences=None):
    cells = cells_of(case)
    command = f"```\nweir bench {CASES[case]}\n```\n\n"
    if not cells:
        return command + NOT_MEASURED.format(case)
    told = sentences(cells).strip() if sentences else ""
    return "\n\n".join(t for t in (command + table(rows(case, cells)), gate_line(cells), told) if t)


def round_trip():
    return table(trip_rows(good(cells_of("spsc-1", capacity=1024)))) if load("spsc-1") else NOT_MEASURED.format("spsc-1")


def rest_rows(case, cells):
    """A plain table with the median and p99.9 of the round trip in place of the fill."""
    rows = plain_rows(case, cells)
    for row, cell in zip(rows, [None, *cells]):
        trip = ((cell or {}).get("bench") or {}).get("rtt_ns") or {}
        if len(row) > 2:
            row[-2] = number(trip.get("p50")) + " / " + number(trip.get("p999")) if cell else "there and back, ns: median / p99.9"
        yield row


def led_by(*names):
    return lambda cells: leads(cells, names)


def messages(*names):
    return lambda cells: leads(cells, names) + "\n" + carried_sentences(cells)
