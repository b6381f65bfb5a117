//! How a page is wanted: as HTML or JSON, in which coding, and whether it is known already; and the
//! answer to that, remembered or made.
//!
//! A handler proves the visit first, then asks for what is remembered, and only then for what the
//! page is made of.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::{
    AGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, SET_COOKIE, VARY,
};
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::Response;
use headers::{HeaderMapExt as _, IfNoneMatch};
use serde_json::Value;

use super::App;
use super::coding::Coding;
use super::failure::Failure;
use super::middleware::add_headers_of_every_answer;
use super::negotiate::wants_json;
use super::rendered::Finished;
use super::visitor::SignedIn;
use crate::config::PublicUrl;
use crate::portal::{AsOf, Visit};
use crate::views::context::Page;

/// The form of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// For people.
    Html,
    /// For programs.
    Json,
}

/// The headers that pages have in common, made once.
#[derive(Debug)]
pub struct PageHeaders {
    pages: Vec<(Form, Coding, HeaderMap)>,
    not_modified: HeaderMap,
}

impl PageHeaders {
    /// Those of a portal's pages.
    pub fn new(public_url: &PublicUrl) -> Self {
        let mut not_modified = HeaderMap::with_capacity(20);
        // The browser may keep it, and asks before it shows it again.
        not_modified.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        not_modified.insert(
            VARY,
            HeaderValue::from_static("Accept, Accept-Encoding, Cookie"),
        );
        add_headers_of_every_answer(public_url, &mut not_modified);
        // Places that each answer fills, so that its copy of these headers need not grow.
        for filled in [ETAG, AGE] {
            not_modified.insert(filled, HeaderValue::from_static(""));
        }
        let of = |form, coding: Coding| {
            let mut headers = not_modified.clone();
            let content_type = match form {
                Form::Html => "text/html; charset=utf-8",
                Form::Json => "application/json",
            };
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
            headers.extend(coding.header().map(|coding| (CONTENT_ENCODING, coding)));
            (form, coding, headers)
        };
        let pages = [Form::Html, Form::Json]
            .into_iter()
            .flat_map(|form| Coding::ALL.map(|coding| of(form, coding)))
            .collect();
        Self {
            pages,
            not_modified,
        }
    }

    fn of(&self, form: Form, coding: Coding) -> &HeaderMap {
        let mut pages = self.pages.iter();
        let found = pages.find(|page| (page.0, page.1) == (form, coding));
        found.map_or(&self.not_modified, |page| &page.2)
    }
}

/// How a page is wanted.
#[derive(Debug)]
pub struct Wanted {
    /// The form.
    pub form: Form,
    /// The coding.
    pub coding: Coding,
    /// The path with its query.
    pub address: PathAndQuery,
    /// The route, as far as there is one.
    pub route: Option<MatchedPath>,
    /// The version of the templates when it was asked for. Those that change while the page is made are
    /// newer, and it is made again.
    pub templates: u64,
    /// What the client has.
    known: Option<IfNoneMatch>,
}

impl FromRequestParts<Arc<App>> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self {
            route: parts.extensions.get::<MatchedPath>().cloned(),
            ..Self::of(app, &parts.uri, &parts.headers)
        })
    }
}

impl Wanted {
    /// How the page at an address is wanted with these headers.
    pub fn of(app: &App, uri: &Uri, headers: &HeaderMap) -> Self {
        let form = if wants_json(headers) {
            Form::Json
        } else {
            Form::Html
        };
        Self {
            form,
            coding: Coding::preferred(headers),
            // What has no path (`OPTIONS *`) is no page.
            address: uri
                .path_and_query()
                .cloned()
                .unwrap_or_else(|| PathAndQuery::from_static("/")),
            route: None,
            templates: app.views.version(),
            known: headers.typed_get(),
        }
    }

    /// Whether JSON is wanted.
    pub fn is_json(&self) -> bool {
        self.form == Form::Json
    }

    /// What is remembered of this page for this visit, and its route.
    pub fn remembered(
        &self,
        app: &App,
        visitor: &SignedIn,
        visit: &Visit,
    ) -> Option<(Response, Option<MatchedPath>)> {
        let session = &visitor.session;
        let remembered = app.rendered.get(session, visit, self)?;
        let page = &remembered.page;
        Some((self.send(app, visitor, page), page.route.clone()))
    }

    /// A page for people.
    ///
    /// # Errors
    /// When the page could not be made.
    pub fn html(
        &self,
        app: &App,
        visitor: &SignedIn,
        visit: &Visit,
        page: &impl Page,
        as_of: Option<AsOf>,
    ) -> Result<Response, Failure> {
        let html = app.views.render(page)?.into_bytes();
        self.finish(app, visitor, visit, html, as_of)
    }

    /// The same for programs.
    ///
    /// # Errors
    /// When it could not be written.
    pub fn json(
        &self,
        app: &App,
        visitor: &SignedIn,
        visit: &Visit,
        value: &Value,
        as_of: Option<AsOf>,
    ) -> Result<Response, Failure> {
        let json = value.to_string().into_bytes();
        self.finish(app, visitor, visit, json, as_of)
    }

    fn finish(
        &self,
        app: &App,
        visitor: &SignedIn,
        visit: &Visit,
        plain: Vec<u8>,
        as_of: Option<AsOf>,
    ) -> Result<Response, Failure> {
        let page = Finished::new(plain, self.coding, as_of, self.route.clone())
            .ok_or_else(|| Failure::Unexpected("a page has no entity tag".to_owned()))?;
        let session = &visitor.session;
        app.rendered.put(session, visit, self, &page);
        Ok(self.send(app, visitor, &page))
    }

    /// The page, or word that the client has it, with what is his alone: its age, and his cookie again
    /// if it is time for that. Who looks at pages is there, who fetches data may be a program that
    /// nobody sits at, and gets no cookie.
    fn send(&self, app: &App, visitor: &SignedIn, page: &Finished) -> Response {
        let is_known = self
            .known
            .as_ref()
            .is_some_and(|known| !known.precondition_passes(&page.etag));
        let mut response = if is_known {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
                .headers_mut()
                .clone_from(&app.page_headers.not_modified);
            response
        } else {
            let mut response = Response::new(Body::from(page.body.clone()));
            let headers = app.page_headers.of(self.form, page.coding);
            response.headers_mut().clone_from(headers);
            response
        };
        let now = app.clock.now();
        let headers = response.headers_mut();
        headers.insert(ETAG, page.etag_header.clone());
        match page.as_of {
            Some(as_of) => {
                let age = now.duration_since(as_of.at).as_secs().max(0);
                headers.insert(AGE, age.into());
            }
            None => {
                headers.remove(AGE);
            }
        }
        if self.form == Form::Html
            && let Some(cookie) = visitor.renewed(app, now)
        {
            headers.insert(SET_COOKIE, cookie);
        }
        response
    }
}
