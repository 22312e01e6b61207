# SPDX-License-Identifier: Apache-2.0
# Sourced by the scripts beside it: WEIR SCHEMA VALIDATE are their arguments.
set -u
WEIR=$(realpath "$1")
SCHEMA=${2:-}
VALIDATE=${3:-}
FAILED=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset WEIR_FAKE WEIR_FAKE_FILE

complain() {
    echo "FAIL: $*"
    FAILED=1
}

# expect CODE COMMAND...: runs it, keeps its output in ./out and ./err.
expect() {
    local want=$1 got
    shift
    "$@" >out 2>err </dev/null
    got=$?
    [ "$got" = "$want" ] || { complain "exit $got instead of $want: $*"; cat out err; }
}

says() { grep -qF -- "$1" err || { complain "standard error does not say '$1':"; cat err; }; }
prints() { grep -qF -- "$1" out || { complain "standard output does not say '$1':"; cat out; }; }

# Nothing but what the test itself wrote.
nothing_left() {
    local left
    left=$(ls -A | grep -vxE 'out|err|.*\.yaml' | tr '\n' ' ')
    [ -z "$left" ] || { complain "left behind: $left"; rm -rf results; }
}

# A zombie that init has not collected yet is dead, too.
alive() { [ -e "/proc/$1" ] && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null; }

# dies PID: whether it does within ten seconds. A process closes its files a little before it is dead, so that whoever
# has seen the end of them is early.
dies() {
    local tries=0
    while alive "$1"; do
        [ $((tries += 1)) -le 500 ] || return 1
        sleep 0.02
    done
}

valid() { /usr/bin/python3 "$VALIDATE" "$SCHEMA" "$@" || complain "$* does not follow the schema"; }

scenario() {
    cat >s.yaml <<END
# Which strategy loses least?
name: slow-sink
duration: ${1:-2s}
warmup: 1s
seed: 7
sources:
  - {name: app, type: synthetic, arrival: {process: poisson, rate: 50k/s}, size: 200B}
pipeline:
  - {stage: parse, workers: 1, service: 2us, queue: {capacity: 1024, wait: park}}
sink: {type: model, service: 40us}
matrix:
  queue: [mutex, mpmc]
  strategy: [block, drop_newest]
expect:
  - "ledger.unknown == 0"
  - "strategy == block implies lost == 0"
END
}
