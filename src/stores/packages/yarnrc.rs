//! What the settings of a `.yarnrc.yml` are for.

use crate::text::Cut;
use crate::text::yaml::{self, Fault, Pair};
use crate::token;

/// A `.yarnrc.yml`.
#[derive(Debug)]
pub(super) struct Settings {
    pairs: Vec<Pair>,
    settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug)]
pub(super) struct Setting {
    pub(super) pair: Pair,
    pub(super) slot: Slot,
    secret: bool,
}

/// Which registry a setting is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Slot {
    /// The one that is used where nothing else is said.
    Default,
    /// `npmRegistries.<address>`.
    Registry(String),
    /// `npmScopes.<name>`.
    Scope(String),
    /// No setting of a registry.
    Other,
}

const IDENT: &str = "npmAuthIdent";
const SECRETS: &[&str] = &["npmAuthToken", IDENT];
const ADDRESSES: &[&str] = &["npmRegistryServer", "npmPublishRegistry"];

impl Settings {
    /// Reads a text.
    ///
    /// # Errors
    /// Why it was not read.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let pairs = yaml::pairs(text)?;
        let settings = pairs.iter().cloned().map(Setting::of).collect();
        Ok(Self { pairs, settings })
    }

    /// Settings that hold a secret: by their name, or because their value is a token.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(|setting| setting.secret)
    }

    /// All others.
    pub(super) fn plain(&self) -> impl Iterator<Item = &Setting> {
        self.settings.iter().filter(|setting| !setting.secret)
    }

    /// The addresses of registries, with the slots that they are set for.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&Slot, &str)> {
        let set = self
            .settings
            .iter()
            .filter(|setting| ADDRESSES.contains(&setting.key()) && !setting.pair.value.is_empty());
        set.map(|setting| (&setting.slot, setting.pair.value.as_str()))
    }

    /// What cuts a setting out of the text that it was read from.
    pub(super) fn cut(&self, text: &str, setting: &Setting) -> Option<Cut> {
        yaml::cut(text, &self.pairs, &setting.pair)
    }
}

impl Setting {
    fn of(pair: Pair) -> Self {
        let slot = match pair.path.as_slice() {
            [_] => Slot::Default,
            [section, address, _] if section == "npmRegistries" => Slot::Registry(address.clone()),
            [section, name, _] if section == "npmScopes" => Slot::Scope(name.clone()),
            _ => Slot::Other,
        };
        let named = pair
            .path
            .last()
            .is_some_and(|key| SECRETS.contains(&key.as_str()));
        let secret = named && slot != Slot::Other || token::open(&pair.value).token.is_some();
        Self { pair, slot, secret }
    }

    fn key(&self) -> &str {
        self.pair.path.last().map_or("", String::as_str)
    }

    /// Whether its value is a user name and a password.
    pub(super) fn is_ident(&self) -> bool {
        self.key() == IDENT
    }

    /// Its name as `yarn config set` takes it.
    pub(super) fn entry(&self) -> String {
        let mut entry = String::new();
        for key in &self.pair.path {
            let plain = key
                .chars()
                .all(|character| character.is_alphanumeric() || "_-".contains(character));
            match (plain, entry.is_empty()) {
                (true, true) => entry.push_str(key),
                (true, false) => entry.extend([".", key]),
                (false, _) => entry.extend(["[\"", key, "\"]"]),
            }
        }
        entry
    }
}
