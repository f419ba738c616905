//! `rekey-collector user` and `rekey-collector audit`: on the database itself, for whoever is locked out.

use std::io::{self, Write};

use anyhow::Context as _;
use clap::{Subcommand, ValueEnum};
use serde_json::json;

use super::{Kept, Stop, open_existing as open};
use crate::auth::hash_password;
use crate::clock::Clock;
use crate::pages::is_name;
use crate::secret::Secret;
use crate::storage::{
    Action, Actor, Changed, LogEnd, NewEntry, NewUser, Role, Storage, StorageError, UserChange, Who,
};

const MOST: u32 = 10_000;
const PIECE: u32 = 1000;

#[derive(Subcommand)]
pub(crate) enum User {
    /// Make a local person and show their password, once.
    Add {
        /// As they will type it at sign-in.
        name: String,
        /// What they may do.
        #[arg(long, default_value = "admin")]
        role: RoleName,
        #[command(flatten)]
        kept: Kept,
    },
    /// Make a new password and show it, once. Their sessions end.
    Password {
        name: String,
        #[command(flatten)]
        kept: Kept,
    },
    /// Keep somebody from signing in. Their sessions end.
    Disable {
        name: String,
        #[command(flatten)]
        kept: Kept,
    },
    /// Let somebody sign in again.
    Enable {
        name: String,
        #[command(flatten)]
        kept: Kept,
    },
    /// Show everybody: state, role, name, and who vouches for them.
    List {
        #[command(flatten)]
        kept: Kept,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum RoleName {
    /// Sees everything and changes everything.
    Admin,
    /// Sees everything and changes nothing.
    Auditor,
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Admin => Self::Admin,
            RoleName::Auditor => Self::Auditor,
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Audit {
    /// Check that no entry is missing or was changed, and show the newest number and hash.
    ///
    /// Keep what it shows somewhere else: with it, --expect later finds out whether somebody with all rights
    /// on the database wrote the whole log anew.
    Verify {
        /// What an earlier check showed.
        #[arg(long, value_name = "NUMBER:HASH")]
        expect: Option<String>,
        #[command(flatten)]
        kept: Kept,
    },
}

#[tokio::main]
pub(crate) async fn user(command: User) -> Result<(), Stop> {
    let (User::Add { kept, .. }
    | User::Password { kept, .. }
    | User::Disable { kept, .. }
    | User::Enable { kept, .. }
    | User::List { kept }) = &command;
    let storage = open(kept).await?;
    // Somebody who is there before the first start would keep it from showing its secrets.
    let is_set_up = storage.is_set_up().await.map_err(trouble)?;
    if !is_set_up {
        let error = anyhow::anyhow!(
            "This collector was never started, so it has nobody yet. Start it once: rekey-collector serve"
        );
        return Err(Stop::Settings(error));
    }
    let mut out = io::stdout().lock();
    change(&*storage, &Clock::system(), command, &mut out)
        .await
        .map_err(Stop::Trouble)
}

fn trouble(error: StorageError) -> Stop {
    Stop::Trouble(error.into())
}

async fn change(
    storage: &dyn Storage,
    clock: &Clock,
    command: User,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    match command {
        User::Add { name, role, .. } => add(storage, clock, name, role.into(), out).await,
        User::Password { name, .. } => {
            let password = Secret::password();
            let change = UserChange::Password(hash_password(password.reveal())?, None);
            apply(storage, clock, &name, change, Action::PasswordReset).await?;
            writeln!(out, "{name} {}", password.reveal())?;
            Ok(())
        }
        User::Disable { name, .. } => {
            apply(
                storage,
                clock,
                &name,
                UserChange::Disable,
                Action::UserDisabled,
            )
            .await
        }
        User::Enable { name, .. } => {
            apply(
                storage,
                clock,
                &name,
                UserChange::Enable,
                Action::UserEnabled,
            )
            .await
        }
        User::List { .. } => {
            for user in storage.users(MOST).await? {
                let state = user.disabled_at.map_or("enabled", |_| "disabled");
                let by = user.issuer.as_deref().unwrap_or("password");
                writeln!(out, "{state}\t{}\t{}\t{by}", user.role.as_str(), user.name)?;
            }
            Ok(())
        }
    }
}

async fn add(
    storage: &dyn Storage,
    clock: &Clock,
    name: String,
    role: Role,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        is_name(&name),
        "{name:?} is no name: it needs 1 to 64 characters and no spaces."
    );
    let password = Secret::password();
    let user = NewUser {
        role,
        password: hash_password(password.reveal())?,
        name,
    };
    let entry = entry(clock, Action::UserAdded, &user.name).with(json!({ "role": role }));
    anyhow::ensure!(
        storage.add_user(&user, &entry).await? == Changed::Done,
        "{} is there already. A new password: rekey-collector user password {}",
        user.name,
        user.name
    );
    writeln!(out, "{} {}", user.name, password.reveal())?;
    Ok(())
}

fn entry(clock: &Clock, action: Action, subject: &str) -> NewEntry {
    NewEntry::new(clock.now(), Actor::local(Who::CommandLine), action, subject)
}

async fn apply(
    storage: &dyn Storage,
    clock: &Clock,
    name: &str,
    change: UserChange,
    action: Action,
) -> anyhow::Result<()> {
    let user = storage.user(name).await?.with_context(|| {
        format!("There is no local person {name}. See who there is: rekey-collector user list")
    })?;
    let entry = entry(clock, action, &user.name);
    match storage.change_user(user.id, &change, &entry).await? {
        Changed::Done => Ok(()),
        Changed::LastAdmin => anyhow::bail!(
            "{name} is the last local admin who can sign in. Make another one first: rekey-collector user add NAME"
        ),
        Changed::NameTaken | Changed::Unknown => anyhow::bail!("{name} is so already."),
    }
}

#[tokio::main]
pub(crate) async fn audit(command: Audit) -> Result<(), Stop> {
    let Audit::Verify { expect, kept } = command;
    let expected = match expect.as_deref() {
        None => None,
        Some(text) => Some(
            text.split_once(':')
                .and_then(|(number, hash)| Some((number.parse::<i64>().ok()?, hash.to_owned())))
                .context("--expect takes what an earlier check showed, like 12:HASH.")
                .map_err(Stop::Settings)?,
        ),
    };
    let storage = open(&kept).await?;
    let mut out = io::stdout().lock();
    verify(&*storage, expected, &mut out)
        .await
        .map_err(Stop::Trouble)
}

/// Entries that are added meanwhile are left for the next check.
async fn verify(
    storage: &dyn Storage,
    expected: Option<(i64, String)>,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let newest = storage.audit_end().await?;
    let mut end = LogEnd::empty();
    let mut seen = expected.is_none();
    while end.number < newest.number {
        let entries = storage.audit_entries_after(end.number, PIECE).await?;
        anyhow::ensure!(
            !entries.is_empty(),
            "The log ends with entry {}, and {} was added: the newest entries are missing.",
            end.number,
            newest.number
        );
        for entry in entries {
            if entry.number > newest.number {
                break;
            }
            let before = end.number;
            anyhow::ensure!(
                end.follow(&entry),
                "Entry {} does not follow entry {before}: it was changed, or one between them is missing.",
                entry.number
            );
            if let Some((number, hash)) = &expected
                && *number == end.number
            {
                anyhow::ensure!(
                    end.hash.to_hex() == *hash,
                    "Entry {number} is another one than at the earlier check: the log was written anew."
                );
                seen = true;
            }
        }
    }
    anyhow::ensure!(
        end == newest,
        "The log's end does not belong to its newest entry, {}.",
        end.number
    );
    anyhow::ensure!(
        seen || expected.is_some_and(|(number, _)| number == 0),
        "The log has {} entries, fewer than at the earlier check.",
        end.number
    );
    writeln!(out, "{}:{}", end.number, end.hash.to_hex())?;
    Ok(())
}
