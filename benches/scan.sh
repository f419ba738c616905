#!/usr/bin/env bash
# benches/scan.sh [--walk] [RUNS]: time `rekey scan` beside fd on the same pruned tree.
#
# Budget: scan within 1.15 times fd, and 32 MB of memory at its peak. --walk times the
# walk alone, which tells what reading and judging cost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source benches/lib.sh
source benches/fd.sh

walk=false
if [ "${1:-}" = --walk ]; then walk=true; shift; fi
runs=${1:-15}

lay_home

if $walk; then
    cargo build --release --bench walk
    rekey=("$(cargo build --quiet --release --bench walk --message-format json |
        sed -n 's/.*"executable":"\([^"]*walk-[^"]*\)".*/\1/p')" "$home")
else
    build_rekey
    rekey=("${rekey_scan[@]}")
fi
fd_beside "$home"

in_turns "$runs" rekey fd_command
echo "$(ratio rekey fd_command) (budget 1.15; median of $runs)"
echo "entries that fd lists: $("${fd_command[@]}" | wc -l)"
echo "peak memory: $(peak "${rekey[@]}") KiB (budget 32768)"
