//! What can be typed.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::clock::Clock;
use crate::data_folder;
use crate::first_start::first_start;
use crate::listen;
use crate::server::{Options, Server};
use crate::storage::{Postgres, Sqlite, Storage, postgres_location};

/// The central endpoint of rekey: takes the reports of workstations and shows who is done.
#[derive(Parser)]
#[command(name = "rekey-collector", version, disable_help_subcommand = true)]
struct Command {
    #[command(subcommand)]
    does: Does,
}

#[derive(Subcommand)]
enum Does {
    /// Take reports and serve the admin's pages.
    Serve(Box<Serve>),
}

#[derive(Args)]
struct Serve {
    /// Where to listen; port 0 takes any free one.
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8787",
        env = "REKEY_COLLECTOR_LISTEN"
    )]
    listen: String,
    /// The data folder [default: the user's data folder, rekey-collector].
    #[arg(long, value_name = "DIR", env = "REKEY_COLLECTOR_DATA")]
    data: Option<PathBuf>,
    /// The database [default: SQLite in the data folder].
    #[arg(
        long,
        value_name = "URL",
        env = "REKEY_COLLECTOR_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
    /// The certificate chain, PEM.
    #[arg(
        long,
        value_name = "FILE",
        env = "REKEY_COLLECTOR_TLS_CERT",
        requires = "tls_key"
    )]
    tls_cert: Option<PathBuf>,
    /// The certificate's key, PEM.
    #[arg(
        long,
        value_name = "FILE",
        env = "REKEY_COLLECTOR_TLS_KEY",
        requires = "tls_cert"
    )]
    tls_key: Option<PathBuf>,
    /// The CA of devices, PEM: they then must show a certificate of it.
    #[arg(
        long,
        value_name = "FILE",
        env = "REKEY_COLLECTOR_TLS_CLIENT_CA",
        requires = "tls_cert"
    )]
    tls_client_ca: Option<PathBuf>,
    /// A proxy in front speaks TLS and sets X-Forwarded-For.
    #[arg(
        long,
        env = "REKEY_COLLECTOR_BEHIND_PROXY",
        conflicts_with = "tls_cert"
    )]
    behind_proxy: bool,
    /// A workstation is silent after so many days without a report.
    #[arg(long, value_name = "DAYS", default_value_t = 7, env = "REKEY_COLLECTOR_SILENT_AFTER_DAYS",
          value_parser = clap::value_parser!(u32).range(1..=3650))]
    silent_after_days: u32,
}

/// What ends the program, and with which code.
enum Stop {
    /// Wrong settings: nothing was done. Exit 2.
    Settings(anyhow::Error),
    /// It could not go on. Exit 1.
    Trouble(anyhow::Error),
}

/// Reads the command line and does what it says.
#[must_use]
pub fn main() -> ExitCode {
    let command = Command::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let Does::Serve(serve) = command.does;
    match run(*serve) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Stop::Settings(error)) => say(&error, 2),
        Err(Stop::Trouble(error)) => say(&error, 1),
    }
}

fn say(error: &anyhow::Error, code: u8) -> ExitCode {
    let mut text = format!("rekey-collector: {error}\n");
    for cause in error.chain().skip(1) {
        let _ = writeln!(text, "  because: {cause}");
    }
    let _ = std::io::stderr().write_all(text.as_bytes());
    ExitCode::from(code)
}

#[tokio::main]
async fn run(serve: Serve) -> Result<(), Stop> {
    let options = options(&serve).map_err(Stop::Settings)?;
    let storage = open(&serve).await?;
    let clock = Clock::system();
    let server = Server::bind(options, storage.clone(), clock.clone())
        .await
        .map_err(Stop::Trouble)?;
    first_start(&*storage, &clock, &mut std::io::stdout().lock())
        .await
        .map_err(Stop::Trouble)?;
    // Whoever started it waits for this line, so it is no log line.
    let _ = writeln!(std::io::stderr(), "listening on {}", server.url());
    server
        .run(stopped())
        .await
        .map_err(|error| Stop::Trouble(error.into()))
}

fn options(serve: &Serve) -> anyhow::Result<Options> {
    let listen = address(&serve.listen)?;
    let tls = match (&serve.tls_cert, &serve.tls_key) {
        (Some(certificate), Some(key)) => {
            let client_ca = serve.tls_client_ca.as_deref();
            Some(listen::acceptor(certificate, key, client_ca)?)
        }
        _ => None,
    };
    anyhow::ensure!(
        listen.ip().is_loopback() || tls.is_some() || serve.behind_proxy,
        "{listen} can be reached from other machines, and reports and passwords would go there in clear. \
         Give --tls-cert and --tls-key, or --behind-proxy where a proxy in front speaks TLS."
    );
    Ok(Options {
        listen,
        tls,
        certificates_needed: serve.tls_client_ca.is_some(),
        behind_proxy: serve.behind_proxy,
        silent_after_days: serve.silent_after_days,
    })
}

fn address(text: &str) -> anyhow::Result<SocketAddr> {
    text.to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .with_context(|| {
            format!("--listen {text} is no address and port. Write it like 127.0.0.1:8787.")
        })
}

async fn open(serve: &Serve) -> Result<Arc<dyn Storage>, Stop> {
    let path = match serve.database.as_deref() {
        None => {
            let folder = serve
                .data
                .clone()
                .map_or_else(data_folder::default_path, Ok);
            folder
                .and_then(|folder| data_folder::prepare(&folder))
                .map_err(Stop::Settings)?
        }
        Some(url) if is_postgres(url) => {
            let location = postgres_location(url)
                .context("--database is no address of a PostgreSQL database. Write it like postgres://USER@HOST/NAME.")
                .map_err(Stop::Settings)?;
            let storage = Postgres::open(location)
                .await
                .context("The PostgreSQL database cannot be opened. Is the server running, and is --database right?")
                .map_err(Stop::Trouble)?;
            return Ok(Arc::new(storage));
        }
        Some(url) => sqlite_path(url).map_err(Stop::Settings)?,
    };
    let storage = Sqlite::open(&path)
        .await
        .with_context(|| format!("The database {} cannot be opened.", path.display()))
        .map_err(Stop::Trouble)?;
    Ok(Arc::new(storage))
}

fn is_postgres(url: &str) -> bool {
    let scheme = url.split(':').next().unwrap_or_default();
    matches!(scheme, "postgres" | "postgresql")
}

/// The URL is never repeated in the message: it can hold a password.
fn sqlite_path(url: &str) -> anyhow::Result<PathBuf> {
    let path = url
        .strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .filter(|path| !path.is_empty())
        .context(
            "--database takes postgres://USER@HOST/NAME or sqlite:FILE. Leave it out for SQLite in the data folder.",
        )?;
    data_folder::prepare_file(&PathBuf::from(path))
}

/// Ends at Ctrl-C, and where the system asks for it: from now on, not only once somebody waits for it.
fn stopped() -> impl Future<Output = ()> {
    let interrupt = async { drop(tokio::signal::ctrl_c().await) };
    #[cfg(unix)]
    let listening = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    #[cfg(unix)]
    let terminate = async {
        match listening {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    async {
        tokio::select! {
            () = interrupt => {}
            () = terminate => {}
        }
        tracing::info!("stopping");
    }
}
