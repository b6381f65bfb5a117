//! The context of the warehouse at a glance.

use serde::Serialize;

use super::{AsOf, Attention, Cell, Frame, Page};
use crate::views::samples;

/// Jobs, orders and stock, each number with the way to its rows.
#[derive(Debug, Clone, Serialize)]
pub struct WarehousingPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The heading.
    pub title: String,
    /// One sentence below it.
    pub intro: String,
    /// What the views of the jobs find: late, being worked on.
    pub views: Vec<Attention>,
    /// Jobs by status and type.
    pub jobs: Option<TallyTable>,
    /// Orders by state.
    pub orders: Vec<TallyCard>,
    /// Whether stock belongs to the page.
    pub has_stock: bool,
    /// Stock by warehouse.
    pub stock: Vec<StockPlace>,
    /// Where all stock is.
    pub stock_href: String,
    /// What could not be found out, a sentence each.
    pub unknown: Vec<String>,
    /// When the numbers were read.
    pub as_of: Option<AsOf>,
}

/// A number and the way to its rows.
#[derive(Debug, Clone, Serialize)]
pub struct Counted {
    /// What is counted.
    pub label: String,
    /// How many there are.
    pub count: u64,
    /// Where they are.
    pub href: String,
}

/// Documents by two things.
#[derive(Debug, Clone, Serialize)]
pub struct TallyTable {
    /// What is counted.
    pub title: String,
    /// All of them.
    pub total: Counted,
    /// Whether there may be more than were counted.
    pub or_more: bool,
    /// The types.
    pub columns: Vec<String>,
    /// A row for each status.
    pub rows: Vec<CountedRow>,
}

/// One status.
#[derive(Debug, Clone, Serialize)]
pub struct CountedRow {
    /// The status.
    pub status: Cell,
    /// All of it.
    pub total: Counted,
    /// By type.
    pub cells: Vec<Counted>,
}

/// Documents by one thing.
#[derive(Debug, Clone, Serialize)]
pub struct TallyCard {
    /// What is counted.
    pub title: String,
    /// The name of a symbol in `assets/icons.svg`.
    pub icon: String,
    /// All of them.
    pub total: Counted,
    /// Whether there may be more than were counted.
    pub or_more: bool,
    /// Each state with its number.
    pub states: Vec<(Cell, Counted)>,
}

/// A warehouse.
#[derive(Debug, Clone, Serialize)]
pub struct StockPlace {
    /// What it is called.
    pub name: String,
    /// How many rows of stock it has.
    pub count: u64,
    /// Where they are.
    pub href: String,
    /// What is on hand, for each unit.
    pub totals: Vec<Cell>,
    /// The items of which there is most.
    pub items: Vec<TopItem>,
}

/// One of the top items.
#[derive(Debug, Clone, Serialize)]
pub struct TopItem {
    /// Its code.
    pub code: String,
    /// What it is.
    pub name: Option<String>,
    /// How much is on hand.
    pub quantity: Cell,
    /// Where its row is.
    pub href: String,
}

impl Page for WarehousingPage {
    const TEMPLATE: &'static str = "pages/warehousing.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::warehousing::all()
    }
}
