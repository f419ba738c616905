//! Successors of old tokens, made by the service's own interface after a sign-in.

use std::io::Write;
use std::time::Duration;

use jiff::Timestamp;

use super::Renewal;
use super::slots_here::SlotsHere;
use crate::azure_devops::lifecycle::{PatClient, PatRecord};
use crate::cli::fault::Fault;
use crate::cli::session;
use crate::cli::show;
use crate::edit::Hold;
use crate::entra::{AccessToken, DeviceCode, Person, SignIn, SignInFault};
use crate::guide::Prompt;
use crate::guide::rotation::{
    Outcome, Pair, Pairing, Question, RotationFault, Rotator, Slot, pair, plan,
};
use crate::model::{Organization, Tenant};
use crate::network::Deadline;
use crate::platform::Platform;
use crate::renewal::{FilledSlot, Purpose, SavedSlots, Target, targets};
use crate::scan::Scanned;
use crate::stores;
use crate::token::FingerprintKey;

/// For all that is asked of the service, beside the sign-in.
const LIMIT: Duration = Duration::from_secs(300);

/// Two at once would take each other's tokens for orphans.
const LOCK: &str = "rotation.lock";

/// What came of it.
pub(in crate::cli) struct Automatic {
    /// What became of each token that was to be made.
    pub(in crate::cli) outcomes: Vec<Outcome>,
    /// What became of the slots.
    pub(in crate::cli) slots: Vec<FilledSlot>,
    /// How many places are left, since nobody can tell which token goes there.
    pub(in crate::cli) left: usize,
    /// What is there now.
    pub(in crate::cli) found: Scanned,
}

/// Whether somebody can be signed in here at all.
pub(in crate::cli) fn is_possible(renewal: &Renewal<'_>, organization: &Organization) -> bool {
    let session = renewal.session;
    let by_azure_cli = || {
        let programs = session.platform.programs();
        programs.is_some_and(|programs| programs.azure_cli().is_some())
    };
    session.asking.new_tokens
        && matches!(organization.tenant, Some(Tenant::Entra(_)))
        && (session.settings.entra_client.is_some() || by_azure_cli())
}

/// Makes successors of the organization's old tokens, puts them into their slots, proves them and revokes the old ones.
/// Without a `prompt` nothing is asked: what cannot be told apart is left.
///
/// # Errors
/// Why nothing was done: whole sentences, the last of which says what to do.
pub(in crate::cli) fn automatic(
    renewal: &Renewal<'_>,
    organization: &Organization,
    found: Scanned,
    mut prompt: Option<&mut dyn Prompt>,
    out: &mut dyn Write,
) -> Result<Automatic, Fault> {
    let session = renewal.session;
    let Some(Tenant::Entra(tenant)) = organization.tenant else {
        return Err(Fault::failed(format!(
            "{}: which tenant to sign in to is not known\n  hint: add --tenant GUID",
            organization.name
        )));
    };
    let root = &session.platform.folders().state;
    let _alone = Hold::take(root, LOCK).map_err(Fault::failed)?;
    let services = session.asking.services().map_err(Fault::failed)?;
    let programs = session.platform.programs();
    let sign_in = SignIn {
        services: &services,
        programs: programs.as_ref(),
        tenant,
        client: session.settings.entra_client,
    };
    let token = {
        let platform = session.platform.as_ref();
        let mut person = AtScreen { platform, out };
        sign_in.with(&mut person).map_err(not_signed_in)?
    };
    let client = client(&services, organization, &token);
    let listed = client.list().map_err(|fault| {
        Fault::failed(format!(
            "the service lists no tokens: {fault}\n  hint: {}",
            fault.next_step()
        ))
    })?;
    let pairs = pairs(renewal, organization, &found, &listed)?;
    let pairs = told_apart(pairs, prompt.as_deref_mut()).map_err(Fault::failed)?;
    let is_left = |pair: &&Pair| matches!(pair.pairing, Pairing::Among(_) | Pairing::ByHand);
    let left = pairs.iter().filter(is_left).count();
    let host = gethostname::gethostname();
    let plan = plan(&pairs, &host.to_string_lossy());
    let key = renewal.state.fingerprint_key().map_err(Fault::failed)?;
    let fingerprints = FingerprintKey::new(key);
    let rotator = Rotator {
        client,
        state: renewal.state,
        fingerprints: &fingerprints,
        clock: &session::now,
    };
    let mut slots = SlotsHere::new(*renewal, organization, found);
    let mut confirm = |question: Question<'_>| confirmed(question, prompt.as_deref_mut());
    let outcomes = rotator.run(plan, &mut slots, &mut confirm);
    let outcomes = outcomes.map_err(|fault: RotationFault| {
        Fault::failed(format!("{fault}\n  hint: {}", fault.next_step()))
    })?;
    Ok(Automatic {
        outcomes,
        slots: slots.filled,
        left,
        found: slots.found,
    })
}

