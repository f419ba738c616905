//! The server: what its handlers share, its routes, and what it says to every browser.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::connect_info::Connected;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::serve::IncomingStream;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_rustls::TlsAcceptor;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;

use crate::api;
use crate::auth::Passwords;
use crate::brake;
use crate::clock::Clock;
use crate::limits::Limits;
use crate::listen::TlsListener;
use crate::metrics::{Metrics, measure};
use crate::oidc::{Oidc, OidcSettings};
use crate::pages;
use crate::storage::{self, Action, Actor, NewEntry, Storage};
use crate::webhooks::{self, Sender};

/// The longest that a request may take, its body included.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reports that are read and wait to be written: some times what one commit takes, so that the next is ready.
const REPORTS_AT_ONCE: usize = 1024;

/// The longest that stopping may take.
const FAREWELL: Duration = Duration::from_secs(10);

/// Between two turns of upkeep. Whoever fell silent is shown so after that time at the latest.
const UPKEEP: Duration = Duration::from_secs(15);

/// Between two looks at failed edits.
const BRAKE: Duration = Duration::from_secs(2);

/// Nothing but what the server itself sends: no script at all, no style in the page.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// How a server is started.
pub struct Options {
    /// Where it listens; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Speaks TLS itself.
    pub tls: Option<TlsAcceptor>,
    /// Devices must show a certificate of the CA that `tls` knows.
    pub certificates_needed: bool,
    /// Stands behind a proxy that speaks TLS and names the caller.
    pub behind_proxy: bool,
    /// Devices are silent after so many days without a report.
    pub silent_after_days: u32,
    /// How long reports are kept.
    pub keep: Keep,
    /// How people sign in.
    pub sign_in: SignIn,
    /// `/metrics` asks for no token.
    pub metrics_public: bool,
    /// How changes are told to other programs.
    pub webhooks: webhooks::Options,
}

/// How long reports are kept, in days. What a device's state rests on is kept as long as the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Reports as they came.
    pub reports: u32,
    /// The lines of a device's history.
    pub history: u32,
}

impl Default for Keep {
    fn default() -> Self {
        Self {
            reports: 90,
            history: 730,
        }
    }
}

/// How people sign in. By default with the names and passwords of the collector.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    /// At an identity provider.
    pub provider: Option<OidcSettings>,
    /// Only there.
    pub no_local: bool,
}

/// What handlers share. Nothing in it is lost when the program stops, except the memory of the limits.
pub(crate) struct Shared {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) clock: Clock,
    pub(crate) silent_after: SignedDuration,
    pub(crate) keep: Keep,
    /// Browsers reach it over TLS, so cookies say so.
    pub(crate) secure: bool,
    pub(crate) behind_proxy: bool,
    pub(crate) passwords: Passwords,
    pub(crate) limits: Limits,
    /// Reports that are read, or wait to be written, take their turn.
    pub(crate) turns: Semaphore,
    pub(crate) certificates_needed: bool,
    pub(crate) oidc: Option<Oidc>,
    /// Whether names and passwords are taken.
    pub(crate) local_sign_in: bool,
    pub(crate) metrics: Metrics,
    pub(crate) metrics_public: bool,
    pub(crate) sender: Arc<Sender>,
}

impl Shared {
    /// Adds to the audit log what is done and kept already. What can, adds its entry in the transaction of
    /// the change instead.
    pub(crate) async fn audit(
        &self,
        actor: &Actor,
        action: Action,
        subject: impl Into<String> + Send,
        details: serde_json::Value,
    ) -> storage::Result<()> {
        let entry = NewEntry::new(self.clock.now(), actor.clone(), action, subject).with(details);
        self.storage.audit(&entry).await
    }

    /// A device that was last heard before this is silent.
    pub(crate) fn silent_before(&self, now: Timestamp) -> Timestamp {
        now.checked_sub(self.silent_after).unwrap_or(Timestamp::MIN)
    }
}

pub(crate) type App = Arc<Shared>;

/// Whom a request comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// It showed a certificate, which the handshake found to be good.
    pub(crate) certified: bool,
}

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self {
            address: *stream.remote_addr(),
            certified: false,
        }
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        let (_, session) = stream.io().get_ref();
        Self {
            address: *stream.remote_addr(),
            certified: session.peer_certificates().is_some(),
        }
    }
}

/// A server that has its port.
pub struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    address: SocketAddr,
    router: Router,
    shared: App,
}

