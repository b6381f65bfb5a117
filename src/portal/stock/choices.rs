//! What a visitor may choose from: what his own rows name, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::Stock;
use crate::frappe::DocumentName;

/// What can be chosen.
#[derive(Clone, Debug, Default)]
pub struct Choices {
    /// Warehouses and the groups above them, as the tree has them.
    pub warehouses: Vec<WarehouseChoice>,
    /// Groups of items.
    pub item_groups: Vec<String>,
}

/// A warehouse or a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarehouseChoice {
    /// Its name.
    pub name: DocumentName,
    /// What it is called here.
    pub label: String,
    /// How many groups it is in.
    pub depth: usize,
}

impl Choices {
    /// The choices that rows give.
    #[must_use]
    pub fn of(stock: &Stock) -> Self {
        let groups: BTreeSet<&String> = stock
            .rows
            .iter()
            .filter_map(|row| row.item.item_group.as_ref())
            .collect();
        Self {
            warehouses: warehouses(stock),
            item_groups: groups.into_iter().cloned().collect(),
        }
    }
}

/// The tree, each group before what is in it.
fn warehouses(stock: &Stock) -> Vec<WarehouseChoice> {
    let labels = labels(stock);
    let mut paths: Vec<(Vec<&str>, &DocumentName)> = stock
        .tree
        .names()
        .map(|name| {
            let mut path: Vec<&str> = stock
                .tree
                .up_from(name)
                .map(|place| labels.get(place).map_or(place.as_str(), String::as_str))
                .collect();
            path.reverse();
            (path, name)
        })
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|(path, name)| WarehouseChoice {
            name: name.clone(),
            label: labels
                .get(name)
                .map_or_else(|| name.to_string(), Clone::clone),
            depth: path.len().saturating_sub(1),
        })
        .collect()
}

/// What each place is called: its title, or its name where two share the title.
pub(super) fn labels(stock: &Stock) -> BTreeMap<&DocumentName, String> {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for title in stock.tree.names().filter_map(|name| stock.tree.title(name)) {
        *times.entry(title).or_default() += 1;
    }
    stock
        .tree
        .names()
        .map(|name| {
            let title = stock
                .tree
                .title(name)
                .filter(|title| times.get(title) == Some(&1));
            (name, title.unwrap_or(name.as_str()).to_owned())
        })
        .collect()
}
