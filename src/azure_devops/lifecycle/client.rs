//! Lists, makes and revokes tokens.

use std::collections::HashSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::{Zeroize as _, Zeroizing};

use super::{LifecycleFault, PatError, PatRecord};
use crate::azure_devops::{Bearing, Endpoint, Services};
use crate::model::{OrganizationName, Secret};
use crate::network::{Answer, Deadline};

/// How many tokens are asked for at once.
const PAGE: &str = "100";
/// How many answers are asked for.
const PAGES: usize = 20;
/// How many tokens are looked at.
const TOKENS: usize = 2_000;

/// Asks one organization about the tokens of one person.
#[derive(Debug, Clone, Copy)]
pub struct PatClient<'a> {
    /// Who sends the requests.
    pub services: &'a Services,
    /// The organization.
    pub organization: &'a OrganizationName,
    /// The person's access token of Microsoft Entra ID.
    pub access_token: &'a Secret,
    /// The end that all requests share.
    pub deadline: Deadline,
}

/// A token to be made, for this organization alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPat<'a> {
    /// Its name.
    pub display_name: &'a str,
    /// What it may do.
    pub scope: &'a str,
    /// When it ends.
    pub valid_to: Timestamp,
}

/// A token that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// How the service lists it.
    pub record: PatRecord,
    /// The token itself. The service tells it this one time.
    pub token: Secret,
}

/// What became of a token that is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// It was revoked now.
    Now,
    /// There was none any more.
    Before,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wanted<'a> {
    display_name: &'a str,
    scope: &'a str,
    valid_to: String,
    all_orgs: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    continuation_token: Option<String>,
    pat_tokens: Vec<PatRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Made {
    #[serde(default)]
    pat_token: Option<MadePat>,
    #[serde(default)]
    pat_token_error: Option<String>,
}

#[derive(Deserialize)]
struct MadePat {
    #[serde(flatten)]
    record: PatRecord,
    #[serde(default)]
    token: Option<Zeroizing<String>>,
}

impl PatClient<'_> {
    fn bearing(&self) -> Bearing<'_> {
        Bearing::AccessToken(self.access_token)
    }

    /// Every token of the person that is still good.
    ///
    /// # Errors
    /// Where the list does not come whole: half of one would hide what must be revoked.
    pub fn list(&self) -> Result<Vec<PatRecord>, LifecycleFault> {
        let mut all: Vec<PatRecord> = Vec::new();
        let mut seen = HashSet::new();
        let mut next: Option<String> = None;
        for _ in 0..PAGES {
            let mut query = vec![("displayFilterOption", "active"), ("$top", PAGE)];
            if let Some(token) = &next {
                query.push(("continuationToken", token));
            }
            let endpoint = Endpoint::tokens(self.organization, &query);
            let answer = self
                .services
                .get(&endpoint, self.bearing(), self.deadline)?;
            let listed: Listed = read(&answer)?;
            all.extend(listed.pat_tokens);
            next = listed.continuation_token.filter(|token| !token.is_empty());
            let Some(token) = &next else {
                return Ok(all);
            };
            if all.len() > TOKENS || !seen.insert(token.clone()) {
                break;
            }
        }
        Err(LifecycleFault::TooMany)
    }

    /// Makes a token.
    ///
    /// # Errors
    /// Where the service does not; [`LifecycleFault::may_be_done`] says whether it may have made one all the same.
    pub fn create(&self, wanted: &NewPat<'_>) -> Result<Created, LifecycleFault> {
        let body = Wanted {
            display_name: wanted.display_name,
            scope: wanted.scope,
            valid_to: wanted.valid_to.to_string(),
            all_orgs: false,
        };
        let endpoint = Endpoint::tokens(self.organization, &[]);
        let mut answer = self
            .services
            .post(&endpoint, self.bearing(), &body, self.deadline)?;
        let made = read::<Made>(&answer);
        // The token stands in it.
        answer.body.zeroize();
        let made = made?;
        if let Some(error) = made.pat_token_error.as_deref().and_then(PatError::named) {
            return Err(LifecycleFault::Refused(error));
        }
        match made.pat_token {
            Some(MadePat {
                record,
                token: Some(token),
            }) if !token.is_empty() => Ok(Created {
                record,
                token: Secret::new(token.as_str()),
            }),
            _ => Err(LifecycleFault::Unreadable),
        }
    }

    /// Revokes a token. One that is not listed any more is revoked; where the service says that there is none, the list
    /// decides.
    ///
    /// # Errors
    /// Where it may still be good.
    pub fn revoke(&self, authorization_id: Uuid) -> Result<Revoked, LifecycleFault> {
        let id = authorization_id.to_string();
        let endpoint = Endpoint::tokens(self.organization, &[("authorizationId", &id)]);
        let answer = self
            .services
            .delete(&endpoint, self.bearing(), self.deadline)?;
        let fault = LifecycleFault::of(&answer);
        let may_be_gone = match &fault {
            LifecycleFault::NotFound => true,
            LifecycleFault::Refused(error) => error.is_gone(),
            // No sign-in page has that status.
            _ if answer.status == 204 => return Ok(Revoked::Now),
            LifecycleFault::Unreadable if answer.status == 200 => return Ok(Revoked::Now),
            LifecycleFault::Page if answer.status == 200 && answer.body.is_empty() => {
                return Ok(Revoked::Now);
            }
            _ => false,
        };
        let is_gone = may_be_gone
            && self
                .list()?
                .iter()
                .all(|record| record.authorization_id != authorization_id);
        if is_gone {
            Ok(Revoked::Before)
        } else {
            Err(fault)
        }
    }
}

/// A value that the service gave with a good status.
fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, LifecycleFault> {
    if !matches!(answer.status, 200 | 201) || !answer.is_json() {
        return Err(LifecycleFault::of(answer));
    }
    serde_json::from_slice(&answer.body).map_err(|_| LifecycleFault::Unreadable)
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
