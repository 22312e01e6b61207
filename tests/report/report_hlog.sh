# SPDX-License-Identifier: Apache-2.0
# report_hlog.sh WEIR SCHEMA VALIDATE java|js FOLDER: our interval logs are read by a library that is not ours (Debian's
# libhdrhistogram-java, npm's hdr-histogram-js), and give the document's percentiles. 77: it is not there.
HERE=$(cd "$(dirname "$0")" && pwd)
READER=$4
FOLDER=$5
. "$HERE/../cli/common.sh"
skip() {
    echo "skipped: $*"
    exit 77
}

case $READER in
java)
    jar=/usr/share/java/hdrhistogram.jar
    [ -e $jar ] || skip "no $jar (Debian's libhdrhistogram-java)"
    javac -version >/dev/null 2>&1 || skip "no Java compiler (default-jdk-headless)"
    mkdir -p "$FOLDER/classes" && javac -cp $jar -d "$FOLDER/classes" "$HERE/ReadLog.java" || exit 1
    read_log() { java -Xshare:auto -XX:TieredStopAtLevel=1 -cp "$jar:$FOLDER/classes" ReadLog "$1"; }
    ;;
js)
    command -v node >/dev/null && command -v npm >/dev/null || skip "no node and npm"
    modules=$FOLDER/npm
    if ! cmp -s "$HERE/package-lock.json" "$modules/package-lock.json" || [ ! -d "$modules/node_modules/hdr-histogram-js" ]; then
        rm -rf "$modules" && mkdir -p "$modules" && cp "$HERE/package.json" "$HERE/package-lock.json" "$modules/"
        timeout 60 npm ci --prefix "$modules" --ignore-scripts --no-audit --no-fund >npm.log 2>&1 || {
            rm -rf "$modules"
            skip "npm cannot install hdr-histogram-js: $(grep -m1 'npm error' npm.log)"
        }
    fi
    read_log() { node "$HERE/read_log.js" "$modules/node_modules" "$1"; }
    ;;
esac

compare() {
    read_log "$1/latency.hlog" >lines 2>err || { complain "the reader fails:"; cat err; }
    /usr/bin/python3 "$HERE/check_log.py" "$1/result.json" lines || complain "$1: the reader sees something else"
}

scenario 300ms
sed -i 's/warmup: 1s/warmup: 100ms\ndrain: 1s/; s/50k/20k/' s.yaml
expect 0 "$WEIR" run s.yaml --engine sim --quiet --reps 2 --out sim
expect 0 "$WEIR" report sim --format hlog
compare sim
# One point: the tags are response and service.
expect 0 "$WEIR" run s.yaml --engine sim --quiet --queue mpmc --strategy drop_newest --out one
expect 0 "$WEIR" report one --format hlog
compare one
cut -f1 lines | sort | tr '\n' ' ' | grep -qx 'response service ' || complain "tags: $(cut -f1 lines)"
# Values beyond the last bucket, counts of more than 32 bits, names with commas.
/usr/bin/python3 "$HERE/craft.py" sim/result.json hard || complain "craft.py"
expect 0 "$WEIR" report hard --format hlog
compare hard
exit $FAILED
