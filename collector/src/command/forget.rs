//! `rekey-collector forget`: deletes what was reported, at a person's request or for a machine that is gone.

use std::io::{self, Write as _};

use clap::Args;
use serde_json::json;

use super::{Kept, Stop, open_existing};
use crate::clock::Clock;
use crate::storage::{Action, Actor, NewEntry, Who};

pub(super) const FORGET: &str = "\
Examples:
  rekey-collector forget --person kim@contoso.example
      All workstations of this person, with every report.
  rekey-collector forget --device 019b0000-0000-7000-8000-000000000000
      One workstation. Its id is at the end of its page's address.

The workstation's token ends with it. Where rekey still runs there, and may enrol by policy, it enrols
and reports again: remove it from the policy first. Archives of before still have the data.";

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(super) struct Whom {
    /// The person, as reports name them.
    #[arg(long, value_name = "NAME")]
    person: Option<String>,
    /// The workstation's id.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
}

#[derive(Args)]
pub(super) struct Forget {
    #[command(flatten)]
    whom: Whom,
    #[command(flatten)]
    kept: Kept,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn forget(forget: Forget) -> Result<(), Stop> {
    let storage = open_existing(&forget.kept).await?;
    let gone = match (&forget.whom.person, &forget.whom.device) {
        (Some(person), _) => storage.forget_person(&person.to_lowercase()).await,
        (None, Some(device)) => storage.forget_device(device).await.map(u64::from),
        (None, None) => Ok(0),
    };
    let gone = gone.map_err(|error| Stop::Trouble(error.into()))?;
    if gone == 0 {
        return Err(Stop::Settings(anyhow::anyhow!(
            "Nothing is kept of that. Names and ids are in the list of workstations."
        )));
    }
    let (action, subject) = match &forget.whom.device {
        Some(device) => (Action::DeviceRemoved, device.as_str()),
        // Whoever is to be forgotten is not written down for it.
        None => (Action::PersonErased, ""),
    };
    let actor = Actor::local(Who::CommandLine);
    let entry = NewEntry::new(Clock::system().now(), actor, action, subject)
        .with(json!({ "workstations": gone }));
    let kept = storage.audit(&entry).await;
    kept.map_err(|error| Stop::Trouble(error.into()))?;
    let _ = writeln!(io::stderr(), "forgotten: {gone}");
    Ok(())
}
