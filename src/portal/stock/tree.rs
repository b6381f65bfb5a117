//! Warehouses and what is above them.

use std::collections::{BTreeMap, BTreeSet};

use super::names::field;
use crate::frappe::{CustomerName, DocumentName, FieldName, Record};

/// More levels than any tree of warehouses has; a ring of parents ends here.
const DEEPEST: usize = 50;

/// One warehouse or group.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    /// What it is called, without the company behind it.
    title: Option<String>,
    parent: Option<DocumentName>,
    customer: Option<CustomerName>,
}

/// Warehouses by name, as ERPNext keeps them: each below its `parent_warehouse` (`warehouse_tree`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tree(BTreeMap<DocumentName, Place>);

impl Tree {
    /// The tree that Warehouse records make; `customer` is the field that names whose one is.
    pub fn of(records: &[Record], customer: Option<&FieldName>) -> Self {
        let (title, parent) = (field("warehouse_name"), field("parent_warehouse"));
        let name_of =
            |record: &Record, field: &FieldName| DocumentName::parse(record.text(field)?).ok();
        let places = records.iter().filter_map(|record| {
            let place = Place {
                title: record.text(&title).map(str::to_owned),
                parent: name_of(record, &parent),
                customer: customer.and_then(|field| CustomerName::parse(record.text(field)?).ok()),
            };
            Some((name_of(record, &FieldName::name())?, place))
        });
        Self(places.collect())
    }

    /// The names of all places.
    pub fn names(&self) -> impl Iterator<Item = &DocumentName> {
        self.0.keys()
    }

    /// What a place is called.
    pub fn title(&self, name: &DocumentName) -> Option<&str> {
        self.0.get(name)?.title.as_deref()
    }

    /// The customer that a place names itself.
    pub fn customer(&self, name: &DocumentName) -> Option<&CustomerName> {
        self.0.get(name)?.customer.as_ref()
    }

    /// A place that is known, the group it is in, the group that one is in, and so on.
    pub fn up_from<'a>(&'a self, name: &DocumentName) -> impl Iterator<Item = &'a DocumentName> {
        let first = self.0.get_key_value(name).map(|(name, _)| name);
        std::iter::successors(first, |name| {
            let parent = self.0.get(*name)?.parent.as_ref()?;
            self.0.get_key_value(parent).map(|(name, _)| name)
        })
        .take(DEEPEST)
    }

    /// The same tree with these places alone.
    pub fn keep(&mut self, places: &BTreeSet<DocumentName>) {
        self.0.retain(|name, _| places.contains(name));
    }

    /// Adds a place of which no more than the name is known.
    pub fn add_unknown(&mut self, name: &DocumentName) {
        self.0.entry(name.clone()).or_insert(Place {
            title: None,
            parent: None,
            customer: None,
        });
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        250 * self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_ring_of_parents_ends() {
        let records: Vec<Record> = [
            json!({"name": "A", "parent_warehouse": "B"}),
            json!({"name": "B", "parent_warehouse": "A"}),
        ]
        .into_iter()
        .filter_map(Record::from_json)
        .collect();
        let tree = Tree::of(&records, None);
        let name = DocumentName::parse("A").expect("a name");
        assert_eq!(tree.up_from(&name).count(), DEEPEST);
    }
}
