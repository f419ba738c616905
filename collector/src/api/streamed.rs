//! Lists that are sent piece by piece, so that their length is no matter.

use async_trait::async_trait;
use axum::body::Body;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;

use super::{Rejected, csv};
use crate::server::App;
use crate::storage::{Storage, StorageError};

/// A list in pieces.
#[async_trait]
pub(super) trait Pieces: Send + 'static {
    /// Adds the next piece to the text. False where there is no more.
    async fn next(
        &mut self,
        storage: &dyn Storage,
        text: &mut String,
    ) -> Result<bool, StorageError>;
}

/// A table to save in a file of this name, with a first line of names.
pub(super) async fn table<'a>(
    app: &App,
    file: &str,
    head: impl IntoIterator<Item = &'a str>,
    pieces: impl Pieces,
) -> Result<Response, Rejected> {
    let mut text = String::new();
    csv::line(&mut text, head);
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
    ];
    Ok((headers, body(app, text, pieces).await?).into_response())
}

/// One line of JSON after the other.
pub(super) async fn lines(app: &App, pieces: impl Pieces) -> Result<Response, Rejected> {
    let headers = [(CONTENT_TYPE, "application/x-ndjson")];
    Ok((headers, body(app, String::new(), pieces).await?).into_response())
}

async fn body(app: &App, head: String, pieces: impl Pieces) -> Result<Body, Rejected> {
    // A database that is away is told before the first byte, while a status can still say so.
    app.storage.ready().await?;
    let storage = app.storage.clone();
    let rest = stream::unfold(Some((head, pieces)), move |state| {
        let storage = storage.clone();
        async move {
            let (mut text, mut pieces) = state?;
            match pieces.next(&*storage, &mut text).await {
                Ok(more) => Some((Ok(text), more.then(|| (String::new(), pieces)))),
                Err(error) => {
                    tracing::error!(error = &error as &dyn std::error::Error, "list");
                    Some((Err(error), None))
                }
            }
        }
    });
    Ok(Body::from_stream(rest))
}
