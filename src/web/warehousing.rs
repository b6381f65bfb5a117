//! The warehouse at a glance: a page for people, JSON for programs. Every number leads to the list
//! that shows exactly its rows.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use super::failure::Failure;
use super::list::{self, view_href};
use super::present::{as_of, shown_as_of, tone};
use super::ready::{Content, Ready};
use super::session::Session;
use super::visitor::SignedIn;
use super::wanted::Wanted;
use super::{App, frame, stock};
use crate::portal::page::{BuiltIn, Page};
use crate::portal::request::ListRequest;
use crate::portal::stock::{Balance, Group, GroupKey, StockRequest, StockRow};
use crate::portal::{Attention, Overview, Part, Place, Tally, Visit};
use crate::views::context::{
    self, Cell, Counted, CountedRow, StockPlace, TallyCard, TallyTable, TopItem, WarehousingPage,
};
use crate::views::format;

/// How many items of a warehouse are shown.
const TOP: usize = 5;

/// `GET /warehousing-portal`
pub async fn show(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    wanted: Wanted,
) -> Result<Response, Failure> {
    let make = |visit: Visit| {
        let (app, session, is_json) = (&app, &visitor.session, wanted.is_json());
        async move { made(app, session, &visit, is_json).await }
    };
    visitor.page(&app, &wanted, make).await
}

async fn made(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    is_json: bool,
) -> Result<Ready<WarehousingPage>, Failure> {
    let customers = visit.customers();
    if customers.is_empty() {
        return Err(Failure::NoCustomers);
    }
    let overview = visit.warehousing().await?;
    let of = overview.as_of();
    if is_json {
        let json = json!({
            "page": BuiltIn::WarehousingPortal.name(),
            "customers": customers,
            "jobs": overview.jobs.as_ref().and_then(Part::known).map(tally_as_json),
            "views": overview.views.iter().map(view_as_json).collect::<Vec<_>>(),
            "orders": overview.orders.iter().filter_map(Part::known).map(tally_as_json).collect::<Vec<_>>(),
            "stock": overview.stock.as_ref().and_then(Part::known).map(stock_as_json),
            "unknown": unknown(&overview),
            "as_of": of.map(as_of),
            "stale": of.is_some_and(|as_of| as_of.is_stale()),
        });
        return Ok(Ready::new(Place::Warehousing, of, Content::Json(json)));
    }
    let page = BuiltIn::WarehousingPortal;
    let frame = frame::of_visit(app, session, visit, page.title(), Some(page.name()));
    let page = WarehousingPage {
        title: page.title().to_owned(),
        intro: page.text().to_owned(),
        views: overview.views.iter().filter_map(tile).collect(),
        jobs: overview.jobs.as_ref().and_then(Part::known).map(table),
        orders: overview
            .orders
            .iter()
            .filter_map(Part::known)
            .map(card)
            .collect(),
        stock_href: stock::href(&StockRequest {
            hide_zero: true,
            ..StockRequest::default()
        }),
        has_stock: overview.stock.is_some(),
        stock: overview
            .stock
            .as_ref()
            .and_then(Part::known)
            .map(|balance| balance.groups.iter().filter_map(place).collect())
            .unwrap_or_default(),
        unknown: unknown(&overview)
            .into_iter()
            .map(|title| format!("We could not find out what stands under “{title}”."))
            .collect(),
        as_of: of.map(|as_of| shown_as_of(app, as_of, format!("/{}", page.name()))),
        frame,
    };
    Ok(Ready::new(Place::Warehousing, of, Content::Html(page)))
}

/// The titles of what could not be read.
fn unknown(overview: &Overview<'_>) -> Vec<String> {
    let title = |part: &Part<Tally<'_>>| match part {
        Part::Unknown(title) => Some(title.clone()),
        Part::Known(_) => None,
    };
    let views = overview.views.iter().filter_map(|view| match &view.found {
        Part::Unknown(title) => Some(title.clone()),
        Part::Known(_) => None,
    });
    let stock = match &overview.stock {
        Some(Part::Unknown(title)) => Some(title.clone()),
        _ => None,
    };
    overview
        .jobs
        .iter()
        .filter_map(title)
        .chain(views)
        .chain(overview.orders.iter().filter_map(title))
        .chain(stock)
        .collect()
}

/// The address of a page's list with these choices.
fn chosen_href(tally: &Tally<'_>, choices: &[&str]) -> String {
    let mut request = ListRequest::plain(tally.page);
    for (filter, choice) in tally.by.iter().zip(choices) {
        request
            .choices
            .insert(filter.field.clone(), vec![(*choice).to_owned()]);
    }
    list::href(tally.page, &request)
}

fn counted(tally: &Tally<'_>, label: &str, choices: &[&str]) -> Counted {
    Counted {
        label: label.to_owned(),
        count: tally.count(choices),
        href: chosen_href(tally, choices),
    }
}

fn word(page: &Page, choice: &str) -> Cell {
    Cell::status(choice, tone(page.tone(choice)))
}

