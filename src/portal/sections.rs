//! The sections of a document, read from its record as the page declares them.

use jiff::civil::{Date, DateTime};
use serde::Serialize;

use super::page::{ATTACHMENT, Checklist, Field, Operations, Section, Table, Timeline};
use super::value::{self, Value};
use crate::frappe::{DocumentName, FieldName, FilePath, Record};

/// What a section shows.
#[derive(Clone, Debug)]
pub enum SectionContent<'page> {
    /// Fields, each with its label.
    Fields(Vec<(&'page Field, Value)>),
    /// Sanitised HTML.
    RichText(String),
    /// A table: its columns, and a value for each of them in each row.
    Table(Vec<&'page Field>, Vec<Vec<Value>>),
    /// Milestones.
    Timeline(Vec<Milestone>),
    /// Operations.
    Operations(Vec<Operation>),
    /// Papers.
    Checklist(Vec<Paper>),
}

/// How far something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Not begun.
    NotStarted,
    /// Begun and not over.
    Running,
    /// Over.
    Done,
}

/// A milestone: planned against actual, on the site's clock.
#[derive(Clone, Debug, Serialize)]
pub struct Milestone {
    /// What it is called.
    pub milestone: String,
    /// How far it is.
    pub state: Progress,
    /// Its planned end has passed without an actual one, or it ended after it was planned to.
    pub late: bool,
    /// When it should begin.
    pub planned_start: Option<DateTime>,
    /// When it should be over.
    pub planned_end: Option<DateTime>,
    /// When it began.
    pub actual_start: Option<DateTime>,
    /// When it was over.
    pub actual_end: Option<DateTime>,
}

/// Work in the warehouse.
#[derive(Clone, Debug, Serialize)]
pub struct Operation {
    /// What it is called.
    pub operation: String,
    /// How far it is, from its dates.
    pub state: Progress,
    /// How much of it.
    pub quantity: Option<f64>,
    /// In which unit.
    pub unit: Option<String>,
    /// When it began.
    pub start: Option<DateTime>,
    /// When it was done.
    pub end: Option<DateTime>,
    /// How many hours it took.
    pub hours: Option<f64>,
}

/// A paper that belongs to a document: a Job Document row.
#[derive(Clone, Debug, Serialize)]
pub struct Paper {
    /// The kind of paper.
    pub document_type: Option<String>,
    /// What it is called.
    pub document_name: Option<String>,
    /// Its number.
    pub document_number: Option<String>,
    /// Where it stands.
    pub status: Option<String>,
    /// Whether the job needs it.
    pub is_required: bool,
    /// When it is needed.
    pub date_required: Option<Date>,
    /// When it came.
    pub date_received: Option<Date>,
    /// When it was checked.
    pub date_verified: Option<Date>,
    /// Until when it is good.
    pub expiry_date: Option<Date>,
    /// What is wrong with it.
    pub problem: Option<PaperProblem>,
    /// The name of its File, where the visitor may have it.
    pub file: Option<DocumentName>,
    /// Where the row says that its file lies: a claim, until it is found to hang on this document.
    #[serde(skip)]
    pub(super) attachment: Option<FilePath>,
}

/// What is wrong with a paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PaperProblem {
    /// It is required and not there, and there is no time left for it.
    Missing,
    /// It is not there, and the day on which it is needed has passed.
    Overdue,
    /// It is no longer good.
    Expired,
    /// It was rejected.
    Rejected,
}

/// Reads a section; `None` when there is nothing to show in it. `linked` are the rows of a table's
/// linked documents that were proved to belong to this one.
pub fn read<'page>(
    section: &'page Section,
    record: &Record,
    linked: &[Record],
    now: DateTime,
) -> Option<SectionContent<'page>> {
    let content = match section {
        Section::Fields { fields, .. } => {
            let values: Vec<_> = fields
                .iter()
                .map(|field| (field, value::read(record, field)))
                .collect();
            let is_empty = values
                .iter()
                .all(|(_, value)| matches!(value, Value::Empty | Value::Check(false)));
            return (!is_empty).then_some(SectionContent::Fields(values));
        }
        Section::RichText { field, .. } => {
            return rich_text(record.text(field)?).map(SectionContent::RichText);
        }
        Section::Table(table) => return read_table(table, record, linked),
        Section::Timeline(timeline) => SectionContent::Timeline(
            record
                .rows(&timeline.table)
                .iter()
                .map(|row| milestone(timeline, row, now))
                .collect(),
        ),
        Section::Operations(operations) => SectionContent::Operations(
            record
                .rows(&operations.table)
                .iter()
                .map(|row| operation(operations, row, now))
                .collect(),
        ),
        Section::Checklist(Checklist { table, .. }) => SectionContent::Checklist(
            record
                .rows(table)
                .iter()
                .map(|row| paper(row, now.date()))
                .collect(),
        ),
    };
    let is_empty = match &content {
        SectionContent::Timeline(rows) => rows.is_empty(),
        SectionContent::Operations(rows) => rows.is_empty(),
        SectionContent::Checklist(rows) => rows.is_empty(),
        _ => false,
    };
    (!is_empty).then_some(content)
}

/// Sanitised HTML; `None` where no words are left. Pictures go: they come from elsewhere, which tells
/// their owner who reads when.
fn rich_text(html: &str) -> Option<String> {
    let clean = ammonia::Builder::default()
        .rm_tags(["img"])
        .url_schemes(["http", "https", "mailto", "tel"].into())
        .clean(html)
        .to_string();
    let words = ammonia::Builder::empty().clean(&clean).to_string();
    (!words.trim().is_empty()).then_some(clean)
}

