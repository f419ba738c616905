#!/usr/bin/env bash
# benches/windows.sh [RUNS]: the Windows program under Wine. Prints how long `rekey --version` and
# `rekey status --detect` take beside an empty program, and rekeyw with an empty program in the place of rekey; how large
# both programs are and what rekey loads.
#
# benches/windows.sh --walk FOLDER [RUNS]: the walk beside a bare listing of the same tree, and how many files and
# folders each of them opens, as Wine counts them.
#
# Wine's own start is most of each time, so only the ratios say something. Needs what ci/cross/setup installs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

source benches/lib.sh

windows=x86_64-pc-windows-gnu
target=$(ci/cross/with printenv CARGO_TARGET_DIR)/$windows
ci/cross/wine-start
run=(ci/cross/with ci/cross/wine-run)

# opens COMMAND...: how many files and folders the program opens; `+file` tells each call of Windows that does.
opens() { WINEDEBUG=+file "$@" 2>&1 >/dev/null | grep -c ":NtCreateFile" || true; }

if [ "${1:-}" = --walk ]; then
    folder=$(realpath "$2")
    runs=${3:-5}
    ci/cross/with cargo build --release --target $windows --bench walk
    walk=$(ci/cross/with cargo build --quiet --release --target $windows --bench walk --message-format json |
        sed -n 's/.*"executable":"\([^"]*walk-[^"]*\)".*/\1/p')
    for what in walk bare; do
        echo "$what: $("${run[@]}" "$walk" "Z:$folder" "$runs" $what | tr -d '\r' | paste -sd ' ') ms (median of $runs)"
        echo "$what: $(opens "${run[@]}" "$walk" "Z:$folder" 1 $what) opened"
    done
    find "$folder" -type d | wc -l | sed 's/$/ folders/'
    find "$folder" ! -type d | wc -l | sed 's/$/ files/'
    exit
fi

runs=${1:-15}
ci/cross/with cargo build --release --target $windows -p rekey -p rekeyw --bin rekey --bin rekeyw
program=$target/release/rekey.exe
empty=$target/release/empty.exe
echo 'fn main() {}' | ci/cross/with rustc --target $windows --crate-name empty -C opt-level=s -C panic=abort \
    -C strip=symbols -C linker=x86_64-w64-mingw32-gcc -o "$empty" -
starter=$target/release/starter
mkdir -p "$starter"
cp "$target/release/rekeyw.exe" "$starter/rekeyw.exe"
cp "$empty" "$starter/rekey.exe"

# shellcheck disable=SC2034  # in_turns finds them by name
nothing=("${run[@]}" "$empty") version=("${run[@]}" "$program" --version) \
    detect=("${run[@]}" "$program" status --detect) start=("${run[@]}" "$starter/rekeyw.exe")
in_turns "$runs" nothing version detect start
echo "$(ratio version nothing) (median of $runs)"
echo "$(ratio detect nothing) (median of $runs)"
echo "$(ratio start nothing) (median of $runs; two processes)"
echo "rekeyw: $(stat -c %s "$starter/rekeyw.exe") bytes"
echo "size: $(stat -c %s "$program") bytes (budget 8,000,000)"
echo "loads: $(x86_64-w64-mingw32-objdump -p "$program" | sed -n 's/.*DLL Name: //p' | sort | paste -sd ' ')"
