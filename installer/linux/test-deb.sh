# shellcheck shell=bash disable=SC2154,SC2016 # what test-packages sets; what dpkg-query puts in
# Sourced by test-packages: the life of both .deb in one clean Debian.

debian=$work/debian
debian_system "$debian"
inside() { in_system "$debian" "$@"; }
as_kim() { inside runuser -u kim -- env HOME=/home/kim "$@"; }
install_deb() { cp "$1" "$debian/root/tmp/package.deb"; inside dpkg -i /tmp/package.deb; rm "$debian/root/tmp/package.deb"; }
# plant HOME: what git's helper "store" keeps, from before the change.
plant() {
    printf 'https://contoso:%s@dev.azure.com/contoso\n' "$(head -c 24 /dev/urandom | base64 | tr -dc 'A-Za-z0-9')" >"$1/.git-credentials"
    touch -d 2026-11-01 "$1/.git-credentials"
}
# set_policy FILE: the sample of the package with what makes a run do something by itself.
set_policy() {
    sed 's/^#\(organizations\|pats\|clean.consent\) /\1 /; s/^clean.consent = .*/clean.consent = "always"/' \
        "$(dirname "$1")/50-policy.toml.sample" >"$1"
}
digest() { (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
everything() { (cd "$debian/root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./run -o -path ./tmp -o -path ./home \
    -o -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \) -prune -o -not -type d -printf '%P %y %m %s\n' | sort); }

inside useradd --create-home --shell /bin/bash kim
home=$debian/root/home/kim
plant "$home"
inside chown -R kim: /home/kim
everything >"$work/before"

# --- The agent ---------------------------------------------------------------------------------------------------------
install_deb "$(deb rekey 1.2.0)" >"$work/dpkg.log" 2>&1 || fail "the .deb is installed" "$(cat "$work/dpkg.log")"
has "the .deb is installed" "install ok installed 1.2.0" "$(inside dpkg-query -W -f '${Status} ${Version}' rekey)"
is "dpkg finds every file as it was packed" "" "$(inside dpkg -V rekey)"
is "people have it on their path" "$("$1" --version)" "$(as_kim rekey --version)"
is "the units are right" "" "$(inside env XDG_RUNTIME_DIR=/run systemd-analyze verify --user \
    /usr/lib/systemd/user/rekey.service /usr/lib/systemd/user/rekey.timer 2>&1)"
is "the timer is off" disabled "$(inside systemctl --global is-enabled rekey.timer)"
is "a preset of all timers leaves it off" disabled \
    "$(inside systemctl --global preset rekey.timer >/dev/null 2>&1; inside systemctl --global is-enabled rekey.timer)"
inside systemctl --global enable rekey.timer 2>/dev/null
is "IT turns it on for everybody" enabled "$(inside systemctl --global is-enabled rekey.timer)"
# Lines are justified with spaces.
has "the manual is found" "rekey guide" "$(inside env MANPAGER=cat man rekey | tr -s ' ')"

# The samples hold nothing; a copy of one does.
has "without a policy nothing is in scope" "contoso" "$(as_kim rekey run --unattended --offline 2>&1 || true)"
set_policy "$debian/root/etc/rekey/policy.d/50-contoso.toml"
line=$(sed -n 's/^ExecStart=//p' "$debian/root/usr/lib/systemd/user/rekey.service")
before=$(digest "$home")
# shellcheck disable=SC2086 # the words of the unit
said=$(strace -f -qq -o "$work/rekey.calls" chroot "$debian/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/kim \
    runuser -u kim -- $line --offline 2>&1) && result=0 || result=$?
is "what the unit runs ends as the unit expects" yes "$(case $result in 0 | 1 | 4) echo yes ;; *) echo "$result: $said" ;; esac)"
is "it makes no call that the unit forbids" "" "$(comm -23 <(calls "$work/rekey.calls" /usr/bin/rekey) \
    <(left_by "$debian/root/usr/lib/systemd/user/rekey.service"))"
is "the stale password is gone" "" "$(cat "$home/.git-credentials" 2>/dev/null || true)"
has "the answer for device management" "state=" "$(as_kim rekey status --detect || true)"
is "what it did can be taken back" "0 $(grep credentials <<<"$before")" \
    "$(code as_kim rekey undo) $(digest "$home" | grep credentials)"
kept=$(digest "$home")
policy=$(digest "$debian/root/etc/rekey/policy.d" | grep contoso)

install_deb "$(deb rekey 1.10.0)" >"$work/dpkg.log" 2>&1 || fail "a newer one is put over it" "$(cat "$work/dpkg.log")"
has "a newer one is put over it" 1.10.0 "$(inside dpkg-query -W -f '${Version}' rekey)"
is "an upgrade leaves the timer as it is" enabled "$(inside systemctl --global is-enabled rekey.timer)"
is "an upgrade asks nothing and leaves nothing beside its files" "" "$(find "$debian/root/etc" -name '*.dpkg-*')"
is "an upgrade leaves homes and policy alone" "$kept $policy" \
    "$(digest "$home") $(digest "$debian/root/etc/rekey/policy.d" | grep contoso)"
inside dpkg -r rekey >/dev/null 2>&1
is "removed, it is gone" no "$([ -e "$debian/root/usr/bin/rekey" ] && echo yes || echo no)"
inside dpkg -P rekey >/dev/null 2>&1
is "removal leaves homes and policy alone" "$kept $policy" \
    "$(digest "$home") $(digest "$debian/root/etc/rekey/policy.d" | grep contoso)"
rm -r "$debian/root/etc/rekey"
everything >"$work/after"
is "nothing else is left" "" "$(diff "$work/before" "$work/after" | grep '^[<>]' | grep -v ' etc/ld.so.cache ' || true)"

# --- The collector -------------------------------------------------------------------------------------------------------
install_deb "$(deb rekey-collector 1.2.0)" >"$work/dpkg.log" 2>&1 || fail "the collector is installed" "$(cat "$work/dpkg.log")"
has "the collector is installed" "install ok installed" "$(inside dpkg-query -W -f '${Status}' rekey-collector)"
has "it has an account that nobody signs in with" "nologin" "$(inside getent passwd rekey-collector)"
is "its unit is right" "" "$(inside systemd-analyze verify /usr/lib/systemd/system/rekey-collector.service 2>&1)"
exposure=$(systemd-analyze security --offline=true "$debian/root/usr/lib/systemd/system/rekey-collector.service" 2>/dev/null |
    sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
is "its exposure is the one that the documents name" "$exposure" "$(sed -n 's/.*security rekey-collector.* says \([0-9.]*\).*/\1/p' "$ci_root/docs/deploy/collector-packages.md")"
is "it is off" disabled "$(inside systemctl is-enabled rekey-collector.service)"
is "only root reads its settings" "600 root" "$(inside stat -c '%a %U' /etc/rekey-collector/environment)"

# As the unit starts it; systemd is not there to.
inside install -d -m 0700 -o rekey-collector -g rekey-collector /var/lib/rekey-collector
data=$debian/root/var/lib/rekey-collector
mapfile -t settings < <(sed -n 's/^Environment=//p' "$debian/root/usr/lib/systemd/system/rekey-collector.service")
start_collector() { # [TRACER...]: sets $url and $collector
    "$@" chroot "$debian/root" /usr/bin/env -i "${settings[@]}" REKEY_COLLECTOR_LISTEN=127.0.0.1:0 \
        /usr/bin/setpriv --reuid rekey-collector --regid rekey-collector --init-groups \
        /usr/bin/rekey-collector serve </dev/null >"$work/collector.out" 2>"$work/collector.err" &
    collector=$!
    local try
    for try in $(seq 300); do
        url=$(sed -n 's/^listening on //p' "$work/collector.err")
        [ -z "$url" ] || return 0
        kill -0 $collector 2>/dev/null || break
        sleep 0.1
    done
    fail "the collector starts, $try tries" "$(cat "$work/collector.err")"
}
start_collector
is "it answers" ok "$(curl -sf --noproxy '*' "$url/healthz" >/dev/null && echo ok)"
is "nothing secret is for the journal" "" "$(cat "$work/collector.out"; grep -f <(sed 's/.*[ :]//' "$data/first-start") "$work/collector.err" || true)"
is "what the first start shows is its own alone" "600 rekey-collector 3" \
    "$(inside stat -c '%a %U' /var/lib/rekey-collector/first-start) $(wc -l <"$data/first-start")"
kill -TERM $collector
wait $collector && result=0 || result=$?
is "asked to stop it ends well" 0 "$result"
rm "$data/first-start"

# What the unit forbids it does not need.
start_collector strace -f -qq -o "$work/collector.calls"
curl -sf --noproxy '*' "$url/readyz" "$url/login" >/dev/null
pkill -TERM -P "$(pgrep -P $collector)" -x rekey-collector || pkill -TERM -P $collector -x rekey-collector
wait $collector || true
is "it makes no call that its unit forbids" "" "$(comm -23 <(calls "$work/collector.calls" /usr/bin/rekey-collector) \
    <(left_by "$debian/root/usr/lib/systemd/system/rekey-collector.service"))"

install_deb "$(deb rekey-collector 1.10.0)" >"$work/dpkg.log" 2>&1 || fail "a newer collector is put over it" "$(cat "$work/dpkg.log")"
start_collector
is "the newer one goes on with the data, and shows no secrets" "no" "$([ -e "$data/first-start" ] && echo yes || echo no)"
kill -TERM $collector
wait $collector || true
inside dpkg -r rekey-collector >/dev/null 2>&1
is "removal keeps the data" yes "$([ -s "$data/collector.db" ] && echo yes)"
inside dpkg -P rekey-collector >/dev/null 2>&1
is "a purge that cannot ask keeps them too" yes "$([ -s "$data/collector.db" ] && echo yes)"
install_deb "$(deb rekey-collector 1.10.0)" >/dev/null 2>&1
printf 'rekey-collector rekey-collector/remove-data boolean true\n' >"$debian/root/tmp/answers"
inside debconf-set-selections /tmp/answers
inside dpkg -P rekey-collector >/dev/null 2>&1
is "a purge that was told to removes them" no "$([ -e "$data" ] && echo yes || echo no)"