/// A table, without the columns in which no row has anything.
fn read_table<'page>(
    table: &'page Table,
    record: &Record,
    linked: &[Record],
) -> Option<SectionContent<'page>> {
    let rows = record.rows(&table.table);
    let linked_to = |row: &Record| {
        let name = row.text(&table.linked.as_ref()?.link)?;
        linked
            .iter()
            .find(|document| document.text(&FieldName::name()) == Some(name))
    };
    let linked_columns = table
        .linked
        .as_ref()
        .filter(|_| !linked.is_empty())
        .map(|linked| linked.columns.as_slice());
    let mut columns: Vec<&Field> = table
        .columns
        .iter()
        .chain(linked_columns.unwrap_or_default())
        .collect();
    let mut values: Vec<Vec<Value>> = rows
        .iter()
        .map(|row| {
            let own = table.columns.iter().map(|column| value::read(row, column));
            let others = linked_columns.unwrap_or_default().iter().map(|column| {
                linked_to(row).map_or(Value::Empty, |document| value::read(document, column))
            });
            own.chain(others).collect()
        })
        .collect();
    let filled: Vec<bool> = (0..columns.len())
        .map(|at| {
            values
                .iter()
                .any(|row: &Vec<Value>| row[at] != Value::Empty)
        })
        .collect();
    let mut at = filled.iter();
    columns.retain(|_| *at.next().unwrap_or(&true));
    for row in &mut values {
        let mut at = filled.iter();
        row.retain(|_| *at.next().unwrap_or(&true));
    }
    (!columns.is_empty() && !values.is_empty()).then_some(SectionContent::Table(columns, values))
}

fn milestone(timeline: &Timeline, row: &Record, now: DateTime) -> Milestone {
    let planned_end = row.datetime(&timeline.planned_end);
    let actual_start = row.datetime(&timeline.actual_start);
    let actual_end = row.datetime(&timeline.actual_end);
    let status = row.text(&timeline.status);
    let state = if actual_end.is_some() || status == Some("Completed") {
        Progress::Done
    } else if actual_start.is_some() || status == Some("Started") {
        Progress::Running
    } else {
        Progress::NotStarted
    };
    let late = match (planned_end, actual_end) {
        (Some(planned), Some(actual)) => actual > planned,
        (Some(planned), None) => planned < now && state != Progress::Done,
        (None, _) => status == Some("Delayed"),
    };
    Milestone {
        milestone: row.text(&timeline.name).unwrap_or_default().to_owned(),
        state,
        late,
        planned_start: row.datetime(&timeline.planned_start),
        planned_end,
        actual_start,
        actual_end,
    }
}

/// An operation, from its row of the child table.
pub(super) fn operation(operations: &Operations, row: &Record, now: DateTime) -> Operation {
    let start = row.datetime(&operations.start);
    let end = row.datetime(&operations.end);
    let state = if end.is_some_and(|end| end <= now) {
        Progress::Done
    } else if start.is_some_and(|start| start <= now) {
        Progress::Running
    } else {
        Progress::NotStarted
    };
    Operation {
        operation: operations
            .name
            .iter()
            .find_map(|field| row.text(field))
            .unwrap_or_default()
            .to_owned(),
        state,
        quantity: row
            .number(&operations.quantity)
            .filter(|number| *number != 0.0),
        unit: row.text(&operations.unit).map(str::to_owned),
        start,
        end,
        hours: row.number(&operations.hours).filter(|hours| *hours > 0.0),
    }
}

/// The fields of a Job Document row that [`paper`] reads.
pub(super) const PAPER_FIELDS: [&str; 9] = [
    "document_type",
    "document_name",
    "document_number",
    "status",
    "is_required",
    "date_required",
    "date_received",
    "date_verified",
    "expiry_date",
];

/// The statuses of papers that are there, whatever is wrong with them.
pub(super) const THERE: [&str; 6] = [
    "Uploaded", "Done", "Received", "Verified", "Expired", "Rejected",
];

/// A paper, from its Job Document row.
pub(super) fn paper(row: &Record, today: Date) -> Paper {
    let text = |name| {
        FieldName::parse(name)
            .ok()
            .and_then(|field| row.text(&field).map(str::to_owned))
    };
    let date = |name| {
        FieldName::parse(name)
            .ok()
            .and_then(|field| row.date(&field))
    };
    let is_required = FieldName::parse("is_required").is_ok_and(|field| row.check(&field));
    let status = text("status");
    let (date_required, date_received, expiry_date) = (
        date("date_required"),
        date("date_received"),
        date("expiry_date"),
    );
    let is_there = date_received.is_some()
        || status
            .as_deref()
            .is_some_and(|status| THERE.contains(&status));
    let problem = if status.as_deref() == Some("Rejected") {
        Some(PaperProblem::Rejected)
    } else if status.as_deref() == Some("Expired")
        || (is_there && expiry_date.is_some_and(|day| day < today))
    {
        Some(PaperProblem::Expired)
    } else if is_there {
        None
    } else if status.as_deref() == Some("Overdue") || date_required.is_some_and(|day| day < today) {
        Some(PaperProblem::Overdue)
    } else if is_required && date_required.is_none_or(|day| day == today) {
        Some(PaperProblem::Missing)
    } else {
        None
    };
    Paper {
        document_type: text("document_type"),
        document_name: text("document_name"),
        document_number: text("document_number"),
        status,
        is_required,
        date_required,
        date_received,
        date_verified: date("date_verified"),
        expiry_date,
        problem,
        file: None,
        attachment: text(ATTACHMENT).and_then(|path| FilePath::parse(&path)),
    }
}
