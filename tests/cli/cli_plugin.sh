# SPDX-License-Identifier: Apache-2.0
# A user's own queue that is wrong or crashes: an error of its cell and of its check, never of the run. The last argument
# is the folder of modules with one fault each (tests/queue/bad.h).
. "$(dirname "$0")/common.sh"
MODULES=$4

cat >s.yaml <<END
name: plug
duration: 60s
sources: [{name: app, type: synthetic, arrival: {process: constant, rate: 20k/s}, count: 2000, size: 100B}]
pipeline: [{stage: work, queue: {capacity: 64, wait: park}}]
sink: {type: model, service: 10us}
matrix: {strategy: [block]}
END

# cells FILE: "QUEUE STATUS REASON" a cell of a document.
cells() {
    /usr/bin/python3 -c '
import json, sys
for cell in json.load(open(sys.argv[1]))["cells"]:
    print(cell["params"]["queue"].split("/")[-1], cell["status"], cell["reason"])' "$1"
}

# cell_is FILE QUEUE STATUS REASON: as an extended regular expression.
cell_is() {
    cells "$1" >seen
    grep -qE -- "^$2 $3 $4" seen || { complain "no cell '$2 $3 $4' in $1:"; cat seen; }
}

# ---- refused before anything runs ----
refused() {
    local module=$1
    shift
    for command in "conform" "bench --seconds 10ms --queue" "run s.yaml --queue"; do
        # shellcheck disable=SC2086
        expect 2 "$WEIR" $command "$module"
        for what in "$@"; do says "$what"; done
    done
    nothing_left
}
refused ./missing.so "missing.so: No such file"
mkdir folder.yaml
refused ./folder.yaml "is a directory"
rmdir folder.yaml
echo "int x;" >text.yaml
refused ./text.yaml "is no ELF file" "bring-your-own-queue"
head -c 3000 "$MODULES/bad-not.so" >cut.yaml
refused ./cut.yaml "cut.yaml"
# Another machine: the same file with the machine of its head changed (bytes 18 and 19).
{ head -c 18 "$MODULES/bad-not.so"; printf '\363\0'; tail -c +21 "$MODULES/bad-not.so"; } >riscv.yaml
refused ./riscv.yaml "built for RISC-V" "this weir runs on"
# An object file: type (bytes 16 and 17) 1.
{ head -c 16 "$MODULES/bad-not.so"; printf '\1\0'; tail -c +19 "$MODULES/bad-not.so"; } >object.yaml
refused ./object.yaml "an object file" "-shared"
refused "$MODULES/broken-abi.so" "built for queue version" "this weir has" "rebuild it"
refused "$MODULES/broken-ops-abi.so" "table of operations is of version" "rebuild it"
refused "$MODULES/broken-loops-abi.so" "measured loops are of version" "rebuild it"
refused "$MODULES/broken-table.so" "has no summary"
refused "$MODULES/broken-name.so" "names itself 'a b'"
refused "$MODULES/broken-symbol.so" "exports no weir_queue_module" "bench/export.h"
refused "$MODULES/bad-crash_loading.so" "crashes while it is being loaded (SIGSEGV)"
refused "$MODULES/bad-exit_loading.so" "ends the process while it is being loaded"
expect 2 "$WEIR" conform spcs
says "did you mean 'spsc'"

