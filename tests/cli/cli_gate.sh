# SPDX-License-Identifier: Apache-2.0
# The gate from the command line: its sides, its reports, what it leaves behind. Nothing here depends on how fast
# anything is: suites are so short that they decide nothing, or both sides are the same file. Further arguments: the
# build folder.
. "$(dirname "$0")/common.sh"
BUILD=$4
export XDG_CACHE_HOME=$work/cache HOME=$work/home
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

cat >short.yaml <<END
suite: short
launches: 3
disturbed: keep
cells:
  - {queue: mutex, measure: alone, rounds: 6, turn: 200us}
  - {queue: mutex, capacity: 16, wait: yield, rounds: 6, turn: 200us}
END

# ---- what is refused ----
expect 2 "$WEIR" gate
says "weir gate wants --base"
expect 2 "$WEIR" gate --base ./none.so
says "./none.so: No such file"
expect 2 "$WEIR" gate --base .
says "a folder without weir-queue-NAME.so"
expect 2 "$WEIR" gate --base none
says "no git repository here"
expect 2 "$WEIR" gate --base "$BUILD" --margin 80%
says "out of range"
expect 2 "$WEIR" gate --base "$BUILD" --queue mutx
says "mutex"
expect 2 "$WEIR" gate --base "$BUILD" --suite none.yaml
expect 2 "$WEIR" gate --base "$BUILD" --suite short.yaml --queue mutex
expect 2 "$WEIR" gate --base "$BUILD" --report junt=x
says "did you mean 'junit'?"
expect 2 "$WEIR" gate --base "$BUILD" --report junit
expect 2 "$WEIR" gate --base "$BUILD" --report junit=none/x.xml
expect 2 "$WEIR" gate --base "$BUILD/weir-queue-mutex.so" --suite short.yaml --cand "$BUILD/weir-queue-spsc.so"
says "no cell of the queue 'spsc'"
for golden in --golden=none.json --golden=none.json\ --accept; do
    # shellcheck disable=SC2086 # two words
    expect 2 "$WEIR" gate --base "$BUILD" --cand "$BUILD" $golden
    says "--cand and a golden file"
done
nothing_left

# ---- the same file on both sides ----
expect 0 "$WEIR" gate --base "$BUILD"
prints IDENTICAL
prints "6 unchanged"
expect 0 "$WEIR" gate --base "$BUILD" --dry-run
prints "6 cells"
nothing_left

# ---- launches ----
sed 's/^disturbed/instructions: skip\n&/' short.yaml >time.yaml
expect 0 "$WEIR" gate --base "$BUILD" --suite time.yaml --identical --json
cp out gate.json
expect 0 "$WEIR" gate --base "$BUILD" --suite time.yaml --identical
prints "instructions were NOT counted: the suite says so"
expect 4 "$WEIR" gate --base "$BUILD" --suite short.yaml --identical --strict --report junit=g.xml,markdown=g.md,json=g.json
prints UNDERPOWERED
prints "A/A: a copy of the base was called different in 0 of 2 cells"
/usr/bin/python3 - <<'END' || complain "the reports are not what they should be"
import json, xml.etree.ElementTree as tree
for name in "gate.json", "g.json":
    d = json.load(open(name))
    assert d["schema"] == "weir.gate/1" and d["control"] == {"alarms": 0, "cells": 2}, d["control"]
    assert d["exit"] == (4 if name == "g.json" else 0)
    for cell in d["cells"]:
        first = cell["first"]
        assert cell["status"] == "measured" and cell["verdict"] == "UNDERPOWERED", cell["status"]
        assert first["launches"] == len(first["log_ratios"]) == len(first["control_log_ratios"]) == 3
        assert first["candidate"]["lo"] <= first["candidate"]["ratio"] <= first["candidate"]["hi"]
        assert first["candidate"]["smallest_effect"] is None and cell["items"] > 0
