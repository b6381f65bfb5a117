//! *Refresh*: has everything that a user sees asked for anew, past what is remembered.
//!
//! It forgets nothing: what is remembered still stands in while Frappe cannot be reached. A user may
//! ask for it every few seconds; sooner than that, what he sees is no older.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::App;
use super::next::own_path;
use super::visitor::SignedIn;

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    /// The page to come back to.
    #[serde(default)]
    page: String,
}

/// `GET /refresh`: a state is changed by POST only, so an address typed or linked leads home.
pub async fn back() -> Redirect {
    Redirect::to("/")
}

/// `POST /refresh`
pub async fn refresh(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    Form(wanted): Form<Wanted>,
) -> Redirect {
    app.portal.refresh(&visitor.caller.user);
    Redirect::to(own_path(&wanted.page).as_deref().unwrap_or("/"))
}
