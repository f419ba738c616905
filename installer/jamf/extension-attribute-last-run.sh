#!/bin/bash
# Jamf Pro extension attribute "rekey last run": when rekey ran last, in UTC. Data type Date, input type Script. It is
# empty where rekey has not run.
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

# Who is meant: who sits at the screen, else who did last. Only a file of theirs is read, so no session is needed.
last_person() { defaults read /Library/Preferences/com.apple.loginwindow lastUserName 2>/dev/null; }

# The line of rekey about them, or one word: what there is instead of it.
line() {
    local person said
    [ -x "$rekey" ] || { echo not-installed; return; }
    person=$(at_screen)
    [ -n "$person" ] || person=$(last_person)
    { [ -n "$person" ] && id -u "$person" >/dev/null 2>&1; } || { echo nobody; return; }
    # It answers with 0 or 1, and with one line of ASCII that names no person, no path and no secret.
    said=$(sudo -u "$person" -H "$rekey" status --detect 2>/dev/null)
    case $said in
        "rekey v="*" state="*) echo "$said" ;;
        *) echo error ;;
    esac
}

said=$(line)
at=
case $said in
    *" at="*)
        at=${said##* at=}
        # 2026-11-23T02:47Z becomes 2026-11-23 02:47:00, which is what Jamf takes for a date.
        case $at in
            ????-??-??T??:??Z) at="${at%%T*} ${at:11:5}:00" ;;
            *) at= ;;
        esac
        ;;
esac
echo "<result>$at</result>"
