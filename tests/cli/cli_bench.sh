# SPDX-License-Identifier: Apache-2.0
# weir bench: the document follows its schema, the table holds what it should, bad input is told, and an
# interrupt keeps what is finished. No figure is asserted.
. "$(dirname "$0")/common.sh"

field() { /usr/bin/python3 -c "
import json, sys
cells = json.load(open('out'))['cells']
print($1)"; }

short="--reps 2 --seconds 3ms --warmup 1ms"
expect 0 "$WEIR" bench --queue spsc,mpmc --batch 1,4 $short --against mpmc --json --out a
cp out a.json
valid a.json a/result.json
[ "$(field 'len(cells)')" = 4 ] || complain "not four cells"
[ "$(field 'sum(c["bench"]["rtt_ns"]["count"] > 0 for c in cells)')" = 2 ] || complain "not two cells with round trips"
[ "$(field 'cells[2]["bench"]["carried"]')" = in_place ] || complain "spsc does not write batches in place"

expect 0 "$WEIR" bench --queue spsc,mpmc --batch 1 --item-bytes 0,64 $short --json --out b
cp out b.json
valid b.json
[ "$(field '[c["status"] for c in cells]')" = "['ok', 'skipped', 'ok', 'ok']" ] || complain "$(field '[c["status"] for c in cells]')"
[ "$(field '[c["bench"]["carried"] for c in cells]')" = "['sequence', 'not_carried', 'in_place', 'by_pointer']" ] ||
    complain "$(field '[c["bench"]["carried"] for c in cells]')"

# On a machine that is busy with other things the generator may be late, which is said and is exit 3.
"$WEIR" bench --queue spsc --batch 1 --load 2k/s --wait yield,park --reps 1 --seconds 20ms --json --out c >out 2>err
[ $? = 0 ] || [ "$(field 'any(c["status"] == "invalid" for c in cells)')" = True ] || complain "on schedule: $(cat err)"
cp out c.json
valid c.json
[ "$(field '[c["params"]["wait"] for c in cells]')" = "['yield', 'park']" ] || complain "not both waits"
# A repetition more than asked for is one in which the cores' distance changed.
[ "$(field 'all(c["bench"]["schedule"]["planned"] in (40, 80, 120) for c in cells)')" = True ] ||
    complain "not 40 items planned: $(field '[c["bench"]["schedule"] for c in cells]')"

expect 0 "$WEIR" bench --queue spsc,mpmc --batch 1 --producers 2 $short --out d
prints "2 producers, 1 consumer, batch 1, 1024 slots, 8 bytes"
prints "skipped: spsc does not take 2 producers"

# The longest name of a peer has four letters more than these.
too_long() { awk 'length > 106' "$1"; }
expect 0 "$WEIR" bench --queue unbounded,disruptor $short --against disruptor --out f
cp out table
expect 0 "$WEIR" bench --queue disruptor --batch 1 $short --regime full --out g
cat out >>table
[ "$(too_long table)" = "" ] || complain "lines that are too long: $(too_long table)"

# The price of a rest is in the round trip: no trip is shorter than its two rests. (A lower bound holds on any machine.)
expect 0 "$WEIR" bench --queue spsc --batch 1 $short --rest 20us --json --out h
cp out h.json
valid h.json
[ "$(field 'cells[0]["params"]["rest_ns"]')" = 20000 ] || complain "no rest of 20 us in the document"
[ "$(field 'cells[0]["bench"]["rtt_ns"]["p50"] > 20000')" = True ] || complain "round trips without a rest"

# Where nobody spins nobody rests, which the document, the table and the notes say.
expect 0 "$WEIR" bench --queue spsc,channel --wait spin,yield --batch 1 $short --rest 20us --json --out i
[ "$(field '[(c["params"]["wait"], c["params"]["queue"], c["params"]["rest_ns"]) for c in cells]')" = \
    "[('spin', 'spsc', 20000), ('spin', 'channel', 0), ('yield', 'spsc', 0), ('yield', 'channel', 0)]" ] ||
    complain "rests of those that do not spin: $(field '[c["params"] for c in cells]')"
[ "$(field '["no rests" in (c["bench"]["note"] or "") for c in cells]')" = "[False, True, True, True]" ] ||
    complain "no word on who does not rest: $(field '[c["bench"]["note"] for c in cells]')"
expect 0 "$WEIR" bench --queue channel --batch 1 $short --rest 20us --out j
prints "no rests"
grep -q "with rests" out && complain "a table with rests of a queue that does not spin: $(cat out)"

expect 0 "$WEIR" bench --dry-run
prints "cells"
expect 2 "$WEIR" bench --load fast
says "neither 'closed' nor"
expect 2 "$WEIR" bench --load 10k/s --regime full
says "leave out either"
expect 2 "$WEIR" bench --wait spin,doze
says "'doze'"
expect 2 "$WEIR" bench --regime fuller
says "'fuller'"
expect 2 "$WEIR" bench --queue spsc --against mpmc
says "against mpmc"
expect 2 "$WEIR" bench --item-bytes 12
says "multiple of 8"
expect 2 "$WEIR" bench --rest 2ms
says "at most 1 ms"
expect 2 "$WEIR" bench --rest 20us --wait yield,park
says "add spin"
expect 2 "$WEIR" bench --seconds 0s
says "some time"

"$WEIR" bench --queue spsc,mpmc --batch 1 --reps 200 --seconds 20ms --json --out e >out 2>err &
child=$!
sleep 1.5
kill -INT $child
wait $child
[ $? = 130 ] || complain "an interrupt is not exit 130"
cp out e.json
valid e.json
[ "$(field 'all(c["status"] in ("ok", "skipped") for c in cells)')" = True ] || complain "an interrupted bench: $(cat out)"

# Again while a repetition runs: it is not waited for.
"$WEIR" bench --queue mpmc --batch 1 --reps 1 --seconds 200s --out twice >out 2>err &
child=$!
(sleep 60; kill -KILL $child) >/dev/null 2>&1 &
guard=$!
for _ in $(seq 30); do # until it has ended; the first ones may come before it listens
    sleep 1
    kill -INT $child 2>/dev/null || break
done
wait $child
[ $? = 130 ] || complain "a second interrupt does not end the repetition that runs: $(cat err)"
kill $guard
says "once more cuts it short"
exit $FAILED
