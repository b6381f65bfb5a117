//! The pages that show what customers have, each with all that is asked of it.
//!
//! A place is what an address comes to once it is parsed: two visitors at the same one ask the same,
//! each of his own data. It serves what goes on when nobody is asking: telling which change concerns
//! which page, and asking again for what a page showed.

use super::attention::FirstRows;
use super::page::{PageName, Section};
use super::request::ListRequest;
use super::stock::StockRequest;
use super::visit::Visit;
use super::{Error, Portal};
use crate::cache::Version;
use crate::frappe::{DocType, DocumentName};

/// A page, and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The start page.
    Start,
    /// A declared page as a list.
    List(PageName, ListRequest),
    /// A document of a declared page.
    Document(PageName, DocumentName),
    /// The stock balance.
    Stock(StockRequest),
    /// The warehouse at a glance.
    Warehousing,
}

impl Place {
    /// The DocTypes whose documents stand on it; more of them where that is simpler to tell.
    pub(super) fn doctypes<'a>(&self, portal: &'a Portal) -> Vec<&'a DocType> {
        let of_page = |name| portal.pages.get(name).map(|page| &page.doctype);
        match self {
            Self::Start | Self::Warehousing => {
                portal.pages.iter().map(|page| &page.doctype).collect()
            }
            Self::List(page, _) => of_page(page).into_iter().collect(),
            Self::Document(page, _) => {
                let sections = portal.pages.get(page).map(|page| page.sections.iter());
                let linked = sections
                    .into_iter()
                    .flatten()
                    .filter_map(|section| match section {
                        Section::Table(table) => Some(&table.linked.as_ref()?.doctype),
                        _ => None,
                    });
                of_page(page).into_iter().chain(linked).collect()
            }
            Self::Stock(_) => Vec::new(),
        }
    }

    /// Whether stock stands on it.
    pub(super) const fn has_stock(&self) -> bool {
        matches!(self, Self::Start | Self::Stock(_) | Self::Warehousing)
    }

    /// The document that it shows.
    pub(super) fn document<'a>(
        &'a self,
        portal: &'a Portal,
    ) -> Option<(&'a DocType, &'a DocumentName)> {
        match self {
            Self::Document(page, name) => Some((&portal.pages.get(page)?.doctype, name)),
            _ => None,
        }
    }
}

impl Visit {
    /// Which version of it a place shows now, by the questions that its page asks.
    ///
    /// # Errors
    /// As the page itself.
    pub async fn version(&self, place: &Place) -> Result<Version, Error> {
        let page = |name| self.portal.pages.get(name).ok_or(Error::NotFound);
        let as_of = match place {
            Place::Start | Place::Warehousing if self.customers().is_empty() => {
                return Err(Error::NoCustomers);
            }
            Place::Start => self.attention(FirstRows::Shown).await?.as_of(),
            Place::List(name, request) => Some(self.list(page(name)?, request).await?.as_of),
            Place::Document(name, document) => {
                Some(self.document(page(name)?, document).await?.as_of)
            }
            Place::Stock(request) => Some(self.balance(request).await?.as_of),
            Place::Warehousing => self.warehousing().await?.as_of(),
        };
        Ok(as_of.map_or(Version::NOTHING, |as_of| as_of.version))
    }
}
