//! A configuration profile that sets every key, as a sample (Apple, "Configuration Profile Reference":
//! `com.apple.ManagedClient.preferences`).

use super::KEYS;
use super::plist::Plist;
use super::preferences::sample;
use crate::platform::preferences::DOMAIN;

const HEAD: &str = "Every setting of rekey, with its default or an example. Delete what you do not want to set, \
put in your own values, and give the profile a PayloadOrganization of your own. docs/policy.md says what each does.";

/// As a file.
pub(super) fn mobileconfig() -> String {
    let settings = KEYS
        .iter()
        .map(|key| (key.name.to_owned(), sample(key), key.about.to_owned()))
        .collect();
    let forced = Plist::table([("mcx_preference_settings", Plist::Table(settings))]);
    let domain = Plist::table([("Forced", Plist::List(vec![forced]))]);
    let preferences = Plist::table([
        (
            "PayloadType",
            Plist::text("com.apple.ManagedClient.preferences"),
        ),
        ("PayloadVersion", Plist::Number(1)),
        (
            "PayloadIdentifier",
            Plist::text("dev.rekey.settings.preferences"),
        ),
        (
            "PayloadUUID",
            Plist::text("C6C02C35-5A0E-5B5B-8B55-2A5A4A1D1B01"),
        ),
        ("PayloadDisplayName", Plist::text("rekey: settings")),
        ("PayloadEnabled", Plist::Bool(true)),
        ("PayloadContent", Plist::table([(DOMAIN, domain)])),
    ]);
    let profile = Plist::table([
        ("PayloadType", Plist::text("Configuration")),
        ("PayloadVersion", Plist::Number(1)),
        ("PayloadIdentifier", Plist::text("dev.rekey.settings")),
        (
            "PayloadUUID",
            Plist::text("C6C02C35-5A0E-5B5B-8B55-2A5A4A1D1B00"),
        ),
        ("PayloadDisplayName", Plist::text("rekey: settings")),
        (
            "PayloadDescription",
            Plist::text("What rekey may do on this Mac, and where it reports."),
        ),
        ("PayloadOrganization", Plist::text("contoso")),
        ("PayloadScope", Plist::text("System")),
        ("PayloadRemovalDisallowed", Plist::Bool(true)),
        ("PayloadContent", Plist::List(vec![preferences])),
    ]);
    profile.document(HEAD)
}
