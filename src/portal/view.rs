//! Which documents are in a view of a list.
//!
//! A list by a view of conditions alone is Frappe's to decide. What depends on child tables is
//! worked out here: which documents come into question the census of the page says, then the rows
//! of their child table are read, limited to those names, and the same functions judge them that
//! make the document's page. So is a view of alternatives that is searched besides: Frappe knows
//! one group of alternatives in a question (`or_filters`), and the search needs it. Where the
//! census does not tell, Frappe is asked for the names.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;

use futures::future::try_join_all;
use jiff::civil::Date;

use super::answers::{About, Rows, Taken, own_doctype};
use super::as_of::AsOf;
use super::census::Line;
use super::list::{base_filters, customer_of};
use super::own::Own;
use super::page::{Checklist, Computed, Condition, Operations, Page, View};
use super::scope::Scope;
use super::sections::{self, PaperProblem, Progress};
use super::visit::Visit;
use super::{Error, children};
use crate::frappe::{self, DocType, FieldName, Filter, ListQuery, Record};

/// The most documents that a view is worked out for.
const DOCUMENTS: u32 = 10_000;

/// How many documents' child rows are asked for at once.
const PARENTS: usize = 500;

/// The most child rows that are read for so many documents.
const CHILD_ROWS: u32 = 20_000;

/// How many such questions are under way at once, so that one visitor leaves room for others.
const SIDE_BY_SIDE: usize = 4;

/// How a view narrows a list.
#[derive(Debug)]
pub(super) enum Within {
    /// To the documents for which these conditions hold: all of the first, one of the second.
    Conditions(Vec<Filter>, Vec<Filter>),
    /// To these documents.
    Documents(Documents),
}

/// The documents of a view that was worked out.
#[derive(Debug)]
pub(super) struct Documents {
    /// The documents by their names, and why each of them is in it, where there is a reason to be
    /// named.
    pub reasons: BTreeMap<String, Vec<String>>,
    /// Whether all of the user's documents were looked through.
    pub is_whole: bool,
    /// When Frappe was asked; of several answers, the oldest.
    pub as_of: AsOf,
}

impl Within {
    /// Narrows a question.
    pub fn narrow(&self, query: &mut ListQuery) {
        match self {
            Self::Conditions(all, any) => {
                query.filters.extend(all.iter().cloned());
                query.any_of.extend(any.iter().cloned());
            }
            Self::Documents(documents) => {
                let names = documents.reasons.keys().map(String::as_str);
                query.filters.push(Filter::one_of(FieldName::name(), names));
            }
        }
    }

    /// The documents, where they were worked out.
    pub const fn documents(&self) -> Option<&Documents> {
        match self {
            Self::Conditions(..) => None,
            Self::Documents(documents) => Some(documents),
        }
    }
}

impl Documents {
    /// None yet.
    const fn of(is_whole: bool, as_of: AsOf) -> Self {
        Self {
            reasons: BTreeMap::new(),
            is_whole,
            as_of,
        }
    }

    /// Those that are among these.
    fn among<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Self {
        let names: BTreeSet<&str> = names.collect();
        self.reasons.retain(|name, _| names.contains(name.as_str()));
        self
    }
}

/// A child table that decides, and what of it.
struct Deciding<'page> {
    child_doctype: &'page DocType,
    table: &'page FieldName,
    fields: Vec<FieldName>,
    /// Rows that cannot decide are not asked for.
    filters: Vec<Filter>,
}

impl Visit {
    /// How `view` narrows the documents of the customers in `chosen`; `whole` is the user's scope.
    /// `is_searched` says that the one group of alternatives is taken.
    pub(super) async fn within(
        &self,
        page: &Page,
        whole: &Arc<Scope>,
        chosen: &Scope,
        view: &View,
        is_searched: bool,
    ) -> Result<Within, Error> {
        if view.rows.is_none() && (view.any.is_empty() || !is_searched) {
            let (all, any) = self.conditions(view);
            return Ok(Within::Conditions(all, any));
        }
        let taken = self.census(page, whole).await?;
        let documents = self.documents(page, whole, chosen, view, &taken).await?;
        Ok(Within::Documents(documents))
    }

