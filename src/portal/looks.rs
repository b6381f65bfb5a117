//! Who looked at which page lately, or has it open: for whom it is worth asking again.
//!
//! A look is written down when a page is made, and costs a page that is shown as it was finished
//! nothing. How many are kept is bounded, whatever else is remembered: what
//! was dropped of pages that nobody knows of is asked for when it is looked at. A look ends with its
//! session, as soon as that is known here.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Portal;
use super::dropped::Dropped;
use super::marks::Tag;
use super::place::Place;
use super::proof::Proof;
use super::visit::Visit;
use super::watch::Watched;
use crate::cache::Version;
use crate::clock::Clock;
use crate::frappe::{Caller, SidDigest, UserId};

/// For how long a page counts as looked at lately. Who reads on comes back within a minute or two; who
/// has left may not come again today, and his pages are not worth the ERP's time.
const LATELY: Duration = Duration::from_mins(2);

/// How many looks are kept that are no open page's.
const MOST: u64 = 8_192;

/// Somebody's look at a page.
#[derive(Debug)]
pub struct Look {
    /// Who looked.
    pub(super) caller: Caller,
    /// In which session.
    pub(super) session: SidDigest,
    /// At what.
    pub(super) place: Place,
    /// Whose customers are whose, as it was last proved.
    proof: Mutex<Arc<Proof>>,
    /// When it was, in milliseconds of the clock.
    at: AtomicU64,
    /// Whether that was after it was last asked for again.
    is_due: AtomicBool,
    /// Whether it stands in the queue.
    pub(super) is_waiting: AtomicBool,
    /// Whether its session has ended.
    is_over: AtomicBool,
    /// What there is to say of a page that is open.
    pub(super) watched: Option<Watched>,
}

impl Look {
    pub(super) fn new(
        visit: &Visit,
        place: Place,
        watched: Option<Watched>,
        now: Duration,
    ) -> Self {
        Self {
            caller: visit.caller.clone(),
            session: visit.caller.sid.digest(),
            place,
            proof: Mutex::new(Arc::clone(&visit.proof)),
            at: AtomicU64::new(milliseconds(now)),
            is_due: AtomicBool::new(true),
            is_waiting: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
            watched,
        }
    }

    /// The page was shown again.
    fn again(&self, clock: &Clock) {
        self.at
            .store(milliseconds(clock.uptime()), Ordering::Relaxed);
        self.is_due.store(true, Ordering::Relaxed);
    }

    /// Whether its session has ended.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    pub(super) fn end(&self) {
        self.is_over.store(true, Ordering::Release);
        self.tell(Watched::wake);
    }

    /// Tells whoever has the page open, where it is open.
    pub(super) fn tell(&self, what: impl FnOnce(&Watched)) {
        if let Some(watched) = &self.watched {
            what(watched);
        }
    }

    /// Takes a newer proof; says whether it says anything else.
    pub(super) fn proved(&self, newer: &Arc<Proof>) -> bool {
        let mut proof = self.proof.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&proof, newer) {
            return false;
        }
        let is_other = **proof != **newer;
        *proof = Arc::clone(newer);
        is_other
    }

    /// Whether it was lately, and after it was last asked for again; only once.
    fn is_worth_asking(&self, now: Duration) -> bool {
        let age = milliseconds(now).saturating_sub(self.at.load(Ordering::Relaxed));
        age <= milliseconds(LATELY) && self.is_due.swap(false, Ordering::Relaxed)
    }

    /// Whether any of what was dropped may stand on the page.
    fn is_concerned(&self, portal: &Portal, dropped: &Dropped) -> bool {
        let (marks, user) = (&portal.marks, &self.caller.user);
        if dropped.everybody || marks.is_among(dropped, [Tag::User(user)]) {
            return true;
        }
        if self.place.has_stock() && marks.is_among(dropped, [Tag::Stock]) {
            return true;
        }
        let document = self.place.document(portal);
        if let Some((doctype, name)) = document
            && marks.is_among(dropped, [Tag::Document(doctype, name.as_str())])
        {
            return true;
        }
        let proof = Arc::clone(&self.proof.lock().unwrap_or_else(PoisonError::into_inner));
        let doctypes = self.place.doctypes(portal).into_iter();
        let own = document.map(|(doctype, _)| doctype);
        doctypes
            .filter(|doctype| dropped.doctypes.contains(*doctype))
            .any(|doctype| {
                let scope = proof.scope(own.unwrap_or(doctype));
                // What happens to his other documents is nothing to a document.
                let customers = scope.customers().filter(|_| own != Some(doctype));
                let of_customers =
                    customers.map(|customer| Tag::Customer(doctype, customer.as_str()));
                marks.is_among(dropped, of_customers.chain([Tag::DocType(doctype)]))
            })
    }
}

