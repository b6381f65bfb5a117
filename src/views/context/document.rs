//! The context of one document: its headline, and its sections.

use serde::Serialize;

use super::{AsOf, Cell, FileLink, Frame, Link, Making, Page, Section};
use crate::views::samples;

/// One document.
#[derive(Debug, Clone, Serialize)]
pub struct DocumentPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The way back to the list.
    pub back: Link,
    /// What it is: `Transport Job`.
    pub kind: String,
    /// Its name, as the site spells it.
    pub name: String,
    /// Its status.
    pub status: Cell,
    /// Whose it is; left out when the user has only one customer.
    pub customer: Option<String>,
    /// What matters most, shown right below the name.
    pub facts: Vec<Fact>,
    /// The rest, in order; sections with nothing to say are left out by whoever makes this.
    pub sections: Vec<Section>,
    /// The files that belong to no paper.
    pub files: Vec<FileLink>,
    /// All files at once, where there are any.
    pub archive: Option<Archive>,
    /// Whether the files cannot be told now.
    pub files_missing: bool,
    /// Whether only the list's fields are shown because this account may not read the document.
    pub details_missing: bool,
    /// The ways to print it as a PDF.
    pub prints: Vec<Making>,
    /// When it was read.
    pub as_of: AsOf,
}

/// All files of a document at once.
#[derive(Debug, Clone, Serialize)]
pub struct Archive {
    /// How many there are.
    pub files: usize,
    /// Where to save them from.
    pub href: String,
}

/// A value and what it is called.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    /// What it is called.
    pub label: String,
    /// The value.
    pub cell: Cell,
}

impl Fact {
    /// A value and what it is called.
    #[must_use]
    pub fn new(label: impl Into<String>, cell: Cell) -> Self {
        Self {
            label: label.into(),
            cell,
        }
    }
}

impl Page for DocumentPage {
    const TEMPLATE: &'static str = "pages/document.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::document::all()
    }
}
