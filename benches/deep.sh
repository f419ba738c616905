#!/usr/bin/env bash
# benches/deep.sh [RUNS]: time `rekey scan --deep` beside `rg -uuu -c AZDO` on the same home.
#
# Budget: no slower than rg, which reads every file for one word. rekey looks for every form of
# token in every encoding, and does all of a plain scan besides.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source benches/lib.sh

runs=${1:-9}
rg=$(first_of ripgrep rg)
lay_home
build_rekey

# shellcheck disable=SC2034  # in_turns takes their names
rekey=("${rekey_scan[@]}" --deep)
# shellcheck disable=SC2034
rg_command=("$rg" -uuu -c AZDO "$home")

in_turns "$runs" rekey rg_command
echo "$(ratio rekey rg_command) (budget 1.00; median of $runs)"
echo "files with AZDO that rg counts: $("${rg_command[@]}" | wc -l)"
findings=$("${rekey[@]}" 2>/dev/null | sed '/^  "places"/,$d' | grep -c '"store": "deep"' || true)
echo "tokens that only --deep finds: $findings"
echo "peak memory: rekey $(peak "${rekey[@]}") KiB, rg $(peak "${rg_command[@]}") KiB"
