#!/usr/bin/env bash
# benches/peers.sh [RUNS]: time and peak memory of rekey beside other programs that read a whole home.
#
# fd only lists what rekey walks; rg looks for one word in every file; Kingfisher and Betterleaks look for secrets of
# every kind, with their defaults and without asking any service. They run in turns, on the home of scan.sh.
# REKEY_BENCH_SKIP names some to leave out: "kingfisher betterleaks".
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source benches/lib.sh
source benches/others.sh
source benches/fd.sh

runs=${1:-5}
lay_home
build_rekey
install_finders
fd_beside "$home"
rg=$(first_of ripgrep rg)

# The arrays are read by name.
# shellcheck disable=SC2034
{
    scan=("${rekey_scan[@]}")
    deep=("${rekey_scan[@]}" --deep)
    rg_command=("$rg" -uuu -c AZDO "$home")
    kingfisher_command=("$kingfisher" scan --no-validate --format jsonl "$home")
    betterleaks_command=("$betterleaks" filesystem --no-banner --output "$cache/betterleaks.json" "$home")
}
declare -A titles=(
    [scan]="rekey scan" [fd_command]="fd, on what rekey walks" [deep]="rekey scan --deep"
    [rg_command]="rg -uuu -c AZDO" [kingfisher_command]="Kingfisher $KINGFISHER" [betterleaks_command]="Betterleaks $BETTERLEAKS"
)

names=(scan fd_command)
if "$target/release/rekey" scan --help | grep -q -- --deep; then names+=(deep); fi
names+=(rg_command)
for finder in kingfisher betterleaks; do
    case " ${REKEY_BENCH_SKIP:-} " in *" $finder "*) ;; *) names+=("${finder}_command") ;; esac
done

in_turns "$runs" "${names[@]}"
rm -f "$cache/betterleaks.json"
printf '| | median of %d | peak memory |\n|---|---|---|\n' "$runs"
for name in "${names[@]}"; do
    declare -n command=$name
    awk -v title="${titles[$name]}" -v time="${medians[$name]}" -v peak="$(peak "${command[@]}")" 'BEGIN {
        printf "| %s | %.1f ms | %.1f MB |\n", title, time / 100, peak / 1024 }'
done
rm -f "$cache/betterleaks.json"