suite = tree.parse("g.xml").getroot().find("testsuite")
rows = d["instructions"]["rows"]
assert rows and d["instructions"]["strategies"] == "not asked", d["instructions"]
assert all(row["base"] == row["candidate"] and row["verdict"] == "SAME" for row in rows), rows
assert suite.get("tests") == str(2 + len(rows)) and suite.get("failures") == "2", suite.attrib
assert len(suite.findall("testcase")) == 2 + len(rows)
END
grep -q '^| mutex alone |' g.md || complain "no row of the cell in the markdown"
rm -f gate.json g.xml g.md g.json

# ---- instructions ----
# A push of the slow copy takes over ten more. Where none can be counted, that is said.
"$WEIR" gate --base "$BUILD/weir-queue-mutex.so" --cand "$BUILD/weir-slow-mutex.so" --suite short.yaml --json >out 2>err
code=$?
/usr/bin/python3 - "$code" <<'END' || { complain "instructions are not compared"; cat out err; }
import json, sys
d = json.load(open("out"))["instructions"]
one = [row for row in d["rows"] if row["path"] == "1-and-1 x1"][0]
if one["base"] is None:
    assert sys.argv[1] == "0" and "instructions were NOT counted" in d["skipped"], d
else:
    assert sys.argv[1] == "1", sys.argv
    assert one["verdict"] == "MORE" and one["candidate"] > one["base"] + 5, one
END

# ---- GitHub ----
GITHUB_ACTIONS=true GITHUB_STEP_SUMMARY=$work/summary expect 0 "$WEIR" gate --base "$BUILD" --suite time.yaml --identical
prints "::notice title=weir gate%3A mutex alone%3A UNDERPOWERED::"
grep -q '^## weir gate: 2 underpowered' summary || complain "no summary of the step"
rm -f summary

# ---- sides that cannot be measured ----
cat >bad.yaml <<END
launches: 1
disturbed: keep
instructions: skip
cells: [{queue: bad, rounds: 6, turn: 20ms}]
END
for fault in crash_push crash_create abort exit; do
    expect 3 "$WEIR" gate --base "$BUILD/tests/modules/mine.so" --cand "$BUILD/tests/modules/bad-$fault.so" --suite bad.yaml
    prints INVALID
    case $fault in exit) prints "ended with status" ;; *) prints "in the candidate's bad-$fault.so" ;; esac
done
expect 3 "$WEIR" gate --base "$BUILD/tests/modules/bad-crash_push.so" --cand "$BUILD/tests/modules/bad-not.so" --suite bad.yaml
prints "in the base's bad-crash_push.so"
expect 3 "$WEIR" gate --base "$BUILD/tests/modules/mine.so" --cand "$BUILD/tests/modules/bad-swap.so" --suite bad.yaml
prints "items came out of order"
expect 3 "$WEIR" gate --base "$BUILD/tests/modules/broken-abi.so"
says "built for queue version"
expect 3 "$WEIR" gate --base "$BUILD/tests/modules/bad-crash_loading.so"
says "crashes while it is being loaded"
expect 3 "$WEIR" gate --base /etc/passwd
says "is no ELF file"
# In a folder they come to light when they are measured.
mkdir side && cp "$BUILD/tests/modules/broken-abi.so" side/weir-queue-mutex.so
expect 3 "$WEIR" gate --base side --suite time.yaml
prints "the base's weir-queue-mutex.so: built for queue version"
prints "name one that has this module interface"
cp -f "$BUILD/tests/modules/bad-crash_loading.so" side/weir-queue-mutex.so
expect 3 "$WEIR" gate --base side --suite time.yaml
prints "crashed: SIGSEGV, in the base's weir-queue-mutex.so, while it was being loaded"
rm -rf side
nothing_left

# ---- a side without the queue ----
mkdir few && cp "$BUILD/weir-queue-mutex.so" few
expect 3 "$WEIR" gate --base "$BUILD" --cand few --queue mutex,channel --report junit=few.xml
prints "the candidate has no queue 'channel', which the base has"
prints "4 invalid, 4 unchanged"
grep -q 'errors="4"' few.xml || complain "JUnit does not say that queues are gone"
expect 3 "$WEIR" gate --base few --cand few --queue channel
prints "neither base nor candidate has a queue 'channel'"
expect 0 "$WEIR" gate --base few --queue channel
prints "NO BASE"
rm -rf few few.xml

