//! Views: named presets of a list, as "late" and "papers missing".
//!
//! A view says which of the page's documents are in it: by conditions that Frappe decides on, or by
//! what their child tables say, which the portal works out. Whatever a visitor filters and
//! searches besides narrows it further.

use serde::Deserialize;

use super::address::address_name;
use super::{Condition, Tone};
use crate::frappe::FieldName;

address_name! {
    /// A view's name: the value of the query parameter `view`.
    ViewName, "under-way"
}

/// A named preset of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its name in addresses.
    pub name: ViewName,
    /// What it is called, as "Late".
    pub label: String,
    /// What is in it, in a sentence.
    #[serde(default)]
    pub text: String,
    /// Whether it stands on the start page when there is something in it.
    #[serde(default)]
    pub attention: bool,
    /// How bad it is that something is in it: on the start page, the worst comes first.
    #[serde(default)]
    pub tone: Tone,
    /// The columns and facts that the start page shows beside name and status; the first columns that
    /// are filled when there are none.
    #[serde(default)]
    pub shows: Vec<FieldName>,
    /// Conditions that all hold.
    #[serde(default)]
    pub all: Vec<Condition>,
    /// Conditions of which at least one holds, if there are any.
    #[serde(default)]
    pub any: Vec<Condition>,
    /// What else the documents in it have in common, worked out from their child tables.
    #[serde(default)]
    pub rows: Option<Computed>,
}

/// What the portal works out from child tables, as the document's page shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Computed {
    /// A required paper of the checklist is missing or overdue.
    RequiredPapers,
    /// An operation has begun and is not over.
    RunningOperations,
}
