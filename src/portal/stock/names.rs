//! The names of ERPNext's DocTypes and fields that stock is made of.

use crate::frappe::{DocType, FieldName};

/// The DocType that has one document for each item in each warehouse.
#[must_use]
pub fn bin() -> DocType {
    doctype("Bin")
}

/// The DocType of what can be in stock.
pub fn item() -> DocType {
    doctype("Item")
}

/// The child table of an Item with what customers call it.
pub fn item_customer_detail() -> DocType {
    doctype("Item Customer Detail")
}

/// The DocType of places and of groups of places.
pub fn warehouse() -> DocType {
    doctype("Warehouse")
}

#[expect(
    clippy::expect_used,
    reason = "the names are written in this module and are DocTypes'"
)]
fn doctype(name: &str) -> DocType {
    DocType::parse(name).expect("a DocType's name")
}

/// A field by the name it is written with in this module's neighbours.
#[expect(
    clippy::expect_used,
    reason = "the names are written in the code and are fields'"
)]
pub fn field(name: &'static str) -> FieldName {
    FieldName::parse(name).expect("a field's name")
}