impl Server {
    /// Takes the port.
    pub async fn bind(
        options: Options,
        storage: Arc<dyn Storage>,
        clock: Clock,
    ) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(options.listen).await.with_context(|| {
            format!(
                "The address {} cannot be listened on. Free it, or give another with --listen.",
                options.listen
            )
        })?;
        let address = listener.local_addr()?;
        let sender = Sender::new(options.webhooks)?;
        let registered = sender.register(&*storage, clock.now()).await;
        registered.context("The endpoint for log records cannot be kept in the database.")?;
        let shared = Arc::new(Shared {
            metrics: Metrics::new(storage.batch_sizes()),
            metrics_public: options.metrics_public,
            sender: Arc::new(sender),
            storage,
            clock,
            silent_after: SignedDuration::from_hours(24 * i64::from(options.silent_after_days)),
            keep: options.keep,
            secure: options.tls.is_some() || options.behind_proxy,
            behind_proxy: options.behind_proxy,
            passwords: Passwords::new()?,
            limits: Limits::default(),
            turns: Semaphore::new(REPORTS_AT_ONCE),
            certificates_needed: options.certificates_needed,
            oidc: options.sign_in.provider.map(Oidc::new).transpose()?,
            local_sign_in: !options.sign_in.no_local,
        });
        Ok(Self {
            listener,
            tls: options.tls,
            address,
            router: router(shared.clone()),
            shared,
        })
    }

    /// Where it can be reached.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until `stop` ends, and then finishes what was begun, within a bound: a caller who holds
    /// a connection open cannot keep the program from ending.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let service = self.router.into_make_service_with_connect_info::<Peer>();
        let (tell, told) = oneshot::channel();
        let stop = async move {
            stop.await;
            let _ = tell.send(());
        };
        let late = async {
            let _ = told.await;
            tokio::time::sleep(FAREWELL).await;
        };
        let webhooks = tokio::spawn(webhooks::run(
            self.shared.sender.clone(),
            self.shared.storage.clone(),
            self.shared.clock.clone(),
        ));
        let upkeep = tokio::spawn(upkeep(self.shared));
        let served = async {
            match self.tls {
                None => {
                    axum::serve(self.listener, service)
                        .with_graceful_shutdown(stop)
                        .await
                }
                Some(acceptor) => {
                    axum::serve(TlsListener::start(self.listener, acceptor)?, service)
                        .with_graceful_shutdown(stop)
                        .await
                }
            }
        };
        let ended = tokio::select! {
            served = served => served,
            () = late => Ok(()),
        };
        upkeep.abort();
        webhooks.abort();
        ended
    }
}

/// What happens with time and not with a request. Several collectors may do it at once.
async fn upkeep(app: App) {
    tokio::join!(tick(&app), watch(&app));
}

/// The first turn is not at once: what time did before is in the database.
fn every(period: Duration) -> Interval {
    let mut turn = tokio::time::interval_at(Instant::now() + period, period);
    turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
    turn
}

async fn tick(app: &App) {
    let mut turn = every(UPKEEP);
    loop {
        turn.tick().await;
        let now = app.clock.now();
        let before = |days: u32| {
            let span = SignedDuration::from_hours(24 * i64::from(days));
            now.checked_sub(span).unwrap_or(Timestamp::MIN)
        };
        let turn = async {
            app.storage.tick(now, app.silent_before(now)).await?;
            let (reports, history) = (before(app.keep.reports), before(app.keep.history));
            app.storage.clear(now, reports, history).await
        };
        if let Err(error) = turn.await {
            tracing::warn!(error = &error as &dyn std::error::Error, "upkeep");
        }
    }
}

async fn watch(app: &App) {
    let mut turn = every(BRAKE);
    loop {
        turn.tick().await;
        match brake::watch(&*app.storage, app.clock.now()).await {
            Ok(pulled) => {
                for pulled in pulled {
                    tracing::warn!(scope = ?pulled.scope, failures = ?pulled.failures, "the brake paused cleaning");
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the brake");
            }
        }
    }
}

fn router(app: App) -> Router {
    Router::new()
        .merge(api::router())
        .merge(pages::router())
        .route_layer(axum::middleware::from_fn_with_state(app.clone(), measure))
        .fallback(nothing_here)
        // As one layer: each of its own would make every request a box more.
        .layer((
            TraceLayer::new_for_http(),
            axum::middleware::map_response(with_headers),
            TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, PATIENCE),
        ))
        .with_state(app)
}

/// What every answer says, unless it says otherwise itself.
async fn with_headers(mut answer: Response) -> Response {
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        let headers = answer.headers_mut();
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    answer
}

async fn nothing_here(request: axum::extract::Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return api::Rejected::not_found("There is nothing at this address.").into_response();
    }
    pages::not_found()
}
