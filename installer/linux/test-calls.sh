# shellcheck shell=bash
# Sourced by test-packages: which calls of the system a program makes, held against what its unit leaves it.

# calls FILE PROGRAM: the names in what strace wrote, from the start of that program on.
calls() {
    awk -v start="execve(\"$2\"" 'index($0, start) { on = 1 } on' "$1" |
        sed -nE 's/^[0-9]+ +([a-z_][a-z_0-9]*)\(.*/\1/p' | sort -u
}

# members SET...: the names in sets such as @file-system, those in sets within them too.
members() {
    local name
    systemd-analyze syscall-filter "$@" | sed -nE 's/^    ([@a-z_][-a-z_0-9]*)$/\1/p' | while read -r name; do
        case $name in
            @*) members "$name" ;;
            *) printf '%s\n' "$name" ;;
        esac
    done
}

# left_by UNIT: the names that the lines of SystemCallFilter in it leave; some calls systemd never takes away.
left_by() {
    local line sets
    {
        members @default
        while read -r line; do
            read -ra sets <<<"${line#\~}"
            case $line in
                \~*) members "${sets[@]}" | sed 's/^/-/' ;;
                *) members "${sets[@]}" ;;
            esac
        done < <(sed -n 's/^SystemCallFilter=//p' "$1")
    } | awk '/^-/ { gone[substr($0, 2)] = 1; next } { there[$0] = 1 }
        END { for (name in there) if (!(name in gone)) print name }' | sort
}
