# shellcheck shell=bash disable=SC2034 # what is set here is used elsewhere
# Sourced by the scripts in ci/ and by .ci/run: where things are kept, and how
# packages and tools get there.

# The checkout, whatever folder a script was called from.
ci_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# All that is heavy and worth keeping between runs is here, outside the checkout:
# a fresh clone on a kept machine then starts warm, and `git clean` costs nothing.
ci_cache=${REKEY_CI_CACHE:-$HOME/.cache/rekey-ci}
ci_tools=$ci_cache/tools # programs that cargo install puts in bin/
ci_cross=$ci_cache/cross # zig, macOS stubs, built standard libraries, the Wine prefix

# Our own tools last: a machine's own nextest or cargo-deny is as good.
export PATH="$PATH:$ci_tools/bin"

# No prompts and no progress bars: nobody is looking.
export DEBIAN_FRONTEND=noninteractive CARGO_TERM_PROGRESS_WHEN=never

say() { printf 'ci: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# need_packages PACKAGE...: install the Debian packages that are missing. When none
# is, neither the network nor root is asked for.
need_packages() {
    local missing=() name sudo=()
    for name; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "installing ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "as root: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get -q -o DPkg::Lock::Timeout=600 update >/dev/null
    "${sudo[@]}" apt-get -q -o DPkg::Lock::Timeout=600 install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# need_cargo_tool PROGRAM CRATE VERSION: build a cargo subcommand once and keep it.
# A program that is on PATH already is taken as it is.
need_cargo_tool() {
    command -v "$1" >/dev/null && return
    say "building $2 $3"
    mkdir -p "$ci_tools/bin"
    CARGO_TARGET_DIR="$ci_cache/target-tools" \
        cargo install --quiet --locked --root "$ci_tools" --version "$3" "$2"
    rm -rf "$ci_cache/target-tools"
}