    /// The conditions of a view as of today: all of the first hold, and one of the second.
    fn conditions(&self, view: &View) -> (Vec<Filter>, Vec<Filter>) {
        let today = self.today();
        let filters = |conditions: &[Condition]| -> Vec<Filter> {
            let conditions = conditions.iter();
            conditions
                .map(|condition| condition.filter(today))
                .collect()
        };
        (filters(&view.all), filters(&view.any))
    }

    /// The documents of the customers in `chosen` that are in `view`, worked out from the census of
    /// the page: for the whole scope and narrowed then, because however customers are chosen among, it
    /// is the same question for child rows, and what is remembered answers it.
    pub(super) async fn documents(
        &self,
        page: &Page,
        whole: &Arc<Scope>,
        chosen: &Scope,
        view: &View,
        taken: &Taken,
    ) -> Result<Documents, Error> {
        if let Some(census) = taken.census().filter(|census| census.tells(view)) {
            let today = self.today();
            let mut lines: Vec<Line<'_>> = census
                .lines()
                .filter(|line| line.is_in(view, today))
                .collect();
            let is_whole = view.rows.is_none() || lines.len() <= DOCUMENTS as usize;
            if !is_whole {
                lines.truncate(DOCUMENTS as usize);
            }
            let names: Vec<&str> = lines.iter().map(|line| line.name()).collect();
            let documents = Documents::of(is_whole, taken.as_of());
            let documents = self.in_view(page, whole, view, &names, documents).await?;
            let of_chosen = lines.iter().filter(|line| line.is_of(page, chosen));
            return Ok(documents.among(of_chosen.map(|line| line.name())));
        }
        let mut query = ListQuery::new(
            page.doctype.clone(),
            vec![page.customer.clone()],
            NonZeroU32::MIN,
        );
        let (all, any) = self.conditions(view);
        query.filters = base_filters(page, whole);
        query.filters.extend(all);
        query.any_of = any;
        let own = Own::documents(page, whole);
        let answers = &self.portal.answers;
        let found = answers
            .all_rows(self, whole, query, DOCUMENTS, own, About::Work)
            .await;
        let found = own_doctype(self, &page.doctype, found)?;
        let names: Vec<&str> = found
            .records()
            .iter()
            .filter_map(|record| record.text(&FieldName::name()))
            .collect();
        let documents = Documents::of(!found.is_cut(), found.as_of());
        let documents = self.in_view(page, whole, view, &names, documents).await?;
        let of_chosen = found
            .records()
            .iter()
            .filter(|record| customer_of(record, page, chosen).is_some())
            .filter_map(|record| record.text(&FieldName::name()));
        Ok(documents.among(of_chosen))
    }

    /// Puts those among `names` into `documents` that are in the view by their child rows too.
    async fn in_view(
        &self,
        page: &Page,
        scope: &Arc<Scope>,
        view: &View,
        names: &[&str],
        mut documents: Documents,
    ) -> Result<Documents, Error> {
        if let Some(computed) = view.rows {
            self.work_out(page, scope, computed, names, &mut documents)
                .await?;
        } else {
            let names = names.iter().map(|name| ((*name).to_owned(), Vec::new()));
            documents.reasons = names.collect();
        }
        Ok(documents)
    }

    /// The day on the site's clock.
    pub(super) fn today(&self) -> Date {
        self.portal.site_time(self.portal.clock.now()).date()
    }

    /// Finds those among `names` whose child rows say that they are in the view.
    async fn work_out(
        &self,
        page: &Page,
        scope: &Arc<Scope>,
        computed: Computed,
        names: &[&str],
        documents: &mut Documents,
    ) -> Result<(), Error> {
        let now = self.portal.site_time(self.portal.clock.now());
        match computed {
            Computed::RequiredPapers => {
                let Some(checklist) = page.checklist() else {
                    return Ok(());
                };
                let Some(deciding) = Deciding::papers(checklist) else {
                    return Ok(());
                };
                let reason = |row: &Record| {
                    let paper = sections::paper(row, now.date());
                    let is_lacking = paper.is_required
                        && matches!(
                            paper.problem,
                            Some(PaperProblem::Missing | PaperProblem::Overdue)
                        );
                    let name = paper.document_name.or(paper.document_type);
                    is_lacking.then(|| name.unwrap_or_default())
                };
                self.decide(page, scope, &deciding, reason, names, documents)
                    .await
            }
            Computed::RunningOperations => {
                let Some(operations) = page.operations() else {
                    return Ok(());
                };
                let Some(deciding) = Deciding::operations(operations) else {
                    return Ok(());
                };
                let reason = |row: &Record| {
                    let operation = sections::operation(operations, row, now);
                    (operation.state == Progress::Running).then_some(operation.operation)
                };
                self.decide(page, scope, &deciding, reason, names, documents)
                    .await
            }
        }
    }

