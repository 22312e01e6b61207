# SPDX-License-Identifier: Apache-2.0
# Both back ends draw every figure of a run, alone, from a folder that was moved, and the same data gives the same bytes.
. "$(dirname "$0")/../cli/common.sh"
command -v gnuplot >/dev/null && /usr/bin/python3 -c 'import matplotlib, numpy' 2>/dev/null || {
    echo "needs gnuplot and python3-matplotlib"
    exit 77
}
cat >s.yaml <<END
# How much?
name: sweep
engine: sim
duration: 300ms
drain: 0s
sources:
  - {name: app, type: synthetic, arrival: {process: poisson, rate: 10k/s}, size: 200B}
pipeline:
  - {stage: parse, workers: 1, service: 1us, queue: {capacity: 64, wait: park}}
sink: {type: model, service: 50us}
matrix:
  app.rate: [10k/s, 20k/s, 40k/s]
  strategy: [block, drop_newest]
END
expect 0 "$WEIR" run s.yaml --quiet --out first
mkdir elsewhere && mv first "elsewhere/a run, moved"
run="elsewhere/a run, moved"

# picture FILE: it is there, is what its name says, and is not blank.
picture() {
    [ -s "$1" ] || { complain "no picture $1"; return; }
    case $1 in
    *.svg) grep -q '<svg' "$1" && /usr/bin/python3 -c 'import sys, xml.etree.ElementTree as e; e.parse(sys.argv[1])' "$1" || complain "$1 is no SVG" ;;
    *.pdf) head -c 5 "$1" | grep -q '%PDF-' || complain "$1 is no PDF" ;;
    *.png) head -c 8 "$1" | grep -qa 'PNG' || complain "$1 is no PNG" ;;
    esac
}

# One back end alone: gnuplot, because the other cannot be imported; matplotlib, because there is no gnuplot in PATH.
mkdir only && ln -s "$(command -v gnuplot)" only/gnuplot
mkdir broken && echo 'raise ImportError("hidden")' >broken/matplotlib.py
expect 0 env PATH="$PWD/only:/nowhere" PYTHONPATH="$PWD/broken" "$WEIR" plot "$run" --out g
for figure in latency load loss; do picture g/$figure.svg; done
prints g/load.svg
grep -q GNUPLOT g/load.svg || complain "not drawn by gnuplot"
expect 0 env PATH=/nowhere "$WEIR" plot "$run" --out m --only loss,load
for figure in load loss; do picture m/$figure.svg; done
grep -qi matplotlib m/load.svg || complain "not drawn by matplotlib"
[ -e m/latency.svg ] && complain "a figure that --only does not name"
cmp g/data/load.csv m/data/load.csv || complain "the back ends were given different data"

# Every figure by either, by default beside the run; a picture a name that is printed.
expect 0 "$WEIR" plot "$run" --backend gnuplot
while read -r name; do picture "$name"; done <out
[ "$(wc -l <out)" -ge 5 ] || complain "too few pictures: $(cat out)"
ls -A "$run/plots" | grep -q '^\.' && complain "left behind: $(ls -A "$run/plots")"
# Texts, and where they stand, are in both pictures.
for word in drop_newest 'offered load' 'share lost'; do
    grep -q "$word" g/loss.svg && grep -q "$word" m/loss.svg || complain "'$word' is not in both pictures"
done

# The same data gives the same bytes, whatever the day and the user's own settings.
mkdir home home/.config home/.config/matplotlib && echo 'set border 15' >home/.gnuplot && echo 'axes.facecolor: red' >home/.config/matplotlib/matplotlibrc
for backend in gnuplot matplotlib; do
    expect 0 "$WEIR" plot "$run" --format svg,pdf,png --only load --backend $backend --out one-$backend
    expect 0 env HOME="$PWD/home" LC_ALL=C TZ=Asia/Tokyo "$WEIR" plot "$run" --format svg,pdf,png --only load --backend $backend --out two-$backend
    for format in svg pdf png; do
        picture one-$backend/load.$format
        cmp one-$backend/load.$format two-$backend/load.$format || complain "$backend draws other bytes the second time: $format"
    done
done

# By hand, as the page says.
scripts=$(dirname "$WEIR")/plots
expect 0 gnuplot -e "data='g/data/load.csv'; out='hand.svg'" "$scripts/load.gp"
picture hand.svg
expect 0 /usr/bin/python3 -B "$scripts/load.py" g/data/load.csv hand.png
picture hand.png

# Cells that are not ok are counted and not drawn.
/usr/bin/python3 - "$run" <<'END'
import json, sys
path = sys.argv[1] + "/result.json"
d = json.load(open(path))
for c in d["cells"]:
    if c["params"]["strategy"] == "drop_newest":
        c.update(status="invalid", reason="made up")
json.dump(d, open(path, "w"))
END
expect 0 "$WEIR" plot "$run" --only load,latency --backend gnuplot --out invalid
grep -q drop_newest invalid/data/load.csv invalid/data/latency*.csv && complain "an invalid cell is drawn"
grep -q 'Not shown: 3 invalid' invalid/data/load.csv || complain "an invalid cell is not named"
expect 0 env WEIR_PLOT_PLAIN=1 "$WEIR" plot "$run" --only load --out plain --quiet
[ -s out ] && complain "--quiet prints"
grep -q 'machine' plain/data/load.csv && complain "a plain picture names the machine"
exit $FAILED
