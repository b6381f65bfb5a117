//! What needs attention now: the views of the user's pages that their files call so.
//!
//! Every view is read side by side with the others, by the questions that its own list asks, so
//! that following a number shows the same rows and often asks nothing. What cannot be read is said
//! to be unknown, never to be nothing; the end of the session, or of the site, is the whole page's.

use std::collections::BTreeMap;

use futures::future::join_all;
use jiff::Timestamp;

use super::answers::own_doctype;
use super::list::{Row, customer_of, query};
use super::page::{Entry, Page, View};
use super::proof::Visit;
use super::request::ListRequest;
use super::view::Within;
use super::{Error, scope_of};
use crate::frappe;

/// A view that says what needs attention.
#[derive(Clone, Debug)]
pub struct Attention<'page> {
    /// The page.
    pub page: &'page Page,
    /// The view of it.
    pub view: &'page View,
    /// What is in it; `None` when that could not be found out.
    pub found: Option<Found>,
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
    pub as_of: Timestamp,
}

impl Visit {
    /// What needs attention on the pages of the user's menu, in the order of the menu. Pages that
    /// turn out to be unreadable are left out.
    ///
    /// # Errors
    /// When the session has ended, or nothing at all could be read because Frappe does not answer.
    pub async fn attention(&self) -> Result<Vec<Attention<'_>>, Error> {
        let menu = self.menu().await;
        let mut asked = Vec::new();
        let pages = menu.into_iter().filter_map(|entry| match entry {
            Entry::Declared(page) => Some(&**page),
            Entry::BuiltIn(_) => None,
        });
        for page in pages {
            for view in page.views.iter().filter(|view| view.attention) {
                asked.push(async move { (page, view, self.found(page, view).await) });
            }
        }
        let mut attention = Vec::new();
        let mut outage = None;
        for (page, view, found) in join_all(asked).await {
            let found = match found {
                Ok(found) => Some(found),
                Err(Error::Unreadable | Error::NoCustomers) => continue,
                Err(problem @ Error::Frappe(frappe::Error::SignInRequired)) => return Err(problem),
                Err(problem) => {
                    tracing::warn!(user = %self.caller.user, page = %page.name, view = %view.name, %problem, "a view could not be read for the start page");
                    if is_outage(&problem) {
                        outage.get_or_insert(problem);
                    }
                    None
                }
            };
            attention.push(Attention { page, view, found });
        }
        match outage {
            Some(problem) if attention.iter().all(|view| view.found.is_none()) => Err(problem),
            _ => Ok(attention),
        }
    }

    /// What is in a view, in as few questions as it takes: the rows of its list's first page, and
    /// their number only where that page is full.
    pub(super) async fn found(&self, page: &Page, view: &View) -> Result<Found, Error> {
        let scope = scope_of(self, page)?;
        self.readable(&page.doctype).await?;
        let within = self.within(page, &scope, &scope, view, false).await?;
        let documents = within.documents();
        let mut found = Found {
            rows: Vec::new(),
            reasons: BTreeMap::new(),
            total: 0,
            is_whole: documents.is_none_or(|documents| documents.is_whole),
            as_of: documents.map_or(Timestamp::MAX, |documents| documents.as_of),
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
            .rows(self, &scope, query, |record| {
                customer_of(record, page, &scope).is_some()
            })
            .await;
        let rows = own_doctype(self, &page.doctype, rows).await?;
        found.as_of = found.as_of.min(rows.asked_at());
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
                let (total, counted_at) = own_doctype(self, &page.doctype, count).await?;
                found.as_of = found.as_of.min(counted_at);
                total
            }
        };
        Ok(found)
    }
}

/// Whether Frappe does not answer at all, or not now.
pub(super) const fn is_outage(problem: &Error) -> bool {
    matches!(
        problem,
        Error::Frappe(
            frappe::Error::Unavailable(_)
                | frappe::Error::RateLimited { .. }
                | frappe::Error::LockedOut { .. }
        )
    )
}
