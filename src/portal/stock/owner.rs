//! Whose stock it is: the declared rule.

use std::collections::BTreeMap;

use super::tree::Tree;
use crate::frappe::{CustomerName, DocumentName, FieldName};
use crate::portal::scope::Scope;

/// How the customer of a Bin is found, which names none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// `Item.customer` names him: goods that customers provide.
    Item,
    /// This Link field of Warehouse names him, of the Bin's warehouse or of the nearest group above
    /// it that has one. ERPNext 15 ships no such field; version 16 and many sites have one.
    Warehouse(FieldName),
    /// The settings list the warehouses of each customer; a group stands for all below it.
    Settings(BTreeMap<CustomerName, Vec<DocumentName>>),
}

impl Owner {
    /// The field of Warehouse that has to be asked for.
    pub(super) const fn warehouse_field(&self) -> Option<&FieldName> {
        match self {
            Self::Warehouse(field) => Some(field),
            Self::Item | Self::Settings(_) => None,
        }
    }

    /// The customers that the rule names for one warehouse itself.
    fn named<'a>(&'a self, tree: &'a Tree, warehouse: &DocumentName) -> Vec<&'a CustomerName> {
        match self {
            Self::Item => Vec::new(),
            Self::Warehouse(_) => tree.customer(warehouse).into_iter().collect(),
            Self::Settings(lists) => lists
                .iter()
                .filter(|(_, warehouses)| warehouses.contains(warehouse))
                .map(|(customer, _)| customer)
                .collect(),
        }
    }

    /// Whose a warehouse's stock is: what the rule says of it, or of the nearest group above it of
    /// which it says anything. A warehouse that is several customers' is nobody's, because nothing
    /// tells their goods apart.
    pub(super) fn of_warehouse<'a>(
        &'a self,
        tree: &'a Tree,
        warehouse: &DocumentName,
    ) -> Option<&'a CustomerName> {
        let nearest = tree
            .up_from(warehouse)
            .map(|place| self.named(tree, place))
            .find(|named| !named.is_empty())?;
        match nearest.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Whether a place may be named to whoever has this scope: not one that the rule gives to
    /// somebody else, by itself or by the groups above it.
    pub(super) fn may_name(&self, tree: &Tree, place: &DocumentName, scope: &Scope) -> bool {
        let nearest = tree
            .up_from(place)
            .map(|place| self.named(tree, place))
            .find(|named| !named.is_empty());
        nearest.is_none_or(|named| named.iter().all(|customer| scope.holds(customer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frappe::Record;
    use serde_json::json;

    fn name(text: &str) -> DocumentName {
        DocumentName::parse(text).expect("a name")
    }

    fn customer(text: &str) -> CustomerName {
        CustomerName::parse(text).expect("a customer")
    }

    /// Quay has Quay A and Quay B; the customers of both and of their group vary.
    fn tree(group: Option<&str>, first: Option<&str>) -> Tree {
        let field = FieldName::parse("customer").expect("a field");
        let records: Vec<Record> = [
            json!({"name": "All", "is_group": 1}),
            json!({"name": "Quay", "parent_warehouse": "All", "is_group": 1, "customer": group}),
            json!({"name": "Quay A", "parent_warehouse": "Quay", "customer": first}),
            json!({"name": "Quay B", "parent_warehouse": "Quay"}),
            json!({"name": "Elsewhere", "parent_warehouse": "All"}),
        ]
        .into_iter()
        .filter_map(Record::from_json)
        .collect();
        Tree::of(&records, Some(&field))
    }

    #[test]
    fn a_warehouse_is_whose_it_says_or_whose_the_group_above_it_says() {
        let rule = Owner::Warehouse(FieldName::parse("customer").expect("a field"));
        for (group, first, of_a, of_b) in [
            (None, None, None, None),
            (Some("Acme"), None, Some("Acme"), Some("Acme")),
            (None, Some("Acme"), Some("Acme"), None),
            (Some("Acme"), Some("Bluefin"), Some("Bluefin"), Some("Acme")),
            (Some(""), Some(""), None, None),
        ] {
            let tree = tree(group, first);
            let of = |place| {
                rule.of_warehouse(&tree, &name(place))
                    .map(CustomerName::as_str)
            };
            assert_eq!((of("Quay A"), of("Quay B")), (of_a, of_b));
            assert_eq!(of("Elsewhere"), None);
            assert_eq!(of("no such place"), None);
        }
    }

    #[test]
    fn a_warehouse_listed_for_two_customers_is_nobodys() {
        let tree = tree(None, None);
        let rule = Owner::Settings(BTreeMap::from([
            (customer("Acme"), vec![name("Quay"), name("Elsewhere")]),
            (customer("Bluefin"), vec![name("Quay B"), name("Elsewhere")]),
        ]));
        let of = |place| {
            rule.of_warehouse(&tree, &name(place))
                .map(CustomerName::as_str)
        };
        assert_eq!(of("Quay A"), Some("Acme"));
        assert_eq!(of("Quay B"), Some("Bluefin"));
        assert_eq!(of("Elsewhere"), None);
    }

    #[test]
    fn what_the_rule_gives_to_somebody_else_is_not_named() {
        let rule = Owner::Warehouse(FieldName::parse("customer").expect("a field"));
        let scope: Scope = [customer("Acme")].into_iter().collect();
        let tree = tree(Some("Bluefin"), Some("Acme"));
        assert!(rule.may_name(&tree, &name("Quay A"), &scope));
        assert!(!rule.may_name(&tree, &name("Quay"), &scope));
        assert!(rule.may_name(&tree, &name("All"), &scope));
        // Quay B is Bluefin's because its group is.
        assert!(!rule.may_name(&tree, &name("Quay B"), &scope));
    }
}
