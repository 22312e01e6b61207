# SPDX-License-Identifier: Apache-2.0
"""The targets of our queues, each held against the kept results."""
from dataclasses import dataclass

from performance_page.cases import (ENOUGH, cells_of, good, is_peer, limit, load, ns, number, overlap, pick, queue, reps, state,
                                    table, trip_state)

# Why a target may be missed; shown only where one is. Nothing here depends on how a run went.
CATCHING_UP = ("With one item an operation both sides come to the same line whenever the consumer has caught up (see *fill*); its way "
               "is the same for every queue, and a greater part of the figure the further apart the cores are.")
LINES = "The items' own lines have to move, for the peer as for us; only what comes on top of that can be saved."
LIST = ("The peer is a list: a producer takes a node of its own and exchanges one pointer, which always succeeds. Ours claim a place "
        "in an array among all producers, after a look whether there is one, with a compare-and-swap that may have to be repeated.")
SLOTS = ("A producer of ours announces what it has written by a mark of its own, on one more line, and never waits for the one "
         "before it; a peer that publishes by one counter has no such marks.")
TRIP = "There and back is two lines' way and the machine's own pauses for every queue; code can save only what comes on top of that."
TURNS = "Four producers on one core have its time between them, and give it to each other by system calls."
CLAIMS = ("Threads of one side claim their places with a compare-and-swap on one word, which those on different cores take from each "
          "other; a batch pays that once.")
UNKNOWN = "No reason is known beyond the figures."
RIVAL_WHY = {"urcu_wfcq": LIST, "rte_ring": SLOTS, "ck_ring": SLOTS}  # where the reason lies in who the best peer is
WHYS = [CATCHING_UP, LINES, LIST, SLOTS, TRIP, TURNS, CLAIMS, UNKNOWN]


@dataclass(frozen=True)
class Target:
    label: str
    case: str
    ours: tuple
    bound: float      # ours over the peer's, at most
    peers: tuple = ()  # the best of them; none named: of all peers of the case
    where: tuple = ()  # parameters, as pairs
    trip: str = ""     # a percentile of the round trip instead of ns an item
    why: str = UNKNOWN

    def state(self, cell):
        return trip_state(cell) if self.trip else state(cell)

    def value(self, cell):
        return cell["bench"]["rtt_ns"].get(self.trip) if self.trip else ns(cell)


@dataclass(frozen=True)
class Slowdown:
    """Producers pinned to one core against producers that the kernel places; no peer."""
    label: str
    queue: str
    free: str
    together: str
    where: tuple = ()
    bound: float = 3
    why: str = TURNS


RINGS, MANY = ("spsc", "disruptor"), ("mpmc", "disruptor")
MPMC_RIVALS = ("rte_ring_mp", "moodycamel", "boost_mpmc")
BY_COPY = ("boost_spsc", "rte_ring")
SMALL, LARGE = (("capacity", 1024),), (("capacity", 65536),)
SIXTEEN = (("batch", 16),)

