//! Bodies of devices: perhaps gzip, never longer than said, always told in words what is wrong.

use std::io::Read as _;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use flate2::bufread::MultiGzDecoder;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::Rejected;

/// The body, decompressed where it says so and never beyond `limit`, whatever it unfolds to.
pub(super) fn plain(
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
    limit: usize,
) -> Result<Vec<u8>, Rejected> {
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(limit),
        _ => Rejected::bad("bad-body", "The body could not be read to its end."),
    })?;
    match headers
        .get(header::CONTENT_ENCODING)
        .map(header::HeaderValue::as_bytes)
    {
        None | Some(b"" | b"identity") if body.len() > limit => Err(too_large(limit)),
        None | Some(b"" | b"identity") => Ok(body.into()),
        Some(b"gzip" | b"x-gzip") => unfold(&body, limit),
        Some(_) => Err(Rejected::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unknown-encoding",
            "Send the body as it is, or with gzip.",
        )),
    }
}

fn unfold(body: &[u8], limit: usize) -> Result<Vec<u8>, Rejected> {
    // Its last four bytes say how long it will be, modulo 4 GiB; one more is room to see the end.
    let said = body.last_chunk().map_or(0, |end| u32::from_le_bytes(*end));
    let said = usize::try_from(said).unwrap_or(limit).saturating_add(1);
    let mut plain = Vec::with_capacity(said.min(limit).min(body.len().saturating_mul(16)));
    MultiGzDecoder::new(body)
        .take(limit as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| Rejected::bad("bad-gzip", "The body is not whole gzip."))?;
    if plain.len() > limit {
        return Err(too_large(limit));
    }
    Ok(plain)
}

fn too_large(limit: usize) -> Rejected {
    Rejected::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        format!("The body is longer than {limit} bytes after decompression."),
    )
}

/// JSON, with what is wrong and where.
pub(super) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Rejected> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        // The message of a wrong value quotes it, and a body can hold an enrolment secret; the name
        // of a missing field is ours.
        let kind = match error.classify() {
            Category::Data if text.starts_with("missing field") => {
                text.split(" at line").next().unwrap_or_default()
            }
            Category::Data => "a field has the wrong form",
            Category::Eof => "it ends too early",
            Category::Syntax | Category::Io => "it is not JSON",
        };
        Rejected::bad(
            "bad-json",
            format!(
                "The body cannot be taken: {kind}, at line {}, column {}.",
                error.line(),
                error.column()
            ),
        )
    })
}
