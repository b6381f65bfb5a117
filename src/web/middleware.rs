//! What stands around every handler, stacked in one place.
//!
//! From the outside in: the log line (so that it sees what really leaves), the headers every answer
//! carries, failures into pages, panics into failures, the limit on bodies, and last, next to the
//! handlers, the check that a change comes from our own pages.

use std::any::Any;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use super::failure::Failure;
use super::guard::own_pages_only;
use super::negotiate::wants_json;
use super::visitor::session_of;
use super::{App, frame};
use crate::frappe::Questions;
use crate::views::context::{Action, ErrorPage, Frame, NoCustomersPage};

/// The largest body that is taken: forms are small.
const LARGEST_BODY: usize = 64 << 10;

/// What one request is called in the log and on an error page.
#[derive(Clone, Debug)]
pub struct Reference(pub String);

/// Puts the middleware around the routes.
pub fn around(routes: Router<Arc<App>>, app: &Arc<App>) -> Router<Arc<App>> {
    routes
        .layer(from_fn_with_state(Arc::clone(app), own_pages_only))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(Arc::clone(app), failures_into_pages))
        .layer(from_fn_with_state(Arc::clone(app), headers_of_every_answer))
        .layer(from_fn_with_state(Arc::clone(app), log_line))
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

/// One line for each request: reference, route (never the raw address), status, time, questions.
async fn log_line(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let reference = Reference(reference());
    request.extensions_mut().insert(reference.clone());
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let questions = Questions::default();
    let begun = app.clock.now();
    let response = questions.counting(next.run(request)).await;
    let milliseconds = app.clock.now().duration_since(begun).as_secs_f64() * 1000.0;
    let asked = questions.asked();
    tracing::info!(
        reference = reference.0,
        %method,
        route,
        status = response.status().as_u16(),
        milliseconds = (milliseconds * 100.0).round() / 100.0,
        questions = asked,
        from_memory = asked == 0,
        "request"
    );
    response
}

/// Ten letters and digits that are not taken for one another.
fn reference() -> String {
    const LETTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
    let bytes: [u8; 10] = rand::random();
    bytes
        .iter()
        .map(|byte| char::from(LETTERS[usize::from(byte % 32)]))
        .collect()
}

const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async fn headers_of_every_answer(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
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
    if app.public_url.is_https() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// Failures, and whatever else ends with an error's status, become a page or problem details.
async fn failures_into_pages(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let asked = Asked {
        json: wants_json(request.headers()),
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        reference: request.extensions().get::<Reference>().cloned(),
    };
    let mut response = next.run(request).await;
    let status = response.status();
    let failure = match response.extensions_mut().remove::<Failure>() {
        Some(failure) => failure,
        None if (status.is_client_error() || status.is_server_error())
            && response.extensions().get::<Finished>().is_none() =>
        {
            Failure::Status(status)
        }
        None => return response,
    };
    let mut shown = asked.show(&app, &failure);
    // What HTTP wants beside the status (Allow) stays, and so do cookies.
    for name in [header::ALLOW, header::SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            shown.headers_mut().append(name.clone(), value.clone());
        }
    }
    shown
}

/// Marks an answer that has an error's status and is a page already.
#[derive(Clone, Copy, Debug)]
pub struct Finished;

struct Asked {
    json: bool,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    reference: Option<Reference>,
}

impl Asked {
    fn show(&self, app: &App, failure: &Failure) -> Response {
        let reference = self.reference.as_ref().map(|reference| reference.0.clone());
        self.log(failure);
        let mut response = match failure {
            Failure::SignIn { .. } if !self.json => self.to_sign_in(failure),
            _ if self.json => problem_details(failure, reference),
            _ => self.page(app, failure, reference),
        };
        if matches!(failure, Failure::SignIn { ended: true }) {
            response
                .headers_mut()
                .append(header::SET_COOKIE, app.sessions.removed());
        }
        if let Some(seconds) = failure.retry_after() {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn log(&self, failure: &Failure) {
        let reference = self
            .reference
            .as_ref()
            .map(|reference| reference.0.as_str());
        match failure {
            Failure::Unexpected(reason) => tracing::error!(reference, reason, "request failed"),
            Failure::Unavailable(outage) => {
                tracing::warn!(reference, %outage, "the site does not answer");
            }
            _ => {}
        }
    }

    /// Off to the sign-in page, and back to where the visitor was when it was a page.
    fn to_sign_in(&self, failure: &Failure) -> Response {
        let mut target = "/login".to_owned();
        let mut query = form_urlencoded::Serializer::new(String::new());
        if matches!(self.method, Method::GET | Method::HEAD) && self.uri.path() != "/" {
            let here = self
                .uri
                .path_and_query()
                .map_or(self.uri.path(), |here| here.as_str());
            if here.len() <= 2_000 {
                query.append_pair("next", here);
            }
        }
        if matches!(failure, Failure::SignIn { ended: true }) {
            query.append_pair("ended", "1");
        }
        let query = query.finish();
        if !query.is_empty() {
            let _ = write!(target, "?{query}");
        }
        Redirect::to(&target).into_response()
    }

    fn page(&self, app: &App, failure: &Failure, reference: Option<String>) -> Response {
        let told = failure.told();
        let frame = match session_of(app, &self.headers) {
            Ok(session) => frame::of_session(app, &session, told.title),
            Err(_) => frame::anonymous(app, told.title),
        };
        let rendered = match (
            failure,
            frame.person.as_ref().map(|person| person.user.clone()),
        ) {
            (Failure::NoCustomers, Some(user)) => {
                app.views.render(&NoCustomersPage { frame, user })
            }
            _ => app.views.render(&self.error_page(frame, &told, reference)),
        };
        match rendered {
            Ok(html) => (told.status, axum::response::Html(html)).into_response(),
            Err(problem) => {
                tracing::error!(%problem, "an error page could not be made");
                (StatusCode::INTERNAL_SERVER_ERROR, told.title).into_response()
            }
        }
    }

    fn error_page(
        &self,
        frame: Frame,
        told: &super::failure::Told,
        reference: Option<String>,
    ) -> ErrorPage {
        let mut actions = Vec::new();
        if told.again && self.method == Method::GET {
            let here = self.uri.path_and_query().map_or("/", |here| here.as_str());
            actions.push(Action::primary("Try again", here));
        } else if told.status == StatusCode::BAD_REQUEST && self.method == Method::GET {
            actions.push(Action::primary(
                "Show the page without filters",
                self.uri.path(),
            ));
        }
        let home = if actions.is_empty() {
            Action::primary
        } else {
            Action::other
        };
        actions.push(home("To the start page".to_owned(), "/".to_owned()));
        ErrorPage {
            frame,
            status: told.status.as_u16(),
            title: told.title.to_owned(),
            text: told.text.clone(),
            details: told.details.clone(),
            reference,
            actions,
        }
    }
}

/// RFC 9457.
fn problem_details(failure: &Failure, reference: Option<String>) -> Response {
    let told = failure.told();
    let mut body = json!({
        "type": "about:blank",
        "title": told.title,
        "status": told.status.as_u16(),
        "detail": told.text,
    });
    if let Failure::BadParameter(bad) = failure {
        body["parameter"] = json!(bad.parameter);
        body["found"] = json!(bad.found);
        body["accepted"] = json!(bad.accepted);
    }
    if let Some(reference) = reference {
        body["reference"] = json!(reference);
    }
    (
        told.status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}
