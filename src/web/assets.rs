//! Style sheets, icons and the little script. Their addresses hold a hash of their content, so what
//! they answer never changes.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};

use super::App;
use super::failure::Failure;

/// `GET /assets/{file}`
pub async fn show(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
) -> Result<Response, Failure> {
    let asset = app.views.asset(&file).ok_or(Failure::NotFound)?;
    let headers = [
        (CONTENT_TYPE, asset.content_type.as_str()),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "Accept-Encoding"),
    ];
    Ok((headers, Body::from(Bytes::from_owner(asset.bytes))).into_response())
}
