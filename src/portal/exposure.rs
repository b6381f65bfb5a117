//! What Frappe would let a user read, found out in the background.
//!
//! Two things: whether a DocType is readable at all, which decides the menu; and whether Frappe
//! would show the user more than the scope (it fails open), which is said in the log once for each
//! user and DocType, because then Frappe's own pages leak what the portal hides.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::marks::Tag;
use super::page::{BuiltIn, Entry, Page};
use super::visit::Visit;
use super::{Error, Portal, stock};
use crate::frappe::{self, DocType, FieldName, Filter, ListQuery, UserId};

/// How long an answer is still good enough for the menu while it is asked for again. A yes that is no
/// longer so the page itself finds out; a no is asked about again after `memory.readable`.
const LAST_KNOWN: Duration = Duration::from_hours(4);

/// Of how many users something is known at the most: a thousand bytes each, or so.
const USERS: u64 = 20_000;

/// What is known of users and DocTypes.
#[derive(Debug)]
pub struct Exposure(moka::sync::Cache<UserId, Arc<OfUser>>);

/// What is known of a user. There are few DocTypes, and many users: so they have one entry each.
#[derive(Debug, Default)]
struct OfUser {
    known: Mutex<Vec<Known>>,
    /// Held while Frappe is asked, so that nothing is asked twice at the same time.
    asking: tokio::sync::Mutex<()>,
}

/// What is known of a DocType for a user.
#[derive(Clone, Debug)]
struct Known {
    doctype: DocType,
    is_readable: bool,
    /// Whether it was held against the scope what Frappe would show.
    is_compared: bool,
    asked_at: Timestamp,
    /// The number of the marks at which it was asked for.
    number: u64,
}

impl OfUser {
    fn known(&self) -> MutexGuard<'_, Vec<Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, doctype: &DocType) -> Option<Known> {
        let known = self.known();
        known
            .iter()
            .find(|known| known.doctype == *doctype)
            .cloned()
    }

    fn learn(&self, learned: Known) {
        let mut known = self.known();
        match known
            .iter_mut()
            .find(|known| known.doctype == learned.doctype)
        {
            // An older word may come later.
            Some(before) if before.asked_at > learned.asked_at => {
                before.is_compared |= learned.is_compared;
            }
            Some(before) => {
                *before = Known {
                    is_compared: before.is_compared || learned.is_compared,
                    ..learned
                }
            }
            None => {
                // There are many users: no room for what does not come.
                known.reserve_exact(1);
                known.push(learned);
            }
        }
    }
}

impl Exposure {
    pub fn new() -> Self {
        Self(
            moka::sync::Cache::builder()
                .max_capacity(USERS)
                .time_to_idle(LAST_KNOWN)
                .build(),
        )
    }

    fn of_user(&self, user: &UserId) -> Arc<OfUser> {
        self.0.get_with_by_ref(user, Arc::default)
    }
}

impl Portal {
    /// Whether a user may read a DocType, as far as was found out within `fresh`.
    fn known_readable(&self, user: &UserId, doctype: &DocType, fresh: Duration) -> Option<bool> {
        let known = self.exposure.0.get(user)?.of(doctype)?;
        let age = self.clock.now().duration_since(known.asked_at);
        // An answer from the future means that the clock was set back: its age is unknown.
        let is_fresh = Duration::try_from(age).is_ok_and(|age| age < fresh);
        let since = self.marks.since(known.number, user, []);
        let counts = known.number >= since.forgotten.max(since.expired);
        (is_fresh && counts).then_some(known.is_readable)
    }

    /// Whether a user may read a DocType, as far as was found out lately.
    pub(super) fn last_known_readable(&self, user: &UserId, doctype: &DocType) -> Option<bool> {
        self.known_readable(user, doctype, LAST_KNOWN)
    }
}

/// Marks a user's menu where a page came into it or left it. Nothing known counts as readable.
fn tell_menu(visit: &Visit, before: Option<bool>, readable: bool) {
    if before.unwrap_or(true) != readable {
        let user = &visit.caller.user;
        visit.portal.marks.forget(&[Tag::Menu(user)]);
    }
}

impl Visit {
    /// Whether the user may read a DocType, as far as is known within the time for that.
    pub(super) fn known_readable(&self, doctype: &DocType) -> Option<bool> {
        let fresh = self.portal.times.readable;
        let user = &self.caller.user;
        self.portal.known_readable(user, doctype, fresh)
    }

    /// Refuses a page whose DocType is known to be unreadable.
    pub(super) fn readable(&self, doctype: &DocType) -> Result<(), Error> {
        match self.known_readable(doctype) {
            Some(false) => Err(Error::Unreadable),
            _ => Ok(()),
        }
    }

    /// Whether a DocType is known to be unreadable for the user: then it is in no menu of his.
    pub(super) fn is_unreadable(&self, doctype: &DocType) -> bool {
        self.last_known(doctype) == Some(false)
    }

    fn last_known(&self, doctype: &DocType) -> Option<bool> {
        self.portal.last_known_readable(&self.caller.user, doctype)
    }

    /// Finds out whether the user may read a DocType, where that is not known.
    pub(super) async fn find_out_readable(&self, doctype: &DocType) -> Result<(), frappe::Error> {
        look_at(self, doctype, None).await
    }

