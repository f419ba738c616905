//! Finds and judges: walks, asks every store, and turns credentials into findings.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use jiff::Timestamp;
use rekey_report::Scan;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::judge::{Known, Pats, evidence, judge};
use crate::model::{
    Credential, Depth, Finding, Location, OrganizationName, Place, PlaceState, Scope, Secret,
    Summary, Verdict,
};
use crate::platform::Platform;
use crate::stores::{self, Finder, Found, Look, Store, deep};
use crate::token::shown;
use crate::walk::{Projects, Walk};

/// The schema name of a scan.
pub const SCAN_SCHEMA: &str = "rekey.scan/1";

/// What to look for, and where.
pub struct Request<'a> {
    /// The system.
    pub platform: &'a dyn Platform,
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
    /// Told of every folder that the walk enters.
    pub progress: &'a (dyn Fn(&Path) + Sync),
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
}

impl Scanned {
    /// Each finding with its credential.
    pub fn pairs(&self) -> impl Iterator<Item = (&Finding, &Credential)> {
        self.scan.findings.iter().zip(&self.credentials)
    }
}

/// Finds and judges. Nothing outside rekey's own state is written.
pub fn scan(request: &Request<'_>) -> Scanned {
    let platform = request.platform;
    let asked: Vec<&dyn Store> = stores::ALL
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
    let walk = Walk {
        home: Some(home.clone()),
        roots,
        closed: vec![platform.folders().state.clone()],
        excluded: request.excluded.clone(),
        names: &names,
    };
    let projects = walk.run(request.progress);
    let git_configs = OnceLock::new();
    let look = Look {
        platform,
        scope: request.scope,
        walk: &walk,
        projects: &projects,
        depth: request.depth,
        progress: request.progress,
        home: &home,
        git_configs: &git_configs,
    };

    let mut credentials = Vec::new();
    let mut places = Vec::new();
    for found in ask_all(&asked, look) {
        credentials.extend(found.credentials);
        places.extend(found.places);
    }
    deep::leave_out_known(&mut credentials);
    places.extend(unlisted(&projects));

    // Read here where no store that was asked for wanted them: remotes tell which organizations are seen.
    let configs = Finder::new(look, "git-config", &[]).settings();
    let mut seen: BTreeSet<OrganizationName> = configs.organizations().cloned().collect();
    seen.extend(
        credentials
            .iter()
            .filter_map(|credential| credential.organization.clone()),
    );

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
    let summary = Summary::of(&findings);
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
    };
    Scanned {
        scan,
        credentials,
        seen,
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
        let evidence = evidence(credential, self.scope, Known::default(), self.now);
        let verdict = judge(&evidence, self.pats);
        let fingerprint = credential.secret.as_ref().map(self.fingerprint);
        Finding {
            verdict,
            evidence,
            fingerprint,
            ..unjudged(credential, ids)
        }
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

/// Asks the stores side by side and answers in their order.
fn ask_all(asked: &[&dyn Store], look: Look<'_>) -> Vec<Found> {
    let workers = std::thread::available_parallelism()
        .map_or(2, usize::from)
        .clamp(1, 8);
    let queue = Mutex::new(asked.iter().enumerate());
    let answers = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = lock(&queue).next();
                    let Some((index, store)) = next else { break };
                    let mut finder = Finder::new(look, store.about().name, store.project_files());
                    store.find(&mut finder);
                    lock(&answers).insert(index, finder.finish());
                }
            });
        }
    });
    let answers = answers
        .into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    answers.into_values().collect()
}

/// A worker that panicked poisons a lock, not the data behind it.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Folders that the walk could not enter or left alone, as places of the store that reads repositories.
fn unlisted(projects: &Projects) -> impl Iterator<Item = Place> {
    let place = |state: PlaceState| {
        move |(path, reason): &(PathBuf, String)| Place {
            store: "git-config".to_owned(),
            path: shown(&path.to_string_lossy()),
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
