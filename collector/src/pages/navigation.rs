//! Which pages there are, in the order of the navigation. A new page is one line here.

/// A page of the navigation.
pub(super) struct Link {
    /// What its frame is made with.
    pub(super) at: &'static str,
    pub(super) href: &'static str,
    pub(super) label: &'static str,
}

const fn link(at: &'static str, href: &'static str, label: &'static str) -> Link {
    Link { at, href, label }
}

/// Along the top of every page.
pub(super) const PAGES: &[Link] = &[
    link("overview", "/", "Overview"),
    link("devices", "/devices", "Workstations"),
    link("ssh-keys", "/ssh-keys", "SSH keys"),
    link("readiness", "/readiness", "Readiness"),
    link("announcement", "/announcement", "Announcement"),
    link("audit", "/audit", "Audit"),
    link("settings", "/settings", "Settings"),
];

/// Below it on every page of the settings.
pub(super) const SETTINGS: &[Link] = &[
    link("organizations", "/settings/organizations", "Organizations"),
    link("cleaning", "/settings/cleaning", "Cleaning"),
    link("webhooks", "/settings/webhooks", "Webhooks"),
    link("users", "/settings/people", "Users"),
    link("api-tokens", "/settings/api-tokens", "API tokens"),
    link("audit-log", "/audit-log", "Audit log"),
];

/// The page of the upper list that is marked: the settings' own pages belong to the settings.
pub(super) fn section(at: &'static str) -> &'static str {
    if SETTINGS.iter().any(|link| link.at == at) {
        "settings"
    } else {
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_a_name_and_an_address_of_its_own() {
        let all: Vec<_> = PAGES.iter().chain(SETTINGS).collect();
        for (position, link) in all.iter().enumerate() {
            let others = all.iter().skip(position + 1);
            assert!(
                others
                    .clone()
                    .all(|other| other.at != link.at && other.href != link.href)
            );
        }
        assert_eq!(section("cleaning"), "settings");
        assert_eq!(section("devices"), "devices");
    }
}
