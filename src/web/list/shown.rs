//! A list as its page: columns, filters, pages and orders, with the address of each.

use crate::portal::page::{Kind, Page, SortKey, View};
use crate::portal::request::{ListRequest, PAGE_SIZES};
use crate::portal::value::Value;
use crate::portal::{List, Row};
use crate::views::context::{
    self, Action, Cell, Column, Direction, EmptyState, LinkChoice, ListPage, Notice, Noun, Pager,
    Search, Sort, Table, Tone, Views,
};
use crate::web::archive;
use crate::web::pager::pager;
use crate::web::present::{self, cell, document_href};
use crate::web::{App, export, frame};

/// A list on its way to becoming a page.
pub struct Shown<'a> {
    pub app: &'a App,
    pub page: &'a Page,
    pub request: &'a ListRequest,
    pub list: &'a List,
}

impl Shown<'_> {
    /// The page.
    pub fn page(&self, frame: context::Frame) -> ListPage {
        let Self {
            page,
            request,
            list,
            ..
        } = *self;
        let start = u64::from(request.page - 1) * u64::from(request.page_size);
        let shown = list.rows.len() as u64;
        let several = list.choices.len() > 1;
        let mut columns: Vec<Column> = page
            .columns
            .iter()
            .map(|column| self.column(column))
            .collect();
        if several {
            columns.push(Column::new("Customer"));
        }
        ListPage {
            frame: self.noticed(frame),
            title: page.title.clone(),
            intro: Some(page.text.clone()).filter(|text| !text.is_empty()),
            views: self.views(),
            action: frame::href(page),
            noun: Noun {
                one: present::in_a_sentence(&page.one),
                many: present::in_a_sentence(&page.title),
            },
            table: Table::new(
                columns,
                list.rows.iter().map(|row| self.row(row, several)).collect(),
            ),
            archive: (page.files.is_some() && shown > 0).then(|| archive::selection_href(page)),
            total: list.total,
            first_row: if shown == 0 { 0 } else { start + 1 },
            last_row: if shown == 0 { 0 } else { start + shown },
            pager: self.pager(),
            page_sizes: PAGE_SIZES
                .iter()
                .map(|size| LinkChoice {
                    label: size.to_string(),
                    href: self.href(|request| {
                        request.page = 1;
                        request.page_size = *size;
                    }),
                    selected: *size == request.page_size,
                })
                .collect(),
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
            customers: present::customer_choices(&list.choices, &request.customers),
            active: self.active(),
            clear_href: self.href(|request| {
                request.customers.clear();
                request.choices.clear();
                request.dates.clear();
                request.search = None;
                request.page = 1;
            }),
            hidden: self.hidden(),
            empty: (shown == 0).then(|| self.empty()),
            exports: export::links(&frame::href(page), &request.export_pairs(page)),
            as_of: present::shown_as_of(self.app, list.as_of, super::href(page, request)),
        }
    }

    /// The address of this list after a change.
    fn href(&self, change: impl FnOnce(&mut ListRequest)) -> String {
        let mut request = self.request.clone();
        change(&mut request);
        super::href(self.page, &request)
    }

    /// The view that was chosen.
    pub(super) fn view(&self) -> Option<&View> {
        let name = self.request.view.as_ref()?;
        self.page.view(name.as_str())
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

    /// Says above the page what a bound has left out.
    fn noticed(&self, mut frame: context::Frame) -> context::Frame {
        if !self.list.is_whole {
            let many = present::in_a_sentence(&self.page.title);
            let hint = if self.list.customers.len() > 1 {
                " Choose one customer to look through fewer."
            } else {
                ""
            };
            frame.notices.push(Notice {
                tone: Tone::Warn,
                text: format!(
                    "There are so many {many} that not all of them were looked through here; some may be missing.{hint}"
                ),
            });
        }
        frame
    }

    fn column(&self, field: &crate::portal::page::Field) -> Column {
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

    fn row(&self, row: &Row, several: bool) -> context::Row {
        let href = document_href(self.page, &row.name);
        let zone = self.app.portal.time_zone();
        let mut cells: Vec<Cell> = self
            .page
            .columns
            .iter()
            .map(|column| {
                if column.field.as_str() == "name" {
                    // The row's own link goes around it.
                    return Cell::code(row.name.as_str());
                }
                let value = row.fields.get(&column.field).unwrap_or(&Value::Empty);
                cell(value, column, self.page, zone)
            })
            .collect();
        if several {
            cells.push(Cell::text(row.customer.as_str()));
        }
        context::Row {
            name: self.page.files.is_some().then(|| row.name.to_string()),
            href: Some(href),
            cells,
        }
    }

    fn pager(&self) -> Pager {
        let size = u64::from(self.request.page_size);
        let last = self.list.total.div_ceil(size).max(1);
        pager(u64::from(self.request.page), last, |number| {
            self.href(|request| request.page = u32::try_from(number).unwrap_or(u32::MAX))
        })
    }

    pub(super) fn first_page(&self, change: impl FnOnce(&mut ListRequest)) -> String {
        self.href(|request| {
            change(request);
            request.page = 1;
        })
    }

    fn empty(&self) -> EmptyState {
        let many = present::in_a_sentence(&self.page.title);
        let state = |title: String, text: &str, action| EmptyState {
            title,
            text: text.to_owned(),
            action,
        };
        if self.list.total > 0 {
            let to = self.first_page(|_| {});
            return state(
                "This page is past the end".to_owned(),
                "The list has become shorter, or the address names a page that it never had.",
                Some(Action::primary("To the first page", to)),
            );
        }
        if self.request.is_filtered() {
            let to = self.first_page(|request| {
                request.customers.clear();
                request.choices.clear();
                request.dates.clear();
                request.search = None;
            });
            return state(
                format!("No {many} match"),
                "Take a filter off, or search for less.",
                Some(Action::primary("Clear all filters", to)),
            );
        }
        if let Some(view) = self.view() {
            let to = self.first_page(|request| request.view = None);
            return state(
                "Nothing here right now".to_owned(),
                &format!("None of your {many} is in “{}”.", view.label),
                Some(Action::primary(format!("Show all {many}"), to)),
            );
        }
        state(
            format!("No {many} yet"),
            "As soon as there is one for you, it stands here.",
            None,
        )
    }
}

pub(super) const fn largest_first(kind: Kind) -> bool {
    matches!(kind, Kind::Date | Kind::Datetime | Kind::Number)
}
