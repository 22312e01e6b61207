# SPDX-License-Identifier: Apache-2.0
# What weir says of peers, with and without their modules: PROGRAM is copied to a folder of its own, where none is.
. "$(dirname "$0")/../cli/common.sh"

mkdir bin
cp "$WEIR" bin/weir
alone=bin/weir

expect 0 "$alone" list peers
prints "boost_spsc"
prints "(missing, needs libboost-dev: run 'make peers' and build again)"
prints "a pipe between two threads (missing: run 'make peers' and build again)"
! grep -q installed out || complain "a peer is installed in an empty folder"
expect 0 "$alone" list peers --json
cp out absent.yaml
/usr/bin/python3 - absent.yaml <<'END' || complain "list peers --json"
import json, sys
peers = json.load(open(sys.argv[1]))
assert len(peers) >= 14, len(peers)
for p in peers:
    assert p["available"] is False, p["name"]
    assert "package" in p or p["name"] in ("pipe", "socketpair"), p["name"]
END

# One that is named alone and is not there is an error that says what to do; a likely name is suggested.
expect 2 "$alone" bench --queue boost_spsc --out r
says "boost_spsc"
says "libboost-dev"
says "'make peers'"
[ ! -e r ] || complain "a bench that did not begin left a folder"
expect 2 "$alone" bench --queue boost_spcs --out r
says "did you mean 'boost_spsc'?"

# Among others it is a cell that says why it is not there; `all` and `peers` name them all.
run() { expect "$1" "$alone" bench --batch 1 --reps 1 --seconds 2ms --quiet --out r "${@:2}"; }
run 0 --queue spsc,boost_spsc
prints "skipped: the peer 'boost_spsc' is not in this build (it needs libboost-dev)"
valid r/result.json
rm -r r
run 0 --queue all
prints "mpmc"
prints "the peer 'socketpair' is not in this build"
prints "the peer 'lmax' is not in this build"
rm -r r
run 2 --queue peers

# Drivers: one that answers, and ones that say no, die, answer nonsense, and are none.
driver() { # driver NAME LINES-AFTER-GREETING...
    {
        echo '#!/bin/sh'
        echo 'echo weir-driver 1 producers=4 consumers=1'
        printf '%s\n' "${@:2}"
    } >"bin/$1"
    chmod +x "bin/$1"
}
fine='{"items":1000,"ns_per_item":12.5}'
driver weir-peer-lmax 'while read -r turn; do echo "$turn" >>turns; echo ready; read -r go; echo "$go" >>turns' \
    "    echo '$fine'" 'done'
expect 0 "$alone" list peers
prints "LMAX Disruptor on the JVM, one consumer (installed)"
run 0 --queue spsc,lmax --producers 1
prints "12.5"
valid r/result.json
[ "$(grep -c 'turn producers=1 consumers=1 batch=1 capacity=1024 item_bytes=8 wait=[a-z]* seconds=0.00' turns)" -ge 2 ] ||
    complain "the driver was told $(cat turns)"
grep -qx go turns || complain "the driver was not let go"
rm -r r
run 0 --queue spsc,lmax --consumers 1 --regime full
prints "lmax is measured by a program of its own"
rm -r r
driver no 'read -r turn; echo "{\"error\":\"no such wait\"}"; read -r turn'
driver dies 'read -r turn; exit 3'
driver dies-late 'read -r turn; echo ready; read -r go; kill -9 $$'
driver nonsense 'read -r turn; echo what?; read -r turn'
for name in no dies dies-late nonsense; do
    run 3 --queue "spsc,./bin/$name"
    prints "failed"
    valid r/result.json
    rm -r r
done
printf '#!/bin/sh\necho hello\n' >bin/none
chmod +x bin/none
run 2 --queue ./bin/none
says "not a queue's driver: it does not greet"
[ -z "$(pgrep -f "$work/bin/weir-peer-lmax")" ] || complain "a driver is left behind"

# A pipeline takes no peer: it could not be closed.
scenario 20ms
sed -i 's|queue: {|queue: {type: ./bin/weir-peer-lmax, |' s.yaml
expect 2 "$alone" run s.yaml
says "only 'weir bench' measures"

# A file that is no module is refused, not loaded.
echo nothing >bin/weir-peer-pipe.so
expect 2 "$alone" bench --queue pipe --out r
says "weir-peer-pipe.so"
exit $FAILED
