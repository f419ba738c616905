//! What `scan`, `clean` and `run` begin with: the organizations, then the findings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use uuid::Uuid;

use super::args::Places;
use super::fault::Fault;
use super::session::{Session, stopwatch};
use crate::model::{Credential, Depth, Finding, Scope, Secret};
use crate::platform;
use crate::scan::{Request, Scanned, scan};
use crate::state::{AcceptedFindings, ProvedCredentials, StateFault, StateFolder};
use crate::stores;
use crate::token::FingerprintKey;
use crate::walk::Budget;

/// Refuses names of places that do not exist.
pub(crate) fn check_places(places: &Places) -> Result<(), Fault> {
    let only = places.only.iter().map(|name| ("--only", name));
    let skip = places.skip.iter().map(|name| ("--skip", name));
    for (flag, name) in only.chain(skip) {
        if !stores::ALL.iter().any(|store| store.about().name == name) {
            let known: Vec<_> = stores::ALL.iter().map(|store| store.about().name).collect();
            return Err(Fault::wrong(format!(
                "{flag} {name}: there is no such kind of place\n  hint: they are {}",
                known.join(", ")
            )));
        }
    }
    Ok(())
}

/// Refuses to look at nothing: files are read only where that is asked for.
pub(crate) fn check_depth(session: &Session, places: &Places) -> Result<(), Fault> {
    let deep = |name: &String| name == stores::deep::NAME;
    if session.settings.depth == Depth::Places && places.only.iter().any(deep) {
        return Err(Fault::wrong(
            "--only deep: no file is read without --deep\n  hint: add --deep, or set scan.deep",
        ));
    }
    Ok(())
}

/// How far a look goes.
pub(crate) struct Extent {
    pub places: Places,
    pub depth: Depth,
    /// List what belongs to other organizations too.
    pub all: bool,
}

impl Extent {
    /// These places, as deep as the command line and the settings say.
    pub(crate) fn of(session: &Session, places: &Places) -> Self {
        Self {
            places: places.clone(),
            depth: session.settings.depth,
            all: false,
        }
    }

    /// All places, at least this deep.
    pub(crate) fn everywhere(session: &Session, depth: Depth) -> Self {
        Self {
            depth: depth.max(session.settings.depth),
            ..Self::of(session, &Places::default())
        }
    }
}

/// Finds and judges, with a line of progress on a terminal.
pub(crate) fn find(session: &Session, scope: &Scope, extent: &Extent, memory: &Memory) -> Scanned {
    let bar = progress(session);
    let folders = AtomicU64::new(0);
    let drawn = bar.clone();
    let seen = move |_: &Path| {
        let count = folders.fetch_add(1, Ordering::Relaxed);
        // Drawing for each folder would cost more than walking it.
        if count.is_multiple_of(256) {
            drawn.set_position(count);
        }
    };
    let fingerprint = |secret: &Secret| memory.fingerprint(secret);
    // Reading everything has no minute: who asks for it waits, and sees how far it is.
    let budget = match extent.depth {
        Depth::Places => Budget::USUAL,
        Depth::Files | Depth::Objects => Budget::OF_EVERYTHING,
    };
    let found = scan(&Request {
        platform: Arc::clone(&session.platform),
        budget: Budget::new(budget, stopwatch()),
        scope,
        pats: session.settings.pats,
        roots: roots(session),
        excluded: session.settings.exclude.clone(),
        only: extent.places.only.clone(),
        skip: extent.places.skip.clone(),
        depth: extent.depth,
        all: extent.all,
        run: Uuid::now_v7(),
        now: session.now,
        fingerprint: &fingerprint,
        proved: &|credential: &Credential| memory.proves(credential, scope),
        accepted: &|finding: &Finding| memory.accepted.word_on(finding, session.now),
        progress: Arc::new(seen),
    });
    bar.finish_and_clear();
    let summary = found.scan.summary;
    tracing::info!(
        run = %found.scan.run,
        stale = summary.stale,
        unsure = summary.unsure,
        current = summary.current,
        places = found.scan.places.len(),
        "looked"
    );
    found
}

/// What this workstation remembers of its secrets: without it nothing that is meant to stay is known again.
pub(crate) struct Memory {
    key: FingerprintKey,
    accepted: AcceptedFindings,
    proved: ProvedCredentials,
}

impl Memory {
    /// For whatever changes something.
    ///
    /// # Errors
    /// Where it cannot be read: what is meant to stay would look like all else.
    pub(crate) fn load(session: &Session) -> Result<Self, Fault> {
        let state = StateFolder::open(&session.platform.folders().state).map_err(Fault::failed)?;
        Ok(Self {
            key: FingerprintKey::new(state.fingerprint_key().map_err(Fault::failed)?),
            accepted: AcceptedFindings::load(&state).map_err(Fault::failed)?,
            proved: ProvedCredentials::load(&state).map_err(Fault::failed)?,
        })
    }

    /// For a look alone, which may be at a backup on a read-only disk. What cannot be read is said and is as if it were not
    /// there: nothing is accepted, and fingerprints differ from run to run.
    pub(crate) fn to_look(session: &Session) -> Result<Self, Fault> {
        let root = &session.platform.folders().state;
        let saved = StateFolder::open(root).and_then(|state| state.fingerprint_key());
        let key = saved.or_else(|fault| {
            session.warn(fault);
            platform::random().map_err(Fault::failed)
        })?;
        Ok(Self {
            key: FingerprintKey::new(key),
            accepted: or_nothing(session, AcceptedFindings::load),
            proved: or_nothing(session, ProvedCredentials::load),
        })
    }

    /// The keyed fingerprint of a secret.
    pub(crate) fn fingerprint(&self, secret: &Secret) -> String {
        self.key.fingerprint(secret)
    }

    /// Whether rekey saw the credential work with the new identity.
    pub(crate) fn proves(&self, credential: &Credential, scope: &Scope) -> bool {
        let fingerprint = |secret: &Secret| self.fingerprint(secret);
        self.proved.prove(credential, scope, &fingerprint)
    }
}

/// What is remembered where that can be read.
fn or_nothing<T: Default>(
    session: &Session,
    load: impl FnOnce(&StateFolder) -> Result<T, StateFault>,
) -> T {
    let state = StateFolder::existing(&session.platform.folders().state);
    let loaded =
        state.and_then(|state| state.map_or_else(|| Ok(T::default()), |state| load(&state)));
    loaded.unwrap_or_else(|fault| {
        session.warn(fault);
        T::default()
    })
}

fn roots(session: &Session) -> Vec<PathBuf> {
    let home = session.platform.home();
    let root = |text: &String| match text.strip_prefix('~') {
        Some(rest) => home.join(rest.trim_start_matches(['/', '\\'])),
        None => home.join(text),
    };
    session.settings.roots.iter().map(root).collect()
}

fn progress(session: &Session) -> ProgressBar {
    if !session.interactive || session.json || session.loudness < 0 {
        return ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    }
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} looking: {pos} folders") {
        // The dots that turn elsewhere are in no font of Windows' older consoles.
        let style = if cfg!(windows) {
            style.tick_chars("|/-\\ ")
        } else {
            style
        };
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
