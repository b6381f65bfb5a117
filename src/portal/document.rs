//! One document, as its page declares it.
//!
//! The document and its list row (by name, with the customer filter) are asked side by side. The
//! row decides: no row, not found, and with the same questions whether the document is somebody
//! else's or nobody's. A row without its document is possible, because any other restricted link
//! inside a document makes Frappe refuse it (`doc_transport_job_bill_to_other`).

use std::num::NonZeroU32;
use std::sync::Arc;

use super::Error;
use super::answers::{Attachments, own_doctype};
use super::as_of::AsOf;
use super::files::{self, File};
use super::list::{Row, base_filters, row_fields};
use super::own::Own;
use super::page::{Field, Linked, Page, Section, Table};
use super::scope::Scope;
use super::sections::{self, Paper, SectionContent};
use super::value::{self, Value};
use super::visit::Visit;
use crate::frappe::{self, CustomerName, DocumentName, FieldName, Filter, ListQuery, Record};

/// The most linked documents that are read for one page.
const LINKED: usize = 200;

/// A declared field with its value.
#[derive(Clone, Debug)]
pub struct Shown<'page> {
    /// The declaration.
    pub field: &'page Field,
    /// The value.
    pub value: Value,
}

/// A document as its page declares it.
#[derive(Clone, Debug)]
pub struct Document<'page> {
    /// Its name, in its own spelling.
    pub name: DocumentName,
    /// Whose it is.
    pub customer: CustomerName,
    /// Where it stands.
    pub status: Option<Shown<'page>>,
    /// The headline facts.
    pub facts: Vec<Shown<'page>>,
    /// The sections in which there is something.
    pub sections: Vec<(&'page Section, SectionContent<'page>)>,
    /// The files that the visitor may have.
    pub files: Vec<File>,
    /// The page declares files, and Frappe did not tell which there are.
    pub files_missing: bool,
    /// Frappe refused the document itself: there is no more than its row.
    pub details_missing: bool,
    /// When Frappe was asked; of several answers, the oldest.
    pub as_of: AsOf,
}

