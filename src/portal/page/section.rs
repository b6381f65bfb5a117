//! The sections of a document's page: what each kind shows and which fields it reads.

use serde::Deserialize;

use super::Field;
use crate::frappe::{DocType, FieldName};

/// A part of a document's page.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Section {
    /// Fields of the document, each with its label.
    Fields {
        /// The heading.
        title: String,
        /// The fields.
        fields: Vec<Field>,
    },
    /// Rich text that the operator wrote for the customer. It is sanitised.
    RichText {
        /// The heading.
        title: String,
        /// The Text Editor field.
        field: FieldName,
    },
    /// A child table as a table.
    Table(Table),
    /// Milestones: planned against actual.
    Timeline(Timeline),
    /// Work whose state follows from its dates.
    Operations(Operations),
    /// The papers that belong to a document, and whether they are there.
    Checklist(Checklist),
}

impl Section {
    /// The heading.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Fields { title, .. } | Self::RichText { title, .. } => title,
            Self::Table(table) => &table.title,
            Self::Timeline(timeline) => &timeline.title,
            Self::Operations(operations) => &operations.title,
            Self::Checklist(checklist) => &checklist.title,
        }
    }

    /// The key under which JSON has it: the child table's or the field's name, or the title in
    /// lower case with underscores.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Fields { title, .. } => title
                .chars()
                .map(|letter| {
                    if letter.is_alphanumeric() {
                        letter.to_ascii_lowercase()
                    } else {
                        '_'
                    }
                })
                .collect(),
            Self::RichText { field, .. } => field.to_string(),
            Self::Table(table) => table.table.to_string(),
            Self::Timeline(timeline) => timeline.table.to_string(),
            Self::Operations(operations) => operations.table.to_string(),
            Self::Checklist(checklist) => checklist.table.to_string(),
        }
    }
}

/// A child table as a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The heading.
    pub title: String,
    /// The Table field.
    pub table: FieldName,
    /// The columns, fields of the child DocType.
    pub columns: Vec<Field>,
    /// Documents that the rows point to, whose fields are shown too.
    #[serde(default)]
    pub linked: Option<Linked>,
}

/// Documents that a child table's rows point to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Linked {
    /// The DocType of the linked documents.
    pub doctype: DocType,
    /// The Link field of the row.
    pub link: FieldName,
    /// The linked document's field that must name the document of the page, so that a wrong link
    /// shows nothing of somebody else's.
    pub back: FieldName,
    /// The fields shown, as further columns.
    pub columns: Vec<Field>,
}

/// Milestones: planned against actual.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Timeline {
    /// The heading.
    pub title: String,
    /// The Table field.
    pub table: FieldName,
    /// What the milestone is called.
    pub name: FieldName,
    /// Its status: Planned, Started, Completed or Delayed.
    pub status: FieldName,
    /// When it should begin.
    pub planned_start: FieldName,
    /// When it should be over.
    pub planned_end: FieldName,
    /// When it began.
    pub actual_start: FieldName,
    /// When it was over.
    pub actual_end: FieldName,
}

/// Work whose state follows from its dates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// The heading.
    pub title: String,
    /// The Table field.
    pub table: FieldName,
    /// The DocType of the child table; a view of the list that is worked out from it needs it.
    #[serde(default)]
    pub child_doctype: Option<DocType>,
    /// What the operation is called: the first of these that is filled.
    pub name: Vec<FieldName>,
    /// How much of it.
    pub quantity: FieldName,
    /// In which unit.
    pub unit: FieldName,
    /// When it began.
    pub start: FieldName,
    /// When it was done.
    pub end: FieldName,
    /// How many hours it took.
    pub hours: FieldName,
}

/// The papers that belong to a document: CargoNext's Job Document rows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checklist {
    /// The heading.
    pub title: String,
    /// The Table field.
    pub table: FieldName,
    /// The DocType of the child table; a view of the list that is worked out from it needs it.
    #[serde(default)]
    pub child_doctype: Option<DocType>,
}
