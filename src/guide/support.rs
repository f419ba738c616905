//! What Microsoft Support needs to clear SSH keys: nothing of the person's, and no secret.

use std::collections::BTreeSet;

use rekey_report::SshKey;

use crate::model::Organization;

/// Keys of another type were never taken, so that no page lists them.
const REGISTERED: &str = "ssh-rsa";

/// The text to paste into a request to Support, a line each; none where no key of before the change is known.
pub(super) fn request(organization: &Organization, keys: &[SshKey]) -> Option<String> {
    let is_listed = |key: &&SshKey| {
        let own = key.organization.as_ref();
        key.algorithm == REGISTERED && own.is_none_or(|own| organization.name.is(own))
    };
    // The same key may lie in several places.
    let listed: BTreeSet<&str> = keys
        .iter()
        .filter(is_listed)
        .map(|key| key.md5.as_str())
        .collect();
    if listed.is_empty() {
        return None;
    }
    let mut lines = vec![
        format!("Azure DevOps organization: {}", organization.name),
        "Please clear these SSH public keys. They were added before the organization changed its directory, and are \
         still tied to the old identity."
            .to_owned(),
        "Their MD5 fingerprints, as the page \"SSH public keys\" lists them:".to_owned(),
    ];
    lines.extend(listed.into_iter().map(str::to_owned));
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{key, organization};
    use super::*;

    #[test]
    fn support_is_told_of_each_key_of_the_organization_once() {
        let keys = [
            key(Some("CONTOSO"), "ssh-rsa", "bb:01"),
            key(None, "ssh-rsa", "aa:02"),
            key(Some("contoso"), "ssh-rsa", "bb:01"),
            key(Some("fabrikam"), "ssh-rsa", "cc:03"),
            key(Some("contoso"), "ssh-ed25519", "dd:04"),
        ];
        let text = request(&organization("contoso"), &keys).unwrap_or_default();
        assert!(
            text.starts_with("Azure DevOps organization: contoso\n"),
            "{text}"
        );
        let listed: Vec<&str> = text.lines().skip(3).collect();
        assert_eq!(listed, ["aa:02", "bb:01"], "{text}");
        assert!(text.is_ascii());
    }

    #[test]
    fn where_no_key_is_known_nothing_is_asked_of_support() {
        let keys = [key(Some("fabrikam"), "ssh-rsa", "cc:03")];
        assert_eq!(request(&organization("contoso"), &keys), None);
    }
}
