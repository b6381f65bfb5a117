//! Pages that several answers make up: what one of them cannot tell takes nothing else away.
//!
//! What a user may not read is left out. What could not be read is said to be unknown, never to be
//! nothing. The end of the session, or of the site, is the whole page's.

use super::{Error, Visit};
use crate::frappe;

/// A part of a page.
#[derive(Debug)]
pub enum Part<T> {
    /// What was found out.
    Known(T),
    /// The title of what was not.
    Unknown(String),
}

impl<T> Part<T> {
    /// What was found out.
    #[must_use]
    pub const fn known(&self) -> Option<&T> {
        match self {
            Self::Known(found) => Some(found),
            Self::Unknown(_) => None,
        }
    }
}

/// What the parts of a page have come to so far.
pub(super) struct Parts<'visit> {
    visit: &'visit Visit,
    is_anything_known: bool,
    outage: Option<Error>,
}

impl<'visit> Parts<'visit> {
    /// No part yet.
    pub(super) const fn of(visit: &'visit Visit) -> Self {
        Self {
            visit,
            is_anything_known: false,
            outage: None,
        }
    }

    /// A part from its answer; `None` where the user may not read it.
    ///
    /// # Errors
    /// When the session has ended.
    pub(super) fn take<T>(
        &mut self,
        title: &str,
        answer: Result<T, Error>,
    ) -> Result<Option<Part<T>>, Error> {
        match answer {
            Ok(found) => {
                self.is_anything_known = true;
                Ok(Some(Part::Known(found)))
            }
            Err(Error::Unreadable | Error::NoCustomers) => Ok(None),
            Err(problem @ Error::Frappe(frappe::Error::SignInRequired)) => Err(problem),
            Err(problem) => {
                tracing::warn!(user = %self.visit.caller.user, part = title, %problem, "a part of a page could not be read");
                if is_outage(&problem) {
                    self.outage.get_or_insert(problem);
                }
                Ok(Some(Part::Unknown(title.to_owned())))
            }
        }
    }

    /// The page that the parts make up.
    ///
    /// # Errors
    /// When nothing at all could be read because Frappe does not answer.
    pub(super) fn make_up<T>(self, page: T) -> Result<T, Error> {
        match self.outage {
            Some(problem) if !self.is_anything_known => Err(problem),
            _ => Ok(page),
        }
    }
}

/// Whether Frappe does not answer at all, or not now.
const fn is_outage(problem: &Error) -> bool {
    matches!(
        problem,
        Error::Frappe(
            frappe::Error::Unavailable(_)
                | frappe::Error::RateLimited { .. }
                | frappe::Error::LockedOut { .. }
        )
    )
}
