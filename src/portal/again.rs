//! The queue: what was dropped is asked for again behind everybody's back, never all at once.
//!
//! Only what somebody looked at lately, or has open, and once for each look; for so many pages at
//! the same time and no more, each as the user whose it is, with his own session, proved first; and
//! not while the site has enough to do or has failed. What finds no place in the queue is asked for
//! when somebody looks at it, and an open page a little later. Nobody's request waits for any of
//! this.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::looks::Look;
use super::visit::Visit;
use super::watch::Watched;
use super::{Error, Portal};
use crate::cache::Version;
use crate::frappe::{self, UserId};

/// How many looks are put into the queue before others may work: after a drop of everybody there are
/// thousands.
const AT_A_TIME: usize = 64;

/// The queue.
#[derive(Debug)]
pub struct Queue {
    at_once: usize,
    most: usize,
    is_swept: AtomicBool,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    looks: VecDeque<Arc<Look>>,
    workers: usize,
}

/// What becomes of a look that is put into the queue.
#[derive(Debug)]
enum Put {
    /// Somebody will come to it.
    Waits,
    /// Somebody has to begin with it.
    First,
    Full,
}

impl Queue {
    /// So many pages at the same time, so many waiting.
    pub fn new(at_once: usize, most: usize) -> Self {
        Self {
            at_once,
            most,
            is_swept: AtomicBool::new(false),
            waiting: Mutex::default(),
        }
    }

    /// Whether anything is asked for again at all.
    pub const fn is_open(&self) -> bool {
        self.most > 0
    }

    fn put(&self, look: &Arc<Look>) -> Put {
        let mut waiting = self.lock();
        if waiting.looks.len() >= self.most {
            return Put::Full;
        }
        waiting.looks.push_back(Arc::clone(look));
        if waiting.workers < self.at_once {
            waiting.workers += 1;
            Put::First
        } else {
            Put::Waits
        }
    }

    /// The next one; where there is none, there is one worker less.
    fn next(&self) -> Option<Arc<Look>> {
        let mut waiting = self.lock();
        let next = waiting.looks.pop_front();
        if next.is_none() {
            waiting.workers -= 1;
        }
        next
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Portal {
    /// Looks after what was dropped, behind everybody's back. One does it at a time, for all drops
    /// that there are by then.
    pub(super) fn look_after_drops(self: &Arc<Self>) {
        if !self.marks.drops.is_any() || self.queue.is_swept.swap(true, Ordering::AcqRel) {
            return;
        }
        let portal = Arc::clone(self);
        self.background.spawn(async move {
            loop {
                while let Some(dropped) = portal.marks.drops.take() {
                    let looks = portal.looks.concerned(&portal, &dropped).await;
                    for some in looks.chunks(AT_A_TIME) {
                        for look in some {
                            portal.offer(look);
                        }
                        tokio::task::yield_now().await;
                    }
                }
                portal.queue.is_swept.store(false, Ordering::Release);
                // Something may have been dropped in between, and nobody begun with it.
                if !portal.marks.drops.is_any()
                    || portal.queue.is_swept.swap(true, Ordering::AcqRel)
                {
                    return;
                }
            }
        });
    }

    /// An answer of a user says something else than before: so may the pages that he has open.
    pub(super) fn answer_changed(self: &Arc<Self>, user: &UserId) {
        for look in self.looks.open_of(user) {
            self.offer(&look);
        }
    }

    /// Has a page asked for again, as soon as may be.
    pub(super) fn offer(self: &Arc<Self>, look: &Arc<Look>) {
        if !self.queue.is_open() {
            // Whoever has it open asks for it himself.
            look.tell(Watched::has_changed);
            return;
        }
        let now = self.clock.uptime();
        let mut may_be = true;
        look.tell(|watched| may_be = watched.may_be_asked(now));
        if !may_be || look.is_waiting.swap(true, Ordering::AcqRel) {
            return;
        }
        match self.queue.put(look) {
            Put::Waits => {}
            Put::First => {
                let portal = Arc::clone(self);
                self.background.spawn(async move {
                    while let Some(look) = portal.queue.next() {
                        look.is_waiting.store(false, Ordering::Release);
                        portal.ask_again(&look).await;
                    }
                });
            }
            Put::Full => {
                look.is_waiting.store(false, Ordering::Release);
                look.tell(Watched::leave);
            }
        }
    }

    async fn ask_again(self: &Arc<Self>, look: &Look) {
        if look.is_over() {
            return;
        }
        if self.client.is_busy() {
            return look.tell(Watched::leave);
        }
        let shown = async {
            let visit = Visit::prove(Arc::clone(self), look.caller.clone()).await?;
            visit.can_ask()?;
            visit.version(&look.place).await
        };
        let user = &look.caller.user;
        match shown.await {
            Ok(version) => look.tell(|watched| watched.shows(version)),
            Err(Error::Frappe(frappe::Error::SignInRequired)) => {
                self.looks.end(&look.session);
            }
            Err(Error::Frappe(
                frappe::Error::Unavailable(_)
                | frappe::Error::RateLimited { .. }
                | frappe::Error::LockedOut { .. },
            )) => look.tell(Watched::leave),
            Err(problem) => {
                // Whoever looks at the page runs into it and is told.
                tracing::debug!(%user, %problem, "a page was asked for again and is not there");
                look.tell(|watched| watched.shows(Version::GONE));
            }
        }
    }
}
