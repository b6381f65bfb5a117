//! What a customer may see: pages, whose customer one is, lists and documents.
//!
//! Everything is read as the customer, with the session's own sid, so that Frappe's permissions
//! decide; and everything that comes back is held against the user's scope before anything else
//! sees it. Nothing remembered is served unless Frappe has answered this very session within the
//! proof time. This module knows nothing of HTTP servers or HTML.

pub mod account;
mod again;
mod answers;
mod as_of;
mod attention;
mod census;
mod changes;
mod children;
mod document;
mod dropped;
mod export;
mod exposure;
pub mod files;
mod list;
mod looks;
mod made_of;
mod marks;
pub mod menu;
mod own;
pub mod page;
mod parts;
mod pieces;
mod place;
mod print;
mod proof;
pub mod request;
pub mod scope;
mod scope_digest;
mod sections;
mod seen;
pub mod stock;
mod supposed;
pub mod value;
mod view;
mod visit;
mod warehousing;
mod warm;
mod watch;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

use self::again::Queue;
use self::answers::Answers;
pub use self::as_of::AsOf;
pub use self::attention::{Attention, FirstRows, Found, Needed};
pub use self::changes::{Change, Dropped};
pub use self::document::{Document, Shown};
pub use self::export::{Export, Told};
use self::exposure::Exposure;
pub use self::list::{List, ListRows, Row};
use self::looks::Looks;
pub use self::made_of::MadeOf;
use self::marks::Marks;
use self::menu::{Menus, PagesOfCustomers, Routes};
use self::page::Pages;
pub use self::parts::Part;
pub use self::place::Place;
pub use self::print::NotPrinted;
pub use self::proof::LastProof;
use self::proof::Proofs;
pub use self::sections::{Milestone, Operation, Paper, PaperProblem, Progress, SectionContent};
pub use self::seen::{Seen, SeenPage, Showing, Why};
pub use self::visit::Visit;
pub use self::warehousing::{Overview, Tally, Warehousing};
pub use self::watch::Watch;
use crate::cache::{Ages, Lane, Room, Version};
use crate::clock::Clock;
use crate::frappe::{self, Caller, Client};

/// How long things are good for.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// Frappe's word that a session and its scope hold.
    pub proof: Duration,
    /// For how long that word counts while Frappe cannot be reached.
    pub proof_kept: Duration,
    /// Rows and counts.
    pub list: Ages,
    /// Documents.
    pub document: Ages,
    /// What seldom changes: items, warehouses.
    pub master: Ages,
    /// Whether a user may read a DocType.
    pub readable: Duration,
}

/// How much of what there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The bytes that are remembered.
    pub bytes: u64,
    /// Those of one user.
    pub user_bytes: u64,
    /// For how many users pages are fetched ahead at the same time.
    pub warm_up: usize,
    /// How many stale answers are refreshed at the same time.
    pub refreshes_in_flight: usize,
    /// Whether the site tells of changes.
    pub hears_changes: bool,
    /// How many pages are asked for again at the same time.
    pub refreshes: usize,
    /// How many wait for that; 0 where nothing is asked for again.
    pub refresh_queue: usize,
}

/// What an operator has decided about the pages that are built in.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whose stock it is.
    pub stock: stock::Owner,
    /// The most bins, and the most items, that are read for a user.
    pub stock_rows: NonZeroU32,
    /// Which pages make up the warehouse.
    pub warehousing: Warehousing,
    /// Which customers have which pages.
    pub customers: PagesOfCustomers,
    /// The address that customers type, as in a browser's `Origin`.
    pub origin: String,
}

/// The portal in front of one site.
#[derive(Debug)]
pub struct Portal {
    client: Client,
    pages: Pages,
    times: Times,
    time_zone: TimeZone,
    stock: stock::Owner,
    stock_rows: NonZeroU32,
    warehousing: Warehousing,
    clock: Clock,
    marks: Marks,
    proofs: Proofs,
    answers: Answers,
    exposure: Exposure,
    menus: Menus,
    looks: Looks,
    queue: Queue,
    background: TaskTracker,
    warming: Arc<Semaphore>,
    looking: Lane,
    hears_changes: bool,
}

