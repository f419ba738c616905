#!/usr/bin/env bash
# benches/scan.sh [--walk] [RUNS]: time `rekey scan` beside fd on the same pruned tree.
#
# Budget: scan within 1.15 times fd, and 32 MB of memory at its peak. --walk times the
# walk alone, which tells what reading and judging cost.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source benches/lib.sh

walk=false
if [ "${1:-}" = --walk ]; then walk=true; shift; fi
runs=${1:-15}

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

fd=$(first_of fd-find fdfind fd)
lay_home

if $walk; then
    cargo build --release --bench walk
    rekey=("$(cargo build --quiet --release --bench walk --message-format json |
        sed -n 's/.*"executable":"\([^"]*walk-[^"]*\)".*/\1/p')" "$home")
else
    build_rekey
    rekey=("${rekey_scan[@]}")
fi
fd_command=("$fd" -H -I -u --no-ignore-parent)
for exclude in "${excludes[@]}"; do fd_command+=(--exclude "$exclude"); done
fd_command+=(. "$home")

in_turns "$runs" rekey fd_command
echo "$(ratio rekey fd_command) (budget 1.15; median of $runs)"
echo "entries that fd lists: $("${fd_command[@]}" | wc -l)"
echo "peak memory: $(peak "${rekey[@]}") KiB (budget 32768)"
