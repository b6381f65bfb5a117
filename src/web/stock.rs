//! The stock balance: a page for people, JSON for programs.

mod filters;
mod shown;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use serde_json::{Value, json};

use self::shown::Shown;
pub use self::shown::href;
use super::failure::Failure;
use super::present::as_of;
use super::ready::{Content, Ready};
use super::session::Session;
use super::visitor::SignedIn;
use super::wanted::Wanted;
use super::{App, frame};
use crate::meanwhile::meanwhile;
use crate::portal::page::BuiltIn;
use crate::portal::stock::{Balance, Group, GroupKey, Quantities, StockRequest, StockRow, Total};
use crate::portal::{Place, Visit};
use crate::views::context::StockPage;

/// `GET /stock-balance`
pub async fn show(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let request = StockRequest::parse(&pairs)?;
    let make = |visit: Visit| {
        let (app, session, request) = (&app, &visitor.session, &request);
        let is_json = wanted.is_json();
        async move { made(app, session, &visit, request, is_json).await }
    };
    visitor.page(&app, &wanted, make).await
}

async fn made(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    request: &StockRequest,
    is_json: bool,
) -> Result<Ready<StockPage>, Failure> {
    let around = || {
        let page = BuiltIn::StockBalance;
        let (title, current) = (page.title(), Some(page.name()));
        frame::of_visit(app, session, visit, title, current)
    };
    let around = async { (!is_json).then(around) };
    let (balance, frame) = meanwhile(visit.balance(request), around).await;
    let balance = balance?;
    let content = match frame {
        None => Content::Json(as_json(request, &balance)),
        Some(frame) => {
            let scope = visit.scope(&crate::portal::stock::doctype());
            let shown = Shown {
                app,
                request,
                balance: &balance,
                customers: scope.customers().cloned().collect(),
            };
            Content::Html(shown.page(frame))
        }
    };
    let place = Place::Stock(request.clone());
    Ok(Ready::new(place, Some(balance.as_of), content))
}

/// What narrows and orders the stock, in words, but for the customers.
pub fn in_words(app: &App, request: &StockRequest, balance: &Balance) -> Vec<(String, String)> {
    let shown = Shown {
        app,
        request,
        balance,
        customers: Vec::new(),
    };
    shown.in_words()
}

fn as_json(request: &StockRequest, balance: &Balance) -> Value {
    let rows = balance.groups.iter().flat_map(|group| &group.rows);
    json!({
        "page": BuiltIn::StockBalance.name(),
        "customers": balance.customers,
        "group": request.group.as_str(),
        "rows": rows.map(|(row, _)| row_as_json(row)).collect::<Vec<_>>(),
        "groups": balance.groups.iter().map(group_as_json).collect::<Vec<_>>(),
        "totals": totals_as_json(&balance.totals),
        "total": balance.total,
        "items": balance.items,
        "warehouses": balance.warehouses,
        "cut_at": balance.cut_at,
        "page_number": request.page,
        "page_size": request.page_size.get(),
        "as_of": as_of(balance.as_of),
        "stale": balance.as_of.is_stale(),
    })
}

/// A row, without its value: that is the operator's business.
pub fn row_as_json(row: &StockRow) -> Value {
    let mut fields = json!({
        "customer": row.customer,
        "item_code": row.item.item_code,
        "item_name": row.item.item_name,
        "item_group": row.item.item_group,
        "ref_code": row.item.ref_code,
        "warehouse": row.warehouse,
        "stock_uom": row.stock_uom,
    });
    add_quantities(&mut fields, &row.quantities);
    fields
}

fn group_as_json(group: &Group) -> Value {
    let (key, name) = match &group.key {
        GroupKey::Item(_, item) => ("item_code", &item.item_code),
        GroupKey::Warehouse(name, _) => ("warehouse", name),
    };
    let mut fields = json!({"total": group.total, "totals": totals_as_json(&group.totals)});
    fields[key] = json!(name);
    if let GroupKey::Item(customer, _) = &group.key {
        fields["customer"] = json!(customer);
    }
    fields
}

/// Totals for each unit.
pub fn totals_as_json(totals: &[Total]) -> Vec<Value> {
    let total = |total: &Total| {
        let mut fields = json!({"stock_uom": total.stock_uom});
        add_quantities(&mut fields, &total.quantities);
        fields
    };
    totals.iter().map(total).collect()
}

fn add_quantities(fields: &mut Value, quantities: &Quantities) {
    for (name, number) in quantities.named() {
        fields[name] = json!(number);
    }
}
