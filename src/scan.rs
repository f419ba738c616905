//! Finds and judges: walks, asks every store, and turns credentials into findings.

mod ask;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rekey_report::{Accepted, EvidenceCode, Scan, SshKey};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::judge::{Known, Pats, evidence, judge};
use crate::model::{
    Credential, Depth, Finding, Location, OldRemote, OrganizationName, Place, PlaceState, Scope,
    Secret, Summary, Verdict,
};
use crate::platform::{Platform, System};
use crate::stores::git::helpers::{self, Asked};
use crate::stores::{self, Store, deep};
use crate::token::shown_path;
use crate::walk::{Bounds, Budget, Guarded, Projects, Seen, Walk};

use ask::{Desk, ask_all};

/// The schema name of a scan.
pub const SCAN_SCHEMA: &str = "rekey.scan/1";

/// What to look for, and where.
pub struct Request<'a> {
    /// The system.
    pub platform: Arc<dyn Platform>,
    /// How long to look.
    pub budget: Budget,
    /// The organizations that changed.
    pub scope: &'a Scope,
    /// What becomes of tokens that still work.
    pub pats: Pats,
    /// Folders to walk; the home where there are none.
    pub roots: Vec<PathBuf>,
    /// Folders not to enter, beside the built-in ones.
    pub excluded: Vec<String>,
    /// Names of the only stores to ask; all where there are none.
    pub only: Vec<String>,
    /// Names of stores not to ask.
    pub skip: Vec<String>,
    /// How much is read.
    pub depth: Depth,
    /// List what belongs to other organizations too.
    pub all: bool,
    /// Names the run.
    pub run: Uuid,
    /// The time of the scan.
    pub now: Timestamp,
    /// Turns a secret into a short fingerprint that only this workstation can make.
    pub fingerprint: &'a (dyn Fn(&Secret) -> String + Sync),
    /// Whether rekey saw the credential work with the new identity.
    pub proved: &'a (dyn Fn(&Credential) -> bool + Sync),
    /// The word of the person on a finding that is meant to stay.
    pub accepted: &'a (dyn Fn(&Finding) -> Option<Accepted> + Sync),
    /// Told of every folder that the walk enters.
    pub progress: Arc<Seen>,
}

/// What was found, with what only this workstation may know.
#[derive(Debug)]
pub struct Scanned {
    /// What can be shown and sent.
    pub scan: Scan,
    /// The credential behind each finding, in the same order.
    pub credentials: Vec<Credential>,
    /// Every organization that remotes or credentials name, in scope or not.
    pub seen: BTreeSet<OrganizationName>,
    /// What git asks which helpers for, for each organization in scope.
    pub asked: Vec<Asked>,
    /// The repositories of each organization that remotes lead to, as SSH reaches them.
    pub repositories: BTreeMap<OrganizationName, BTreeSet<String>>,
    /// The remote behind each old address, in the same order.
    pub old_remotes: Vec<OldRemote>,
    /// Secrets that only organizations out of scope have.
    pub others: Vec<Secret>,
}

impl Scanned {
    /// Each finding with its credential.
    pub fn pairs(&self) -> impl Iterator<Item = (&Finding, &Credential)> {
        self.scan.findings.iter().zip(&self.credentials)
    }

    /// Public keys that are registered with the identity of before the change: Support clears them.
    pub fn ssh_keys(&self) -> Vec<SshKey> {
        let stale = self
            .pairs()
            .filter(|(finding, _)| finding.verdict == Verdict::Stale);
        stale
            .filter_map(|(finding, credential)| {
                let key = credential.observed.key.as_ref()?;
                Some(SshKey {
                    organization: finding.organization.clone(),
                    algorithm: key.algorithm.clone(),
                    md5: key.md5.clone(),
                    sha256: key.sha256.clone(),
                })
            })
            .collect()
    }
}

impl Scanned {
    /// Judges what is in scope once more, with what became known of it since. `known` is asked by the finding's place.
    pub fn judge_again(
        &mut self,
        scope: &Scope,
        pats: Pats,
        now: Timestamp,
        known: &dyn Fn(usize) -> Option<Known>,
    ) {
        let findings = self.scan.findings.iter_mut().zip(&self.credentials);
        for (place, (finding, credential)) in findings.enumerate() {
            if let Some(mut known) = known(place) {
                let proof = EvidenceCode::ProvedByGuide;
                known.proved |= finding.evidence.iter().any(|one| one.code == proof);
                finding.evidence = evidence(credential, scope, &known, now);
                finding.verdict = judge(&finding.evidence, pats);
            }
        }
        let ours = self.scan.findings.iter().zip(&self.credentials);
        let ours = ours.filter(|(_, one)| one.organization.as_ref().is_none_or(|it| scope.has(it)));
        self.scan.summary = Summary::of(ours.map(|(finding, _)| finding));
    }
}