    /// Reads the child rows of `names` and puts those documents into `documents` of which a row
    /// gives a reason.
    async fn decide(
        &self,
        page: &Page,
        scope: &Arc<Scope>,
        deciding: &Deciding<'_>,
        reason: impl Fn(&Record) -> Option<String>,
        names: &[&str],
        documents: &mut Documents,
    ) -> Result<(), Error> {
        let mut answers: Vec<Rows> = Vec::new();
        for several in names.chunks(PARENTS * SIDE_BY_SIDE) {
            let mut questions = Vec::new();
            for parents in several.chunks(PARENTS) {
                questions.push(self.child_rows(page, scope, deciding, parents));
            }
            let answered = try_join_all(questions).await.map_err(|problem| {
                if !matches!(problem, frappe::Error::Forbidden | frappe::Error::Invalid) {
                    return problem.into();
                }
                tracing::warn!(user = %self.caller.user, doctype = %page.doctype, child_doctype = %deciding.child_doctype, %problem, "Frappe refuses the rows that a view is worked out from");
                Error::ViewRefused
            })?;
            answers.extend(answered);
        }
        let mut found: Vec<(&str, i64, String)> = Vec::new();
        for rows in &answers {
            documents.is_whole &= !rows.is_cut();
            documents.as_of = documents.as_of.and(rows.as_of());
            for row in rows.records() {
                if let (Some(parent), Some(reason)) = (children::parent_of(row), reason(row)) {
                    #[expect(clippy::cast_possible_truncation, reason = "a place in a table")]
                    let place = row.number(&FieldName::idx()).unwrap_or_default() as i64;
                    found.push((parent, place, reason));
                }
            }
        }
        // In the order in which they stand in their document.
        found.sort();
        for (parent, _, reason) in found {
            let reasons = documents.reasons.entry(parent.to_owned()).or_default();
            if !reason.is_empty() && !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        Ok(())
    }

    async fn child_rows(
        &self,
        page: &Page,
        scope: &Arc<Scope>,
        deciding: &Deciding<'_>,
        parents: &[&str],
    ) -> Result<Rows, frappe::Error> {
        let mut query = children::query(
            page,
            deciding.child_doctype,
            deciding.table,
            deciding.fields.iter().cloned(),
            parents,
            NonZeroU32::MIN,
        );
        query.filters.extend(deciding.filters.iter().cloned());
        let own = Own::children(parents.iter().copied());
        self.portal
            .answers
            .all_rows(self, scope, query, CHILD_ROWS, own, About::Work)
            .await
    }
}

impl<'page> Deciding<'page> {
    /// The checklist's required papers.
    fn papers(checklist: &'page Checklist) -> Option<Self> {
        let fields: Vec<FieldName> = sections::PAPER_FIELDS
            .iter()
            .filter_map(|field| FieldName::parse(field).ok())
            .collect();
        let field = |name| FieldName::parse(name).ok();
        let (is_required, date_received) = (field("is_required")?, field("date_received")?);
        let status = field("status")?;
        Some(Self {
            child_doctype: checklist.child_doctype.as_ref()?,
            table: &checklist.table,
            fields,
            // What came is not asked for: it is most of them, and a start page remembers the rest.
            filters: vec![
                Filter::equals(is_required, 1),
                Filter::is_not_set(date_received),
                Filter::none_of(status, sections::THERE),
            ],
        })
    }

    /// The operations that have a beginning.
    fn operations(operations: &'page Operations) -> Option<Self> {
        let mut fields = operations.name.clone();
        fields.extend([operations.start.clone(), operations.end.clone()]);
        Some(Self {
            child_doctype: operations.child_doctype.as_ref()?,
            table: &operations.table,
            fields,
            filters: vec![Filter::is_set(operations.start.clone())],
        })
    }
}