/// Jobs by status and type: a row for each status of which there are any, a column for each type.
fn table(tally: &Tally<'_>) -> TallyTable {
    let choices = |at: usize| {
        tally
            .by
            .get(at)
            .map(|filter| filter.choices.as_slice())
            .unwrap_or_default()
    };
    let columns: Vec<&String> = choices(1)
        .iter()
        .filter(|column| choices(0).iter().any(|row| tally.count(&[row, column]) > 0))
        .collect();
    let rows = choices(0).iter().filter_map(|row| {
        let total = counted(tally, row, &[row]);
        (total.count > 0).then(|| CountedRow {
            status: word(tally.page, row),
            total,
            cells: columns
                .iter()
                .map(|column| counted(tally, column, &[row, column]))
                .collect(),
        })
    });
    TallyTable {
        title: tally.page.title.clone(),
        total: counted(tally, "All", &[]),
        or_more: !tally.is_whole,
        rows: rows.collect(),
        columns: columns.into_iter().cloned().collect(),
    }
}

/// Orders by state.
fn card(tally: &Tally<'_>) -> TallyCard {
    let choices = tally.by.first().map(|filter| filter.choices.as_slice());
    TallyCard {
        title: tally.page.title.clone(),
        icon: tally.page.icon.clone(),
        total: counted(tally, "All", &[]),
        or_more: !tally.is_whole,
        states: choices
            .unwrap_or_default()
            .iter()
            .map(|choice| (word(tally.page, choice), counted(tally, choice, &[choice])))
            .collect(),
    }
}

/// What a view of the jobs finds, where it finds anything.
fn tile(Attention { page, view, found }: &Attention<'_>) -> Option<context::Attention> {
    let found = found.known().filter(|found| found.total > 0)?;
    Some(context::Attention {
        title: view.label.clone(),
        text: view.text.clone(),
        of: page.title.clone(),
        icon: page.icon.clone(),
        tone: tone(view.tone),
        count: found.total,
        or_more: !found.is_whole,
        href: view_href(page, view),
        rows: Vec::new(),
    })
}

/// The rows that a warehouse's number stands for.
fn of_warehouse(warehouse: &str) -> StockRequest {
    StockRequest {
        warehouses: vec![warehouse.to_owned()],
        hide_zero: true,
        ..StockRequest::default()
    }
}

fn of_item(row: &StockRow) -> StockRequest {
    StockRequest {
        items: vec![row.item.item_code.to_string()],
        ..of_warehouse(row.warehouse.as_str())
    }
}

/// A warehouse with its top items.
fn place(group: &Group) -> Option<StockPlace> {
    let GroupKey::Warehouse(name, label) = &group.key else {
        return None;
    };
    let items = group.rows.iter().take(TOP).map(|(row, _)| TopItem {
        code: row.item.item_code.to_string(),
        name: row
            .item
            .item_name
            .clone()
            .filter(|name| name != row.item.item_code.as_str()),
        quantity: Cell::quantity(format::number(row.quantities.actual_qty, 3), &row.stock_uom),
        href: stock::href(&of_item(row)),
    });
    Some(StockPlace {
        name: label.clone(),
        count: group.total as u64,
        href: stock::href(&of_warehouse(name.as_str())),
        totals: group
            .totals
            .iter()
            .map(|total| {
                let on_hand = format::number(total.quantities.actual_qty, 3);
                Cell::quantity(on_hand, &total.stock_uom)
            })
            .collect(),
        items: items.collect(),
    })
}

fn tally_as_json(tally: &Tally<'_>) -> Value {
    let counts = tally.counts.iter().map(|(choices, count)| {
        let choices: Vec<&str> = choices.iter().map(String::as_str).collect();
        let mut fields = json!({"count": count, "href": chosen_href(tally, &choices)});
        for (filter, choice) in tally.by.iter().zip(choices) {
            fields[filter.field.as_str()] = json!(choice);
        }
        fields
    });
    json!({
        "page": tally.page.name,
        "total": tally.total,
        "complete": tally.is_whole,
        "href": frame::href(tally.page),
        "counts": counts.collect::<Vec<_>>(),
    })
}

fn view_as_json(Attention { page, view, found }: &Attention<'_>) -> Value {
    json!({
        "page": page.name,
        "view": view.name,
        "title": view.label,
        "count": found.known().map(|found| found.total),
        "href": view_href(page, view),
    })
}

fn stock_as_json(balance: &Balance) -> Vec<Value> {
    let place = |group: &Group| {
        let GroupKey::Warehouse(name, _) = &group.key else {
            return None;
        };
        let top = group.rows.iter().take(TOP).map(|(row, _)| {
            let mut fields = stock::row_as_json(row);
            fields["href"] = json!(stock::href(&of_item(row)));
            fields
        });
        Some(json!({
            "warehouse": name,
            "count": group.total,
            "href": stock::href(&of_warehouse(name.as_str())),
            "totals": stock::totals_as_json(&group.totals),
            "top": top.collect::<Vec<_>>(),
        }))
    };
    balance.groups.iter().filter_map(place).collect()
}
