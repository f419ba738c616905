#!/bin/bash
# Jamf Pro policy script: take rekey off this Mac. Remove the profile with its settings by itself.
set -u
PATH=/usr/bin:/bin:/usr/sbin:/sbin
uninstall=/opt/rekey/libexec/uninstall

if [ ! -x "$uninstall" ]; then
    echo "SKIPPED rekey is not installed"
    exit 0
fi
"$uninstall" || { echo "FAILED something is left"; exit 1; }
