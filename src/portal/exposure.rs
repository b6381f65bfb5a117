//! What Frappe would let a user read, found out in the background.
//!
//! Two things: whether a DocType is readable at all, which decides the menu; and whether Frappe
//! would show the user more than the scope (it fails open), which is said in the log once for each
//! user and DocType, because then Frappe's own pages leak what the portal hides.

use std::sync::Arc;
use std::time::Duration;

use super::answers::judge;
use super::marks::Tag;
use super::page::{BuiltIn, Entry, Page};
use super::proof::Visit;
use super::{Error, Portal, stock};
use crate::cache::{Ages, Memory, Owned, Room, Same, Sequence, Weigh};
use crate::clock::Clock;
use crate::frappe::{self, DocType, FieldName, Filter, ListQuery, UserId};

/// How long an answer is still good enough for the menu while it is asked for again.
const LAST_KNOWN: Duration = Duration::from_hours(1);

type Key = (UserId, DocType);

impl Weigh for Key {
    fn weight(&self) -> usize {
        96 + self.0.as_str().len() + self.1.as_str().len()
    }
}

impl Owned for Key {
    type Owner = UserId;

    fn owner(&self) -> &UserId {
        &self.0
    }
}

impl Weigh for bool {
    fn weight(&self) -> usize {
        64
    }
}

impl Same for bool {}

/// What is known of users and DocTypes.
#[derive(Debug)]
pub struct Exposure {
    readable: Memory<Key, bool>,
    compared: moka::future::Cache<Key, ()>,
}

impl Exposure {
    pub fn new(clock: Clock, sequence: Sequence) -> Self {
        const BYTES: u64 = 8 << 20;
        let room = Room {
            bytes: BYTES,
            share: BYTES,
            longest: LAST_KNOWN,
        };
        Self {
            readable: Memory::new(room, clock, sequence),
            compared: moka::future::Cache::builder().max_capacity(100_000).build(),
        }
    }

    pub async fn learn(&self, visit: &Visit, doctype: &DocType, readable: bool) {
        let before = visit.known_readable(doctype, LAST_KNOWN).await;
        self.readable
            .learn((visit.caller.user.clone(), doctype.clone()), readable)
            .await;
        tell_menu(visit, before, readable);
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
    /// Whether the user may read a DocType, as far as is known within `fresh`.
    pub(super) async fn known_readable(&self, doctype: &DocType, fresh: Duration) -> Option<bool> {
        let key = (self.caller.user.clone(), doctype.clone());
        let (marks, user) = (&self.portal.marks, &self.caller.user);
        let since = |number| marks.since(number, user, []);
        self.portal
            .exposure
            .readable
            .fresh(&key, fresh, since)
            .await
            .map(|answer| *answer.value)
    }

    /// Refuses a page whose DocType is known to be unreadable.
    pub(super) async fn readable(&self, doctype: &DocType) -> Result<(), Error> {
        match self
            .known_readable(doctype, self.portal.times.readable)
            .await
        {
            Some(false) => Err(Error::Unreadable),
            _ => Ok(()),
        }
    }

    /// Whether a DocType is known to be unreadable for the user: then it is in no menu of his.
    pub(super) async fn is_unreadable(&self, doctype: &DocType) -> bool {
        self.known_readable(doctype, LAST_KNOWN).await == Some(false)
    }

    /// Finds out whether the user may read a DocType, where that is not known.
    pub(super) async fn find_out_readable(&self, doctype: &DocType) -> Result<(), frappe::Error> {
        look_at(self, doctype, None).await
    }
}

impl Portal {
    /// Whether a user may read a DocType, as far as was found out lately.
    pub(super) async fn last_known_readable(
        &self,
        user: &UserId,
        doctype: &DocType,
    ) -> Option<bool> {
        let key = (user.clone(), doctype.clone());
        let since = |number| self.marks.since(number, user, []);
        let known = self.exposure.readable.fresh(&key, LAST_KNOWN, since);
        known.await.map(|answer| *answer.value)
    }

    /// After a proof, finds out behind the visitor's back what is not known of him.
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
                if seen.contains(&doctype) {
                    continue;
                }
                if let Err(problem) = look_at(&visit, &doctype, page).await {
                    // Whatever it is, the next page that is asked for runs into it and says so.
                    tracing::debug!(user = %visit.caller.user, %doctype, %problem, "not found out in the background");
                    return;
                }
                seen.push(doctype);
            }
        });
    }
}

/// What can be found out about a DocType, in one question; only a declared page has a field that tells
/// whose a document is.
async fn look_at(
    visit: &Visit,
    doctype: &DocType,
    page: Option<&Page>,
) -> Result<(), frappe::Error> {
    let exposure = &visit.portal.exposure;
    let key = (visit.caller.user.clone(), doctype.clone());
    let ages = Ages::fresh_only(visit.portal.times.readable);
    let (marks, user) = (&visit.portal.marks, &visit.caller.user);
    let since = |number| marks.since(number, user, []);
    let page = page.filter(|_| !exposure.compared.contains_key(&key));
    // A page that may no longer be read tells so itself; only a no has to be asked about again.
    if page.is_none() && visit.known_readable(doctype, LAST_KNOWN).await == Some(true) {
        return Ok(());
    }
    let ask = async {
        let shown = shows(visit, doctype, page).await?;
        if shown.is_some() && page.is_some() {
            exposure.compared.insert(key.clone(), ()).await;
        }
        if let (Some(true), Some(page)) = (shown, page) {
            warn(visit, page);
        }
        Ok(shown.is_some())
    };
    let got = exposure.readable.get(key.clone(), &ages, since, judge, ask);
    got.await.map(drop)
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
