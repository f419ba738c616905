//! The Secret Service of Linux desktops: gnome-keyring, `KWallet`, `KeePassXC` (specifications.freedesktop.org, "Secret Service API").
//!
//! Secrets cross the bus in the session kind "plain": whoever can listen there can ask for them as well.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Ring, Vault, VaultFault};
use crate::model::{Attributes, VaultEntry, VaultSecret};
use crate::platform::bus::{self, Address, BusFault, Call, Connection, Value, Writer};

const NAME: &str = "org.freedesktop.secrets";
const SERVICE: &str = "org.freedesktop.Secret.Service";
const COLLECTION: &str = "org.freedesktop.Secret.Collection";
const ITEM: &str = "org.freedesktop.Secret.Item";
const PROMPT: &str = "org.freedesktop.Secret.Prompt";
const ROOT: &str = "/org/freedesktop/secrets";

/// How long the service may be silent.
const LIMIT: Duration = Duration::from_secs(3);
/// How long one thing may take, of however many entries it is.
const LIMIT_OF_ALL: Duration = Duration::from_secs(30);

/// The Secret Service of the person's session.
pub(crate) struct SecretService {
    addresses: Vec<Address>,
    link: Mutex<Link>,
}

enum Link {
    Unused,
    Open(Client),
    /// Once it did not answer, nothing waits for it again.
    Broken(VaultFault),
}

struct Client {
    connection: Connection,
    /// What secrets are sent in; opened by the first.
    session: Option<String>,
}

impl SecretService {
    /// The one of the session that this process belongs to.
    pub(crate) fn of_session() -> Self {
        Self::at(bus::of_session())
    }

    fn at(addresses: Vec<Address>) -> Self {
        Self {
            addresses,
            link: Mutex::new(Link::Unused),
        }
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&mut Client) -> Result<T, BusFault>,
    ) -> Result<T, VaultFault> {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*link, Link::Unused) {
            *link = match self.connect() {
                Ok(client) => Link::Open(client),
                Err(fault) => Link::Broken(fault),
            };
        }
        let client = match &mut *link {
            Link::Open(client) => client,
            Link::Broken(fault) => return Err(fault.clone()),
            Link::Unused => return Err(none()),
        };
        client.connection.limit(LIMIT, LIMIT_OF_ALL);
        work(client).map_err(|cause| {
            let fault = told(&cause);
            if !matches!(cause, BusFault::Error(_)) {
                *link = Link::Broken(fault.clone());
            }
            fault
        })
    }

    fn connect(&self) -> Result<Client, VaultFault> {
        let mut fault = none();
        for address in &self.addresses {
            match Connection::open(address, LIMIT) {
                Ok(connection) => {
                    let mut client = Client {
                        connection,
                        session: None,
                    };
                    // Asking the service itself would start it.
                    return match client.runs() {
                        Ok(true) => Ok(client),
                        Ok(false) => Err(none()),
                        Err(cause) => Err(told(&cause)),
                    };
                }
                Err(BusFault::Closed) => {}
                Err(cause) => fault = told(&cause),
            }
        }
        Err(fault)
    }
}

fn none() -> VaultFault {
    VaultFault::Absent("no keyring service runs in this session".to_owned())
}

fn told(fault: &BusFault) -> VaultFault {
    VaultFault::Refused(match fault {
        BusFault::Late => format!(
            "the keyring service did not answer within {} seconds: sign out and in again, then run rekey again",
            LIMIT.as_secs()
        ),
        BusFault::Closed => "the keyring service closed the connection: run rekey again".to_owned(),
        BusFault::NotMine => {
            "the session bus belongs to another user: run rekey as that person".to_owned()
        }
        BusFault::Garbled => "the keyring service gave an answer that cannot be read".to_owned(),
        BusFault::Error(name) => match name.rsplit('.').next().unwrap_or_default() {
            "IsLocked" => return VaultFault::Locked,
            "NoSuchObject" | "UnknownObject" | "UnknownMethod" | "UnknownInterface" => {
                return VaultFault::Gone;
            }
            "ServiceUnknown" | "NameHasNoOwner" => return none(),
            _ => format!("the keyring service refused ({name})"),
        },
    })
}

fn call<'c>(object: &'c str, interface: &'c str, method: &'c str) -> Call<'c> {
    Call {
        to: NAME,
        object,
        interface,
        method,
        signature: "",
        body: Writer::default(),
    }
}

