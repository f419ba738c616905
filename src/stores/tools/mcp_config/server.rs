//! One server: whose it is, and what in it is a secret or a tenant.

use std::collections::HashMap;

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;

use super::NAME;
use crate::model::{Address, Kind, OrganizationName, Scope, TenantClaim};
use crate::stores::json_slots::{self, Owners, Slot};
use crate::stores::names;
use crate::stores::packages::addresses;
use crate::text::{Cut, Document, Draft, is_reference, only_organization};
use crate::token;

/// How the programs of Azure DevOps' own server are called.
const PROGRAMS: &[&str] = &["@azure-devops/mcp", "mcp-server-azuredevops"];
/// Objects within each other before one with servers.
const DEEPEST: usize = 4;

/// What one server is for.
#[derive(Debug)]
pub(super) struct Server {
    organization: Option<OrganizationName>,
    /// It talks to Azure DevOps, whosever the organization is.
    addressed: bool,
    /// It is Azure DevOps' own server, whose arguments are known.
    own: bool,
    /// It talks to a server on the premises.
    elsewhere: bool,
}

/// The servers of a file by where they begin.
#[derive(Debug, Default)]
pub(super) struct Servers {
    known: HashMap<usize, Server>,
    /// They name different organizations, so none of these is that of a server which names none.
    pub(super) several: bool,
}

impl Servers {
    /// The servers below `servers`, `mcpServers` and `mcp.servers`, wherever their tools put these.
    pub(super) fn of(text: &str, object: &Object<'_>) -> Self {
        let mut servers = Self::default();
        servers.collect(text, object, "", DEEPEST);
        let mut named = servers
            .known
            .values()
            .filter_map(|server| server.organization.as_ref());
        let first = named.next();
        servers.several = named.any(|name| Some(name) != first);
        servers
    }

    fn collect(&mut self, text: &str, object: &Object<'_>, path: &str, depth: usize) {
        for member in &object.properties {
            let Value::Object(inner) = &member.value else {
                continue;
            };
            let path = match path {
                "" => member.name.as_str().to_owned(),
                _ => format!("{path}.{}", member.name.as_str()),
            };
            if are_servers(&path) {
                for server in &inner.properties {
                    if let Value::Object(server) = &server.value {
                        self.known.insert(server.start(), Server::of(text, server));
                    }
                }
            } else if depth > 0 {
                self.collect(text, inner, &path, depth - 1);
            }
        }
    }

    /// The server that a string belongs to.
    pub(super) fn around(&self, slot: &Slot<'_, '_>) -> Option<&Server> {
        slot.around()
            .find_map(|object| self.known.get(&object.start()))
    }
}

/// Whether an object of this path has servers in it.
fn are_servers(path: &str) -> bool {
    path == "servers"
        || path == "mcp.servers"
        || path == "mcpServers"
        || path.ends_with(".mcpServers")
}

/// Whether a string of this path in the settings of an editor stands in a server.
pub(super) fn is_below_servers(path: &str) -> bool {
    path.starts_with("mcp.servers.")
        || path.starts_with("mcpServers.")
        || path.contains(".mcpServers.")
}

impl Server {
    fn of(text: &str, server: &Object<'_>) -> Self {
        let slots = json_slots::below(server);
        let program = slots.iter().position(|slot| is_program(slot.text()));
        let after = program.and_then(|at| slots.get(at).zip(slots.get(at + 1)));
        let follows = |program: &Slot<'_, '_>, next: &Slot<'_, '_>| {
            program.is_beside(next)
                || program.name == "command" && next.name == "args" && next.is_first()
        };
        let argument = after.filter(|(program, next)| follows(program, next));
        let argument = argument.map(|(_, next)| next.text());
        let is_server = |text: &str| text.contains("://") && Address::parse(text).is_none();
        let settings = slots.iter().map(|slot| (slot.name, slot.text()));
        let elsewhere = argument.is_some_and(is_server) || names::lead_to_a_server(settings);
        let argument = argument.and_then(named);
        let whole = text.get(server.start()..server.end()).unwrap_or_default();
        let by_name = || {
            let mut slots = slots
                .iter()
                .filter(|slot| names::is_organization(slot.name));
            slots.find_map(|slot| OrganizationName::new(slot.text()))
        };
        let organization = argument
            .or_else(|| only_organization(whole))
            .or_else(by_name);
        let address = || {
            slots
                .iter()
                .any(|slot| Address::parse(slot.text()).is_some())
        };
        Self {
            addressed: organization.is_some() || program.is_some() || address(),
            own: program.is_some(),
            elsewhere,
            organization,
        }
    }

