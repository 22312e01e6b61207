# SPDX-License-Identifier: Apache-2.0
# What `weir list` says is what the program does: every strategy has a page, every pair that it calls possible
# can be planned and every other one is refused, and docs/strategies.md is what --markdown prints.
DOCS=$(realpath "$4")
. "$(dirname "$0")/common.sh"

for kind in queues waits strategies sources sinks arrivals peers formats figures keys; do
    expect 0 "$WEIR" list $kind
    expect 0 "$WEIR" list $kind --json
    cp out $kind.yaml
    /usr/bin/python3 - $kind.yaml <<'END' || complain "list $kind --json"
import json, sys
entries = json.load(open(sys.argv[1]))
assert entries and all(e["name"] for e in entries), "no entries or a nameless one"
assert len({e["name"] for e in entries}) == len(entries), "a name stands there twice"
END
done

/usr/bin/python3 - strategies.yaml queues.yaml sources.yaml sinks.yaml arrivals.yaml <<'END' || complain "what is listed is not whole"
import json, sys
strategies, queues, sources, sinks, arrivals = (json.load(open(f)) for f in sys.argv[1:])
for s in strategies:
    for key in ("place", "summary", "params", "semantics", "used_by", "lost", "wins", "loses"):
        assert key in s and s[key] != "", f"{s['name']} has no {key}"
    for p in s["params"]:
        assert (p["type"] == "text" or p["default"]) and p["help"], f"{s['name']}.{p['key']}"
for e in queues + sources + sinks + arrivals:
    assert e["summary"] and "params" in e, e["name"]
assert {q["name"] for q in queues} == set(strategies[0]["queues"] + strategies[0]["not_on"])
END

# One pair of each sort, held against the checker itself.
scenario 20ms
sed -i 's/warmup: 1s/warmup: 0s/; s/50k/1k/' s.yaml
/usr/bin/python3 - strategies.yaml >pairs.yaml <<'END'
import json, sys
for s in json.load(open(sys.argv[1])):
    for queues, code in ((s.get("queues"), 0), (s.get("not_on"), 2)):
        if queues:
            print(s["name"], queues[0], code)
END
while read -r strategy queue code; do
    expect "$code" "$WEIR" run s.yaml --engine sim --strategy "$strategy" --queue "$queue" --dry-run
done <pairs.yaml
[ "$(wc -l <pairs.yaml)" -ge 20 ] || complain "too few pairs: $(wc -l <pairs.yaml)"

expect 0 "$WEIR" list strategies --markdown
diff -u "$DOCS" out || complain "docs/strategies.md is old: build the target strategy_docs"
expect 2 "$WEIR" list queues --markdown
says "weir list strategies --markdown"
nothing_left
exit $FAILED
