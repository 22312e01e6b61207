# SPDX-License-Identifier: Apache-2.0
# Whatever is wrong with the command line or a file: exit 2, said where, and nothing left behind.
. "$(dirname "$0")/common.sh"

expect 2 "$WEIR"
expect 2 "$WEIR" rnu
says "did you mean 'run'"
expect 2 "$WEIR" frobnicate
says "unknown command"
expect 2 "$WEIR" run
expect 2 "$WEIR" run --sede 1 s.yaml
says "did you mean --seed"
expect 2 "$WEIR" run nowhere.yaml
says nowhere.yaml
expect 2 "$WEIR" list
expect 2 "$WEIR" list queue
says "did you mean 'queues'"
expect 2 "$WEIR" bench --batch 0
expect 2 "$WEIR" bench --queue chanel
says "did you mean 'channel'"
expect 2 "$WEIR" bench --seconds 5
nothing_left

scenario
sed 's/workers/wokers/' s.yaml >key.yaml
expect 2 "$WEIR" run key.yaml
says key.yaml:9:
says workers
sed 's/50k/fast/' s.yaml >value.yaml
expect 2 "$WEIR" run value.yaml
says value.yaml:7:
printf 'name: [\n' >syntax.yaml
expect 2 "$WEIR" run syntax.yaml
says syntax.yaml:
sed 's/ledger.unknown/ledger.unknwon/' s.yaml >metric.yaml
expect 2 "$WEIR" run metric.yaml
says "unknown metric 'ledger.unknwon'"
says metric.yaml:
: >empty.yaml
expect 2 "$WEIR" run empty.yaml
nothing_left

expect 2 "$WEIR" run s.yaml --queue chanel
expect 2 "$WEIR" run s.yaml --strategy blok
expect 2 "$WEIR" run s.yaml --set nothing.like=this
expect 2 "$WEIR" run s.yaml --only queue=spsc
expect 2 "$WEIR" run s.yaml --engine quantum
expect 2 "$WEIR" run s.yaml --reps 0
expect 2 "$WEIR" run s.yaml --duration 5
expect 2 "$WEIR" run s.yaml --queue ./no-module.so
expect 2 "$WEIR" run --resume nowhere
expect 2 "$WEIR" run --resume . s.yaml
expect 2 "$WEIR" run --resume . --seed 2
says "--seed cannot be given with --resume"
nothing_left

mkdir full && touch full/file
expect 2 "$WEIR" run s.yaml --out full
says "holds something already"
[ "$(ls -A full)" = file ] || complain "--out changed a folder that it refused"
rm -r full
touch plain.yaml
expect 2 "$WEIR" run s.yaml --out plain.yaml
expect 2 "$WEIR" run s.yaml --out plain.yaml/below
nothing_left

# What only prints creates nothing.
expect 0 "$WEIR" run --dry-run s.yaml
prints "4 cells"
expect 0 "$WEIR" run --dry-run --json s.yaml
prints '"cores"'
expect 0 "$WEIR" --version
expect 0 "$WEIR" help run
prints SYNOPSIS
for kind in queues waits strategies sources sinks arrivals peers keys; do
    expect 0 "$WEIR" list $kind --json
    /usr/bin/python3 -c 'import json; assert all(e["name"] for e in json.load(open("out")))' || complain "list $kind"
done
expect 0 "$WEIR" list scenarios .
prints "Which strategy loses least?"
nothing_left
exit $FAILED
