#!/bin/bash
# Jamf Pro policy script, for a policy that caches the package ("Cache", not "Install"): install it once its signature is
# the right one. Parameter 4 is the version, such as 0.1.0; parameter 5 the Team ID of whoever signed it, such as
# A1B2C3D4E5. A policy that installs the package needs no script; use this where you want the signature looked at.
set -u
PATH=/usr/bin:/bin:/usr/sbin:/sbin

version=${4:-} team=${5:-}
waiting="/Library/Application Support/JAMF/Waiting Room"

fail() {
    echo "FAILED $*"
    exit 1
}

{ [ -n "$version" ] && [ -n "$team" ]; } || fail "parameter 4 must be the version, parameter 5 the Team ID of the signature"
package=$waiting/rekey-$version.pkg
[ -f "$package" ] || fail "rekey-$version.pkg is not in the waiting room: let the policy cache it first"
# The first certificate of the chain is the signer's: "1. Developer ID Installer: Contoso (A1B2C3D4E5)".
pkgutil --check-signature "$package" | grep -q "^ *1\. Developer ID Installer: .*($team)\$" ||
    fail "rekey-$version.pkg is not signed by $team"
installer -pkg "$package" -target / || fail "the installer ended with an error; /var/log/install.log says which"
rm -f "$package" "$package.cache.xml"
echo "INSTALLED $version"
