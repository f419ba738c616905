# shellcheck shell=bash
# Sourced by tests that are scripts: says what holds, and ends at the first thing that does not.

passed=0
ok() { passed=$((passed + 1)); printf 'ok   %s\n' "$1"; }
fail() { printf 'FAIL %s\n' "$1"; shift; printf '     %s\n' "$@"; exit 1; }
# is NAME WANTED GOT
is() { if [ "$2" = "$3" ]; then ok "$1"; else fail "$1" "wanted: $2" "got:    $3"; fi; }
# has NAME WORD TEXT
has() { case $3 in *"$2"*) ok "$1" ;; *) fail "$1" "$2 is not in:" "$3" ;; esac; }
# code COMMAND...: its exit code; what it prints is not wanted.
code() { local code=0; "$@" >/dev/null 2>&1 || code=$?; printf '%s' "$code"; }
# The last line of a test, in a form that whoever counts tests knows.
all_passed() { printf '%d passed, 0 failed\n' "$passed"; }
