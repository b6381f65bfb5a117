//! Rows of child tables, read beside their documents.
//!
//! Frappe checks no more than the DocType of the parent there, and would answer the rows of all
//! customers' documents (`child_table_with_parent`). So every question here names parents that were
//! just proved to be the user's own, and a row of any other parent is dropped.

use std::num::NonZeroU32;

use super::page::Page;
use crate::frappe::{DocType, FieldName, Filter, ListQuery, Order, Record};

/// The question for the rows of a child table in these documents of a page, in the order in which
/// they stand there. `parent` and `idx` are among the fields.
pub(super) fn query(
    page: &Page,
    child_doctype: &DocType,
    table: &FieldName,
    fields: impl IntoIterator<Item = FieldName>,
    parents: &[&str],
    length: NonZeroU32,
) -> ListQuery {
    let mut all = vec![FieldName::parent(), FieldName::idx()];
    all.extend(fields);
    let mut query = ListQuery::new(child_doctype.clone(), all, length);
    query.parent = Some(page.doctype.clone());
    query.filters = vec![
        Filter::one_of(FieldName::parent(), parents.iter().copied()),
        Filter::equals(FieldName::parenttype(), page.doctype.as_str()),
        Filter::equals(FieldName::parentfield(), table.as_str()),
    ];
    query.order = vec![Order::ascending(FieldName::idx())];
    query
}

/// The name of the document that a row stands in.
pub(super) fn parent_of(row: &Record) -> Option<&str> {
    row.text(&FieldName::parent())
}
