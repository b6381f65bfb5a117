//! `/events`: tells a browser which of its open pages have changed, and never what.
//!
//! One stream of server-sent events serves all visible pages of a browser. Which pages it may be
//! about is decided as the pages themselves decide it: an address is parsed by the same types, and a
//! page that would be refused is refused here. The stream lives as long as its session: it is proved
//! again at each heartbeat, and a sign-out ends it at once. So does the end of the process, which
//! waits for no stream. It asks nothing by itself but that proof; what it tells comes from
//! `portal`'s watch.

mod pages;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::{Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};

use self::pages::Pages;
use self::stream::Stream;
use super::App;
use super::failure::Failure;
use super::server::Ending;
use super::turns::Turns;
use super::visitor::SignedIn;
use crate::cache::Version;
use crate::config;
use crate::frappe;
use crate::portal;

/// When a browser that has too many streams may come back.
const LATER: u64 = 60;

/// What bounds and ends streams.
#[derive(Debug)]
pub struct Events {
    turns: Turns,
    heartbeat: Duration,
    is_open: bool,
}

impl Events {
    /// Streams as the settings have them.
    pub fn new(settings: &config::Events) -> Self {
        Self {
            turns: Turns::new(settings.at_once, settings.each_user),
            heartbeat: settings.heartbeat,
            is_open: settings.at_once > 0,
        }
    }

    /// Whether there are streams at all.
    pub const fn are_open(&self) -> bool {
        self.is_open
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.turns.taken()
    }
}

/// `GET /events`
pub async fn hear(
    State(app): State<Arc<App>>,
    ending: Option<Extension<Ending>>,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    if !app.events.are_open() {
        return Err(Failure::NotFound);
    }
    let pages = Pages::parse(&app, &pairs)?;
    let turn = app.events.turns.take(&visitor.caller.user);
    let turn = turn.map_err(|_| Failure::TooMany(Some(LATER)))?;
    let visit = visitor.visit(&app).await?;
    // First watched, then looked at: what changes in between is not missed.
    let watch = visit.watch(pages.places());
    let (mut gone, mut changed) = (Vec::new(), Vec::new());
    for (at, page) in pages.iter().enumerate() {
        match visit.version(&page.place).await {
            Ok(version) => {
                watch.show(at, version);
                let is_same = |shown: &String| *shown == app.portal.told(version);
                changed.push(!page.version.as_ref().is_none_or(is_same));
            }
            Err(problem @ portal::Error::Frappe(frappe::Error::SignInRequired)) => {
                return Err(problem.into());
            }
            // One that is no longer there is told to the page that shows it.
            Err(problem) => {
                watch.show(at, Version::GONE);
                gone.push(problem);
                changed.push(true);
            }
        }
    }
    // Where there is nothing else, there is nothing to watch.
    if gone.len() == changed.len()
        && let Some(problem) = gone.into_iter().next()
    {
        return Err(problem.into());
    }
    // Whoever signed out meanwhile has ended the looks that there were by then.
    if app.signed_out.holds(&visitor.session) {
        return Err(Failure::SignIn { ended: true });
    }
    let ending = ending.map(|Extension(Ending(ending))| ending);
    let ending = ending.unwrap_or_default();
    let stream = Stream::new(app, visitor, watch, pages, changed, turn);
    let mut response = Sse::new(stream.into_events(ending)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // An nginx in front passes on what comes as it comes.
    headers.insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    Ok(response)
}
