#!/usr/bin/env bash
# benches/collector.sh [MODE...]: put the collector under load, over loopback, with SQLite and with PostgreSQL.
#
# The modes are throughput (reports a second, in turns with bare inserts of the same bytes), many (the same with 100,000
# devices), storm (they all log on, and come back after an outage) and pages (every page and list at 1,000, 100,000 and
# 1,000,000 devices); without one, all of them. It takes about an hour and some GB in the folder for temporary files.
# REKEY_BENCH_DATABASES names the databases, REKEY_BENCH_DEVICES the numbers of devices that pages are made for.
# Run it where nothing else runs: every table says what load the machine had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

read -ra databases <<<"${REKEY_BENCH_DATABASES:-sqlite postgres}"
devices=${REKEY_BENCH_DEVICES:-1000,100000,1000000}
modes=("$@")
[ ${#modes[@]} -gt 0 ] || modes=(throughput many storm pages)

# A storm opens thousands of connections.
ulimit -n "$(ulimit -Hn)"

collector() { cargo bench --quiet --profile collector -p rekey-collector --bench collector -- "$@"; }

printf 'collector: %s, %s processors, %s\n' "$(git rev-parse --short HEAD)" "$(nproc)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
for mode in "${modes[@]}"; do
    printf '\n## %s\n' "$mode"
    for database in "${databases[@]}"; do
        case $mode in
        throughput) collector throughput --database "$database" ;;
        many) collector throughput --database "$database" --devices 100000 --reports 100000 --rounds 1 ;;
        storm) collector storm --database "$database" ;;
        pages) collector pages --database "$database" --devices "$devices" ;;
        *)
            echo "no mode $mode" >&2
            exit 2
            ;;
        esac
    done
done
