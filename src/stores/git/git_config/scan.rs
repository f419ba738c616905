//! Looks through one parsed config file for secrets.

use std::cell::OnceCell;
use std::ops::Range;

use crate::model::{Address, Kind, OrganizationName, Remedy};
use crate::stores::Finder;
use crate::stores::git::config_file::{Entry, Section, Spanned};
use crate::stores::git::configs::{Config, Remotes};
use crate::stores::git::gcm_authority::{addressed, organization};
use crate::stores::git::login::{Login, login};
use crate::stores::git::stray;
use crate::text::{Draft, is_reference};
use crate::token;

const SETTING: &str = "Take it out of this file: git config --file FILE --unset KEY";

/// What is known of a file beside its content.
pub(super) struct Source<'c> {
    /// Where the remotes of its repository lead.
    pub(super) remotes: Option<&'c Remotes>,
    /// What the person does by hand, for a file that rekey never edits.
    pub(super) by_hand: Option<&'static str>,
}

/// A text that may hold a secret: a header's subsection, or an entry's value.
#[derive(Clone, Copy)]
struct Slot<'c> {
    index: usize,
    section: &'c Section,
    /// `None` for the header itself.
    entry: Option<&'c Entry>,
}

impl<'c> Slot<'c> {
    fn text(self) -> &'c str {
        match self.entry {
            Some(entry) => entry.value(),
            None => self.section.subsection().unwrap_or_default(),
        }
    }

    fn spanned(self, config: &Config) -> Spanned {
        match self.entry {
            Some(entry) => entry.spanned_value(config.text()),
            None => self
                .section
                .spanned_subsection(config.text())
                .unwrap_or_default(),
        }
    }

    fn draft(self, config: &'c Config, store: &'static str) -> Draft<'c> {
        let first = || config.parsed.entries_of(self.index).next();
        if let Some(entry) = self.entry.or_else(first) {
            return config.draft(store, Kind::Pat, entry);
        }
        let name = format!("{}.{}", self.section.name(), self.text());
        let draft = config.document.draft(store, Kind::Pat);
        draft.entry(stray::without_tokens(&name)).in_git_config()
    }
}

pub(super) struct Scanner<'f, 'a, 'c> {
    finder: &'f mut Finder<'a>,
    config: &'c Config,
    source: Source<'c>,
    named_in_file: OnceCell<Named>,
}

impl<'f, 'a, 'c> Scanner<'f, 'a, 'c> {
    pub(super) fn new(finder: &'f mut Finder<'a>, config: &'c Config, source: Source<'c>) -> Self {
        Self {
            finder,
            config,
            source,
            named_in_file: OnceCell::new(),
        }
    }

    pub(super) fn scan(&mut self) {
        let config = self.config;
        // Git takes an entry before the first header and makes nothing of it.
        for entry in config
            .parsed
            .entries
            .iter()
            .filter(|entry| entry.section.is_none())
        {
            for sighting in token::find_all(entry.value()) {
                let draft = config.draft(self.finder.store(), Kind::Pat, entry);
                let draft = draft.remedy(Remedy::Manual).advice(SETTING);
                self.add(draft.sighted(&sighting));
            }
        }
        for (index, section) in config.parsed.sections.iter().enumerate() {
            let entries = config.parsed.entries_of(index).map(Some);
            for entry in std::iter::once(None).chain(entries) {
                let slot = Slot {
                    index,
                    section,
                    entry,
                };
                if !slot.text().is_empty() {
                    self.slot(slot);
                }
            }
        }
    }

    fn slot(&mut self, slot: Slot<'c>) {
        if let Some(login) = login(slot.text(), self.finder.scope()) {
            return self.address(slot, login);
        }
        let key = slot.entry.map(|entry| entry.key.as_str());
        match (slot.section.name(), key) {
            ("http", Some("extraheader")) => self.extra_header(slot),
            ("credential", Some("password" | "azreposserviceprincipalsecret")) => {
                self.setting(slot);
            }
            _ => self.sweep(slot),
        }
    }

    /// An address: `remote.*.url`, `[url "https://token@host/"]`, `[http "https://…"]` and wherever else one stands.
    fn address(&mut self, slot: Slot<'c>, login: Login) {
        let login = login.beside(|| self.beside(slot.index));
        let text = slot.spanned(self.config);
        let mut draft = slot
            .draft(self.config, self.finder.store())
            .organization(login.organization.clone())
            .remedy(Remedy::Consent)
            .value(login.value.expose());
        if let Some(start) = text.start(login.span.start) {
            draft = draft.at(start);
        }
        for piece in text.pieces(login.cut()) {
            draft = draft.cut(piece);
        }
        self.add(draft);
    }

    /// `Authorization: Basic …` for one address, for all that a repository talks to, or for everything.
    fn extra_header(&mut self, slot: Slot<'c>) {
        let authorization = slot.text().split_once(':').filter(|(name, value)| {
            name.trim().eq_ignore_ascii_case("authorization") && !value.trim().is_empty()
        });
        let (Some((name, value)), Some(entry)) = (authorization, slot.entry) else {
            return self.sweep(slot);
        };
        let secret = value.trim();
        let remotes = self.source.remotes;
        let address = slot.section.subsection();
        let organization = if let Some(address) = address.filter(|address| !address.is_empty()) {
            let Some(address) = addressed(address) else {
                // It goes to another host, whatever it is.
                return;
            };
            // `Basic` holds `user:password`, where the user may be the organization.
            let by_user = || {
                self.finder
                    .scope()
                    .named(&token::open(secret).user?)
                    .cloned()
            };
            address
                .organization
                .or_else(by_user)
                .or_else(|| self.beside(slot.index))
        } else {
            let only = remotes.and_then(Remotes::only);
            // Without an address the header goes to every remote.
            let addressed = only.is_some() && remotes.is_some_and(|all| !all.elsewhere);
            if !addressed && token::open(secret).token.is_none() {
                return;
            }
            only.cloned()
        };
        let mut draft = slot
            .draft(self.config, self.finder.store())
            .organization(organization)
            .remedy(Remedy::Consent)
            .value(secret)
            .cut(entry.extent.clone());
        let blanks = value.len() - value.trim_start().len();
        let text = slot.spanned(self.config);
        if let Some(start) = text.start(name.len() + 1 + blanks) {
            draft = draft.at(start);
        }
        self.add(draft);
    }

