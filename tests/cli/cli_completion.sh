# SPDX-License-Identifier: Apache-2.0
# Completions of one shell (argument 4: bash, zsh, fish): what it offers for a line. Skipped where the shell is not installed.
SHELL_NAME=$4
HERE=$(realpath "$(dirname "$0")")
. "$HERE/common.sh"
command -v "$SHELL_NAME" >/dev/null || { echo "skipped: no $SHELL_NAME"; exit 77; }
unset BASH_ENV ENV
mkdir -p runs/one scenarios results
touch mine.yaml other.txt scenarios/deep.yaml result.json runs/one/result.json mine.so
expect 0 "$WEIR" completion "$SHELL_NAME"
mv out completion.yaml

# offers LINE: what the shell offers at the end of it, one a line, sorted, into ./offered. The last word is what is replaced.
case $SHELL_NAME in
bash)
    bash -n completion.yaml || complain "bash does not understand its completions"
    cat >ask.sh <<'END'
source completion.yaml
line=$1
# As readline splits it: at blanks, and at = as a word of its own.
read -ra COMP_WORDS <<<"${line//=/ = }"
[[ $line == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
COMP_LINE=$line COMP_POINT=${#line}
_weir
printf '%s\n' "${COMPREPLY[@]}"
END
    offers() { bash --norc --noprofile ask.sh "$1" 2>err | grep . | sort >offered; [ ! -s err ] || complain "$1: $(cat err)"; }
    ;;
fish)
    fish --no-config --no-execute completion.yaml || complain "fish does not understand its completions"
    offers() { HOME=$PWD fish --no-config -c 'source completion.yaml; complete -C $argv[1]' "$1" 2>err | cut -f1 | sed 's/^--[a-z-]*=//; s/^\.\///' | sort >offered
        [ ! -s err ] || complain "$1: $(cat err)"; }
    ;;
zsh)
    zsh -f -n completion.yaml || complain "zsh does not understand its completions"
    # An interactive zsh takes its time to begin: one is asked for all lines, which a first round collects.
    offers() {
        [ -n "$collecting" ] && echo "$1" >>lines.yaml
        grep -nxF -e "$1" lines.yaml | head -1 | cut -d: -f1 >number.yaml
        sed -n "s/^$(cat number.yaml) //p" answers.yaml | sort >offered
    }
    ;;
esac

collecting=
complain_unless_collecting() { [ -n "$collecting" ] || complain "$@"; }
# offered LINE WORD...: exactly these. has LINE WORD...: these among others. lacks LINE WORD...: none of these.
offered() {
    local line=$1
    shift
    offers "$line"
    printf '%s\n' "$@" | grep . | sort | diff - offered >difference || complain_unless_collecting "'$line' offers: $(tr '\n' ' ' <offered), not: $*"
}
has() {
    local line=$1 word
    shift
    offers "$line"
    for word; do grep -qxF -e "$word" offered || complain_unless_collecting "'$line' does not offer $word but: $(tr '\n' ' ' <offered)"; done
}
lacks() {
    local line=$1 word
    shift
    offers "$line"
    for word; do grep -qxF -e "$word" offered && complain_unless_collecting "'$line' offers $word"; done
}

cases() {
    # Commands, options.
    has 'weir ' run bench conform report compare list preview doctor completion help
    offered 'weir conf' conform
    has 'weir run --' --engine --queue --strategy --set --reps --wide --help
    lacks 'weir run --' --regime --check --schema
    offered 'weir run --eng' --engine
    has 'weir bench --' --regime --item-bytes --against
    # Values: one name, lists, those that depend on the command, those behind =.
    offered 'weir run --engine ' live sim
    offered 'weir run -e s' sim
    offered 'weir run --engine=s' sim
    offered 'weir run mine.yaml --color n' never
    has 'weir run --queue ' mutex mpmc disruptor
    lacks 'weir run --queue ' boost_spsc peers
    has 'weir bench --queue ' mutex boost_spsc peers all
    offered 'weir run --queue mutex,mp' mutex,mpmc
    offered 'weir bench --wait spin,y' spin,yield
    has 'weir run --strategy drop_' drop_newest drop_oldest
    offered 'weir report --format jun' junit
    offered 'weir report --format junit=mine.s' "$([ "$SHELL_NAME" = bash ] || echo junit=)mine.so"
    offered 'weir compare --sort ch' change
    offered 'weir conform --check close_r' close_race
    offered 'weir bench --against boost_s' boost_spsc
    # Operands.
    offered 'weir list queu' queues
    offered 'weir list stra' strategies
    offered 'weir help be' bench
    offered 'weir completion z' zsh
    offered 'weir conform disr' disruptor
    has 'weir preview m' mine.yaml
    [ "$SHELL_NAME" = fish ] || lacks 'weir run ' other.txt
    has 'weir run --engine sim m' mine.yaml
    case $SHELL_NAME in
    bash) has 'weir run sc' scenarios ;;
    *) has 'weir run sc' scenarios/ ;;
    esac
    # Nothing where anything may stand.
    offered 'weir run --reps '
    offered 'weir run --set '
    # Folders where a folder is wanted.
    has 'weir run --out r' runs"$([ "$SHELL_NAME" = bash ] || echo /)"
    lacks 'weir run --out ' mine.yaml
}
if [ "$SHELL_NAME" = zsh ]; then
    : >answers.yaml
    collecting=1
    cases
    collecting=
    /usr/bin/python3 "$HERE/ask_zsh.py" completion.yaml lines.yaml >answers.yaml || complain "zsh does not answer"
fi
cases
exit $FAILED
