# SPDX-License-Identifier: Apache-2.0
# SIGKILL to the supervisor leaves no child; a killed child is a failed cell.
. "$(dirname "$0")/common.sh"
scenario
mkfifo pipe.yaml

# start ACTION: runs until a cell hangs and sets weir and child.
start() {
    WEIR_FAKE=drop_newest:hang "$WEIR" run s.yaml --only strategy=drop_newest --only queue=mpmc --out it >out 2>pipe.yaml </dev/null &
    weir=$!
    exec 3<pipe.yaml
    child=
    while [ -z "$child" ] && read -r line <&3; do
        case $line in "listening on pid:"*) child=${line##*:} ;; esac
    done
}

start
kill -KILL $weir
wait $weir 2>/dev/null
cat <&3 >err # ends when the last process that holds the pipe is gone
dies "$child" || complain "the child survived its supervisor"
exec 3<&-
rm -rf it

start
kill -KILL "$child"
wait $weir
code=$?
cat <&3 >err
exec 3<&-
[ $code = 3 ] || complain "exit $code instead of 3"
grep -q "killed from outside" it/result.json || complain "the document does not say what happened"
grep -q '"crash": 500' it/result.json || complain "what was not delivered is lost.crash"
valid it/result.json
exit $FAILED
