# SPDX-License-Identifier: Apache-2.0
# docs/bring-your-own-queue.md does what it says: its file is saved and its commands are run, in its order. The last two
# arguments are the root of the sources and the folder of the build.
. "$(dirname "$0")/common.sh"
SOURCE=$(realpath "$4")
BUILD=$(realpath "$5")
for name in impl harness scenarios; do ln -s "$SOURCE/$name" "$name"; done
ln -s "$BUILD" build

# One line a command; the block of C code becomes mine.c.
/usr/bin/python3 - "$SOURCE/docs/bring-your-own-queue.md" <<'END' || complain "the page has no code, or no commands"
import re, sys
blocks = re.findall(r"^```(\w+)\n(.*?)^```", open(sys.argv[1]).read(), re.S | re.M)
code = [text for kind, text in blocks if kind == "c"]
commands = [line for kind, text in blocks if kind == "sh" for line in text.splitlines()]
assert len(code) == 1 and code[0].count("\n") < 60, "one file of fewer than 60 lines"
assert any(" conform " in c for c in commands) and any(" bench " in c for c in commands) and any(" run " in c for c in commands)
open("mine.c", "w").write(code[0])
open("commands", "w").write("\n".join(commands) + "\n")
END

while read -r command; do
    case $command in
    cmake*) continue ;; # the build that this test is part of
    "build/weir run "*)
        sh -c "$command" >out 2>err </dev/null
        got=$?
        # A busy machine may make a live cell invalid; that is no matter of the queue.
        [ $got = 0 ] || [ $got = 3 ] || { complain "exit $got: $command"; cat out err; }
        prints mine.so
        prints drop_newest
        ;;
    *) expect 0 sh -c "$command" ;;
    esac
    case $command in
    cc*) [ ! -s err ] || { complain "the compiler says something:"; cat err; } ;;
    *bench*) prints mine ;;
    esac
done <commands
# It is as strict as it says, and its own file says what its table says.
expect 0 sh -c "cc -std=c17 -O3 -Wall -Wextra -Wpedantic -Werror -fPIC -shared -D_GNU_SOURCE -Iimpl -Iharness -o all.so mine.c impl/wait/wait.c"
exit $FAILED
