//! The portal's JSON, described: an OpenAPI 3.1 document made of the routes and the declared pages.
//!
//! It walks the same list of routes that the router is made of, so that it describes what is there
//! and nothing else, and a test holds it against real answers. It is for who is signed in: which
//! pages there are and what their fields are called is the operator's business and his customers'.
//! Schemas say what every answer must have and allow no more, so a field that an answer gains and
//! this does not fails the test.

mod built_in;
mod files;
mod pages;
mod schema;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use self::schema::{object, reference, text};
use super::App;
use super::failure::Failure;
use super::router::routes;
use super::visitor::SignedIn;
use crate::portal::page::{BuiltIn, Page, Pages};

/// `GET /api/openapi.json`
pub async fn show(State(app): State<Arc<App>>, visitor: SignedIn) -> Result<Response, Failure> {
    visitor.visit(&app).await?;
    Ok(axum::Json(document(&app)).into_response())
}

/// What is described of a route.
struct Described {
    /// Its operation, a GET.
    operation: Value,
    /// The schemas that it refers to, by name.
    schemas: Vec<(String, Value)>,
}

/// The whole document.
fn document(app: &App) -> Value {
    let pages = app.portal.pages();
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert("Problem".to_owned(), problem());
    for route in routes(app) {
        let Some(Described {
            operation,
            schemas: more,
        }) = described(&route.path, pages)
        else {
            continue;
        };
        paths.insert(route.path, json!({"get": operation}));
        schemas.extend(more);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": app.brand.name,
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the pages of this portal show, as data: ask with “Accept: application/json”. Every answer holds what belongs to the customers of who is signed in, and no more.",
        },
        "servers": [{"url": app.public_url.origin()}],
        "security": [{"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"session": {
                "type": "apiKey",
                "in": "cookie",
                "name": app.sessions.cookie_name(),
                "description": "The cookie that signing in sets.",
            }},
        },
    })
}

/// A route, if it answers data.
fn described(path: &str, pages: &Pages) -> Option<Described> {
    match path {
        "/" => return Some(built_in::home(pages)),
        "/api/openapi.json" => return Some(itself()),
        _ => {}
    }
    let rest = path.strip_prefix('/')?;
    let (first, below) = rest.split_once('/').unwrap_or((rest, ""));
    if let Some(page) = BuiltIn::parse(first) {
        return match page {
            BuiltIn::StockBalance => Some(built_in::stock()),
            BuiltIn::WarehousingPortal => Some(built_in::warehousing(pages)),
        };
    }
    if let Some((name, kind)) = first.rsplit_once('.') {
        return files::export(name, kind, pages);
    }
    let page = pages.iter().find(|page| page.name.as_str() == first)?;
    match below {
        "" => Some(pages::list(page)),
        "{name}" => Some(pages::document(page)),
        "{name}/print.pdf" => files::print(page),
        "documents.zip" => Some(files::selection(page)),
        "{name}/documents.zip" => Some(files::bundle(page)),
        "{name}/files/{file}" => Some(files::file(page)),
        _ => None,
    }
}

fn itself() -> Described {
    let answer = json!({
        "description": "This document.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    });
    Described {
        operation: json!({
            "operationId": "openapi",
            "summary": "This description",
            "responses": responses(answer, &[]),
        }),
        schemas: Vec::new(),
    }
}

/// An answer's JSON.
fn answer(description: &str, schema: &str) -> Value {
    json!({
        "description": description,
        "content": {"application/json": {"schema": reference(schema)}},
    })
}

/// The responses of an operation: its answer, what every operation may come to, and these refusals.
fn responses(ok: Value, more: &[StatusCode]) -> Value {
    const ALWAYS: [StatusCode; 5] = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::TOO_MANY_REQUESTS,
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::SERVICE_UNAVAILABLE,
    ];
    let mut all = Map::new();
    all.insert("200".to_owned(), ok);
    for status in ALWAYS.iter().chain(more) {
        let description = match *status {
            StatusCode::UNAUTHORIZED => "Nobody is signed in, or the session has ended.",
            StatusCode::FORBIDDEN => "Not for this account, or not one of its customers.",
            StatusCode::NOT_FOUND => "There is nothing here, or nothing that this account may see.",
            StatusCode::BAD_REQUEST => "A parameter has a value that is not accepted.",
            StatusCode::UNPROCESSABLE_ENTITY => {
                "The file would be larger than one may be: fewer rows, or CSV."
            }
            StatusCode::RANGE_NOT_SATISFIABLE => "No part of the file is where Range asks for it.",
            StatusCode::TOO_MANY_REQUESTS => {
                "Too many requests; Retry-After says when to come back."
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                "The system behind the portal does not answer, or not in time."
            }
            _ => "Something went wrong.",
        };
        let content = json!({"application/problem+json": {"schema": reference("Problem")}});
        let problem = json!({"description": description, "content": content});
        all.insert(status.as_str().to_owned(), problem);
    }
    all.into()
}

/// RFC 9457, as every error is answered to who wants JSON.
fn problem() -> Value {
    let mut schema = object([
        ("type", json!({"const": "about:blank"})),
        ("title", text("What is the matter.")),
        ("status", json!({"type": "integer"})),
        ("detail", text("Why, and what can be done.")),
        (
            "parameter",
            text("The parameter whose value is not accepted."),
        ),
        ("found", text("Its value, shortened.")),
        ("accepted", text("What would be accepted.")),
        ("reference", text("What the log calls this request.")),
    ]);
    schema["required"] = json!(["type", "title", "status", "detail"]);
    schema
}

/// A name for schemas and operations, from a page's name: `TransportJobs`.
fn type_name(page: &Page) -> String {
    page.name
        .as_str()
        .split('-')
        .map(|word| {
            let (first, rest) = word.split_at(word.len().min(1));
            first.to_uppercase() + rest
        })
        .collect()
}
