//! Builds a [`Credential`] that stands in a [`Document`], so that stores cannot forget a rule.

use std::fmt::Display;
use std::ops::Range;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Custody, Document};
use crate::model::{
    Change, Credential, Kind, Location, Observed, OrganizationName, Remedy, SafeUrl, Secret,
    Splice, TenantClaim, TenantRecord,
};
use crate::token::{self, Sighting, Token};

/// A credential in the making. Offsets are offsets in the document's text.
#[derive(Debug)]
pub struct Draft<'d> {
    document: &'d Document,
    credential: Credential,
    splices: Vec<Splice>,
    delete: bool,
    /// No cut takes it out without what stands around it.
    by_hand: bool,
    git_config: bool,
    /// The file is a list, whose other entries say nothing of this one.
    listed: bool,
}

impl<'d> Draft<'d> {
    pub(super) fn new(document: &'d Document, store: &'static str, kind: Kind) -> Self {
        let credential = Credential {
            store,
            kind,
            organization: None,
            location: file_location(document.path()),
            path: Some(document.target().to_owned()),
            observed: Observed {
                written: document.written(),
                ..Observed::default()
            },
            address: None,
            secret: None,
            remedy: Remedy::Automatic,
            advice: None,
            change: None,
        };
        Self {
            document,
            credential,
            splices: Vec::new(),
            delete: false,
            by_hand: false,
            git_config: false,
            listed: false,
        }
    }

    /// Whose it is, where that is known.
    #[must_use]
    pub fn organization(mut self, organization: Option<OrganizationName>) -> Self {
        self.credential.organization = organization;
        self
    }

    /// Whose it is where nothing else says so.
    #[must_use]
    pub fn or_organization(mut self, organization: &OrganizationName) -> Self {
        let own = self.credential.organization.take();
        self.credential.organization = own.or_else(|| Some(organization.clone()));
        self
    }

    /// The entry's name in its own syntax; it loses user-info and tokens.
    #[must_use]
    pub fn entry(mut self, entry: impl Display) -> Self {
        self.credential.location.entry = Some(token::shown(&entry.to_string()));
        self
    }

    /// The repository or feed that the slot is for; kept without user-info, for that may be a secret.
    #[must_use]
    pub fn address(mut self, address: &str) -> Self {
        self.credential.address = Some(SafeUrl(address).to_string());
        self
    }

    /// Where the secret (or, without one, the entry) begins.
    #[must_use]
    pub fn at(mut self, offset: usize) -> Self {
        self.credential.location.line = Some(self.document.text().line(offset));
        self
    }

    /// The value of a slot that is addressed to Azure DevOps, in any encoding: see `hold`.
    #[must_use]
    pub fn value(mut self, value: &str) -> Self {
        hold(&mut self.credential, value);
        self
    }

    /// Only its form speaks for it. Nothing says that it is a token, so its file's time says nothing of it.
    #[must_use]
    pub fn by_form(self) -> Self {
        self.observe(|facts| facts.written = None)
    }

    /// A token that was found in the document's text, whatever is encoded with it.
    #[must_use]
    pub fn sighted(mut self, sighting: &Sighting) -> Self {
        let secret = sighting.secret.clone();
        take(&mut self.credential, Some(&sighting.token), secret);
        self
    }

    /// Removing it cuts the token out of the part of the text that begins at `start`, in which it was found. Where it
    /// is encoded together with other things, such as a script, the cut is left to the person.
    #[must_use]
    pub fn cut_sighted(mut self, sighting: &Sighting, start: usize) -> Self {
        if sighting.whole {
            let range = start + sighting.range.start..start + sighting.range.end;
            return self.cut(range);
        }
        self.by_hand = true;
        self
    }

    /// A secret that is no token, such as a private key's fingerprint source.
    #[must_use]
    pub fn secret(mut self, secret: Secret) -> Self {
        self.credential.secret = Some(secret);
        self
    }

    /// What it says of an organization's tenant.
    #[must_use]
    pub fn tenant(mut self, organization: Option<OrganizationName>, claim: TenantClaim) -> Self {
        self.credential.observed.tenants.push(TenantRecord {
            organization,
            claim,
        });
        self
    }

    /// Further facts, where the other methods do not reach.
    #[must_use]
    pub fn observe(mut self, facts: impl FnOnce(&mut Observed)) -> Self {
        facts(&mut self.credential.observed);
        self
    }

