//! The stock that a visitor asks for: filtered, put together, sorted and paged.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::choices::{self, Choices};
use super::request::{Grouping, SortBy, StockRequest};
use super::{Item, Quantities, Stock, StockRow};
use crate::frappe::{CustomerName, DocumentName};
use crate::portal::answers::Held;
use crate::portal::as_of::AsOf;
use crate::portal::request::BadParameter;
use crate::portal::scope::Scope;

/// A page of the stock.
#[derive(Clone, Debug)]
pub struct Balance {
    /// The groups of which rows stand on this page.
    pub groups: Vec<Group>,
    /// What all rows of all pages come to, for each unit.
    pub totals: Vec<Total>,
    /// How many rows there are on all pages.
    pub total: usize,
    /// Of how many items.
    pub items: usize,
    /// In how many warehouses.
    pub warehouses: usize,
    /// What can be chosen.
    pub choices: Choices,
    /// The customers whose stock this is.
    pub customers: Vec<CustomerName>,
    /// Whether nothing at all is on hand, whatever is asked for.
    pub is_bare: bool,
    /// The bound that has left rows out, if it has.
    pub cut_at: Option<u32>,
    /// When Frappe was asked.
    pub as_of: AsOf,
}

/// Rows that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// What they have in common.
    pub key: GroupKey,
    /// How many rows it has on all pages.
    pub total: usize,
    /// What all of its rows come to, for each unit.
    pub totals: Vec<Total>,
    /// Its rows on this page, each with what its warehouse is called.
    pub rows: Vec<(StockRow, String)>,
}

/// What rows of a group have in common.
#[derive(Clone, Debug)]
pub enum GroupKey {
    /// An item of a customer.
    Item(CustomerName, Arc<Item>),
    /// A warehouse, and what it is called.
    Warehouse(DocumentName, String),
}

/// What rows come to in one unit. Quantities of different units are never added.
#[derive(Clone, Debug, PartialEq)]
pub struct Total {
    /// The unit.
    pub stock_uom: String,
    /// The sums.
    pub quantities: Quantities,
}

impl Balance {
    /// What is asked for of the stock that is held, a page of `size` rows.
    pub(in crate::portal) fn of(
        held: &Held,
        chosen: &Scope,
        request: &StockRequest,
        size: usize,
    ) -> Result<Self, BadParameter> {
        let empty = Stock::empty();
        let stock = held.stock().unwrap_or(&empty);
        balance(stock, chosen, request, size, held.as_of())
    }
}

fn balance(
    stock: &Stock,
    chosen: &Scope,
    request: &StockRequest,
    size: usize,
    as_of: AsOf,
) -> Result<Balance, BadParameter> {
    let choices = Choices::of(stock);
    check(stock, &choices, request)?;
    let labels = choices::labels(stock);
    let label = |warehouse: &DocumentName| {
        labels
            .get(warehouse)
            .map_or_else(|| warehouse.to_string(), Clone::clone)
    };
    let mut rows: Vec<&StockRow> = stock
        .rows
        .iter()
        .filter(|row| chosen.holds(&row.customer) && matches(stock, row, request))
        .collect();
    if request.out_of_stock {
        keep_out_of_stock(&mut rows);
    }
    let items: BTreeSet<_> = rows.iter().map(|row| item_key(row)).collect();
    let warehouses: BTreeSet<_> = rows.iter().map(|row| &row.warehouse).collect();
    let (item_count, warehouse_count) = (items.len(), warehouses.len());
    let total = rows.len();
    let totals = totals(&rows);
    let mut groups = grouped(&rows, request, &label);
    let mut skip = (request.page.max(1) as usize - 1).saturating_mul(size);
    let mut take = size;
    groups.retain_mut(|group| {
        let here = group.rows.len();
        let from = skip.min(here);
        skip -= from;
        let to = here.min(from.saturating_add(take));
        take -= to - from;
        group.rows = group.rows.drain(from..to).collect();
        !group.rows.is_empty()
    });
    Ok(Balance {
        groups,
        totals,
        total,
        items: item_count,
        warehouses: warehouse_count,
        choices,
        customers: chosen.customers().cloned().collect(),
        is_bare: stock
            .rows
            .iter()
            .all(|row| row.quantities.actual_qty == 0.0),
        cut_at: stock.cut_at,
        as_of,
    })
}

/// Refuses what is not among the user's own: whether it exists for somebody else is not told.
fn check(stock: &Stock, choices: &Choices, request: &StockRequest) -> Result<(), BadParameter> {
    let refuse =
        |parameter, value: &str, accepted: &str| Err(BadParameter::new(parameter, value, accepted));
    for chosen in &request.warehouses {
        if !choices
            .warehouses
            .iter()
            .any(|choice| choice.name.as_str() == chosen)
        {
            return refuse("warehouse", chosen, "a warehouse in which you have stock");
        }
    }
    for chosen in &request.item_groups {
        if !choices.item_groups.contains(chosen) {
            return refuse("item_group", chosen, "a group of items that you have");
        }
    }
    for chosen in &request.items {
        let known = |row: &StockRow| row.item.item_code.as_str() == chosen;
        if !stock.rows.iter().any(known) {
            return refuse("item", chosen, "the code of an item that you have");
        }
    }
    Ok(())
}

