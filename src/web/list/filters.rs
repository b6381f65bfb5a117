//! What narrows and orders a list, as its page offers it: filters, orders, and the filters at work.

use super::offered::{Ways, largest_first};
use crate::frappe::CustomerName;
use crate::portal::page::{FilterField, Kind, Page, SortKey};
use crate::portal::request::{Days, ListRequest, PAGE_SIZES};
use crate::views::context::{ActiveFilter, Choice, FilterControl};
use crate::views::format;

impl Ways<'_> {
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
        sorts(self.page, self.request)
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
        in_force(self.page, self.request)
            .into_iter()
            .map(|filter| ActiveFilter {
                label: filter.label(),
                value: filter.value(),
                remove_href: self.first_page(|request| filter.take_off(request)),
            })
            .collect()
    }
}

/// A filter that was set.
enum InForce<'a> {
    Customer(&'a CustomerName),
    Choice(&'a FilterField, &'a str),
    Days(&'a FilterField, Days),
    Search(&'a str),
}

/// The filters that were set, in the order in which the page offers them.
fn in_force<'a>(page: &'a Page, request: &'a ListRequest) -> Vec<InForce<'a>> {
    let mut filters: Vec<_> = request.customers.iter().map(InForce::Customer).collect();
    for filter in &page.filters {
        let chosen = request.choices.get(&filter.field).into_iter().flatten();
        filters.extend(chosen.map(|choice| InForce::Choice(filter, choice)));
        let days = request.dates.get(&filter.field);
        let days = days.filter(|days| days.from.is_some() || days.to.is_some());
        filters.extend(days.map(|days| InForce::Days(filter, *days)));
    }
    filters.extend(request.search.as_deref().map(InForce::Search));
    filters
}

impl InForce<'_> {
    fn label(&self) -> String {
        match self {
            Self::Customer(_) => "Customer".to_owned(),
            Self::Choice(filter, _) | Self::Days(filter, _) => filter.label.clone(),
            Self::Search(_) => "Search".to_owned(),
        }
    }

    fn value(&self) -> String {
        match self {
            Self::Customer(customer) => customer.to_string(),
            Self::Choice(_, text) | Self::Search(text) => (*text).to_owned(),
            Self::Days(_, days) => match (days.from, days.to) {
                (Some(from), Some(to)) => {
                    format!("{} to {}", format::date(from), format::date(to))
                }
                (Some(from), None) => format!("from {}", format::date(from)),
                (None, Some(to)) => format!("to {}", format::date(to)),
                (None, None) => String::new(),
            },
        }
    }

    fn take_off(&self, request: &mut ListRequest) {
        match self {
            Self::Customer(customer) => request.customers.retain(|other| other != *customer),
            Self::Choice(filter, choice) => {
                if let Some(chosen) = request.choices.get_mut(&filter.field) {
                    chosen.retain(|other| other != choice);
                }
            }
            Self::Days(filter, _) => {
                request.dates.remove(&filter.field);
            }
            Self::Search(_) => request.search = None,
        }
    }
}

/// What narrows and orders a list, in words, but for the customers: the view, the filters, the order.
pub fn in_words(page: &Page, request: &ListRequest) -> Vec<(String, String)> {
    let mut words: Vec<_> = request
        .chosen_view(page)
        .map(|view| ("View".to_owned(), view.label.clone()))
        .into_iter()
        .collect();
    let filters = in_force(page, request);
    words.extend(
        filters
            .iter()
            .filter(|filter| !matches!(filter, InForce::Customer(_)))
            .map(|filter| (filter.label(), filter.value())),
    );
    let sort = sorts(page, request).into_iter().find(|sort| sort.selected);
    words.extend(sort.map(|sort| ("Sorted by".to_owned(), sort.label)));
    words
}

/// The orders to choose from.
fn sorts(page: &Page, request: &ListRequest) -> Vec<Choice> {
    let mut sorts = Vec::new();
    for field in page.sortable() {
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
                selected: key == request.sort,
                depth: 0,
            });
        }
    }
    sorts
}
