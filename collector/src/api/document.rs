//! The OpenAPI document, made of what stands beside each handler.
//!
//! A refusal is described by its words in backticks; [`document`] makes a closed list and examples of them.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use axum::http::header;
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr};
use utoipa::{IntoResponses, Modify};

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "rekey collector",
        description = "Takes the reports of workstations and tells an admin who is done. Every error is an `error`, \
            a fixed word, and a `message`, one sentence for people."
    ),
    tags(
        (name = "devices", description = "What workstations ask and send, with their own token."),
        (name = "numbers", description = "Who is done: read by admins, auditors and scripts."),
        (name = "settings", description = "What admins change."),
        (name = "running", description = "For load balancers and monitoring."),
    ),
    components(schemas(rekey_report::Rejection)),
    modifiers(&Security),
)]
pub(super) struct Head;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let bearer = |text: &str| {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
            SecurityScheme::Http(scheme.description(Some(text)).build())
        };
        let components = document.components.get_or_insert_default();
        components.add_security_scheme(
            "device_token",
            bearer("The token that a workstation got when it enrolled."),
        );
        components.add_security_scheme("api_token", bearer("A token of a script."));
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(
                "rekey-session",
                "Somebody who is signed in; over TLS the name is `__Host-rekey-session`. What changes something \
                 needs the form's token in the header `x-rekey-form` too.",
            ))),
        );
    }
}

/// How an endpoint for devices may say no, whatever is asked.
pub(super) struct DeviceRefusals;

impl IntoResponses for DeviceRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = common(
            "`unknown-device`: the token is not known; enrol again. `client-certificate-needed`: this collector asks \
             workstations for a certificate.",
        );
        let text =
            "`too-many-requests`: this token asks too often; wait as long as Retry-After says.";
        responses.insert("429".to_owned(), refusal(text));
        responses
    }
}

/// How an endpoint for whoever may look says no, whatever is asked.
pub(super) struct ViewerRefusals;

impl IntoResponses for ViewerRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        common("`unknown-admin`: nobody is signed in, or the token is not known.")
    }
}

/// How an endpoint for whoever may change things says no, whatever is asked.
pub(super) struct AdminRefusals;

impl IntoResponses for AdminRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut responses = ViewerRefusals::responses();
        let text = "`read-only`: an auditor looks and changes nothing.";
        responses.insert("403".to_owned(), refusal(text));
        responses
    }
}

fn common(unknown: &str) -> BTreeMap<String, RefOr<Response>> {
    [
        ("401", unknown),
        (
            "503",
            "`storage-unavailable`: the database cannot be used now.",
        ),
    ]
    .map(|(status, text)| (status.to_owned(), refusal(text)))
    .into()
}

/// How a body may be refused, whatever is in it; 400 is said at each endpoint.
pub(super) struct BodyRefusals;

impl IntoResponses for BodyRefusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        [
            (
                "413",
                "`too-large`: the body is longer than is taken, after decompression.",
            ),
            (
                "415",
                "`unknown-encoding`: the body is neither plain nor gzip.",
            ),
        ]
        .map(|(status, text)| (status.to_owned(), refusal(text)))
        .into()
    }
}

fn refusal(text: &str) -> RefOr<Response> {
    let content = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("Rejection")))
        .build();
    ResponseBuilder::new()
        .description(text)
        .content("application/json", content)
        .build()
        .into()
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| {
    let (_, document) = super::documented().split_for_parts();
    let mut text = serde_json::to_string_pretty(&finished(document)).unwrap_or_default();
    text.push('\n');
    text
});

/// The document itself. It tells nothing that is not public, so no token is asked for.
#[utoipa::path(
    get, path = "/openapi.json", operation_id = "openapi", tag = "running", security(()),
    responses((status = 200, description = "This document.", body = Object, content_type = "application/json"))
)]
pub(super) async fn openapi() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "application/json")],
        DOCUMENT.as_str(),
    )
}

/// Makes the words of refusals, which stand in backticks, a closed list with examples.
fn finished(document: OpenApi) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let mut operations = Vec::new();
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        operations.extend(paths.values_mut().filter_map(Value::as_object_mut));
    }
    let responses = operations
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(|operation| operation.get_mut("responses")?.as_object_mut())
        .flat_map(Map::values_mut);
    for response in responses {
        let text = response["description"].as_str().unwrap_or_default();
        let words: Vec<_> = text
            .split('`')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect();
        let Some(content) = response.pointer_mut("/content/application~1json") else {
            continue;
        };
        if words.is_empty() || content["schema"]["$ref"] != "#/components/schemas/Rejection" {
            continue;
        }
        content["schema"] = json!({ "allOf": [
            { "$ref": "#/components/schemas/Rejection" },
            { "type": "object", "properties": { "error": { "enum": words } } },
        ] });
        let examples = words.iter().map(|word| {
            let value = json!({ "error": word, "message": "One sentence for people." });
            (word.clone(), json!({ "value": value }))
        });
        content["examples"] = Value::Object(examples.collect());
    }
    document
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
