# SPDX-License-Identifier: Apache-2.0
# shipped_in_sim.sh WEIR FOLDER: every shipped scenario that is written for virtual time meets its expectations, and
# the same again gives the same digests.
set -u
weir=$(realpath "$1")
folder=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
for scenario in $(grep -l '^engine: sim' "$folder"/*.yaml); do
    name=$(basename "$scenario" .yaml)
    for turn in 1 2; do
        "$weir" run "$scenario" --quiet --json --out "out-$name-$turn" >"$name.$turn.json" 2>err </dev/null ||
            { echo "FAIL: $name: exit $?"; cat err; failed=1; }
        grep -o '"digest": *"[^"]*"' "$name.$turn.json" | sort >"$name.$turn"
    done
    [ -s "$name.1" ] || { echo "FAIL: $name: no digests"; failed=1; }
    cmp -s "$name.1" "$name.2" || { echo "FAIL: $name: the second run is another one"; failed=1; }
    echo "$name: $(wc -l <"$name.1") cells"
done
exit "$failed"
