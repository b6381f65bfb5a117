//! Who is asking: the session in the cookie, and the address of the client.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{Html, IntoResponse, Response};

use jiff::Timestamp;

use super::App;
use super::address::client_address;
use super::failure::Failure;
use super::session::{NoSession, Opened};
use crate::frappe::Caller;
use crate::portal::{Place, Visit};
use crate::views::context::Page;

/// A client's address, as far as it can be believed.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub std::net::IpAddr);

impl ClientAddress {
    fn of(app: &App, headers: &HeaderMap, peer: SocketAddr) -> Self {
        // A line that holds something unreadable still counts: what stands rightmost in it was
        // written by a proxy of ours.
        let forwarded: Vec<_> = headers
            .get_all("x-forwarded-for")
            .iter()
            .map(|value| String::from_utf8_lossy(value.as_bytes()))
            .collect();
        let lines = forwarded.iter().map(AsRef::as_ref);
        Self(client_address(peer.ip(), lines, &app.trusted_proxies))
    }
}

fn peer(parts: &Parts) -> Result<SocketAddr, Failure> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|peer| peer.0)
        .ok_or_else(|| Failure::Unexpected("the peer's address is not known".to_owned()))
}

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        Ok(Self::of(app, &parts.headers, peer(parts)?))
    }
}

/// A visitor whose cookie holds a session. Whether Frappe still honours it is another question:
/// [`SignedIn::visit`] asks it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Arc<Opened>,
    /// Who asks Frappe.
    pub caller: Caller,
    /// Whether somebody asks, and not a page that fetches itself.
    is_there: bool,
}

impl FromRequestParts<Arc<App>> for SignedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        // The short way has found out who it is.
        if let Some(visitor) = parts.extensions.remove() {
            return Ok(visitor);
        }
        Self::of(app, &parts.headers, peer(parts)?).map_err(|problem| Failure::SignIn {
            ended: problem != NoSession::Missing,
        })
    }
}

/// The session in a request's cookies that was not signed out here.
pub fn session_of(app: &App, headers: &HeaderMap) -> Result<Arc<Opened>, NoSession> {
    let session = app.sessions.of_headers(headers, app.clock.now())?;
    if app.signed_out.holds(&session) {
        Err(NoSession::Ended)
    } else {
        Ok(session)
    }
}

impl SignedIn {
    /// The visitor with these headers, at the other end of the connection to `peer`.
    pub(super) fn of(app: &App, headers: &HeaderMap, peer: SocketAddr) -> Result<Self, NoSession> {
        let ClientAddress(address) = ClientAddress::of(app, headers, peer);
        let session = session_of(app, headers)?;
        let caller = Caller {
            sid: session.sid.clone(),
            user: session.user.clone(),
            address,
        };
        // Where a browser says nothing of it, it is somebody.
        let is_there = headers
            .get("sec-fetch-dest")
            .is_none_or(|dest| dest != "empty");
        Ok(Self {
            session,
            caller,
            is_there,
        })
    }

    /// The visit, once Frappe has confirmed the session within the proof time.
    ///
    /// # Errors
    /// When the session has ended, or Frappe cannot be asked.
    pub async fn visit(&self, app: &Arc<App>) -> Result<Visit, Failure> {
        let visit = app.portal.visit(self.caller.clone()).await?;
        self.is_still_in(app, &visit)?;
        Ok(visit)
    }

    /// What a visit that was just proved says, and whether it still counts.
    pub(super) fn is_still_in(&self, app: &Arc<App>, visit: &Visit) -> Result<(), Failure> {
        if visit.just_proved() {
            app.health.answered();
            super::logout::retry_soon(app);
        }
        // Between the cookie's check and Frappe's answer the session may have been signed out here.
        if app.signed_out.holds(&self.session) {
            return Err(Failure::SignIn { ended: true });
        }
        Ok(())
    }

    /// Writes down that the visitor looks at a page, so that what is dropped of it is asked for again.
    /// Whoever has signed out meanwhile looks no more.
    pub(super) fn looks_at(&self, app: &App, visit: &Visit, place: Place) {
        app.portal.looks_at(visit, place);
        if app.signed_out.holds(&self.session) {
            app.portal.end_looks(&self.caller);
        }
    }

    /// A page for this visitor, with his cookie again if it is time for that: who looks at pages is
    /// there, who fetches data may be a program that nobody sits at, and an open page that fetches
    /// itself keeps no session alive.
    ///
    /// # Errors
    /// When the page could not be made.
    pub fn answer(&self, app: &App, page: &impl Page) -> Result<Response, Failure> {
        let mut response = Html(app.views.render(page)?).into_response();
        if let Some(cookie) = self.renewed(app, app.clock.now()) {
            response.headers_mut().insert(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// The visitor's cookie again, if it is time for that and he is there.
    pub(super) fn renewed(&self, app: &App, now: Timestamp) -> Option<HeaderValue> {
        let renewed = || app.sessions.renewed(&self.session, now);
        self.is_there.then(renewed).flatten()
    }
}
