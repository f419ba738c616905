//! Keys that `PuTTY`'s saved sessions name for Azure DevOps, and that plink offers with them.
//!
//! Source: the `PuTTY` manual, appendix C, and its `windows/storage.c`: a session is a key below
//! `Software\SimonTatham\PuTTY\Sessions`, its name with `%20` and the like; `HostName` may have the user in front, and
//! `PublicKeyFile` names the file of the private key. What the session `Default Settings` says holds for plink where
//! no session of the host's name does.

use std::path::{Path, PathBuf};

use super::offers::Offer;
use super::ring::Ring;
use super::survey::{HOSTS, Route, may_look};
use crate::model::{Address, RegistryKey};
use crate::platform::registry::{Registry, RegistryFault};
use crate::stores::Finder;

const SESSIONS: &str = r"Software\SimonTatham\PuTTY\Sessions";
const DEFAULT: &str = "Default%20Settings";

/// The files that sessions name, each with whose it is as far as that is known; they are read into the ring.
pub(super) fn keys(
    routes: &[Route<'_>],
    ring: &mut Ring,
    finder: &mut Finder<'_>,
) -> Vec<(PathBuf, Offer)> {
    let Some(registry) = finder.platform().registry() else {
        return Vec::new();
    };
    let root = RegistryKey::of_person(SESSIONS);
    let names = finder.keys_of(registry.as_ref(), &root);
    let by_plink = |route: &&Route<'_>| route.command.is_some_and(|command| command.is_plink);
    let mut found: Vec<(PathBuf, Offer)> = Vec::new();
    for name in names {
        let session = Session {
            registry: registry.as_ref(),
            key: root.below(&name),
        };
        let host = session.text("HostName", finder).unwrap_or_default();
        let organizations = if is_azure_devops(&host) {
            let address = Address::parse(&host);
            address.and_then(|it| it.organization).into_iter().collect()
        } else if name.eq_ignore_ascii_case(DEFAULT) && host.is_empty() {
            let mut plink = routes.iter().filter(by_plink).peekable();
            if plink.peek().is_none() {
                continue;
            }
            plink
                .flat_map(|route| route.organizations.clone())
                .collect()
        } else {
            continue;
        };
        let Some(file) = session.text("PublicKeyFile", finder) else {
            continue;
        };
        let path = PathBuf::from(file.trim());
        if !path.is_absolute() || !may_look(&path, finder) {
            continue;
        }
        ring.read(&path, finder);
        if let Some((_, offer)) = found.iter_mut().find(|(known, _)| *known == path) {
            offer.organizations.extend(organizations);
        } else {
            let offer = Offer {
                organizations,
                ..Offer::default()
            };
            found.push((path, offer));
        }
    }
    found
}

fn is_azure_devops(host: &str) -> bool {
    let host = host.trim().rsplit('@').next().unwrap_or_default();
    HOSTS.iter().any(|known| host.eq_ignore_ascii_case(known))
}

/// One session.
struct Session<'r> {
    registry: &'r dyn Registry,
    key: RegistryKey,
}

impl Session<'_> {
    /// A text that is not empty. What is no text is said.
    fn text(&self, name: &str, finder: &mut Finder<'_>) -> Option<String> {
        let reason = match self.registry.value(&self.key, name) {
            Ok(data) => match data.as_text() {
                Some(text) => return Some(text).filter(|text| !text.trim().is_empty()),
                None => format!("its value {name} is {}, not text", data.kind_name()),
            },
            Err(RegistryFault::Absent) => return None,
            Err(fault) => format!("its value {name}: {fault}"),
        };
        finder.unreadable(Path::new(&self.key.to_string()), reason);
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::model::{PlaceState, RegistryData, Remedy};
    use crate::platform::System;
    use crate::platform::registry::memory::MemoryRegistry;
    use crate::stores::checks::find_with_registry;
    use crate::stores::ssh::SshKey;
    use crate::testing::TestHome;

    /// The public half alone is read, so the private one may be anything.
    fn ppk(version: u8) -> String {
        let blob = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
        format!(
            "PuTTY-User-Key-File-{version}: ssh-ed25519\r\nEncryption: none\r\nComment: dev\r\nPublic-Lines: 2\r\n{}\r\n{}\r\nPrivate-Lines: 1\r\nAAAA\r\n",
            &blob[..64],
            &blob[64..]
        )
    }

    #[test]
    fn a_session_for_azure_devops_names_a_key_and_others_do_not() {
        let home = TestHome::of(System::Windows);
        let registry = MemoryRegistry::new();
        let session = |name: &str, host: RegistryData, file: &Path| {
            let key = RegistryKey::of_person(SESSIONS).below(name);
            registry.put(&key, "HostName", host);
            let file = RegistryData::text(&file.to_string_lossy());
            registry.put(&key, "PublicKeyFile", file);
        };
        let text = RegistryData::text;
        let key = |name: &str, version| home.write(name, ppk(version));
        session("azure", text("git@ssh.dev.azure.com"), &key("a.ppk", 2));
        session(
            "old",
            text("contoso@vs-ssh.visualstudio.com"),
            &key("b.ppk", 3),
        );
        session("other", text("git.example.com"), &key("c.ppk", 3));
        session(DEFAULT, text(""), &key("d.ppk", 3));
        session("wrong", RegistryData::number(7), &key("e.ppk", 3));
        session(
            "gone",
            text("ssh.dev.azure.com"),
            &home.path().join("gone.ppk"),
        );
        let found = find_with_registry(&home, &SshKey, &registry, &[]);
        let mut told = Vec::new();
        for credential in &found.credentials {
            let path = credential.path.as_ref().unwrap();
            let key = credential.observed.key.as_ref().unwrap();
            assert_eq!(key.algorithm, "ssh-ed25519");
            assert!(key.sha256.starts_with("SHA256:"));
            assert_eq!(credential.remedy, Remedy::Manual);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            told.push((
                name,
                credential.organization.as_ref().map(ToString::to_string),
            ));
        }
        told.sort();
        let contoso = Some("contoso".to_owned());
        assert_eq!(
            told,
            [("a.ppk".to_owned(), None), ("b.ppk".to_owned(), contoso)]
        );
        let unreadable = found
            .places
            .iter()
            .find(|it| it.state == PlaceState::Unreadable);
        assert!(unreadable.unwrap().path.ends_with("wrong"));
        let absent = found.places.iter().any(|it| it.path.ends_with("gone.ppk"));
        assert!(absent);
    }
}
