//! `rekey-collector forget`: deletes what was reported, at a person's request or for a machine that is gone.

use std::io::{self, Write as _};

use clap::Args;

use super::{Kept, Stop, open_existing};
use crate::clock::Clock;
use crate::forgetting;
use crate::storage::{Actor, Who};

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
    let (actor, now) = (Actor::local(Who::CommandLine), Clock::system().now());
    let gone = match (&forget.whom.person, &forget.whom.device) {
        (Some(person), _) => forgetting::person(&*storage, person, actor, now).await,
        (None, Some(device)) => forgetting::device(&*storage, device, actor, now)
            .await
            .map(u64::from),
        (None, None) => Ok(0),
    };
    let gone = gone.map_err(|error| Stop::Trouble(error.into()))?;
    if gone == 0 {
        return Err(Stop::Settings(anyhow::anyhow!(
            "Nothing is kept of that. Names and ids are in the list of workstations."
        )));
    }
    let _ = writeln!(io::stderr(), "forgotten: {gone}");
    Ok(())
}
