//! What stands around every handler, stacked in one place.
//!
//! A page that is remembered takes the short way past all of this (`shortcut`). From the outside in: the
//! log line (so that it sees what really leaves), the word that a file has come, the headers every
//! answer carries, failures into pages, the limit on time, the check that a change comes from our own
//! pages, and next to the handlers panics into failures and the limit on bodies.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::error_pages::Asked;
use super::failure::Failure;
use super::{App, export, guard, making};
use crate::config::PublicUrl;
use crate::frappe::Questions;

/// The largest body that is taken: forms are small.
const LARGEST_BODY: usize = 64 << 10;

/// How long a request may take in all, its body included: longer than the site may take for every
/// question of a page.
const LONGEST: Duration = Duration::from_mins(2);

/// What one request is called in the log and on an error page: ten letters and digits that are not
/// taken for one another.
#[derive(Clone, Copy, Debug)]
pub struct Reference([u8; 10]);

impl Reference {
    fn new() -> Self {
        const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
        let bytes: [u8; 10] = rand::random();
        Self(bytes.map(|byte| LETTERS[usize::from(byte % 32)]))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        // They are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Puts the middleware around the routes: as one service, since each layer of a router is another one
/// around each route, in a box of its own, which is cloned with all that it holds for each request.
pub fn around(routes: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(Arc::clone(app), around_every_answer))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY));
    routes.layer(layers)
}

/// What stands around every handler. One line is written for each request: reference, route (never the
/// raw address), status, time, questions.
async fn around_every_answer(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let route = request.extensions().get::<MatchedPath>().cloned();
    let mut line = Line::begin(&app, request.method().clone(), route, app.clock.now());
    request.extensions_mut().insert(line.reference);
    let questions = Questions::default();
    line.questions = Some(questions.clone());
    let it_has_come = making::it_has_come(request.uri());
    let answer = async {
        let asked = Asked::of(&request, line.reference);
        let answer = answer_in_time(&app, request, next).await;
        asked.shown(&app, answer).await
    };
    let mut response = questions.counting(answer).await;
    line.status = response.status().as_u16();
    let headers = response.headers_mut();
    add_headers_of_every_answer(&app.public_url, headers);
    if let Some(cookie) = it_has_come {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

/// Refuses what another site's page sends, and ends what takes too long. A file that is made before it
/// is sent has a time of its own.
async fn answer_in_time(app: &App, request: Request, next: Next) -> Response {
    if guard::is_foreign(app, &request) {
        return Failure::ForeignOrigin.into_response();
    }
    let is_made_first = export::Form::of_path(request.uri().path()) == Some(export::Form::Xlsx);
    let longest = if is_made_first {
        app.exports.longest
    } else {
        LONGEST
    };
    let answer = tokio::time::timeout(longest, next.run(request)).await;
    answer.unwrap_or_else(|_| StatusCode::SERVICE_UNAVAILABLE.into_response())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape that CatchPanicLayer wants"
)]
fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response {
    let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = message
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    Failure::Unexpected(format!("panic: {message}")).into_response()
}

/// The status in the log of a request whose client left before there was an answer, as nginx has it.
const CLIENT_LEFT: u16 = 499;

/// What is known of a request; written when it is over, however it ends.
pub(super) struct Line {
    reference: Reference,
    method: Method,
    route: Option<MatchedPath>,
    /// The answer's status, once there is one.
    pub(super) status: u16,
    begun: Timestamp,
    /// None where nothing can be asked.
    questions: Option<Questions>,
    app: Arc<App>,
}

impl Line {
    /// The line of a request that came at this time.
    pub(super) fn begin(
        app: &Arc<App>,
        method: Method,
        route: Option<MatchedPath>,
        begun: Timestamp,
    ) -> Self {
        Self {
            reference: Reference::new(),
            method,
            route,
            status: CLIENT_LEFT,
            begun,
            questions: None,
            app: Arc::clone(app),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let took = self.app.clock.now().duration_since(self.begun);
        let milliseconds = (took.as_secs_f64() * 100_000.0).round() / 100.0;
        let questions = self.questions.as_ref().map_or(0, Questions::asked);
        tracing::info!(
            reference = self.reference.as_str(),
            method = %self.method,
            route = self.route.as_ref().map_or("none", MatchedPath::as_str),
            status = self.status,
            milliseconds,
            questions,
            from_memory = questions == 0,
            "request"
        );
    }
}

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers that every answer carries, where it has not its own.
pub(super) fn add_headers_of_every_answer(public_url: &PublicUrl, headers: &mut HeaderMap) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    );
    set(
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    );
    set(
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    );
    // What a customer saw is for nobody who has the device after him.
    set(header::CACHE_CONTROL, "private, no-store");
    set(header::VARY, "Accept, Cookie");
    if public_url.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