    /// Who may remove it, as far as the store is concerned; the file's custody may demand more.
    #[must_use]
    pub fn remedy(mut self, remedy: Remedy) -> Self {
        self.credential.remedy = remedy;
        self
    }

    /// What the person does by hand, or how its owner clears it.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.credential.advice = Some(token::shown(&advice.into()));
        self
    }

    /// The file is a git config.
    #[must_use]
    pub fn in_git_config(mut self) -> Self {
        self.git_config = true;
        self
    }

    /// Removing it cuts this text.
    #[must_use]
    pub fn cut(self, range: Range<usize>) -> Self {
        self.replace(range, "")
    }

    /// Removing it puts other text in place of this.
    #[must_use]
    pub fn replace(mut self, range: Range<usize>, with: &str) -> Self {
        let text = self.document.text();
        self.splices.push(Splice {
            range: text.bytes_of(&range),
            replacement: text.encode(with).into(),
        });
        self
    }

    /// Removing it deletes the file.
    #[must_use]
    pub fn delete_file(mut self) -> Self {
        self.delete = true;
        self
    }

    /// Its file is a list of entries that have nothing to do with each other: none tells whose another is.
    #[must_use]
    pub fn listed(mut self) -> Self {
        self.listed = true;
        self
    }

    /// The credential.
    pub fn finish(self) -> Credential {
        let mut credential = self.credential;
        let unaddressed = credential.secret.is_some() && credential.organization.is_none();
        if unaddressed {
            // What stands beside it may tell whose it is, not that it serves nobody else.
            if !self.listed {
                credential.organization = self.document.only_organization();
            }
            credential.remedy = credential.remedy.max(Remedy::Consent);
        }
        if self.by_hand {
            credential.remedy = Remedy::Manual;
            let advice = "It is encoded together with other text: decode the value, take the token out, and encode it again";
            credential.advice.get_or_insert_with(|| advice.to_owned());
        }
        credential.remedy = self.document.remedy(credential.remedy);
        if credential.advice.is_none() {
            credential.advice = match self.document.custody() {
                Custody::Own | Custody::HardLinked => None,
                Custody::Tracked => {
                    Some("A repository tracks this file: edit it there and commit".into())
                }
                Custody::Machine => Some("A setting of the machine: ask its administrator".into()),
            };
        }
        let path = self.document.target().to_owned();
        let base = self.document.digest();
        credential.change = if self.by_hand {
            None
        } else if self.delete {
            Some(Change::DeleteFile { path, base })
        } else if self.splices.is_empty() {
            None
        } else {
            let git_config = self.git_config;
            Some(Change::EditFile {
                path,
                base,
                splices: self.splices,
                git_config,
                sealed: self.document.is_inside_of_seal(),
            })
        };
        credential
    }
}

/// Gives a credential the value of a slot that is addressed to Azure DevOps, in any encoding.
///
/// A known token decides the kind and brings its month, expiry and tenant; anything else is a
/// [`Kind::Password`], unless the credential was started as a [`Kind::SessionToken`].
pub(crate) fn hold(credential: &mut Credential, value: &str) {
    let opened = token::open(value);
    take(credential, opened.token.as_ref(), opened.secret);
}

/// Gives a credential its secret, and what it says of itself where it is a token.
fn take(credential: &mut Credential, token: Option<&Token>, secret: Secret) {
    let session = credential.kind == Kind::SessionToken;
    match token {
        Some(token) => {
            if !session {
                credential.kind = token.kind();
            }
            credential.observed.created = token.created;
            credential.observed.expires = token.expires;
            if let Some(tenant) = token.tenant {
                let organization = credential.organization.clone();
                let claim = TenantClaim::Entra(tenant);
                credential.observed.tenants.push(TenantRecord {
                    organization,
                    claim,
                });
            }
        }
        None if session => {}
        None => credential.kind = Kind::Password,
    }
    credential.secret = Some(secret);
}

/// A path as it is shown, with its bytes beside it where it is not Unicode.
pub(crate) fn file_location(path: &Path) -> Location {
    let whole = match path.to_str() {
        Some(_) => None,
        None => Some(STANDARD.encode(path.as_os_str().as_encoded_bytes())),
    };
    Location {
        path: Some(token::shown_path(path)),
        path_bytes: whole,
        ..Location::default()
    }
}
