pub(crate) fn router() -> axum::Router<crate::server::App> {
    axum::Router::new()
}
pub(crate) fn not_found() -> axum::response::Response {
    axum::response::IntoResponse::into_response("")
}