    /// A secret that a person keeps in a setting; what depends on it is not known, so they take it out.
    fn setting(&mut self, slot: Slot<'c>) {
        let is_password = slot.entry.is_some_and(|entry| entry.key == "password");
        let organization = match slot.section.subsection() {
            Some(address) => match addressed(address) {
                Some(address) => address.organization,
                None => return,
            },
            // A password for every host is ours only where it is a token.
            None if is_password => return self.sweep(slot),
            None => None,
        };
        let draft = slot
            .draft(self.config, self.finder.store())
            .organization(organization.or_else(|| self.beside(slot.index)))
            .remedy(Remedy::Manual)
            .advice(SETTING)
            .value(slot.text());
        self.add(draft);
    }

    /// Tokens in any other text: inline helpers, user names, aliases.
    fn sweep(&mut self, slot: Slot<'c>) {
        let subsection = slot.section.subsection().unwrap_or_default();
        if leads_elsewhere(slot.text()) || leads_elsewhere(subsection) {
            return;
        }
        let tokens = token::find_all(slot.text());
        let is_token = |password: &Range<usize>| {
            let mut tokens = tokens.iter();
            tokens.any(|token| token.range.contains(&password.start))
        };
        let password = inline_password(slot).filter(|password| !is_token(password));
        if tokens.is_empty() && password.is_none() {
            return;
        }
        let text = slot.spanned(self.config);
        let draft = |start: usize| {
            let draft = slot
                .draft(self.config, self.finder.store())
                .organization(self.beside(slot.index))
                .remedy(Remedy::Manual)
                .advice(SETTING);
            match text.start(start) {
                Some(start) => draft.at(start),
                None => draft,
            }
        };
        let mut drafts: Vec<_> = (tokens.iter())
            .map(|sighting| draft(sighting.range.start).sighted(sighting))
            .collect();
        drafts.extend(password.map(|span| draft(span.start).value(&slot.text()[span])));
        for draft in drafts {
            self.add(draft);
        }
    }

    fn add(&mut self, draft: Draft<'c>) {
        let Some(advice) = self.source.by_hand else {
            return self.finder.add(draft.finish());
        };
        let mut credential = draft.remedy(Remedy::Manual).advice(advice).finish();
        credential.change = None;
        self.finder.add(credential);
    }

    /// The organization that the same section, else the same file, else the repository's remotes name.
    fn beside(&self, index: usize) -> Option<OrganizationName> {
        let parsed = &self.config.parsed;
        let of_section = |index: usize| {
            let section = parsed.sections.get(index);
            let header = section
                .and_then(|section| organization(section).or_else(|| named(section.subsection()?)));
            let entries = parsed.entries_of(index);
            header
                .into_iter()
                .chain(entries.filter_map(|entry| named(entry.value())))
        };
        match only(of_section(index)) {
            Named::One(organization) => Some(organization),
            Named::Several => None,
            Named::None => {
                let file = self
                    .named_in_file
                    .get_or_init(|| only((0..parsed.sections.len()).flat_map(of_section)));
                match file {
                    Named::One(organization) => Some(organization.clone()),
                    Named::Several => None,
                    Named::None => self.source.remotes.and_then(Remotes::only).cloned(),
                }
            }
        }
    }
}

/// The password that an inline helper for Azure DevOps writes out, whatever its form.
fn inline_password(slot: Slot<'_>) -> Option<Range<usize>> {
    const KEY: &str = "password=";
    let is_helper = slot.section.name() == "credential"
        && slot.entry.is_some_and(|entry| entry.key == "helper")
        && slot.text().starts_with('!');
    // A helper for every host may write anybody's.
    let addressed = slot.section.subsection().and_then(addressed);
    addressed.filter(|_| is_helper)?;
    let text = slot.text();
    let start = text.find(KEY)? + KEY.len();
    let ends = |character: char| character.is_whitespace() || "\"';\\|&)}".contains(character);
    let end = text[start..]
        .find(ends)
        .map_or(text.len(), |end| start + end);
    let value = &text[start..end];
    let is_made_up = value.is_empty() || value.contains(['$', '`', '%']) || is_reference(value);
    (!is_made_up).then_some(start..end)
}

/// Whether a text is an address on a host that is not Azure DevOps.
fn leads_elsewhere(text: &str) -> bool {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        && addressed(text).is_none()
}

fn named(text: &str) -> Option<OrganizationName> {
    Address::parse(text)?.organization
}

enum Named {
    None,
    One(OrganizationName),
    Several,
}

fn only(names: impl Iterator<Item = OrganizationName>) -> Named {
    let mut found = Named::None;
    for name in names {
        match &found {
            Named::None => found = Named::One(name),
            Named::One(first) if *first == name => {}
            Named::One(_) | Named::Several => return Named::Several,
        }
    }
    found
}
