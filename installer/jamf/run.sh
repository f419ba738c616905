#!/bin/bash
# Jamf Pro policy script: let rekey run now, as the person at the screen and in their session, without the random delay
# that it has by itself. It changes what policy allows and no more. Good in Self Service, and for a smart group of
# "rekey state is action-needed".
#
# The first word says what came of it, then comes rekey's line: RAN, SKIPPED (nobody is there), FAILED.
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

[ -x "$rekey" ] || finish 1 "FAILED rekey is not installed"
person=$(at_screen)
[ -n "$person" ] || finish 0 "SKIPPED nobody is signed in at the screen"
# What it says names paths of the person, which are nothing for a log of Jamf's.
as_person "$person" run --unattended >/dev/null 2>&1
code=$?
line=$(as_person "$person" status --detect 2>/dev/null)
case $code in
    # Nothing is left, something is left for the person, or not connected yet: each time rekey did what it should.
    0 | 1 | 4) finish 0 "RAN $line" ;;
    2) finish 1 "FAILED the settings are wrong, and nothing was done; 'rekey scan' in that person's terminal names the setting" ;;
    3) finish 1 "FAILED a place could not be read or changed; the rest was done. $line" ;;
    *) finish 1 "FAILED rekey ended with $code" ;;
esac
