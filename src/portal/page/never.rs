//! What is the operator's business and not his customers': a page file that shows it is told as wrong by
//! `quayfront check`, and none of those that ship does.

use crate::frappe::{DocType, FieldName};

/// Fields that are the operator's business, whatever the DocType.
const NEVER: [&str; 21] = [
    "internal_notes",
    "charges",
    "sales_rep",
    "operations_rep",
    "customer_service_rep",
    "sales_quote",
    "project",
    "cost_center",
    "profit_center",
    "valuation_rate",
    "stock_value",
    "rate",
    "pay_to",
    "bill_to",
    "employee",
    "machine",
    "recognition_date",
    "sla_notes",
    "job_number",
    "owner",
    "modified_by",
];
/// Parts of the names of more of them.
const NEVER_PARTS: [&str; 6] = [
    "cost",
    "revenue",
    "wip_",
    "accrual",
    "journal_entry",
    "margin",
];

/// Whether a field is the operator's business.
#[must_use]
pub fn is_never(doctype: &DocType, field: &FieldName) -> bool {
    let name = field.as_str();
    NEVER.contains(&name)
        || NEVER_PARTS.iter().any(|part| name.contains(part))
        || (name == "notes" && doctype.as_str() == "Warehouse Job")
}
