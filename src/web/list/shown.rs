//! A list as its page: its rows, and what stands around them.

use super::offered::{Offered, Ways};
use crate::portal::page::{Field, Kind, Page};
use crate::portal::value::Value;
use crate::portal::{List, Row};
use crate::views::context::{
    self, Action, Cell, EmptyState, Headings, ListPage, Notice, Noun, Pager, TableAhead, Tone,
};
use crate::web::App;
use crate::web::archive;
use crate::web::pager::pager;
use crate::web::present::{self, cell, document_href};

/// A list on its way to becoming a page.
pub struct Shown<'a> {
    pub app: &'a App,
    pub ways: Ways<'a>,
    pub list: &'a List,
}

impl Shown<'_> {
    /// The page, with what was offered beside the rows, and with these.
    pub fn page(&self, frame: context::Frame, offered: Offered, table: TableAhead) -> ListPage {
        let (Ways { page, request }, list) = (self.ways, self.list);
        let start = u64::from(request.page - 1) * u64::from(request.page_size);
        let shown = list.rows.len() as u64;
        let as_of = present::shown_as_of(self.app, list.as_of, super::href(page, request));
        ListPage {
            frame: self.noticed(frame),
            title: page.title.clone(),
            intro: Some(page.text.clone()).filter(|text| !text.is_empty()),
            form: offered.form,
            noun: Noun {
                one: present::in_a_sentence(&page.one),
                many: present::in_a_sentence(&page.title),
            },
            table: table.complete(self.ways_of_goods()),
            archive: (page.files.is_some() && shown > 0).then(|| archive::selection_href(page)),
            total: list.total,
            first_row: if shown == 0 { 0 } else { start + 1 },
            last_row: if shown == 0 { 0 } else { start + shown },
            pager: self.pager(),
            page_sizes: offered.page_sizes,
            empty: (shown == 0).then(|| self.empty()),
            exports: offered.exports,
            as_of,
        }
    }

    /// Says above the page what a bound has left out.
    fn noticed(&self, mut frame: context::Frame) -> context::Frame {
        if !self.list.is_whole {
            let many = present::in_a_sentence(&self.ways.page.title);
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

    /// Where the goods of the rows come from and go to, which is known last.
    fn ways_of_goods(&self) -> impl Iterator<Item = Cell> {
        let (page, zone) = (self.ways.page, self.app.portal.time_zone());
        let column = page
            .columns
            .iter()
            .find(|column| column.kind == Kind::Route);
        column.into_iter().flat_map(move |column| {
            let way = |row: &Row| row.fields.get(&column.field).cloned();
            let cell = |way: Option<Value>| cell(&way.unwrap_or(Value::Empty), column, page, zone);
            self.list.rows.iter().map(way).map(cell)
        })
    }

    fn pager(&self) -> Pager {
        let size = u64::from(self.ways.request.page_size);
        let last = self.list.total.div_ceil(size).max(1);
        pager(u64::from(self.ways.request.page), last, |number| {
            self.ways
                .href(|request| request.page = u32::try_from(number).unwrap_or(u32::MAX))
        })
    }

    fn empty(&self) -> EmptyState {
        let many = present::in_a_sentence(&self.ways.page.title);
        let state = |title: String, text: &str, action| EmptyState {
            title,
            text: text.to_owned(),
            action,
        };
        if self.list.total > 0 {
            let to = self.ways.first_page(|_| {});
            return state(
                "This page is past the end".to_owned(),
                "The list has become shorter, or the address names a page that it never had.",
                Some(Action::primary("To the first page", to)),
            );
        }
        if self.ways.request.is_filtered() {
            return state(
                format!("No {many} match"),
                "Take a filter off, or search for less.",
                Some(Action::primary("Clear all filters", self.ways.unfiltered())),
            );
        }
        if let Some(view) = self.ways.view() {
            let to = self.ways.first_page(|request| request.view = None);
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

/// The table of these rows, each with its customer where there are several, before it is known where
/// their goods come from and go to.
pub fn table(
    app: &App,
    page: &Page,
    headings: Headings,
    rows: &[Row],
    several: bool,
) -> TableAhead {
    let zone = app.portal.time_zone();
    let value = |row: &Row, column: &Field| {
        if column.field.as_str() == "name" {
            // The row's own link goes around it.
            return Cell::code(row.name.as_str());
        }
        let value = row.fields.get(&column.field).unwrap_or(&Value::Empty);
        cell(value, column, page, zone)
    };
    let shown = |row: &Row| {
        let columns = page.columns.iter();
        let mut cells: Vec<Cell> = columns.map(|column| value(row, column)).collect();
        if several {
            cells.push(Cell::text(row.customer.as_str()));
        }
        context::Row {
            name: page.files.is_some().then(|| row.name.to_string()),
            href: Some(document_href(page, &row.name)),
            cells,
        }
    };
    let mut kinds = page.columns.iter();
    let late = kinds.position(|column| column.kind == Kind::Route);
    TableAhead::new(headings, rows.iter().map(shown), late, &app.views)
}
