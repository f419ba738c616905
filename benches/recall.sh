#!/usr/bin/env bash
# benches/recall.sh: what rekey, Kingfisher and Betterleaks find of the credentials that tests/every_place.rs plants,
# and what they say of its look-alikes.
#
# Every row and every look-alike is a home of its own. All three run with their defaults and without asking any
# service; benches/recall.py says how it is counted. REKEY names a program that is built already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source benches/lib.sh
source benches/others.sh

install_finders
mkdir -p "$cache"
tables=$(mktemp -d "$cache/tables-XXXXXX")
trap 'rm -rf "$tables"' EXIT
REKEY_LAY_TABLES=$tables cargo test --quiet -p rekey --test every_place lays_the_tables >&2
if [ -z "${REKEY:-}" ]; then
    cargo build --quiet --bin rekey
    REKEY=$target/debug/rekey
fi
python3 benches/recall.py "$tables" --rekey "$REKEY" --kingfisher "$kingfisher" --betterleaks "$betterleaks"
