//! A list in two steps: its rows, and what is asked for once they are known. So whoever shows it can
//! make the rows ready meanwhile.

use std::sync::Arc;

use super::way::{CHILD_ROWS, fill_in, legs_query, shown_route};
use super::{List, Narrowed, Row, query};
use crate::frappe::{self, CountQuery, DocumentName, Record};
use crate::meanwhile::meanwhile;
use crate::portal::Error;
use crate::portal::answers::{Rows, own_doctype};
use crate::portal::as_of::AsOf;
use crate::portal::census::Census;
use crate::portal::own::Own;
use crate::portal::page::Page;
use crate::portal::request::ListRequest;
use crate::portal::scope::Scope;
use crate::portal::view::Within;
use crate::portal::visit::Visit;

/// A page of a list whose rows are there, and of whose rest nothing is known yet.
#[derive(Debug)]
pub struct ListRows<'a> {
    page: &'a Page,
    request: &'a ListRequest,
    whole: Arc<Scope>,
    chosen: Arc<Scope>,
    /// What was answered; nothing where nothing had to be asked.
    answer: Option<Rows>,
    total: Total,
    is_whole: bool,
    as_of: AsOf,
}

/// How many rows there are on all pages.
#[derive(Debug)]
enum Total {
    /// So many.
    Told(u64),
    /// The page's census could tell it at this number of the marks; else this is asked.
    InCensus(CountQuery, u64),
    /// This is asked.
    Unknown(CountQuery),
}

/// What is asked for once the rows of a list are known.
#[derive(Debug)]
pub struct Rest {
    total: u64,
    counted_as_of: AsOf,
    legs: Option<Rows>,
}

impl ListRows<'_> {
    fn records(&self) -> impl Iterator<Item = &Record> {
        self.answer.iter().flat_map(Rows::records)
    }

    /// What the rows are called.
    fn names(&self) -> Vec<DocumentName> {
        let of = |record| Row::of(record, self.page, &self.chosen);
        self.records()
            .filter_map(of)
            .map(|(_, name)| name)
            .collect()
    }

    /// The rows, without where their goods come from and go to.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let read = |record| Row::read(record, self.page, &self.chosen, &self.page.columns);
        self.records().filter_map(read).collect()
    }

    /// Whether the user has customers to choose from.
    #[must_use]
    pub fn are_of_several(&self) -> bool {
        self.whole.customers().len() > 1
    }

    /// The list, of these rows of it and the rest.
    #[must_use]
    pub fn complete(self, mut rows: Vec<Row>, rest: &Rest) -> List {
        let mut as_of = self.as_of.and(rest.counted_as_of);
        if let (Some(route), Some(legs)) = (shown_route(self.page), &rest.legs) {
            // Where rows were left out, the last leg of a job is not known to be its last.
            let is_whole = legs.records().len() < CHILD_ROWS as usize;
            fill_in(route, &mut rows, legs.records(), is_whole);
            as_of = as_of.and(legs.as_of());
        }
        List {
            rows,
            total: rest.total,
            customers: self.chosen.customers().cloned().collect(),
            choices: self.whole.customers().cloned().collect(),
            is_whole: self.is_whole,
            as_of,
        }
    }
}

