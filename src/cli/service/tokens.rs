//! What becomes of tokens.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use crate::azure_devops::{Bearing, Endpoint, slot_refuses, word_on};
use crate::cli::session::Session;
use crate::cli::show;
use crate::judge::Known;
use crate::model::{Credential, Evidence, Organization, OrganizationName, Scope, Secret};
use crate::network::Deadline;
use crate::scan::Scanned;
use crate::token::{self, Token};

/// For all tokens.
const LIMIT: Duration = Duration::from_secs(60);
/// No workstation has more; asking about a thousand would look like an attack.
const MOST: usize = 100;

/// What the service said of tokens, by finding and fingerprint: it holds for a later look at the same token too.
#[derive(Debug, Default)]
pub(in crate::cli) struct Words(HashMap<(String, Option<String>), Vec<Evidence>>);

impl Words {
    /// Judges with them what was found.
    pub(in crate::cli) fn apply(&self, session: &Session, scope: &Scope, found: &mut Scanned) {
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
pub(in crate::cli) fn verify(session: &Session, scope: &Scope, found: &mut Scanned) -> Words {
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
    let deadline = Deadline::after(LIMIT);
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

/// What the service says of a token that is to take the place of others. `address` is one that it is for.
///
/// # Errors
/// Why it said nothing of it: the end of a sentence.
pub(in crate::cli) fn word_on_new(
    session: &Session,
    organization: &Organization,
    secret: &Secret,
    token: &Token,
    address: Option<&str>,
) -> Result<Vec<Evidence>, String> {
    let services = session.asking.services()?;
    let slot = address.and_then(|address| Endpoint::of_slot(address, &organization.name));
    let deadline = Deadline::after(LIMIT);
    word_on(
        &services,
        organization,
        token,
        secret,
        slot.as_ref(),
        deadline,
    )
}

/// Whether the slot's own address takes the token; `None` where it has none that can be asked, or does not tell.
///
/// # Errors
/// Why no answer came: the end of a sentence.
pub(in crate::cli) fn slot_works(
    session: &Session,
    organization: &OrganizationName,
    secret: &Secret,
    address: &str,
) -> Result<Option<bool>, String> {
    let Some(slot) = Endpoint::of_slot(address, organization) else {
        return Ok(None);
    };
    let services = session.asking.services()?;
    let deadline = Deadline::after(LIMIT);
    let refuses = slot_refuses(&services, &slot, Bearing::Pat(secret), deadline);
    let refuses = refuses.map_err(|fault| fault.to_string())?;
    Ok(refuses.map(|refuses| !refuses))
}