/// Finds and judges. Nothing outside rekey's own state is written.
pub fn scan(request: &Request<'_>) -> Scanned {
    let platform = &request.platform;
    let asked: Vec<&'static dyn Store> = stores::ALL
        .iter()
        .copied()
        .filter(|store| request.asks(*store))
        .collect();
    let home = platform
        .home()
        .canonicalize()
        .unwrap_or_else(|_| platform.home().to_owned());
    let names: Vec<&'static str> = asked
        .iter()
        .flat_map(|store| store.project_files())
        .copied()
        .collect();
    let roots = if request.roots.is_empty() {
        vec![home.clone()]
    } else {
        request.roots.clone()
    };
    // With --home nothing of this Mac is asked for.
    let guarded = if platform.system() == System::MacOs && !platform.hermetic() {
        Guarded::of_macos(&home, &roots)
    } else {
        Guarded::default()
    };
    let walk = Walk {
        home: Some(home.clone()),
        roots,
        closed: vec![platform.folders().state.clone()],
        excluded: request.excluded.clone(),
        names: &names,
    };
    let bounds = Bounds::of_this_machine(home.clone(), request.budget.clone());
    let bounds = Arc::new(bounds.guarding(guarded));
    // However large the home: the stores' own places are looked at.
    let first = Bounds {
        budget: request.budget.first_part(),
        ..Bounds::clone(&bounds)
    };
    let projects = walk.run_within(&first, Arc::clone(&request.progress));
    let desk = Arc::new(Desk {
        platform: Arc::clone(platform),
        scope: request.scope.clone(),
        // It goes everywhere, whatever the names.
        walk: Walk {
            roots: walk.roots,
            closed: walk.closed,
            excluded: walk.excluded,
            home: walk.home,
            names: &[],
        },
        depth: request.depth,
        progress: Arc::clone(&request.progress),
        projects,
        home,
        git_configs: OnceLock::new(),
        pyprojects: OnceLock::new(),
        bounds,
    });

    let mut credentials = Vec::new();
    let mut places = Vec::new();
    for found in ask_all(&asked, &desk) {
        credentials.extend(found.credentials);
        places.extend(found.places);
    }
    deep::leave_out_known(&mut credentials);
    places.extend(unlisted(&desk.projects));

    // Read here where no store that was asked for wanted them: remotes tell which organizations are seen.
    let configs = desk.git_configs();
    let with_old = asked.iter().any(|store| store.about().name == ask::GIT);
    let remotes = desk.remotes(with_old);
    let (asked_helpers, mut old_remotes) = (remotes.asked, remotes.old);
    for place in remotes.places {
        if !places.contains(&place) {
            places.push(place);
        }
    }
    let named = configs.iter().flat_map(|configs| configs.organizations());
    let mut seen: BTreeSet<OrganizationName> = named.cloned().collect();
    seen.extend(
        credentials
            .iter()
            .filter_map(|credential| credential.organization.clone()),
    );

    let mut repositories: BTreeMap<OrganizationName, BTreeSet<String>> = BTreeMap::new();
    let remotes = configs
        .iter()
        .flat_map(|configs| configs.remotes_by_repository());
    for (name, address) in remotes.flat_map(|(_, remotes)| &remotes.repositories) {
        let known = repositories.entry(name.clone()).or_default();
        known.insert(address.clone());
    }

    let (mut ours, others): (Vec<_>, Vec<_>) = credentials.into_iter().partition(|credential| {
        credential
            .organization
            .as_ref()
            .is_none_or(|name| request.scope.has(name))
    });
    for credential in &mut ours {
        spell(credential, request.scope);
    }
    let mut ids = Ids::default();
    let mut findings: Vec<Finding> = ours
        .iter()
        .map(|found| request.judged(found, &mut ids))
        .collect();
    for remote in &mut old_remotes {
        remote.shown.id = ids.next("old-address", &remote.location);
    }
    let summary = Summary::of(&findings);
    let own: Vec<&Secret> = ours.iter().filter_map(|one| one.secret.as_ref()).collect();
    let theirs = others.iter().filter_map(|one| one.secret.clone());
    let foreign = theirs.filter(|secret| !own.contains(&secret)).collect();
    let mut credentials = ours;
    if request.all {
        findings.extend(others.iter().map(|found| unjudged(found, &mut ids)));
        credentials.extend(others);
    }
    let scan = Scan {
        schema: SCAN_SCHEMA.to_owned(),
        run: request.run,
        organizations: request.scope.organizations.iter().map(Into::into).collect(),
        findings,
        places,
        summary,
        helpers: helpers::listed(&asked_helpers),
        old_addresses: old_remotes
            .iter()
            .map(|remote| remote.shown.clone())
            .collect(),
    };
    Scanned {
        scan,
        credentials,
        seen,
        asked: asked_helpers,
        repositories,
        old_remotes,
        others: foreign,
    }
}

