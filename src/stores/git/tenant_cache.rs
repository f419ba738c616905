//! The tenant cache of the retired Git Credential Manager for Windows, which Visual Studio brings too.
//!
//! One gzip member over `<address>=<tenant GUID>` records, each ended by a NUL byte
//! (Git-Credential-Manager-for-Windows, Authentication.cs). Bytes after the member are leftovers.

use std::io::Read as _;

use flate2::read::GzDecoder;

use super::legacy_manager;
use crate::model::{Address, Kind, OrganizationName, Remedy, TenantClaim, TenantRecord};
use crate::platform::System;
use crate::stores::{About, Finder, Store};

/// `%LocalAppData%\GitCredentialManager\tenant.cache`.
pub struct GcmTenantCache;

/// The largest text that is taken for a tenant cache, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;

impl Store for GcmTenantCache {
    fn about(&self) -> About {
        About {
            name: "gcm-tenant-cache",
            title: "Tenant cache of the older Git Credential Manager",
            clears: "Delete %LocalAppData%\\GitCredentialManager\\tenant.cache; it is made anew",
        }
    }

    fn find(&self, finder: &mut Finder<'_>) {
        if finder.platform().system() != System::Windows {
            return;
        }
        legacy_manager::tell(finder);
        let folder = finder.folders().data.join("GitCredentialManager");
        let Some(document) = finder.open(&folder.join("tenant.cache")) else {
            return;
        };
        // Reading makes an empty file where there was none.
        if document.bytes().is_empty() {
            return;
        }
        let draft = document
            .draft(finder.store(), Kind::TenantCache)
            .remedy(Remedy::Automatic)
            .delete_file();
        let credential = match inflate(document.bytes()) {
            Err(broken) => draft.observe(|facts| facts.broken = Some(broken)).finish(),
            Ok(text) => {
                let records = records(&text);
                let Some(organization) = organization(finder, &records) else {
                    return;
                };
                draft
                    .organization(Some(organization))
                    .observe(|facts| facts.tenants = records)
                    .finish()
            }
        };
        finder.add(credential);
    }
}

