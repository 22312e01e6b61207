# SPDX-License-Identifier: Apache-2.0
# A run that is interrupted keeps what finished, and --resume does the rest and no more.
. "$(dirname "$0")/common.sh"
scenario
mkdir elsewhere
export WEIR_FAKE_FILE=$PWD/go.yaml

# interrupt SIGNAL: runs until a cell hangs, which it says itself, and sends the signal twice.
interrupt() {
    mkfifo pipe.yaml
    WEIR_FAKE=drop_newest:once "$WEIR" run s.yaml --seed 5 --out it >out 2>pipe.yaml </dev/null &
    local weir=$! child=
    while read -r line; do
        echo "$line" >>err
        case $line in
        "listening on pid:"*)
            child=${line##*:}
            kill -s "$1" $weir
            ;;
        "weir: stopping"*) kill -s "$1" $weir ;; # it hangs: the second one ends it
        esac
    done <pipe.yaml
    wait $weir
    code=$?
    rm pipe.yaml
    [ -n "$child" ] && alive "$child" && complain "the child survived $1"
}

for signal in INT TERM; do
    rm -rf it err go.yaml
    interrupt $signal
    [ $code = 130 ] || complain "exit $code instead of 130 after $signal"
    says "weir run --resume"
    valid it/result.json
    grep -q '"complete": false' it/result.json || complain "the document does not say that cells are missing"
    [ -z "$(ls -A it | grep '^\.')" ] || complain "left in the folder: $(ls -A it)"
done
before=$(grep -c '"index"' it/result.json)
[ "$before" -ge 1 ] && [ "$before" -lt 4 ] || complain "$before cells before the interruption: pick another seed"

cp s.yaml kept.yaml
echo "# more" >>s.yaml
expect 2 "$WEIR" run --resume it
says "has changed"
cp kept.yaml s.yaml
[ "$(grep -c '"index"' it/result.json)" = "$before" ] || complain "a refused resume changed the document"

touch go.yaml
printf 'it,slow-sink,live,queue=gone,0,0.0\r\nhalf a li' >>it/series.csv
printf '{"schema": "weir.hist' >>it/histograms.jsonl
mkdir it/.scratch-left && touch it/.result.json.tmp # as a killed run leaves them
(cd elsewhere && expect 0 env WEIR_FAKE=drop_newest:once "$WEIR" run --resume ../it --json && exit $FAILED) || FAILED=1
valid it/result.json
[ "$(grep -c '"index"' it/result.json)" = 4 ] || complain "cells are missing after the resume"
grep -q '"complete": true' it/result.json || complain "not complete after the resume"
[ "$(wc -l <it/series.csv)" = 13 ] || complain "series.csv: 4 cells of 3 rows and a head"
[ "$(grep -c '^{"schema":"weir.histogram/1".*}$' it/histograms.jsonl)" = 4 ] || complain "histograms.jsonl: a line a cell"
[ -z "$(ls -A it | grep '^\.')" ] || complain "left in the folder: $(ls -A it)"
[ "$(grep -c '"seed": 5' it/result.json)" = 5 ] || complain "the resumed cells have another seed"

# A cell that drained after the interruption is kept for now, and run whole by the resume.
rm -rf it go.yaml
WEIR_FAKE=drop_newest:drain "$WEIR" run s.yaml --seed 5 --out it >out 2>err </dev/null &
weir=$!
until grep -q pid: err 2>/dev/null; do sleep 0.02; done
kill -s INT $weir
wait $weir
[ $? = 130 ] || complain "not 130 after an interruption that drained"
grep -q '"interrupted": true' it/result.json || complain "the document does not tell which cell was interrupted"
touch go.yaml
expect 0 env WEIR_FAKE=drop_newest:drain "$WEIR" run --resume it
valid it/result.json
grep -q '"interrupted"' it/result.json && complain "the interrupted cell was not run anew"
[ "$(grep -c '"index"' it/result.json)" = 4 ] || complain "cells are missing after the second resume"

# Nothing is left to do: the same answer again.
expect 0 "$WEIR" run --resume it
prints "block lost nothing"
exit $FAILED