/// Why a visitor does not get what he asked for.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Frappe did not answer, or not so.
    #[error(transparent)]
    Frappe(#[from] frappe::Error),
    /// The user has no customers for this DocType.
    #[error("the user has no customers")]
    NoCustomers,
    /// Frappe refuses the user what a view is worked out from: what is in it is not known.
    #[error("the user may not read what the view is worked out from")]
    ViewRefused,
    /// A customer was chosen that is not the user's.
    #[error("a customer outside the scope")]
    OutsideScope,
    /// The user may not read the page's DocType.
    #[error("the user may not read this DocType")]
    Unreadable,
    /// What was chosen is none of the user's choices.
    #[error(transparent)]
    NotAChoice(#[from] request::BadParameter),
    /// The document is the user's, and is not printed.
    #[error(transparent)]
    NotPrinted(#[from] NotPrinted),
    /// No such document, or none of this user's: both look the same.
    #[error("no such document")]
    NotFound,
    /// A file that hangs on a document of the user's, and that Frappe does not give.
    #[error("the file is gone")]
    FileGone,
}

impl Portal {
    /// A portal that remembers no more than there is room for.
    #[must_use]
    pub fn new(
        client: Client,
        pages: Pages,
        times: Times,
        time_zone: TimeZone,
        rules: Rules,
        limits: Limits,
        clock: Clock,
    ) -> Arc<Self> {
        let marks = Marks::new(clock.clone());
        let sequence = marks.sequence();
        let longest = [times.list, times.document, times.master]
            .iter()
            .map(Ages::longest)
            .max()
            .unwrap_or_default();
        let room = Room {
            bytes: limits.bytes,
            share: limits.user_bytes,
            longest,
        };
        let proof_kept = times.proof_kept.max(times.proof);
        Arc::new(Self {
            proofs: Proofs::new(proof_kept, clock.clone(), sequence.clone()),
            answers: Answers::new(
                room,
                limits.refreshes_in_flight,
                clock.clone(),
                sequence.clone(),
            ),
            menus: Menus::new(
                &pages,
                Routes::new(&pages, &rules.origin),
                rules.customers,
                longest,
                &clock,
                &sequence,
            ),
            exposure: Exposure::new(),
            looks: Looks::new(clock.clone()),
            queue: Queue::new(limits.refreshes, limits.refresh_queue),
            marks,
            hears_changes: limits.hears_changes,
            background: TaskTracker::new(),
            warming: Arc::new(Semaphore::new(limits.warm_up.min(Semaphore::MAX_PERMITS))),
            looking: Lane::new(1),
            client,
            pages,
            times,
            time_zone,
            stock: rules.stock,
            stock_rows: rules.stock_rows,
            warehousing: rules.warehousing,
            clock,
        })
    }

    /// The client of the site, for signing in and out.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The pages.
    #[must_use]
    pub const fn pages(&self) -> &Pages {
        &self.pages
    }

    /// The site's time zone.
    #[must_use]
    pub const fn time_zone(&self) -> &TimeZone {
        &self.time_zone
    }

    /// The clock that everything goes by.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Work that goes on behind the answers.
    #[must_use]
    pub const fn background(&self) -> &TaskTracker {
        &self.background
    }

    /// A visit of a session that Frappe has confirmed within the proof time.
    ///
    /// # Errors
    /// When the session has ended, or Frappe cannot be asked.
    pub async fn visit(self: &Arc<Self>, caller: Caller) -> Result<Visit, Error> {
        let visit = Visit::prove(Arc::clone(self), caller).await?;
        self.look_around(&visit);
        // A drop of everybody may have waited for its time.
        self.look_after_drops();
        Ok(visit)
    }

    /// The visit of a session whose proof is fresh, without asking: for a page that is remembered, and
    /// for what stands around an error. `last` is kept with the session.
    pub async fn remembered_visit(
        self: &Arc<Self>,
        caller: Caller,
        last: &LastProof,
    ) -> Option<Visit> {
        Visit::remembered(Arc::clone(self), caller, last).await
    }

    /// Has everything that a user sees asked for anew, unless that was so a moment ago: then false.
    pub fn refresh(&self, user: &frappe::UserId) -> bool {
        self.marks.refresh(user)
    }

    /// Drops what was proved for a session that has ended.
    pub fn forget_proof(&self, caller: &Caller) {
        self.proofs.forget(caller);
        self.end_looks(caller);
    }

    /// A session has ended: nothing is asked in its name, and its open pages learn of it.
    pub fn end_looks(&self, caller: &Caller) {
        self.looks.end(&caller.sid.digest());
    }

    /// Writes down that a visitor looks at a page, so that what is dropped of it is asked for again;
    /// nothing where there are no drops to ask for. Whoever keeps the finished page makes it anew
    /// after a minute ([`MadeOf`]), so that a look is at most that much later than it seems.
    pub fn looks_at(&self, visit: &Visit, place: Place) {
        if self.hears_changes && self.queue.is_open() {
            self.looks.add(visit, place);
        }
    }

    /// A version of a page in letters, the same as long as the page shows the same. They tell
    /// nothing else.
    #[must_use]
    pub fn told(&self, version: Version) -> String {
        self.looks.told(version)
    }

    /// Waits until the background work that has begun is done.
    pub async fn settled(&self) {
        self.background.close();
        self.background.wait().await;
        self.background.reopen();
    }

    /// The site's wall clock.
    #[must_use]
    pub fn site_time(&self, at: Timestamp) -> jiff::civil::DateTime {
        at.to_zoned(self.time_zone.clone()).datetime()
    }
}
