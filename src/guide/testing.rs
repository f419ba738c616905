//! Sample organizations and findings.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::collections::VecDeque;

use rekey_report::SshKey;

use super::{Prompt, Stopped};
use crate::model::{
    Finding, Kind, Location, Organization, OrganizationName, Remedy, Secret, Verdict,
};

pub(crate) fn organization(name: &str) -> Organization {
    Organization {
        name: OrganizationName::new(name).unwrap(),
        tenant: None,
        connected_at: None,
        gated: false,
    }
}

pub(super) fn finding(kind: Kind, organization: &str, verdict: Verdict) -> Finding {
    Finding {
        id: format!("{kind}-{verdict}"),
        store: "npm".to_owned(),
        kind,
        organization: Some(organization.to_owned()),
        location: Location::default(),
        verdict,
        evidence: Vec::new(),
        remedy: Remedy::Automatic,
        fingerprint: None,
        advice: None,
        accepted: None,
    }
}

pub(super) fn key(organization: Option<&str>, algorithm: &str, md5: &str) -> SshKey {
    SshKey {
        organization: organization.map(str::to_owned),
        algorithm: algorithm.to_owned(),
        md5: md5.to_owned(),
        sha256: String::new(),
    }
}

/// Answers a choice with the one that begins with the next word, and every other question with the next word itself;
/// Escape when they run out.
pub(crate) struct Scripted(VecDeque<String>);

impl Scripted {
    pub(crate) fn new(words: &[&str]) -> Self {
        Self(words.iter().map(|&word| word.to_owned()).collect())
    }

    fn next(&mut self) -> Result<String, Stopped> {
        self.0.pop_front().ok_or(Stopped::ByPerson)
    }
}

impl Prompt for Scripted {
    fn choose(&mut self, question: &str, choices: &[&str]) -> Result<usize, Stopped> {
        let word = self.next()?;
        let chosen = choices.iter().position(|choice| choice.starts_with(&word));
        Ok(chosen.unwrap_or_else(|| panic!("{question} has no {word}: {choices:?}")))
    }

    fn line(&mut self, _question: &str, _help: &str) -> Result<String, Stopped> {
        self.next()
    }

    fn secret(&mut self, _question: &str, _help: &str) -> Result<Secret, Stopped> {
        self.next().map(Secret::new)
    }
}
