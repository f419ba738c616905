//! Log records of OpenTelemetry, over HTTP as JSON (opentelemetry.io, "OTLP Specification 1", "Logs Data Model"). The
//! format is fixed and small, so no package writes it; a test reads it with OpenTelemetry's own types.

use anyhow::Context as _;
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value, json};

use super::shapes::sentence;
use crate::storage::{Event, Payload};

/// Where log records go.
#[derive(Debug, Clone)]
pub struct Otlp {
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Otlp {
    /// `endpoint` as OpenTelemetry's exporters take it, without `/v1/logs`; `headers` as `name=value,name=value`.
    pub fn parse(endpoint: &str, headers: Option<&str>) -> anyhow::Result<Self> {
        let wrong = "--otlp-endpoint is no address. Write it like http://HOST:4318.";
        let mut url = Url::parse(endpoint).context(wrong)?;
        anyhow::ensure!(
            matches!(url.scheme(), "http" | "https") && url.host_str().is_some(),
            wrong
        );
        if !url.path().ends_with("/v1/logs") {
            let path = format!("{}/v1/logs", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        let pairs = headers.unwrap_or_default().split(',');
        let headers = pairs
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair
                    .split_once('=')
                    .context("--otlp-headers is written like NAME=VALUE,NAME=VALUE.")?;
                let name = HeaderName::from_bytes(name.trim().as_bytes())
                    .context("--otlp-headers has a name that is none.")?;
                let mut value = HeaderValue::from_str(value.trim())
                    .context("--otlp-headers has a value that cannot be sent.")?;
                value.set_sensitive(true);
                Ok((name, value))
            });
        Ok(Self {
            url,
            headers: headers.collect::<anyhow::Result<_>>()?,
        })
    }
}

/// `ExportLogsServiceRequest`, with one record for each event.
pub(super) fn body(payload: &Payload) -> Value {
    let resource =
        json!({ "service.name": "rekey-collector", "service.version": env!("CARGO_PKG_VERSION") });
    let records: Vec<_> = payload
        .events
        .iter()
        .map(|event| record(payload, event))
        .collect();
    json!({ "resourceLogs": [{
        "resource": { "attributes": attributes(resource.as_object()) },
        "scopeLogs": [{ "scope": { "name": "rekey" }, "logRecords": records }],
    }] })
}

fn record(payload: &Payload, event: &Map<String, Value>) -> Value {
    let word = event
        .get("event")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let at = event.get("at").and_then(Value::as_str);
    let at = at.and_then(|at| at.parse().ok()).unwrap_or(payload.at);
    let (number, severity) = match Event::of(word) {
        Some(Event::CleaningPaused | Event::DeviceCloned) => (13, "WARN"),
        _ => (9, "INFO"),
    };
    let mut rest = event.clone();
    rest.retain(|field, _| field != "event" && field != "at");
    json!({
        "timeUnixNano": nanos(at),
        "observedTimeUnixNano": nanos(payload.at),
        "severityNumber": number,
        "severityText": severity,
        "eventName": format!("rekey.{word}"),
        "body": { "stringValue": sentence(event) },
        "attributes": attributes(Some(&rest)),
    })
}

/// 64-bit numbers are strings in JSON of protocol buffers.
fn nanos(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}

fn attributes(fields: Option<&Map<String, Value>>) -> Value {
    let attributes = fields.into_iter().flatten().filter_map(|(key, value)| {
        let value = any(value)?;
        Some(json!({ "key": key, "value": value }))
    });
    Value::Array(attributes.collect())
}

fn any(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(flag) => json!({ "boolValue": flag }),
        Value::Number(number) => match number.as_i64() {
            Some(number) => json!({ "intValue": number.to_string() }),
            None => json!({ "doubleValue": number }),
        },
        Value::String(text) => json!({ "stringValue": text }),
        Value::Array(items) => {
            json!({ "arrayValue": { "values": items.iter().filter_map(any).collect::<Vec<_>>() } })
        }
        Value::Object(fields) => json!({ "kvlistValue": { "values": attributes(Some(fields)) } }),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_endpoint_is_written_as_for_other_exporters() {
        let url = |text| {
            Otlp::parse(text, None)
                .map(|otlp| otlp.url.to_string())
                .ok()
        };
        assert_eq!(url("http://otel:4318").unwrap(), "http://otel:4318/v1/logs");
        assert_eq!(url("https://otel/x/").unwrap(), "https://otel/x/v1/logs");
        assert_eq!(url("https://otel/v1/logs").unwrap(), "https://otel/v1/logs");
        assert!(url("otel:4318").is_none());
        let headers = Otlp::parse("http://otel", Some("api-key=a, x=b=c"))
            .unwrap()
            .headers;
        assert_eq!(headers[1].1, "b=c");
        assert!(
            !format!("{headers:?}").contains("b=c"),
            "values are secrets"
        );
    }
}
