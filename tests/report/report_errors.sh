# SPDX-License-Identifier: Apache-2.0
# What cannot be reported is said in one line, with exit 2, and leaves nothing behind.
FAKE=$(realpath "$4")
. "$(dirname "$0")/../cli/common.sh"
scenario
expect 0 "$FAKE" run s.yaml --quiet --out run
before=$(ls -A run)

# refused TEXT ARGUMENT...
refused() {
    local text=$1
    shift
    expect 2 "$WEIR" report "$@"
    says "$text"
    [ "$(wc -l <err)" = 1 ] || complain "more than one line: $(cat err)"
    [ -s out ] && complain "something on standard output: report $*"
    [ "$(ls -A run)" = "$before" ] || complain "left behind by report $*: $(ls -A run)"
}

refused "weir report wants RUN"
refused "one argument too many" run run
refused "nowhere: no such run" nowhere
mkdir empty
refused "no result.json in it" empty
refused "unknown format 'junt' (did you mean 'junit'?)" run --format junt
refused "unknown format 'zzzzz'; see 'weir list formats'" run --format zzzzz
refused "name a file" run --format junit=
refused "both go to a.yaml" run --format junit=a.yaml --format cells=./a.yaml
refused "both go to standard output" run --format junit=- --format cells=-
refused "both go to junit.xml" run --format junit --format cells=run/junit.xml
refused "is what reports are made of" run --format junit=run/result.json
refused "is what reports are made of" run --format junit=run/../run/histograms.jsonl
ln -s run/series.csv link.yaml
refused "is what reports are made of" run --format junit=link.yaml
refused "no folder to write it to" run --format cells --format junit=nowhere/j.xml
refused "that is a folder" run --format junit=empty
refused "one file holds one distribution" run --format hgrm=one.hgrm
refused "RUN is a file" run/result.json --format junit
ls *.hgrm 2>/dev/null && complain "a file of a refused report"

# Documents that are none.
for damage in 'head -c 1000 run/result.json' 'echo' 'echo {}' 'echo []' 'echo {\"schema\":\"weir.result/2\"}' 'head -c 100 /dev/zero' \
    'echo {\"schema\":\"weir.result/1\",\"run\":{},\"cells\":[1]}' 'echo {\"schema\":\"weir.result/1\",\"run\":{},\"cells\":[{}]}' \
    'echo {\"schema\":\"weir.conform/1\",\"queues\":3}'; do
    rm -rf bad && mkdir bad && $damage >bad/result.json
    refused "bad/result.json" bad
    refused "bad/result.json" bad/result.json --format junit=-
done
rm -rf bad && mkdir bad
/usr/bin/python3 -c 'import json; d = json.load(open("run/result.json")); d["cells"] = []; json.dump(d, open("bad/result.json", "w"))'
refused "no cells in it" bad
rm bad/result.json && mkdir bad/result.json
refused "bad/result.json" bad

# A document that lacks what the writers look for is poor, and no crash.
/usr/bin/python3 - <<'END'
import json
poor = {"schema": "weir.result/1", "run": {}, "cells": [{"params": {"queue": None, "x": []}, "status": "ok"},
        {"params": {}, "status": "what", "expect": 3, "ledger": [], "response_ns": "", "engine": 1, "rep": "a"}]}
json.dump(poor, open("bad/poor.yaml", "w"))
poor["cells"][0]["engine"] = "bench"
json.dump(poor, open("bad/bench.yaml", "w"))
END
for f in markdown cells junit google-benchmark go-benchmark openmetrics github-smaller github-bigger bencher; do
    expect 0 "$WEIR" report bad/poor.yaml --format $f=-
    expect 0 "$WEIR" report bad/bench.yaml --format $f=-
done
refused "has no histograms of this run" bad/poor.yaml --format hlog=-
refused "series.csv" bad/poor.yaml --format series=-

# Histograms: missing, of another run, damaged.
cp -r run lost && rm lost/histograms.jsonl
refused "has no histograms of this run" lost --format hlog
expect 0 "$WEIR" report lost --format openmetrics=-
sed 's/"run":"/"run":"x/' run/histograms.jsonl >lost/histograms.jsonl
refused "has no histograms of this run" lost --format hgrm
sed '2s/"count":[0-9]*/"count":1/' run/histograms.jsonl >lost/histograms.jsonl
refused "histograms.jsonl:2:1: the histogram response_ns does not add up" lost --format hlog

rm lost/histograms.jsonl
# No cell is ok: markdown and junit say why, nothing is exported.
/usr/bin/python3 - <<'END'
import json
d = json.load(open("run/result.json"))
for c in d["cells"]:
    c.update(status="invalid", reason="the generator was too slow")
json.dump(d, open("lost/result.json", "w"))
END
refused "no cell is ok" lost --format bencher
expect 0 "$WEIR" report lost
prints "the generator was too slow"
expect 0 "$WEIR" report lost --format junit=-
prints "<error"

# A pipe and a device are written to and not replaced; a link's file is.
[ "$("$WEIR" report run --format bencher=/dev/stdout | head -c 1)" = "{" ] || complain "/dev/stdout through a pipe"
expect 0 "$WEIR" report run --format junit=/dev/null
[ -c /dev/null ] || complain "/dev/null is not what it was"
echo old >real.yaml && ln -s real.yaml to.yaml
expect 0 "$WEIR" report run --format junit=to.yaml
[ -L to.yaml ] && grep -q testsuites real.yaml || complain "a link was replaced"
if [ -e /dev/full ]; then
    "$WEIR" report run >/dev/full 2>err
    [ $? = 3 ] || complain "a full disk is not seen"
fi
exit $FAILED
