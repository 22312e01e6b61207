# SPDX-License-Identifier: Apache-2.0
"""The cases of docs/performance.md, where their results are kept, and how a cell of one is found."""
import functools
import json
import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KEPT = os.path.join(TOP, "results", "baselines", "performance")
REPS = "--reps 15 --seconds 30ms --warmup 10ms"

SPSC_PEERS = "boost_spsc,ck_ring,rte_ring,moodycamel_rw,lmax"
MANY_PEERS = "urcu_wfcq,moodycamel,boost_mpmc,rte_ring,ck_ring,tbb_bounded"
MPMC_PEERS = "rte_ring_mp,ck_ring_mp,moodycamel,boost_mpmc,tbb_bounded"

# Case -> what follows `weir bench`. The order is that of measuring.
CASES = {
    "spsc-1": f"--queue spsc,disruptor,{SPSC_PEERS} --against boost_spsc --batch 1 --capacity 1024,65536 {REPS}",
    "spsc-1-rest": f"--queue spsc,disruptor,boost_spsc,moodycamel_rw --against boost_spsc --batch 1 --capacity 1024,65536 "
                   f"--rest 300ns {REPS}",
    "spsc-16": f"--queue spsc,disruptor,{SPSC_PEERS} --against rte_ring --batch 16 --capacity 1024 {REPS}",
    "spsc-16-64k": f"--queue spsc,disruptor,{SPSC_PEERS} --against boost_spsc --batch 16 --capacity 65536 {REPS}",
    "messages-64": f"--queue spsc,disruptor,boost_spsc,rte_ring,moodycamel_rw --against boost_spsc --batch 1,16 "
                   f"--item-bytes 64 {REPS}",
    "messages-256": f"--queue spsc,disruptor,boost_spsc,rte_ring,moodycamel_rw --against rte_ring --batch 1,16 "
                    f"--item-bytes 256 {REPS}",
    "many-free": f"--queue mpmc,disruptor,{MANY_PEERS} --against urcu_wfcq --producers 4 --batch 1 --capacity 1024,65536 "
                 f"--pin free {REPS}",
    "many-together": f"--queue mpmc,disruptor,{MANY_PEERS} --against urcu_wfcq --producers 4 --batch 1 "
                     f"--capacity 1024,65536 --pin together {REPS}",
    "many-16": f"--queue mpmc,disruptor,urcu_wfcq,moodycamel,boost_mpmc,rte_ring --against moodycamel --producers 4 "
               f"--batch 16 --capacity 65536 {REPS}",
    "mpmc-1x1": f"--queue mpmc,{MPMC_PEERS} --against boost_mpmc --batch 1 --capacity 1024 {REPS}",
    "mpmc-2x2": f"--queue mpmc,{MPMC_PEERS} --against boost_mpmc --producers 2 --consumers 2 --batch 1 --capacity 1024 {REPS}",
    "disruptor-16": f"--queue disruptor,lmax --against lmax --batch 1,16 --capacity 65536 {REPS}",
    "sequence-only": f"--queue spsc,disruptor --item-bytes 0 --batch 1,16 --capacity 65536 {REPS}",
    "sequence-only-4": f"--queue disruptor --item-bytes 0 --producers 4 --batch 1,16 --capacity 65536 {REPS}",
    "channel-1x1": f"--queue channel,mutex,gasyncqueue,pipe,socketpair,spsc --against gasyncqueue --batch 1 {REPS}",
    "channel-4x1": f"--queue channel,mutex,gasyncqueue,mpmc --against gasyncqueue --producers 4 --batch 1 --pin free {REPS}",
    "channel-together": f"--queue channel,mutex,gasyncqueue --against gasyncqueue --producers 4 --batch 1 --pin together "
                        f"{REPS}",
    "regimes": f"--queue spsc,mpmc,disruptor,boost_spsc --regime full,empty,balanced --batch 1 {REPS}",
    "waits": "--queue mpmc --load 10k/s --wait spin,yield,sleep,park --batch 1 --reps 5 --seconds 500ms",
}

ENOUGH = 6  # repetitions below which an interval is all of them and covers less than 95 %


@functools.lru_cache(maxsize=None)
def load(case):
    """The case's result document, or None when it has not been measured."""
    path = os.path.join(KEPT, case + ".json")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        try:
            return json.load(f)
        except ValueError as e:
            sys.exit(f"performance: {os.path.relpath(path, TOP)} is no result document ({e}): "
                     f"tools/performance run --only {case}")


def stale():
    """The cases whose results are there, but from another command than the one above."""
    return [case for case, arguments in CASES.items()
            if load(case) and load(case)["run"]["argv"] != ["weir", "bench", *arguments.split()]]


def cells_of(case, **params):
    """The cells with these parameters, also failed ones; none when the case has not been measured."""
    document = load(case)
    return [c for c in (document["cells"] if document else [])
            if all(c["params"].get(k) == v for k, v in params.items())]


def good(cells):
    return [c for c in cells if c["status"] == "ok" and c["bench"]["ns_per_item"].get("median")]


def pick(case, queue, **params):
    """The one good cell of this queue, or None."""
    found = good(cells_of(case, queue=queue, **params))
    return found[0] if found else None


# --- what a cell says ----

def queue(cell):
    return cell["params"]["queue"]


def ns(cell):
    return cell["bench"]["ns_per_item"]["median"]


def state(cell):
    """Whether the cores were near or far in the repetitions that count."""
    return cell["bench"].get("state") or "unknown"


def trip_state(cell):
    """The same for the round trips, which may have been taken at the other distance."""
    if "round trips with the cores at another distance" in (cell["bench"].get("note") or ""):
        return {"near": "far", "far": "near"}.get(state(cell), "unknown")
    return state(cell)


def reps(cell):
    return len(cell["bench"]["ns_per_item"].get("reps") or [])


def limit(cell):
    return cell["bench"].get("limit_ns_per_item")


def is_peer(cell):
    return bool(cell["bench"].get("peer"))


def overlap(a, b):
    x, y = a["bench"]["ns_per_item"], b["bench"]["ns_per_item"]
    return x["lo"] <= y["hi"] and y["lo"] <= x["hi"]


# --- numbers as text ----

def number(value, digits=3):
    """Three significant digits, no exponent."""
    if value is None:
        return "-"
    if value >= 1000:
        return f"{value:,.0f}"
    text = f"{value:.{digits}g}"
    return f"{float(text):g}" if "e" in text else text


def percent(value):
    return f"{number(100 * value, 2)} %"


def at(cell):
    """A figure and the distance it was taken at, since figures of two distances do not compare."""
    return f"{number(ns(cell))} ns ({state(cell)})" if cell else "not measured"


def table(rows):
    rows = list(rows)
    lines = ["| " + " | ".join(rows[0]) + " |", "|" + "---|" * len(rows[0])]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows[1:]])
