//! The context of the stock balance.

use serde::Serialize;

use super::{AsOf, Column, EmptyState, ExportLink, FilterForm, Frame, LinkChoice, Page, Pager};
use crate::views::samples;

/// Stock by item or by warehouse.
#[derive(Debug, Clone, Serialize)]
pub struct StockPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The heading.
    pub title: String,
    /// One sentence below it.
    pub intro: String,
    /// The form that narrows it.
    pub form: FilterForm,
    /// By what it can be put together.
    pub groupings: Vec<LinkChoice>,
    /// What there is in all, in words: `60 items in 10 warehouses`.
    pub count: String,
    /// What all rows of all pages come to, for each unit.
    pub totals: Vec<StockTotal>,
    /// The columns: what a row is, and its four quantities.
    pub columns: Vec<Column>,
    /// The groups of which rows stand on this page.
    pub groups: Vec<StockGroup>,
    /// How many rows there are on all pages.
    pub total: u64,
    /// The number of the first row shown, from 1; 0 when there is none.
    pub first_row: u64,
    /// The number of the last row shown.
    pub last_row: u64,
    /// The ways to the other pages.
    pub pager: Pager,
    /// How many rows a page may have.
    pub page_sizes: Vec<LinkChoice>,
    /// What is said when rows were left out because there are too many.
    pub cut: Option<String>,
    /// What is said when there are rows, and nothing is on hand of any.
    pub bare: Option<String>,
    /// What is said when there are no rows.
    pub empty: Option<EmptyState>,
    /// The forms in which all rows can be taken away.
    pub exports: Vec<ExportLink>,
    /// When the stock was read.
    pub as_of: AsOf,
}

/// Rows that belong together.
#[derive(Debug, Clone, Serialize)]
pub struct StockGroup {
    /// What they have in common: an item or a warehouse.
    pub label: StockLabel,
    /// What all rows of the group come to, for each unit.
    pub totals: Vec<StockTotal>,
    /// The rows on this page; empty where the group is one row that its head says all of.
    pub rows: Vec<StockLine>,
    /// What is said where not all of its rows stand on this page: `3 of 12 warehouses`.
    pub part: Option<String>,
}

/// What an item or a warehouse is called.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StockLabel {
    /// The item's code, or the warehouse.
    pub text: String,
    /// Whether `text` is a code.
    pub code: bool,
    /// What the item is.
    pub name: Option<String>,
    /// The customer's own code.
    pub own_code: Option<String>,
    /// Whose it is, where the user has several customers.
    pub customer: Option<String>,
    /// Where it is, for a group of one row.
    pub place: Option<String>,
}

/// One item in one warehouse.
#[derive(Debug, Clone, Serialize)]
pub struct StockLine {
    /// What the group does not say: the warehouse, or the item.
    pub label: StockLabel,
    /// How much.
    pub quantity: StockTotal,
}

/// Quantities of one unit, ready to be read.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StockTotal {
    /// The unit.
    pub unit: String,
    /// On hand, reserved, ordered and projected.
    pub numbers: Vec<StockNumber>,
}

/// A quantity.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StockNumber {
    /// What it is: `On hand`.
    pub label: String,
    /// The digits.
    pub text: String,
    /// How it is to be looked at: `zero`, `negative` or nothing.
    pub kind: &'static str,
}

impl Page for StockPage {
    const TEMPLATE: &'static str = "pages/stock.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::stock::all()
    }
}
