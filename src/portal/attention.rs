//! What needs attention now: the views of the user's pages that their files call so.
//!
//! Which documents of a page are in its views its census says, and what the start page shows of the
//! first of them too. What cannot be read is said to be unknown, never to be nothing; the end of
//! the session, or of the site, is the whole page's.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use futures::future::join_all;

use super::Error;
use super::answers::own_doctype;
use super::as_of::AsOf;
use super::census::{Line, shown_on_start};
use super::list::{Row, base_filters, row_fields};
use super::own::Own;
use super::page::{BuiltIn, Entry, Field, Page, View};
use super::parts::{Part, Parts};
use super::scope::Scope;
use super::stock::{Balance, StockRequest};
use super::visit::Visit;
use crate::frappe::{FieldName, Filter, ListQuery, Record};

/// How many rows of a view the start page shows.
const ROWS: usize = 3;

/// What of a view's first rows is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstRows {
    /// Nothing.
    None,
    /// What the start page shows of them, which the census has.
    Shown,
    /// All that a list has.
    Whole,
}

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

/// What came of views of a page.
pub(super) struct OfPage<'page> {
    page: &'page Page,
    views: Vec<&'page View>,
    found: Vec<Result<Found, Error>>,
}

impl<'page> OfPage<'page> {
    /// What may be read of it, as parts of a page.
    ///
    /// # Errors
    /// When the session has ended.
    pub(super) fn known(self, parts: &mut Parts<'_>) -> Result<Vec<Attention<'page>>, Error> {
        let page = self.page;
        let mut known = Vec::new();
        for (view, found) in self.views.into_iter().zip(self.found) {
            let title = format!("{}: {}", page.title, view.label);
            if let Some(found) = parts.take(&title, found)? {
                known.push(Attention { page, view, found });
            }
        }
        Ok(known)
    }
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
    pub async fn attention(&self, rows: FirstRows) -> Result<Needed<'_>, Error> {
        let menu = self.entries();
        let mut asked = Vec::new();
        let mut has_stock = false;
        for entry in menu {
            match entry {
                Entry::Declared(page) => {
                    let views = page.views.iter().filter(|view| view.attention);
                    asked.push(self.found_in(page, views.collect(), rows));
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
        for of_page in found {
            views.extend(of_page.known(&mut parts)?);
        }
        let stock = match stock {
            Some(stock) => parts.take(BuiltIn::StockBalance.title(), stock)?,
            None => None,
        };
        parts.make_up(Needed { views, stock })
    }

    /// The same, and what could not be found out.
    pub(super) async fn found_in<'page>(
        &self,
        page: &'page Page,
        views: Vec<&'page View>,
        rows: FirstRows,
    ) -> OfPage<'page> {
        let found = if views.is_empty() {
            Ok(Vec::new())
        } else {
            self.found(page, &views, rows).await
        };
        let found = found.unwrap_or_else(|problem| vec![Err(problem); views.len()]);
        OfPage { page, views, found }
    }

    /// What is in these views of a page, and the first rows of each. What cannot be found out of
    /// one view is nothing to the others.
    ///
    /// # Errors
    /// What keeps all of the page from being read.
    async fn found(
        &self,
        page: &Page,
        views: &[&View],
        rows: FirstRows,
    ) -> Result<Vec<Result<Found, Error>>, Error> {
        let scope = self.scope_of(page)?;
        self.readable(&page.doctype)?;
        let taken = self.census(page, &scope).await?;
        let documents = views
            .iter()
            .map(|view| self.documents(page, &scope, &scope, view, &taken));
        let documents = join_all(documents).await;
        let census = taken.census().filter(|_| rows != FirstRows::None);
        let sorted = census.map_or_else(Vec::new, |census| census.sorted(&page.order));
        let found = documents.into_iter().map(|documents| {
            let documents = documents?;
            let in_view = |line: &&Line<'_>| documents.reasons.contains_key(line.name());
            let first: Vec<Line<'_>> = sorted.iter().filter(in_view).take(ROWS).copied().collect();
            Ok((documents, first))
        });
        let found: Vec<Result<_, Error>> = found.collect();
        let mut lines: BTreeMap<&str, Record> = BTreeMap::new();
        for line in found.iter().flatten().flat_map(|(_, first)| first) {
            lines.insert(line.name(), line.record());
        }
        let (records, as_of) = match rows {
            FirstRows::Whole => self.whole_rows(page, &scope, lines.keys().copied()).await?,
            FirstRows::None | FirstRows::Shown => {
                let told: Vec<_> = lines
                    .values()
                    .map(|line| line.to_json().to_string())
                    .collect();
                (lines.into_values().collect(), AsOf::NOTHING.telling(&told))
            }
        };
        let shown: Vec<&Field> = match rows {
            FirstRows::Whole => page.columns.iter().collect(),
            FirstRows::None | FirstRows::Shown => shown_on_start(page).collect(),
        };
        let read = |record| Row::read(record, page, &scope, shown.iter().copied());
        let read = records.iter().filter_map(read);
        let rows: BTreeMap<String, Row> = read.map(|row| (row.name.to_string(), row)).collect();
        let found = found.into_iter().map(|found| {
            let (documents, first) = found?;
            let of_view = first.iter();
            Ok(Found {
                rows: of_view
                    .filter_map(|line| rows.get(line.name()).cloned())
                    .collect(),
                total: documents.reasons.len() as u64,
                as_of: documents.as_of.telling(&documents.reasons).and(as_of),
                reasons: documents.reasons,
                is_whole: documents.is_whole,
            })
        });
        Ok(found.collect())
    }

    /// The rows of these documents as a list has them: one question.
    async fn whole_rows<'a>(
        &self,
        page: &Page,
        scope: &Arc<Scope>,
        names: impl ExactSizeIterator<Item = &'a str>,
    ) -> Result<(Vec<Record>, AsOf), Error> {
        let length = u32::try_from(names.len()).ok().and_then(NonZeroU32::new);
        let Some(length) = length else {
            return Ok((Vec::new(), AsOf::NOTHING));
        };
        let fields = row_fields(page, &page.columns);
        let mut query = ListQuery::new(page.doctype.clone(), fields, length);
        query.filters = base_filters(page, scope);
        query.filters.push(Filter::one_of(FieldName::name(), names));
        let own = Own::documents(page, scope);
        let rows = self.portal.answers.rows(self, scope, query, own).await;
        let rows = own_doctype(self, &page.doctype, rows)?;
        Ok((rows.records().to_vec(), rows.as_of()))
    }
}
