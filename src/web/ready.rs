//! A page that is made from Frappe's answers: sent as it is remembered, or made for the visit.

use std::sync::Arc;

use axum::response::{IntoResponse, Redirect, Response};
use serde_json::Value;

use super::App;
use super::failure::Failure;
use super::visitor::SignedIn;
use super::wanted::Wanted;
use crate::portal::{AsOf, Place, Visit};
use crate::views::context::Page;

/// A page that is ready to be sent.
#[derive(Debug)]
pub struct Ready<P> {
    /// What it says.
    content: Content<P>,
    /// Of when that is.
    as_of: Option<AsOf>,
    /// Where whoever gets it looks.
    place: Place,
}

/// What a page says, in the form that is wanted.
#[derive(Debug)]
pub enum Content<P> {
    /// For people.
    Html(P),
    /// For programs.
    Json(Value),
    /// That it has this address.
    Moved(String),
}

impl<P> Ready<P> {
    /// A page that shows this place as it was then.
    pub const fn new(place: Place, as_of: Option<AsOf>, content: Content<P>) -> Self {
        Self {
            content,
            as_of,
            place,
        }
    }
}

impl SignedIn {
    /// The page that is wanted, once Frappe has confirmed the session within the proof time: as it is
    /// remembered, or as `make` makes it. Where Frappe has to be asked for the proof, `make` is under way
    /// meanwhile, and is called again where Frappe says something else than before.
    ///
    /// # Errors
    /// As [`SignedIn::visit`], and what `make` failed with.
    pub async fn page<P: Page, Making>(
        &self,
        app: &Arc<App>,
        wanted: &Wanted,
        make: impl Fn(Visit) -> Making,
    ) -> Result<Response, Failure>
    where
        Making: Future<Output = Result<Ready<P>, Failure>>,
    {
        let beside = async |supposed: Visit| {
            let is_remembered = app.rendered.has(&self.session, &supposed, wanted);
            if is_remembered {
                None
            } else {
                Some(make(supposed).await)
            }
        };
        let proved = app.portal.visit_with(self.caller.clone(), beside);
        let (visit, ready) = proved.await?;
        self.is_still_in(app, &visit)?;
        let ready = match ready {
            Some(ready) => ready,
            None => match wanted.remembered(app, self, &visit) {
                Some((answer, _)) => return Ok(answer),
                None => make(visit.clone()).await,
            },
        };
        let Ready {
            content,
            as_of,
            place,
        } = ready?;
        self.looks_at(app, &visit, place);
        match content {
            Content::Html(page) => wanted.html(app, self, &visit, &page, as_of),
            Content::Json(value) => wanted.json(app, self, &visit, &value, as_of),
            Content::Moved(href) => Ok(Redirect::permanent(&href).into_response()),
        }
    }
}
