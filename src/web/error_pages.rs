//! Failures become pages in the site's look, or problem details.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{self, HeaderMap};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::failure::{Failure, Told};
use super::middleware::Reference;
use super::negotiate::wants_json;
use super::visitor::SignedIn;
use super::{App, frame};
use crate::views::context::{Action, ErrorPage, Frame, NoCustomersPage};

/// Marks an answer that has an error's status and is a page already.
#[derive(Clone, Copy, Debug)]
pub struct Finished;

/// What was asked, as far as the page about its failure depends on it.
pub struct Asked {
    json: bool,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    peer: Option<SocketAddr>,
    reference: Reference,
}

impl Asked {
    /// What this asks; its reference is what it is called in the log.
    pub fn of(request: &Request, reference: Reference) -> Self {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
        Self {
            json: wants_json(request.headers()),
            method: request.method().clone(),
            uri: request.uri().clone(),
            headers: request.headers().clone(),
            peer: peer.map(|peer| peer.0),
            reference,
        }
    }

    /// The answer as it leaves: a failure, and whatever else ends with an error's status, as a page or
    /// as problem details.
    pub async fn shown(&self, app: &Arc<App>, mut response: Response) -> Response {
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
        let mut shown = self.show(app, &failure).await;
        // What HTTP wants beside the status (Allow, Content-Range) stays, and so do cookies.
        for name in [header::ALLOW, header::CONTENT_RANGE, header::SET_COOKIE] {
            for value in response.headers().get_all(&name) {
                shown.headers_mut().append(name.clone(), value.clone());
            }
        }
        shown
    }

    async fn show(&self, app: &Arc<App>, failure: &Failure) -> Response {
        let reference = self.reference.as_str();
        self.log(failure);
        let mut response = match failure {
            Failure::SignIn { .. } if !self.json => self.to_sign_in(failure),
            _ if self.json => problem_details(failure, reference),
            _ => self.page(app, failure, reference).await,
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
        let reference = self.reference.as_str();
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

    async fn page(&self, app: &Arc<App>, failure: &Failure, reference: &str) -> Response {
        let told = failure.told();
        let frame = self.frame(app, told.title).await;
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

    /// What stands around the page: with the menu where that takes no question.
    async fn frame(&self, app: &Arc<App>, title: &str) -> Frame {
        let visitor = self
            .peer
            .and_then(|peer| SignedIn::of(app, &self.headers, peer).ok());
        let Some(SignedIn {
            session, caller, ..
        }) = visitor
        else {
            return frame::anonymous(app, title);
        };
        match app.portal.remembered_visit(caller, &session.proof).await {
            Some(visit) => frame::of_visit(app, &session, &visit, title, None),
            None => frame::of_session(app, &session, title),
        }
    }

    fn error_page(&self, frame: Frame, told: &Told, reference: &str) -> ErrorPage {
        let mut actions = Vec::new();
        if told.again && self.method == Method::GET {
            let here = self.uri.path_and_query().map_or("/", |here| here.as_str());
            actions.push(Action::primary("Try again", here));
        } else if !told.details.is_empty() && self.method == Method::GET {
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
            reference: Some(reference.to_owned()),
            actions,
        }
    }
}

/// RFC 9457.
fn problem_details(failure: &Failure, reference: &str) -> Response {
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
    body["reference"] = json!(reference);
    (
        told.status,
        [(header::CONTENT_TYPE, "application/problem+json")],
        body.to_string(),
    )
        .into_response()
}
