# SPDX-License-Identifier: Apache-2.0
# Two weir processes in a chain: what the sink of one sends the source of the other counts. UDP may drop in the
# receiver's socket, which knows how many; OTLP loses nothing.
. "$(dirname "$0")/common.sh"

chain() { # source keys, sink keys
    cat >receive.yaml <<END
# What arrives?
duration: 4s
drain: 2s
sources:
  - {name: in, senders: external, $1}
sink: {type: "null"}
END
    cat >send.yaml <<END
# What is sent?
duration: 500ms
drain: 3s
sources:
  - {name: app, type: synthetic, arrival: {process: constant, rate: 2k/s}, size: 100B}
sink: {$2}
END
    : >listening.txt
    "$WEIR" run receive.yaml --json --quiet --out received >received.json 2>listening.txt &
    local receiver=$! address="" turn
    for turn in $(seq 100); do
        address=$(sed -n 's/.*listening on \([0-9.:]*\).*/\1/p' listening.txt)
        [ -n "$address" ] && break
        sleep 0.05
    done
    [ -n "$address" ] || complain "the receiver does not listen: $(cat listening.txt)"
    "$WEIR" run send.yaml --json --quiet --out sent --set "sink.to=$address" >sent.json 2>err ||
        [ $? = 3 ] || complain "the sender: $(cat err)"
    wait "$receiver"
    /usr/bin/python3 - <<'END' || complain "$2: the two ledgers differ"
import json, sys
sent = json.load(open("sent.json"))["cells"][0]["ledger"]
got = json.load(open("received.json"))["cells"][0]["ledger"]
arrived = got["delivered"] + got["lost"]["kernel"]
print(sent["delivered"], "sent,", got["delivered"], "received,", got["lost"]["kernel"], "dropped by the kernel")
sys.exit(not (sent["delivered"] > 0 and sent["delivered"] == arrived and sent["unknown"] == got["unknown"] == 0
              and got["malformed"] == 0))
END
    rm -rf sent received
}

chain 'type: udp, format: rfc5424' 'type: udp, format: rfc5424'
chain 'type: tcp, format: json' 'type: tcp, format: json, framing: lf'
chain 'type: otlp' 'type: otlp, batch: {size: 50, timeout: 20ms}'
exit $FAILED
