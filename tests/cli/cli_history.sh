# SPDX-License-Identifier: Apache-2.0
# What weir gate records and weir history shows, from the command line. Nothing here depends on how fast anything is.
# Further arguments: the build folder.
. "$(dirname "$0")/common.sh"
BUILD=$4
export HOME=$work/home
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

cat >short.yaml <<END
suite: short
launches: 6
disturbed: keep
instructions: skip
cells:
  - {queue: mutex, measure: alone, rounds: 6, turn: 200us}
  - {queue: mutex, capacity: 16, wait: yield, rounds: 6, turn: 200us}
END
cat >bad.yaml <<END
disturbed: keep
instructions: skip
cells: [{queue: bad, measure: alone, rounds: 6, turn: 20ms}]
END
gate() { "$WEIR" gate --base "$BUILD/weir-queue-mutex.so" --suite short.yaml --identical "$@"; }

# ---- what is refused, before anything is measured ----
expect 2 "$WEIR" gate --record
says "--record keeps ratios to --base"
expect 2 "$WEIR" gate --golden golden.json --accept s.yaml --record
says "--record keeps ratios to --base"
expect 2 "$WEIR" gate --self-test --out st --record
expect 2 "$WEIR" history none.db
says "'weir gate --record' makes a history"
expect 2 "$WEIR" history .
says "is no file"
nothing_left
echo "not a database, but some text that is long enough to be taken for one" >x.yaml
expect 2 gate --record=x.yaml
says "is no history and no database"
[ ! -s out ] || complain "it measured before it looked at the file"
expect 2 gate --record=none/h.db
expect 2 "$WEIR" history x.yaml
says "is no history"
rm x.yaml
expect 0 gate --record --dry-run
nothing_left

# ---- recorded ----
expect 0 gate --record
says "recorded in weir-history.db: 2 points"
prints UNDERPOWERED
expect 4 gate --record --strict --quiet
[ ! -s err ] || complain "--quiet is not"
expect 0 "$WEIR" history
prints "mutex alone: time over that of"
prints "mutex hand-off: time over that of"
prints "too few points to look for changes: 2 of 12"
prints "2 measurements, 2 series, 0 changes; 2 series with fewer than 12 points"
expect 0 gate --record=:memory:
[ -f :memory: ] || complain "a name that SQLite knows is not taken for a file's"
rm -f :memory:
# What cannot be measured is no point, and what it comes to stays what it was.
expect 3 "$WEIR" gate --base "$BUILD/tests/modules/mine.so" --cand "$BUILD/tests/modules/bad-abort.so" --suite bad.yaml --record
says "nothing was recorded: no cell was measured"
expect 0 "$WEIR" history --json
/usr/bin/python3 - <<'END' || complain "the document is not what it should be"
import json
d = json.load(open("out"))
assert d["schema"] == "weir.history/1" and d["measurements"] == 2 and len(d["series"]) == 2, d
for s in d["series"]:
    assert s["reference"]["id"].startswith("sha256:") and s["count"] == 2 and not s["enough"] and s["changes"] == []
    for p in s["points"]:
        assert p["lo"] <= p["ratio"] <= p["hi"] and p["launches"] == 6 and p["verdict"] == "UNDERPOWERED", p
END
hash=$(sha256sum "$BUILD/weir-queue-mutex.so" | cut -c1-64)
grep -q "sha256:$hash" out || complain "the reference is not the module's hash"
expect 0 "$WEIR" history --csv --cell "mutex alone"
[ "$(wc -l <out)" = 3 ] || complain "not a row a point"
expect 0 "$WEIR" history --reference "${hash:0:10}" --limit 1
prints "1 earlier ones are not listed"
expect 2 "$WEIR" history --cell "mutex alon"
says "did you mean 'mutex alone'?"
expect 2 "$WEIR" history --machine nowhere
says "has nothing of that cell, machine and reference"
expect 2 "$WEIR" history --limit 0
expect 2 "$WEIR" history --limit 1.5
expect 2 "$WEIR" history --json --csv
expect 2 "$WEIR" history --plot picture
expect 2 "$WEIR" history --plot .svg
expect 2 "$WEIR" history --plot none/picture.svg
expect 2 "$WEIR" history --backend gnuplot

# ---- a file that is gone bad while the gate measured ----
# The verdict is given, and the exit status of a success is none.
cat >slower.yaml <<END
disturbed: keep
instructions: skip
launches: 1
cells: [{queue: mutex, measure: alone, rounds: 60, turn: 10ms}]
END
"$WEIR" gate --base "$BUILD/weir-queue-mutex.so" --suite slower.yaml --identical --record=late.db >out 2>err </dev/null &
weir=$!
tries=0
until child=$(pgrep -P $weir | head -1) && [ -n "$child" ]; do
    [ $((tries += 1)) -le 1000 ] || { complain "no launch began"; break; }
    sleep 0.02