# ---- a commit ----
# A repository whose build copies a module that is there.
mkdir repo && cd repo || exit 1
git init -q . && git config user.email a@b.c && git config user.name n
mkdir -p impl/queue && touch impl/queue/mutex.h
cat >CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(small NONE)
add_custom_target(weir-queue-mutex COMMAND sh \${CMAKE_SOURCE_DIR}/make.sh \${CMAKE_BINARY_DIR}/weir-queue-mutex.so VERBATIM)
END
echo "cp '$BUILD/weir-queue-mutex.so' \"\$1\"; echo built >>'$work/built'" >make.sh
git add -A && git commit -qm good && git tag good
echo "echo this does not compile; exit 1" >make.sh
git commit -qam broken && git tag broken
echo "sleep 60; cp '$BUILD/weir-queue-mutex.so' \"\$1\"" >make.sh
git commit -qam slow && git tag slow
builds=$XDG_CACHE_HOME/weir/builds

expect 0 "$WEIR" gate --base good --queue mutex,spsc
prints IDENTICAL
prints "NO BASE"
says "good ("
expect 0 "$WEIR" gate --base good --queue mutex
[ "$(cat "$work/built")" = built ] || complain "a commit was built more than once"
expect 3 "$WEIR" gate --base broken --queue mutex --report junit=broken.xml
says "broken: it does not build"
says "this does not compile"
prints "4 invalid"
grep -q 'errors="4"' broken.xml || complain "JUnit does not say that the base does not build"
rm -f broken.xml
expect 2 "$WEIR" gate --base gone --queue mutex
says "'gone' is no file, no folder and no commit"
[ -z "$(ls -d "$builds"/*.tmp 2>/dev/null)" ] || complain "a build's folder was left behind"
[ "$(ls "$builds" | grep -vc 'lock$')" = 1 ] || complain "the cache holds more than the commit that builds"

# Interrupted while it builds: no process, no folder, no half entry; killed: the next one clears up.
interrupt() { # SIGNAL CODE
    "$WEIR" gate --base slow --queue mutex >out 2>err </dev/null &
    local weir=$! tries=0 sleeper
    until sleeper=$(pgrep -f "$work.*make.sh" | head -1) && [ -n "$sleeper" ]; do
        [ $((tries += 1)) -le 1000 ] || { complain "the build did not begin"; cat err; break; }
        sleep 0.02
    done
    kill -"$1" $weir
    wait $weir 2>/dev/null
    [ $? = "$2" ] || complain "exit after $1 is not $2"
}
for signal in INT TERM; do
    interrupt $signal 130
    [ -z "$(pgrep -f "$work.*make.sh")" ] || complain "the build goes on after SIG$signal"
    [ -z "$(ls -d "$builds"/*.tmp 2>/dev/null)" ] || complain "a build that SIG$signal ended left its folder"
    [ "$(ls "$builds" | grep -vc 'lock$')" = 1 ] || complain "a build that SIG$signal ended left half an entry"
done
interrupt KILL 137
for left in $(pgrep -f "$work.*make.sh"); do kill -KILL "$left" 2>/dev/null; done
git checkout -q good && git tag -f slow >/dev/null
expect 0 "$WEIR" gate --base slow --queue mutex
cd "$work" || exit 1

# ---- the gate measures itself ----
cat >self.yaml <<END
launches: 3
disturbed: keep
cells: [{queue: mutex, measure: alone, rounds: 6, turn: 200us}]
END
expect 2 "$WEIR" gate --self-test
says "--out DIR"
expect 2 "$WEIR" gate --self-test --out st --base "$BUILD"
expect 2 "$WEIR" gate --base "$BUILD" --suites 3
for option in --dry-run --json --report=junit=st.xml --strict --identical; do
    expect 2 timeout 60 "$WEIR" gate --self-test --out st $option
    says "--self-test prints what it finds"
