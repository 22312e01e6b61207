# SPDX-License-Identifier: Apache-2.0
# The manual pages: whole, clean, readable at 80 columns, and what the tables say.
SOURCE=$4
. "$(dirname "$0")/common.sh"
for page in weir.1 weir-scenario.5; do
    expect 0 "$WEIR" help --man $page
    cp out $page.yaml
done
expect 2 "$WEIR" help --man weir.2
says "did you mean 'weir.1'?"

# Every section, in the order that manuals have.
sections() { sed -n 's/^\.SH "\(.*\)"$/\1/p' "$1" | tr '\n' '|'; }
[ "$(sections weir.1.yaml)" = "NAME|SYNOPSIS|DESCRIPTION|COMMANDS|OPTIONS|EXIT STATUS|FILES|ENVIRONMENT|EXAMPLES|SEE ALSO|" ] ||
    complain "weir.1: $(sections weir.1.yaml)"
[ "$(sections weir-scenario.5.yaml)" = "NAME|SYNOPSIS|DESCRIPTION|UNITS|KEYS|MATRIX|EXPECTATIONS|QUEUES|WAIT STRATEGIES|STRATEGIES|ARRIVALS|SUITES|EXAMPLES|SEE ALSO|" ] ||
    complain "weir-scenario.5: $(sections weir-scenario.5.yaml)"

# Every command and its options, by its help page.
plain() { sed 's/\\f[BIR]//g; s/\\-/-/g; s/\\(aq/'"'"'/g' "$1"; }
plain weir.1.yaml >plain.yaml
expect 0 "$WEIR" help
sed -n '/^COMMANDS/,/^$/s/^    \([a-z]*\) .*/\1/p' out >commands.yaml
[ "$(wc -l <commands.yaml)" -ge 10 ] || complain "too few commands: $(cat commands.yaml)"
while read -r command; do
    grep -q "^\.SS \"weir $command[ \"]" plain.yaml || complain "weir.1 does not describe $command"
    expect 0 "$WEIR" help "$command"
    sed -n '/^OPTIONS/,/^$/s/^ *\(-., \)\{0,1\}\(--[a-z-]*\) .*/\2/p' out >options.yaml
    [ -s options.yaml ] || complain "$command has no options"
    while read -r option; do
        # The commands of an option stand in parentheses behind its paragraph.
        awk -v option="$option" -v command="$command" '
            /^\.TP/ { getline; mine = ($0 ~ "(^|, )" option "( |$)") }
            mine && /^\(/ && ($0 == "(every command)" || $0 ~ "[(, ]" command "[,)]") { found = 1 }
            END { exit !found }' plain.yaml || complain "weir.1 does not say that $command takes $option"
    done <options.yaml
done <commands.yaml
# Every key, by the schema for editors; every strategy and queue.
plain weir-scenario.5.yaml >plain.yaml
expect 0 "$WEIR" preview --schema
/usr/bin/python3 - <<'END' || complain "weir-scenario.5 lacks keys"
import json, re
keys, text = set(), open("plain.yaml").read()
def walk(node):
    if isinstance(node, dict):
        # Strategies have a section of their own.
        if isinstance(node.get("properties"), dict) and not node.get("maxProperties"):
            keys.update(node["properties"])
        for key, value in node.items():
            if not (key == "properties" and node.get("maxProperties")):
                walk(value)
    elif isinstance(node, list):
        for value in node:
            walk(value)
walk(json.load(open("out")))
keys -= {"suite", "run", "scenario", "only"}
assert len(keys) > 60, keys
told = set(re.findall(r"^\.TP\n([a-z_]+) \(", text, re.M))
assert keys <= told, keys - told
END
for kind in strategies queues waits arrivals; do
    expect 0 "$WEIR" list $kind --json
    for name in $(/usr/bin/python3 -c 'import json, sys; print(*(e["name"] for e in json.load(sys.stdin) if e.get("place", "admission") in ("admission", "discipline", "pacing")))' <out); do
        grep -qx "$name" plain.yaml || complain "weir-scenario.5 does not name $name of $kind"
    done
done
# Every environment variable that the sources ask for.
for name in $(grep -rhoE '(getenv|setting)\("[A-Z_]+"\)|static const char \*const names\[\] = \{"LC[^}]*' "$SOURCE/harness" | grep -oE '[A-Z][A-Z_]+' | sort -u); do
    sed -n '/^\.SH "ENVIRONMENT"/,/^\.SH "EXAMPLES"/p' weir.1.yaml | grep -q "$name" || complain "weir.1 does not name \$$name"
done

# Clean for both formatters, nothing wider than the page.
for page in weir.1 weir-scenario.5; do
    if command -v mandoc >/dev/null; then
        mandoc -T lint $page.yaml >lint.yaml 2>&1 || true
        [ -s lint.yaml ] && complain "mandoc: $(head -5 lint.yaml)"
        mandoc -T ascii -O width=80 $page.yaml | sed 's/.\x08//g' | awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' >wide.yaml ||
            complain "mandoc: wider than 80 columns: $(cat wide.yaml)"
    fi
    if command -v groff >/dev/null; then
        LC_ALL=C groff -man -ww -T ascii -P -c -r LL=80n $page.yaml >page.yaml 2>warnings.yaml
        [ -s warnings.yaml ] && complain "groff: $(head -5 warnings.yaml)"
        sed 's/.\x08//g' page.yaml | awk 'length($0) > 80 { print; bad = 1 } END { exit bad }' >wide.yaml || complain "groff: wider than 80 columns: $(cat wide.yaml)"
        sed 's/.\x08//g' page.yaml | grep -nE '\\f|\\\(|\*weir|(^|[ /])_[A-Z-]+_' && complain "groff: marks are left in $page"
    fi
done
exit $FAILED