impl Visit {
    /// One document.
    ///
    /// # Errors
    /// When there is none of that name for this user, or Frappe does not answer.
    pub async fn document<'page>(
        &self,
        page: &'page Page,
        name: &DocumentName,
    ) -> Result<Document<'page>, Error> {
        let scope = self.scope_of(page)?;
        self.readable(&page.doctype)?;
        let answers = &self.portal.answers;
        let fields = row_fields(page, page.status.iter().chain(&page.facts));
        let mut query = ListQuery::new(page.doctype.clone(), fields, NonZeroU32::MIN);
        query.filters = base_filters(page, &scope);
        query
            .filters
            .push(Filter::equals(FieldName::name(), name.as_str()));
        let own = Own::documents(page, &scope);
        let attachments = match page.files {
            Some(_) => Attachments::Wanted,
            None => Attachments::NotWanted,
        };
        let (rows, whole) = tokio::join!(
            answers.row(self, &scope, query, name, own.clone()),
            answers.document(self, &scope, &page.doctype, name, attachments, own),
        );
        let rows = own_doctype(self, &page.doctype, rows)?;
        // A session that ended between the two questions ends this visit.
        if let Err(frappe::Error::SignInRequired) = whole {
            return Err(frappe::Error::SignInRequired.into());
        }
        let record = rows.records().first().ok_or(Error::NotFound)?;
        let row = Row::read(record, page, &scope, []).ok_or(Error::NotFound)?;
        let whole = match whole {
            Ok(whole) => Some(whole).filter(|whole| {
                whole
                    .record()
                    .and_then(|record| record.text(&FieldName::name()))
                    == Some(row.name.as_str())
            }),
            Err(frappe::Error::Forbidden | frappe::Error::NotFound) => None,
            Err(problem) => return Err(problem.into()),
        };
        let mut document = from_row(page, record, row, rows.as_of());
        let Some((whole, record)) = whole
            .as_ref()
            .and_then(|whole| Some((whole, whole.record()?)))
        else {
            return Ok(document);
        };
        document.details_missing = false;
        document.as_of = document.as_of.and(whole.as_of());
        document.status = page.status.as_ref().map(|field| shown(record, field));
        document.facts = page
            .facts
            .iter()
            .map(|field| shown(record, field))
            .collect();
        let now = self.portal.site_time(self.portal.clock.now());
        for section in &page.sections {
            let linked = match section {
                Section::Table(table) => {
                    let linked = self.linked(&scope, table, record, &document.name);
                    match linked.await {
                        // That the user may not read them is not kept as long as the document is.
                        Err(Error::Frappe(frappe::Error::Unavailable(_)))
                            if document.as_of.is_kept() =>
                        {
                            Vec::new()
                        }
                        linked => linked?,
                    }
                }
                _ => Vec::new(),
            };
            if let Some(content) = sections::read(section, record, &linked, now) {
                document.sections.push((section, content));
            }
        }
        if let Some(declared) = &page.files {
            let attachments = whole.attachments();
            document.files_missing = attachments.is_none();
            document.files = files::declared(
                declared,
                papers(&mut document.sections),
                &files::claims(record),
                attachments.unwrap_or_default(),
            );
            self.add_details(page, &scope, &mut document).await;
        }
        Ok(document)
    }

    /// Fills in how long the files are and of when, where a service account may list them. They are
    /// as good without it.
    async fn add_details(&self, page: &Page, scope: &Arc<Scope>, document: &mut Document<'_>) {
        if document.files.is_empty() || !self.portal.client.has_service_account() {
            return;
        }
        let ids: Vec<_> = document.files.iter().map(|file| &file.id).collect();
        let answers = &self.portal.answers;
        let details = answers
            .file_details(self, scope, &page.doctype, &document.name, &ids)
            .await;
        match details {
            Ok(details) => {
                for file in &mut document.files {
                    let of_file = details.iter().find(|(id, _)| *id == file.id);
                    file.details = of_file.map(|(_, details)| *details);
                }
            }
            Err(problem) => {
                tracing::debug!(%problem, "the service account cannot list files");
            }
        }
    }

    /// The documents that a table's rows point to, as far as the user may read them and they point
    /// back: a leg of another job shows nothing.
    async fn linked(
        &self,
        scope: &Arc<Scope>,
        table: &Table,
        record: &Record,
        name: &DocumentName,
    ) -> Result<Vec<Record>, Error> {
        let Some(Linked {
            doctype,
            link,
            back,
            columns,
        }) = &table.linked
        else {
            return Ok(Vec::new());
        };
        let mut names: Vec<&str> = record
            .rows(&table.table)
            .iter()
            .filter_map(|row| row.text(link))
            .collect();
        names.sort_unstable();
        names.dedup();
        names.truncate(LINKED);
        let unreadable = self.known_readable(doctype) == Some(false);
        let Some(length) = u32::try_from(names.len())
            .ok()
            .and_then(NonZeroU32::new)
            .filter(|_| !unreadable)
        else {
            return Ok(Vec::new());
        };
        let mut fields = value::asked_for(columns);
        fields.push(back.clone());
        let mut query = ListQuery::new(doctype.clone(), fields, length);
        query.filters = vec![
            Filter::one_of(
                FieldName::name(),
                names.iter().map(|name| (*name).to_owned()),
            ),
            Filter::equals(back.clone(), name.as_str()),
        ];
        let own = Own::named(back.clone(), [name.as_str()]);
        match self.portal.answers.rows(self, scope, query, own).await {
            Ok(rows) => Ok(rows.records().to_vec()),
            Err(frappe::Error::Forbidden) => {
                self.learn_unreadable(doctype);
                Ok(Vec::new())
            }
            Err(frappe::Error::Invalid | frappe::Error::NotFound) => Ok(Vec::new()),
            Err(problem) => Err(problem.into()),
        }
    }
}

/// The papers of a document's checklists.
fn papers<'a>(
    sections: &'a mut [(&Section, SectionContent<'_>)],
) -> impl Iterator<Item = &'a mut Paper> {
    sections.iter_mut().flat_map(|(_, content)| match content {
        SectionContent::Checklist(papers) => papers.as_mut_slice(),
        _ => &mut [],
    })
}

fn from_row<'page>(page: &'page Page, record: &Record, row: Row, as_of: AsOf) -> Document<'page> {
    Document {
        status: page.status.as_ref().map(|field| shown(record, field)),
        facts: page
            .facts
            .iter()
            .map(|field| shown(record, field))
            .collect(),
        sections: Vec::new(),
        files: Vec::new(),
        files_missing: false,
        details_missing: true,
        name: row.name,
        customer: row.customer,
        as_of,
    }
}

fn shown<'page>(record: &Record, field: &'page Field) -> Shown<'page> {
    Shown {
        field,
        value: value::read(record, field),
    }
}
