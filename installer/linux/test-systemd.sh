# shellcheck shell=bash disable=SC2154 # what test-packages sets
# Sourced by test-packages: both .deb under a systemd that runs, the agent in the session of a person who signs in.

machine=$work/machine
debian_system "$machine"
boot_system "$machine"
install_running() {
    cp "$1" "$machine/root/srv/package.deb"
    in_booted dpkg -i /srv/package.deb >"$work/dpkg.log" 2>&1 || fail "$(basename "$1") is installed" "$(cat "$work/dpkg.log")"
}
# soon WANTED COMMAND...: what it prints, once that is WANTED or fifteen seconds are over.
soon() {
    local got
    for _ in {1..150}; do
        got=$("${@:2}" 2>&1 || true)
        [ "$got" != "$1" ] || break
        sleep 0.1
    done
    printf '%s' "$got"
}
property() { in_booted systemctl show --value -p "$2" "$1"; }

# --- The agent ---------------------------------------------------------------------------------------------------------
in_booted useradd --create-home --shell /bin/bash kim
kim=$(in_booted id -u kim)
home=$machine/root/home/kim
plant "$home"
in_booted chown -R kim: /home/kim
install_running "$(deb rekey 1.10.0)"
set_policy "$machine/root/etc/rekey/policy.d/50-contoso.toml"
in_booted systemctl --global enable rekey.timer 2>/dev/null
of_kim() { in_booted runuser -u kim -- env XDG_RUNTIME_DIR="/run/user/$kim" "$@"; }
# A session without a terminal: it lasts until the machine ends.
in_booted loginctl enable-linger kim
is "who signs in has a service manager" running "$(soon running of_kim systemctl --user is-system-running)"
is "the timer that IT turned on waits there" active "$(soon active of_kim systemctl --user is-active rekey.timer)"
has "and knows when to run next" rekey.service "$(of_kim systemctl --user list-timers --no-legend rekey.timer | grep -v '^- ' || true)"
in_booted systemctl start user@0.service
of_root() { in_booted env XDG_RUNTIME_DIR=/run/user/0 "$@" || true; }
is "root's own does not wait" "running inactive" \
    "$(soon running of_root systemctl --user is-system-running) $(of_root systemctl --user is-active rekey.timer)"
is "nor does root's run where it is started" "no" "$(of_root systemctl --user start rekey.service; of_root systemctl --user show --value -p ConditionResult rekey.service)"
is "nothing ran as root" "" "$(find "$machine/root/root" -path '*rekey*')"

# What a person can set for themselves; the rest of the timer is the package's.
of_kim mkdir -p /home/kim/.config/systemd/user/rekey.timer.d
printf '[Timer]\nOnStartupSec=\nOnCalendar=\nOnActiveSec=1\nRandomizedDelaySec=0\nAccuracySec=1us\n' >"$home/.config/systemd/user/rekey.timer.d/soon.conf"
of_kim systemctl --user daemon-reload
of_kim systemctl --user restart rekey.timer
of_run() { of_kim systemctl --user show --value -p "$1" rekey.service; }
is "the timer starts the run, which ends well, with something left for the person" "1 success" \
    "$(soon 1 of_run ExecMainStatus) $(of_run Result)"
is "the stale password is gone" "" "$(cat "$home/.git-credentials" 2>/dev/null || true)"
journal=$(in_booted journalctl --no-pager -o cat "_UID=$kim" _SYSTEMD_USER_UNIT=rekey.service)
has "the journal has what was done" "1 removed" "$journal"
is "and no part of the secret" "" "$(grep -oE '[A-Za-z0-9]{24,}' <<<"$journal" || true)"
has "the answer for device management" "state=action-needed" "$(of_kim rekey status --detect || true)"
is "what the service did can be taken back" "0 1" "$(code of_kim rekey undo) $(wc -l <"$home/.git-credentials")"

