//! Asking the service: whose tenant an organization has, and what becomes of tokens.

mod tenants;
mod tokens;

use super::fault::Fault;
#[cfg(feature = "test-gateway")]
use crate::azure_devops::GATEWAY;
use crate::azure_devops::{Gateway, Services};
use crate::policy::Leave;

pub(super) use tenants::{learn_for_new_tokens, learn_tenants};
pub(super) use tokens::{Words, repository, slot_works, verify, word_on_new};

/// What may be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asking {
    /// `--verify`, or what policy says for it.
    pub tokens: bool,
    /// A token that the person gives rekey to put into its slots.
    pub new_tokens: bool,
    /// Which tenant an organization has: its name is all that is sent.
    pub tenants: bool,
    /// A server of a test that stands in.
    pub gateway: Option<Gateway>,
}

impl Asking {
    /// What flags, settings and the kind of home allow.
    ///
    /// # Errors
    /// Where they contradict each other.
    pub(super) fn new(
        verify: bool,
        offline: bool,
        leave: Leave,
        hermetic: bool,
    ) -> Result<Self, Fault> {
        if verify && offline {
            return Err(Fault::wrong(
                "--verify and --offline contradict each other\n  hint: --verify asks the service about tokens",
            ));
        }
        if verify && leave == Leave::Never {
            return Err(Fault::wrong(
                "--verify: network.verify is \"never\"\n  hint: it is set by your administrator or in your settings",
            ));
        }
        let allowed = !offline && leave != Leave::Never;
        let gateway = gateway(hermetic)?;
        Ok(Self {
            tokens: verify || allowed && !hermetic && leave == Leave::Always,
            new_tokens: allowed && (!hermetic || gateway.is_some()),
            tenants: verify || allowed && !hermetic,
            gateway,
        })
    }

    /// What must be said of it: nobody may take what a test answers for the service's word.
    #[cfg(feature = "test-gateway")]
    pub(super) fn warning(&self) -> Option<String> {
        let stands_in = || format!("{GATEWAY} is set: a test stands in for Azure DevOps");
        self.gateway.is_some().then(stands_in)
    }

    #[cfg(not(feature = "test-gateway"))]
    #[allow(
        clippy::unused_self,
        reason = "it has something to say where tests are possible"
    )]
    pub(super) fn warning(&self) -> Option<String> {
        None
    }

    pub(super) fn services(&self) -> Result<Services, String> {
        Services::new(self.gateway.clone()).map_err(|fault| fault.to_string())
    }
}

/// The server that stands in for the service in a test. A package has no such door.
#[cfg(feature = "test-gateway")]
fn gateway(hermetic: bool) -> Result<Option<Gateway>, Fault> {
    let Some(text) = std::env::var_os(GATEWAY).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    if !hermetic {
        return Err(Fault::wrong(format!(
            "{GATEWAY} is set: it is for tests, and only with --home"
        )));
    }
    Gateway::new(&text.to_string_lossy())
        .map(Some)
        .map_err(Fault::wrong)
}

#[cfg(not(feature = "test-gateway"))]
#[allow(
    clippy::unnecessary_wraps,
    reason = "it is called like the one for tests, which can fail"
)]
fn gateway(_hermetic: bool) -> Result<Option<Gateway>, Fault> {
    Ok(None)
}
