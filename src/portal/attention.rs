//! What needs attention now: the views of the user's pages that their files call so.
//!
//! Every view is read side by side with the others, by the questions that its own list asks, so
//! that following a number shows the same rows and often asks nothing. What cannot be read is said
//! to be unknown, never to be nothing; the end of the session, or of the site, is the whole page's.

use std::collections::BTreeMap;

use futures::future::join_all;

use super::Error;
use super::answers::own_doctype;
use super::as_of::AsOf;
use super::list::{Row, query};
use super::own::Own;
use super::page::{BuiltIn, Entry, Page, View};
use super::parts::{Part, Parts};
use super::proof::Visit;
use super::request::ListRequest;
use super::stock::{Balance, StockRequest};
use super::view::Within;

/// A view, and what is in it now.
#[derive(Debug)]
pub struct Attention<'page> {
    /// The page.
    pub page: &'page Page,
    /// The view of it.
    pub view: &'page View,
    /// What is in it.
    pub found: Part<Found>,
}

/// What is in a view.
#[derive(Clone, Debug)]
pub struct Found {
    /// The first rows, in the order of the list.
    pub rows: Vec<Row>,
    /// Why a row is in it, by its name, where the view names reasons (the papers that are missing).
    pub reasons: BTreeMap<String, Vec<String>>,
    /// How many rows there are.
    pub total: u64,
    /// Whether these are all: false when a bound has left documents out.
    pub is_whole: bool,
    /// When Frappe was asked; of several answers, the oldest.
    pub as_of: AsOf,
}

/// What needs attention on the pages of a user's menu.
#[derive(Debug)]
pub struct Needed<'page> {
    /// The views, in the order of the menu.
    pub views: Vec<Attention<'page>>,
    /// The items of which nothing is on hand.
    pub stock: Option<Part<Balance>>,
}

impl Needed<'_> {
    /// Of when it is; of several answers, the oldest.
    #[must_use]
    pub fn as_of(&self) -> Option<AsOf> {
        let of_views = self
            .views
            .iter()
            .filter_map(|attention| Some(attention.found.known()?.as_of));
        let stock = self.stock.as_ref().and_then(Part::known);
        of_views
            .chain(stock.map(|balance| balance.as_of))
            .reduce(AsOf::and)
    }
}

impl Visit {
    /// What needs attention now.
    ///
    /// # Errors
    /// When the session has ended, or nothing at all could be read because Frappe does not answer.
    pub async fn attention(&self) -> Result<Needed<'_>, Error> {
        let menu = self.entries();
        let mut asked = Vec::new();
        let mut has_stock = false;
        for entry in menu {
            match entry {
                Entry::Declared(page) => {
                    for view in page.views.iter().filter(|view| view.attention) {
                        asked.push(async move { (&**page, view, self.found(page, view).await) });
                    }
                }
                Entry::BuiltIn(page) => has_stock |= *page == BuiltIn::StockBalance,
            }
        }
        let read_stock = async {
            if has_stock {
                Some(self.balance(&StockRequest::out_of_stock()).await)
            } else {
                None
            }
        };
        let (found, stock) = tokio::join!(join_all(asked), read_stock);
        let mut parts = Parts::of(self);
        let mut views = Vec::new();
        for (page, view, found) in found {
            let title = format!("{}: {}", page.title, view.label);
            if let Some(found) = parts.take(&title, found)? {
                views.push(Attention { page, view, found });
            }
        }
        let stock = match stock {
            Some(stock) => parts.take(BuiltIn::StockBalance.title(), stock)?,
            None => None,
        };
        parts.make_up(Needed { views, stock })
    }

    /// What is in a view, in as few questions as it takes: the rows of its list's first page, and
    /// their number only where that page is full.
    pub(super) async fn found(&self, page: &Page, view: &View) -> Result<Found, Error> {
        let scope = self.scope_of(page)?;
        self.readable(&page.doctype)?;
        let within = self.within(page, &scope, &scope, view, false).await?;
        let documents = within.documents();
        let mut found = Found {
            rows: Vec::new(),
            reasons: BTreeMap::new(),
            total: 0,
            is_whole: documents.is_none_or(|documents| documents.is_whole),
            as_of: documents.map_or(AsOf::NOTHING, |documents| documents.as_of),
        };
        if documents.is_some_and(|documents| documents.reasons.is_empty()) {
            return Ok(found);
        }
        let request = ListRequest {
            view: Some(view.name.clone()),
            ..ListRequest::plain(page)
        };
        let query = query(page, &scope, &request, Some(&within));
        let (count, length) = (query.count(), query.length.get() as usize);
        let answers = &self.portal.answers;
        let rows = answers
            .rows(self, &scope, query, Own::documents(page, &scope))
            .await;
        let rows = own_doctype(self, &page.doctype, rows)?;
        found.as_of = found.as_of.and(rows.as_of());
        found.rows = rows
            .records()
            .iter()
            .filter_map(|record| Row::read(record, page, &scope))
            .collect();
        found.total = match within {
            Within::Documents(documents) => {
                found.reasons = documents.reasons;
                found.reasons.len() as u64
            }
            Within::Conditions(..) if rows.records().len() < length => rows.records().len() as u64,
            Within::Conditions(..) => {
                let count = answers.count(self, &scope, count).await;
                let (total, counted_as_of) = own_doctype(self, &page.doctype, count)?;
                found.as_of = found.as_of.and(counted_as_of);
                total
            }
        };
        Ok(found)
    }
}
