//! Finished pages, remembered: the bytes as they were sent, for whoever would be sent the same ones.
//!
//! A page's key is everything about its visitor and his request that shapes it; what it was made of
//! ([`MadeOf`]) and the version of the templates say whether it would be made the same now. It is
//! looked for only by a visit, so that session and scope are proved before anything is served, a 304
//! included. What is shown only because Frappe cannot be reached, with its age above it, and what is
//! not whole, is never remembered. Cookies and the `Age` are added to what is remembered as it leaves.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::Bytes;
use axum::extract::MatchedPath;
use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use headers::ETag;
use sha2::{Digest, Sha256};

use super::coding::{Coding, Effort};
use super::session::{Opened, Session};
use super::wanted::{Form, Wanted};
use crate::cache::{Bookmarks, Figures, Owned, Room, Store, Thing, Weigh};
use crate::config::Portion;
use crate::frappe::UserId;
use crate::portal::{AsOf, MadeOf, Visit};

/// The memory of finished pages.
#[derive(Debug)]
pub struct Rendered {
    pages: Store<Key, Remembered>,
    served: AtomicU64,
    made: AtomicU64,
}

/// How often pages were served as they were remembered, and how often one was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageCounts {
    /// Served as remembered.
    pub served: u64,
    /// Made.
    pub made: u64,
}

/// What shapes a page, but for what it is made of. The language, the theme and the settings are the
/// same for everybody, or the browser's own business.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    // First, because it is what differs.
    address: Arc<str>,
    form: Form,
    coding: Coding,
    user: UserId,
    full_name: Arc<str>,
}

/// The pages that somebody looked at lately, kept with his session, so that they need not be looked for
/// while they are still there.
#[derive(Debug)]
pub struct LastPages(Bookmarks<Key, Remembered>);

/// How many pages somebody goes to and fro between.
const LAST_PAGES: usize = 8;

impl Default for LastPages {
    fn default() -> Self {
        Self(Bookmarks::new(LAST_PAGES))
    }
}

/// A page that is remembered, and what says whether it still holds.
#[derive(Debug)]
pub struct Remembered {
    /// The page.
    pub page: Finished,
    made_of: MadeOf,
    templates: u64,
}

/// A page as it is sent.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The bytes, coded.
    pub body: Bytes,
    /// How they are coded.
    pub coding: Coding,
    /// The hash of the page and its coding.
    pub etag: ETag,
    /// The same as a header has it.
    pub etag_header: HeaderValue,
    /// Of when it is.
    pub as_of: Option<AsOf>,
    /// Its route.
    pub route: Option<MatchedPath>,
}

impl Finished {
    /// A page from its bytes; sent as they are where a coding would gain nothing. `None` when an
    /// entity tag cannot be written, which does not happen.
    pub fn new(
        plain: Vec<u8>,
        coding: Coding,
        as_of: Option<AsOf>,
        route: Option<MatchedPath>,
    ) -> Option<Self> {
        const TAG: usize = 12;
        let hash = URL_SAFE_NO_PAD.encode(&Sha256::digest(&plain)[..TAG]);
        let coded = coding.code(&plain, Effort::Quick);
        let coding = coded.as_ref().map_or(Coding::Identity, |_| coding);
        let etag = format!("\"{hash}{}\"", coding.suffix());
        Some(Self {
            body: coded.unwrap_or_else(|| plain.into_boxed_slice().into()),
            etag: etag.parse().ok()?,
            etag_header: etag.try_into().ok()?,
            coding,
            as_of,
            route,
        })
    }
}

impl Weigh for Key {
    fn weight(&self) -> usize {
        // The ledger holds the key too.
        2 * (size_of::<Self>()
            + 2 * self.user.as_str().len()
            + self.full_name.len()
            + self.address.len())
    }
}

impl Owned for Key {
    type Owner = UserId;

    fn owner(&self) -> &UserId {
        &self.user
    }
}

impl Weigh for Remembered {
    fn weight(&self) -> usize {
        256 + self.page.body.len() + self.made_of.size()
    }
}

impl Rendered {
    /// A memory with so much room, of which each user has a share.
    pub fn new(portion: Portion) -> Self {
        Self {
            pages: Store::new(Room {
                bytes: portion.bytes,
                share: portion.user_bytes,
                // Whether a page holds, the portal's clock decides; this only clears away, by the machine's.
                longest: 5 * MadeOf::longest(),
            }),
            served: AtomicU64::new(0),
            made: AtomicU64::new(0),
        }
    }

    /// How often what was done since the beginning.
    pub fn counts(&self) -> PageCounts {
        PageCounts {
            served: self.served.load(Ordering::Relaxed),
            made: self.made.load(Ordering::Relaxed),
        }
    }

    /// The page that was made for the same visitor and request, if it would be made the same now.
    pub fn get(
        &self,
        session: &Opened,
        visit: &Visit,
        wanted: &Wanted,
    ) -> Option<Arc<Thing<Remembered>>> {
        let remembered = self.find(session, visit, wanted)?;
        self.served.fetch_add(1, Ordering::Relaxed);
        Some(remembered)
    }

    /// Whether there is such a page.
    pub fn has(&self, session: &Opened, visit: &Visit, wanted: &Wanted) -> bool {
        self.find(session, visit, wanted).is_some()
    }

    fn find(
        &self,
        session: &Opened,
        visit: &Visit,
        wanted: &Wanted,
    ) -> Option<Arc<Thing<Remembered>>> {
        let (LastPages(last), key) = (&session.pages, || Key::of(session, visit, wanted));
        let is_it = |key: &Key| key.is_of(session, visit, wanted);
        let remembered = self.pages.get_again(last, is_it, key)?;
        let holds = remembered.templates == wanted.templates && visit.holds(&remembered.made_of);
        holds.then_some(remembered)
    }

    /// What it holds, and how often it had the page.
    pub fn figures(&self) -> Figures {
        let PageCounts { served, made } = self.counts();
        Figures {
            hits: served,
            misses: made,
            ..self.pages.figures()
        }
    }

    /// Remembers a page for as long as what it was made of holds.
    pub fn put(&self, session: &Session, visit: &Visit, wanted: &Wanted, page: &Finished) {
        self.made.fetch_add(1, Ordering::Relaxed);
        if page.as_of.is_some_and(|as_of| as_of.is_stale()) {
            return;
        }
        let Some(made_of) = visit.made_of() else {
            return;
        };
        let remembered = Remembered {
            page: page.clone(),
            made_of,
            templates: wanted.templates,
        };
        let key = Key::of(session, visit, wanted);
        self.pages.put(key, remembered);
    }
}

impl Key {
    fn of(session: &Session, visit: &Visit, wanted: &Wanted) -> Self {
        Self {
            // The proved one, which is the cookie's.
            user: visit.caller().user.clone(),
            full_name: Arc::clone(&session.full_name),
            // A copy of its own: a clone would keep all that was read with it.
            address: wanted.address.as_str().into(),
            form: wanted.form,
            coding: wanted.coding,
        }
    }

    /// Whether it is the same as the one that is made of these.
    fn is_of(&self, session: &Session, visit: &Visit, wanted: &Wanted) -> bool {
        let Self {
            address,
            form,
            coding,
            user,
            full_name,
        } = self;
        **address == *wanted.address.as_str()
            && (*form, *coding) == (wanted.form, wanted.coding)
            && *user == visit.caller().user
            && *full_name == session.full_name
    }
}
