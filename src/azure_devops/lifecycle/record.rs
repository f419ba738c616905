//! One token as the service lists it.

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

/// A personal access token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PatRecord {
    /// What it is revoked by.
    pub authorization_id: Uuid,
    /// The name that the person gave it. Anybody's text: show it by [`Self::shown_name`].
    pub display_name: String,
    /// What it may do: words with blanks between, or `app_token` for everything.
    pub scope: String,
    /// When it was made.
    pub valid_from: Timestamp,
    /// When it ends.
    pub valid_to: Timestamp,
    /// The ids of the organizations that it is for; `None` for all of the person's.
    #[serde(default)]
    pub target_accounts: Option<Vec<Uuid>>,
}

impl PatRecord {
    /// Whether it is good for more than one organization.
    pub fn is_for_several_organizations(&self) -> bool {
        self.target_accounts
            .as_ref()
            .is_none_or(|accounts| accounts.len() != 1)
    }

    /// The words of its scope.
    pub fn scopes(&self) -> impl Iterator<Item = &str> {
        self.scope.split_whitespace()
    }

    /// Its name on one line, with nothing in it that a terminal obeys.
    pub fn shown_name(&self) -> String {
        let name = crate::token::shown(&self.display_name);
        name.chars()
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .take(LONGEST_NAME)
            .collect()
    }
}

/// The most characters of a name that are shown.
const LONGEST_NAME: usize = 100;
