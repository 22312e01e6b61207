# SPDX-License-Identifier: Apache-2.0
# shipped_in_sim.sh WEIR FOLDER: every shipped scenario that is written for virtual time meets its expectations.
# (That a seed gives the same run twice, random_scenarios.py sees.)
set -u
weir=$(realpath "$1")
folder=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
for scenario in $(grep -l '^engine: sim' "$folder"/*.yaml); do
    name=$(basename "$scenario" .yaml)
    "$weir" run "$scenario" --quiet --json --out "out-$name" >"$name.json" 2>err </dev/null ||
        { echo "FAIL: $name: exit $?"; cat err; failed=1; }
    grep -o '"digest": *"[^"]*"' "$name.json" >"$name" || { echo "FAIL: $name: no digests"; failed=1; }
    echo "$name: $(wc -l <"$name") cells"
done
exit "$failed"
