//! A credential as Windows keeps it, and as attributes that survive a copy.

use jiff::Timestamp;

use crate::model::Attributes;
use crate::model::windows_credential::{
    COMMENT, CredentialValue, FLAGS, NOT_UNICODE, PERSIST, TARGET_ALIAS, TARGET_NAME, TYPE,
    USER_NAME, VALUE,
};

/// What all secrets are said to be: Windows keeps bytes.
pub(super) const CONTENT: &str = "application/octet-stream";

/// Before the purpose, in the names of rekey's own entries.
const OWN: &str = "dev.rekey.agent";

/// `CRED_TYPE_GENERIC`.
const GENERIC: u32 = 1;
/// `CRED_PERSIST_LOCAL_MACHINE`: kept for this person on this machine alone.
const THIS_MACHINE: u32 = 2;
/// From 1601, where times of Windows begin, to 1970.
const UNTIL_1970: i64 = 11_644_473_600;
/// How many times of Windows are one second.
const A_SECOND: u64 = 10_000_000;

/// `CREDENTIALW` without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Stored {
    pub(super) flags: u32,
    pub(super) kind: u32,
    pub(super) target: String,
    pub(super) comment: Option<String>,
    /// In units of 100 ns since 1601.
    pub(super) last_written: u64,
    pub(super) persist: u32,
    pub(super) values: Vec<CredentialValue>,
    pub(super) alias: Option<String>,
    pub(super) user: Option<String>,
    /// All text is Unicode, so that it can be given back as it is.
    pub(super) exact: bool,
}

impl Stored {
    /// When it was last written.
    pub(super) fn written(&self) -> Option<Timestamp> {
        if self.last_written == 0 {
            return None;
        }
        let seconds = i64::try_from(self.last_written / A_SECOND).ok()? - UNTIL_1970;
        let rest = i32::try_from(self.last_written % A_SECOND).ok()? * 100;
        Timestamp::new(seconds, rest).ok()
    }
}

/// What is told of a credential. rekey's own have the form that it puts its keys in, whatever the vault.
pub(super) fn attributes_of(stored: &Stored) -> Attributes {
    let own = stored.target.strip_prefix(OWN);
    if let Some(purpose) = own.and_then(|rest| rest.strip_prefix('/')) {
        let pairs = [("service", OWN), ("account", purpose)];
        return pairs
            .map(|(name, value)| (name.into(), value.into()))
            .into();
    }
    let mut attributes = Attributes::new();
    let mut add = |name: &str, value: String| attributes.insert(name.to_owned(), value);
    add(TARGET_NAME, stored.target.clone());
    add(TYPE, stored.kind.to_string());
    add(PERSIST, stored.persist.to_string());
    if stored.flags != 0 {
        add(FLAGS, stored.flags.to_string());
    }
    for (name, text) in [
        (COMMENT, &stored.comment),
        (TARGET_ALIAS, &stored.alias),
        (USER_NAME, &stored.user),
    ] {
        if let Some(text) = text {
            add(name, text.clone());
        }
    }
    for (value, number) in stored.values.iter().zip(0..) {
        add(&format!("{VALUE}{number:02}"), value.to_line());
    }
    if !stored.exact {
        add(NOT_UNICODE, String::new());
    }
    attributes
}

/// The credential that these attributes tell of; `None` where they do not.
pub(super) fn stored_of(label: &str, attributes: &Attributes) -> Option<Stored> {
    let get = |name: &str| attributes.get(name).cloned();
    let number = |name: &str| attributes.get(name)?.parse().ok();
    let Some(target) = get(TARGET_NAME) else {
        let (service, purpose) = (get("service")?, get("account")?);
        return (service == OWN).then(|| Stored {
            kind: GENERIC,
            target: format!("{service}/{purpose}"),
            comment: Some(label.to_owned()),
            persist: THIS_MACHINE,
            user: Some(purpose),
            exact: true,
            ..Stored::default()
        });
    };
    let lines = attributes
        .iter()
        .filter(|(name, _)| name.starts_with(VALUE));
    let values: Option<Vec<_>> = lines
        .map(|(_, line)| CredentialValue::of_line(line))
        .collect();
    Some(Stored {
        flags: if attributes.contains_key(FLAGS) {
            number(FLAGS)?
        } else {
            0
        },
        kind: number(TYPE)?,
        target,
        comment: get(COMMENT),
        last_written: 0,
        persist: number(PERSIST)?,
        values: values?,
        alias: get(TARGET_ALIAS),
        user: get(USER_NAME),
        exact: !attributes.contains_key(NOT_UNICODE),
    })
}