impl Request<'_> {
    fn asks(&self, store: &dyn Store) -> bool {
        let name = store.about().name;
        let named = |list: &[String]| list.iter().any(|one| one == name);
        let read = name != deep::NAME || self.depth > Depth::Places;
        read && (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }

    fn judged(&self, credential: &Credential, ids: &mut Ids) -> Finding {
        let known = Known {
            proved: (self.proved)(credential),
            ..Known::default()
        };
        let evidence = evidence(credential, self.scope, &known, self.now);
        let verdict = judge(&evidence, self.pats);
        let fingerprint = credential.secret.as_ref().map(self.fingerprint);
        let mut finding = Finding {
            verdict,
            evidence,
            fingerprint,
            ..unjudged(credential, ids)
        };
        finding.accepted = (self.accepted)(&finding);
        finding
    }
}

/// Addresses write a name in any case; people and collectors count by the one that the scope has.
fn spell(credential: &mut Credential, scope: &Scope) {
    let named = credential.organization.as_ref();
    if let Some(organization) = named.and_then(|name| scope.get(name)) {
        credential.organization = Some(organization.name.clone());
    }
}

/// A finding of an organization that did not change: listed, never judged and never touched.
fn unjudged(credential: &Credential, ids: &mut Ids) -> Finding {
    Finding {
        id: ids.next(credential.store, &credential.location),
        store: credential.store.to_owned(),
        kind: credential.kind,
        organization: credential.organization.as_ref().map(ToString::to_string),
        location: credential.location.clone(),
        verdict: Verdict::Unsure,
        evidence: Vec::new(),
        remedy: credential.remedy,
        fingerprint: None,
        advice: credential.advice.clone(),
        accepted: None,
    }
}

/// Folders that the walk could not enter or left alone, as places of the store that reads repositories.
fn unlisted(projects: &Projects) -> impl Iterator<Item = Place> {
    let place = |state: PlaceState| {
        move |(path, reason): &(PathBuf, String)| Place {
            store: ask::GIT.to_owned(),
            path: shown_path(path),
            state,
            reason: Some(reason.clone()),
        }
    };
    let unreadable = projects
        .unreadable
        .iter()
        .map(place(PlaceState::Unreadable));
    unreadable.chain(projects.skipped.iter().map(place(PlaceState::Skipped)))
}

/// Makes ids that stay the same from run to run: from the place and the entry, with a count where an
/// entry stands there twice; never from the line, which moves, or the secret.
#[derive(Default)]
struct Ids {
    counts: BTreeMap<String, u32>,
}

impl Ids {
    fn next(&mut self, store: &str, location: &Location) -> String {
        let parts = [
            Some(store),
            location.path_bytes.as_deref().or(location.path.as_deref()),
            location.entry.as_deref(),
            location.vault.as_deref(),
            location.target.as_deref(),
            location.account.as_deref(),
            location.variable.as_deref(),
            location.scope.map(rekey_report::VariableScope::as_str),
        ];
        let name = parts.map(Option::unwrap_or_default).join("\0");
        let count = self.counts.entry(name.clone()).or_insert(0);
        *count += 1;
        let digest = Sha256::digest(format!("{name}\0{count}"));
        digest.iter().take(8).fold(String::new(), |mut id, byte| {
            use std::fmt::Write as _;
            // Writing to a string cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        })
    }
}
