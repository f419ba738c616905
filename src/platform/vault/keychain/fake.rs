//! Keychains in memory, as macOS has them: an entry is one of its kind, and its secret is for the programs that it names.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use super::form::{CONTENT, Class, Item};
use super::{
    Calls, DUPLICATE, Keychain, Keychains, NO_SUCH_KEYCHAIN, NOT_FOUND, Properties, WOULD_ASK,
};
use crate::model::{PropertyValue, VaultSecret};
use crate::platform::vault::Vault;

/// The keychain that opens as the person signs in.
pub(crate) const LOGIN: &str = "/Users/dev/Library/Keychains/login.keychain-db";

struct Kept {
    keychain: String,
    class: Class,
    properties: Properties,
    secret: Vec<u8>,
    /// Only another program may read it.
    of_another: bool,
    number: u64,
}

#[derive(Default)]
struct Inside {
    keychains: Vec<Keychain>,
    all: Vec<Kept>,
    error: Option<i32>,
    no_screen: bool,
    /// The next number, and second of writing.
    clock: u64,
    /// How often a secret was asked for.
    asked: u32,
}

/// What a test sets and looks at.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<Inside>>);

impl Fake {
    /// One keychain, open and empty.
    pub(crate) fn new() -> Self {
        let fake = Self(Arc::default());
        fake.has(LOGIN, false);
        fake
    }

    /// A keychain of this name, locked or not.
    pub(crate) fn has(&self, path: &str, locked: bool) {
        let mut inside = self.0.lock().unwrap();
        inside.keychains.retain(|known| known.path != path);
        let path = path.to_owned();
        inside.keychains.push(Keychain { path, locked });
    }

    /// There is no keychain, as in a session of the system.
    pub(crate) fn has_none(&self) {
        self.0.lock().unwrap().keychains.clear();
    }

    pub(crate) fn vault(&self) -> Arc<dyn Vault> {
        Arc::new(Keychains(self.clone()))
    }

    /// Every call ends with this error.
    pub(super) fn fails(&self, error: Option<i32>) {
        self.0.lock().unwrap().error = error;
    }

    pub(super) fn has_no_screen(&self) {
        self.0.lock().unwrap().no_screen = true;
    }

    /// Another program writes an entry with texts, whose secret is its own.
    pub(crate) fn of_another(&self, class: &str, texts: &[(&str, &str)], secret: &str) {
        let texts = texts.iter();
        let properties = texts.map(|(code, text)| ((*code).to_owned(), PropertyValue::text(*text)));
        self.wrote(LOGIN, class, properties.collect(), secret, true);
    }

    /// An entry that every program may read.
    pub(crate) fn of_all(&self, class: &str, texts: &[(&str, &str)], secret: &str) {
        self.of_another(class, texts, secret);
        self.0.lock().unwrap().all.last_mut().unwrap().of_another = false;
    }

    /// An entry with any properties is written; it replaces one of its kind.
    pub(super) fn wrote(
        &self,
        keychain: &str,
        class: &str,
        mut properties: Properties,
        secret: &str,
        of_another: bool,
    ) {
        let mut inside = self.0.lock().unwrap();
        let class = class_of(class);
        inside.clock += 1;
        let number = inside.clock;
        let time = Timestamp::from_second(1_786_000_000 + i64::try_from(number).unwrap()).unwrap();
        for name in ["cdat", "mdat"] {
            properties.insert(name.to_owned(), PropertyValue::Time(time));
        }
        let key = key_of(class, &properties);
        inside.all.retain(|kept| {
            kept.keychain != keychain
                || kept.class != class
                || key_of(class, &kept.properties) != key
        });
        inside.all.push(Kept {
            keychain: keychain.to_owned(),
            class,
            properties,
            secret: secret.into(),
            of_another,
            number,
        });
    }

    /// All that is in it, times aside.
    pub(super) fn all(&self) -> Vec<(Properties, Vec<u8>)> {
        let inside = self.0.lock().unwrap();
        let all = inside.all.iter().map(|kept| {
            let mut properties = kept.properties.clone();
            properties.retain(|name, _| !matches!(name.as_str(), "cdat" | "mdat"));
            (properties, kept.secret.clone())
        });
        all.collect()
    }

    /// How often a secret was asked for.
    pub(crate) fn asked(&self) -> u32 {
        self.0.lock().unwrap().asked
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inside) -> Result<T, i32>) -> Result<T, i32> {
        let mut inside = self.0.lock().unwrap();
        inside.error.map_or(Ok(()), Err)?;
        work(&mut inside)
    }
}

fn class_of(code: &str) -> Class {
    let mut classes = Class::ALL.into_iter();
    classes.find(|class| class.code() == code).unwrap()
}

fn key_of(class: Class, properties: &Properties) -> Vec<String> {
    Item::of(class, properties.clone()).primary_key().collect()
}

impl Calls for Fake {
    type Reference = u64;

    fn keychains(&self) -> Result<Vec<Keychain>, i32> {
        self.with(|inside| Ok(inside.keychains.clone()))
    }

    fn items(&self, keychain: &str, class: Class) -> Result<Vec<(Properties, u64)>, i32> {
        self.with(|inside| {
            let all = inside.all.iter();
            let mine = all.filter(|kept| kept.keychain == keychain && kept.class == class);
            let found: Vec<_> = mine
                .map(|kept| (kept.properties.clone(), kept.number))
                .collect();
            if found.is_empty() {
                return Err(NOT_FOUND);
            }
            Ok(found)
        })
    }

    fn secret(&self, reference: &u64) -> Result<VaultSecret, i32> {
        self.with(|inside| {
            inside.asked += 1;
            let mut all = inside.all.iter();
            let kept = all
                .find(|kept| kept.number == *reference)
                .ok_or(NOT_FOUND)?;
            if kept.of_another {
                return Err(WOULD_ASK);
            }
            Ok(VaultSecret::new(kept.secret.clone(), CONTENT))
        })
    }

    fn delete(&self, reference: &u64) -> Result<(), i32> {
        self.with(|inside| {
            let before = inside.all.len();
            inside.all.retain(|kept| kept.number != *reference);
            if inside.all.len() == before {
                return Err(NOT_FOUND);
            }
            Ok(())
        })
    }

    fn add(
        &self,
        keychain: &str,
        properties: &Properties,
        secret: &VaultSecret,
    ) -> Result<(), i32> {
        let mut properties = properties.clone();
        let Some(PropertyValue::Text(class)) = properties.remove("class") else {
            unreachable!("every entry has a class");
        };
        self.with(|inside| {
            if inside.keychains.iter().all(|known| known.path != keychain) {
                return Err(NO_SUCH_KEYCHAIN);
            }
            let key = key_of(class_of(&class), &properties);
            let taken = inside.all.iter().any(|kept| {
                kept.keychain == keychain
                    && kept.class == class_of(&class)
                    && key_of(kept.class, &kept.properties) == key
            });
            if taken { Err(DUPLICATE) } else { Ok(()) }
        })?;
        let text = String::from_utf8(secret.expose().to_vec()).unwrap();
        self.wrote(keychain, &class, properties, &text, false);
        Ok(())
    }

    fn has_screen(&self) -> bool {
        !self.0.lock().unwrap().no_screen
    }
}