# --- The collector -------------------------------------------------------------------------------------------------------
install_running "$(deb rekey-collector 1.2.0)"
unit=rekey-collector.service
data=$machine/root/var/lib/rekey-collector
in_booted systemctl enable --now $unit 2>/dev/null
answers() { # PORT: its answer, asked inside, where nothing but bash is needed
    in_booted timeout 5 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1 && printf 'GET /readyz HTTP/1.0\r\n\r\n' >&3 && read -r _ status _ <&3 && echo \$status"
}
is "shut in as its unit says, it answers" 200 "$(soon 200 answers 8787)"
is "what the first start shows is in a file" 3 "$(wc -l <"$data/first-start")"
is "and in no journal" "" "$(in_booted journalctl --no-pager -o cat -u $unit | grep -f <(sed 's/.*[ :]//' "$data/first-start") || true)"
main=$(property $unit MainPID)
is "it has no right of root, and can get none" "0000000000000000 0000000000000000 1 2" \
    "$(in_booted awk '/^(CapBnd|CapEff|NoNewPrivs|Seccomp):/ { printf "%s%s", separator, $2; separator = " " }' "/proc/$main/status" |
        awk '{ print $2, $1, $3, $4 }')"
# try COMMAND...: in the files and as the account of the service.
try() { in_booted nsenter --target "$main" --mount setpriv --reuid rekey-collector --regid rekey-collector --clear-groups "$@" 2>&1 || true; }
has "the system is closed to it" "Read-only file system" "$(try touch /etc/new)"
has "homes are closed to it" "Permission denied" "$(try ls /home/kim)"
is "its data are open to it" "" "$(try touch /var/lib/rekey-collector/tried)"
is "it has a folder for temporary files of its own" "" "$(in_booted touch /tmp/of-others; try ls /tmp)"

in_booted systemctl kill --kill-who=main --signal=KILL $unit
is "killed, it is started again" "200 1" "$(
    soon 1 property $unit NRestarts >/dev/null
    soon 200 answers 8787) $(property $unit NRestarts)"
before=$(property $unit MainPID)
rm "$data/first-start"
install_running "$(deb rekey-collector 1.10.0)"
is "an upgrade starts what runs anew, with its data" "200 no" "$(soon 200 answers 8787) $([ -e "$data/first-start" ] && echo yes || echo no)"
is "that is another program, not yet ended by itself" "other success" \
    "$([ "$(property $unit MainPID)" != "$before" ] && echo other) $(property $unit Result)"
mkdir -p "$machine/root/etc/systemd/system/$unit.d"
# As the page about it says, for the port of https.
page=$ci_root/docs/deploy/collector-packages.md
sed -n '/^\*\*Port 443\*\*/,/^```$/p' "$page" | sed -n '/^```ini$/,/^```$/{/^```/!p}' >"$machine/root/etc/systemd/system/$unit.d/port.conf"
printf 'REKEY_COLLECTOR_LISTEN=127.0.0.1:443\n' >>"$machine/root/etc/rekey-collector/environment"
in_booted systemctl daemon-reload
in_booted systemctl restart $unit
is "it may have the port of https" 200 "$(soon 200 answers 443)"
printf 'REKEY_COLLECTOR_LISTEN=nowhere\n' >>"$machine/root/etc/rekey-collector/environment"
in_booted systemctl restart $unit || true
is "a setting that is wrong ends it, once" "failed 2 0" \
    "$(soon failed in_booted systemctl is-active $unit) $(property $unit ExecMainStatus) $(property $unit NRestarts)"
has "the journal says what is wrong" "nowhere" "$(in_booted journalctl --no-pager -o cat -u $unit | tail -5)"
sed -i '$d' "$machine/root/etc/rekey-collector/environment"
in_booted systemctl restart $unit
is "mended, it answers again" 200 "$(soon 200 answers 443)"
in_booted dpkg -r rekey-collector >/dev/null 2>&1
is "removal ends it, and leaves the data" "inactive yes" "$(soon inactive in_booted systemctl is-active $unit) $([ -s "$data/collector.db" ] && echo yes)"
is "no other unit failed" "" "$(in_booted systemctl --failed --plain --no-legend)"
end_boot