done
kill -STOP $weir
rm -f late.db && mkdir late.db
kill -CONT $weir
wait $weir
[ $? = 3 ] || complain "what could not be recorded is a success"
prints "mutex alone"
says "NOT recorded: late.db: is no file"
rmdir late.db

# ---- the candidate's commit ----
mkdir repo && cd repo || exit 1
git init -q . && git config user.email a@b.c && git config user.name n
touch tracked && git add -A && git commit -qm one
cp "$BUILD/weir-queue-mutex.so" new.so
cp ../short.yaml .
expect 0 gate --cand ./new.so --record=../r.db
echo change >tracked
expect 0 gate --cand ./new.so --record=../r.db
expect 0 "$WEIR" history ../r.db
commit=$(git rev-parse HEAD)
prints "${commit:0:12}  "
prints "${commit:0:12}+ "
cd .. && rm -rf repo r.db

# ---- changes ----
# What nights of measuring would have added: this history's own tables with other rows.
/usr/bin/python3 - <<'END'
import math, sqlite3
old, new = sqlite3.connect("weir-history.db"), sqlite3.connect("made.db")
new.execute("PRAGMA application_id = %d" % old.execute("PRAGMA application_id").fetchone())
for sql, in old.execute("SELECT sql FROM sqlite_master ORDER BY rowid"):
    new.execute(sql)
new.execute("PRAGMA user_version = 1")
for i in range(30):
    new.execute("INSERT INTO measurement VALUES (?, ?, 'm1', 'cpu', 'nightly', 1, 'w', 'cc', 'v1.0', 'this build', ?, 0)",
                (i + 1, "2030-01-%02dT02:00:00Z" % (i + 1), "%012d" % (i + 1)))
    ratio = math.exp((0.04 if i >= 18 else 0) + (i * 7 % 5 - 2) * 0.001)
    for k in range(15):
        new.execute("INSERT INTO point VALUES (?, 'commit:aa', ?, 'time', 'd', ?, ?, ?, 0.99, 0.02, 20, 'UNCHANGED', "
                    "1, 0.99, 1.01, NULL, NULL)", (i + 1, "cell %d" % k, ratio, ratio - 0.01, ratio + 0.01))
new.commit()
END
expect 0 "$WEIR" history made.db --cell "cell 3"
prints "CHANGE +4."
prints "between 000000000018 and 000000000019 (2030-01-19T02:00:00Z, point 19 of 30)"
cp out first
expect 0 "$WEIR" history made.db --cell "cell 3"
cmp -s out first || complain "the same history is not told the same twice"
rm first

# ---- pictures ----
if command -v gnuplot >/dev/null; then
    expect 0 "$WEIR" history made.db --plot pictures.svg
    expect 0 "$WEIR" history made.db --plot one.png --backend gnuplot --cell "cell 1" --limit 15
    grep -q '<svg' pictures.svg && grep -q '<svg' pictures-2.svg || complain "15 series are not two pictures"
    [ -s one.png ] && [ ! -e one-2.png ] || complain "one series is not one picture"
    expect 0 "$WEIR" history --plot names.svg
    expect 0 "$WEIR" history made.db --json
    cp out made.json
    expect 0 "$WEIR" plot made.json --out drawn
    [ -s drawn/history-1.svg ] && [ -s drawn/data/history-2.csv ] || complain "the document cannot be drawn"
    expect 2 "$WEIR" report made.json
    rm -rf pictures.svg pictures-2.svg one.png names.svg made.json drawn
fi
: >empty.db
expect 0 "$WEIR" history empty.db
prints "nothing was recorded yet"
expect 2 "$WEIR" history empty.db --plot e.svg
rm -f empty.db made.db weir-history.db
nothing_left

# ---- interrupted ----
cat >long.yaml <<END
instructions: skip
cells: [{queue: mutex, measure: alone, rounds: 600, turn: 5ms}]
END
interrupt() { # SIGNAL CODE
    "$WEIR" gate --base "$BUILD" --suite long.yaml --identical --record >out 2>err </dev/null &
    local weir=$! tries=0 child
    until child=$(pgrep -P $weir | head -1) && [ -n "$child" ]; do
        [ $((tries += 1)) -le 1000 ] || { complain "no launch began"; break; }
        sleep 0.02
    done
    kill -"$1" $weir
    wait $weir 2>/dev/null
    [ $? = "$2" ] || complain "exit after $1 is not $2"
    dies "$child" || complain "a launch outlives the gate"
    [ "$(ls | grep history)" = weir-history.db ] || complain "more than the history was left behind"
    expect 0 "$WEIR" history
    prints "nothing was recorded yet"
}
interrupt INT 130
interrupt KILL 137
exit $FAILED
