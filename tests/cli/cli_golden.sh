# SPDX-License-Identifier: Apache-2.0
# The gate's channel of behaviour: what is the same, what has changed and how that is said, what becomes the golden file.
. "$(dirname "$0")/common.sh"
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY
G=keep/golden.json
mkdir keep runs
small() { # NAME SERVICE STRATEGIES
    cat >"runs/$1.yaml" <<END
# Which strategy loses least?
name: $1
duration: 400ms
seed: 7
sources:
  - {name: app, type: synthetic, arrival: {process: poisson, rate: 20k/s}, size: 200B}
pipeline:
  - {stage: parse, workers: 1, service: 2us, queue: {capacity: 64}}
sink: {type: model, service: $2}
timeline:
  - {at: 100ms, stall: sink, for: 20ms}
matrix:
  strategy: [$3]
expect:
  - "loss < 1%"
END
}
small one 30us "block, drop_newest"
small two 30us block
# edit PYTHON: changes the golden file, which Python knows as d.
edit() { /usr/bin/python3 -c "import json; d = json.load(open('$G')); c = d['cells']; $1; json.dump(d, open('$G', 'w'))"; }
json() { /usr/bin/python3 -c "import json; d = json.load(open('g.json')); b = d['behaviour']; p = {x['name'].split('/')[0] + '/' + x['name'].split('=')[-1]: x for x in b['points']}; $1" || { complain "the JSON: $1"; cat g.json; }; }

# ---- what is refused ----
expect 2 "$WEIR" gate --golden $G
says "no such golden file; 'weir gate --golden $G --accept SCENARIO...' makes it"
expect 2 "$WEIR" gate --golden $G --accept
says "a new golden file wants the scenarios that it is made from"
expect 2 "$WEIR" gate --golden none/g.json --accept runs/none.yaml
says "runs/none.yaml: No such file"
expect 2 "$WEIR" gate --accept runs/one.yaml
says "--accept goes with --golden FILE"
expect 2 "$WEIR" gate runs/one.yaml
says "runs/one.yaml goes with --golden FILE"
expect 2 "$WEIR" gate --golden $G --accept --cand . runs/one.yaml
says "leave one of them out"
echo '{"schema": "weir.golden/1", "cells": [{}]}' >bad.json
expect 2 "$WEIR" gate --golden bad.json
says "bad.json: not a golden file (weir.golden/1): a cell without"
echo '{' >bad.json
expect 2 "$WEIR" gate --golden bad.json
says "bad.json:2:0:"
echo 'name: broken' >runs/broken.yaml
mkfifo pipe && expect 2 timeout 20 "$WEIR" gate --golden pipe
says "pipe: is not a regular file"
expect 3 "$WEIR" gate --golden $G --accept runs/broken.yaml
prints "behaviour was NOT compared"
prints "runs/broken.yaml:1"
[ -e $G ] || [ -n "$(ls -A keep)" ] && complain "a golden file was made of nothing"

# ---- the same ----
expect 0 "$WEIR" gate --golden $G --accept runs/one.yaml runs/two.yaml
prints "NEW       one/engine=sim/queue=mpmc/strategy=block"
[ "$(wc -l <$G)" = 7 ] || complain "not a line a cell: $(cat $G)"
cp $G whole.json
expect 0 "$WEIR" gate --golden $G
prints "3 of 3 points behave as $G says"
expect 0 "$WEIR" gate --golden $G --accept
cmp -s $G whole.json || complain "accepting what is the same changes the file"
cd runs && expect 0 "$WEIR" gate --golden ../$G --dry-run && prints "two.yaml"
expect 0 "$WEIR" gate --golden ../$G # its scenarios are found from the golden file's folder
cd ..
sed -i '1s/^/# Another word.\n/' runs/two.yaml
expect 0 "$WEIR" gate --golden $G # what the scenario comes to is the same
sed -i 1d runs/two.yaml

