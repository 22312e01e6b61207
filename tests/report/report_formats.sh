# SPDX-License-Identifier: Apache-2.0
# Every format that `weir list formats` names, of every kind of document: made where it makes sense, refused elsewhere,
# and read by strict readers.
HERE=$(cd "$(dirname "$0")" && pwd)
FAKE=$(realpath "$4")
. "$HERE/../cli/common.sh"
scenario 300ms
sed -i 's/warmup: 1s/warmup: 100ms\ndrain: 1s/; s/50k/20k/; s/40us/80us/' s.yaml # half of it is lost

"$WEIR" list formats --json >formats.yaml || complain "list formats"
# each_format KIND COMMAND...: COMMAND NAME FILE TAKEN for each format, TAKEN says whether it takes that kind.
each_format() {
    local kind=$1 name file taken
    shift
    while IFS=$'\t' read -r name file taken; do "$@" "$name" "$file" "$taken"; done < <(/usr/bin/python3 - "$kind" <<'END'
import json, sys
for f in json.load(open("formats.yaml")):
    print(f["name"], f["file"], "yes" if sys.argv[1] in f["takes"] else "no", sep="\t")
END
    )
}
check() { /usr/bin/python3 "$HERE/check_formats.py" "$@" || complain "reports of $1"; }

# make FOLDER NAME FILE TAKEN
make() {
    if [ "$4" = no ]; then
        expect 2 "$WEIR" report "$1" --format "$2"
        says "has nothing for it"
        return
    fi
    expect 0 "$WEIR" report "$1" --format "$2"
    [ -s out ] && complain "--format $2 without a file prints something"
    compgen -G "$1/$3" >found || complain "--format $2: no $3"
}

# The help page is made from the same table.
expect 0 "$WEIR" report --help
each_format "a run" prints

expect 0 "$WEIR" run s.yaml --engine sim --quiet --reps 2 --out sim
cp sim/cells.csv cells.yaml && cp sim/series.csv series.yaml
each_format "a run" make sim
check sim
cmp sim/cells.csv cells.yaml || complain "cells.csv is not what the run wrote"
cmp sim/series-ok.csv series.yaml || complain "of cells that are all ok the series is whole"
[ "$(ls sim/*.hgrm | wc -l)" = 8 ] || complain "4 points, response and service each"
sed 's/ time=.*//' sim/junit.xml | grep -q 'name="engine=sim/queue=mpmc/strategy=block rep 1: ledger.unknown == 0"' || complain "no test of an expectation"

# Moved elsewhere, and through a relative path with dots: the same bytes.
mkdir -p far/away && cp -r sim far/away/moved
for f in far/away/moved/*; do case $f in *result.json | *histograms.jsonl | *series.csv | *resume.json) ;; *) rm "$f" ;; esac; done
(cd far && each_format() { :; } && expect 0 "$WEIR" report ./away/../away/moved/ $(cd .. && sed -n 's/^  *"name": "\([a-z-]*\)".*/--format \1/p' formats.yaml) && exit $FAILED) || FAILED=1
rm -f far/out far/err
diff -r sim far/away/moved >differs || complain "a run that was moved reports differently: $(head -3 differs)"

# What is hard: made from a real cell, so that it has every key.
/usr/bin/python3 "$HERE/craft.py" sim/result.json hard || complain "craft.py"
each_format "a run" make hard
valid hard/result.json
check hard
grep -q 'not exported.*worthless' hard/go-benchmark.txt hard/latency.hlog || complain "what was left out is not named"
expect 0 "$WEIR" report hard
prints "**failed**"
prints "killed by signal 11"
# Not one figure of it is a result.
grep -l 'queue=worthless' hard/google-benchmark.json hard/bencher.json hard/github-*.json >found &&
    grep -v google found | grep -q . && complain "an invalid cell among the results: $(cat found)"

# Figures made up, children that crash: cells failed and skipped as the supervisor writes them.
WEIR_FAKE=drop_newest:crash "$FAKE" run s.yaml --quiet --out fake >out 2>err
[ $? = 3 ] || complain "a run whose children crash"
each_format "a run" make fake
check fake

# A bench: 2 queues, one of them on schedule too.
"$WEIR" bench --queue spsc,mpmc --batch 1 --reps 2 --seconds 2ms --quiet --out bench >out 2>err
[ $? = 0 ] || [ $? = 3 ] || complain "a bench"
if grep -q '"status": "ok"' bench/result.json; then
    each_format "a bench" make bench
    check bench
fi

# A document by its own name says where reports go.
expect 0 "$WEIR" conform spsc --check table,refusals,evict --json # the last one is skipped
cp out conform.yaml
mkdir conform
by_name() {
    if [ "$4" = yes ]; then
        expect 0 "$WEIR" report "$1" --format "$2=conform/$3"
    else
        expect 2 "$WEIR" report "$1" --format "$2=conform/$3"
        says "a conformance check has nothing for it"
    fi
}
each_format "a conformance check" by_name conform.yaml
check conform conform.yaml

# Several at once, and one of them to standard output.
expect 0 "$WEIR" report sim -f junit=j.yaml -f bencher=- --format=markdown=m.yaml
/usr/bin/python3 -c 'import json; json.load(open("out"))' || complain "standard output is not the one report"
[ -s j.yaml ] && [ -s m.yaml ] || complain "not all of several"
exit $FAILED