/// All properties of an object.
fn properties<'c>(object: &'c str, interface: &str) -> Call<'c> {
    let mut call = call(object, "org.freedesktop.DBus.Properties", "GetAll");
    call.signature = "s";
    call.body.text(interface);
    call
}

fn paths(value: Option<&Value>) -> Vec<String> {
    let list = value.map(Value::list).unwrap_or_default();
    let paths = list.iter().filter_map(Value::text);
    let mut paths: Vec<_> = paths.map(str::to_owned).collect();
    // Services list them in any order, and number them.
    paths.sort_unstable_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    paths
}

fn write_attributes(body: &mut Writer, attributes: &Attributes) {
    body.array(8, |body| {
        for (name, value) in attributes {
            body.align(8);
            body.text(name);
            body.text(value);
        }
    });
}

impl Client {
    fn runs(&mut self) -> Result<bool, BusFault> {
        let mut question = Call {
            to: "org.freedesktop.DBus",
            signature: "s",
            ..call(
                "/org/freedesktop/DBus",
                "org.freedesktop.DBus",
                "NameHasOwner",
            )
        };
        question.body.text(NAME);
        let answer = self.connection.call(question)?;
        Ok(answer.first().and_then(Value::number) == Some(1))
    }

    fn rings(&mut self) -> Result<Vec<Ring>, BusFault> {
        let service = self.connection.call(properties(ROOT, SERVICE))?;
        let names = paths(service.first().and_then(|all| all.get("Collections")));
        let calls = names.iter().map(|name| properties(name, COLLECTION));
        let answers = self.connection.calls(calls)?;
        let mut rings = Vec::new();
        for (name, answer) in names.iter().zip(answers) {
            let mut ring = Ring {
                name: name.clone(),
                label: String::new(),
                locked: false,
                entries: Vec::new(),
                unlisted: None,
            };
            match answer.map_err(|cause| told(&cause)) {
                Ok(answer) => {
                    let property = |name: &str| answer.first().and_then(|all| all.get(name));
                    let label = property("Label").and_then(Value::text);
                    label.unwrap_or_default().clone_into(&mut ring.label);
                    ring.locked = property("Locked").and_then(Value::number) != Some(0);
                    (ring.entries, ring.unlisted) =
                        self.entries(name, &paths(property("Items")))?;
                }
                // A collection that is gone since is none.
                Err(VaultFault::Gone) => continue,
                Err(fault) => ring.unlisted = Some(fault),
            }
            rings.push(ring);
        }
        Ok(rings)
    }

    /// The entries of these names that are there, and why there may be more.
    fn entries(
        &mut self,
        ring: &str,
        ids: &[String],
    ) -> Result<(Vec<VaultEntry>, Option<VaultFault>), BusFault> {
        let calls = ids.iter().map(|id| properties(id, ITEM));
        let answers = self.connection.calls(calls)?;
        let mut unlisted = None;
        let found = ids.iter().zip(answers).filter_map(|(id, answer)| {
            let answer = match answer.map_err(|cause| told(&cause)) {
                Ok(answer) => answer,
                Err(VaultFault::Gone) => return None,
                Err(fault) => {
                    unlisted = Some(fault);
                    return None;
                }
            };
            let Some(all) = answer.first() else {
                unlisted = Some(told(&BusFault::Garbled));
                return None;
            };
            let time = |name: &str| {
                let seconds = all.get(name)?.number().filter(|seconds| *seconds > 0)?;
                Timestamp::from_second(i64::try_from(seconds).ok()?).ok()
            };
            let attributes = all.get("Attributes").map(|value| {
                let pairs = value.pairs();
                pairs
                    .filter_map(|(name, value)| Some((name.to_owned(), value.text()?.to_owned())))
                    .collect()
            });
            let label = all.get("Label").and_then(Value::text);
            Some(VaultEntry {
                ring: ring.to_owned(),
                id: id.clone(),
                label: label.unwrap_or_default().to_owned(),
                attributes: attributes.unwrap_or_default(),
                created: time("Created"),
                modified: time("Modified"),
                locked: all.get("Locked").and_then(Value::number) != Some(0),
            })
        });
        let found = found.collect();
        Ok((found, unlisted))
    }

    fn session(&mut self) -> Result<String, BusFault> {
        if let Some(session) = &self.session {
            return Ok(session.clone());
        }
        let mut question = call(ROOT, SERVICE, "OpenSession");
        question.signature = "sv";
        question.body.text("plain");
        question.body.variant("s", |value| value.text(""));
        let answer = self.connection.call(question)?;
        let path = answer.get(1).and_then(Value::text);
        let path = path.ok_or(BusFault::Garbled)?.to_owned();
        Ok(self.session.insert(path).clone())
    }

