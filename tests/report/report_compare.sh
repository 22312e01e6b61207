# SPDX-License-Identifier: Apache-2.0
# weir compare: what is laid beside what, the figures and their ranges, what differs besides, and what is refused.
FAKE=$(realpath "$4")
COMPARISON=$(dirname "$(realpath "$2")")/compare.schema.json
. "$(dirname "$0")/../cli/common.sh"
export LC_ALL=C COLUMNS=120
unset NO_COLOR CLICOLOR_FORCE
SCHEMA=$COMPARISON
scenario
expect 0 "$FAKE" run s.yaml --quiet --reps 3 --out a

# edit FROM TO: a document with changes made by the Python on standard input; `cells(queue, strategy)` are those cells.
edit() {
    mkdir -p "$2"
    { cat <<'END'
import json, sys
d = json.load(open(sys.argv[1] + "/result.json"))
def cells(queue, strategy):
    return [c for c in d["cells"] if (c["params"]["queue"], c["params"]["strategy"]) == (queue, strategy)]
END
        cat
        echo 'json.dump(d, open(sys.argv[2] + "/result.json", "w"))'; } | /usr/bin/python3 - "$1" "$2"
}
# json PYTHON: asserts something of the comparison ./out; point(queue, strategy) is an entry.
json() {
    cp out j.yaml
    valid j.yaml
    { cat <<'END'
import json, sys
def constant(x): raise ValueError(x)
d = json.load(open("j.yaml"), parse_constant=constant)
def point(queue, strategy):
    return [p for p in d["points"] if (p["params"]["queue"], p["params"]["strategy"]) == (queue, strategy)][0]
END
        cat; } | /usr/bin/python3 - || complain "the comparison's JSON"
}

# A run beside itself: everything is equal, nothing is only on one side, nothing is better or worse.
expect 0 "$WEIR" compare a a
grep -E 'better|worse' out | grep -v 'no test of significance' | grep -v 'more is better' && complain "equal runs differ"
grep -qE '(only in|->|different)' out && complain "equal runs are said to differ: $(cat out)"
[ "$(grep -c ' =$' out)" = 24 ] || complain "4 points x 6 figures are not all equal: $(cat out)"
expect 0 "$WEIR" compare a/result.json a --json
json <<'END'
assert len(d["points"]) == 4 and not d["turned"] and not d["notes"] and not d["only_a"] and not d["only_b"]
assert all(f["difference"] in (0, None) for p in d["points"] for f in p["figures"].values())
END

# Figures that are known: medians, ranges, ratios, points of percentage, and which way is better.
edit a b <<'END'
for c, p99, loss, rate in zip(cells("mpmc", "drop_newest"), (300, 100, 200), (100, 300, 200), (10.0, 20.0, 30.0)):
    c["response_ns"]["p99"] = p99 * 1000
    c["ledger"].update(generated=1000, refused_final=0); c["ledger"]["lost"]["total"] = loss
    c["rate"]["delivered_per_s"] = rate
for c in cells("mutex", "block"):
    c["response_ns"]["p99"] = 7
for c in cells("mutex", "drop_newest"):
    c["response_offered_ns"]["p99"] = 5000 + c["rep"]
END
edit a a1 <<'END'
for c, p99, rate in zip(cells("mpmc", "drop_newest"), (40, 60, 50), (1.0, 2.0, 3.0)):
    c["response_ns"]["p99"] = p99 * 1000
    c["ledger"].update(generated=1000, refused_final=50); c["ledger"]["lost"]["total"] = 50
    c["rate"]["delivered_per_s"] = rate
END
expect 0 "$WEIR" compare a1 b --json
json <<'END'
f = point("mpmc", "drop_newest")["figures"]
assert f["p99"]["a"] == {"median": 50000, "lo": 40000, "hi": 60000, "values": [40000, 60000, 50000]}, f["p99"]
assert f["p99"]["b"]["median"] == 200000 and f["p99"]["ratio"] == 4 and f["p99"]["unit"] == "ns"
assert f["p99"]["apart"] and f["p99"]["verdict"] == "worse"
assert abs(f["loss"]["difference"] - 0.1) < 1e-12 and f["loss"]["a"]["median"] == 0.1
assert not f["loss"]["apart"] and f["loss"]["verdict"] == "", "the ranges touch at 0.1"
assert f["goodput"]["verdict"] == "better" and f["goodput"]["ratio"] == 10
f = point("mutex", "drop_newest")["figures"]["p99_offered"]
assert f["a"] == {"median": None, "lo": None, "hi": None, "values": [None] * 3} and f["b"]["median"] == 5001
assert f["ratio"] is None and f["verdict"] == "better", f
END
expect 0 "$WEIR" compare a1 b --metric p99 --only queue=mpmc
prints "50.0 us (40.0 us - 60.0 us)"
prints "200 us (100 us - 300 us)"
grep -qE 'drop_newest .* x4\.00  worse$' out || complain "the change of p99: $(cat out)"
grep -q 'mutex' out && complain "--only queue=mpmc shows a mutex"
expect 0 "$WEIR" compare b a1 --metric p99 --only queue=mpmc --only strategy=drop_newest
grep -qE ' x0\.25  better$' out || complain "the other way round: $(cat out)"
expect 0 "$WEIR" compare a1 b --metric loss
prints "+10 pp"
expect 0 "$WEIR" compare a1 b --metric p99_offered
prints "from inf"

