# SPDX-License-Identifier: Apache-2.0
# page.sh WEIR SCHEMA VALIDATE: report pages in a headless Chromium, driven by page.js. 77: no Chromium or no node.
HERE=$(cd "$(dirname "$0")" && pwd)
. "$HERE/../cli/common.sh"
for program in chromium node; do
    command -v $program >/dev/null || {
        echo "skipped: no $program"
        exit 77
    }
done

scenario 300ms
sed -i 's/warmup: 1s/warmup: 100ms\ndrain: 1s/' s.yaml
expect 0 "$WEIR" run s.yaml --engine sim --quiet --reps 2 --queue mpmc,mutex --strategy drop_newest,block,drop_oldest,reject \
    --out sim
expect 0 "$WEIR" run s.yaml --engine sim --quiet --queue mpmc --strategy block --out one
expect 0 "$WEIR" bench --queue spsc,mpmc --batch 1,4 --reps 3 --seconds 1ms --warmup 0s --quiet --out bench
"$WEIR" conform spsc --check table,refusals,close_drains --json >conform.json 2>/dev/null || complain "conform"
/usr/bin/python3 "$HERE/craft_page.py" sim/result.json . || complain "craft_page.py"
mv sim moved # it must not matter where a run lies
for run in moved one bench conform.json hostile large; do
    expect 0 "$WEIR" report $run -o "$(basename $run .json).html"
done
cmp -s <("$WEIR" report moved -o - 2>/dev/null) moved.html || complain "the same run gives another page"
"$WEIR" report moved -o page.txt 2>err && complain "-o page.txt is no page"
says "name an .html file"
timeout 200 node "$HERE/page.js" "$(command -v chromium)" "$work" || FAILED=1
exit $FAILED
