//! A secret that was just made: shown here, and never again.

use askama::Template;
use axum::response::Response;

use super::parts::Frame;
use super::render;

#[derive(Template)]
#[template(path = "shown_once.html")]
struct Page<'a> {
    frame: Frame,
    title: &'a str,
    text: &'a str,
    secret: &'a str,
    back: &'a str,
}

/// It answers the form itself, without the redirect that other forms end with: an address that shows the
/// secret would have to keep it.
pub(super) fn page(frame: Frame, title: &str, text: &str, secret: &str, back: &str) -> Response {
    render(&Page {
        frame,
        title,
        text,
        secret,
        back,
    })
}