    /// Writes down that the user may not read a DocType: Frappe has just said so.
    pub(super) fn learn_unreadable(&self, doctype: &DocType) {
        self.learn(Known {
            doctype: doctype.clone(),
            is_readable: false,
            is_compared: false,
            asked_at: self.portal.clock.now(),
            number: self.portal.marks.sequence().current(),
        });
    }

    fn learn(&self, known: Known) {
        let before = self.last_known(&known.doctype);
        let is_readable = known.is_readable;
        self.portal.exposure.of_user(&self.caller.user).learn(known);
        tell_menu(self, before, is_readable);
    }
}

impl Portal {
    /// After a proof, finds out behind the visitor's back what is not known of him: one question at a
    /// time for all users, since nobody waits for it and each user's first page does for the ERP.
    pub(super) fn look_around(self: &Arc<Self>, visit: &Visit) {
        if !visit.just_proved {
            return;
        }
        let visit = visit.clone();
        self.background.spawn(async move {
            let portal = Arc::clone(&visit.portal);
            let mut seen: Vec<DocType> = Vec::new();
            for entry in portal.pages.entries() {
                let (doctype, page) = match entry {
                    Entry::Declared(page) => (page.doctype.clone(), Some(&**page)),
                    Entry::BuiltIn(BuiltIn::StockBalance) => (stock::doctype(), None),
                    Entry::BuiltIn(BuiltIn::WarehousingPortal) => continue,
                };
                let is_known = matches!(unknown(&visit, &doctype, page), Unknown::Nothing);
                if is_known || seen.contains(&doctype) {
                    continue;
                }
                let Some(place) = portal.looking.place().await else {
                    return;
                };
                let looked = look_at(&visit, &doctype, page).await;
                place.rest();
                if let Err(problem) = looked {
                    // Whatever it is, the next page that is asked for runs into it and says so.
                    tracing::debug!(user = %visit.caller.user, %doctype, %problem, "not found out in the background");
                    return;
                }
                seen.push(doctype);
            }
        });
    }
}

/// What is not known of a DocType for a user.
enum Unknown<'page> {
    Nothing,
    /// Whether the user may read it.
    Readable,
    /// That, and whether Frappe would show him more than his scope.
    Compared(&'page Page),
}

fn unknown<'page>(visit: &Visit, doctype: &DocType, page: Option<&'page Page>) -> Unknown<'page> {
    let of_user = visit.portal.exposure.of_user(&visit.caller.user);
    let known = of_user.of(doctype);
    let is_compared = known.is_some_and(|known| known.is_compared);
    if let Some(page) = page.filter(|_| !is_compared) {
        return Unknown::Compared(page);
    }
    // A page that may no longer be read tells so itself; only a no has to be asked about again.
    let is_known = match visit.last_known(doctype) {
        Some(true) => true,
        _ => visit.known_readable(doctype).is_some(),
    };
    if is_known {
        Unknown::Nothing
    } else {
        Unknown::Readable
    }
}

/// What can be found out about a DocType, in one question; only a declared page has a field that tells
/// whose a document is.
async fn look_at(
    visit: &Visit,
    doctype: &DocType,
    page: Option<&Page>,
) -> Result<(), frappe::Error> {
    let of_user = visit.portal.exposure.of_user(&visit.caller.user);
    let _asking = of_user.asking.lock().await;
    let page = match unknown(visit, doctype, page) {
        Unknown::Nothing => return Ok(()),
        Unknown::Readable => None,
        Unknown::Compared(page) => Some(page),
    };
    let (asked_at, number) = (
        visit.portal.clock.now(),
        visit.portal.marks.sequence().current(),
    );
    let shown = shows(visit, doctype, page).await?;
    if let (Some(true), Some(page)) = (shown, page) {
        warn(visit, page);
    }
    visit.learn(Known {
        doctype: doctype.clone(),
        is_readable: shown.is_some(),
        is_compared: shown.is_some() && page.is_some(),
        asked_at,
        number,
    });
    Ok(())
}

/// Whether Frappe shows the user a document of this kind, one outside his scope where a page says whose
/// it is; `None` where he may read none of them.
async fn shows(
    visit: &Visit,
    doctype: &DocType,
    page: Option<&Page>,
) -> Result<Option<bool>, frappe::Error> {
    let fields = vec![FieldName::name()];
    let mut query = ListQuery::new(doctype.clone(), fields, std::num::NonZeroU32::MIN);
    if let Some(page) = page {
        let scope = visit.scope(doctype);
        let customers = scope
            .customers()
            .map(|customer| customer.as_str().to_owned());
        // Finds those without a customer too, as Frappe answers `not in`.
        let others = Filter::none_of(page.customer.clone(), customers);
        query.filters.extend((!scope.is_empty()).then_some(others));
    }
    match visit.portal.client.list(&visit.caller, &query).await {
        Ok(rows) => Ok(Some(!rows.is_empty())),
        Err(frappe::Error::Forbidden) => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn warn(visit: &Visit, page: &Page) {
    tracing::warn!(
        user = %visit.caller.user,
        doctype = %page.doctype,
        "Frappe would show this user more than his customers' documents; a User Permission on Customer is missing, or documents without a customer are shown to everybody"
    );
}
