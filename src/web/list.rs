//! A declared page as a list: a page for people, JSON for programs.

mod filters;
mod shown;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

pub(super) use self::filters::in_words;
use self::shown::Shown;
use super::failure::Failure;
use super::negotiate::wants_json;
use super::present::{aged, as_of};
use super::visitor::SignedIn;
use super::{App, frame};
use crate::portal::page::{Page, PageName, View};
use crate::portal::request::ListRequest;
use crate::portal::value::Value;
use crate::portal::{List, Row};

/// `GET /{page}`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(name): Extension<PageName>,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&name).ok_or(Failure::NotFound)?;
    let request = ListRequest::parse(page, &pairs)?;
    let visit = visitor.visit(&app).await?;
    let list = visit.list(page, &request).await?;
    if wants_json(&headers) {
        let answer = as_json(page, &request, &list);
        return Ok(aged(&app, Some(list.as_of), answer));
    }
    let frame = frame::of_visit(
        &app,
        &visitor.session,
        &visit,
        &page.title,
        Some(page.name.as_str()),
    )
    .await;
    let shown = Shown {
        app: &app,
        page,
        request: &request,
        list: &list,
    };
    let answer = visitor.answer(&app, &shown.page(frame))?;
    Ok(aged(&app, Some(list.as_of), answer))
}

fn as_json(page: &Page, request: &ListRequest, list: &List) -> Response {
    let body = json!({
        "page": page.name,
        "view": request.view,
        "complete": list.is_whole,
        "customers": list.customers,
        "rows": list.rows.iter().map(|row| row_as_json(page, row)).collect::<Vec<_>>(),
        "total": list.total,
        "page_number": request.page,
        "page_size": request.page_size,
        "as_of": as_of(list.as_of),
        "stale": list.as_of.is_stale(),
    });
    Json(body).into_response()
}

/// The address of a list with what is asked of it.
pub(super) fn href(page: &Page, request: &ListRequest) -> String {
    frame::with_query(frame::href(page), request.pairs(page))
}

/// The address of a view of a list.
pub(super) fn view_href(page: &Page, view: &View) -> String {
    format!("{}?view={}", frame::href(page), view.name)
}

/// The columns of the list and whose the row is: what the page shows, and no more.
pub(super) fn row_as_json(page: &Page, row: &Row) -> serde_json::Value {
    let mut fields = serde_json::Map::new();
    fields.insert(page.customer.to_string(), json!(row.customer));
    for column in &page.columns {
        let value = row.fields.get(&column.field).unwrap_or(&Value::Empty);
        fields.insert(column.field.to_string(), json!(value));
    }
    fields.into()
}