    /// What one string of the server holds; `before` is the element before it in the same array.
    pub(super) fn drafts<'d>(
        &self,
        document: &'d Document,
        slot: &Slot<'_, '_>,
        before: Option<&Slot<'_, '_>>,
        scope: &Scope,
        owners: &mut Owners<'_>,
    ) -> Vec<Draft<'d>> {
        if slot.name == "args"
            && self.own
            && let Some(pin) = self.pin(document, slot, before)
        {
            return vec![pin];
        }
        if self.elsewhere {
            let range = slot.range();
            return addresses::in_part(document, NAME, range, &slot.path(), scope);
        }
        let value = slot.text();
        let flag = before.filter(|_| slot.name == "args").map(Slot::text);
        let is_secret = match flag {
            Some(flag) => {
                flag.starts_with('-') && names::is_secret(flag) && !value.starts_with('-')
            }
            None => slot.name != "args" && names::is_secret(slot.name),
        };
        let is_token = token::open(value).token.is_some();
        let is_value = !value.is_empty() && !is_put_in(value);
        if is_value && (is_token || is_secret && self.addressed) {
            let organization = self.organization.clone();
            let organization = organization.or_else(|| owners.of(slot).organization());
            let draft = slot.draft(document, NAME).organization(organization);
            return vec![draft.value(value)];
        }
        let drafts = json_slots::of_slot(document, slot, NAME, scope, owners);
        let Some(organization) = &self.organization else {
            return drafts;
        };
        let drafts = drafts.into_iter();
        drafts
            .map(|draft| draft.or_organization(organization))
            .collect()
    }

    /// The draft with no organization but the server's own or that of its address.
    pub(super) fn alone<'d>(&self, draft: Draft<'d>) -> Draft<'d> {
        if self.addressed {
            draft.listed()
        } else {
            draft.organization(None).listed()
        }
    }

    /// `--tenant <guid>`, `-t <guid>` or `--tenant=<guid>` (microsoft/azure-devops-mcp, `src/index.ts`).
    fn pin<'d>(
        &self,
        document: &'d Document,
        slot: &Slot<'_, '_>,
        before: Option<&Slot<'_, '_>>,
    ) -> Option<Draft<'d>> {
        let value = slot.text();
        let (guid, flag) = match value.strip_prefix("--tenant=") {
            Some(guid) => (guid, None),
            None => (
                value,
                Some(before.filter(|flag| matches!(flag.text(), "--tenant" | "-t"))?),
            ),
        };
        let claim = TenantClaim::from_guid(guid)?;
        let mut draft = document
            .draft(NAME, Kind::PinnedTenant)
            .organization(self.organization.clone())
            .entry(slot.path())
            .at(slot.value.start())
            .advice("Set the tenant of the organization, or cut the argument: the server finds it by itself");
        if self.organization.is_some() {
            draft = draft.tenant(self.organization.clone(), claim);
        }
        let text = document.as_str();
        let cut = match flag {
            None => slot.cut(text),
            Some(flag) => {
                let pair = flag.value.start()..slot.value.end();
                // A comment between the two would be lost.
                let plain = text.get(flag.value.end()..slot.value.start());
                plain
                    .is_some_and(|between| between.trim() == ",")
                    .then(|| slot.cut_with(text, &pair))
                    .flatten()
            }
        };
        Some(match cut {
            Some(cut) => Cut::cut_from(cut, draft),
            None => draft,
        })
    }
}

fn is_program(value: &str) -> bool {
    let value = value
        .rsplit_once(['/', '\\'])
        .map_or(value, |(folder, name)| {
            if folder.ends_with("@azure-devops") {
                value
            } else {
                name
            }
        });
    PROGRAMS.iter().any(|program| {
        let rest = value.rsplit_once(program).map(|(_, rest)| rest);
        // A version may follow the name of the package, an ending that of the program.
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', '.']))
    })
}

/// The organization in the argument after the program: a name, or an address.
fn named(value: &str) -> Option<OrganizationName> {
    let address = || Address::parse(value)?.organization;
    OrganizationName::new(value).or_else(address)
}

/// Editors put in what `${input:name}` and `${env:NAME}` stand for, also behind `Basic`; people what samples leave open.
fn is_put_in(value: &str) -> bool {
    let word = value.rsplit(' ').next().unwrap_or(value);
    [value, word]
        .into_iter()
        .any(|text| is_reference(text) || names::is_placeholder(text))
}
