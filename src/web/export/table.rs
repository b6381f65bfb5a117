//! What is taken away, whatever its form: columns with headings, rows of cells, and what is said of
//! them. A cell is a page's value with its type, so that spreadsheets can reckon with it.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use crate::portal::page::{Field, Kind, Page};
use crate::portal::stock::StockRow;
use crate::portal::value::Value;
use crate::portal::{Row, Told};
use crate::views::format;

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// What it is called.
    pub label: String,
    /// How wide it is at least and at the most, in characters.
    pub width: (u16, u16),
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A number, and the most decimals it is shown with.
    Number(f64, u8),
    /// A day.
    Date(Date),
    /// A moment on the site's clock.
    DateTime(DateTime),
}

impl Cell {
    fn text(text: &str) -> Self {
        if text.is_empty() {
            Self::Empty
        } else {
            Self::Text(text.to_owned())
        }
    }

    fn maybe(text: Option<&String>) -> Self {
        text.map_or(Self::Empty, |text| Self::text(text))
    }
}

/// What is said of the rows: a word, and what it is.
pub type About = Vec<(String, String)>;

fn heading(label: impl Into<String>, width: (u16, u16)) -> Heading {
    Heading {
        label: label.into(),
        width,
    }
}

const TEXT: (u16, u16) = (8, 60);
const NUMBER: (u16, u16) = (10, 24);
const DATE: (u16, u16) = (11, 24);
const DATE_TIME: (u16, u16) = (17, 24);

/// The columns of a list: those that its page declares. A way has two, a number whose unit differs
/// from row to row has one for its unit, and whose a row is stands last, as on the page.
pub fn headings(page: &Page, has_choice: bool) -> Vec<Heading> {
    let mut headings = Vec::new();
    for column in &page.columns {
        let label = column.label.as_str();
        match column.kind {
            Kind::Route => headings.extend([heading("From", TEXT), heading("To", TEXT)]),
            Kind::Number if column.unit_field.is_some() => headings.extend([
                heading(label, NUMBER),
                heading(format!("{label}, unit"), TEXT),
            ]),
            Kind::Number => headings.push(match &column.unit {
                Some(unit) => heading(format!("{label} ({unit})"), NUMBER),
                None => heading(label, NUMBER),
            }),
            Kind::Date => headings.push(heading(label, DATE)),
            Kind::Datetime => headings.push(heading(label, DATE_TIME)),
            _ => headings.push(heading(label, TEXT)),
        }
    }
    if has_choice {
        headings.push(heading("Customer", TEXT));
    }
    headings
}

/// A row of a list, a cell for each heading.
pub fn cells(page: &Page, row: &Row, has_choice: bool) -> Vec<Cell> {
    let mut cells = Vec::new();
    for column in &page.columns {
        let value = row.fields.get(&column.field).unwrap_or(&Value::Empty);
        match (column.kind, value) {
            (Kind::Route, Value::Route(way)) => {
                cells.extend([Cell::maybe(way.from.as_ref()), Cell::maybe(way.to.as_ref())]);
            }
            (Kind::Route, _) => cells.extend([Cell::Empty, Cell::Empty]),
            (_, value) => {
                cells.push(cell(value, column));
                if column.kind == Kind::Number && column.unit_field.is_some() {
                    cells.push(match value {
                        Value::Number(_, unit) => Cell::maybe(unit.as_ref()),
                        _ => Cell::Empty,
                    });
                }
            }
        }
    }
    if has_choice {
        cells.push(Cell::text(row.customer.as_str()));
    }
    cells
}

fn cell(value: &Value, field: &Field) -> Cell {
    match value {
        Value::Empty | Value::Route(_) => Cell::Empty,
        Value::Text(text) => Cell::text(text),
        Value::Date(day) => Cell::Date(*day),
        Value::DateTime(at) => Cell::DateTime(*at),
        Value::Number(number, _) => Cell::Number(*number, field.decimals),
        Value::Check(yes) => Cell::text(if *yes { "Yes" } else { "No" }),
    }
}

/// The columns of the stock.
pub fn stock_headings(has_choice: bool) -> Vec<Heading> {
    let mut headings = vec![
        heading("Item", TEXT),
        heading("Item name", TEXT),
        heading("Item group", TEXT),
        heading("Your code", TEXT),
        heading("Warehouse", TEXT),
        heading("On hand", NUMBER),
        heading("Reserved", NUMBER),
        heading("Ordered", NUMBER),
        heading("Projected", NUMBER),
        heading("Unit", TEXT),
    ];
    if has_choice {
        headings.push(heading("Customer", TEXT));
    }
    headings
}

/// A row of the stock, and what its warehouse is called.
pub fn stock_cells(row: &StockRow, warehouse: &str, has_choice: bool) -> Vec<Cell> {
    let item = &row.item;
    let mut cells = vec![
        Cell::text(item.item_code.as_str()),
        Cell::maybe(item.item_name.as_ref()),
        Cell::maybe(item.item_group.as_ref()),
        Cell::maybe(item.ref_code.as_ref()),
        Cell::text(warehouse),
    ];
    let numbers = row.quantities.named().into_iter();
    cells.extend(numbers.map(|(_, number)| Cell::Number(number, 3)));
    cells.push(Cell::text(&row.stock_uom));
    if has_choice {
        cells.push(Cell::text(row.customer.as_str()));
    }
    cells
}

/// What whoever has the rows must know, a sentence each.
pub fn notes(told: Told, as_of: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if told.kept_since.is_some() {
        notes.push(format!(
            "The system behind this portal could not be asked again: this is as of {as_of}."
        ));
    }
    if let Some(most) = told.cut_at {
        notes.push(format!(
            "There are more rows than these {}: this is the most that is exported. Use filters to export fewer.",
            format::whole(most.into())
        ));
    }
    if told.view_is_cut {
        notes.push(
            "There are so many documents that not all of them were looked through for this view; some may be missing."
                .to_owned(),
        );
    }
    if told.has_changed {
        notes.push(
            "The list changed while this was being made: rows may be missing or out of order. Export it again to be sure."
                .to_owned(),
        );
    }
    if told.without_route {
        notes.push("Your account may not read where goods come from and go to.".to_owned());
    }
    notes
}

/// When the rows were read, on the site's clock.
pub fn as_of(at: jiff::Timestamp, zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("the site's time");
    let time = format::datetime(at.to_zoned(zone.clone()).datetime());
    format!("{time} ({name})")
}
