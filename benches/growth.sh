#!/usr/bin/env bash
# benches/growth.sh [RUNS] [FILES]: how `rekey scan` and fd grow with the home: 150, 1,500 and 15,000 repositories.
#
# Each has FILES files a repository (60: git's own and a few more), so all grows tenfold. One home is there at a time;
# the largest takes some gigabytes and, at 60, 900,000 inodes. REKEY_BENCH_SIZES names other sizes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source benches/lib.sh
source benches/others.sh
source benches/fd.sh

runs=${1:-5}
files=${2:-60}
sizes=${REKEY_BENCH_SIZES:-150 1500 15000}
build_rekey
mkdir -p "$cache"
home=$(mktemp -d "$cache/growth-XXXXXX")
trap 'rm -rf "$home"' EXIT

# enough OPTION NEEDED WHAT: whether the file system of the cache has so much left.
enough() {
    local left
    left=$(df --output="$1" "$cache" | tail -n 1)
    # Some file systems make inodes when they are needed, and show none.
    [ "$left" -ge "$2" ] || [ "$left" = 0 ] || [ "$left" = - ] || {
        echo "$left $3 left in $cache, but $2 are needed" >&2
        exit 1
    }
}

printf '| repositories | files | rekey scan | fd | ratio | rekey, a repository | peak memory |\n|---|---|---|---|---|---|---|\n'
for size in $sizes; do
    total=$((size * files))
    enough iavail $((total * 3 / 2)) inodes
    enough avail $((total * 6)) KiB
    echo "laying $size repositories, $total files" >&2
    rm -rf "$home"
    python3 benches/lay_home.py "$home" --repositories "$size" --files "$total" >&2
    fd_beside "$home"
    # shellcheck disable=SC2034  # in_turns takes their names
    rekey=("$target/release/rekey" scan --home "$home" --org contoso --offline --json
        --tenant 22222222-0000-4000-8000-000000000002 --connected-at 2026-10-10T12:00:00Z)
    in_turns "$runs" rekey fd_command
    awk -v size="$size" -v total="$total" -v ours="${medians[rekey]}" -v theirs="${medians[fd_command]}" \
        -v peak="$(peak "${rekey[@]}")" 'BEGIN {
        printf "| %d | %d | %.1f ms | %.1f ms | %.2f | %.0f µs | %.1f MB |\n",
            size, total, ours / 100, theirs / 100, ours / theirs, ours * 10 / size, peak / 1024 }'
done
