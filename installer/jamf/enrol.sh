#!/bin/bash
# Jamf Pro policy script: tie the person at the screen, on this Mac, to a collector. Parameter 4 is the collector's
# address, parameter 5 the enrolment secret.
#
# Rather set collector.url and collector.enroll_secret in the profile: then each run enrols by itself, and who uses a Mac
# with somebody else is enrolled, too. Jamf hands parameters over in the command line, which everybody on the Mac can
# read while this runs. The secret lets a workstation enrol and nothing else.
set -u

#region rekey: the same in every script, since each must stand alone
PATH=/usr/bin:/bin:/usr/sbin:/sbin
rekey=/opt/rekey/bin/rekey

# Who sits at the screen; nothing where that is nobody.
at_screen() {
    echo "show State:/Users/ConsoleUser" | scutil |
        awk '/^  Name : / && $3 !~ /^(root|loginwindow|_mbsetupuser)$/ { print $3 }'
}
#endregion

# as_person PERSON WORD...: rekey with these words as that person, in their session, where their keychain is.
as_person() {
    local person=$1
    shift
    launchctl asuser "$(id -u "$person")" sudo -u "$person" -H "$rekey" "$@"
}

finish() { # CODE WORDS...
    local code=$1
    shift
    echo "$*"
    exit "$code"
}

collector=${4:-} secret=${5:-}
{ [ -n "$collector" ] && [ -n "$secret" ]; } ||
    finish 1 "FAILED parameter 4 must be the collector's address, parameter 5 the enrolment secret"
[ -x "$rekey" ] || finish 1 "FAILED rekey is not installed"
person=$(at_screen)
[ -n "$person" ] || finish 0 "SKIPPED nobody is signed in at the screen"
if said=$(printf '%s\n' "$secret" | as_person "$person" enroll --collector "$collector" 2>&1); then
    finish 0 "ENROLLED"
fi
finish 1 "FAILED $said"