fn matches(stock: &Stock, row: &StockRow, request: &StockRequest) -> bool {
    let one_of = |chosen: &[String], value: &str| chosen.iter().any(|chosen| chosen == value);
    let in_warehouse = request.warehouses.is_empty()
        || stock
            .tree
            .up_from(&row.warehouse)
            .any(|place| one_of(&request.warehouses, place.as_str()));
    let in_group = request.item_groups.is_empty()
        || row
            .item
            .item_group
            .as_ref()
            .is_some_and(|group| one_of(&request.item_groups, group));
    let of_item = request.items.is_empty() || one_of(&request.items, row.item.item_code.as_str());
    let found = request.search.as_ref().is_none_or(|text| {
        let text = text.to_lowercase();
        let has = |value: &str| value.to_lowercase().contains(&text);
        has(row.item.item_code.as_str())
            || [&row.item.item_name, &row.item.ref_code]
                .into_iter()
                .flatten()
                .any(|value| has(value))
    });
    let shown = !request.hide_zero || row.quantities.actual_qty != 0.0;
    in_warehouse && in_group && of_item && found && shown
}

type ItemKey<'a> = (&'a CustomerName, &'a DocumentName);

fn item_key(row: &StockRow) -> ItemKey<'_> {
    (&row.customer, &row.item.item_code)
}

/// Keeps the items of which nothing is on hand in any of the rows.
fn keep_out_of_stock(rows: &mut Vec<&StockRow>) {
    let mut on_hand: BTreeMap<ItemKey<'_>, Quantities> = BTreeMap::new();
    for row in rows.iter() {
        on_hand
            .entry(item_key(row))
            .or_default()
            .add(&row.quantities);
    }
    rows.retain(|row| on_hand[&item_key(row)].actual_qty <= 0.0);
}

fn totals(rows: &[&StockRow]) -> Vec<Total> {
    let mut totals: BTreeMap<&str, Quantities> = BTreeMap::new();
    for row in rows {
        totals
            .entry(&row.stock_uom)
            .or_default()
            .add(&row.quantities);
    }
    totals
        .into_iter()
        .map(|(unit, quantities)| Total {
            stock_uom: unit.to_owned(),
            quantities,
        })
        .collect()
}

/// The rows in groups, all of both in order.
fn grouped(
    rows: &[&StockRow],
    request: &StockRequest,
    label: &impl Fn(&DocumentName) -> String,
) -> Vec<Group> {
    let mut together: BTreeMap<(&str, &str), Vec<&StockRow>> = BTreeMap::new();
    for row in rows {
        let key = match request.group {
            Grouping::Item => (row.item.item_code.as_str(), row.customer.as_str()),
            Grouping::Warehouse => (row.warehouse.as_str(), ""),
        };
        together.entry(key).or_default().push(row);
    }
    let mut groups: Vec<Group> = together
        .into_values()
        .filter_map(|mut rows| {
            rows.sort_by(|one, other| by_row(request, one, other, label));
            let first = rows.first()?;
            let key = match request.group {
                Grouping::Item => GroupKey::Item(first.customer.clone(), Arc::clone(&first.item)),
                Grouping::Warehouse => {
                    GroupKey::Warehouse(first.warehouse.clone(), label(&first.warehouse))
                }
            };
            Some(Group {
                key,
                total: rows.len(),
                totals: totals(&rows),
                rows: rows
                    .into_iter()
                    .map(|row| (row.clone(), label(&row.warehouse)))
                    .collect(),
            })
        })
        .collect();
    groups.sort_by(|one, other| by_group(request, one, other));
    groups
}

/// The order of rows; what it leaves open, code and warehouse decide.
fn by_row(
    request: &StockRequest,
    one: &StockRow,
    other: &StockRow,
    label: &impl Fn(&DocumentName) -> String,
) -> Ordering {
    let by = request.sort.by;
    let order = match by {
        SortBy::ItemCode => one.item.item_code.cmp(&other.item.item_code),
        SortBy::ItemName => folded(&one.item).cmp(&folded(&other.item)),
        SortBy::Warehouse => label(&one.warehouse).cmp(&label(&other.warehouse)),
        _ => quantity(by, &one.quantities).total_cmp(&quantity(by, &other.quantities)),
    };
    turned(order, request.sort.descending)
        .then_with(|| one.item.item_code.cmp(&other.item.item_code))
        .then_with(|| one.warehouse.cmp(&other.warehouse))
        .then_with(|| one.customer.cmp(&other.customer))
}

/// The order of groups: by what they are, or by what they come to where that is one unit.
fn by_group(request: &StockRequest, one: &Group, other: &Group) -> Ordering {
    let by = request.sort.by;
    let named = |group: &Group| match &group.key {
        GroupKey::Item(customer, item) => {
            let name = if by == SortBy::ItemName {
                folded(item)
            } else {
                String::new()
            };
            (name, item.item_code.to_string(), customer.to_string())
        }
        GroupKey::Warehouse(name, label) => (label.clone(), name.to_string(), String::new()),
    };
    let sum = |group: &Group| {
        group
            .totals
            .iter()
            .map(|total| quantity(by, &total.quantities))
            .sum::<f64>()
    };
    let is_by_item = matches!(one.key, GroupKey::Item(..));
    if is_by_item && by.is_quantity() {
        let order = turned(sum(one).total_cmp(&sum(other)), request.sort.descending);
        return order.then_with(|| named(one).cmp(&named(other)));
    }
    let is_own = is_by_item == (by != SortBy::Warehouse) && !by.is_quantity();
    turned(
        named(one).cmp(&named(other)),
        is_own && request.sort.descending,
    )
}

fn folded(item: &Item) -> String {
    item.item_name
        .as_deref()
        .unwrap_or(item.item_code.as_str())
        .to_lowercase()
}

const fn turned(order: Ordering, descending: bool) -> Ordering {
    if descending { order.reverse() } else { order }
}

const fn quantity(by: SortBy, quantities: &Quantities) -> f64 {
    match by {
        SortBy::ReservedQty => quantities.reserved_qty,
        SortBy::OrderedQty => quantities.ordered_qty,
        SortBy::ProjectedQty => quantities.projected_qty,
        _ => quantities.actual_qty,
    }
}
