//! The pages that are built in: the start page, the stock, the warehouse at a glance.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::schema::{
    as_of, count, customers, list, object, optional, optional_text, parameter, partial, reference,
    repeated, stale, text,
};
use super::{Described, answer, pages, responses, type_name};
use crate::portal::page::{BuiltIn, Pages};
use crate::portal::request::PAGE_SIZES;
use crate::portal::stock::SortBy;

const QUANTITIES: [(&str, &str); 4] = [
    ("actual_qty", "On hand."),
    ("reserved_qty", "Reserved."),
    ("ordered_qty", "On its way."),
    ("projected_qty", "What there will be."),
];

fn href() -> Value {
    json!({"type": "string", "format": "uri-reference", "description": "Where exactly these rows are."})
}

fn quantities() -> impl Iterator<Item = (&'static str, Value)> {
    QUANTITIES
        .into_iter()
        .map(|(name, description)| (name, json!({"type": "number", "description": description})))
}

/// A row of stock, without its value: that is the operator's business.
fn stock_row() -> Value {
    let named = [
        ("customer", text("Whose it is.")),
        ("item_code", text("The item.")),
        ("item_name", optional_text("What it is.")),
        ("item_group", optional_text("What kind of thing it is.")),
        ("ref_code", optional_text("Your own code for it.")),
        ("warehouse", text("Where it is.")),
        ("stock_uom", text("The unit of the quantities.")),
    ];
    object(named.into_iter().chain(quantities()))
}

fn stock_total() -> Value {
    let unit = ("stock_uom", text("The unit of the quantities."));
    object(std::iter::once(unit).chain(quantities()))
}

/// The schemas of stock, which other pages refer to as well.
fn stock_schemas() -> Vec<(String, Value)> {
    vec![
        ("StockRow".to_owned(), stock_row()),
        ("StockTotal".to_owned(), stock_total()),
    ]
}

/// `GET /stock-balance`
pub fn stock() -> Described {
    let page = BuiltIn::StockBalance;
    let mut group = object([
        ("total", count("Its rows on all pages.")),
        ("totals", list(reference("StockTotal"))),
        (
            "item_code",
            text("The item, where rows are put together by item."),
        ),
        ("customer", text("Whose item it is.")),
        (
            "warehouse",
            text("The warehouse, where rows are put together by warehouse."),
        ),
    ]);
    group["required"] = json!(["total", "totals"]);
    let schema = object([
        ("page", json!({"const": page.name()})),
        ("customers", customers()),
        ("group", json!({"enum": ["item", "warehouse"]})),
        ("rows", list(reference("StockRow"))),
        ("groups", list(group)),
        ("totals", list(reference("StockTotal"))),
        ("total", count("The rows on all pages.")),
        ("items", count("The items.")),
        ("warehouses", count("The warehouses.")),
        (
            "cut_at",
            json!({"type": ["integer", "null"], "description": "How many rows were read, where there are more: totals are too low then."}),
        ),
        ("page_number", json!({"type": "integer", "minimum": 1})),
        ("page_size", json!({"enum": PAGE_SIZES})),
        ("as_of", as_of()),
        ("stale", stale()),
    ]);
    let mut parameters = stock_filters();
    parameters.extend(pages::paging());
    let mut schemas = stock_schemas();
    schemas.push(("StockBalance".to_owned(), schema));
    let ok = answer(page.text(), "StockBalance");
    Described {
        operation: json!({
            "operationId": "listStockBalance",
            "summary": page.title(),
            "tags": [page.title()],
            "parameters": parameters,
            "responses": responses(ok, &[StatusCode::BAD_REQUEST]),
        }),
        schemas,
    }
}

/// What narrows and orders the stock.
pub fn stock_filters() -> Vec<Value> {
    let name = json!({"type": "string"});
    let tick = json!({"type": "string", "enum": ["0", "1"], "default": "0"});
    let sorts: Vec<_> = SortBy::ALL
        .iter()
        .flat_map(|by| [by.as_str().to_owned(), format!("-{}", by.as_str())])
        .collect();
    vec![
        repeated("customer", "Only these customers of yours.", name.clone()),
        repeated(
            "warehouse",
            "Only these warehouses; a group stands for all below it.",
            name.clone(),
        ),
        repeated("item_group", "Only these kinds of items.", name.clone()),
        repeated("item", "Only these items.", name),
        parameter(
            "q",
            "Text to search for.",
            json!({"type": "string", "minLength": 2, "maxLength": 100}),
        ),
        parameter(
            "hide_zero",
            "1: without rows of which nothing is on hand.",
            tick.clone(),
        ),
        parameter(
            "out_of_stock",
            "1: only items of which nothing is on hand anywhere.",
            tick,
        ),
        parameter(
            "group",
            "What rows are put together by.",
            json!({"type": "string", "enum": ["item", "warehouse"], "default": "item"}),
        ),
        parameter(
            "sort",
            "The order, with - in front for descending.",
            json!({"type": "string", "enum": sorts, "default": "item_code"}),
        ),
    ]
}