/// The looks that are known.
#[derive(Debug)]
pub struct Looks {
    recent: moka::sync::Cache<u64, Arc<Look>>,
    open: Mutex<HashMap<UserId, Vec<Arc<Look>>>>,
    /// How many are open, so that nobody takes the lock where none is.
    opened: AtomicUsize,
    hash: RandomState,
    clock: Clock,
}

impl Looks {
    /// Looks, by this clock.
    pub fn new(clock: Clock) -> Self {
        Self {
            recent: moka::sync::Cache::new(MOST),
            open: Mutex::default(),
            opened: AtomicUsize::new(0),
            hash: RandomState::new(),
            clock,
        }
    }

    /// A version in letters that tell nothing else: how much has changed is nobody's business.
    pub fn told(&self, version: Version) -> String {
        format!("{:016x}", self.hash.hash_one(version))
    }

    /// Writes a look down.
    pub fn add(&self, visit: &Visit, place: Place) {
        let key = self.hash.hash_one((&visit.caller.user, &place));
        let same = self.recent.get(&key).filter(|look| {
            !look.is_over() && look.session == visit.caller.sid.digest() && look.place == place
        });
        if let Some(look) = same {
            look.proved(&visit.proof);
            look.again(&self.clock);
            return;
        }
        let look = Look::new(visit, place, None, self.clock.uptime());
        self.recent.insert(key, Arc::new(look));
    }

    /// Knows of open pages until [`Self::close`].
    pub fn open(&self, user: &UserId, looks: &[Arc<Look>]) {
        let mut open = self.lock();
        open.entry(user.clone())
            .or_default()
            .extend(looks.iter().cloned());
        self.opened.fetch_add(looks.len(), Ordering::Relaxed);
    }

    pub fn close(&self, user: &UserId, looks: &[Arc<Look>]) {
        let mut open = self.lock();
        if let Some(of_user) = open.get_mut(user) {
            let is_closed = |look: &Arc<Look>| looks.iter().any(|one| Arc::ptr_eq(one, look));
            of_user.retain(|look| !is_closed(look));
            if of_user.is_empty() {
                open.remove(user);
            }
        }
        self.opened.fetch_sub(looks.len(), Ordering::Relaxed);
    }

    /// The pages that a user has open.
    pub fn open_of(&self, user: &UserId) -> Vec<Arc<Look>> {
        if self.opened.load(Ordering::Relaxed) == 0 {
            return Vec::new();
        }
        self.lock().get(user).cloned().unwrap_or_default()
    }

    /// A session has ended: nothing is asked in its name any more.
    pub fn end(&self, sid: &SidDigest) {
        for (key, look) in &self.recent {
            if look.session == *sid {
                look.end();
                self.recent.invalidate(&*key);
            }
        }
        let open = self.lock();
        let of_session = open.values().flatten();
        for look in of_session.filter(|look| look.session == *sid) {
            look.end();
        }
    }

    /// The looks for which it is worth asking again for what was dropped: open pages, and those that
    /// were looked at lately and not asked for again since. Lets others work in between.
    pub async fn concerned(&self, portal: &Portal, dropped: &Dropped) -> Vec<Arc<Look>> {
        const AT_A_TIME: usize = 64;
        let open: Vec<Arc<Look>> = self.lock().values().flatten().cloned().collect();
        let now = self.clock.uptime();
        let mut concerned = Vec::new();
        for looks in open.chunks(AT_A_TIME) {
            let looks = looks.iter();
            concerned.extend(
                looks
                    .filter(|look| look.is_concerned(portal, dropped))
                    .cloned(),
            );
            tokio::task::yield_now().await;
        }
        for (number, (_, look)) in self.recent.iter().enumerate() {
            if look.is_concerned(portal, dropped) && look.is_worth_asking(now) {
                concerned.push(look);
            }
            if number % AT_A_TIME == 0 {
                tokio::task::yield_now().await;
            }
        }
        concerned
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<UserId, Vec<Arc<Look>>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
