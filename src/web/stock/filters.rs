//! What narrows and orders the stock, as its page offers it: filters, orders, and the filters at work.

use super::shown::{HEADINGS, Shown};
use crate::portal::stock::{Sort, SortBy};
use crate::views::context::{ActiveFilter, Choice, FilterControl};

impl Shown<'_> {
    pub(super) fn sorts(&self) -> Vec<Choice> {
        let names = [
            (SortBy::ItemCode, "Item"),
            (SortBy::ItemName, "Item name"),
            (SortBy::Warehouse, "Warehouse"),
        ];
        let mut sorts = Vec::new();
        for (by, label) in names.into_iter().chain(HEADINGS) {
            for descending in [by.is_quantity(), !by.is_quantity()] {
                let way = match (by.is_quantity(), descending) {
                    (true, true) => "largest first",
                    (true, false) => "smallest first",
                    (false, true) => "Z to A",
                    (false, false) => "A to Z",
                };
                let sort = Sort { by, descending };
                sorts.push(Choice {
                    value: sort.to_string(),
                    label: format!("{label}, {way}"),
                    selected: sort == self.request.sort,
                    depth: 0,
                });
            }
        }
        sorts
    }

    pub(super) fn filters(&self) -> Vec<FilterControl> {
        let choices = &self.balance.choices;
        let mut filters = Vec::new();
        if choices.warehouses.len() > 1 {
            filters.push(FilterControl::Choices {
                name: "warehouse".to_owned(),
                label: "Warehouse".to_owned(),
                options: choices
                    .warehouses
                    .iter()
                    .map(|choice| Choice {
                        value: choice.name.to_string(),
                        label: choice.label.clone(),
                        selected: contains(&self.request.warehouses, choice.name.as_str()),
                        depth: choice.depth,
                    })
                    .collect(),
            });
        }
        if choices.item_groups.len() > 1 {
            filters.push(FilterControl::Choices {
                name: "item_group".to_owned(),
                label: "Item group".to_owned(),
                options: choices
                    .item_groups
                    .iter()
                    .map(|group| Choice::plain(group, contains(&self.request.item_groups, group)))
                    .collect(),
            });
        }
        let tick = |name: &str, label: &str, ticked| FilterControl::Tick {
            name: name.to_owned(),
            label: label.to_owned(),
            ticked,
        };
        filters.push(tick("hide_zero", "Hide zero", self.request.hide_zero));
        filters.push(tick(
            "out_of_stock",
            "Out of stock only",
            self.request.out_of_stock,
        ));
        filters
    }

    pub(super) fn active(&self) -> Vec<ActiveFilter> {
        let request = self.request;
        let mut active = Vec::new();
        let mut add = |label: &str, value: &str, remove_href: String| {
            active.push(ActiveFilter {
                label: label.to_owned(),
                value: value.to_owned(),
                remove_href,
            });
        };
        for customer in &request.customers {
            let without = self.first_page(|request| {
                request.customers.retain(|other| other != customer);
            });
            add("Customer", customer.as_str(), without);
        }
        for chosen in &request.warehouses {
            let choices = &self.balance.choices.warehouses;
            let choice = choices.iter().find(|choice| choice.name.as_str() == chosen);
            let without =
                self.first_page(|request| request.warehouses.retain(|other| other != chosen));
            add(
                "Warehouse",
                choice.map_or(chosen, |choice| &choice.label),
                without,
            );
        }
        for chosen in &request.item_groups {
            let without =
                self.first_page(|request| request.item_groups.retain(|other| other != chosen));
            add("Item group", chosen, without);
        }
        for chosen in &request.items {
            let without = self.first_page(|request| request.items.retain(|other| other != chosen));
            add("Item", chosen, without);
        }
        if let Some(text) = &request.search {
            add(
                "Search",
                text,
                self.first_page(|request| request.search = None),
            );
        }
        if request.hide_zero {
            let without = self.first_page(|request| request.hide_zero = false);
            add("Zero", "hidden", without);
        }
        if request.out_of_stock {
            let without = self.first_page(|request| request.out_of_stock = false);
            add("Stock", "none on hand", without);
        }
        active
    }

    /// What narrows and orders the stock, in words, but for the customers.
    pub(super) fn in_words(&self) -> Vec<(String, String)> {
        let filters = self.active().into_iter();
        let mut words: Vec<_> = filters
            .filter(|filter| filter.label != "Customer")
            .map(|filter| (filter.label, filter.value))
            .collect();
        words.push((
            "Put together".to_owned(),
            format!("by {}", self.request.group.as_str()),
        ));
        let sort = self.sorts().into_iter().find(|sort| sort.selected);
        words.extend(sort.map(|sort| ("Sorted by".to_owned(), sort.label)));
        words
    }

    /// What the form keeps: how the page is put together, and the items that it has no field for.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let request = self.request;
        let has_field = |parameter: &str| {
            ["customer", "q", "sort", "page", "hide_zero", "out_of_stock"].contains(&parameter)
                || (parameter == "warehouse" && self.balance.choices.warehouses.len() > 1)
                || (parameter == "item_group" && self.balance.choices.item_groups.len() > 1)
        };
        request
            .pairs()
            .into_iter()
            .filter(|(parameter, _)| !has_field(parameter))
            .map(|(parameter, value)| (parameter.to_owned(), value))
            .collect()
    }
}

fn contains(chosen: &[String], value: &str) -> bool {
    chosen.iter().any(|chosen| chosen == value)
}