# One repetition tells no range, and nothing is called better or worse; in virtual time it does.
expect 0 "$FAKE" run s.yaml --quiet --out one
edit one two <<'END'
for c in d["cells"]: c["response_ns"]["p99"] *= 2
END
expect 0 "$WEIR" compare one two --metric p99
prints "nothing is called better or worse"
[ "$(grep -c 'x2.00$' out)" = 4 ] || complain "twice as long: $(cat out)"
for side in one two; do
    edit $side $side-sim <<<'for c in d["cells"]: c["engine"] = "sim"'
done
expect 0 "$WEIR" compare one-sim two-sim --metric p99
[ "$(grep -c 'x2.00  worse$' out)" = 4 ] || complain "in virtual time: $(cat out)"

# Live against virtual time: the same points, and that is said.
expect 0 "$WEIR" compare one two-sim --json
json <<<'assert len(d["points"]) == 4 and "different engines" in d["notes"][0] and d["points"][0]["name_b"], d["notes"]'

# Sorting: the largest change first, whichever way.
edit one sorted <<'END'
for (q, s), factor in {("mutex", "block"): 1.1, ("mutex", "drop_newest"): 1, ("mpmc", "block"): 0.2, ("mpmc", "drop_newest"): 3}.items():
    for c in cells(q, s): c["response_ns"]["p99"] *= factor
END
expect 0 "$WEIR" compare one sorted --metric p99 --sort change
order=$(awk '$1 == "mutex" || $1 == "mpmc" { printf "%s/%s ", $1, $2 }' out)
[ "$order" = "mpmc/block mpmc/drop_newest mutex/block mutex/drop_newest " ] || complain "sorted: $order"

# Points of one side, statuses, expectations, machine, version, scenario file, seed.
edit a c <<'END'
for c in cells("mutex", "block"): d["cells"].remove(c)
for c in cells("mpmc", "block"): c["params"]["queue"] = "spsc"
cells("mpmc", "drop_newest")[1].update(status="invalid", reason="ledger does not balance")
for c in cells("mutex", "drop_newest"): c["expect"] = [{"text": "ledger.unknown == 0", "ok": False}, {"text": "new == 1", "ok": True}]
d["env"].update(machine_id="other", cpu="Another CPU"); d["tool"]["git"] = "abcdef"; d["run"]["seed"] = 99
d["run"]["scenarios"][0]["hash"] = "0123"; d["run"]["complete"] = False
END
expect 2 "$WEIR" compare a c
says "times of different machines do not compare (A on "
says "B on Another CPU, other)"
expect 2 "$WEIR" compare a c --metric loss --metric goodput
expect 0 "$WEIR" compare a c --metric loss # a share is no time
prints "different machines: A on "
expect 0 "$WEIR" compare a c --metric high_water
for side in a c; do edit $side $side-sim <<<'for x in d["cells"]: x["engine"] = "sim"'; done
expect 0 "$WEIR" compare a-sim c-sim # virtual time is the same everywhere
expect 2 "$WEIR" compare a c-sim     # one of them is not
expect 0 "$WEIR" compare a c --force
for text in "only in A: slow-sink/engine=live/queue=mutex/strategy=block" "only in A: slow-sink/engine=live/queue=mpmc/strategy=block" \
    "only in B: slow-sink/engine=live/queue=spsc/strategy=block" "strategy=drop_newest: status: ok -> invalid: ledger does not balance" \
    "queue=mutex/strategy=drop_newest: ledger.unknown == 0: holds -> fails" "new == 1: not there -> holds" \
    "strategy == block implies lost == 0: holds -> not there" "different machines: A on " "B on Another CPU (other)" "different weir: A 0.1.0" \
    "scenario slow-sink: the file is not the same" "different seeds: A 7, B 99" "B is not complete"; do
    prints "$text"
