//! What one collector counts of its own work, for Prometheus. Numbers of the fleet are not here: they come from the
//! database, the same from every collector.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::secret::Digest;
use crate::server::App;

/// Seconds; the last is the budget of a page ten times over.
const DURATIONS: [f64; 9] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    /// As in the route table, so that the number of labels is bounded.
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
    /// The word of the refusal; empty for reports that are taken.
    reason: &'static str,
}

/// Counters since the program started.
pub(crate) struct Metrics {
    registry: Registry,
    durations: Family<Asked, Histogram>,
    reports: Family<Outcome, Counter>,
    /// The newest token that was right, so that a scrape can be told that the database is away.
    reader: Mutex<Option<Digest>>,
}

impl Metrics {
    /// `batches` is what the writers of the database fill.
    pub(crate) fn new(batches: Histogram) -> Self {
        let durations =
            Family::<Asked, Histogram>::new_with_constructor(|| Histogram::new(DURATIONS));
        let reports = Family::<Outcome, Counter>::default();
        let mut registry = Registry::with_prefix("rekey");
        registry.register_with_unit(
            "request_duration",
            "Time from the head of a request to the head of the answer",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "reports",
            "Reports that were taken, known already, or refused, by reason",
            reports.clone(),
        );
        registry.register("report_batch_size", "Reports in one commit", batches);
        for outcome in ["taken", "duplicate"] {
            // There from the start, or the first one would not be seen as an increase.
            drop(reports.get_or_create(&Outcome {
                outcome,
                reason: "",
            }));
        }
        Self {
            registry,
            durations,
            reports,
            reader: Mutex::default(),
        }
    }

    pub(crate) const fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(crate) fn report(&self, duplicate: bool) {
        let outcome = if duplicate { "duplicate" } else { "taken" };
        self.count(outcome, "");
    }

    pub(crate) fn refused(&self, reason: &'static str) {
        self.count("rejected", reason);
    }

    fn count(&self, outcome: &'static str, reason: &'static str) {
        let outcome = Outcome { outcome, reason };
        self.reports.get_or_create(&outcome).inc();
    }

    pub(crate) fn remember(&self, token: Digest) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
    }

    pub(crate) fn was_right(&self, token: &Digest) -> bool {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.is_some_and(|known| known.matches(token))
    }

    fn took(&self, asked: Asked, time: Duration) {
        self.durations
            .get_or_create(&asked)
            .observe(time.as_secs_f64());
    }
}

/// Measures every request that has a route.
pub(crate) async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = match request.method().as_str() {
        "GET" => "GET",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    };
    let started = tokio::time::Instant::now();
    let answer = next.run(request).await;
    if let Some(route) = route {
        let asked = Asked {
            method,
            route: route.as_str().to_owned(),
            status: answer.status().as_u16(),
        };
        app.metrics.took(asked, started.elapsed());
    }
    answer
}
