# SPDX-License-Identifier: Apache-2.0
# A full disk under a file sink: told once, then by number; the run goes on and its ledger balances.
. "$(dirname "$0")/common.sh"
cat >full.yaml <<END
# What does a full disk do?
duration: 300ms
drain: 1s
sources:
  - {name: app, type: synthetic, arrival: {process: constant, rate: 2k/s}, size: 100B}
sink: {type: file, path: /dev/full, buffer: 1KiB}
expect:
  - "ledger.unknown == 0 and ledger.delivered == 0"
  - "ledger.lost.sink_error > 100 and sink.failures > 10"
END
"$WEIR" run full.yaml --quiet --out full >out 2>err
[ $? = 0 ] || [ $? = 3 ] || complain "a full disk"
[ "$(grep -c 'sink sink: No space left on device' err)" = 1 ] || complain "not told once: $(cat err)"
grep -Eq 'sink sink: [1-9][0-9]* more of these' err || complain "not counted: $(cat err)"
exit $FAILED
