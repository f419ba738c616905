//! What the settings of a `.yarnrc.yml` are for.

use crate::text::Cut;
use crate::text::yaml::{self, Fault, Pair, Yaml};
use crate::token;

/// A `.yarnrc.yml`.
#[derive(Debug)]
pub(super) struct Settings {
    yaml: Yaml,
    /// The slot of each pair, and whether the pair holds a secret.
    slots: Vec<(Slot, bool)>,
    /// See [`Yaml::filled`].
    all_secret: Vec<bool>,
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting<'s> {
    pub(super) pair: &'s Pair,
    pub(super) slot: &'s Slot,
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
        let yaml = yaml::parse(text)?;
        let slots = yaml
            .pairs
            .iter()
            .map(|pair| (Slot::of(&pair.path), is_secret(pair)));
        let slots: Vec<_> = slots.collect();
        let secrets = yaml.pairs.iter().zip(&slots).filter(|(_, slot)| slot.1);
        let all_secret = yaml.filled(secrets.map(|(pair, _)| pair));
        Ok(Self {
            yaml,
            slots,
            all_secret,
        })
    }

    fn all(&self) -> impl Iterator<Item = Setting<'_>> {
        let pairs = self.yaml.pairs.iter().zip(&self.slots);
        pairs.map(|(pair, (slot, secret))| Setting {
            pair,
            slot,
            secret: *secret,
        })
    }

    /// Settings that hold a secret: by their name, or because their value is a token.
    pub(super) fn secrets(&self) -> impl Iterator<Item = Setting<'_>> {
        self.all().filter(|setting| setting.secret)
    }

    /// All others.
    pub(super) fn plain(&self) -> impl Iterator<Item = Setting<'_>> {
        self.all().filter(|setting| !setting.secret)
    }

    /// The addresses of registries, with the slots that they are set for.
    pub(super) fn addresses(&self) -> impl Iterator<Item = (&Slot, &str)> {
        let set = self
            .all()
            .filter(|setting| ADDRESSES.contains(&setting.key()) && !setting.pair.value.is_empty());
        set.map(|setting| (setting.slot, setting.pair.value.as_str()))
    }

    /// What cuts a setting out of the text that it was read from.
    pub(super) fn cut(&self, text: &str, setting: Setting<'_>) -> Option<Vec<Cut>> {
        self.yaml.cut(text, setting.pair, &self.all_secret)
    }
}

/// Whether a pair holds a secret: by its name in a slot, or because its value is a token.
fn is_secret(pair: &Pair) -> bool {
    let named = (pair.path.last()).is_some_and(|key| SECRETS.contains(&key.as_str()));
    named && Slot::of(&pair.path) != Slot::Other || token::open(&pair.value).token.is_some()
}

impl Slot {
    fn of(path: &[String]) -> Self {
        match path {
            [_] => Self::Default,
            [section, address, _] if section == "npmRegistries" => Self::Registry(address.clone()),
            [section, name, _] if section == "npmScopes" => Self::Scope(name.clone()),
            _ => Self::Other,
        }
    }
}

impl<'s> Setting<'s> {
    fn key(&self) -> &'s str {
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
