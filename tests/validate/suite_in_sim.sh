# SPDX-License-Identifier: Apache-2.0
# suite_in_sim.sh WEIR SUITE CELLS: every cell of the suite meets its expectations, and there are as many as thought.
set -u
weir=$(realpath "$1")
suite=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
"$weir" run "$suite" --quiet --json --out out >result.json 2>err </dev/null || { echo "FAIL: exit $?"; cat err; exit 1; }
ok=$(grep -o '"status": *"ok"' result.json | wc -l)
[ "$ok" -eq "$3" ] || { echo "FAIL: $ok cells are ok instead of $3"; exit 1; }
grep -q '"ok": *false' result.json && { echo "FAIL: an expectation does not hold"; exit 1; }
exit 0
