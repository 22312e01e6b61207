# SPDX-License-Identifier: Apache-2.0
# What cannot be drawn is said in one line, and no half picture stays.
. "$(dirname "$0")/../cli/common.sh"
scenario 100ms
sed -i 's/warmup: 1s/warmup: 0s/' s.yaml
expect 0 "$WEIR" run s.yaml --engine sim --quiet --out run

# refused CODE TEXT ARGUMENT...
refused() {
    local code=$1 text=$2
    shift 2
    expect "$code" "$WEIR" plot "$@"
    says "$text"
    [ -s out ] && complain "something on standard output: plot $*"
    [ -e run/plots ] && complain "left behind by plot $*: $(ls -A run/plots)"
}

refused 2 "weir plot wants RUN"
refused 2 "no such run" nowhere
refused 2 "unknown figure 'latncy' (did you mean 'latency'?)" run --only load,latncy
refused 2 "unknown figure 'zzzz'; see 'weir list figures'" run --only zzzz
refused 2 "(did you mean 'gnuplot'?)" run --backend gnuplt
refused 2 "unknown format 'pgn' (did you mean 'png'?)" run --format svg,pgn
refused 2 "--out DIR" run/result.json
refused 2 "feeds none of the figures" run --only load
says "the offered load does not vary"
touch file
refused 2 "cannot make this folder" run --out file/there
# A file of histograms that lost lines: drawn, and said beside the picture and in it.
mkdir half && cp run/result.json half && head -n 2 run/histograms.jsonl >half/histograms.jsonl
expect 0 "$WEIR" plot half --only latency --out halfway
says "half/histograms.jsonl is not whole: it has no histogram of 2 cells"
grep -q "Of 2 cells there is no histogram" halfway/data/latency.csv || complain "the picture does not say what it lacks"
# Of two scenarios each picture names its own seed.
sed 's/^seed: 7/seed: 12/; s/^name: .*/name: other/' s.yaml >other.yaml
expect 0 "$WEIR" run s.yaml other.yaml --engine sim --quiet --out two
expect 0 "$WEIR" plot two --only latency --out seeds
grep -q "seed 12" seeds/data/latency-other.csv && grep -q "seed 7" seeds/data/latency-slow-sink.csv || complain "a wrong seed"
mkdir damaged && head -c 2000 run/result.json >damaged/result.json
refused 2 "damaged/result.json" damaged
mkdir bad
/usr/bin/python3 - <<'END'
import json
d = json.load(open("run/result.json"))
for c in d["cells"]:
    c.update(status="failed", reason="made up")
json.dump(d, open("bad/result.json", "w"))
json.dump({**d, "cells": []}, open("empty.yaml", "w"))
END
refused 2 "no cell is ok" bad
refused 2 "no cells in it" empty.yaml --out there
[ -e there ] && complain "a folder for nothing"

# No program to draw with, or no scripts.
mkdir broken && echo 'raise ImportError("hidden")' >broken/matplotlib.py
export PYTHONPATH=$PWD/broken
PATH_BEFORE=$PATH PATH=/nowhere
refused() { # without the tools of the one above
    local code=$1 text=$2
    shift 2
    "$WEIR" plot "$@" >out 2>err
    [ $? = "$code" ] || complain_bare "plot $*"
    case $(<err) in *"$text"*) ;; *) complain_bare "'$text' is not in $(<err)" ;; esac
}
complain_bare() { echo "FAIL: $*"; FAILED=1; }
refused 2 "nothing to draw with: no gnuplot, and no python3 with matplotlib" run
refused 2 "no gnuplot in PATH" run --backend gnuplot
refused 2 "apt-get install python3-matplotlib" run --backend matplotlib
PATH=$PATH_BEFORE
unset PYTHONPATH
[ -e run/plots ] && complain "left behind"

# A script that fails, one that never ends halfway, one that draws nothing.
mkdir scripts && touch scripts/style.gp
mkdir fake && cat >fake/gnuplot <<'END'
#!/bin/sh
case $4 in
*latency*) echo "half a picture" >.latency.tmp.svg; echo "no such thing" >&2; exit 7 ;;
esac
END
chmod +x fake/gnuplot
touch scripts/latency.gp scripts/ccdf.gp
export WEIR_PLOTS=$PWD/scripts
expect 3 env PATH="$PWD/fake:$PATH" "$WEIR" plot run --only latency --backend gnuplot --out there
says "figure latency: $PWD/scripts/latency.gp failed with status 7"
says "no such thing"
[ "$(ls -A there)" = data ] || complain "a half picture stays: $(ls -A there)"
expect 3 env PATH="$PWD/fake:$PATH" "$WEIR" plot run --only ccdf --backend gnuplot --out there
says "nothing was drawn"
export WEIR_PLOTS=$PWD/broken
expect 2 "$WEIR" plot run --out there
says "no folder of plot scripts"
exit $FAILED
