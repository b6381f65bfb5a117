//! The names of DocTypes, fields and roles that administrators' commands speak of.

use crate::frappe::{DocType, FieldName};

/// The role of customers' users.
pub const CUSTOMER_ROLE: &str = "Customer";
/// The role of the portal's own account: reads Portal Settings, Customer and File, and nothing else.
pub const READER_ROLE: &str = "Quayfront Reader";
/// What that role reads, and nothing else.
pub const READER_READS: [&str; 3] = ["Portal Settings", "Customer", "File"];
/// What names of our webhooks begin with.
pub const WEBHOOK_PREFIX: &str = "Quayfront";
/// The path on the portal that webhooks are sent to.
pub const WEBHOOK_PATH: &str = "/hooks/frappe";
/// The events of a complete feed: `on_update` misses every submitted document, and
/// `on_update_after_submit` can be chosen and never fires (`webhook_delivery_after_submit_on_change`).
pub const WEBHOOK_EVENTS: [&str; 3] = ["after_insert", "on_change", "on_trash"];

/// A DocType by the name it is written with in the code.
///
/// # Panics
/// When it is none: the names are written in the code.
#[expect(
    clippy::expect_used,
    reason = "the names are written in the code and are DocTypes'"
)]
#[must_use]
pub fn doctype(name: &'static str) -> DocType {
    DocType::parse(name).expect("a DocType's name")
}

/// A field by the name it is written with in the code.
///
/// # Panics
/// When it is none: the names are written in the code.
#[expect(
    clippy::expect_used,
    reason = "the names are written in the code and are fields'"
)]
#[must_use]
pub fn field(name: &'static str) -> FieldName {
    FieldName::parse(name).expect("a field's name")
}
