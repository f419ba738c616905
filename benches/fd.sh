# shellcheck shell=bash
# Sourced by the benches: fd on the tree that rekey walks.

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
    '**/AppData/Local/Programs'
    '**/AppData/Local/JetBrains'
    '**/AppData/Local/CrashDumps'
    '**/AppData/Local/go-build'
    '**/AppData/Local/ms-playwright'
    '**/AppData/Local/uv/cache'
    '**/AppData/Local/pypoetry/Cache'
    '**/AppData/LocalLow'
    '**/scoop/apps'
    '**/scoop/cache'
    'OneDriveTemp'
    'System Volume Information'
    # pruned: end
    .git
    '**/.venv/lib'
)

# fd_beside FOLDER: sets fd_command to fd on what rekey walks below it.
fd_beside() {
    local fd exclude
    fd=$(first_of fd-find fdfind fd)
    fd_command=("$fd" -H -I -u --no-ignore-parent)
    for exclude in "${excludes[@]}"; do fd_command+=(--exclude "$exclude"); done
    fd_command+=(. "$1")
}
