//! The stock as its page: groups, filters and totals, with the address of each.

use crate::frappe::CustomerName;
use crate::portal::page::BuiltIn;
use crate::portal::request::PAGE_SIZES;
use crate::portal::stock::{
    Balance, Group, GroupKey, Grouping, Item, PageSize, Quantities, Sort, SortBy, StockRequest,
    StockRow, Total,
};
use crate::views::context::{
    self, Action, Column, Direction, EmptyState, FilterForm, LinkChoice, Search, StockGroup,
    StockLabel, StockLine, StockNumber, StockPage, StockTotal,
};
use crate::views::format;
use crate::web::pager::pager;
use crate::web::present;
use crate::web::{App, export, frame};

/// The quantities, and what they are called.
pub(super) const HEADINGS: [(SortBy, &str); 4] = [
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
            form: self.form(),
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
            exports: export::links(&path(), &request.export_pairs()),
            as_of: present::shown_as_of(self.app, balance.as_of, href(request)),
        }
    }

    fn form(&self) -> FilterForm {
        let request = self.request;
        FilterForm {
            action: path(),
            title: BuiltIn::StockBalance.title().to_owned(),
            views: None,
            sorts: self.sorts(),
            search: Some(Search {
                value: request.search.clone().unwrap_or_default(),
                hint: "Item, name or your code".to_owned(),
            }),
            filters: self.filters(),
            customers: present::customer_choices(&self.customers, &request.customers),
            active: self.active(),
            clear_href: self.href(StockRequest::clear),
            hidden: self.hidden(),
            made: None,
        }
    }

    /// The address of this page after a change.
    fn href(&self, change: impl FnOnce(&mut StockRequest)) -> String {
        let mut request = self.request.clone();
        change(&mut request);
        href(&request)
    }

    pub(super) fn first_page(&self, change: impl FnOnce(&mut StockRequest)) -> String {
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
