//! Asking the service: whose tenant an organization has, and what becomes of tokens.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use super::fault::Fault;
use super::session::Session;
use super::show;
#[cfg(feature = "test-gateway")]
use crate::azure_devops::GATEWAY;
use crate::azure_devops::{Endpoint, Gateway, Services, TenantAnswer, ask_tenant, word_on};
use crate::judge::Known;
use crate::model::{Credential, Evidence, OrganizationName, Scope, Tenant};
use crate::network::Deadline;
use crate::policy::Leave;
use crate::scan::Scanned;
use crate::token;

/// For the tenants of all organizations: nobody waits long for a network that is not there.
const TENANTS: Duration = Duration::from_secs(10);
/// For all tokens.
const TOKENS: Duration = Duration::from_secs(60);
/// No workstation has more; asking about a thousand would look like an attack.
const MOST: usize = 100;

/// What may be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asking {
    /// `--verify`, or what policy says for it.
    pub tokens: bool,
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
        Ok(Self {
            tokens: verify || allowed && !hermetic && leave == Leave::Always,
            tenants: verify || allowed && !hermetic,
            gateway: gateway(hermetic)?,
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

    fn services(&self) -> Result<Services, String> {
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
fn gateway(_hermetic: bool) -> Result<Option<Gateway>, Fault> {
    Ok(None)
}

/// Learns which tenants the organizations have. One that settings name is not asked for; a zero gates. The names of
/// those that the service knows are given back.
pub(super) fn learn_tenants(session: &Session, scope: &mut Scope) -> BTreeSet<OrganizationName> {
    let mut known = BTreeSet::new();
    if !session.asking.tenants {
        return known;
    }
    let services = match session.asking.services() {
        Ok(services) => services,
        Err(reason) => {
            session.warn(format!("the service was not asked: {reason}"));
            return known;
        }
    };
    let deadline = Deadline::after(TENANTS);
    let open = scope
        .organizations
        .iter_mut()
        .filter(|one| one.tenant.is_none());
    for organization in open {
        let name = &organization.name;
        match ask_tenant(&services, name, deadline) {
            Ok(TenantAnswer::Entra(tenant)) => {
                tracing::info!(organization = %name, %tenant, "the service names the tenant");
                organization.tenant = Some(Tenant::Entra(tenant));
                known.insert(name.clone());
            }
            Ok(TenantAnswer::Unset) => {
                session.say(format!(
                    "{name} is not connected to Microsoft Entra ID yet, says the service. If you know better, add \
                     --tenant GUID."
                ));
                organization.gated = true;
                known.insert(name.clone());
            }
            Ok(TenantAnswer::Unknown { status }) => {
                tracing::warn!(organization = %name, status, "the service names no tenant");
            }
            Err(fault) => session.warn(format!("{name}'s tenant could not be asked for: {fault}")),
        }
    }
    known
}

/// What the service said of tokens, by finding and fingerprint: it holds for a later look at the same token too.
#[derive(Debug, Default)]
pub(super) struct Words(HashMap<(String, Option<String>), Vec<Evidence>>);

impl Words {
    /// Judges with them what was found.
    pub(super) fn apply(&self, session: &Session, scope: &Scope, found: &mut Scanned) {
        let findings = found.scan.findings.iter();
        let known: Vec<_> = findings
            .map(|finding| {
                let said = self
                    .0
                    .get(&(finding.id.clone(), finding.fingerprint.clone()))?;
                Some(Known {
                    said: said.clone(),
                    ..Known::default()
                })
            })
            .collect();
        found.judge_again(scope, session.settings.pats, session.now, &|place| {
            known.get(place).cloned().flatten()
        });
    }
}

/// Asks about the tokens that were found, and judges anew.
pub(super) fn verify(session: &Session, scope: &Scope, found: &mut Scanned) -> Words {
    let mut words = Words::default();
    if !session.asking.tokens {
        return words;
    }
    let services = match session.asking.services() {
        Ok(services) => services,
        Err(reason) => {
            session.warn(format!("no token was tried: {reason}"));
            return words;
        }
    };
    let deadline = Deadline::after(TOKENS);
    let repositories = repositories(found);
    let mut answers = BTreeMap::new();
    let mut unclear: BTreeMap<String, usize> = BTreeMap::new();
    for (finding, credential) in found.pairs() {
        let Some(organization) = credential
            .organization
            .as_ref()
            .and_then(|name| scope.get(name))
        else {
            continue;
        };
        let Some(secret) = credential.secret.as_ref().filter(|_| !organization.gated) else {
            continue;
        };
        let Some(token) = token::recognize(secret.expose()) else {
            continue;
        };
        let slot = slot(credential, &repositories);
        let question = (secret.expose(), organization.name.clone(), slot.clone());
        if answers.len() >= MOST && !answers.contains_key(&question) {
            *unclear
                .entry(format!("more than {MOST} are not tried"))
                .or_default() += 1;
            continue;
        }
        let answer = answers.entry(question).or_insert_with(|| {
            word_on(
                &services,
                organization,
                &token,
                secret,
                slot.as_ref(),
                deadline,
            )
        });
        match answer {
            Ok(said) => {
                let key = (finding.id.clone(), finding.fingerprint.clone());
                words.0.insert(key, said.clone());
            }
            Err(reason) => *unclear.entry(reason.clone()).or_default() += 1,
        }
    }
    let tried = show::count(answers.len(), "token");
    drop(answers);
    session.say(format!("Asked the service about {tried}."));
    for (reason, count) in unclear {
        session.say(format!(
            "  It said nothing of {}: {reason}.",
            show::count(count, "token")
        ));
    }
    words.apply(session, scope, found);
    words
}

/// One repository of each organization, which git would fetch from.
fn repositories(found: &Scanned) -> BTreeMap<OrganizationName, String> {
    let questions = found.asked.iter().flat_map(|asked| {
        let of = |question| (asked.organization.clone(), question);
        asked.questions.iter().map(of)
    });
    let addresses = questions.filter_map(|(name, question)| {
        let path = question
            .path
            .as_deref()
            .filter(|path| path.contains("_git/"))?;
        Some((name, format!("https://{}/{path}", question.host)))
    });
    // The first of each is the one in the end.
    let addresses: Vec<_> = addresses.collect();
    addresses.into_iter().rev().collect()
}

/// The slot's own address: what stands beside it, or for git any repository.
fn slot(
    credential: &Credential,
    repositories: &BTreeMap<OrganizationName, String>,
) -> Option<Endpoint> {
    let organization = credential.organization.as_ref()?;
    let own = credential.address.as_deref();
    let own = own.and_then(|address| Endpoint::of_slot(address, organization));
    own.or_else(|| {
        let for_git = GIT.contains(&credential.store);
        let address = repositories.get(organization).filter(|_| for_git)?;
        Endpoint::of_slot(address, organization)
    })
}

/// Stores whose tokens are git's.
const GIT: [&str; 4] = [
    "git-credential-store",
    "git-credential-cache",
    "gcm-files",
    "git-config",
];
