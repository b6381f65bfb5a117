//! Browsers that an account was signed in with before.
//!
//! A sealed cookie says so, for a long time, across sign-outs and restarts. It lets nobody in and
//! shows nothing: it only says which share of the tries is this browser's ([`super::tries`]), so
//! that an attacker cannot use up the owner's.

use axum::http::{HeaderMap, HeaderValue};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::App;
use super::tries::Typed;
use crate::frappe::UserId;

#[derive(Serialize, Deserialize)]
struct KnownTo {
    user: String,
}

/// Whether the account that was typed knows this browser.
pub fn knows(app: &App, headers: &HeaderMap, typed: &Typed) -> bool {
    let known = app
        .keepsakes
        .known_browser
        .find::<KnownTo>(headers, app.clock.now());
    known
        .and_then(|(known_to, _)| UserId::parse(&known_to.user).ok())
        .is_some_and(|user| typed.is(&user))
}

/// The cookie of a browser with which this user has just signed in.
pub fn cookie(app: &App, user: &UserId) -> HeaderValue {
    let known_to = KnownTo {
        user: user.to_string(),
    };
    let time = SignedDuration::try_from(app.known_for).unwrap_or(SignedDuration::MAX);
    app.keepsakes
        .known_browser
        .keep_for(&known_to, time, app.clock.now())
}
