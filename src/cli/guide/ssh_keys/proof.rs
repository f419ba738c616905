//! Whether the key works, and what is remembered then.

use std::path::{Path, PathBuf};

use super::super::Guided;
use super::config;
use super::key::{self, Key};
use crate::cli::fault::Fault;
use crate::guide::SavedSteps;
use crate::model::{Organization, StepId};
use crate::proof::{SshRefusal, SshTrial, Unlock, prove_ssh};
use crate::state::ProvedCredentials;

/// Repositories that are tried: the person may have no access to the first.
const REPOSITORIES: usize = 3;
/// Files of settings that are looked at.
const FILES: usize = 200;

/// Tries the key on repositories of the organization.
///
/// # Errors
/// Why it is not proved and what to do, in words that end a sentence.
pub(super) fn prove(
    guided: &Guided<'_>,
    organization: &Organization,
    key: &Key,
    on_terminal: bool,
) -> Result<(), String> {
    let session = guided.session;
    if session.offline {
        return Err("--offline: a key is tried over the network".to_owned());
    }
    let programs = session.platform.programs();
    let programs = programs.ok_or("with --home no program is started")?;
    let name = &organization.name;
    let repositories = guided.found.repositories.get(name);
    let repositories = repositories
        .filter(|known| !known.is_empty())
        .ok_or_else(|| {
            format!(
                "no repository of {name} is on this workstation: clone one over SSH, then try again"
            )
        })?;
    let unlock = match key::agent(guided) {
        _ if !key.encrypted => Unlock::Open,
        Some(socket) if key::agent_has(guided, key) => Unlock::Agent(socket.into()),
        _ if on_terminal => Unlock::Person,
        _ => return Err(SshRefusal::Locked.to_string()),
    };
    let config = settings(guided);
    let mut refusal = None;
    for repository in repositories.iter().take(REPOSITORIES) {
        let trial = SshTrial {
            programs: &programs,
            system: session.platform.system(),
            key: &key.path,
            fingerprint: &key.public.sha256,
            config: config.as_deref(),
            unlock: &unlock,
            repository,
        };
        match prove_ssh(&trial) {
            Ok(()) => return Ok(()),
            Err(one @ SshRefusal::NoRepository(_)) => refusal = Some(one),
            Err(one) => return Err(one.to_string()),
        }
    }
    Err(refusal.map_or_else(String::new, |refusal| refusal.to_string()))
}

/// The person's settings of ssh, unless a part of them starts programs.
fn settings(guided: &Guided<'_>) -> Option<PathBuf> {
    let path = config::path(guided);
    let text = std::fs::read_to_string(&path).ok()?;
    let includes = keywords(&text, "include").next().is_some();
    let folder = path.parent()?;
    let starts = runs_programs(&text)
        || includes
            && [folder, &folder.join("config.d")]
                .into_iter()
                .any(any_runs_programs);
    (!starts).then_some(path)
}

/// A `Match exec` anywhere decides what holds for every host, and ssh runs it to know.
fn runs_programs(text: &str) -> bool {
    keywords(text, "match").any(|rest| {
        let mut words = rest.split_whitespace();
        words.any(|word| word.trim_start_matches('!').eq_ignore_ascii_case("exec"))
    })
}

fn keywords<'t>(text: &'t str, wanted: &'t str) -> impl Iterator<Item = &'t str> {
    text.lines().filter_map(move |line| {
        let line = line.trim_start();
        let end = line.find(|one: char| !one.is_ascii_alphabetic())?;
        let (keyword, rest) = line.split_at(end);
        keyword.eq_ignore_ascii_case(wanted).then_some(rest)
    })
}

fn any_runs_programs(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(FILES).any(|entry| {
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        let is_small = entry
            .metadata()
            .is_ok_and(|metadata| metadata.len() < 1 << 20);
        is_file
            && is_small
            && std::fs::read_to_string(entry.path()).is_ok_and(|text| runs_programs(&text))
    })
}

/// Ends the step, and makes later scans know the key.
pub(super) fn remember(
    guided: &Guided<'_>,
    saved: &mut SavedSteps,
    organization: &Organization,
    key: &Key,
) -> Result<(), Fault> {
    let (name, now) = (&organization.name, guided.session.now);
    let fingerprint = &key.public.sha256;
    let mut proved = ProvedCredentials::load(guided.state).map_err(Fault::failed)?;
    proved.remember(fingerprint, name, now);
    proved.save(guided.state).map_err(Fault::failed)?;
    saved.prove(name, StepId::SshKeys, fingerprint, now);
    saved.save(guided.state).map_err(Fault::failed)?;
    tracing::info!(organization = %name, fingerprint, "an SSH key was seen to work");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_start_programs_are_known() {
        for (text, starts) in [
            ("Match host x exec \"id\"\n", true),
            ("  match !EXEC id\n", true),
            ("Match host exec.contoso.com\n", false),
            ("Host exec\n  User git\n# Match exec id\n", false),
        ] {
            assert_eq!(runs_programs(text), starts, "{text}");
        }
        assert_eq!(keywords("Include x\nInclude=y\n", "include").count(), 2);
    }
}