done
expect 0 "$WEIR" compare a c --json --force
json <<'END'
assert len(d["points"]) == 2 and len(d["only_a"]) == 2 and len(d["only_b"]) == 1 and len(d["notes"]) == 5, d["notes"]
p = point("mpmc", "drop_newest")
assert p["status"] == {"a": "ok", "b": "invalid"} and len(p["figures"]["p99"]["b"]["values"]) == 2, "an invalid cell is no result"
END

# Any metric of a cell; its unit comes from its name.
expect 0 "$WEIR" compare a1 b --metric age_ns.p90 --metric queue.parse.mean --json
json <<'END'
f = d["points"][0]["figures"]
assert set(f) == {"age_ns.p90", "queue.parse.mean"} and f["age_ns.p90"]["unit"] == "ns" and f["queue.parse.mean"]["unit"] == "1"
assert all(x["verdict"] == "" for x in f.values()), "nobody said which way is better"
END

# A bench: the repetitions are in the cell.
/usr/bin/python3 - <<'END'
import json, os
for name, reps in (("bench1", [10.0, 11.0, 12.0]), ("bench2", [20.0, 24.0, 22.0])):
    os.mkdir(name)
    cell = {"index": 0, "scenario": "bench", "engine": "bench", "status": "ok", "reason": "", "rep": 0, "seed": 1, "seconds": 1.0,
            "params": {"queue": "spsc", "batch": 1}, "expect": [], "bench": {"ns_per_item": {"median": sorted(reps)[1], "reps": reps}, "state": "far"}}
    json.dump({"schema": "weir.result/1", "tool": {}, "env": {}, "run": {"id": name}, "cells": [cell]}, open(name + "/result.json", "w"))
END
expect 0 "$WEIR" compare bench1 bench2 --json
json <<'END'
f = d["points"][0]["figures"]["item"]
assert f["a"] == {"median": 11, "lo": 10, "hi": 12, "values": [10, 11, 12]} and f["ratio"] == 2 and f["verdict"] == "worse", f
END

# Repetitions enough for an interval of 99 %: pairs where the seeds are the same, else two samples.
expect 0 "$FAKE" run s.yaml --quiet --reps 8 --out many
edit many many-a <<'END'
for c in d["cells"]: c["response_ns"]["p99"] = 1000 * 1.5 ** c["rep"]
for c in d["cells"]: c["rate"]["delivered_per_s"] = 100 + c["rep"] / 10
for c in d["cells"]: c["ledger"].update(generated=1000, refused_final=0); c["ledger"]["lost"]["total"] = 100 + c["rep"]
END
edit many-a many-b <<'END'
factor = {("mpmc", "block"): 1.2, ("mpmc", "drop_newest"): 0.8, ("mutex", "block"): 1.01}
for (q, s), f in factor.items():
    for c in cells(q, s): c["response_ns"]["p99"] *= f + c["rep"] / 1000
for c in cells("mutex", "drop_newest"): c["response_ns"]["p99"] *= 1 + (c["rep"] - 3) / 5
for c in cells("mpmc", "block"): c["rate"]["delivered_per_s"] *= 0.9; c["ledger"]["lost"]["total"] += 50
END
expect 0 "$WEIR" compare many-a many-b --json
json <<'END'
want = {("mpmc", "block"): "REGRESSED", ("mpmc", "drop_newest"): "IMPROVED", ("mutex", "block"): "UNCHANGED", ("mutex", "drop_newest"): "UNDERPOWERED"}
for (q, s), verdict in want.items():
    f = point(q, s)["figures"]["p99"]; t = f["test"]
    # Holm: of four points the largest effect has to stand at a quarter of the error, which eight pairs cannot reach.
    assert t["method"] == "signed-rank" and t["margin"] == 0.05 and abs(t["coverage"] - (1 - 2 / 256)) < 1e-9, t
    assert t["lo"] <= t["ratio"] <= t["hi"], t
    assert t["verdict"] == (verdict if verdict in ("UNCHANGED", "UNDERPOWERED") else "UNDERPOWERED"), (q, s, t)
