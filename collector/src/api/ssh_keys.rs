//! SSH keys that Support must clear: as JSON, and as the table to attach to the ticket.

use async_trait::async_trait;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use rekey_report::Rejection;

use super::document::ViewerRefusals;
use super::streamed::{self, Pieces};
use super::{Rejected, csv};
use crate::auth::Viewer;
use crate::server::App;
use crate::storage::{
    HeldKey, KeyHolder, KeyPlace, Result as Stored, Storage, StorageError, TicketState,
};
use crate::text;

const USUAL: u32 = 100;
const MOST: u32 = 500;

/// Of each key so many people are named.
const HOLDERS: u32 = 20;

/// Keys in one piece of the table.
const PIECE: u32 = 100;

/// Stands in addresses for keys that serve several organizations, or of which none is known.
pub(crate) const NONE: &str = "-";

const HEAD: [&str; 8] = [
    "organization",
    "algorithm",
    "md5",
    "sha256",
    "first_seen",
    "workstations",
    "people",
    "gone_at",
];

/// What can be asked of the list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct KeyListing {
    /// Only of this organization; `-` for keys of several, or of which none is known.
    pub(crate) organization: Option<String>,
    /// `next` of the page before.
    pub(crate) after: Option<String>,
    /// At most so many.
    #[param(format = Int64, minimum = 0, maximum = 4_294_967_295_u32)]
    pub(crate) limit: Option<u32>,
}

/// The organization's key, as the database has it.
pub(crate) fn organization_key(asked: &str) -> String {
    match asked {
        NONE => String::new(),
        name => name.to_lowercase(),
    }
}

/// `organization sha256`, neither of which has a space.
pub(crate) fn place(after: &str) -> Option<KeyPlace> {
    let (organization, sha256) = after.split_once(' ')?;
    Some(KeyPlace {
        organization: organization.to_owned(),
        sha256: sha256.to_owned(),
    })
}

pub(crate) fn after(key: &HeldKey) -> String {
    format!("{} {}", key.organization, key.sha256)
}

#[derive(Serialize, ToSchema)]
pub(super) struct KeysAnswer {
    as_of: Timestamp,
    keys: Vec<HeldSshKey>,
    next: Option<String>,
    tickets: Vec<SupportTicket>,
}

#[derive(Serialize, ToSchema)]
struct HeldSshKey {
    /// Null where the key serves several organizations, or none is known.
    organization: Option<String>,
    algorithm: String,
    /// As the settings page of Azure DevOps shows it.
    md5: String,
    sha256: String,
    first_seen_at: Timestamp,
    /// When the last workstation reported it gone.
    gone_at: Option<Timestamp>,
    /// How many workstations have it.
    workstations: u64,
    /// Some of them.
    holders: Vec<KeyHolderRow>,
}

#[derive(Serialize, ToSchema)]
struct KeyHolderRow {
    device_id: String,
    machine: String,
    person: Option<String>,
}

#[derive(Serialize, ToSchema)]
struct SupportTicket {
    organization: Option<String>,
    number: String,
    #[schema(value_type = String)]
    state: TicketState,
    opened_at: Timestamp,
    changed_at: Timestamp,
    changed_by: String,
}

fn named(organization: String) -> Option<String> {
    Some(organization).filter(|name| !name.is_empty())
}

/// A page of keys, each with some of its holders.
pub(crate) async fn with_holders(
    storage: &dyn Storage,
    organization: Option<&str>,
    after: Option<&KeyPlace>,
    limit: u32,
    holders: u32,
) -> Stored<Vec<(HeldKey, Vec<KeyHolder>)>> {
    let mut keys = Vec::new();
    for key in storage.ssh_keys(organization, after, limit).await? {
        let place = KeyPlace {
            organization: key.organization.clone(),
            sha256: key.sha256.clone(),
        };
        let who = match key.holders {
            0 => Vec::new(),
            _ => storage.key_holders(&place, holders).await?,
        };
        keys.push((key, who));
    }
    Ok(keys)
}

