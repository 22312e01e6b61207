# SPDX-License-Identifier: Apache-2.0
# What the gate counts: instructions, allocations and system calls of queues' and strategies' steps. Further arguments:
# the build folder.
. "$(dirname "$0")/common.sh"
BUILD=$4
MODULES=$BUILD/tests/modules
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY

suite() { # STRATEGIES: one launch, which decides nothing
    cat >"$1.yaml" <<END
suite: $1
launches: 1
disturbed: keep
strategies: $1
cells: [{queue: $2, measure: alone, rounds: 6, turn: 200us}]
END
}
suite skip costly
suite count mutex

# gate CODE OPTION...: its document is ./out. The second one has no valgrind, which takes long and is not what most of
# these are about.
gate() {
    local want=$1
    shift
    expect "$want" "$WEIR" gate --json "$@"
}
mkdir bin && for tool in sh sleep; do ln -s "$(command -v $tool)" bin/; done
quick() {
    local want=$1
    shift
    expect "$want" env "PATH=$work/bin" "$WEIR" gate --json "$@"
}

# rows PYTHON: holds an expression against the document: d its `instructions`, more the rows with that verdict
rows() {
    /usr/bin/python3 - "$1" <<'END' || { complain "$1"; cat out; }
import json, sys
document = json.load(open("out"))
d = document["instructions"]
more = [row for row in d["rows"] if row["verdict"] == "MORE"]
counted = all(row["base"] is not None for row in d["rows"])
traced = all(row["system_calls"] for row in d["rows"])
assert eval(sys.argv[1])
END
}

# ---- queues ----
# Where neither the processor nor valgrind counts, or ptrace is not allowed, that part has nothing to say.
quick 0 --base "$MODULES/costly-none.so" --cand "$MODULES/costly-none.so" --suite skip.yaml --identical
rows 'len(d["rows"]) == 2 and more == [] and d["strategies"] == "not asked"'
rows 'all(row["allocations"] == {"base": 0, "candidate": 0, "verdict": "SAME"} for row in d["rows"])'
rows 'not traced or all(row["system_calls"]["base"] == 0 for row in d["rows"])'
quick 1 --base "$MODULES/costly-none.so" --cand "$MODULES/costly-allocation.so" --suite skip.yaml --report junit=g.xml,markdown=g.md,table=g.txt
rows 'more == d["rows"]'
rows '[row["allocations"]["candidate"] for row in more] == [1, 0.0625]'
rows 'not traced or all(row["system_calls"]["verdict"] == "SAME" for row in more)'
grep -q 'type="MORE" message=".*1.0000 allocations an item, the base has 0.0000' g.xml || complain "JUnit does not say what is more"
grep -q '| costly 1-and-1 x1 |.*| 0 -> 1 | .* | MORE |' g.md || complain "Markdown does not say what is more"
grep -q '^costly 1-and-1 x16 .* 0 -> 0.0625 .* MORE$' g.txt || complain "the table does not say what is more"
grep -q '2 with more allocations' g.txt || complain "the table's last line does not say what is more"
rm -f g.xml g.md g.txt
PATH=$work/bin "$WEIR" gate --json --base "$MODULES/costly-none.so" --cand "$MODULES/costly-system_call.so" --suite skip.yaml >out 2>err
rows 'not traced or [row["system_calls"]["candidate"] for row in more] == [1, 0.0625]'
rows 'not traced or document["exit"] == 1'
GITHUB_ACTIONS=true "$WEIR" gate --json --base "$MODULES/costly-none.so" --cand "$MODULES/costly-instructions.so" --suite skip.yaml >out 2>err
rows 'not counted or [(row["path"], row["candidate"] - row["base"]) for row in more] == [("1-and-1 x1", 2)]'
rows 'not counted or document["exit"] == 1 and "::error title=weir gate%3A costly 1-and-1 x1::" in open("err").read()'
quick 0 --base "$MODULES/costly-allocation.so" --cand "$MODULES/costly-none.so" --suite skip.yaml
rows '[row["verdict"] for row in d["rows"]] == ["FEWER", "FEWER"]'

# A queue that ends its process in these steps is no queue, however fast the launches were.
quick 3 --base "$MODULES/costly-none.so" --cand "$MODULES/costly-crash.so" --suite skip.yaml --report junit=g.xml,table=g.txt
rows '"costly of the candidate was NOT counted" in d["skipped"] and "ends in its steps (1-and-1 x16): SIGABRT" in d["skipped"]'
grep -q 'errors="1"' g.xml && grep -q '<error type="INVALID" message="costly of the candidate' g.xml || complain "JUnit does not say what crashes"
tail -n 1 g.txt | grep -q '1 whose steps crash' || complain "the table's last line does not say what crashes"
rm -f g.xml g.txt
quick 3 --base "$MODULES/costly-exit.so" --cand "$MODULES/costly-none.so" --suite skip.yaml
rows 'd["rows"] == [] and "costly of the base was NOT counted" in d["skipped"] and "ends in its steps (1-and-1 x16): status 0" in d["skipped"]'