TARGETS = [
    Target("1 an operation, 1024 slots", "spsc-1", RINGS, 0.20, ("boost_spsc",), SMALL, why=CATCHING_UP),
    Target("1 an operation, 64K slots", "spsc-1", RINGS, 0.12, ("boost_spsc",), LARGE, why=CATCHING_UP),
    Target("16 an operation, 1024 slots", "spsc-16", RINGS, 0.35, BY_COPY, SMALL, why=LINES),
    Target("16 an operation, 64K slots", "spsc-16-64k", RINGS, 0.30, BY_COPY, LARGE, why=LINES),
    Target("messages of 64 bytes, 16 an operation", "messages-64", RINGS, 0.35, BY_COPY, SIXTEEN, why=LINES),
    Target("messages of 256 bytes, 16 an operation", "messages-256", RINGS, 0.35, BY_COPY, SIXTEEN, why=LINES),
    Target("4+1, placed by the kernel, 1024 slots", "many-free", MANY, 0.9, (), SMALL, why=""),
    Target("4+1, placed by the kernel, 64K slots", "many-free", MANY, 0.9, (), LARGE, why=""),
    Target("4+1, producers on one core, 1024 slots", "many-together", MANY, 0.9, (), SMALL, why=""),
    Target("4+1, producers on one core, 64K slots", "many-together", MANY, 0.9, (), LARGE, why=""),
    Target("4+1, 16 an operation", "many-16", MANY, 0.7, (), LARGE, why=""),
    Target("many to many, 1x1", "mpmc-1x1", ("mpmc",), 0.15, MPMC_RIVALS),
    Target("many to many, 2x2", "mpmc-2x2", ("mpmc",), 0.25, MPMC_RIVALS, why=CLAIMS),
    Target("disruptor, 16 a reservation", "disruptor-16", ("disruptor",), 0.25, ("lmax",), SIXTEEN, why=LINES),
    Target("blocking, 1x1", "channel-1x1", ("channel",), 0.20, ("gasyncqueue",)),
    Target("blocking, 4+1", "channel-4x1", ("channel",), 0.25, ("gasyncqueue",)),
    Target("round trip, median", "spsc-1", RINGS, 1.1, ("ck_ring",), SMALL, "p50", TRIP),
    Target("round trip, p99.9", "spsc-1", RINGS, 1.1, ("ck_ring",), SMALL, "p999", TRIP),
]

SLOWDOWNS = [
    Slowdown("mpmc, 1024 slots", "mpmc", "many-free", "many-together", SMALL),
    Slowdown("mpmc, 64K slots", "mpmc", "many-free", "many-together", LARGE),
    Slowdown("disruptor, 1024 slots", "disruptor", "many-free", "many-together", SMALL),
    Slowdown("disruptor, 64K slots", "disruptor", "many-free", "many-together", LARGE),
    Slowdown("channel", "channel", "channel-4x1", "channel-together"),
]


# --- one target against the results ----

def rivals_of(target, cells):
    return [c for c in cells if (queue(c) in target.peers if target.peers else is_peer(c))]


def comparable(target, cells):
    """Ours, the rivals and their distance: that at which most of them were measured, and ours at all."""
    ours, rivals = [c for c in cells if queue(c) in target.ours], rivals_of(target, cells)
    sets = []
    for distance in ("near", "far", "unknown"):
        a, b = ([c for c in side if target.state(c) == distance] for side in (ours, rivals))
        if a and b:
            sets.append((len(a) + len(b), a, b))
    return max(sets, key=lambda s: s[0])[1:] if sets else ([], [])


def ratio_of(target, own, rival):
    """Round by round where the command had it so and there are enough rounds, else of the medians."""
    ratio = own["bench"].get("ratio") or {}
    if not target.trip and ratio.get("against") == queue(rival) and ratio["pairs"] >= ENOUGH:
        spread = f"{number(ratio['lo'])} to {number(ratio['hi'])} in {ratio['pairs']} rounds"
        undecided = ratio["lo"] <= target.bound < ratio["hi"]
        return ratio["median"], spread + (", which the target lies in" if undecided else "")
    if target.trip:
        return target.value(own) / target.value(rival), "all trips"
    return ns(own) / ns(rival), f"medians of {reps(own)} and {reps(rival)}"


def reason(target, own, rival):
    """What the run itself says about why, or else what is known without it."""
    line = limit(own)
    if line and not target.trip and ns(own) <= 1.5 * line:
        return f"ours is at {number(ns(own) / line, 2)} times the bare stream of the same lines, the peer at {number(ns(rival) / line, 2)}"
    if line and not target.trip and line / ns(rival) > target.bound and ns(own) > line:
        return f"on this machine the lines cost {number(line / ns(rival), 2)} of the peer's figure with no queue at all"
    return mark(target.why or RIVAL_WHY.get(queue(rival), UNKNOWN))


