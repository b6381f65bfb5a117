//! A document as a PDF, printed by Frappe with a format that its page declares.
//!
//! The document is proved to be the user's first, with the questions of its page, so another's and
//! one that does not exist look alike here too. Then the format is looked up, because Frappe prints
//! every field in place of a format that it does not have; then Frappe prints, as the user. Nothing
//! of a print is remembered, and since it is of now, whose the document is is asked past all memory,
//! before it is printed and after.

use std::num::NonZeroU32;

use super::Error;
use super::answers::own_doctype;
use super::list::{base_filters, row_fields};
use super::own::Own;
use super::page::{Page, Print};
use super::visit::Visit;
use crate::frappe::{self, DocumentName, FieldName, Filter, ListQuery, Outage, Pdf, Record};

/// Why a document that is the user's is not printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPrinted {
    /// Frappe does not let the user print it: without the right to print, or a draft or cancelled
    /// document, where the Print Settings say so.
    #[error("Frappe does not let the user print this document")]
    Refused,
    /// It cannot be printed now: what an administrator has to look at.
    #[error("{0}")]
    Failed(String),
}

impl Visit {
    /// The document's name in its own spelling, once it is proved to be the user's.
    ///
    /// # Errors
    /// As for the document's page.
    pub async fn printable(&self, page: &Page, name: &DocumentName) -> Result<DocumentName, Error> {
        Ok(self.document(page, name).await?.name)
    }

    /// Whether a document is the user's at this moment, past all memory.
    async fn is_still_own(&self, page: &Page, name: &DocumentName) -> Result<(), Error> {
        let scope = self.scope_of(page)?;
        let mut query = ListQuery::new(page.doctype.clone(), row_fields(page, []), NonZeroU32::MIN);
        query.filters = base_filters(page, &scope);
        query
            .filters
            .push(Filter::equals(FieldName::name(), name.as_str()));
        let rows = self.portal.client.list(&self.caller, &query).await;
        let rows = own_doctype(self, &page.doctype, rows)?;
        let own = Own::documents(page, &scope);
        let is_it =
            |row: &Record| own.holds(row) && row.text(&FieldName::name()) == Some(name.as_str());
        if rows.iter().any(is_it) {
            Ok(())
        } else {
            Err(Error::NotFound)
        }
    }

    /// A document that was proved to be the user's, as a PDF.
    ///
    /// # Errors
    /// [`Error::NotPrinted`] where Frappe cannot or does not print it; as for any question, where
    /// the session has ended or the site does not answer.
    pub async fn print(
        &self,
        page: &Page,
        name: &DocumentName,
        print: &Print,
    ) -> Result<Pdf, Error> {
        self.can_ask()?;
        // What is printed is of now; whose it is has to be too, before it is made and after.
        self.is_still_own(page, name).await?;
        let client = &self.portal.client;
        let failed = |reason: String| Err(NotPrinted::Failed(reason).into());
        let found = match client.print_format(&print.format).await {
            Ok(found) => found,
            Err(problem @ frappe::Error::Unavailable(_)) => return Err(problem.into()),
            Err(problem) => {
                return failed(format!(
                    "the service account cannot look the Print Format up: {problem}"
                ));
            }
        };
        let verdict = found.map_or(Err(frappe::Unprintable::Missing), |found| {
            found.is_for(&page.doctype)
        });
        if let Err(reason) = verdict {
            return failed(reason.to_string());
        }
        let asked = frappe::Print {
            doctype: &page.doctype,
            name,
            format: &print.format,
            with_letterhead: !print.no_letterhead,
            letterhead: print.letterhead.as_ref(),
            language: print.language.as_ref(),
        };
        match client.print(&self.caller, &asked).await {
            Ok(pdf) => {
                self.is_still_own(page, name).await?;
                Ok(pdf)
            }
            Err(frappe::Error::Forbidden) => Err(NotPrinted::Refused.into()),
            Err(
                problem @ (frappe::Error::NotFound
                | frappe::Error::Invalid
                | frappe::Error::Unexpected(_)
                | frappe::Error::Unavailable(
                    Outage::TimedOut | Outage::TooLarge | Outage::Broken,
                )),
            ) => failed(format!(
                "Frappe could not print: {problem}; its Error Log says why (a format that is broken, \
                 or a PDF engine that is missing or cannot reach the site's address)"
            )),
            Err(problem) => Err(problem.into()),
        }
    }
}
