//! Which way the person signs in.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::{AccessToken, DeviceCode, SignInFault, azure_cli, browser, device_code};
use crate::azure_devops::Services;
use crate::platform::Programs;

/// For one request to the sign-in.
pub(super) const REQUEST: Duration = Duration::from_secs(15);

/// Who signs in, and the clock on their wall.
pub trait Person {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Waits so long; false where they want to stop.
    fn wait(&mut self, pause: Duration) -> bool;

    /// Shows them the code and the page to type it into.
    fn show_code(&mut self, code: &DeviceCode);

    /// Opens the page of the sign-in in the browser of this workstation.
    ///
    /// # Errors
    /// Why it does not open, in words that end a sentence.
    fn open_page(&mut self, address: &str) -> Result<(), String>;

    /// Says why one way did not work, before the next is tried.
    fn turned_down(&mut self, fault: &SignInFault);
}

/// A sign-in for Azure DevOps.
#[derive(Debug, Clone, Copy)]
pub struct SignIn<'a> {
    /// Who sends the requests.
    pub services: &'a Services,
    /// The programs that may be asked: the Azure CLI is not, where there are none.
    pub programs: Option<&'a Programs>,
    /// The tenant of the organization.
    pub tenant: Uuid,
    /// The application that policy names (`entra.client_id`).
    pub client: Option<Uuid>,
}

impl SignIn<'_> {
    /// Uses the sign-in of the Azure CLI, without a question to anybody.
    ///
    /// # Errors
    /// Where it has none.
    pub fn quietly(&self, now: Timestamp) -> Result<AccessToken, SignInFault> {
        let programs = self.programs.ok_or(SignInFault::NoAzureCli)?;
        azure_cli::token(programs, self.tenant, now)
    }

    /// Signs the person in: as the Azure CLI is, else by a code, else in the browser.
    ///
    /// # Errors
    /// Where no way is left.
    pub fn with(&self, person: &mut dyn Person) -> Result<AccessToken, SignInFault> {
        let of_azure_cli = match self.quietly(person.now()) {
            Ok(token) => return Ok(token),
            Err(fault) => fault,
        };
        let Some(client) = self.client else {
            // Both would do, and one that is there already is nearer.
            return Err(match of_azure_cli {
                SignInFault::NoAzureCli => SignInFault::NoClient,
                other => other,
            });
        };
        if of_azure_cli != SignInFault::NoAzureCli {
            person.turned_down(&of_azure_cli);
        }
        match device_code::token(self.services, self.tenant, client, person) {
            Err(fault @ SignInFault::Refused(_)) if fault.browser_may_do() => {
                person.turned_down(&fault);
                browser::token(self.services, self.tenant, client, person)
            }
            other => other,
        }
    }
}

impl SignInFault {
    fn browser_may_do(&self) -> bool {
        matches!(self, Self::Refused(refusal) if refusal.browser_may_do())
    }
}

#[cfg(test)]
#[path = "sign_in_tests.rs"]
mod tests;