def mark(why):
    """Stands for a reason until it is known which ones occur, and so their letters."""
    return f"<{WHYS.index(why)}>"


def lettered(rows):
    """Gives the reasons in the last column their letters. Returns the list of them."""
    used = [w for w in WHYS if any(mark(w) in row[-1] for row in rows)]
    for letter, why in zip("abcdefgh", used):
        for row in rows:
            row[-1] = row[-1].replace(mark(why), f"({letter})")
    return "\n".join(f"- ({letter}) {why}" for letter, why in zip("abcdefgh", used))


def left_out(target, cells, used):
    """Rivals that were not comparable: one of them might be the better one."""
    out = []
    for cell in rivals_of(target, cells):
        if cell["status"] != "ok":
            out.append(f"{queue(cell)} ({cell['status']})")
        elif queue(cell) not in used:
            out.append(f"{queue(cell)} (other distance)")
    return out


def target_row(target):
    cells = cells_of(target.case, **dict(target.where))
    usable = [c for c in good(cells) if target.value(c)] if not target.trip else \
             [c for c in good(cells) if (c["bench"].get("rtt_ns") or {}).get("count")]
    ours, rivals = comparable(target, usable)
    bound = f"{target.bound:g} of {' or '.join(target.peers) or 'the best peer'}"
    if not ours:
        verdict = "not measured" if not cells else "not comparable: other distance"
        return [target.label, "-", "-", "-", bound, verdict, ""]
    own, rival = min(ours, key=target.value), min(rivals, key=target.value)
    ratio, how = ratio_of(target, own, rival)
    reached = ratio <= target.bound
    fastest = min((c for c in usable if is_peer(c) and target.state(c) == target.state(own)), key=target.value)
    notes = [] if reached else [reason(target, own, rival)]
    if queue(fastest) != queue(rival):
        notes.append(f"{number(target.value(own) / target.value(fastest), 2)} times the fastest of all peers, {queue(fastest)} "
                     f"({number(target.value(fastest))} ns)")
    if not target.trip and overlap(own, rival):
        notes.append("the intervals overlap")
    missing = left_out(target, cells, {queue(c) for c in rivals})
    if missing:
        notes.append("without " + ", ".join(missing))
    return [target.label, f"{queue(own)} {number(target.value(own))}", f"{queue(rival)} {number(target.value(rival))}",
            f"**{number(ratio)}** ({how}, {target.state(own)})", bound, "reached" if reached else "**missed**", "; ".join(notes)]


def slowdown_row(target):
    free, together = (pick(c, target.queue, **dict(target.where)) for c in (target.free, target.together))
    bound = f"{target.bound:g} times"
    figures = [target.label, *(f"{number(ns(c))} ({state(c)})" if c else "-" for c in (together, free))]
    if not free or not together:
        return [*figures, "-", bound, "not measured", ""]
    if state(free) != state(together):
        return [*figures, "-", bound, "not comparable: other distance", ""]
    ratio = ns(together) / ns(free)
    reached = ratio <= target.bound
    return [*figures, f"**{number(ratio)}**", bound, "reached" if reached else "**missed**", "" if reached else mark(target.why)]


def targets():
    rows = [target_row(t) for t in TARGETS]
    slow = [slowdown_row(t) for t in SLOWDOWNS]
    count = lambda word: sum(word in r[5] for r in rows + slow)
    total = f"{count('reached')} reached, {count('missed')} missed, {count('not ')} not to be told, of {len(rows + slow)}."
    why = lettered(rows + slow)
    first = table([["case", "ours, ns", "the peer's, ns", "ratio", "target, at most", "", "remarks; where missed, why"], *rows])
    second = table([["four producers", "on one core, ns", "placed by the kernel, ns", "ratio", "target, at most", "", "why"], *slow])
    return "\n\n".join(part for part in (total, first, second, why) if part)