    fn secret(&mut self, id: &str) -> Result<VaultSecret, BusFault> {
        let session = self.session()?;
        let mut question = call(id, ITEM, "GetSecret");
        question.signature = "o";
        question.body.text(&session);
        let answer = self.connection.call(question)?;
        let parts = answer.first().map(Value::list).unwrap_or_default();
        match parts {
            [_, _, value, content_type] => {
                let bytes = value.bytes().ok_or(BusFault::Garbled)?.to_vec();
                let content_type = content_type.text().unwrap_or_default();
                Ok(VaultSecret::new(bytes, content_type))
            }
            _ => Err(BusFault::Garbled),
        }
    }

    fn find(
        &mut self,
        ring: &str,
        wanted: &Attributes,
    ) -> Result<Result<Vec<VaultEntry>, VaultFault>, BusFault> {
        let mut question = call(ring, COLLECTION, "SearchItems");
        question.signature = "a{ss}";
        write_attributes(&mut question.body, wanted);
        let answer = self.connection.call(question)?;
        let (mut found, unlisted) = self.entries(ring, &paths(answer.first()))?;
        if let Some(fault) = unlisted {
            return Ok(Err(fault));
        }
        found.retain(|entry| {
            let has = |(name, value): (&String, &String)| entry.attribute(name) == Some(value);
            wanted.iter().all(has)
        });
        Ok(Ok(found))
    }

    /// False where the service wants to ask somebody first.
    fn delete(&mut self, id: &str) -> Result<bool, BusFault> {
        let answer = self.connection.call(call(id, ITEM, "Delete"))?;
        self.asks_nobody(answer.first())
    }

    fn put(
        &mut self,
        ring: &str,
        label: &str,
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Result<bool, BusFault> {
        let session = self.session()?;
        let mut question = call(ring, COLLECTION, "CreateItem");
        question.signature = "a{sv}(oayays)b";
        let body = &mut question.body;
        body.array(8, |body| {
            body.align(8);
            body.text("org.freedesktop.Secret.Item.Label");
            body.variant("s", |body| body.text(label));
            body.align(8);
            body.text("org.freedesktop.Secret.Item.Attributes");
            body.variant("a{ss}", |body| write_attributes(body, attributes));
        });
        body.align(8);
        body.text(&session);
        body.bytes(b"");
        body.bytes(secret.expose());
        body.text(&secret.content_type);
        body.boolean(false);
        let answer = self.connection.call(question)?;
        self.asks_nobody(answer.get(1))
    }

    /// Whether the answer's prompt is none. One that is there is dismissed: nobody may be looking.
    fn asks_nobody(&mut self, prompt: Option<&Value>) -> Result<bool, BusFault> {
        match prompt.and_then(Value::text) {
            None | Some("/") => Ok(true),
            Some(prompt) => {
                self.connection.call(call(prompt, PROMPT, "Dismiss"))?;
                Ok(false)
            }
        }
    }
}

fn unasked(done: bool) -> Result<(), VaultFault> {
    if done {
        return Ok(());
    }
    Err(VaultFault::Refused(
        "the keyring wants to ask you first: do it in the keyring's own window".to_owned(),
    ))
}

impl Vault for SecretService {
    fn name(&self) -> &'static str {
        "Secret Service"
    }

    fn list(&self) -> Result<Vec<Ring>, VaultFault> {
        self.with(Client::rings)
    }

    fn find(&self, ring: &str, attributes: &Attributes) -> Result<Vec<VaultEntry>, VaultFault> {
        self.with(|client| client.find(ring, attributes))?
    }

    fn read(&self, entry: &VaultEntry) -> Result<VaultSecret, VaultFault> {
        self.with(|client| client.secret(&entry.id))
    }

    fn delete(&self, entry: &VaultEntry) -> Result<(), VaultFault> {
        self.with(|client| client.delete(&entry.id))
            .and_then(unasked)
    }

    fn put(
        &self,
        ring: &str,
        label: &str,
        attributes: &Attributes,
        secret: &VaultSecret,
    ) -> Result<(), VaultFault> {
        self.with(|client| client.put(ring, label, attributes, secret))
            .and_then(unasked)
    }
}

#[cfg(test)]
#[path = "secret_service_tests.rs"]
mod tests;