# ---- checks ----
# fails FAULT CHECK TEXT: that check fails and says so, and the one before it still passes.
fails() {
    expect 1 "$WEIR" conform "$MODULES/bad-$1.so" --check "table,$2"
    grep -qE "^  FAILED +$2 .*$3" out || { complain "bad-$1: $2 does not fail with '$3':"; cat out; }
    [ "$1" = crash_create ] || [ "$1" = null_create ] || [ "$1" = crash_destroy ] || prints "  passed   table"
}
expect 0 "$WEIR" conform "$MODULES/bad-not.so" --check table,small_capacities,random_batches,histories
fails crash_create histories "crashed: SIGSEGV"
fails null_create histories "create answered NULL"
fails crash_push random_batches "crashed: SIGSEGV"
fails crash_pop random_batches "crashed: SIGSEGV"
fails crash_destroy small_capacities "crashed: SIGSEGV"
fails abort random_batches "crashed: SIGABRT"
fails exit random_batches "ended the process with status 0"
fails lose evict "never came out"
fails double random_batches "with 4 items inside"
fails swap histories "no order of"
fails invent random_batches "inside"
fails exceed histories "history [0-9]+: "
fails exceed exact_capacity "its capacity is 1"
fails len deadlines "answered ready"
fails empty histories "pop found nothing"
fails close close_drains "and closed, should be 0"
fails moved random_batches "answered 5"
expect 1 timeout 60 "$WEIR" conform "$MODULES/bad-hang.so" --check table,random_batches --patience 3s
prints "hung: not at its end after 3 s"
prints "passed   table"
expect 1 "$WEIR" conform mutex "$MODULES/bad-exit.so" --check table,random_batches --json
/usr/bin/python3 - out <<'END' || complain "the document of weir conform"
import json, sys
d = json.load(open(sys.argv[1]))
own, bad = d["queues"]
assert d["schema"] == "weir.conform/1" and (d["passed"], d["failed"]) == (3, 1), d
assert own["queue"] == "mutex" and own["failed"] == 0 and [c["status"] for c in own["checks"]] == ["passed"] * 2
assert bad["queue"] == "bad" and [c["name"] for c in bad["checks"]] == ["table", "random_batches"]
assert bad["checks"][1]["status"] == "failed" and "status 0" in bad["checks"][1]["text"]
END
expect 0 "$WEIR" conform null --check evict --quiet
expect 2 "$WEIR" conform null --check evicts
says "did you mean 'evict'"
expect 2 "$WEIR" conform null --histories 0
expect 2 "$WEIR" conform
expect 0 "$WEIR" list checks --json

# ---- cells ----
# costs FAULT BENCH-REASON RUN-STATUS RUN-REASON: its cell alone, in both; the neighbour is fine.
costs() {
    expect 3 timeout 100 "$WEIR" bench --queue "$MODULES/bad-$1.so,mutex" --batch 1 --seconds 10ms --reps 1 --out b --json
    cell_is out bad failed "$2"
    cell_is out mutex ok ""
    expect 3 timeout 100 "$WEIR" run s.yaml --queue "$MODULES/bad-$1.so,mutex" --out r --json
    cell_is out "bad-$1.so" "$3" "$4"
    cell_is out mutex ok ""
    rm -rf b r seen
}
costs crash_create "crashed: SIGSEGV" failed "crashed: SIGSEGV"
costs null_create ".*create answered NULL" failed ".*create answered NULL"
costs crash_push "crashed: SIGSEGV" failed "crashed: SIGSEGV"
costs crash_pop "crashed: SIGSEGV" failed "crashed: SIGSEGV"
costs crash_destroy "crashed: SIGSEGV" failed "crashed: SIGSEGV"
costs abort "crashed: SIGABRT" failed "crashed: SIGABRT"
costs exit "ended with status 0" failed "ended early with exit status 0"
costs lose "." invalid "the ledger does not balance: 1 records unknown"
costs double "." failed "crashed"
costs swap ".*order in which they went in" failed ".*order in which they went in"
costs invent "." failed "crashed"
costs exceed ".*more than its capacity of 1024" failed ".*more than its capacity of 64"
costs len ".*len answered 2024 with 1024" failed ".*len answered 1064 with 64"
costs empty ".*pop of 1 answered 0" failed ".*pop of 1 answered 0"
costs close ".*closed, it took an item" failed ".*closed, it took an item"
costs moved ".*push of 1 answered 2" failed "crashed"
# Two of one name are told apart.
expect 3 timeout 100 "$WEIR" bench --queue "$MODULES/bad-not.so,$MODULES/bad-swap.so" --batch 1 --seconds 10ms --reps 1 --out n --json
cell_is out bad ok ""
cell_is out bad-swap.so failed ""
expect 3 timeout 100 "$WEIR" bench --queue "$MODULES/bad-hang.so,mutex" --batch 1 --seconds 10ms --reps 1 --patience 2s --out b --json
cell_is out bad failed "hung: killed"
cell_is out mutex ok ""
rm -rf b
# A simulated cell has a queue of its own: no code of the module runs in it.
expect 0 "$WEIR" run s.yaml --engine sim --queue "$MODULES/bad-crash_create.so" --out r --json
cell_is out bad-crash_create.so ok ""
rm -rf r seen
exit $FAILED
