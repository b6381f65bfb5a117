//! Where the goods of rows come from and go to.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::Row;
use crate::frappe::{FieldName, ListQuery, Record};
use crate::portal::children;
use crate::portal::page::{self, Kind, Page, PageFile};
use crate::portal::value::{Route, Value};

/// The most rows of a child table that are read for the rows of one page.
pub const CHILD_ROWS: u32 = 2_000;

/// The way of the goods, where a column of the page shows it.
pub fn shown_route(page: &PageFile) -> Option<&page::Route> {
    let is_shown = page.columns.iter().any(|column| column.kind == Kind::Route);
    page.route.as_ref().filter(|_| is_shown)
}

/// The question for the legs of these documents.
pub fn legs_query(page: &Page, route: &page::Route, names: &[&str], most: u32) -> ListQuery {
    children::query(
        page,
        &route.child_doctype,
        &route.field,
        route.from.iter().chain(&route.to).cloned(),
        names,
        NonZeroU32::new(most).unwrap_or(NonZeroU32::MIN),
    )
}

/// Fills in where the goods of each row come from and go to, from legs in their order. Where these
/// are not all, the last one of a row is not known.
pub fn fill_in(route: &page::Route, rows: &mut [Row], legs: &[Record], is_whole: bool) {
    let mut of_rows: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for leg in legs {
        if let Some(parent) = children::parent_of(leg) {
            of_rows.entry(parent).or_default().push(leg);
        }
    }
    for row in rows {
        let of_row = of_rows.get(row.name.as_str());
        let of_row = || of_row.into_iter().flatten();
        let way = Route {
            from: of_row().find_map(|leg| first_filled(leg, &route.from)),
            to: of_row()
                .rev()
                .find_map(|leg| first_filled(leg, &route.to))
                .filter(|_| is_whole),
        };
        if way != Route::default() {
            row.fields.put(&route.field, Value::Route(way));
        }
    }
}

fn first_filled(record: &Record, fields: &[FieldName]) -> Option<String> {
    fields
        .iter()
        .find_map(|field| record.text(field))
        .map(str::to_owned)
}
