//! All rows of a list, to be taken away: read in pieces, in the visitor's order.
//!
//! It is the list's own question with its filters and checks, asked again and again from another
//! start, in an order that ends in the name; how a list is read that changes meanwhile is `reading`'s
//! business. Rows are held against the scope before they leave here. Nothing is remembered: what
//! nobody asks for twice would only take the room of what pages need. Before each piece the session
//! and its scope are proved as for a page, so that an export outlives neither.

mod reading;

use std::sync::Arc;

use jiff::Timestamp;

use self::reading::Reading;
use super::answers::own_doctype;
use super::as_of::AsOf;
use super::list::{Narrowed, Row, fill_in, legs_query, query, shown_route};
use super::own::{Own, keep_own};
use super::page::{self, Page};
use super::request::ListRequest;
use super::scope::Scope;
use super::view::Within;
use super::visit::Visit;
use super::{Error, frappe};
use crate::frappe::{Client, CustomerName, ListQuery, Record};

/// The most legs that are read in one question.
const LEGS: u32 = 10_000;

/// All rows of a list, on their way out.
#[derive(Debug)]
pub struct Export {
    visit: Visit,
    page: Page,
    client: Client,
    chosen: Arc<Scope>,
    choices: Vec<CustomerName>,
    query: ListQuery,
    reading: Reading,
    most: u32,
    given: u32,
    /// The number of rows when the reading began.
    total: Option<u64>,
    told: Told,
    as_of: Timestamp,
}

/// What whoever has the rows must know of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The bound that has left rows out, if it has.
    pub cut_at: Option<u32>,
    /// Whether the list changed while it was read, so that rows may be missing.
    pub has_changed: bool,
    /// Whether a bound on the view that was chosen has left rows out.
    pub view_is_cut: bool,
    /// Of when rows are because Frappe could not be asked again, if so.
    pub kept_since: Option<Timestamp>,
    /// Whether it could not be read where goods come from and go to.
    pub without_route: bool,
}

impl Visit {
    /// All rows of what a visitor asks for, at the most `most`; its page and page size are not
    /// regarded. Nothing is asked but what a view needs.
    ///
    /// # Errors
    /// As [`Visit::list`].
    pub async fn export(
        &self,
        page: &Page,
        request: &ListRequest,
        most: u32,
    ) -> Result<Export, Error> {
        self.can_ask()?;
        let Narrowed {
            whole,
            chosen,
            within,
        } = self.narrowed(page, request).await?;
        let mut export = Export {
            visit: self.clone(),
            page: page.clone(),
            client: self.portal.client.for_exports(),
            choices: whole.customers().cloned().collect(),
            query: query(page, &chosen, request, within.as_ref()),
            chosen,
            reading: Reading::new(),
            most,
            given: 0,
            total: None,
            told: Told::default(),
            as_of: self.portal.clock.now(),
        };
        if let Some(documents) = within.as_ref().and_then(Within::documents) {
            export.told.view_is_cut = !documents.is_whole;
            export.as_of = export.as_of.min(documents.as_of.at);
            export.told.kept_since = Some(documents.as_of)
                .filter(AsOf::is_kept)
                .map(|as_of| as_of.at);
            // Frappe takes an empty list of names for the empty name; nothing is nothing, unasked.
            export.reading.is_over = documents.reasons.is_empty();
        }
        Ok(export)
    }
}

impl Visit {
    /// The visit of the same session, once it is proved that it is still good, that the page is still
    /// in the user's menu and that these customers are still among those whose rows he sees there: for
    /// work that lasts longer than a proof.
    ///
    /// # Errors
    /// When something of it is not so any more, or Frappe does not answer.
    pub async fn proved_again(
        &self,
        scope: impl FnOnce(&Self) -> Result<Arc<Scope>, Error>,
        customers: &[CustomerName],
    ) -> Result<Self, Error> {
        let visit = Self::prove(Arc::clone(&self.portal), self.caller.clone()).await?;
        visit.can_ask()?;
        match scope(&visit)?.narrowed(customers) {
            Some(_) => Ok(visit),
            None => Err(Error::OutsideScope),
        }
    }
}

impl Export {
    /// The page whose rows these are.
    #[must_use]
    pub const fn page(&self) -> &Page {
        &self.page
    }

    /// The customers whose rows these are.
    #[must_use]
    pub fn customers(&self) -> impl ExactSizeIterator<Item = &CustomerName> {
        self.chosen.customers()
    }

    /// Whether the user has several customers, so that a row has to say whose it is.
    #[must_use]
    pub fn has_choice(&self) -> bool {
        self.choices.len() > 1
    }

