//! Whose a token is, as the service describes people.

use serde::Deserialize;
use uuid::Uuid;

use crate::model::Tenant;

/// Who the service takes the holder of a token for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The name that the service shows.
    pub name: String,
    /// The sign-in address, where the service says it.
    pub account: Option<String>,
    /// What the identity belongs to, where that can be told.
    pub tenant: Option<Tenant>,
}

/// `authenticatedUser` of connection data, as far as it is needed.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct User {
    pub(super) id: String,
    descriptor: String,
    subject_descriptor: String,
    provider_display_name: String,
    custom_display_name: Option<String>,
}

/// The id of whoever is not signed in.
const ANONYMOUS: &str = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa";
/// What descriptors of Microsoft accounts name where those of Entra name a tenant.
const MICROSOFT_ACCOUNT: &str = "Windows Live ID";

impl User {
    /// Public projects answer whoever asks.
    pub(super) fn is_anonymous(&self) -> bool {
        self.id.is_empty()
            || self.id.eq_ignore_ascii_case(ANONYMOUS)
            || self.provider_display_name.eq_ignore_ascii_case("Anonymous")
    }

    /// Reads a descriptor `KIND;DOMAIN\ACCOUNT`, whose domain is the tenant or says that there is none.
    pub(super) fn identity(self) -> Identity {
        let descriptor = self.descriptor.split_once(';').map_or("", |(_, rest)| rest);
        let (domain, account) = match descriptor.split_once('\\') {
            Some((domain, account)) => (domain, Some(account)),
            None => ("", None),
        };
        let tenant = if domain.eq_ignore_ascii_case(MICROSOFT_ACCOUNT)
            || self.subject_descriptor.starts_with("msa.")
        {
            Some(Tenant::MicrosoftAccount)
        } else {
            let tenant = Uuid::try_parse(domain).ok();
            tenant.filter(|tenant| !tenant.is_nil()).map(Tenant::Entra)
        };
        let name = self.custom_display_name.filter(|name| !name.is_empty());
        Identity {
            name: name.unwrap_or(self.provider_display_name),
            account: account.map(str::to_owned),
            tenant,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

    fn tenant(descriptor: &str, subject: &str) -> Option<Tenant> {
        let user = User {
            descriptor: descriptor.to_owned(),
            subject_descriptor: subject.to_owned(),
            ..User::default()
        };
        user.identity().tenant
    }

    #[test]
    fn a_descriptor_tells_what_an_identity_belongs_to() {
        let claims = "Microsoft.IdentityModel.Claims.ClaimsIdentity";
        let entra = format!("{claims};{TENANT}\\dev@contoso.com");
        assert_eq!(tenant(&entra, "aad.x"), TENANT.parse().ok());
        let live = format!("{claims};windows live id\\dev@contoso.com");
        assert_eq!(tenant(&live, ""), Some(Tenant::MicrosoftAccount));
        assert_eq!(tenant("", "msa.x"), Some(Tenant::MicrosoftAccount));
        for odd in ["", "x", "x;y", "x;y\\z"] {
            assert_eq!(tenant(odd, "aad.x"), None, "{odd}");
        }
    }
}