fn client<'a>(
    services: &'a crate::azure_devops::Services,
    organization: &'a Organization,
    token: &'a AccessToken,
) -> PatClient<'a> {
    PatClient {
        services,
        organization: &organization.name,
        access_token: token.secret(),
        deadline: Deadline::after(LIMIT),
    }
}

fn not_signed_in(fault: SignInFault) -> Fault {
    Fault::failed(format!("{fault}\n  hint: {}", fault.next_step()))
}

/// Each slot that waits, with the token of the list that lies in it.
fn pairs(
    renewal: &Renewal<'_>,
    organization: &Organization,
    found: &Scanned,
    listed: &[PatRecord],
) -> Result<Vec<Pair>, Fault> {
    let saved = SavedSlots::load(renewal.state).map_err(Fault::failed)?;
    let waiting = targets(organization, found.pairs(), &saved);
    let slots = waiting.iter().filter_map(slot).collect();
    Ok(pair(
        listed,
        slots,
        organization.connected_at,
        renewal.session.now,
    ))
}

fn slot(target: &Target<'_>) -> Option<Slot> {
    let mut names = stores::ALL.iter().map(|store| store.about().name);
    Some(Slot {
        id: target.finding().to_owned(),
        purpose: Purpose::of(target),
        created: target.created(),
        store: names.find(|name| *name == target.store())?,
    })
}

/// Asks which of several tokens a slot holds, where somebody can be asked.
fn told_apart<'p>(
    pairs: Vec<Pair>,
    prompt: Option<&mut (dyn Prompt + 'p)>,
) -> Result<Vec<Pair>, crate::guide::Stopped> {
    let Some(prompt) = prompt else {
        return Ok(pairs);
    };
    let mut told = Vec::new();
    for pair in pairs {
        let Pairing::Among(records) = &pair.pairing else {
            told.push(pair);
            continue;
        };
        let mut words: Vec<String> = records.iter().map(described).collect();
        if pair.slot.purpose.least_scope().is_some() {
            words.push("None of them; make a new one".to_owned());
        }
        words.push("I do not know; leave it".to_owned());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let question = format!("Which of your tokens is the one of {}?", pair.slot.store);
        let chosen = prompt.choose(&question, &words)?;
        let pairing = match records.get(chosen) {
            Some(record) if record.is_for_several_organizations() => {
                Pairing::IsShared(record.clone())
            }
            Some(record) => Pairing::Is(record.clone()),
            None if chosen + 1 < words.len() => Pairing::New,
            None => Pairing::Among(records.clone()),
        };
        told.push(Pair {
            slot: pair.slot,
            pairing,
        });
    }
    Ok(told)
}

fn described(record: &PatRecord) -> String {
    let made = record.valid_from.strftime("%Y-%m-%d");
    format!("{}, of {made}", record.shown_name())
}

fn confirmed<'p>(question: Question<'_>, prompt: Option<&mut (dyn Prompt + 'p)>) -> bool {
    let Some(prompt) = prompt else { return true };
    let text = match question {
        Question::Make(rotation) => format!(
            "Make \"{}\" for {} ({}, {})?",
            show::plain(&rotation.name),
            show::count(rotation.slots.len(), "place"),
            show::plain(&rotation.scope),
            show::count(usize::try_from(rotation.days).unwrap_or_default(), "day"),
        ),
        Question::Revoke(_, old) => format!(
            "The new one works. Revoke the old \"{}\" everywhere?",
            show::plain(&old.name)
        ),
    };
    // Whoever leaves the question wants nothing more done.
    matches!(prompt.choose(&text, &["Yes", "No"]), Ok(0))
}

/// The person at this workstation.
struct AtScreen<'a> {
    platform: &'a dyn Platform,
    out: &'a mut dyn Write,
}

impl AtScreen<'_> {
    /// That nobody can read it is no reason not to sign in.
    fn tell(&mut self, text: &str) {
        let _ = writeln!(self.out, "  {text}");
        let _ = self.out.flush();
    }
}

impl Person for AtScreen<'_> {
    fn now(&self) -> Timestamp {
        session::now()
    }

    fn wait(&mut self, pause: Duration) -> bool {
        std::thread::sleep(pause);
        true
    }

    fn show_code(&mut self, code: &DeviceCode) {
        self.tell(&format!("To sign in, open {}", show::plain(&code.page)));
        self.tell(&format!("and type the code {}", show::plain(&code.code)));
    }

    fn open_page(&mut self, address: &str) -> Result<(), String> {
        self.tell("The sign-in opens in your browser.");
        self.platform.open_in_browser(address)
    }

    fn turned_down(&mut self, fault: &SignInFault) {
        self.tell(&format!("{fault}. Trying another way."));
    }
}