/// The text of the first gzip member, or why there is none.
fn inflate(bytes: &[u8]) -> Result<String, String> {
    let mut text = Vec::new();
    GzDecoder::new(bytes)
        .take(LIMIT + 1)
        .read_to_end(&mut text)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "it is cut short".to_owned(),
            _ => "it is not gzip".to_owned(),
        })?;
    if text.len() as u64 > LIMIT {
        return Err("it is far too large".to_owned());
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The records of Azure DevOps organizations. Keys of older versions may have a user with blanks.
fn records(text: &str) -> Vec<TenantRecord> {
    let record = |record: &str| {
        let (address, guid) = record.rsplit_once('=')?;
        Some(TenantRecord {
            organization: Some(Address::parse(address)?.organization?),
            claim: TenantClaim::from_guid(guid)?,
        })
    };
    text.split('\0').filter_map(record).collect()
}

/// Whose the file is, as it goes whole: one in scope, and best one that was cached without a tenant.
fn organization(finder: &Finder<'_>, records: &[TenantRecord]) -> Option<OrganizationName> {
    let names = |wanted: fn(&TenantRecord) -> bool| {
        let records = records.iter().filter(move |record| wanted(record));
        records.filter_map(|record| record.organization.as_ref())
    };
    let in_scope = |name: &&OrganizationName| finder.scope().has(name);
    names(|record| record.claim == TenantClaim::Unset)
        .find(in_scope)
        .or_else(|| names(|_| true).find(in_scope))
        .or_else(|| names(|_| true).next())
        .cloned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use std::io::Write as _;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::stores::Found;
    use crate::stores::git::testing::rows;
    use crate::testing::{TestHome, after, scope};

    const PATH: &str = "AppData/Local/GitCredentialManager/tenant.cache";
    /// What the tool writes for contoso without a tenant, and fabrikam with one.
    const SAMPLE: &str = "H4sIAAAAAAAC/8soKSkottLXT0kt00usKi1K1UvOz9VPzs8ryS/O17c1gAJdLAQMMGRAzUhLTCrKzE7M1SvLLC5NzCkuKU3JzAebZ2sIBbpGQKBrDAS6JkCga4oEGABtGj45jAAAAA==";

    fn sample() -> Vec<u8> {
        STANDARD.decode(SAMPLE).unwrap()
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn find(bytes: &[u8], organizations: &[&str]) -> Found {
        let home = TestHome::of(System::Windows);
        home.write(PATH, bytes);
        home.find_in_scope(&GcmTenantCache, &scope(organizations))
    }

    fn shown(found: &Found) -> Vec<String> {
        let tenants = found
            .credentials
            .iter()
            .flat_map(|one| &one.observed.tenants);
        tenants
            .map(|record| format!("{} {}", record.organization.as_ref().unwrap(), record.claim))
            .collect()
    }

    #[test]
    fn what_the_tool_wrote_goes_whole() {
        let found = find(&sample(), &["fabrikam", "CONTOSO"]);
        assert_eq!(rows(&found), ["tenant-cache contoso - - automatic"]);
        assert_eq!(
            shown(&found),
            [
                "contoso no tenant",
                "fabrikam 11111111-2222-3333-4444-555555555555"
            ]
        );
        assert_eq!(after(found.credentials[0].change.as_ref()), None);
    }

    #[test]
    fn it_belongs_to_the_scope_where_it_can() {
        let fabrikam = find(&sample(), &["fabrikam"]);
        assert_eq!(rows(&fabrikam), ["tenant-cache fabrikam - - automatic"]);
        let other = find(&sample(), &["northwind"]);
        assert_eq!(rows(&other), ["tenant-cache contoso - - automatic"]);
    }

    #[test]
    fn leftovers_after_the_member_are_ignored() {
        let bytes = [sample(), b"\x1f\x8bold bytes".to_vec()].concat();
        assert_eq!(shown(&find(&bytes, &["contoso"])).len(), 2);
    }

    #[test]
    fn keys_of_older_versions_are_read() {
        let text = "https://Personal Access Token@contoso.visualstudio.com/=00000000-0000-0000-0000-000000000000\0\
                    https://codex.azure.com/contoso/=11111111-2222-3333-4444-555555555555\0\
                    https://tfs.northwind.com/=11111111-2222-3333-4444-555555555555\0odd\0";
        assert_eq!(
            shown(&find(&packed(text), &["contoso"])),
            [
                "contoso no tenant",
                "contoso 11111111-2222-3333-4444-555555555555"
            ]
        );
    }

    #[test]
    fn empty_or_without_organizations_is_nothing() {
        for bytes in [vec![], packed(""), packed("https://tfs.northwind.com/=x\0")] {
            assert_eq!(rows(&find(&bytes, &["contoso"])), [""; 0]);
        }
    }

    #[test]
    fn a_broken_cache_says_why() {
        let sample = sample();
        for (bytes, why) in [
            (&sample[..sample.len() - 9], "it is cut short"),
            (&sample[..5], "it is cut short"),
            (
                b"https://dev.azure.com/contoso/=x\0".as_slice(),
                "it is not gzip",
            ),
        ] {
            let found = find(bytes, &["contoso"]);
            assert_eq!(rows(&found), ["tenant-cache - - - automatic"]);
            assert_eq!(found.credentials[0].observed.broken.as_deref(), Some(why));
        }
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let bomb = packed(&"0".repeat(usize::try_from(LIMIT).unwrap() * 3));
        let found = find(&bomb, &["contoso"]);
        assert_eq!(
            found.credentials[0].observed.broken.as_deref(),
            Some("it is far too large")
        );
    }

    #[test]
    fn other_systems_have_no_such_cache() {
        let home = TestHome::of(System::Linux);
        home.write(PATH, sample());
        home.write(".local/share/GitCredentialManager/tenant.cache", sample());
        assert_eq!(rows(&home.find(&GcmTenantCache)), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(mut bytes: Vec<u8>, cut in 0..103usize, flip in 0..103usize) {
            let _ = inflate(&bytes).map(|text| records(&text));
            bytes = sample();
            bytes[flip] ^= 0x55;
            bytes.truncate(cut);
            let _ = inflate(&bytes).map(|text| records(&text));
        }
    }
}
