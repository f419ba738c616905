# What the benchmarks share: source it from the root of the repository.
# shellcheck shell=bash
#
# The home is laid once and kept in ~/.cache/rekey-bench, or where REKEY_BENCH_CACHE says.

cache=${REKEY_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/rekey-bench}
home=$cache/home
target=${CARGO_TARGET_DIR:-target}
# shellcheck disable=SC2034  # for whoever sources this
rekey_scan=("$target/release/rekey" scan --home "$home" --org contoso --offline --json
    --tenant 22222222-0000-4000-8000-000000000002 --connected-at 2026-10-10T12:00:00Z)

# first_of PACKAGE NAME...: the path of the first of these programs that is installed.
first_of() {
    local package=$1 name
    shift
    for name in "$@"; do command -v "$name" && return; done
    echo "$1 is not installed (Debian: $package)" >&2
    return 1
}

# Beside the home stands what laid it, so that another generator lays another.
lay_home() {
    local mark
    mark=$(sha256sum benches/lay_home.py | cut -d ' ' -f 1)
    [ "$(cat "$cache/mark" 2>/dev/null)" = "$mark" ] && return
    echo "laying the home in $home" >&2
    rm -rf "$home"
    mkdir -p "$cache"
    python3 benches/lay_home.py "$home" >&2
    echo "$mark" >"$cache/mark"
}

build_rekey() { cargo build --release --bin rekey; }

# once COMMAND...: how long one run takes, in hundredths of a millisecond. A scan that finds something ends with 1.
once() {
    local start end
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1 || [ $? -le 1 ]
    end=$(date +%s%N)
    echo $(((end - start) / 10000))
}

# median: of the lines read.
median() {
    local lines
    mapfile -t lines < <(sort -n)
    echo "${lines[${#lines[@]} / 2]}"
}

declare -A medians

# in_turns RUNS NAME...: runs the commands in the arrays of these names in turns, so that what else the machine
# does meets all, after one run of each that warms the caches. The medians are in medians[NAME].
in_turns() {
    local runs=$1 run name
    shift
    local -A times=()
    for ((run = 0; run <= runs; run++)); do
        for name in "$@"; do
            local -n timed=$name
            local taken
            taken=$(once "${timed[@]}")
            [ "$run" -eq 0 ] || times[$name]+="$taken "
        done
    done
    # shellcheck disable=SC2086  # a list of numbers
    for name in "$@"; do medians[$name]=$(printf '%s\n' ${times[$name]} | median); done
}

# ratio NAME OTHER: both medians, and the first as a part of the second.
ratio() {
    awk -v ours="${medians[$1]}" -v theirs="${medians[$2]}" -v one="$1" -v other="${2%_command}" 'BEGIN {
        printf "%s %.1f ms, %s %.1f ms, ratio %.2f", one, ours / 100, other, theirs / 100, ours / theirs }'
}

# peak COMMAND...: the most memory that it had at once, in KiB.
peak() {
    /usr/bin/time --quiet -o "$cache/peak" -f %M "$@" >/dev/null 2>&1 || [ $? -le 1 ]
    cat "$cache/peak"
}
