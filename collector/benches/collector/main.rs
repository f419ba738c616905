//! How much a real collector bears, with the load from this machine over loopback.
//!
//! `cargo bench -p rekey-collector --bench collector -- MODE`; `benches/collector.sh` runs all of it and says how. Every
//! mode is bounded in time, speaks to processes of its own alone, and prints tables in Markdown.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::future_not_send,
    reason = "a benchmark stops at the first surprise, and measures time"
)]

mod addresses;
mod agent;
mod bare;
mod collector;
mod database;
mod fill;
mod http;
mod numbers;
mod pages;
#[path = "../../tests/collector/postgres/mod.rs"]
mod postgres;
mod reports;
mod storm;
mod throughput;

use clap::{Parser, Subcommand};

use database::Kind;

#[derive(Parser)]
struct Command {
    #[command(subcommand)]
    mode: Mode,
    /// Cargo says it to every benchmark.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Mode {
    /// Reports a second, in turns with bare inserts of the same bytes into the same kind of database.
    Throughput {
        /// Which database.
        #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
        database: Kind,
        /// How often.
        #[arg(long, default_value_t = 3)]
        rounds: usize,
        #[command(flatten)]
        load: throughput::Load,
        /// Leave the bare inserts out.
        #[arg(long)]
        alone: bool,
    },
    /// Every device enrols and reports within a time, and all report at once after an outage.
    Storm {
        /// Which database.
        #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
        database: Kind,
        #[command(flatten)]
        storm: storm::Storm,
    },
    /// How long every page and list takes, and what memory they need.
    Pages {
        /// Which database.
        #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
        database: Kind,
        #[command(flatten)]
        pages: pages::Pages,
    },
}

fn main() {
    let command = Command::parse();
    // One thread: the generator is to leave the machine to the collector.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        match command.mode {
            Mode::Throughput {
                database,
                rounds,
                load,
                alone,
            } => throughput::in_turns(database, rounds, &load, alone).await,
            Mode::Storm { database, storm } => storm::run(database, &storm).await,
            Mode::Pages { database, pages } => pages::run(database, &pages).await,
        }
    });
}
