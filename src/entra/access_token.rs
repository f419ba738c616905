//! An access token for Azure DevOps.

use jiff::Timestamp;
use uuid::Uuid;

use super::SignInFault;
use crate::model::Secret;
use crate::token::{self, Form};

/// How the person signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The Azure CLI was signed in.
    AzureCli,
    /// With a code that they typed into a page.
    DeviceCode,
    /// In the browser of this workstation.
    Browser,
}

/// What a sign-in gave. It is kept in memory alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    secret: Secret,
    expires: Timestamp,
    way: Way,
}

impl AccessToken {
    /// Takes a token that is for Azure DevOps, of this tenant and still good.
    ///
    /// # Errors
    /// Where it is anything else.
    pub(super) fn accept(
        secret: Secret,
        tenant: Uuid,
        now: Timestamp,
        way: Way,
    ) -> Result<Self, SignInFault> {
        let read = token::recognize(secret.expose()).filter(|read| read.form == Form::EntraJwt);
        let Some((read, expires)) = read.and_then(|read| Some((read.clone(), read.expires?)))
        else {
            return Err(SignInFault::OtherToken);
        };
        match read.tenant {
            Some(found) if found == tenant => {}
            found => return Err(SignInFault::OtherTenant { tenant, found }),
        }
        if expires <= now {
            return Err(SignInFault::Ended);
        }
        Ok(Self {
            secret,
            expires,
            way,
        })
    }

    /// The token itself.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// When it ends.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// How it was got.
    pub fn way(&self) -> Way {
        self.way
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::entra::testing::{NOW, TENANT, now};
    use crate::testing::{entra_jwt, service_jwt};

    fn accept(token: String) -> Result<AccessToken, SignInFault> {
        AccessToken::accept(Secret::new(token), TENANT, now(), Way::AzureCli)
    }

    #[test]
    fn only_a_living_token_of_the_tenant_for_azure_devops_is_taken() {
        let other = Uuid::from_u128(7);
        assert!(accept(entra_jwt(&TENANT.to_string(), NOW + 1)).is_ok());
        assert_eq!(
            accept(entra_jwt(&TENANT.to_string(), NOW)),
            Err(SignInFault::Ended)
        );
        assert_eq!(
            accept(entra_jwt(&other.to_string(), NOW + 1)),
            Err(SignInFault::OtherTenant {
                tenant: TENANT,
                found: Some(other)
            })
        );
        for odd in [service_jwt(NOW + 1), "hunter2".to_owned(), String::new()] {
            assert_eq!(accept(odd), Err(SignInFault::OtherToken));
        }
    }
}
