//! A table: its columns and its rows.

use std::fmt;
use std::sync::Arc;

use minijinja::Value;
use minijinja::value::{Object, ObjectRepr};
use serde::{Serialize, Serializer};

use super::Cell;
use super::printed::{Printed, printed};
use crate::views::{Views, markup};

/// A table of a list or of a document. A template prints its `headings` and its `rows`.
#[derive(Debug, Clone)]
pub struct Table(Arc<Content>);

/// What is in a table.
#[derive(Debug)]
pub(in crate::views) struct Content {
    pub headings: Headings,
    pub rows: Rows,
}

/// The rows of a table.
#[derive(Debug)]
pub(in crate::views) enum Rows {
    /// Their cells.
    Cells(Vec<Row>),
    /// What was written ahead.
    Written(Result<Written, fmt::Error>),
}

/// The columns of a table, whose headings may have been written ahead.
#[derive(Debug)]
pub struct Headings {
    pub(in crate::views) columns: Vec<Column>,
    /// The headings as HTML.
    pub(in crate::views) written: Option<String>,
}

impl Headings {
    /// Columns whose headings are written now.
    #[must_use]
    pub fn ahead(columns: Vec<Column>, views: &Views) -> Self {
        let mut headings = Self::from(columns);
        // What cannot be written now is written with the page, which tells why.
        headings.written = views.sprite().and_then(|sprite| {
            let mut written = String::with_capacity(400 * headings.columns.len());
            markup::headings(&mut written, &headings, &sprite).ok()?;
            Some(written)
        });
        headings
    }
}

impl From<Vec<Column>> for Headings {
    fn from(columns: Vec<Column>) -> Self {
        Self {
            columns,
            written: None,
        }
    }
}

/// Rows as HTML, where the cells of one column may be missing.
#[derive(Debug)]
pub(in crate::views) struct Written {
    /// All that was written.
    pub html: String,
    /// How many rows these are.
    pub count: usize,
    /// The column that is missing, if one is.
    pub late: Option<usize>,
    /// Where in the HTML the missing cell of each row belongs.
    pub places: Vec<usize>,
    /// The missing cells.
    pub cells: Vec<Cell>,
}

/// A table on its way, of which the cells of one column may be still to come. All else is written
/// already, each row as soon as it is there: so the cells of all rows are never held together.
#[derive(Debug)]
pub struct TableAhead {
    headings: Headings,
    rows: Result<Written, fmt::Error>,
}

impl TableAhead {
    /// A table whose cells in the column at `late`, if any, do not count yet. They are no statuses and
    /// do not name the row.
    #[must_use]
    pub fn new(
        headings: Headings,
        rows: impl ExactSizeIterator<Item = Row>,
        late: Option<usize>,
        views: &Views,
    ) -> Self {
        // There are icons wherever the page around the rows can be made.
        let sprite = views.sprite().unwrap_or_default();
        let rows = markup::rows_but(&headings.columns, rows, late, &sprite);
        Self { headings, rows }
    }

    /// The table, with these cells in that column.
    #[must_use]
    pub fn complete(self, cells: impl IntoIterator<Item = Cell>) -> Table {
        let Self { headings, rows } = self;
        let rows = rows.map(|written| Written {
            cells: cells.into_iter().collect(),
            ..written
        });
        Table(Arc::new(Content {
            headings,
            rows: Rows::Written(rows),
        }))
    }
}

impl Table {
    /// A table. Each row has a cell for each column.
    #[must_use]
    pub fn new(columns: Vec<Column>, rows: Vec<Row>) -> Self {
        Self(Arc::new(Content {
            headings: columns.into(),
            rows: Rows::Cells(rows),
        }))
    }

    #[cfg(test)]
    pub(in crate::views) fn content(&self) -> &Content {
        &self.0
    }

    /// The same with so many rows at the most.
    #[cfg(test)]
    pub(in crate::views) fn first(&self, rows: usize) -> Self {
        let Rows::Cells(all) = &self.0.rows else {
            panic!("these rows were written ahead")
        };
        let first = all.iter().take(rows).cloned().collect();
        Self::new(self.0.headings.columns.clone(), first)
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Value::from_dyn_object(Arc::clone(&self.0)).serialize(serializer)
    }
}

impl Object for Content {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let table = Arc::clone(self);
        match key {
            "headings" => Some(Value::from_object(HeadingsOf(table))),
            "rows" => Some(Value::from_object(RowsOf(table))),
            _ => None,
        }
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }
}

/// The headings of a table, for a template that prints them.
#[derive(Debug)]
pub(in crate::views) struct HeadingsOf(pub Arc<Content>);

impl Object for HeadingsOf {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }
}

/// The rows of a table, for a template that prints or counts them.
#[derive(Debug)]
pub(in crate::views) struct RowsOf(pub Arc<Content>);

impl Object for RowsOf {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// No rows are nothing.
    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        match &self.0.rows {
            Rows::Cells(rows) => Some(rows.len()),
            Rows::Written(rows) => rows.as_ref().map(|rows| rows.count).ok(),
        }
    }
}

/// One column of a table. A template that prints it prints its heading.
#[derive(Debug, Clone)]
pub struct Column {
    /// The heading.
    pub label: String,
    /// Whether it holds numbers, which stand to the right.
    pub numeric: bool,
    /// Whether it names the row: the document's name.
    pub primary: bool,
    /// The way to order by it, where that is declared.
    pub sort: Option<Sort>,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            numeric: false,
            primary: false,
            sort: None,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub fn numeric(label: impl Into<String>) -> Self {
        Self {
            numeric: true,
            ..Self::new(label)
        }
    }

    /// The column that names the row.
    #[must_use]
    pub fn primary(label: impl Into<String>) -> Self {
        Self {
            primary: true,
            ..Self::new(label)
        }
    }

    /// The same column, and the way to order by it.
    #[must_use]
    pub fn sorted(mut self, sort: Sort) -> Self {
        self.sort = Some(sort);
        self
    }
}

printed!(Column);

impl Printed for Column {
    /// The `label`.
    fn answer(&self, asked: &str) -> Option<Value> {
        (asked == "label").then(|| self.label.as_str().into())
    }
}

/// The way to order by a column.
#[derive(Debug, Clone)]
pub struct Sort {
    /// The address that orders by it, or turns the order around.
    pub href: String,
    /// How the list is ordered by it now.
    pub direction: Direction,
}

/// How a list is ordered by a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// By another column.
    #[default]
    None,
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

impl Direction {
    /// As ARIA has it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }
}

/// One row of a table.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What the document is called when it is ticked; only where rows can be.
    pub name: Option<String>,
    /// The document's own page; the cell of the primary column becomes the link.
    pub href: Option<String>,
    /// A cell for each column.
    pub cells: Vec<Cell>,
}

impl From<Vec<Cell>> for Row {
    /// A row of something that has no page of its own.
    fn from(cells: Vec<Cell>) -> Self {
        Self {
            cells,
            ..Self::default()
        }
    }
}
