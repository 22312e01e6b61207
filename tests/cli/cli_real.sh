# SPDX-License-Identifier: Apache-2.0
# The built binary with its own executors: documents follow the schema, a simulation gives the same figures again.
. "$(dirname "$0")/common.sh"
scenario 300ms
sed -i 's/warmup: 1s/warmup: 100ms\ndrain: 1s/; s/50k/20k/' s.yaml

expect 0 "$WEIR" run s.yaml --engine sim --json --quiet
cp out one.yaml && valid one.yaml
expect 0 "$WEIR" run s.yaml --engine sim --json --quiet
cp out two.yaml
[ "$(grep '"digest"' one.yaml)" = "$(grep '"digest"' two.yaml)" ] || complain "two simulations of one seed differ"
[ "$(grep -c '"digest"' one.yaml)" = 4 ] || complain "four cells, four digests"
expect 0 "$WEIR" run s.yaml --engine sim --json --quiet --seed 8
[ "$(grep '"digest"' one.yaml)" = "$(grep '"digest"' out)" ] && complain "another seed, the same digest"

# Live: a busy machine may make a cell invalid, but never the document.
"$WEIR" run s.yaml --json --quiet --verify >live.yaml 2>err
[ $? = 0 ] || [ $? = 3 ] || complain "a live run"
valid live.yaml
grep -q '"unknown": 0' live.yaml || complain "records that nobody accounts for"

# Counters of the queues: only when asked for, in both engines.
grep -q '"counters"' one.yaml && complain "counters that nobody asked for"
expect 0 "$WEIR" run s.yaml --engine sim --json --quiet --queue-stats
cp out counted.yaml && valid counted.yaml
[ "$(grep -c '"spurious_full"' counted.yaml)" = 4 ] || complain "four cells of one queue each, counted"
[ "$(grep '"digest"' one.yaml)" = "$(grep '"digest"' counted.yaml)" ] || complain "counting changed a simulation"
"$WEIR" run s.yaml --json --quiet --queue-stats >counted.yaml 2>err
[ $? = 0 ] || [ $? = 3 ] || complain "a live run that counts"
valid counted.yaml
[ "$(grep -c '"spurious_full"' counted.yaml)" = 4 ] || complain "four live cells, counted"
expect 2 "$WEIR" preview s.yaml --queue-stats
# A line for every 100 ms of each cell's own time; together they say what series.csv says.
expect 0 "$WEIR" run s.yaml --engine sim --metrics 100ms --strategy drop_newest --only queue=mpmc --out m
says "t=100ms produced="
says "/1024 workers=1"
for what in produced:offered processed:delivered; do
    lines=$(grep -o " ${what%:*}=[0-9]*" err | awk -F= '{ n += $2 / 10 } END { print int(n + 0.5) }')
    rows=$(tr -d '\r' <m/series.csv | awk -F, -v name="${what#*:}" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        NR > 1 && NR < 5 { n += $c } END { print n }')
    [ "$lines" = "$rows" ] || complain "$what: the lines add up to $lines, the rows to $rows"
done
rm -rf m
expect 2 "$WEIR" run s.yaml --metrics 50ms
says "multiple of 100ms"

# A disk full of records that have left it but not ended, and the mark below the queue's capacity.
cat >full.yaml <<'END'
duration: 300ms
sources: [{name: s, type: synthetic, arrival: {process: constant, rate: 10k/s}, size: 300B}]
pipeline:
  - stage: p
    service: 200us
    queue: {capacity: 10}
    strategy: {spill: {max: 8KiB, segment: 2KiB, high: 50%, low: 0%}}
sink: {type: model, service: 2ms, queue: {}}
expect: ["ledger.unknown == 0", "lost == 0"]
END
expect 0 timeout 60 "$WEIR" run full.yaml --engine sim --verify
# A file's line that one way has and another way's pacing holds up when the sources stop.
cat >held.yaml <<'END'
duration: 300ms
sources: [{name: s, type: file, arrival: {process: poisson, rate: 1k/s}, size: 1KiB}]
pipeline: [{stage: p0, after: [], queue: {capacity: 2}, strategy: [arc]}, {stage: p1, after: []}]
sink: {type: model, service: 5ms}
expect: ["ledger.unknown == 0", "ledger.in_flight == 0"]
END
expect 0 timeout 60 "$WEIR" run held.yaml --engine sim --verify

module=$(dirname "$WEIR")/weir-queue-mpmc.so
if [ -f "$module" ]; then
    expect 0 "$WEIR" run s.yaml --queue "$module" --engine sim --strategy block --json --quiet
    cp out module.yaml && valid module.yaml
    "$WEIR" run s.yaml --queue "$module" --strategy block --json --quiet --queue-stats >module.yaml 2>err
    [ $? = 0 ] || [ $? = 3 ] || complain "a live run of a module"
    valid module.yaml
    grep -q '"counters": null' module.yaml || complain "a module that does not count"
fi
exit $FAILED
