//! Signing out: here at once, and in Frappe as soon as it answers.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse, Redirect, Response};

use super::failure::Failure;
use super::visitor::{ClientAddress, session_of};
use super::{App, frame};
use crate::frappe::{Caller, Error};
use crate::views::context::MessagePage;

/// Sign-outs that Frappe has not heard of yet. A bounded queue: past that many, Frappe's own
/// session expiry has to do, while the sids stay refused here.
#[derive(Debug, Default)]
pub struct PendingSignOuts(Mutex<VecDeque<Caller>>);

const MOST_PENDING: usize = 10_000;

impl PendingSignOuts {
    fn push(&self, caller: Caller) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() >= MOST_PENDING {
            queue.pop_front();
        }
        queue.push_back(caller);
    }

    fn take(&self) -> VecDeque<Caller> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn is_empty(&self) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty()
    }
}

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
            sid: session.sid,
            user: session.user,
            address,
        };
        // Here first: whatever Frappe says, and however long it takes, this sid is dead from now on.
        app.signed_out.remember(&caller.sid);
        app.portal.forget_proof(&caller).await;
        if !end_in_frappe(&app, caller).await {
            page = MessagePage::signed_out_here_only;
        }
    }
    let mut page = page(frame::anonymous(&app, "Signed out"));
    page.frame.title.clone_from(&page.title);
    let mut response = Html(app.views.render(&page)?).into_response();
    response
        .headers_mut()
        .insert(SET_COOKIE, app.sessions.removed());
    Ok(response)
}

/// Ends a session in Frappe; whether that worked. If not, it is tried again later.
pub async fn end_in_frappe(app: &App, caller: Caller) -> bool {
    match app.portal.client().sign_out(&caller).await {
        Ok(()) | Err(Error::SignInRequired) => true,
        Err(problem) => {
            tracing::warn!(user = %caller.user, %problem, "a sign-out did not reach the site; it is tried again");
            app.pending_sign_outs.push(caller);
            false
        }
    }
}

/// The site has just answered: tell it of the sign-outs it has missed, behind the visitor's back.
pub fn retry_soon(app: &Arc<App>) {
    if !app.pending_sign_outs.is_empty() {
        let retrying = Arc::clone(app);
        app.portal
            .background()
            .spawn(async move { retry(&retrying).await });
    }
}

async fn retry(app: &App) {
    let mut waiting = app.pending_sign_outs.take();
    while let Some(caller) = waiting.pop_front() {
        if !end_in_frappe(app, caller).await {
            // It is down again; the others wait for the next time.
            for caller in waiting {
                app.pending_sign_outs.push(caller);
            }
            return;
        }
    }
}

/// Tries again and again, for the times when nobody visits.
pub async fn keep_retrying(app: Arc<App>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        if !app.pending_sign_outs.is_empty() {
            retry(&app).await;
        }
    }
}