impl Visit {
    /// The rows of a page of a list, before what is asked for once they are known.
    ///
    /// # Errors
    /// As [`Visit::list`].
    pub async fn list_rows<'a>(
        &self,
        page: &'a Page,
        request: &'a ListRequest,
    ) -> Result<ListRows<'a>, Error> {
        let Narrowed {
            whole,
            chosen,
            within,
        } = self.narrowed(page, request).await?;
        let documents = within.as_ref().and_then(Within::documents);
        let mut begun = ListRows {
            page,
            request,
            whole,
            chosen,
            answer: None,
            total: Total::Told(0),
            is_whole: documents.is_none_or(|documents| documents.is_whole),
            as_of: documents.map_or(AsOf::NOTHING, |documents| documents.as_of.telling(&())),
        };
        // Frappe takes an empty list of names for the empty name; nothing is nothing, unasked.
        if documents.is_some_and(|documents| documents.reasons.is_empty()) {
            return Ok(begun);
        }
        let query = query(page, &begun.chosen, request, within.as_ref());
        let count = query.count();
        let own = Own::documents(page, &begun.chosen);
        let rows = self.portal.answers.rows(self, &begun.whole, query, own);
        let looked = async {
            let number = self.portal.marks.sequence().current();
            let census_may_tell = self.census_may_tell_total(&begun, &count);
            census_may_tell.then_some(number)
        };
        let (rows, census_told_at) = meanwhile(rows, looked).await;
        let rows = own_doctype(self, &page.doctype, rows)?;
        let of_documents = documents.filter(|_| !request.is_narrowed());
        let told = total_by_rows(request, rows.answered())
            .or_else(|| of_documents.map(|documents| documents.reasons.len() as u64));
        begun.total = match (told, census_told_at) {
            (Some(total), _) => Total::Told(total),
            (None, Some(number)) => Total::InCensus(count, number),
            (None, None) => Total::Unknown(count),
        };
        begun.as_of = begun.as_of.and(rows.as_of());
        begun.answer = Some(rows);
        Ok(begun)
    }

    /// What is asked for once the rows are known: how many there are in all, where they do not tell it,
    /// and where their goods come from and go to.
    ///
    /// # Errors
    /// As [`Visit::list`].
    pub async fn rest_of(&self, begun: &ListRows<'_>) -> Result<Rest, Error> {
        let (total, legs) = tokio::join!(self.total(begun), self.legs(begun));
        let (total, counted_as_of) = total?;
        Ok(Rest {
            total,
            counted_as_of: counted_as_of.telling(&total),
            legs: legs?,
        })
    }

    /// Whether the page's census is remembered, and may tell how many rows there are. It is not looked
    /// into before it is needed: one that is stale would be refreshed.
    fn census_may_tell_total(&self, begun: &ListRows<'_>, count: &CountQuery) -> bool {
        let ListRows {
            page,
            request,
            whole,
            ..
        } = begun;
        let (answers, view) = (&self.portal.answers, request.chosen_view(page));
        let is_by_view = !request.is_narrowed() && view.is_none_or(|view| view.rows.is_none());
        // A number that is remembered stays the one to go by: a page that went by one and then by the
        // other would change its age and its bytes though nothing has changed.
        is_by_view && !answers.has_count(self, whole, count) && self.has_census(page, whole)
    }

    /// How many rows there are, where the page's census tells it.
    async fn total_by_census(&self, begun: &ListRows<'_>) -> Result<Option<(u64, AsOf)>, Error> {
        let ListRows {
            page,
            whole,
            chosen,
            ..
        } = begun;
        let view = begun.request.chosen_view(page);
        let taken = self.census(page, whole).await?;
        let tells = |census: &&Census| match view {
            Some(view) => census.tells(view),
            None => census.is_whole(),
        };
        Ok(taken.census().filter(tells).map(|census| {
            let today = self.today();
            let lines = census.lines().filter(|line| line.is_of(page, chosen));
            let lines = lines.filter(|line| view.is_none_or(|view| line.is_in(view, today)));
            (lines.count() as u64, taken.as_of())
        }))
    }

    /// How many rows there are.
    async fn total(&self, begun: &ListRows<'_>) -> Result<(u64, AsOf), Error> {
        let count = match &begun.total {
            Total::Told(total) => return Ok((*total, AsOf::NOTHING)),
            Total::InCensus(count, number) => {
                // Nobody waits for a census that was dropped meanwhile.
                let is_there = *number == self.portal.marks.sequence().current()
                    || self.census_may_tell_total(begun, count);
                let told = if is_there {
                    self.total_by_census(begun).await?
                } else {
                    None
                };
                match told {
                    Some(total) => return Ok(total),
                    None => count,
                }
            }
            Total::Unknown(count) => count,
        };
        let answers = &self.portal.answers;
        let count = answers.count(self, &begun.whole, count.clone()).await;
        own_doctype(self, &begun.page.doctype, count)
    }

    /// The legs of the rows' documents, where a column shows them: one question for all rows, limited to
    /// parents that were just proved to be the customer's.
    async fn legs(&self, begun: &ListRows<'_>) -> Result<Option<Rows>, Error> {
        let names = begun.names();
        let names: Vec<&str> = names.iter().map(DocumentName::as_str).collect();
        let Some(route) = shown_route(begun.page).filter(|_| !names.is_empty()) else {
            return Ok(None);
        };
        let query = legs_query(begun.page, route, &names, CHILD_ROWS);
        let own = Own::children(names.iter().copied());
        let legs = self.portal.answers.rows(self, &begun.whole, query, own);
        match legs.await {
            // The rows are what was asked for; without their way they still answer most.
            Err(frappe::Error::Forbidden | frappe::Error::Invalid) => Ok(None),
            answer => Ok(Some(answer?)),
        }
    }
}

/// How many rows there are, where those that Frappe answered say it themselves: the page is not full.
fn total_by_rows(request: &ListRequest, rows: usize) -> Option<u64> {
    let before = u64::from(request.page - 1) * u64::from(request.page_size);
    let is_last = rows < request.page_size as usize && (rows > 0 || before == 0);
    is_last.then_some(before + rows as u64)
}
