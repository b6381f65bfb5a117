//! Style sheets, icons and the little script. Their addresses hold a hash of their content, so what
//! they answer never changes, and each is coded once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::response::{IntoResponse, Response};

use super::App;
use super::coding::{Coding, Effort};
use super::failure::Failure;
use crate::views::Asset;

/// Assets as they were coded, by address; nothing where a coding gains nothing.
#[derive(Debug, Default)]
pub struct CodedAssets(Mutex<HashMap<(String, Coding), Option<Bytes>>>);

impl CodedAssets {
    async fn get(&self, file: String, coding: Coding, asset: &Asset) -> Option<Bytes> {
        let key = (file, coding);
        if let Some(coded) = self.lock().get(&key) {
            return coded.clone();
        }
        let plain = Arc::clone(&asset.bytes);
        let coding = move || coding.code(&plain, Effort::Thorough);
        let coded = tokio::task::spawn_blocking(coding).await.ok()?;
        self.lock().insert(key, coded.clone());
        coded
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<(String, Coding), Option<Bytes>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `GET /assets/{file}`
pub async fn show(
    State(app): State<Arc<App>>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let asset = app.views.asset(&file).ok_or(Failure::NotFound)?;
    let coding = Coding::preferred(&headers);
    let coded = app.coded_assets.get(file, coding, &asset).await;
    let headers = [
        (CONTENT_TYPE, asset.content_type.as_str()),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "Accept-Encoding"),
    ];
    let mut answer = (headers, Body::empty()).into_response();
    let body = if let Some(coded) = coded {
        let coding = coding.header();
        answer
            .headers_mut()
            .extend(coding.map(|coding| (CONTENT_ENCODING, coding)));
        coded
    } else {
        Bytes::from_owner(asset.bytes)
    };
    *answer.body_mut() = Body::from(body);
    Ok(answer)
}
