//! The context of a list: a table, the ways to narrow and order it, and the pages of it.

use serde::Serialize;

use super::{Action, AsOf, Frame, Page, Part, SafeHtml, Table};
use crate::views::samples;

/// A declared page as a list.
#[derive(Debug, Clone, Serialize)]
pub struct ListPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The heading: `Transport Jobs`.
    pub title: String,
    /// One sentence below it.
    pub intro: Option<String>,
    /// Its presets, and the form that narrows it.
    pub form: FilterForm,
    /// What one row is called: `job`; for the count above the table.
    pub noun: Noun,
    /// The columns, and the rows of this page of the list.
    pub table: Table,
    /// Where the papers of the rows that are ticked can be saved from, where rows have papers.
    pub archive: Option<String>,
    /// How many rows there are with these filters.
    pub total: u64,
    /// The number of the first row shown, from 1; 0 when there is none.
    pub first_row: u64,
    /// The number of the last row shown.
    pub last_row: u64,
    /// The ways to the other pages of the list; empty where there is only one.
    pub pager: Pager,
    /// How many rows a page may have.
    pub page_sizes: Vec<LinkChoice>,
    /// What is said when there are no rows.
    pub empty: Option<EmptyState>,
    /// The forms in which all rows can be taken away.
    pub exports: Vec<ExportLink>,
    /// When the rows were read.
    pub as_of: AsOf,
}

/// What narrows a list: its presets, a form, and the filters that are at work.
#[derive(Debug, Clone, Default, Serialize)]
pub struct FilterForm {
    /// The route itself, without a query: where it sends its answers.
    pub action: String,
    /// The heading of the page.
    pub title: String,
    /// The presets of the list, where there are any.
    pub views: Option<Views>,
    /// The orders to choose from where the column headings are not shown; the values are those of
    /// the parameter `sort`. When this is not empty, it sends `sort` from here.
    pub sorts: Vec<Choice>,
    /// The search field, where the page has one.
    pub search: Option<Search>,
    /// The filters of the page.
    pub filters: Vec<FilterControl>,
    /// The user's customers, to be chosen among; empty when there is only one.
    pub customers: Vec<Choice>,
    /// The filters that are at work, each with the way to take it off.
    pub active: Vec<ActiveFilter>,
    /// The address of the page with no filter at all.
    pub clear_href: String,
    /// What it has to keep besides its own fields: `page_size`, and `sort` when
    /// [`sorts`](Self::sorts) is empty.
    pub hidden: Vec<(String, String)>,
    /// Its HTML, where that was made ahead; all else is empty then.
    pub made: Option<SafeHtml>,
}

impl FilterForm {
    /// The same as its HTML, where that can be made.
    #[must_use]
    pub fn ahead(self, views: &crate::views::Views) -> Self {
        match views.part(&self) {
            None => self,
            made => Self {
                made,
                ..Self::default()
            },
        }
    }
}

impl Part for FilterForm {
    const TEMPLATE: &'static str = "partials/filters.html";
    const MACRO: &'static str = "form";
}

/// A form in which all rows can be taken away.
#[derive(Debug, Clone, Serialize)]
pub struct ExportLink {
    /// What it is called: `CSV`, `Excel`.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Whether it is made before its first byte comes, which takes a while.
    pub is_made_first: bool,
}

/// The presets of a list, one of which is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Views {
    /// The whole list first, then its presets.
    pub tabs: Vec<LinkChoice>,
    /// What is in the one that is shown, in a sentence.
    pub text: Option<String>,
}

/// What one row is called, and several.
#[derive(Debug, Clone, Serialize)]
pub struct Noun {
    /// `job`
    pub one: String,
    /// `jobs`
    pub many: String,
}

/// The ways to the other pages of a list.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Pager {
    /// The page before.
    pub previous: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// The first, the last, and those around this one.
    pub numbers: Vec<PageNumber>,
}

/// One page of a list.
#[derive(Debug, Clone, Serialize)]
pub struct PageNumber {
    /// Its number, from 1.
    pub number: u64,
    /// Its address.
    pub href: String,
    /// Whether it is the one being shown.
    pub current: bool,
    /// Whether pages are left out just before it.
    pub gap: bool,
}

/// One of several values to choose from, in a form.
#[derive(Debug, Clone, Serialize)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen now.
    pub selected: bool,
    /// How many others it stands below, in a tree of choices.
    pub depth: usize,
}

impl Choice {
    /// A value that is read as it is sent, below no other.
    #[must_use]
    pub fn plain(value: impl Into<String>, selected: bool) -> Self {
        let value = value.into();
        Self {
            label: value.clone(),
            value,
            selected,
            depth: 0,
        }
    }
}

/// One of several addresses to choose from.
#[derive(Debug, Clone, Serialize)]
pub struct LinkChoice {
    /// What is read.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is what is shown now.
    pub selected: bool,
}

/// The search field; its parameter is `q`.
#[derive(Debug, Clone, Serialize)]
pub struct Search {
    /// What was searched for.
    pub value: String,
    /// What it looks through: `Job or reference`.
    pub hint: String,
}

/// One filter of a list.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FilterControl {
    /// Any number of declared values; the parameter may be sent several times.
    Choices {
        /// The parameter: `status`.
        name: String,
        /// What it is called.
        label: String,
        /// The values there are.
        options: Vec<Choice>,
    },
    /// A box to tick; its parameter is sent as 1.
    Tick {
        /// The parameter: `hide_zero`.
        name: String,
        /// What it does.
        label: String,
        /// Whether it is ticked.
        ticked: bool,
    },
    /// A first and a last day.
    Dates {
        /// The first day's parameter: `booking_date_from`.
        name_from: String,
        /// The last day's parameter: `booking_date_to`.
        name_to: String,
        /// What it is called.
        label: String,
        /// The first day, `2026-11-01`, or empty.
        from: String,
        /// The last day, or empty.
        to: String,
    },
}

/// A filter at work.
#[derive(Debug, Clone, Serialize)]
pub struct ActiveFilter {
    /// What it is called.
    pub label: String,
    /// What it is set to.
    pub value: String,
    /// The address of the list without it.
    pub remove_href: String,
}

/// What is said when a list has no rows.
#[derive(Debug, Clone, Serialize)]
pub struct EmptyState {
    /// What is the matter.
    pub title: String,
    /// Why, and what can be done.
    pub text: String,
    /// The way on.
    pub action: Option<Action>,
}

impl Page for ListPage {
    const TEMPLATE: &'static str = "pages/list.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::list::all()
    }
}