done
expect 2 "$WEIR" gate --self-test --out st --queue null
says "gate_self_test"
rm -rf st
export XDG_STATE_HOME=$work/state
expect 0 "$WEIR" gate --self-test --out st --suites 1 --suite self.yaml
prints "false alarms, nothing changed: 0 of 6"
prints "mutex alone                     3 %"
prints "mutex alone                    10 %"
prints "all times an item               5 %"
[ "$(wc -l <st/launches.csv)" = $((1 + 20 + 3 * 48)) ] || complain "not as many launches as the suites want"
[ "$(cut -d, -f1,2 st/delays.csv | sort -u | wc -l)" = 4 ] || complain "a delay is not kept"
cp st/launches.csv whole.csv
expect 0 "$WEIR" gate --self-test --out st --suites 1 --suite self.yaml
cmp -s st/launches.csv whole.csv || complain "what was measured is measured again"
# The last line was cut when the program was killed.
truncate -s -4 st/launches.csv
expect 0 "$WEIR" gate --self-test --out st --suites 1 --suite self.yaml
[ "$(wc -l <st/launches.csv)" = $((1 + 20 + 3 * 48)) ] || complain "a launch was not made up for"
[ "$(head -n -1 st/launches.csv)" = "$(head -n -1 whole.csv)" ] || complain "a line that was cut was kept"
# What it found is kept for the reports on this machine of this suite, and for no other one.
python3 - <<'END' || complain "the summary is not what was measured"
import glob, json
kept, = glob.glob("state/weir/self-test/*/suite.json")
d = json.load(open(kept))
assert d == json.load(open("st/summary.json")), d
assert d["schema"] == "weir.self-test/1" and d["cells"] == ["mutex alone"], d
assert d["false_alarms"]["of"] == 6 and d["false_alarms"]["hits"] == 0, d
assert [r["slowdown"] for r in d["slowdowns"]] == [0.03, 0.05, 0.1], d
END
expect 0 "$WEIR" gate --base "$BUILD" --identical --suite self.yaml
prints "suite suite): a false alarm in 0 of 6 suites, at most 39.3 % (95 %); found: 3 % slower in 0 of 16"
expect 0 "$WEIR" gate --base "$BUILD" --identical --suite self.yaml --json --report junit=j.xml,markdown=m.md
grep -q 'name="self-test" value="measured on this machine' j.xml && grep -q '^The gate itself: measured on this' m.md ||
    complain "a report does not say what the self-test found"
python3 -c 'import json; d = json.load(open("out")); assert d["self_test"]["false_alarms"]["of"] == 6, d["self_test"]' ||
    complain "the document does not say what the self-test found"
sed 's/200us/300us/' self.yaml >other.yaml
expect 2 "$WEIR" gate --self-test --out st --suites 1 --suite other.yaml
says "another suite"
sed 's/alone/alone, capacity: 64, name: small/' self.yaml >other.yaml
expect 0 "$WEIR" gate --base "$BUILD" --identical --suite other.yaml
prints "false alarms and power were not measured on this machine: weir gate --self-test"
rm -rf st state whole.csv other.yaml j.xml m.md

# ---- interrupted while it measures ----
cat >long.yaml <<END
instructions: skip
cells: [{queue: mutex, measure: alone, rounds: 600, turn: 5ms}]
END
"$WEIR" gate --base "$BUILD" --suite long.yaml --identical --report junit=left.xml >out 2>err </dev/null &
weir=$!
tries=0
until child=$(pgrep -P $weir | head -1) && [ -n "$child" ]; do
    [ $((tries += 1)) -le 1000 ] || { complain "no launch began"; break; }
    sleep 0.02
done
kill -INT $weir
wait $weir
[ $? = 130 ] || complain "an interrupted gate does not exit with 130"
dies "$child" || complain "a launch goes on after the interrupt"
prints CUT
[ -e left.xml ] || complain "an interrupted gate writes no report"
"$WEIR" gate --base "$BUILD" --suite long.yaml --identical >out 2>err </dev/null &
weir=$!
until child=$(pgrep -P $weir | head -1) && [ -n "$child" ]; do sleep 0.02; done
kill -KILL $weir
wait $weir 2>/dev/null
dies "$child" || complain "a launch outlives a killed gate"
exit $FAILED
