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
assert len(peers) >= 13, len(peers)
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

# A file that is no module is refused, not loaded.
echo nothing >bin/weir-peer-pipe.so
expect 2 "$alone" bench --queue pipe --out r
says "weir-peer-pipe.so"
exit $FAILED
