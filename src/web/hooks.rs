//! `/hooks/frappe`: Frappe's webhooks, which make the portal forget and nothing else.
//!
//! A delivery counts when its signature is that of its very bytes, under one of the secrets of the
//! settings. Frappe signs base64(HMAC-SHA256(secret, body)) and says neither what event it was nor of
//! which `DocType` (`webhook_delivery_on_change_draft`), so the address says the latter:
//! `/hooks/frappe?doctype=Transport+Job`. One that is not said is anybody's, and drops everything.
//! The address is not signed: whoever changed it could make the portal forget, and no more.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::App;
use super::error_pages::Finished;
use super::failure::Failure;
use crate::clock::Clock;
use crate::frappe::DocType;
use crate::portal::Change;

/// The one path on which a POST from elsewhere is taken.
pub const PATH: &str = "/hooks/frappe";

const SIGNATURE: &str = "x-frappe-webhook-signature";

/// For how long the same body is the same delivery: Frappe tries three times within about five
/// seconds (`webhook_fail500_attempt3`).
const SAME: Duration = Duration::from_mins(1);

/// When deliveries that have passed are looked for among those that are remembered.
const MANY: usize = 1_024;

/// What deliveries are held against.
#[derive(Debug)]
pub struct Hooks {
    secrets: Vec<SecretString>,
    clock: Clock,
    heard: Mutex<HashMap<[u8; 32], Duration>>,
}

impl Hooks {
    /// Webhooks under any of these secrets; with none, there are none.
    #[must_use]
    pub fn new(secrets: Vec<SecretString>, clock: Clock) -> Self {
        Self {
            secrets,
            clock,
            heard: Mutex::default(),
        }
    }

    /// Whether this is the signature of these bytes. Compared in constant time.
    fn is_signed(&self, signature: &str, body: &[u8]) -> bool {
        let Ok(signature) = STANDARD.decode(signature) else {
            return false;
        };
        self.secrets.iter().any(|secret| {
            Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
                .is_ok_and(|mac| mac.chain_update(body).verify_slice(&signature).is_ok())
        })
    }

    /// Whether this was not heard in the last minute.
    fn is_new(&self, said: &Said, body: &[u8]) -> bool {
        let hash = Sha256::new()
            .chain_update(&said.doctype)
            .chain_update([0])
            .chain_update(&said.event)
            .chain_update([0])
            .chain_update(body);
        let now = self.clock.uptime();
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |at: Duration| now.saturating_sub(at) < SAME;
        if heard.len() >= MANY {
            heard.retain(|_, at| is_same(*at));
        }
        // The address is not signed: whoever varies it makes nothing grow.
        if heard.len() >= MANY {
            heard.clear();
        }
        let key: [u8; 32] = hash.finalize().into();
        if heard.get(&key).copied().is_some_and(is_same) {
            return false;
        }
        heard.insert(key, now);
        true
    }
}

/// What the address says.
#[derive(Debug, Deserialize)]
pub struct Said {
    #[serde(default)]
    doctype: String,
    /// Which event it was: a delivery does not say, and two events may have the same body.
    #[serde(default)]
    event: String,
}

/// `POST /hooks/frappe`
pub async fn hear(
    State(app): State<Arc<App>>,
    Query(said): Query<Said>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Failure> {
    if app.hooks.secrets.is_empty() {
        return Err(Failure::NotFound);
    }
    let signature = headers.get(SIGNATURE).and_then(|value| value.to_str().ok());
    if !signature.is_some_and(|signature| app.hooks.is_signed(signature, &body)) {
        tracing::warn!("a webhook was not signed with one of our secrets (webhooks.secrets)");
        return Ok(finished(StatusCode::UNAUTHORIZED));
    }
    let change = change(&said.doctype, &body);
    if app.hooks.is_new(&said, &body) {
        let dropped = app.portal.changed(&change);
        let doctype = change.doctype.as_ref().map(DocType::as_str);
        tracing::debug!(doctype, ?dropped, "a webhook was heard");
    }
    Ok(finished(StatusCode::NO_CONTENT))
}

/// What a delivery says. One that is no JSON object says nothing of the document.
fn change(doctype: &str, body: &[u8]) -> Change {
    let fields: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let named = fields.get("doctype").and_then(Value::as_str);
    let doctype = DocType::parse(named.unwrap_or(doctype)).ok();
    Change { doctype, fields }
}

fn finished(status: StatusCode) -> Response {
    let mut response = status.into_response();
    response.extensions_mut().insert(Finished);
    response
}
