//! `/metrics` for Prometheus, in the OpenMetrics text format (prometheus.io, "OpenMetrics 1.0").

use axum::extract::FromRequestParts as _;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use rekey_report::Cleaning;

use super::document::ViewerRefusals;
use crate::auth::{Viewer, bearer};
use crate::secret::Digest;
use crate::server::App;
use crate::storage::{Compliance, Result, StateCounts};

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// More organizations than that are not told one by one: each is six series.
const ORGANIZATIONS: usize = 50;

type Label = [(&'static str, String); 1];
type Labels = [(&'static str, String); 2];

/// Metrics for Prometheus.
///
/// Numbers of the fleet are the same from every collector on a database; counters are of this one, since it started.
#[utoipa::path(
    get, path = "/metrics", operation_id = "metrics", tag = "running",
    security(("api_token" = []), ("session" = []), ()),
    responses(
        (status = 200, description = "The metrics. Without a token where the collector runs with --metrics-public.",
            body = String, content_type = "application/openmetrics-text"),
        ViewerRefusals,
    )
)]
pub(super) async fn metrics(
    State(app): State<App>,
    mut parts: Parts,
) -> std::result::Result<Response, Response> {
    let token = bearer(&parts.headers).map(Digest::of);
    if !app.metrics_public {
        // A database that is away must not hide that it is.
        match Viewer::from_request_parts(&mut parts, &app).await {
            Ok(_) => token
                .into_iter()
                .for_each(|token| app.metrics.remember(token)),
            Err(_)
                if token.is_some_and(|token| app.metrics.was_right(&token))
                    && app.storage.ready().await.is_err() => {}
            Err(rejected) => return Err(rejected),
        }
    }
    let mut text = String::new();
    let fleet = fleet(&app).await;
    let up = Gauge::<i64>::default();
    up.set(i64::from(fleet.is_ok()));
    let mut registry = match fleet {
        Ok(registry) => registry,
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "metrics");
            Registry::with_prefix("rekey")
        }
    };
    registry.register("database_up", "1 where the database answers", up);
    // Writing to a string cannot fail.
    let _ = encode_registry(&mut text, &registry);
    let _ = encode_registry(&mut text, app.metrics.registry());
    let _ = encode_eof(&mut text);
    Ok(([(CONTENT_TYPE, FORMAT)], text).into_response())
}

async fn fleet(app: &App) -> Result<Registry> {
    let numbers = app.storage.compliance().await?;
    let cleaning = app.storage.cleaning().await?;
    let mut registry = Registry::with_prefix("rekey");
    states(&mut registry, &numbers);
    organizations(&mut registry, &numbers);
    let findings = Family::<Label, Gauge>::default();
    for (verdict, count) in [
        ("stale", numbers.findings.stale),
        ("unsure", numbers.findings.unsure),
    ] {
        set(
            &findings.get_or_create(&[("verdict", verdict.to_owned())]),
            count,
        );
    }
    registry.register("findings", "Credentials that are left", findings);
    let paused = Gauge::<i64>::default();
    paused.set(i64::from(cleaning.all == Cleaning::Paused));
    registry.register(
        "cleaning_paused",
        "1 where cleaning is paused for all",
        paused,
    );
    let rings = Gauge::<i64>::default();
    let count = cleaning
        .rings
        .values()
        .filter(|state| **state == Cleaning::Paused);
    rings.set(i64::try_from(count.count()).unwrap_or(i64::MAX));
    registry.register(
        "cleaning_paused_rings",
        "Rings for which cleaning is paused",
        rings,
    );
    if let Some(newest) = numbers.newest_report_at {
        let age = Gauge::<i64>::default();
        age.set(app.clock.now().duration_since(newest).as_secs().max(0));
        registry.register_with_unit(
            "newest_report_age",
            "Since the newest report came",
            Unit::Seconds,
            age,
        );
    }
    Ok(registry)
}

fn states(registry: &mut Registry, numbers: &Compliance) {
    for (name, help, counts) in [
        ("devices", "Workstations by state", numbers.devices),
        (
            "people",
            "People by the state of that workstation of theirs which is worst",
            numbers.people,
        ),
    ] {
        let family = Family::<Label, Gauge>::default();
        for (state, count) in words(counts) {
            set(&family.get_or_create(&[("state", state.to_owned())]), count);
        }
        registry.register(name, help, family);
    }
}

/// The largest ones, by workstations.
fn organizations(registry: &mut Registry, numbers: &Compliance) {
    let mut organizations: Vec<_> = numbers.organizations.iter().collect();
    organizations.sort_by_key(|organization| std::cmp::Reverse(organization.devices.total()));
    let family = Family::<Labels, Gauge>::default();
    for organization in organizations.into_iter().take(ORGANIZATIONS) {
        for (state, count) in words(organization.devices) {
            let labels = [
                ("organization", organization.name.clone()),
                ("state", state.to_owned()),
            ];
            set(&family.get_or_create(&labels), count);
        }
    }
    registry.register(
        "organization_devices",
        "Workstations by organization and state, of the 50 largest organizations",
        family,
    );
}

const fn words(counts: StateCounts) -> [(&'static str, u64); 6] {
    [
        ("compliant", counts.compliant),
        ("action-needed", counts.action_needed),
        ("failed", counts.failed),
        ("waiting", counts.waiting),
        ("silent", counts.silent),
        ("not-reported", counts.not_reported),
    ]
}

fn set(gauge: &Gauge, count: u64) {
    gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
}
