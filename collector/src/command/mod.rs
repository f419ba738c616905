//! What can be typed.

mod archives;
mod export;
mod forget;
mod kept;
mod people;
mod sign_in;

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::kept::{Kept, open, open_as, open_existing};
use self::sign_in::SignInOptions;
use crate::clock::Clock;
use crate::first_start::{OwnersFile, first_start};
use crate::listen;
use crate::server::{Keep, Options, Server};
use crate::webhooks::{self, Otlp};

/// The central endpoint of rekey: takes the reports of workstations and shows who is done.
#[derive(Parser)]
#[command(
    name = "rekey-collector",
    version,
    disable_help_subcommand = true,
    after_help = "Start with: rekey-collector serve. Each command has examples: rekey-collector COMMAND --help"
)]
struct Command {
    #[command(subcommand)]
    does: Does,
}

#[derive(Subcommand)]
enum Does {
    /// Take reports and serve the admin's pages.
    #[command(after_long_help = SERVE)]
    Serve(Box<Serve>),
    /// Write everything that is kept into one file, while the collector runs.
    #[command(after_long_help = archives::BACKUP)]
    Backup(archives::Backup),
    /// Take such a file into an empty database, of the same kind or the other.
    #[command(after_long_help = archives::RESTORE)]
    Restore(archives::Restore),
    /// Write the list of workstations as CSV or JSON lines.
    #[command(after_long_help = export::EXPORT)]
    Export(export::Export),
    /// Delete a workstation, or all workstations of a person, with every report.
    #[command(after_long_help = forget::FORGET)]
    Forget(forget::Forget),
    /// Local people who may sign in: for whoever is locked out, and for the first steps.
    #[command(subcommand)]
    User(people::User),
    /// The log of who did what.
    #[command(subcommand)]
    Audit(people::Audit),
}

const SERVE: &str = "\
Examples:
  rekey-collector serve
      Try it on this machine: http://127.0.0.1:8787, everything in one folder.
  rekey-collector serve --listen 0.0.0.0:8787 --tls-cert chain.pem --tls-key key.pem
      For the workstations of an office. It speaks TLS itself.
  rekey-collector serve --listen 10.0.0.5:8787 --behind-proxy --database postgres://rekey@db/rekey
      One of several, behind a load balancer that speaks TLS. Keep the password of the database in
      REKEY_COLLECTOR_DATABASE or in PGPASSFILE, not on the command line.

The first start shows the first admin's password, an enrolment secret and an API token, once.
Then: open the address, sign in, and enrol the first workstation with
  rekey enroll --collector ADDRESS --secret-file FILE";

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
    #[command(flatten)]
    kept: Kept,
    /// A replica of a PostgreSQL database, from which lists and numbers are read.
    #[arg(
        long,
        value_name = "URL",
        env = "REKEY_COLLECTOR_DATABASE_REPLICA",
        hide_env_values = true,
        requires = "database"
    )]
    database_replica: Option<String>,
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
    /// Keep whole reports for so many days; the newest of each workstation is kept as long as that.
    #[arg(long, value_name = "DAYS", default_value_t = Keep::default().reports, env = "REKEY_COLLECTOR_KEEP_REPORTS_DAYS",
          value_parser = clap::value_parser!(u32).range(1..=36500))]
    keep_reports_days: u32,
    /// Keep the lines of each workstation's history for so many days.
    #[arg(long, value_name = "DAYS", default_value_t = Keep::default().history, env = "REKEY_COLLECTOR_KEEP_HISTORY_DAYS",
          value_parser = clap::value_parser!(u32).range(1..=36500))]
    keep_history_days: u32,
    /// Write the password, secret and token of the first start into this file, which only its owner can read, instead of
    /// standard output.
    #[arg(long, value_name = "FILE", env = "REKEY_COLLECTOR_FIRST_START_FILE")]
    first_start_file: Option<PathBuf>,
    /// Anybody may read /metrics: numbers alone, but also the names of organizations.
    #[arg(long, env = "REKEY_COLLECTOR_METRICS_PUBLIC")]
    metrics_public: bool,
    /// Webhooks may go to this machine and into private networks.
    #[arg(long, env = "REKEY_COLLECTOR_WEBHOOKS_PRIVATE")]
    webhooks_private: bool,
    /// Send changes as log records of OpenTelemetry, over HTTP; /v1/logs is added.
    #[arg(long, value_name = "URL", env = "REKEY_COLLECTOR_OTLP_ENDPOINT")]
    otlp_endpoint: Option<String>,
    /// Headers for the endpoint, such as a key.
    #[arg(
        long,
        value_name = "NAME=VALUE,…",
        env = "REKEY_COLLECTOR_OTLP_HEADERS",
        hide_env_values = true,
        requires = "otlp_endpoint"
    )]
    otlp_headers: Option<String>,
    #[command(flatten)]
    sign_in: SignInOptions,
}

/// What ends the program, and with which code.
pub(crate) enum Stop {
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
    let ended = match command.does {
        Does::Serve(serve) => run(*serve),
        Does::Backup(backup) => archives::backup(backup),
        Does::Restore(restore) => archives::restore(restore),
        Does::Export(export) => export::export(export),
        Does::Forget(forget) => forget::forget(forget),
        Does::User(user) => people::user(user),
        Does::Audit(audit) => people::audit(audit),
    };
    match ended {
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
    many_connections();
    let replica = serve.database_replica.as_deref();
    let storage = open_as(&serve.kept, replica, None).await?;
    let clock = Clock::system();
    let server = Server::bind(options, storage.clone(), clock.clone())
        .await
        .map_err(Stop::Trouble)?;
    let shown = match &serve.first_start_file {
        Some(path) => first_start(&*storage, &clock, &mut OwnersFile::new(path.clone())).await,
        None => first_start(&*storage, &clock, &mut std::io::stdout().lock()).await,
    };
    shown.map_err(Stop::Trouble)?;
    let stop = stopped();
    // Whoever started it waits for this line, so it is no log line.
    let _ = writeln!(std::io::stderr(), "listening on {}", server.url());
    server
        .run(stop)
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
    let sign_in = serve.sign_in.read(listen, tls.is_some())?;
    let otlp = match &serve.otlp_endpoint {
        Some(endpoint) => Some(Otlp::parse(endpoint, serve.otlp_headers.as_deref())?),
        None => None,
    };
    Ok(Options {
        listen,
        tls,
        certificates_needed: serve.tls_client_ca.is_some(),
        behind_proxy: serve.behind_proxy,
        silent_after_days: serve.silent_after_days,
        keep: Keep {
            reports: serve.keep_reports_days,
            history: serve.keep_history_days,
        },
        sign_in,
        metrics_public: serve.metrics_public,
        webhooks: webhooks::Options {
            private: serve.webhooks_private,
            otlp,
        },
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

/// Every workstation that sends is an open file: as many as the system lets this program have.
fn many_connections() {
    #[cfg(unix)]
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(files) => tracing::debug!(files, "open files"),
        Err(error) => tracing::warn!(
            error = &error as &dyn std::error::Error,
            "the limit of open files stays as it is"
        ),
    }
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
