//! What Frappe says has changed, and what that makes the portal forget.
//!
//! A change is a hint and never a source of data: whatever it says, it only drops. What it drops is
//! what may no longer be so: a document, the lists of its `DocType` for whoever has its customer,
//! before the change and after it, and what is worked out from them; stock; or all that a user, or
//! everybody, had and proved. A change that says too little drops more, never less.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Portal;
use super::marks::Tag;
use super::page::Section;
use super::stock;
use crate::frappe::{DocType, DocumentName, UserId};

/// Drops of everybody happen no more often than this.
pub(super) const EVERYBODY: Duration = Duration::from_secs(5);

/// A change of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// What kind of document it is; none where nobody said.
    pub doctype: Option<DocType>,
    /// Its fields, as far as they were said.
    pub fields: Map<String, Value>,
}

impl Change {
    fn text(&self, field: &str) -> Option<&str> {
        let text = self.fields.get(field)?.as_str()?;
        Some(text).filter(|text| !text.is_empty())
    }

    fn user(&self, field: &str) -> Option<UserId> {
        UserId::parse(self.text(field)?).ok()
    }
}

/// What a change dropped, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dropped {
    /// Nothing: no page shows such documents.
    Nothing,
    /// A document and the lists that it may be in.
    Document,
    /// All documents of its `DocType`: whose it is was not known.
    DocType,
    /// Stock.
    Stock,
    /// What a user had and proved.
    User,
    /// What everybody had and proved, now or as soon as may be.
    Everybody,
}

impl Portal {
    /// Forgets what may no longer be so, and has asked for again what of it matters to somebody.
    pub fn changed(self: &Arc<Self>, change: &Change) -> Dropped {
        let dropped = self.drop_changed(change);
        self.look_after_drops();
        dropped
    }

    fn drop_changed(&self, change: &Change) -> Dropped {
        let Some(doctype) = &change.doctype else {
            return self.everybody_changed();
        };
        match doctype.as_str() {
            "User Permission" => self.user_changed(change.user("user")),
            "User" => self.user_changed(change.user("name")),
            // Who is a portal user of a customer decides scope, and who was one is not said.
            "Customer" | "Custom DocPerm" | "DocPerm" | "DocType" | "Portal Settings" | "Role"
            | "Role Profile" | "System Settings" => self.everybody_changed(),
            "Stock Ledger Entry" | "Bin" => {
                self.marks.forget(&[Tag::Stock]);
                Dropped::Stock
            }
            "Item" | "Warehouse" => {
                self.marks.forget(&[Tag::Stock, Tag::DocType(doctype)]);
                Dropped::Stock
            }
            _ => self.document_changed(doctype, change),
        }
    }

    fn user_changed(&self, user: Option<UserId>) -> Dropped {
        match user {
            Some(user) => {
                self.marks.forget(&[Tag::User(&user)]);
                Dropped::User
            }
            None => self.everybody_changed(),
        }
    }

    fn everybody_changed(&self) -> Dropped {
        self.marks.forget_everybody();
        Dropped::Everybody
    }

    fn document_changed(&self, doctype: &DocType, change: &Change) -> Dropped {
        if !self.shows(doctype) {
            return Dropped::Nothing;
        }
        let page = self.pages.iter().find(|page| page.doctype == *doctype);
        let name = change
            .text("name")
            .and_then(|name| DocumentName::parse(name).ok());
        let after = page.and_then(|page| change.fields.get(page.customer.as_str()));
        let (Some(name), Some(after)) = (name, after) else {
            self.marks.forget(&[Tag::DocType(doctype)]);
            return Dropped::DocType;
        };
        // A document without a customer is nobody's, and may have been somebody's.
        let after = after.as_str().unwrap_or_default();
        self.marks.forget_document(doctype, &name, after);
        Dropped::Document
    }

    /// Whether documents of this kind stand on any page.
    fn shows(&self, doctype: &DocType) -> bool {
        self.pages.iter().any(|page| {
            let linked = page.sections.iter().filter_map(|section| match section {
                Section::Table(table) => table.linked.as_ref(),
                _ => None,
            });
            page.doctype == *doctype || linked.into_iter().any(|linked| linked.doctype == *doctype)
        }) || stock::doctype() == *doctype
    }
}
