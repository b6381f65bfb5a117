//! What is asked of a DocType: a list of rows, or their number.
//!
//! A query is a value that can be compared and hashed, so memory can be keyed by it. It promises
//! an order that ends in the unique field `name`, since Frappe makes none of its own and pages would
//! overlap (`list_tiebreak_page1`), and a length of at least one, since 0 means *everything* in
//! version 15 and *nothing* in 16. It says nothing about who asks.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::{
    filter::Filter,
    names::{DocType, FieldName},
};

/// One step of an order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Order {
    /// The field that decides.
    pub field: FieldName,
    /// Largest first.
    pub descending: bool,
}

impl Order {
    /// Smallest first.
    #[must_use]
    pub const fn ascending(field: FieldName) -> Self {
        Self {
            field,
            descending: false,
        }
    }

    /// Largest first.
    #[must_use]
    pub const fn descending(field: FieldName) -> Self {
        Self {
            field,
            descending: true,
        }
    }
}

/// Rows of a DocType.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ListQuery {
    /// Whose rows.
    pub doctype: DocType,
    /// The fields of each row; `name` is always among those asked for.
    pub fields: Vec<FieldName>,
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// At least one of these holds, if there are any (`or_filters`).
    pub any_of: Vec<Filter>,
    /// What decides the order, the most important first. `name` is added where it is missing.
    pub order: Vec<Order>,
    /// How many rows to leave out.
    pub start: u32,
    /// How many rows at most.
    pub length: NonZeroU32,
    /// For a child table: the DocType whose permission decides. Frappe then gives the rows of *all*
    /// parents (`child_table_with_parent`): filter by parents that were checked.
    pub parent: Option<DocType>,
}

impl ListQuery {
    /// The first `length` rows in the order of their names.
    #[must_use]
    pub const fn new(doctype: DocType, fields: Vec<FieldName>, length: NonZeroU32) -> Self {
        Self {
            doctype,
            fields,
            filters: Vec::new(),
            any_of: Vec::new(),
            order: Vec::new(),
            start: 0,
            length,
            parent: None,
        }
    }

    /// The number of rows that these filters find, whatever the page.
    #[must_use]
    pub fn count(&self) -> CountQuery {
        CountQuery {
            doctype: self.doctype.clone(),
            filters: self.filters.clone(),
            any_of: self.any_of.clone(),
        }
    }

    /// `order_by`: the declared fields up to `name`, which decides what they leave open, in the
    /// direction of the last of them.
    pub(super) fn order_by(&self) -> String {
        let mut steps = Vec::with_capacity(self.order.len() + 1);
        let mut last = false;
        for order in &self.order {
            steps.push(step(&order.field, order.descending));
            last = order.descending;
            if order.field.as_str() == "name" {
                return steps.join(", ");
            }
        }
        steps.push(step(&FieldName::name(), last));
        steps.join(", ")
    }

    /// The names of the fields asked for: each once, and `name`.
    pub(super) fn field_names(&self) -> Vec<&str> {
        let mut names = vec!["name"];
        for field in &self.fields {
            if !names.contains(&field.as_str()) {
                names.push(field.as_str());
            }
        }
        names
    }

    /// The parameters of `frappe.client.get_list` and, as texts, of `/api/resource/<DocType>`.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let mut parameters = vec![("fields", json!(self.field_names()))];
        if !self.filters.is_empty() {
            parameters.push(("filters", triples(&self.filters)));
        }
        if !self.any_of.is_empty() {
            parameters.push(("or_filters", triples(&self.any_of)));
        }
        parameters.push(("order_by", json!(self.order_by())));
        parameters.push(("limit_start", json!(self.start)));
        parameters.push(("limit_page_length", json!(self.length)));
        if let Some(parent) = &self.parent {
            parameters.push(("parent", json!(parent.as_str())));
        }
        parameters
    }
}

/// How many rows of a DocType there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CountQuery {
    /// Whose rows.
    pub doctype: DocType,
    /// All of these hold.
    pub filters: Vec<Filter>,
    /// At least one of these holds, if there are any (`or_filters`).
    pub any_of: Vec<Filter>,
}

impl CountQuery {
    /// The parameters of `frappe.desk.reportview.get_count`.
    pub(super) fn parameters(&self) -> Vec<(&'static str, Value)> {
        let quadruples = |filters: &[Filter]| -> Value {
            filters
                .iter()
                .map(|filter| filter.as_quadruple(&self.doctype))
                .collect()
        };
        let mut parameters = vec![("doctype", json!(self.doctype.as_str()))];
        if !self.filters.is_empty() {
            parameters.push(("filters", quadruples(&self.filters)));
        }
        if !self.any_of.is_empty() {
            parameters.push(("or_filters", quadruples(&self.any_of)));
        }
        parameters
    }
}

fn step(field: &FieldName, descending: bool) -> String {
    format!("{field} {}", if descending { "desc" } else { "asc" })
}

fn triples(filters: &[Filter]) -> Value {
    filters.iter().map(Filter::as_triple).collect()
}
