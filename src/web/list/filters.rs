//! What narrows and orders a list, as its page offers it: filters, orders, and the filters at work.

use super::shown::{Shown, largest_first};
use crate::portal::page::{FilterField, Kind, SortKey};
use crate::portal::request::PAGE_SIZES;
use crate::views::context::{ActiveFilter, Choice, FilterControl};
use crate::views::format;

impl Shown<'_> {
    /// What the filter form keeps: the view and the size of a page.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let mut hidden = Vec::new();
        if let Some(view) = &self.request.view {
            hidden.push(("view".to_owned(), view.to_string()));
        }
        if self.request.page_size != PAGE_SIZES[0] {
            hidden.push(("page_size".to_owned(), self.request.page_size.to_string()));
        }
        hidden
    }

    pub(super) fn sorts(&self) -> Vec<Choice> {
        let mut sorts = Vec::new();
        for field in self.page.sortable() {
            for descending in [largest_first(field.kind), !largest_first(field.kind)] {
                let key = SortKey {
                    field: field.field.clone(),
                    descending,
                };
                let way = match (field.kind, descending) {
                    (Kind::Date | Kind::Datetime, true) => "newest first",
                    (Kind::Date | Kind::Datetime, false) => "oldest first",
                    (Kind::Number, true) => "largest first",
                    (Kind::Number, false) => "smallest first",
                    (_, true) => "Z to A",
                    (_, false) => "A to Z",
                };
                sorts.push(Choice {
                    value: key.to_string(),
                    label: format!("{}, {way}", field.label),
                    selected: key == self.request.sort,
                    depth: 0,
                });
            }
        }
        sorts
    }

    pub(super) fn search_hint(&self) -> String {
        let label = |name: &crate::frappe::FieldName| {
            let declared = self.page.fields().find(|field| field.field == *name);
            declared.map_or_else(
                || name.as_str().replace('_', " "),
                |field| field.label.clone(),
            )
        };
        self.page
            .search
            .iter()
            .map(label)
            .collect::<Vec<_>>()
            .join(", ")
    }

    pub(super) fn filter(&self, filter: &FilterField) -> FilterControl {
        if filter.is_date() {
            let days = self
                .request
                .dates
                .get(&filter.field)
                .copied()
                .unwrap_or_default();
            let text =
                |day: Option<jiff::civil::Date>| day.map(|day| day.to_string()).unwrap_or_default();
            return FilterControl::Dates {
                name_from: format!("{}_from", filter.field),
                name_to: format!("{}_to", filter.field),
                label: filter.label.clone(),
                from: text(days.from),
                to: text(days.to),
            };
        }
        let chosen = self.request.choices.get(&filter.field);
        let option = |choice: &String| {
            let selected = chosen.is_some_and(|chosen| chosen.contains(choice));
            Choice::plain(choice, selected)
        };
        FilterControl::Choices {
            name: filter.field.to_string(),
            label: filter.label.clone(),
            options: filter.choices.iter().map(option).collect(),
        }
    }

    pub(super) fn active(&self) -> Vec<ActiveFilter> {
        let mut active = Vec::new();
        let mut add = |label: &str, value: &str, remove_href: String| {
            active.push(ActiveFilter {
                label: label.to_owned(),
                value: value.to_owned(),
                remove_href,
            });
        };
        for customer in &self.request.customers {
            let without =
                self.first_page(|request| request.customers.retain(|other| other != customer));
            add("Customer", customer.as_str(), without);
        }
        for filter in &self.page.filters {
            for choice in self
                .request
                .choices
                .get(&filter.field)
                .into_iter()
                .flatten()
            {
                let without = self.first_page(|request| {
                    if let Some(chosen) = request.choices.get_mut(&filter.field) {
                        chosen.retain(|other| other != choice);
                    }
                });
                add(&filter.label, choice, without);
            }
            if let Some(days) = self.request.dates.get(&filter.field) {
                let value = match (days.from, days.to) {
                    (Some(from), Some(to)) => {
                        format!("{} to {}", format::date(from), format::date(to))
                    }
                    (Some(from), None) => format!("from {}", format::date(from)),
                    (None, Some(to)) => format!("to {}", format::date(to)),
                    (None, None) => continue,
                };
                let without = self.first_page(|request| {
                    request.dates.remove(&filter.field);
                });
                add(&filter.label, &value, without);
            }
        }
        if let Some(text) = &self.request.search {
            add(
                "Search",
                text,
                self.first_page(|request| request.search = None),
            );
        }
        active
    }
}
