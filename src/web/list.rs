//! A declared page as a list: a page for people, JSON for programs.

mod filters;
mod offered;
mod shown;

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::{Value as Json, json};

pub(super) use self::filters::in_words;
use self::offered::Ways;
use self::shown::Shown;
use super::failure::Failure;
use super::present::as_of;
use super::ready::{Content, Ready};
use super::session::Session;
use super::visitor::SignedIn;
use super::wanted::Wanted;
use super::{App, frame};
use crate::meanwhile::meanwhile;
use crate::portal::page::{Page, PageName, View};
use crate::portal::request::ListRequest;
use crate::portal::value::Value;
use crate::portal::{List, Place, Row, Visit};
use crate::views::context::ListPage;

/// `GET /{page}`
pub async fn show(
    State(app): State<Arc<App>>,
    Extension(name): Extension<PageName>,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let page = app.portal.pages().get(&name).ok_or(Failure::NotFound)?;
    let request = ListRequest::parse(page, &pairs)?;
    let make = |visit: Visit| {
        let (app, session, is_json) = (&app, &visitor.session, wanted.is_json());
        let ways = Ways {
            page,
            request: &request,
        };
        async move { made(app, session, &visit, ways, is_json).await }
    };
    visitor.page(&app, &wanted, make).await
}

async fn made(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    ways: Ways<'_>,
    is_json: bool,
) -> Result<Ready<ListPage>, Failure> {
    let Ways { page, request } = ways;
    let surroundings = || {
        let (title, current) = (&page.title, Some(page.name.as_str()));
        let frame = frame::of_visit(app, session, visit, title, current);
        let scope = visit.scope_of(page).ok();
        let customers = scope.iter().flat_map(|scope| scope.customers());
        let customers: Vec<_> = customers.cloned().collect();
        let headings = ways.headings(app, &customers);
        (frame, ways.offered(app, &customers), headings)
    };
    let surroundings = async { (!is_json).then(surroundings) };
    let begun = visit.list_rows(page, request);
    let (begun, surroundings) = meanwhile(begun, surroundings).await;
    let begun = begun?;
    let table = async {
        let (rows, several) = (begun.rows(), begun.are_of_several());
        let shown = surroundings.map(|(frame, offered, headings)| {
            let table = shown::table(app, page, headings, &rows, several);
            (frame, offered, table)
        });
        (rows, shown)
    };
    let (rest, (rows, shown)) = meanwhile(visit.rest_of(&begun), table).await;
    let list = begun.complete(rows, &rest?);
    let content = match shown {
        None => Content::Json(as_json(page, request, &list)),
        Some((frame, offered, table)) => {
            let list = &list;
            Content::Html(Shown { app, ways, list }.page(frame, offered, table))
        }
    };
    let place = Place::List(page.name.clone(), request.clone());
    Ok(Ready::new(place, Some(list.as_of), content))
}

fn as_json(page: &Page, request: &ListRequest, list: &List) -> Json {
    json!({
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
    })
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
