//! The sections of a document, each of one of a few kinds.

use serde::Serialize;

use super::{Cell, Fact, Moment, SafeHtml, Span, Table};

/// One section of a document.
#[derive(Debug, Clone, Serialize)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// Its anchor on the page: `milestones`.
    pub id: String,
    /// What it holds.
    pub body: SectionBody,
}

/// What a section holds.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SectionBody {
    /// Values and what they are called.
    Fields {
        /// In order.
        facts: Vec<Fact>,
    },
    /// The rows of a child table.
    Table {
        /// The columns and the rows.
        table: Table,
        /// What is said below when not all rows are shown.
        more: Option<String>,
    },
    /// Milestones, planned against actual.
    Timeline {
        /// In order.
        steps: Vec<Step>,
    },
    /// The operations of a warehouse job.
    Operations {
        /// In order.
        operations: Vec<Operation>,
    },
    /// The documents that a job needs.
    Checklist {
        /// In order.
        items: Vec<ChecklistItem>,
    },
    /// Formatted words of the site.
    RichText {
        /// The words, sanitised.
        html: SafeHtml,
    },
}

/// One milestone.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Which one.
    pub title: String,
    /// How far it is.
    pub state: StepState,
    /// The same as a word: `Completed`.
    pub state_text: String,
    /// That, and how much, it is late: `Late`, `6 h late`.
    pub late: Option<String>,
    /// When it should be.
    pub planned: Option<Span>,
    /// When it was.
    pub actual: Option<Span>,
    /// A word more.
    pub note: Option<String>,
}

/// How far a milestone is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Still to come.
    Planned,
    /// Under way.
    Started,
    /// Done.
    Completed,
    /// Should have been done.
    Late,
    /// Will not be done.
    Skipped,
}

/// One operation of a warehouse job.
#[derive(Debug, Clone, Serialize)]
pub struct Operation {
    /// Which one.
    pub title: String,
    /// What is done.
    pub description: Option<String>,
    /// How far it is, as its dates tell.
    pub state: OperationState,
    /// The same as a word: `Running`.
    pub state_text: String,
    /// How much is handled.
    pub quantity: Cell,
    /// When it began.
    pub start: Option<Moment>,
    /// When it ended.
    pub end: Option<Moment>,
    /// How long it took.
    pub hours: Cell,
}

/// How far an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OperationState {
    /// Has no start.
    NotStarted,
    /// Has a start and no end.
    Running,
    /// Has an end.
    Done,
}

/// One document that a job needs.
#[derive(Debug, Clone, Serialize)]
pub struct ChecklistItem {
    /// What it is called: `Proof of Delivery`.
    pub title: String,
    /// Its type: `POD`.
    pub kind: Option<String>,
    /// Its number.
    pub number: Option<String>,
    /// How far it is.
    pub status: Cell,
    /// Whether the job cannot do without it.
    pub required: bool,
    /// What is wrong with it: `Missing`, `Overdue`, `Expired`.
    pub problem: Option<String>,
    /// When it was or is due.
    pub dates: Vec<Fact>,
    /// Its file, where there is one to be had.
    pub file: Option<FileLink>,
}

/// A file to look at or to save.
#[derive(Debug, Clone, Serialize)]
pub struct FileLink {
    /// What it is called: `POD TRJ000000511.pdf`.
    pub name: String,
    /// What kind of file it is: `PDF`.
    pub kind: String,
    /// How long it is, where that is known: `12 KB`.
    pub size: Option<String>,
    /// When it was added, where that is known.
    pub added: Option<Moment>,
    /// Where to save it from.
    pub href: String,
    /// Where to look at it, where a browser can show it.
    pub show_href: Option<String>,
}
