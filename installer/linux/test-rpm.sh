# shellcheck shell=bash disable=SC2154 # what test-packages sets
# Sourced by test-packages: the life of both .rpm, in a system whose only rpm packages they are.

redhat=$work/redhat
debian_system "$redhat"
inside() { in_system "$redhat" "$@"; }
rpm_here() { rpm --root "$redhat/root" "$@" 2>>"$work/rpm.log"; }
rpm_here --initdb
inside useradd --create-home kim
plant "$redhat/root/home/kim"
kept=$(digest "$redhat/root/home/kim")

# A package that stands for the system: Debian's own are in no database of rpm.
wants() { rpm -qp --requires "$(rpm_of "$1" 1.10.0)" | grep -E '^(/bin/sh|systemd|lib(c|m|z|gcc_s|pthread|dl|rt)\.so.*|ld-linux.*|rtld\(.*)$'; }
mkdir "$work/system"
{
    printf '%s\n' 'Name: system' 'Version: 1' 'Release: 1' 'Summary: What a system has' 'License: MIT'
    { wants rekey; wants rekey-collector; } | sort -u | sed 's/^/Provides: /'
    printf '%s\n' %description %files
} >"$work/system/system.spec"
rpmbuild -bb --quiet --define "_topdir $work/system" "$work/system/system.spec" >"$work/rpm.log" 2>&1 || fail "a system is made" "$(cat "$work/rpm.log")"
rpm_here -i "$work"/system/RPMS/*/system-1-1.*.rpm
rpm_here -i "$(rpm_of rekey 1.2.0)" || fail "the .rpm wants a shell and the system's libraries, nothing else" "$(cat "$work/rpm.log")"
is "the .rpm wants a shell and the system's libraries, nothing else, and is installed" rekey-1.2.0-1.x86_64 "$(rpm_here -q rekey)"
is "rpm finds every file as it was packed" "" "$(rpm_here -V rekey)"
is "it runs there" "$("$1" --version)" "$(inside rekey --version)"
is "the timer is off there" disabled "$(inside systemctl --global is-enabled rekey.timer)"
printf 'x = 1\n' >"$redhat/root/etc/rekey/policy.d/50-contoso.toml"
inside systemctl --global enable rekey.timer 2>/dev/null
rpm_here -U "$(rpm_of rekey '1.10.0~rc.1')"
rpm_here -U "$(rpm_of rekey 1.10.0)"
is "a release is newer than its candidate, and that than the release before" rekey-1.10.0-1.x86_64 "$(rpm_here -q rekey)"
is "an older one is refused" yes "$([ "$(code rpm_here -U "$(rpm_of rekey 1.2.0)")" -ne 0 ] && echo yes)"
is "an upgrade leaves the timer on" enabled "$(inside systemctl --global is-enabled rekey.timer)"
rpm_here -e rekey
is "erased, nothing is left but what IT wrote" ./50-contoso.toml "$(cd "$redhat/root/etc/rekey/policy.d" && find . -type f)"
is "and no timer" "" "$(find "$redhat/root/etc/systemd/user" "$redhat/root/usr/lib/systemd/user" -name '*rekey*')"
mkdir -p "$redhat/root/etc/systemd/user-preset"
printf 'enable rekey.timer\n' >"$redhat/root/etc/systemd/user-preset/10-contoso.preset"
rpm_here -i "$(rpm_of rekey 1.10.0)"
is "a preset of IT turns the timer on as it is installed" enabled "$(inside systemctl --global is-enabled rekey.timer)"
rpm_here -e rekey
is "homes are as they were" "$kept" "$(digest "$redhat/root/home/kim")"

rpm_here -i "$(rpm_of rekey-collector 1.2.0)" || fail "the collector's .rpm is installed" "$(cat "$work/rpm.log")"
is "the collector's files are as they were packed" "" "$(rpm_here -V rekey-collector)"
has "its account is made" rekey-collector "$(inside getent passwd rekey-collector)"
is "its settings are root's, and the service is off" "600 root disabled" \
    "$(inside stat -c '%a %U' /etc/rekey-collector/environment) $(inside systemctl is-enabled rekey-collector.service)"
inside install -d -m 0700 -o rekey-collector -g rekey-collector /var/lib/rekey-collector
printf 'REKEY_COLLECTOR_SILENT_AFTER_DAYS=9\n' >>"$redhat/root/etc/rekey-collector/environment"
rpm_here -U "$(rpm_of rekey-collector 1.10.0)"
has "an upgrade keeps the settings" AFTER_DAYS=9 "$(cat "$redhat/root/etc/rekey-collector/environment")"
rpm_here -e rekey-collector
is "erased, its data stay" yes "$([ -d "$redhat/root/var/lib/rekey-collector" ] && echo yes)"