    /// When the reading began; where a view was worked out before, of when that is.
    #[must_use]
    pub const fn as_of(&self) -> Timestamp {
        self.as_of
    }

    /// What there is to tell of the rows. All of it is known once there is no further piece.
    #[must_use]
    pub const fn told(&self) -> Told {
        self.told
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    /// When the session or its scope has ended, or Frappe does not answer.
    pub async fn piece(&mut self) -> Result<Option<Vec<Row>>, Error> {
        while !self.reading.is_over {
            self.prove().await?;
            let number = self.visit.portal.marks.sequence().current();
            let mut records = self.read().await?;
            let own = Own::documents(&self.page, &self.chosen);
            let doctype = &self.page.doctype;
            keep_own(&self.visit, doctype, &mut records, &own, number);
            let mut rows: Vec<Row> = records
                .iter()
                .filter_map(|record| {
                    Row::read(record, &self.page, &self.chosen, &self.page.columns)
                })
                .collect();
            let room = (self.most - self.given) as usize;
            if rows.len() > room {
                rows.truncate(room);
                self.told.cut_at = Some(self.most);
                self.reading.is_over = true;
            }
            self.given += u32::try_from(rows.len()).unwrap_or(u32::MAX);
            self.add_routes(&mut rows).await?;
            if self.reading.is_over {
                self.compare().await?;
            }
            self.told.has_changed |= self.reading.has_changed;
            if !rows.is_empty() {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    async fn prove(&mut self) -> Result<(), Error> {
        let chosen: Vec<CustomerName> = self.chosen.customers().cloned().collect();
        let scope = |visit: &Visit| visit.scope_of(&self.page);
        self.visit = self.visit.proved_again(scope, &chosen).await?;
        Ok(())
    }

    /// The records of the next piece that were not read before; with the first, the number of all.
    async fn read(&mut self) -> Result<Vec<Record>, Error> {
        // One more than there is room for shows whether there are more.
        let room = (self.most - self.given).saturating_add(1);
        (self.query.start, self.query.length) = self.reading.next(room);
        let rows = self.client.list(&self.visit.caller, &self.query);
        let rows = if self.total.is_none() {
            let (rows, total) = tokio::join!(rows, self.count());
            self.total = Some(own_doctype(&self.visit, &self.page.doctype, total)?);
            rows
        } else {
            rows.await
        };
        let mut rows = own_doctype(&self.visit, &self.page.doctype, rows)?;
        self.reading.take(&mut rows, room)?;
        Ok(rows)
    }

    async fn count(&self) -> Result<u64, frappe::Error> {
        self.client
            .count(&self.visit.caller, &self.query.count())
            .await
    }

    /// Whether there are as many rows now as there were, and as were read.
    async fn compare(&mut self) -> Result<(), Error> {
        let now = own_doctype(&self.visit, &self.page.doctype, self.count().await)?;
        let is_same =
            self.total == Some(now) && (self.told.cut_at.is_some() || self.reading.read() == now);
        self.told.has_changed |= !is_same;
        Ok(())
    }

    /// Fills in where the goods come from and go to: one question for all rows of a piece, limited to
    /// parents that were just proved to be the customer's; more only where they have so many legs
    /// that one answer does not hold them.
    async fn add_routes(&mut self, rows: &mut [Row]) -> Result<(), Error> {
        let Some(route) = shown_route(&self.page) else {
            return Ok(());
        };
        let mut parts = vec![rows];
        while let Some(part) = parts.pop() {
            if part.is_empty() || self.told.without_route {
                continue;
            }
            let legs = match self.legs(route, part).await {
                Err(frappe::Error::Forbidden | frappe::Error::Invalid) => {
                    self.told.without_route = true;
                    continue;
                }
                legs => legs?,
            };
            let is_whole = legs.len() < LEGS as usize;
            if is_whole || part.len() == 1 {
                fill_in(route, part, &legs, is_whole);
            } else {
                let (one, other) = part.split_at_mut(part.len() / 2);
                parts.extend([other, one]);
            }
        }
        Ok(())
    }

    async fn legs(&self, route: &page::Route, rows: &[Row]) -> Result<Vec<Record>, frappe::Error> {
        let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        let query = legs_query(&self.page, route, &names, LEGS);
        let number = self.visit.portal.marks.sequence().current();
        let mut legs = self.client.list(&self.visit.caller, &query).await?;
        let own = Own::children(names);
        let doctype = &route.child_doctype;
        keep_own(&self.visit, doctype, &mut legs, &own, number);
        Ok(legs)
    }
}
