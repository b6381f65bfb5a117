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
use super::meanwhile::meanwhile;
use super::present::as_of;
use super::visitor::{Begun, SignedIn};
use super::wanted::Wanted;
use super::{App, frame};
use crate::portal::page::{Page, PageName, View};
use crate::portal::request::ListRequest;
use crate::portal::value::Value;
use crate::portal::{Error, List, Place, Row, Visit};

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
    let ways = Ways {
        page,
        request: &request,
    };
    let prepare = |visit: Visit| {
        let (app, visitor, wanted) = (&app, &visitor, &wanted);
        async move {
            let surroundings = || {
                let (title, current) = (&page.title, Some(page.name.as_str()));
                let frame = frame::of_visit(app, &visitor.session, &visit, title, current);
                let scope = visit.scope_of(page).ok();
                let customers = scope.iter().flat_map(|scope| scope.customers());
                let customers: Vec<_> = customers.cloned().collect();
                (frame, ways.offered(app, &customers))
            };
            let surroundings = || (!wanted.is_json()).then(surroundings);
            let begun = visit.list_rows(page, ways.request);
            let (begun, surroundings) = meanwhile(begun, surroundings).await;
            let begun = begun?;
            let cells = || {
                let rows = begun.rows();
                let shown = surroundings.map(|(frame, offered)| {
                    let several = begun.are_of_several();
                    let table = shown::table(app, page, &offered.columns, &rows, several);
                    (frame, offered, table)
                });
                (rows, shown)
            };
            let (rest, (rows, shown)) = meanwhile(visit.rest_of(&begun), cells).await;
            Ok::<_, Error>((begun.complete(rows, &rest?), shown))
        }
    };
    let (visit, prepared) = match visitor.page(&app, &wanted, prepare).await? {
        Begun::Remembered(answer) => return Ok(answer),
        Begun::Made(visit, prepared) => (visit, prepared),
    };
    let (list, shown) = prepared?;
    let place = Place::List(name, request.clone());
    visitor.looks_at(&app, &visit, place);
    let as_of = Some(list.as_of);
    let Some((frame, offered, table)) = shown else {
        let json = as_json(page, &request, &list);
        return wanted.json(&app, &visitor, &visit, &json, as_of).await;
    };
    let shown = Shown {
        app: &app,
        ways,
        list: &list,
    };
    let page = shown.page(frame, offered, table);
    wanted.html(&app, &visitor, &visit, &page, as_of).await
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
