#!/usr/bin/env bash
# benches/scan.sh [--walk] [RUNS]: time `rekey scan` beside fd on the same pruned tree.
#
# Budget: scan within 1.15 times fd, and 32 MB of memory at its peak. --walk times the
# walk alone, which tells what reading and judging cost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

walk=false
if [ "${1:-}" = --walk ]; then walk=true; shift; fi
runs=${1:-15}
cache=${REKEY_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rekey-bench}
home=$cache/home
target=${CARGO_TARGET_DIR:-target}

# The built-in list of src/walk/prune.rs, in fd's words; a test keeps both the same. The
# last lines are what rekey decides by other means: git's own folders, and environments.
# shellcheck disable=SC2016  # a folder of Windows is really called $Recycle.Bin
excludes=(
    # pruned: begin
    'node_modules'
    'bower_components'
    '__pycache__'
    '.cache'
    '.tox'
    '.nox'
    '.mypy_cache'
    '.pytest_cache'
    '.ruff_cache'
    '.pnpm-store'
    '**/.terraform/providers'
    '**/.npm/_cacache'
    '**/.npm/_npx'
    '**/.yarn/cache'
    '**/.yarn/berry'
    '**/.bun/install'
    '**/.cargo/registry'
    '**/.cargo/git'
    '.rustup'
    '**/.nuget/packages'
    '**/.m2/repository'
    '**/.gradle/caches'
    '**/.gradle/wrapper'
    '**/.gradle/daemon'
    '**/.ivy2/cache'
    '**/go/pkg/mod'
    '**/.pyenv/versions'
    '**/.rbenv/versions'
    '**/.sdkman/candidates'
    '**/.vscode/extensions'
    '**/.vscode-server/extensions'
    '**/.cursor/extensions'
    '**/.dotnet/shared'
    '**/.local/share/Trash'
    '**/.local/share/containers'
    '**/.local/share/docker'
    '**/.local/share/Steam'
    '**/.local/share/pnpm/store'
    '**/.mozilla/firefox'
    '**/.config/google-chrome'
    '**/.config/chromium'
    '.Trash'
    '**/Library/Caches'
    '**/Library/Containers'
    '**/Library/Group Containers'
    '**/Library/Developer'
    '**/Library/CloudStorage'
    '**/Library/Mobile Documents'
    '**/Library/Mail'
    '**/Library/Messages'
    '**/Library/Safari'
    '**/Library/Calendars'
    '**/Library/Photos'
    '**/Pictures/Photos Library.photoslibrary'
    '$Recycle.Bin'
    '**/AppData/Local/Temp'
    '**/AppData/Local/Microsoft'
    '**/AppData/Local/Packages'
    '**/AppData/Local/Google'
    '**/AppData/Local/Mozilla'
    '**/AppData/Local/npm-cache'
    '**/AppData/Local/pip'
    '**/AppData/Local/Yarn'
    '**/AppData/Local/NuGet'
    '**/AppData/Local/pnpm'
    '**/AppData/LocalLow'
    # pruned: end
    .git
    '**/.venv/lib'
)

fd=$(command -v fdfind || command -v fd) || { echo "fd is not installed (Debian: fd-find)" >&2; exit 1; }

# Beside the home stands what laid it, so that another generator lays another.
mark=$(sha256sum benches/lay_home.py | cut -d ' ' -f 1)
if [ "$(cat "$cache/mark" 2>/dev/null)" != "$mark" ]; then
    echo "laying the home in $home" >&2
    rm -rf "$home"
    mkdir -p "$cache"
    python3 benches/lay_home.py "$home" >&2
    echo "$mark" >"$cache/mark"
fi

if $walk; then
    cargo build --release --bench walk
    rekey=("$(cargo build --quiet --release --bench walk --message-format json |
        sed -n 's/.*"executable":"\([^"]*walk-[^"]*\)".*/\1/p')" "$home")
else
    cargo build --release --bin rekey
    rekey=("$target/release/rekey" scan --home "$home" --org contoso --offline --json
        --tenant 22222222-0000-4000-8000-000000000002 --connected-at 2026-10-10T12:00:00Z)
fi
fd_command=("$fd" -H -I -u --no-ignore-parent)
for exclude in "${excludes[@]}"; do fd_command+=(--exclude "$exclude"); done
fd_command+=(. "$home")

# once COMMAND...: milliseconds of one run. A scan that finds something ends with 1.
once() {
    local start end
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1 || [ $? -le 1 ]
    end=$(date +%s%N)
    echo $(((end - start) / 10000))
}

# median: of the lines read, in hundredths of a millisecond.
median() { sort -n | sed -n "$((runs / 2 + 1))p"; }

once "${rekey[@]}" >/dev/null # both caches warm
once "${fd_command[@]}" >/dev/null
ours=() theirs=()
# In turns, so that what else the machine does meets both.
for ((run = 0; run < runs; run++)); do
    ours+=("$(once "${rekey[@]}")")
    theirs+=("$(once "${fd_command[@]}")")
done
our_median=$(printf '%s\n' "${ours[@]}" | median)
their_median=$(printf '%s\n' "${theirs[@]}" | median)
/usr/bin/time --quiet -o "$cache/peak" -f %M "${rekey[@]}" >/dev/null 2>&1 || [ $? -le 1 ]
peak=$(cat "$cache/peak")

awk -v ours="$our_median" -v theirs="$their_median" -v runs="$runs" 'BEGIN {
    printf "rekey %.1f ms, fd %.1f ms, ratio %.2f (budget 1.15; median of %d)\n",
        ours / 100, theirs / 100, ours / theirs, runs }'
echo "entries that fd lists: $("${fd_command[@]}" | wc -l)"
echo "peak memory: ${peak} KiB (budget 32768)"
