//! The short way of a page that is remembered: it leaves before anything is stacked around it.
//!
//! What it promises is what the long way promises: session and scope proved within the proof time (it
//! never asks, so that an older proof goes the long way), the headers of every answer, the line in the
//! log. Whatever is not a remembered page that holds goes the long way, as if there were no short one.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

use super::App;
use super::making;
use super::middleware::Line;
use super::visitor::SignedIn;
use super::wanted::Wanted;

/// The page, if it is remembered for whoever asks with these headers.
///
/// # Errors
/// Whoever goes the long way, where it is known by now who that is.
pub async fn shortcut(
    app: &Arc<App>,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    peer: SocketAddr,
) -> Result<Response, Option<SignedIn>> {
    // A token in the address wants a cookie.
    let is_plain = !uri.query().unwrap_or_default().contains(making::PARAMETER);
    if *method != Method::GET || !is_plain {
        return Err(None);
    }
    let begun = app.clock.now();
    let visitor = SignedIn::of(app, headers, peer).map_err(|_| None)?;
    let (caller, last) = (visitor.caller.clone(), &visitor.session.proof);
    let Some(visit) = app.portal.remembered_visit(caller, last).await else {
        return Err(Some(visitor));
    };
    let wanted = Wanted::of(app, uri, headers);
    let Some((response, route)) = wanted.remembered(app, &visitor, &visit) else {
        return Err(Some(visitor));
    };
    let mut line = Line::begin(app, Method::GET, route, begun);
    line.status = response.status().as_u16();
    Ok(response)
}
