//! Signing out: here at once, and in Frappe as soon as it answers.

mod pending;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::carried::carried_through;
use super::failure::Failure;
use super::visitor::{ClientAddress, session_of};
use super::{App, frame};
use crate::frappe::{Caller, Error};
use crate::views::context::MessagePage;

pub use self::pending::PendingSignOuts;
use self::pending::SignOut;

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

/// `GET /logout`: a state is changed by POST only, so an address typed or linked leads home, where
/// the button is.
pub async fn ask() -> Redirect {
    Redirect::to("/")
}

/// `POST /logout`
pub async fn sign_out(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mut page: fn(_) -> MessagePage = MessagePage::signed_out;
    if let Ok(session) = session_of(&app, &headers) {
        let caller = Caller {
            sid: session.sid.clone(),
            user: session.user.clone(),
            address,
        };
        if !end(&app, caller).await {
            page = MessagePage::signed_out_here_only;
        }
    }
    let mut page = page(frame::anonymous(&app, "Signed out"));
    page.frame.title.clone_from(&page.title);
    let mut response = Html(app.views.render(&page)?).into_response();
    let headers = response.headers_mut();
    headers.insert(SET_COOKIE, app.sessions.removed());
    // What the browser kept of pages, those behind its back button included, goes with the session.
    headers.insert(CLEAR_SITE_DATA, HeaderValue::from_static("\"cache\""));
    Ok(response)
}

/// Ends a session: here first, so that whatever Frappe says, and however long it takes, the sid is
/// dead from now on; then in Frappe. Says whether Frappe has heard of it; if not, it is told later.
/// The work goes on when whoever asked for it leaves.
pub async fn end(app: &Arc<App>, caller: Caller) -> bool {
    app.signed_out.remember(&caller.sid);
    app.portal.forget_proof(&caller);
    let sign_out = SignOut::new(caller, app.clock.now());
    let work = Arc::clone(app);
    let told = carried_through(app, async move { tell_frappe(&work, sign_out).await }).await;
    told == Some(Told::Yes)
}

/// Whether Frappe has heard of a sign-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Yes,
    /// Not this one; others may fare better.
    NotThis,
    /// It cannot be reached by any.
    Unreachable,
}

async fn tell_frappe(app: &App, sign_out: SignOut) -> Told {
    match app.portal.client().sign_out(&sign_out.caller).await {
        Ok(()) | Err(Error::SignInRequired) => Told::Yes,
        Err(problem) => {
            tracing::warn!(user = %sign_out.caller.user, %problem, "a sign-out did not reach the site; it is tried again");
            app.pending_sign_outs.put(sign_out);
            match problem {
                Error::Unavailable(_) => Told::Unreachable,
                _ => Told::NotThis,
            }
        }
    }
}

/// The site has just answered: tell it of the sign-outs it has missed, behind the visitor's back.
pub fn retry_soon(app: &Arc<App>) {
    if app.pending_sign_outs.is_due(app.clock.now()) {
        let retrying = Arc::clone(app);
        app.portal
            .background()
            .spawn(async move { retry(&retrying).await });
    }
}

/// Tries every sign-out once, unless the site is found to be away.
pub async fn retry(app: &App) {
    let mut waiting = app
        .pending_sign_outs
        .take(app.clock.now(), app.sessions.absolute());
    while let Some(sign_out) = waiting.pop_front() {
        if tell_frappe(app, sign_out).await == Told::Unreachable {
            for sign_out in waiting {
                app.pending_sign_outs.put(sign_out);
            }
            return;
        }
    }
}

/// Tries again and again, for the times when nobody visits.
pub async fn keep_retrying(app: Arc<App>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        retry(&app).await;
    }
}
