//! `rekey-collector export`: the list of workstations, for whoever sits at the database.

use std::io::{self, Write as _};

use anyhow::Context as _;
use clap::{Args, ValueEnum};

use super::{Kept, Stop, open_existing};
use crate::api::{DeviceRow, Listing, device_csv, device_csv_head, filter_of};
use crate::storage::{DeviceFilter, Storage};

pub(super) const EXPORT: &str = "\
Examples:
  rekey-collector export > workstations.csv
  rekey-collector export --state silent --organization contoso
  rekey-collector export --format jsonl | jq -r 'select(.findings.stale > 0) | .machine.name'

In CSV, a cell that begins like a formula has an apostrophe before it, so that a spreadsheet shows
it and does not run it.";

const PIECE: u32 = 500;

#[derive(Args)]
pub(super) struct Export {
    /// The form of the list.
    #[arg(long, value_enum, default_value = "csv")]
    format: Format,
    /// Only in this state: compliant, action-needed, failed, waiting, silent, not-reported.
    #[arg(long)]
    state: Option<String>,
    /// Only those that report on this organization.
    #[arg(long, value_name = "NAME")]
    organization: Option<String>,
    /// Only those with something left in this place.
    #[arg(long, value_name = "PLACE")]
    place: Option<String>,
    #[command(flatten)]
    kept: Kept,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table, with a first line of names.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

#[tokio::main(flavor = "current_thread")]
pub(super) async fn export(export: Export) -> Result<(), Stop> {
    let filter = filter_of(Listing {
        state: export.state.clone(),
        organization: export.organization.clone(),
        place: export.place.clone(),
        ..Listing::default()
    })
    .map_err(|rejected| Stop::Settings(anyhow::anyhow!(rejected.into_message())))?;
    let storage = open_existing(&export.kept).await?;
    match write(&*storage, filter, export.format).await {
        // Whoever reads has enough.
        Err(error) if is_closed(&error) => Ok(()),
        written => written.map_err(Stop::Trouble),
    }
}

fn is_closed(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn write(
    storage: &dyn Storage,
    mut filter: DeviceFilter,
    format: Format,
) -> anyhow::Result<()> {
    let mut text = match format {
        Format::Csv => device_csv_head(),
        Format::Jsonl => String::new(),
    };
    loop {
        let page = storage.devices(&filter, PIECE).await?;
        for device in page.devices {
            match format {
                Format::Csv => device_csv(&mut text, &device),
                Format::Jsonl => {
                    text += &serde_json::to_string(&DeviceRow::from(device))
                        .context("A workstation could not be written as JSON.")?;
                    text.push('\n');
                }
            }
        }
        io::stdout().write_all(text.as_bytes())?;
        text.clear();
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return Ok(io::stdout().flush()?),
        }
    }
}