/// `GET /warehousing-portal`
pub fn warehousing(all: &Pages) -> Described {
    let page = BuiltIn::WarehousingPortal;
    // A count names the choices that it is of, after the page's filters.
    let filters = all.iter().flat_map(|page| &page.filters);
    let choices = filters
        .filter(|filter| !filter.is_date())
        .map(|filter| (filter.field.as_str(), text(&filter.label)));
    let mut counted =
        partial(object(choices.chain([
            ("count", count("How many there are.")),
            ("href", href()),
        ])));
    counted["required"] = json!(["count", "href"]);
    let tally = object([
        ("page", text("The page.")),
        ("total", count("How many there are.")),
        (
            "complete",
            json!({"type": "boolean", "description": "Whether all were counted."}),
        ),
        ("href", href()),
        ("counts", list(counted)),
    ]);
    let view = object([
        ("page", text("The page.")),
        ("view", text("The view.")),
        ("title", text("What it is called.")),
        (
            "count",
            json!({"type": ["integer", "null"], "description": "How many are in it; null where that is not known."}),
        ),
        ("href", href()),
    ]);
    let mut top = stock_row();
    top["properties"]["href"] = href();
    let place = object([
        ("warehouse", text("The warehouse.")),
        ("count", count("The items in it.")),
        ("href", href()),
        ("totals", list(reference("StockTotal"))),
        ("top", list(top)),
    ]);
    let schema = object([
        ("page", json!({"const": page.name()})),
        ("customers", customers()),
        ("jobs", optional(reference("Tally"))),
        ("views", list(view)),
        ("orders", list(reference("Tally"))),
        ("stock", json!({"oneOf": [list(place), {"type": "null"}]})),
        (
            "unknown",
            list(text("The title of what could not be found out.")),
        ),
        ("as_of", optional(as_of())),
        ("stale", stale()),
    ]);
    let mut schemas = stock_schemas();
    schemas.push(("Tally".to_owned(), tally));
    schemas.push(("WarehousingPortal".to_owned(), schema));
    let ok = answer(page.text(), "WarehousingPortal");
    Described {
        operation: json!({
            "operationId": "getWarehousingPortal",
            "summary": page.title(),
            "tags": [page.title()],
            "responses": responses(ok, &[]),
        }),
        schemas,
    }
}

/// `GET /`
pub fn home(all: &Pages) -> Described {
    // A view's rows are of its page; those of stock are rows of stock.
    let mut rows: Vec<Value> = all
        .iter()
        .map(|page| reference(&format!("{}Row", type_name(page))))
        .collect();
    rows.push(reference("StockRow"));
    let attention = object([
        ("page", text("The page.")),
        ("view", text("The view.")),
        ("title", text("What it is called.")),
        (
            "count",
            json!({"type": ["integer", "null"], "description": "How many are in it; null where that could not be found out."}),
        ),
        (
            "complete",
            json!({"type": "boolean", "description": "Whether all were counted."}),
        ),
        ("rows", list(json!({"anyOf": rows}))),
        ("href", href()),
    ]);
    let entry = object([
        ("page", text("Its name.")),
        ("title", text("What it is called.")),
        ("href", href()),
    ]);
    let schema = object([
        ("customers", customers()),
        ("attention", list(attention)),
        ("pages", list(entry)),
        ("as_of", optional(as_of())),
        ("stale", stale()),
    ]);
    let mut schemas = stock_schemas();
    schemas.push(("Home".to_owned(), schema));
    let ok = answer(
        "What needs attention now, and the pages that this account has.",
        "Home",
    );
    Described {
        operation: json!({
            "operationId": "getHome",
            "summary": "Start",
            "responses": responses(ok, &[]),
        }),
        schemas,
    }
}
