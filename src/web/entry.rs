//! What follows when Frappe was content with a password or a code: a session, the next step, or the
//! way to it.

use std::net::IpAddr;
use std::sync::Arc;

use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::failure::Failure;
use super::refusal::finished;
use super::session::Session;
use super::sign_ins::Outcome;
use super::visitor::session_of;
use super::{App, frame, known, reset, verify};
use crate::frappe::{self, Caller, SignIn, UserKind};
use crate::views::context::{Frame, MessagePage};

/// A sign-in that has come so far.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The user as it was typed.
    pub typed: String,
    /// Where to go afterwards: one of our own paths.
    pub next: Option<String>,
}

/// Goes on from what Frappe said.
///
/// # Errors
/// When Frappe said something that is no way on, or a page could not be made.
pub async fn enter(
    app: &Arc<App>,
    headers: &HeaderMap,
    address: IpAddr,
    attempt: Attempt,
    outcome: SignIn,
) -> Result<Response, Failure> {
    match outcome {
        SignIn::SignedIn(session) if session.kind == UserKind::SystemUser && !app.system_users => {
            let caller = Caller {
                sid: session.sid,
                user: session.user,
                address,
            };
            super::logout::end(app, caller).await;
            message(
                app,
                StatusCode::FORBIDDEN,
                "Sign in",
                MessagePage::system_user,
            )
        }
        SignIn::SignedIn(session) => {
            app.health.answered();
            app.sign_ins.note(Outcome::Succeeded);
            super::logout::retry_soon(app);
            end_earlier(app, headers, address);
            Ok(begin(app, session, address, attempt.next).await)
        }
        SignIn::SecondFactor(second_factor) => Ok(verify::begin(app, &second_factor, attempt)),
        SignIn::PasswordExpired { key: Some(key) } => Ok(reset::begin_expired(app, &key)),
        SignIn::PasswordExpired { key: None } => message(
            app,
            StatusCode::OK,
            "Sign in",
            MessagePage::password_expired,
        ),
        SignIn::Refused => Err(Failure::Unexpected("a refusal is no way in".to_owned())),
    }
}

/// A session that the browser had until now ends: nobody holds its cookie any more, or nobody who
/// should.
pub fn end_earlier(app: &Arc<App>, headers: &HeaderMap, address: IpAddr) {
    let Ok(earlier) = session_of(app, headers) else {
        return;
    };
    let caller = Caller {
        sid: earlier.sid.clone(),
        user: earlier.user.clone(),
        address,
    };
    let ending = Arc::clone(app);
    app.portal
        .background()
        .spawn(async move { super::logout::end(&ending, caller).await });
}

/// Begins the session: the cookie, the proof of it, what is to be found out in the background, and
/// on to the page that was asked for, or else to where Portal Settings have users land.
async fn begin(
    app: &Arc<App>,
    session: frappe::Session,
    address: IpAddr,
    next: Option<String>,
) -> Response {
    let now = app.clock.now();
    let caller = Caller {
        sid: session.sid.clone(),
        user: session.user.clone(),
        address,
    };
    let session = Session {
        sid: session.sid,
        user: session.user,
        full_name: session.full_name.into(),
        begun: now,
        seen: now,
    };
    // Whoever has just signed in wants a page next, which needs the proof.
    match app.portal.visit(caller.clone()).await {
        Ok(visit) => app.portal.warm_up(&visit),
        Err(problem) => tracing::debug!(%problem, "nothing was found out after a sign-in"),
    }
    let next = match next {
        Some(next) => next,
        None => match app.portal.home(&caller).await {
            Some(page) => format!("/{page}"),
            None => "/".to_owned(),
        },
    };
    let mut response = Redirect::to(&next).into_response();
    for cookie in [
        app.sessions.seal(&session, now),
        known::cookie(app, &session.user),
    ] {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// A page that says one thing to somebody who is not signed in.
///
/// # Errors
/// When the page could not be made.
pub fn message(
    app: &App,
    status: StatusCode,
    title: &str,
    page: impl FnOnce(Frame) -> MessagePage,
) -> Result<Response, Failure> {
    let mut page = page(frame::anonymous(app, title));
    page.frame.title.clone_from(&page.title);
    Ok(finished(status, app.views.render(&page)?))
}
