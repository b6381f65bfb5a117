//! Webhooks as the site sends them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use serde_json::Value;
use sha2::Sha256;

use super::World;

/// The secret of the recorded deliveries.
pub const SECRET: &str = "quay-test-secret";

/// The signature of a body.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    STANDARD.encode(mac.chain_update(body).finalize().into_bytes())
}

/// A delivery with this signature, and what it was answered.
pub async fn deliver_signed(
    world: &World,
    doctype: &str,
    body: &[u8],
    signature: Option<&str>,
) -> u16 {
    let mut site = world.visitor();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("doctype", doctype)
        .finish();
    let mut request = site
        .request(Method::POST, &format!("/hooks/frappe?{query}"))
        .body(body.to_vec());
    if let Some(signature) = signature {
        request = request.header("x-frappe-webhook-signature", signature);
    }
    site.ask(request).await.status
}

/// A delivery as the site sends it.
pub async fn deliver(world: &World, doctype: &str, body: &Value) -> u16 {
    let body = body.to_string().into_bytes();
    let signature = signature(SECRET, &body);
    deliver_signed(world, doctype, &body, Some(&signature)).await
}