# ---- strategies ----
for side in none allocation instructions crash script other_abi; do
    cp "$BUILD/weir-queue-mutex.so" "$MODULES/steps-$side/" || exit 1
done
mkdir old && cp "$BUILD/weir-queue-mutex.so" old
strategies() { # CODE BASE CANDIDATE
    quick "$1" --base "$2" --cand "$3" --suite count.yaml
}
strategies 0 "$MODULES/steps-none" "$MODULES/steps-none"
rows 'd["strategies"] == "identical" and d["rows"] == [] and d["skipped"] is None'
gate 0 --base "$BUILD" --suite count.yaml --identical
rows 'd["strategies"] == "counted" and more == [] and len(d["rows"]) > 50'
rows 'all(row["allocations"]["candidate"] == 0 for row in d["rows"])'
strategies 1 "$MODULES/steps-none" "$MODULES/steps-allocation"
rows 'd["strategies"] == "counted" and len(d["rows"]) == 2'
rows '[(row["of"], row["path"], row["allocations"]["candidate"]) for row in more] == [("strategy", "admission costly full", 1)]'
PATH=$work/bin "$WEIR" gate --base "$MODULES/steps-none" --cand "$MODULES/steps-allocation" --suite count.yaml >out
prints "strategies: of 2 steps 1 are the same, 1 take more, 0 fewer"
"$WEIR" gate --json --base "$MODULES/steps-none" --cand "$MODULES/steps-instructions" --suite count.yaml >out 2>err
rows 'not counted or [row["path"] for row in more] == ["admission costly full"]'
strategies 0 old "$MODULES/steps-none"
rows 'd["strategies"] == "skipped" and d["skipped"] == "strategies were NOT counted: the base has no weir-steps.so"'
strategies 0 "$MODULES/steps-script" "$MODULES/steps-none"
rows 'd["strategies"] == "skipped" and "shown different sequences" in d["skipped"]'
strategies 0 "$MODULES/steps-other_abi" "$MODULES/steps-none"
rows 'd["strategies"] == "skipped" and "its steps are of version 2, this weir has 1" in d["skipped"]'
strategies 3 "$MODULES/steps-none" "$MODULES/steps-crash"
rows '"the candidate were NOT counted" in d["skipped"] and "ends in its steps (admission costly full): SIGSEGV" in d["skipped"]'
"$WEIR" gate --base "$MODULES/steps-none/weir-queue-mutex.so" --cand "$BUILD/weir-queue-mutex.so" --suite count.yaml --json >out
rows 'd["strategies"] == "not asked"'
expect 2 "$WEIR" gate --base "$BUILD" --suite /dev/stdin <<<"strategies: maybe"

# ---- where the kernel allows nothing ----
expect 1 env "PATH=$work/bin" "LD_PRELOAD=$MODULES/gate-deny.so" "WEIR_TEST_DENY=perf ptrace" "$WEIR" gate --json --base "$MODULES/costly-none.so" --cand "$MODULES/costly-allocation.so" --suite skip.yaml
rows '"instructions were NOT counted: no counter of the processor (perf_event_open), and no valgrind" in d["skipped"]'
rows '"system calls were NOT counted: ptrace is not allowed here" in d["skipped"]'
rows 'all(row["base"] is None and row["system_calls"] is None for row in d["rows"])'
rows '[row["allocations"]["candidate"] for row in more] == [1, 0.0625]'

# Interrupted while it counts: no process stays, nor a file. Its valgrind only waits.
cat >bin/valgrind <<'END'
#!/bin/sh
for word; do case $word in --callgrind-out-file=*) out=${word#*=} ;; esac; done
: >"$out"
case " $* " in *" --vgdb=no "*) ;; *) : >"$WORK/pipes" ;; esac # killed, it would leave them in the temporary folder
echo "$$ ${out%/*}" >"$WORK/begun.new"
/bin/mv "$WORK/begun.new" "$WORK/begun"
exec sleep 60
END
chmod +x bin/valgrind
for signal in INT TERM; do
    rm -f begun
    env "WORK=$work" "PATH=$work/bin" "LD_PRELOAD=$MODULES/gate-deny.so" WEIR_TEST_DENY=perf "$WEIR" gate --base "$MODULES/costly-none.so" --cand "$MODULES/costly-allocation.so" --suite skip.yaml >out 2>err </dev/null &
    weir=$! tries=0
    until [ -e begun ]; do
        [ $((tries += 1)) -le 1000 ] || { complain "it does not begin to count"; cat out err; break; }
        sleep 0.02
    done
    read -r child folder <begun
    kill -$signal $weir
    wait $weir
    [ $? = 130 ] || complain "the exit after SIG$signal is not 130"
    dies "$child" || complain "counting goes on after SIG$signal"
    [ ! -e pipes ] || complain "valgrind makes pipes for a debugger"
    [ -n "$folder" ] && [ ! -e "$folder" ] || complain "SIG$signal leaves $folder behind"
done
exit $FAILED
