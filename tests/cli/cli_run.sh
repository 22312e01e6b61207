# SPDX-License-Identifier: Apache-2.0
# Whole runs with made-up figures: documents, tables, exit codes.
. "$(dirname "$0")/common.sh"
scenario

expect 0 "$WEIR" run s.yaml --reps 2
prints "block lost nothing"
prints "slow-sink (live)"
says "[8/8]"
dir=$(echo results/*-slow-sink-*)
[ "$(ls -A "$dir" | tr '\n' ' ')" = "cells.csv histograms.jsonl result.json resume.json series.csv " ] ||
    complain "the folder holds $(ls -A "$dir")"
valid "$dir/result.json"
grep -q "$PWD" "$dir/result.json" && complain "the document names the folder it was made in"
head -c 40 "$dir/cells.csv" | grep -q '^run_id,scenario,engine,params' || complain "cells.csv has no head"
[ "$(wc -l <"$dir/series.csv")" = 25 ] || complain "series.csv: 8 cells of 3 rows and a head"
rm -r results

# stdout carries data and nothing else.
expect 0 "$WEIR" run s.yaml --json --quiet --engine sim
cp out sim.yaml && valid sim.yaml
[ -s err ] && complain "--quiet was not quiet"
grep -q '"digest"' out || complain "a sim cell without a digest"
rm -r results

mkdir given
expect 0 "$WEIR" run s.yaml --quiet --out given
[ -f given/result.json ] || complain "--out: no document"
rm -r given
expect 0 "$WEIR" run s.yaml --quiet --out deep/er
rm -r deep
nothing_left

# The worst holds: 3, 1, 0. A cell that could not start is 2 only when nothing was run.
sed 's/lost == 0/lost == 1/' s.yaml >strict.yaml
expect 1 "$WEIR" run strict.yaml
says "expectation failed: strategy == block implies lost == 1"
says "lost = 0"
expect 3 env WEIR_FAKE=block:invalid "$WEIR" run s.yaml
prints "block invalid: ledger does not balance"
expect 3 env WEIR_FAKE=drop_newest:invalid "$WEIR" run strict.yaml
expect 3 env WEIR_FAKE=block:crash "$WEIR" run s.yaml --json
cp out crash.yaml && valid crash.yaml
grep -q '"crash": 0' out || complain "cells without a crash have lost.crash 0"
says "crashed: SIGABRT"
expect 3 env WEIR_FAKE=block:refuse,drop_newest:invalid "$WEIR" run s.yaml
rm -r results
expect 2 env "WEIR_FAKE=*:refuse" "$WEIR" run s.yaml
says "address already in use"
nothing_left
expect 0 env WEIR_FAKE=block:listen "$WEIR" run -q s.yaml
says "listening on 127.0.0.1:4318"
rm -r results

# A combination that cannot run is skipped inside a matrix, with its reason, and an error when nothing else is there.
sed 's/\[mutex, mpmc\]/[mutex, disruptor]/; s/\[block, drop_newest\]/[block, drop_oldest]/' s.yaml >skip.yaml
expect 0 "$WEIR" run skip.yaml --json
cp out skipped.yaml && valid skipped.yaml
grep -q '"status": "skipped"' out || complain "no cell was skipped"
rm -r results
expect 2 "$WEIR" run skip.yaml --queue disruptor --strategy drop_oldest
nothing_left
exit $FAILED
