//! What a list offers whatever its rows are: filters, orders, views and sizes, with the address of
//! each. So it can be made ready while the rows are asked for.

use crate::frappe::CustomerName;
use crate::portal::page::{Field, Kind, Page, SortKey, View};
use crate::portal::request::{ListRequest, PAGE_SIZES};
use crate::views::context::{
    Column, Direction, ExportLink, FilterForm, Headings, LinkChoice, Search, Sort, Views,
};
use crate::web::{App, export, frame, present};

/// A list and what was asked of it, from which ways lead to other requests.
#[derive(Clone, Copy)]
pub struct Ways<'a> {
    pub page: &'a Page,
    pub request: &'a ListRequest,
}

/// What is offered.
pub struct Offered {
    pub page_sizes: Vec<LinkChoice>,
    /// The presets and the form, made already where that went well.
    pub form: FilterForm,
    pub exports: Vec<ExportLink>,
}

impl Ways<'_> {
    /// All that is offered to somebody with these customers.
    pub fn offered(&self, app: &App, customers: &[CustomerName]) -> Offered {
        let Self { page, request } = *self;
        let sizes = PAGE_SIZES.iter().map(|size| LinkChoice {
            label: size.to_string(),
            href: self.href(|request| {
                request.page = 1;
                request.page_size = *size;
            }),
            selected: *size == request.page_size,
        });
        Offered {
            page_sizes: sizes.collect(),
            form: self.form(customers).ahead(&app.views),
            exports: export::links(&frame::href(page), &request.export_pairs(page)),
        }
    }

    /// The columns of the page, with the ways to order by each, and one for the customers where there
    /// are several.
    pub fn headings(&self, app: &App, customers: &[CustomerName]) -> Headings {
        let columns = self.page.columns.iter().map(|column| self.column(column));
        let customer = (customers.len() > 1).then(|| Column::new("Customer"));
        Headings::ahead(columns.chain(customer).collect(), &app.views)
    }

    fn form(&self, customers: &[CustomerName]) -> FilterForm {
        let Self { page, request } = *self;
        FilterForm {
            action: frame::href(page),
            title: page.title.clone(),
            views: self.views(),
            sorts: self.sorts(),
            search: (!page.search.is_empty()).then(|| Search {
                value: request.search.clone().unwrap_or_default(),
                hint: self.search_hint(),
            }),
            filters: page
                .filters
                .iter()
                .map(|filter| self.filter(filter))
                .collect(),
            customers: present::customer_choices(customers, &request.customers),
            active: self.active(),
            clear_href: self.unfiltered(),
            hidden: self.hidden(),
            made: None,
        }
    }

    /// The address of this list after a change.
    pub(super) fn href(&self, change: impl FnOnce(&mut ListRequest)) -> String {
        let mut request = self.request.clone();
        change(&mut request);
        super::href(self.page, &request)
    }

    /// The view that was chosen.
    pub(super) fn view(&self) -> Option<&View> {
        self.request.chosen_view(self.page)
    }

    pub(super) fn first_page(&self, change: impl FnOnce(&mut ListRequest)) -> String {
        self.href(|request| {
            change(request);
            request.page = 1;
        })
    }

    /// The address of this list without its filters.
    pub(super) fn unfiltered(&self) -> String {
        self.first_page(|request| {
            request.customers.clear();
            request.choices.clear();
            request.dates.clear();
            request.search = None;
        })
    }

    /// The presets, the whole list first. They keep the customers, the order and the size of a page;
    /// filters and search begin anew.
    fn views(&self) -> Option<Views> {
        if self.page.views.is_empty() {
            return None;
        }
        let to = |view: Option<&View>| {
            self.first_page(|request| {
                request.view = view.map(|view| view.name.clone());
                request.choices.clear();
                request.dates.clear();
                request.search = None;
            })
        };
        let chosen = self.view().map(|view| &view.name);
        let all = LinkChoice {
            label: "All".to_owned(),
            href: to(None),
            selected: chosen.is_none(),
        };
        let presets = self.page.views.iter().map(|view| LinkChoice {
            label: view.label.clone(),
            href: to(Some(view)),
            selected: chosen == Some(&view.name),
        });
        Some(Views {
            tabs: std::iter::once(all).chain(presets).collect(),
            text: self
                .view()
                .map(|view| view.text.clone())
                .filter(|text| !text.is_empty()),
        })
    }

    fn column(&self, field: &Field) -> Column {
        let current = self.request.sort.field == field.field;
        let sort = field.sortable.then(|| Sort {
            href: self.href(|request| {
                // The first click on a date or number shows the newest or largest.
                let descending = if current {
                    !request.sort.descending
                } else {
                    largest_first(field.kind)
                };
                request.sort = SortKey {
                    field: field.field.clone(),
                    descending,
                };
                request.page = 1;
            }),
            direction: match (current, self.request.sort.descending) {
                (false, _) => Direction::None,
                (true, false) => Direction::Ascending,
                (true, true) => Direction::Descending,
            },
        });
        Column {
            label: field.label.clone(),
            numeric: field.kind == Kind::Number,
            primary: field.field.as_str() == "name",
            sort,
        }
    }
}

pub(super) const fn largest_first(kind: Kind) -> bool {
    matches!(kind, Kind::Date | Kind::Datetime | Kind::Number)
}
