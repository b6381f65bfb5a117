//! Which rows of an answer are the scope's own: said before the question is asked, so that whoever
//! asks it, now or behind a visitor's back, holds the rows against it before they are remembered.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::page::PageFile;
use super::scope::Scope;
use super::visit::Visit;
use crate::frappe::{DocType, FieldName, Record};

/// Which rows are the scope's own.
#[derive(Clone, Debug)]
pub struct Own {
    field: FieldName,
    accepted: Accepted,
}

#[derive(Clone, Debug)]
enum Accepted {
    Customers(Arc<Scope>),
    Names(BTreeSet<String>),
    Any,
}

impl Own {
    /// The documents of a page whose customer is one of these.
    pub fn documents(page: &PageFile, customers: &Arc<Scope>) -> Self {
        Self::of_customers(page.customer.clone(), customers)
    }

    /// The rows whose field names one of these customers.
    pub fn of_customers(field: FieldName, customers: &Arc<Scope>) -> Self {
        Self {
            field,
            accepted: Accepted::Customers(Arc::clone(customers)),
        }
    }

    /// The child rows of these documents.
    pub fn children<'a>(parents: impl IntoIterator<Item = &'a str>) -> Self {
        Self::named(FieldName::parent(), parents)
    }

    /// The rows whose field is one of these names, letter by letter: the database compares by its
    /// collation.
    pub fn named<'a>(field: FieldName, names: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            field,
            accepted: Accepted::Names(names.into_iter().map(str::to_owned).collect()),
        }
    }

    /// All rows: for what is nobody's, and is shown to nobody as it is.
    pub fn any() -> Self {
        Self {
            field: FieldName::name(),
            accepted: Accepted::Any,
        }
    }

    /// The customer of a row, where that makes it one of them.
    pub fn customer<'record>(&self, record: &'record Record) -> Option<&'record str> {
        match self.accepted {
            Accepted::Customers(_) => record.text(&self.field),
            Accepted::Names(_) | Accepted::Any => None,
        }
    }

    /// Whether a row is one of them. An empty customer belongs to nobody.
    pub fn holds(&self, record: &Record) -> bool {
        let text = || record.text(&self.field);
        match &self.accepted {
            Accepted::Customers(scope) => text().is_some_and(|text| scope.find(text).is_some()),
            Accepted::Names(names) => text().is_some_and(|name| names.contains(name)),
            Accepted::Any => true,
        }
    }
}

/// Learns whose a document is, so that a change which takes it away is known to concern him.
pub fn learn(visit: &Visit, doctype: &DocType, record: &Record, own: &Own, number: u64) {
    let customer = own.customer(record);
    let name = record.text(&FieldName::name());
    if let (true, Some(customer), Some(name)) = (visit.portal.hears_changes, customer, name) {
        visit.portal.marks.learn(doctype, name, customer, number);
    }
}

/// Drops rows that are not of the scope, and says so. They were asked for at this number of the marks.
pub fn keep_own(visit: &Visit, doctype: &DocType, rows: &mut Vec<Record>, own: &Own, number: u64) {
    let asked = rows.len();
    rows.retain(|row| own.holds(row));
    for row in rows.iter() {
        learn(visit, doctype, row, own, number);
    }
    if rows.len() < asked {
        let dropped = asked - rows.len();
        tracing::warn!(user = %visit.caller.user, %doctype, dropped, "Frappe answered rows outside the scope; they were dropped");
    }
}
