//! Stock by item and warehouse.
//!
//! A Bin names no customer, and a User Permission on Customer does not narrow it (`bin_count`: all
//! bins of everybody). So whose stock a Bin is comes from a declared rule ([`Owner`]), and under every
//! rule a row whose Item names another customer is dropped. All bins of the scope are read in pieces
//! and joined with Item and Warehouse; what a visitor asks for is then found here, so that filters,
//! totals and choices come from rows he may see and from nothing else. Of a Bin's fields only
//! quantities are asked for: its value is the operator's business.

mod balance;
mod choices;
mod names;
mod owner;
mod read;
mod request;
mod tree;

use std::sync::Arc;

pub use self::balance::{Balance, Group, GroupKey, Total};
pub use self::choices::{Choices, WarehouseChoice};
pub use self::names::bin as doctype;
pub use self::owner::Owner;
pub use self::request::{Grouping, PageSize, Sort, SortBy, StockRequest};
use super::Error;
use super::answers::own_doctype;
use super::as_of::AsOf;
use super::visit::Visit;
use crate::frappe::{CustomerName, DocumentName};

/// What a customer has of an item in a warehouse, in units of stock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quantities {
    /// On hand.
    pub actual_qty: f64,
    /// Promised to somebody.
    pub reserved_qty: f64,
    /// Ordered and not here yet.
    pub ordered_qty: f64,
    /// What is left when all of this has happened.
    pub projected_qty: f64,
}

impl Quantities {
    /// These and others together, as exact as Frappe keeps them: nine decimals.
    fn add(&mut self, other: &Self) {
        let sum = |one: f64, other: f64| ((one + other) * 1e9).round() / 1e9;
        self.actual_qty = sum(self.actual_qty, other.actual_qty);
        self.reserved_qty = sum(self.reserved_qty, other.reserved_qty);
        self.ordered_qty = sum(self.ordered_qty, other.ordered_qty);
        self.projected_qty = sum(self.projected_qty, other.projected_qty);
    }

    /// Each with the name of its field.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, f64); 4] {
        [
            ("actual_qty", self.actual_qty),
            ("reserved_qty", self.reserved_qty),
            ("ordered_qty", self.ordered_qty),
            ("projected_qty", self.projected_qty),
        ]
    }
}

/// An item, as far as a customer sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its name.
    pub item_code: DocumentName,
    /// What it is.
    pub item_name: Option<String>,
    /// What kind of thing it is.
    pub item_group: Option<String>,
    /// The customer's own code for it.
    pub ref_code: Option<String>,
}

/// What a customer has of one item in one warehouse.
#[derive(Clone, Debug, PartialEq)]
pub struct StockRow {
    /// Whose it is.
    pub customer: CustomerName,
    /// What it is.
    pub item: Arc<Item>,
    /// Where it is.
    pub warehouse: DocumentName,
    /// The unit of the quantities.
    pub stock_uom: String,
    /// How much.
    pub quantities: Quantities,
}

/// All stock of a user's customers.
#[derive(Debug)]
pub struct Stock {
    /// The rows, by item and warehouse.
    rows: Vec<StockRow>,
    /// What the rows' warehouses are called, and what is above them.
    tree: tree::Tree,
    /// The bound that has left rows out, if one has.
    cut_at: Option<u32>,
    /// Of when the items and warehouses are that the rows were joined with.
    as_of: AsOf,
}

impl Stock {
    pub(super) fn empty() -> Self {
        Self {
            rows: Vec::new(),
            tree: tree::Tree::default(),
            cut_at: None,
            as_of: AsOf::NOTHING,
        }
    }

    /// Of when the oldest is that it is made from and that is remembered for itself.
    pub(super) const fn as_of(&self) -> AsOf {
        self.as_of
    }

    /// Whether it is the same stock, of whenever it is.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.rows == other.rows && self.tree == other.tree && self.cut_at == other.cut_at
    }

    /// About how many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        // An item is shared by its rows; counted for each, it is counted too often, never too seldom.
        let row = |row: &StockRow| {
            let item = &row.item;
            let texts = [&item.item_name, &item.item_group, &item.ref_code];
            let texts: usize = texts.into_iter().flatten().map(String::len).sum();
            300 + row.customer.as_str().len()
                + row.warehouse.as_str().len()
                + 2 * item.item_code.as_str().len()
                + texts
        };
        self.rows.iter().map(row).sum::<usize>() + self.tree.size()
    }
}

impl Visit {
    /// The stock that a visitor asks for.
    ///
    /// # Errors
    /// When the user has no customers or chose another's, may not read Bin, chose what is not among
    /// his own warehouses, groups and items, or Frappe does not answer.
    pub async fn balance(&self, request: &StockRequest) -> Result<Balance, Error> {
        self.asked(request, request.page_size.get() as usize).await
    }

    /// A page of `size` rows of what is asked for.
    async fn asked(&self, request: &StockRequest, size: usize) -> Result<Balance, Error> {
        let doctype = doctype();
        let scope = self.stock_scope()?;
        let chosen = scope
            .narrowed(&request.customers)
            .ok_or(Error::OutsideScope)?;
        self.readable(&doctype)?;
        let whole = Arc::clone(&scope);
        // Many questions in a row: kept apart from the future of whoever waits for them.
        let ask = |visit: Visit| async move { Box::pin(read::read(&visit, &whole)).await };
        let held = self.portal.answers.stock(self, &scope, ask).await;
        let held = own_doctype(self, &doctype, held)?;
        Ok(Balance::of(&held, &chosen, request, size)?)
    }

    /// Every row of the stock that a visitor asks for, whatever page of it.
    ///
    /// # Errors
    /// As [`Self::balance`].
    pub async fn whole_balance(&self, request: &StockRequest) -> Result<Balance, Error> {
        let request = StockRequest {
            page: 1,
            ..request.clone()
        };
        self.asked(&request, usize::MAX).await
    }

    /// All stock by warehouse, without what is not on hand, the largest first: every row of it.
    ///
    /// # Errors
    /// As [`Self::balance`].
    pub async fn stock_by_warehouse(&self) -> Result<Balance, Error> {
        let request = StockRequest::by_warehouse();
        self.asked(&request, usize::MAX).await
    }
}