# ---- another behaviour, as meaning ----
edit "c[0]['digest'] = '0'; c[0]['ledger']['lost']['total'] += 2000; c[0]['response_ns']['p99'] *= 2; c[0]['events'][0]['recovered_ns'] = 5000000; c[2]['digest'] = '1'"
expect 1 "$WEIR" gate --golden $G --report junit=g.xml,json=g.json,markdown=g.md
prints "1 of 3 points behave as"
grep -qE '^ +loss [0-9.]+ % -> .*, p99 .* \(x0\.50\).*longest recovery 5.00 ms -> inf' out || complain "no meaning: $(cat out)"
prints "--accept makes it the golden file"
prints "other events, none of the figures differs"
grep -q "2 points with another behaviour" out || complain "the last line: $(cat out)"
json "assert d['exit'] == 1 and d['base'] is None and not b['accepted'] and b['compared']
a = p['one/block']; assert a['verdict'] == 'CHANGED', a
assert {'loss', 'p99', 'recovery', 'lost'} == {x['figure'] for x in a['changes']}, a
f = [x for x in a['changes'] if x['figure'] == 'p99'][0]; assert f['golden'][0] == 2 * f['now'][0] and f['unit'] == 'ns', f
assert p['one/drop_newest']['verdict'] == 'SAME' and p['two/block']['verdict'] == 'CHANGED'"
/usr/bin/python3 - <<'END' || complain "the reports"
import xml.etree.ElementTree as tree
suite = tree.parse("g.xml").getroot().find("testsuite")
assert [suite.get(k) for k in ("tests", "failures", "errors")] == ["3", "2", "0"], suite.attrib
failure = suite.findall("testcase")[0].find("failure")
assert failure.get("type") == "CHANGED" and "loss" in failure.get("message"), failure.attrib
assert "| one/engine=sim/queue=mpmc/strategy=block | CHANGED | loss" in open("g.md").read()
END
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary expect 1 "$WEIR" gate --golden $G --quiet
prints "::error title=weir gate%3A one/engine=sim/queue=mpmc/strategy=block%3A CHANGED::loss"
grep -q '^### Behaviour: 1 of 3' summary || complain "no summary of the step"
edit "c[1]['response_ns']['p50'] += 1" # the digest is the same
expect 1 "$WEIR" gate --golden $G
prints "though every event is the same"
expect 0 "$WEIR" gate --golden $G --accept
prints "3 points with accepted behaviour"
cmp -s $G whole.json || complain "accepting does not lead back"

# ---- the scenario is another, points come and go ----
small two 60us block
small one 30us "block, reject"
expect 1 "$WEIR" gate --golden $G --report json=g.json
json "assert {k: x['verdict'] for k, x in p.items()} == {'one/block': 'SAME', 'one/reject': 'NEW', 'one/drop_newest': 'MISSING', 'two/block': 'SCENARIO'}, p
assert 'the scenario file has changed' in p['two/block']['what']"
prints "MISSING   one/engine=sim/queue=mpmc/strategy=drop_newest"
prints "runs/one.yaml has changed since the golden file was written"
expect 1 "$WEIR" gate --golden $G runs/two.yaml --report json=g.json
json "assert sorted(x['verdict'] for x in p.values()) == ['MISSING', 'MISSING', 'SCENARIO'], p"
sed -i 's/^seed: 7/seed: 8/' runs/one.yaml
sed -i 's/"loss < 1%"/"loss > 90%"/' runs/two.yaml
expect 1 "$WEIR" gate --golden $G
prints "another seed"
prints "loss < 1%: "
expect 0 "$WEIR" gate --golden $G --accept runs/two.yaml
expect 0 "$WEIR" gate --golden $G
prints "1 of 1 points behave as"
small three 20us block
expect 1 "$WEIR" gate --golden $G runs/three.yaml # nothing in common

# ---- in a suite file; a write that fails ----
cat >runs/suite.yaml <<END
suite: mine
golden: ../$G
END
expect 0 "$WEIR" gate --suite runs/suite.yaml
prints "1 of 1 points behave as runs/../$G says"
expect 2 "$WEIR" gate --suite runs/suite.yaml --base .
if [ "$(id -u)" != 0 ]; then
    cp $G whole.json
    chmod a-w keep
    expect 3 "$WEIR" gate --golden $G --accept runs/three.yaml
    cmp -s $G whole.json || complain "a golden file that cannot be written was harmed"
    chmod u+w keep
fi
[ "$(ls -A keep)" = golden.json ] || complain "left beside the golden file: $(ls -A keep)"

# ---- interrupted: no process, no folder, the golden file as it was ----
cp $G whole.json
mkdir tmp
sed 's/duration: 400ms/duration: 5000s/' runs/three.yaml >runs/long.yaml
TMPDIR=$work/tmp "$WEIR" gate --golden $G --accept runs/long.yaml >out 2>err </dev/null &
weir=$!
tries=0
until child=$(pgrep -P $weir | head -1) && [ -n "$child" ]; do
    [ $((tries += 1)) -le 1000 ] || { complain "no run began"; break; }
    sleep 0.02
done
kill -INT $weir
wait $weir
[ $? = 130 ] || complain "an interrupted gate does not exit with 130: $(cat out err)"
dies "$child" || complain "the run goes on after the interrupt"
[ -z "$(ls -A tmp)" ] || complain "left behind: $(ls -A tmp)"
cmp -s $G whole.json || complain "an interrupted gate wrote a golden file"
exit $FAILED
