# shellcheck shell=bash
# Source this for cross work in a shell: `. ci/cross/env.sh`. It changes which cargo
# and rustc are used, so keep it out of the shell that builds for the host.

# shellcheck source=ci/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

# Debian's compiler comes first: the standard libraries that build-std made belong to
# exactly that version, and a compiler refuses another's.
export PATH="/usr/bin:$ci_cross/bin:$PATH" RUSTC=/usr/bin/rustc
unset RUSTUP_TOOLCHAIN

# A folder of its own, since two compilers in one target folder rebuild all each time.
export CARGO_TARGET_DIR="${REKEY_CROSS_TARGET:-$ci_cache/target-cross}"

# Windows: mingw links, Wine runs.
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER="$ci_root/ci/cross/wine-run"
export WINEPREFIX="${REKEY_WINE_PREFIX:-$ci_cross/wine}"
# aws-lc-sys, should a dependency ever pull it in: take the assembler output that is
# in the crate, since there is no nasm here.
export AWS_LC_SYS_PREBUILT_NASM=1

# macOS: zig compiles C and links. Keep SDKROOT the same from build to build, or
# every C dependency is built again. Without the deployment target zig marks the
# program for its own newest macOS.
export SDKROOT="$ci_cross/macos-sdk" MACOSX_DEPLOYMENT_TARGET=11.0
export CARGO_ZIGBUILD_ZIG_PATH="$ci_cross/bin/zig"
export CARGO_ZIGBUILD_CACHE_DIR="$ci_cross/zigbuild-cache"
export ZIG_GLOBAL_CACHE_DIR="$ci_cross/zig-cache"

# The other Linux targets of a release. zig brings its own crt files for musl.
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64 -L /usr/aarch64-linux-gnu"
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUNNER=qemu-aarch64
export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-Clink-self-contained=no"
export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="-Clink-self-contained=no"
