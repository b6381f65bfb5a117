//! The stock as its page: groups, filters and totals, with the address of each.

use crate::frappe::CustomerName;
use crate::portal::page::BuiltIn;
use crate::portal::request::PAGE_SIZES;
use crate::portal::stock::{
    Balance, Group, GroupKey, Grouping, Item, PageSize, Quantities, Sort, SortBy, StockRequest,
    StockRow, Total,
};
use crate::views::context::{
    self, Action, ActiveFilter, Choice, Column, Direction, EmptyState, FilterControl, LinkChoice,
    Search, StockGroup, StockLabel, StockLine, StockNumber, StockPage, StockTotal,
};
use crate::views::format;
use crate::web::pager::pager;
use crate::web::{App, frame};

const HEADINGS: [(SortBy, &str); 4] = [
    (SortBy::ActualQty, "On hand"),
    (SortBy::ReservedQty, "Reserved"),
    (SortBy::OrderedQty, "Ordered"),
    (SortBy::ProjectedQty, "Projected"),
];

/// Stock on its way to becoming a page.
pub struct Shown<'a> {
    pub app: &'a App,
    pub request: &'a StockRequest,
    pub balance: &'a Balance,
    /// All customers of the user.
    pub customers: Vec<CustomerName>,
}

impl Shown<'_> {
    /// The page.
    pub fn page(&self, frame: context::Frame) -> StockPage {
        let Self {
            request, balance, ..
        } = *self;
        let size = u64::from(request.page_size.get());
        let start = (u64::from(request.page.max(1)) - 1) * size;
        let shown = balance
            .groups
            .iter()
            .map(|group| group.rows.len() as u64)
            .sum::<u64>();
        let total = balance.total as u64;
        StockPage {
            frame,
            title: BuiltIn::StockBalance.title().to_owned(),
            intro: BuiltIn::StockBalance.text().to_owned(),
            action: path(),
            groupings: self.groupings(),
            count: format!(
                "{} in {}",
                format::count(balance.items as u64, "item", "items"),
                format::count(balance.warehouses as u64, "warehouse", "warehouses"),
            ),
            totals: totals(&balance.totals),
            columns: self.columns(),
            groups: balance
                .groups
                .iter()
                .map(|group| self.group(group))
                .collect(),
            total,
            first_row: if shown == 0 { 0 } else { start + 1 },
            last_row: if shown == 0 { 0 } else { start + shown },
            pager: pager(
                u64::from(request.page.max(1)),
                total.div_ceil(size).max(1),
                |number| {
                    self.href(|request| request.page = u32::try_from(number).unwrap_or(u32::MAX))
                },
            ),
            page_sizes: PAGE_SIZES
                .iter()
                .filter_map(|size| PageSize::new(*size))
                .map(|size| LinkChoice {
                    label: size.get().to_string(),
                    href: self.first_page(|request| request.page_size = size),
                    selected: size == request.page_size,
                })
                .collect(),
            sorts: self.sorts(),
            search: Search {
                value: request.search.clone().unwrap_or_default(),
                hint: "Item, name or your code".to_owned(),
            },
            filters: self.filters(),
            customers: self.customer_choices(),
            active: self.active(),
            clear_href: self.href(StockRequest::clear),
            hidden: self.hidden(),
            cut: balance.cut_at.map(|most| {
                format!(
                    "You have more stock than is shown here: only the first {} rows were read, so totals are too low.",
                    format::whole(most.into())
                )
            }),
            bare: (balance.is_bare && shown > 0).then(|| {
                "Nothing of yours is on hand in our warehouses at the moment. What stands here is reserved, on its way, or has been here before.".to_owned()
            }),
            empty: (shown == 0).then(|| self.empty()),
            as_of: format::as_of(balance.as_of, self.app.portal.time_zone(), false),
        }
    }

    /// The address of this page after a change.
    fn href(&self, change: impl FnOnce(&mut StockRequest)) -> String {
        let mut request = self.request.clone();
        change(&mut request);
        href(&request)
    }

    fn first_page(&self, change: impl FnOnce(&mut StockRequest)) -> String {
        self.href(|request| {
            change(request);
            request.page = 1;
        })
    }

    fn groupings(&self) -> Vec<LinkChoice> {
        [
            (Grouping::Item, "By item"),
            (Grouping::Warehouse, "By warehouse"),
        ]
        .map(|(grouping, label)| LinkChoice {
            label: label.to_owned(),
            href: self.first_page(|request| request.group = grouping),
            selected: self.request.group == grouping,
        })
        .into()
    }

    fn columns(&self) -> Vec<Column> {
        let (by, label) = match self.request.group {
            Grouping::Item => (SortBy::ItemCode, "Item"),
            Grouping::Warehouse => (SortBy::Warehouse, "Warehouse"),
        };
        std::iter::once((by, label))
            .chain(HEADINGS)
            .map(|(by, label)| {
                let current = self.request.sort.by == by;
                let now = self.request.sort.descending;
                // The first click on a number shows the largest.
                let descending = if current { !now } else { by.is_quantity() };
                Column {
                    label: label.to_owned(),
                    numeric: by.is_quantity(),
                    primary: !by.is_quantity(),
                    sort: Some(context::Sort {
                        href: self.first_page(|request| request.sort = Sort { by, descending }),
                        direction: match (current, now) {
                            (false, _) => Direction::None,
                            (true, false) => Direction::Ascending,
                            (true, true) => Direction::Descending,
                        },
                    }),
                }
            })
            .collect()
    }

    fn sorts(&self) -> Vec<Choice> {
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
                });
            }
        }
        sorts
    }

    fn group(&self, group: &Group) -> StockGroup {
        let several = self.customers.len() > 1;
        let mut label = match &group.key {
            GroupKey::Item(customer, item) => StockLabel {
                customer: several.then(|| customer.to_string()),
                ..item_label(item)
            },
            GroupKey::Warehouse(_, label) => StockLabel {
                text: label.clone(),
                ..StockLabel::default()
            },
        };
        let many = match group.key {
            GroupKey::Item(..) => "warehouses",
            GroupKey::Warehouse(..) => "items",
        };
        let here = group.rows.len();
        let part = (here < group.total).then(|| format!("{here} of {} {many}", group.total));
        let mut rows: Vec<StockLine> = group
            .rows
            .iter()
            .map(|(row, place)| self.line(row, place, several))
            .collect();
        // An item in one warehouse needs no second line.
        if let (GroupKey::Item(..), [(_, place)], 1) =
            (&group.key, group.rows.as_slice(), group.total)
        {
            label.place = Some(place.clone());
            rows.clear();
        }
        StockGroup {
            label,
            totals: totals(&group.totals),
            rows,
            part,
        }
    }

    fn line(&self, row: &StockRow, place: &str, several: bool) -> StockLine {
        let label = match self.request.group {
            Grouping::Item => StockLabel {
                text: place.to_owned(),
                ..StockLabel::default()
            },
            Grouping::Warehouse => StockLabel {
                customer: several.then(|| row.customer.to_string()),
                ..item_label(&row.item)
            },
        };
        StockLine {
            label,
            quantity: total(&row.stock_uom, &row.quantities),
        }
    }

    fn filters(&self) -> Vec<FilterControl> {
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
                        label: format!("{}{}", "\u{2003}".repeat(choice.depth), choice.label),
                        selected: contains(&self.request.warehouses, choice.name.as_str()),
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
                    .map(|group| Choice {
                        value: group.clone(),
                        label: group.clone(),
                        selected: contains(&self.request.item_groups, group),
                    })
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

    fn customer_choices(&self) -> Vec<Choice> {
        if self.customers.len() < 2 {
            return Vec::new();
        }
        self.customers
            .iter()
            .map(|customer| Choice {
                value: customer.to_string(),
                label: customer.to_string(),
                selected: self.request.customers.contains(customer),
            })
            .collect()
    }

    fn active(&self) -> Vec<ActiveFilter> {
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

    /// What the form keeps: how the page is put together, and the items that it has no field for.
    fn hidden(&self) -> Vec<(String, String)> {
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

    fn empty(&self) -> EmptyState {
        let state = |title: &str, text: &str, action| EmptyState {
            title: title.to_owned(),
            text: text.to_owned(),
            action,
        };
        if self.balance.total > 0 {
            return state(
                "This page is past the end",
                "The list has become shorter, or the address names a page that it never had.",
                Some(Action::primary(
                    "To the first page",
                    self.first_page(|_| {}),
                )),
            );
        }
        if self.request.is_filtered() && !self.balance.is_bare {
            return state(
                "No stock matches",
                "Take a filter off, or search for less.",
                Some(Action::primary(
                    "Clear all filters",
                    self.href(StockRequest::clear),
                )),
            );
        }
        state(
            "Nothing in stock",
            "We hold no goods of yours at the moment. As soon as some arrive in our warehouses, they stand here.",
            None,
        )
    }
}

/// The page's address.
fn path() -> String {
    format!("/{}", BuiltIn::StockBalance.name())
}

/// The address of what is asked for.
pub fn href(request: &StockRequest) -> String {
    frame::with_query(path(), request.pairs())
}

fn contains(chosen: &[String], value: &str) -> bool {
    chosen.iter().any(|chosen| chosen == value)
}

fn item_label(item: &Item) -> StockLabel {
    let code = item.item_code.as_str();
    StockLabel {
        text: code.to_owned(),
        code: true,
        name: item.item_name.clone().filter(|name| name != code),
        own_code: item.ref_code.clone(),
        ..StockLabel::default()
    }
}

fn totals(totals: &[Total]) -> Vec<StockTotal> {
    totals
        .iter()
        .map(|sum| total(&sum.stock_uom, &sum.quantities))
        .collect()
}

fn total(unit: &str, quantities: &Quantities) -> StockTotal {
    let numbers = quantities.named().into_iter().zip(HEADINGS);
    StockTotal {
        unit: unit.to_owned(),
        numbers: numbers
            .map(|((_, number), (_, label))| StockNumber {
                label: label.to_owned(),
                text: format::number(number, 3),
                kind: if number < 0.0 {
                    "negative"
                } else if number == 0.0 {
                    "zero"
                } else {
                    ""
                },
            })
            .collect(),
    }
}