/// SSH keys that Support must clear, with some of who has them, and the tickets.
#[utoipa::path(
    get, path = "/api/v1/ssh-keys", operation_id = "ssh_keys", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(KeyListing),
    responses(
        (status = 200, description = "A page.", body = KeysAnswer),
        (status = 400, description = "`bad-query`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<KeyListing>, QueryRejection>,
) -> Result<Json<KeysAnswer>, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let asked = text::optional_name(listing.organization.as_deref());
    let organization = asked.as_deref().map(organization_key);
    let limit = listing.limit.unwrap_or(USUAL).clamp(1, MOST);
    let begin = match &listing.after {
        None => None,
        Some(after) => Some(place(after).ok_or_else(bad_query)?),
    };
    let as_of = app.clock.now();
    let storage = &*app.storage;
    let keys = with_holders(
        storage,
        organization.as_deref(),
        begin.as_ref(),
        limit,
        HOLDERS,
    );
    let keys = keys.await?;
    let full = keys.len() as u64 == u64::from(limit);
    let next = keys.last().filter(|_| full).map(|(key, _)| after(key));
    let tickets = storage.tickets().await?;
    Ok(Json(KeysAnswer {
        as_of,
        next,
        keys: keys.into_iter().map(key).collect(),
        tickets: tickets
            .into_iter()
            .filter(|ticket| {
                organization
                    .as_ref()
                    .is_none_or(|key| *key == ticket.organization)
            })
            .map(|ticket| SupportTicket {
                organization: named(ticket.organization),
                number: ticket.number,
                state: ticket.state,
                opened_at: ticket.opened_at,
                changed_at: ticket.changed_at,
                changed_by: ticket.changed_by,
            })
            .collect(),
    }))
}

fn key((key, holders): (HeldKey, Vec<KeyHolder>)) -> HeldSshKey {
    HeldSshKey {
        organization: named(key.organization),
        algorithm: key.algorithm,
        md5: key.md5,
        sha256: key.sha256,
        first_seen_at: key.seen_at,
        gone_at: key.gone_at,
        workstations: key.holders,
        holders: holders
            .into_iter()
            .map(|holder| KeyHolderRow {
                device_id: holder.device,
                machine: holder.machine,
                person: holder.person,
            })
            .collect(),
    }
}

fn bad_query() -> Rejected {
    Rejected::bad(
        "bad-query",
        "The address takes organization, after (as `next` said) and limit (a number).",
    )
}

struct Table {
    organization: Option<String>,
    after: Option<KeyPlace>,
}

#[async_trait]
impl Pieces for Table {
    async fn next(
        &mut self,
        storage: &dyn Storage,
        text: &mut String,
    ) -> Result<bool, StorageError> {
        let organization = self.organization.as_deref();
        let keys = with_holders(storage, organization, self.after.as_ref(), PIECE, HOLDERS).await?;
        for (key, holders) in &keys {
            row(text, key, holders);
        }
        self.after = keys.last().and_then(|(key, _)| place(&after(key)));
        Ok(keys.len() as u64 == u64::from(PIECE))
    }
}

/// The same keys as a table, one line a key.
#[utoipa::path(
    get, path = "/api/v1/ssh-keys.csv", operation_id = "ssh_keys_csv", tag = "numbers",
    security(("api_token" = []), ("session" = [])),
    params(KeyListing),
    responses(
        (status = 200, description = "The table to attach to the ticket.", body = String, content_type = "text/csv"),
        (status = 400, description = "`bad-query`: what is asked for is not understood.", body = Rejection),
        ViewerRefusals,
    )
)]
pub(super) async fn table(
    State(app): State<App>,
    _: Viewer,
    listing: Result<Query<KeyListing>, QueryRejection>,
) -> Result<Response, Rejected> {
    let Query(listing) = listing.map_err(|_| bad_query())?;
    let asked = text::optional_name(listing.organization.as_deref());
    let plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    let file = match asked.clone().filter(plain) {
        Some(name) if name != NONE => format!("rekey-ssh-keys-{}.csv", name.to_lowercase()),
        _ => "rekey-ssh-keys.csv".to_owned(),
    };
    let table = Table {
        organization: asked.as_deref().map(organization_key),
        after: None,
    };
    streamed::table(&app, &file, HEAD, table).await
}

fn row(text: &mut String, key: &HeldKey, holders: &[KeyHolder]) {
    let mut people: Vec<_> = holders
        .iter()
        .map(|holder| holder.person.as_deref().unwrap_or(&holder.machine))
        .collect();
    people.sort_unstable();
    people.dedup();
    if key.holders > holders.len() as u64 {
        people.push("and more");
    }
    let gone = key.gone_at.map(|gone| gone.to_string()).unwrap_or_default();
    let cells: [&str; HEAD.len()] = [
        &key.organization,
        &key.algorithm,
        &key.md5,
        &key.sha256,
        &key.seen_at.to_string(),
        &key.holders.to_string(),
        &people.join("; "),
        &gone,
    ];
    csv::line(text, cells);
}