END
expect 0 "$WEIR" compare many-a many-b --only queue=mpmc --only strategy=block --json
json <<'END'
f = point("mpmc", "block")["figures"]
assert f["p99"]["test"]["verdict"] == "REGRESSED" and f["p99"]["verdict"] == "worse" and abs(f["p99"]["test"]["lo"] - 1.2) < 1e-9
assert f["p99"]["a"]["hi"] > f["p99"]["b"]["lo"], "the ranges overlap: only pairs can tell"
assert f["goodput"]["test"]["verdict"] == "REGRESSED" and f["goodput"]["test"]["margin"] == 0.02
assert f["loss"]["test"]["verdict"] == "REGRESSED" and abs(f["loss"]["test"]["difference"] - 0.05) < 1e-9
END
expect 0 "$WEIR" compare many-a many-b --only strategy=drop_newest --only queue=mpmc --metric p99
prints "IMPROVED"
prints "signed ranks"
prints "A and B were not measured by turns"
grep -qE -- '\(-20\.0 \.\. -19\.[0-9]\)  IMPROVED$' out || complain "no interval: $(cat out)"
edit many-b many-c <<<'for c in d["cells"]: c["seed"] += 100'
expect 0 "$WEIR" compare many-a many-c --metric p99 --metric goodput --only strategy=block --only queue=mpmc --json
json <<'END'
f = point("mpmc", "block")["figures"]
assert f["p99"]["test"]["method"] == "rank-sum" and f["p99"]["test"]["verdict"] == "UNDERPOWERED", f["p99"]
assert f["goodput"]["test"]["verdict"] == "REGRESSED", f["goodput"]
END
/usr/bin/python3 - <<'END'
import json, os
for name, step in (("bench5a", 1.0), ("bench5b", 1.5)):
    os.mkdir(name)
    d = json.load(open("bench1/result.json"))
    d["cells"][0]["bench"]["ns_per_item"] = {"median": 12 * step, "reps": [x * step for x in (10.0, 11.0, 12.0, 13.0, 14.0)]}
    json.dump(d, open(name + "/result.json", "w"))
END
expect 0 "$WEIR" compare bench5a bench5b --json
json <<'END'
t = d["points"][0]["figures"]["item"]["test"]
assert t["method"] == "rank-sum" and t["verdict"] == "REGRESSED" and abs(t["coverage"] - (1 - 2 / 252)) < 1e-9, t
END

# The width is kept, whatever it takes; colour never in a pipe unless it is asked for, and never alone.
for columns in 40 60 80 120; do
    COLUMNS=$columns LC_ALL=C.UTF-8 expect 0 "$WEIR" compare a1 b --metric p99 --metric loss
    sed -n '/^p99$/,/^nothing\|^better/p' out | grep -v '^nothing\|^better' >table.yaml
    widest=$(LC_ALL=C.UTF-8 awk '{ n = length($0); if (n > w) w = n } END { print w + 0 }' table.yaml)
    [ "$widest" -gt 20 ] && [ "$widest" -le $columns ] || complain "$widest columns at $columns: $(cat table.yaml)"
    grep -q worse table.yaml || complain "at $columns columns nothing says worse"
done
expect 0 "$WEIR" compare a1 b
grep -q $'\033' out && complain "escapes in a pipe"
CLICOLOR_FORCE=1 expect 0 "$WEIR" compare a1 b
grep -q $'\033''\[31m.*worse' out || complain "CLICOLOR_FORCE: no colour"
NO_COLOR=1 CLICOLOR_FORCE=1 expect 0 "$WEIR" compare a1 b
grep -q $'\033' out && complain "NO_COLOR: colour"
NO_COLOR=1 expect 0 "$WEIR" compare a1 b --color always
grep -q $'\033' out || complain "--color always: no colour"
CLICOLOR_FORCE=1 expect 0 "$WEIR" compare a1 b --color never
grep -q $'\033' out && complain "--color never: colour"

# refused TEXT ARGUMENT...: one line, exit 2.
refused() {
    local text=$1
    shift
    expect 2 "$WEIR" compare "$@"
    says "$text"
    [ "$(wc -l <err)" = 1 ] && [ ! -s out ] || complain "compare $*: $(cat err out)"
}
mkdir empty other
sed 's/slow-sink/another/' a/result.json >other/result.json
refused "weir compare wants A B" a
refused "one argument too many" a b c
refused "nowhere: no such run" a nowhere
refused "no result.json in it" empty a
refused "nothing in common: A has 4 points (slow-sink/" a other
refused "nothing in common: A is a run and B is a bench" a bench1
refused "no cell has a figure 'p9'; there are: loss, p50" a b --metric p9
refused "--only: no point has 'queu'; there are: scenario, engine, queue, strategy" a b --only queu=mpmc
refused "it takes AXIS=VALUE" a b --only queue
refused "no cell has a figure 'p9'; there are: loss, p50" a b --metric p9
refused "leaves no point" a b --only queue=disruptor
refused "--sort: not 'chang' (did you mean 'change'?)" a b --sort chang
refused "--color: 'blue' is not one of auto|always|never" a b --color blue
head -c 500 a/result.json >empty/result.json
refused "empty/result.json" a empty
exit $FAILED
