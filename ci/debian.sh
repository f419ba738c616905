# shellcheck shell=bash disable=SC2154 # what ci/lib.sh sets
# Sourced by tests that install packages, after ci/lib.sh: clean Debian systems, each in a folder of its own that looks
# like / to what runs in it. The base is made once with debootstrap and kept in the cache folder; a system is a layer
# over it and goes with the test.

# What a Debian with a desktop or a server has in any case, and what Ansible needs there. Sessions of people need the bus and PAM.
debian_packages=systemd,dbus,dbus-user-session,libpam-systemd,ca-certificates,python3,python3-apt,man-db

# own_mounts SCRIPT WORDS...: goes on as root with mounts that end with the test. Call it first.
own_mounts() {
    [ "$(id -u)" -eq 0 ] || die "installing packages needs root: sudo $*"
    [ -z "${REKEY_OWN_MOUNTS:-}" ] || return 0
    REKEY_OWN_MOUNTS=yes exec unshare --mount --propagation private -- "$@"
}

# debian_mirror RELEASE: prints where this machine's own packages of it come from.
debian_mirror() {
    # shellcheck disable=SC2016 # apt puts the values in
    apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
        awk -v release="$1" '$2 == release && !found { print $1; found = 1 }'
}

# debian_base: prints the base's folder.
debian_base() {
    local release base new mirror
    # shellcheck source=/dev/null
    release=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    base=$ci_cache/debian-$release-$(printf '%s' "$debian_packages" | md5sum | cut -c1-8)
    if [ ! -e "$base/complete" ]; then
        need_packages debootstrap >&2
        mirror=$(debian_mirror "$release")
        # apt knows none before it has fetched its lists.
        [ -n "$mirror" ] || { apt-get update >&2; mirror=$(debian_mirror "$release"); }
        [ -n "$mirror" ] || die "apt names no source of $release"
        say "making a clean Debian $release"
        mkdir -p "$ci_cache"
        new=$(mktemp -d "$ci_cache/debian.XXXXXX")
        debootstrap --variant=minbase --include="$debian_packages" "$release" "$new/root" \
            "$mirror" >"$new/log" 2>&1 || { tail -20 "$new/log" >&2; rm -rf "$new"; die "debootstrap failed"; }
        rm -rf "$new/root/var/cache/apt/archives" "$new/root/var/lib/apt/lists"
        mkdir -p "$new/root/var/cache/apt/archives/partial" "$new/root/var/lib/apt/lists/partial"
        touch "$new/complete"
        mv -T "$new" "$base"
    fi
    printf '%s' "$base/root"
}

# debian_system FOLDER: a clean system there, with /proc and /dev.
debian_system() {
    local base
    base=$(debian_base)
    mkdir -p "$1/upper" "$1/work" "$1/root"
    mount -t overlay overlay -o "lowerdir=$base,upperdir=$1/upper,workdir=$1/work" "$1/root" 2>/dev/null ||
        cp -a --reflink=auto "$base/." "$1/root"
    mount -t proc proc "$1/root/proc"
    mount --rbind /dev "$1/root/dev"
    mount -t tmpfs tmpfs "$1/root/run"
    # Packages start no services here: there is nothing that could run them.
    printf '#!/bin/sh\nexit 101\n' >"$1/root/usr/sbin/policy-rc.d"
    chmod 0755 "$1/root/usr/sbin/policy-rc.d"
}

# in_system FOLDER COMMAND...: with an environment of its own.
in_system() {
    chroot "$1/root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "${@:2}" </dev/null
}

# end_system FOLDER: nothing of the machine is left in it, so that the folder can be removed.
end_system() {
    umount --recursive --lazy "$1/root" 2>/dev/null || true
    rm -rf --one-file-system "$1"
}

# boot_system FOLDER: starts systemd in a system that debian_system made, with no network but its own loopback. It may
# start what packages bring, in sessions of people too. $booted is what end_boot ends.
boot_system() {
    need_packages procps systemd-container
    umount --recursive --lazy "$1/root/proc" "$1/root/dev" "$1/root/run"
    rm "$1/root/usr/sbin/policy-rc.d"
    systemd-nspawn --quiet --directory="$1/root" --boot --private-network --register=no --keep-unit --link-journal=no \
        --resolv-conf=off --timezone=off --console=pipe </dev/null >"$1/console" 2>&1 &
    booted=$!
    for _ in {1..200}; do
        first=$(pgrep -P $booted || true)
        case $(in_booted systemctl is-system-running 2>/dev/null) in running | degraded) return ;; esac
        kill -0 $booted 2>/dev/null || break
        sleep 0.1
    done
    die "systemd does not start in a system of its own: $(cat "$1/console")"
}

# in_booted COMMAND...: as root of the system that was booted.
in_booted() {
    nsenter --target "${first:?}" --all /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        DEBIAN_FRONTEND=noninteractive "$@" </dev/null
}

# end_boot: as a machine is turned off, if one is on; end_system takes the folder.
end_boot() {
    [ -n "${booted:-}" ] || return 0
    kill -TERM "$booted" 2>/dev/null || true
    wait "$booted" || true
    # The number may be another program's from here on.
    booted=""
}
