//! Open pages, watched for whoever has them open.
//!
//! A watch tells how often each of its pages has come to show something else, never what. It learns
//! that from questions that are asked anyway, and from those that the queue asks for it; it asks
//! nothing itself.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;

use super::Portal;
use super::looks::Look;
use super::place::Place;
use super::visit::Visit;
use crate::cache::Version;

/// An open page is asked for again no more often than this, however much of it is dropped.
const EVERY: Duration = Duration::from_secs(5);

/// What there is to say of an open page.
#[derive(Debug)]
pub(super) struct Watched {
    news: Arc<Notify>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    version: Option<Version>,
    changes: u64,
    /// When it was last asked for again.
    asked: Option<Duration>,
    /// Whether it could not be asked for again when that was due.
    is_left: bool,
}

impl Watched {
    fn new(news: &Arc<Notify>) -> Self {
        Self {
            news: Arc::clone(news),
            state: Mutex::default(),
        }
    }

    pub fn wake(&self) {
        self.news.notify_one();
    }

    /// The page shows this now.
    pub fn shows(&self, version: Version) {
        let mut state = self.state();
        let before = state.version.replace(version);
        if before.is_some_and(|before| before != version) {
            state.changes += 1;
            self.wake();
        }
    }

    /// The page may be another one: nobody finds out.
    pub fn has_changed(&self) {
        self.state().changes += 1;
        self.wake();
    }

    /// It could not be asked for again, and has to be another time.
    pub fn leave(&self) {
        let mut state = self.state();
        state.is_left = true;
        state.asked = None;
    }

    /// Whether it may be asked for again by now; else it is left for another time.
    pub fn may_be_asked(&self, now: Duration) -> bool {
        let mut state = self.state();
        let is_early = state
            .asked
            .is_some_and(|asked| now.saturating_sub(asked) < EVERY);
        state.is_left = is_early;
        if !is_early {
            state.asked = Some(now);
        }
        !is_early
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Open pages of one session.
#[derive(Debug)]
pub struct Watch {
    portal: Arc<Portal>,
    looks: Vec<Arc<Look>>,
    news: Arc<Notify>,
}

impl Visit {
    /// Watches pages that are open.
    #[must_use]
    pub fn watch(&self, places: Vec<Place>) -> Watch {
        let news = Arc::new(Notify::new());
        let now = self.portal.clock.uptime();
        let looks: Vec<Arc<Look>> = places
            .into_iter()
            .map(|place| Arc::new(Look::new(self, place, Some(Watched::new(&news)), now)))
            .collect();
        self.portal.looks.open(&self.caller.user, &looks);
        Watch {
            portal: Arc::clone(&self.portal),
            looks,
            news,
        }
    }
}

impl Watch {
    /// The page in this place of their order shows this version.
    pub fn show(&self, at: usize, version: Version) {
        if let Some(watched) = self.watched().nth(at) {
            watched.shows(version);
        }
    }

    /// Ready when there may be something to tell.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    /// How often each page has changed, in their order.
    pub fn changes(&self) -> impl Iterator<Item = u64> {
        self.watched().map(|watched| watched.state().changes)
    }

    /// Whether the session has ended.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.looks.iter().any(|look| look.is_over())
    }

    /// Time has passed: has asked again what could not be asked when it was due.
    pub fn go_on(&self) {
        for look in &self.looks {
            let is_left = look
                .watched
                .as_ref()
                .is_some_and(|watched| watched.state().is_left);
            if is_left {
                self.portal.offer(look);
            }
        }
    }

    /// The session was proved again, by this visit. Where that says something else of it than
    /// before, its pages may show something else.
    pub fn proved(&self, visit: &Visit) {
        for look in &self.looks {
            if look.proved(&visit.proof) {
                self.portal.offer(look);
            }
        }
    }

    fn watched(&self) -> impl Iterator<Item = &Watched> {
        self.looks.iter().filter_map(|look| look.watched.as_ref())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(look) = self.looks.first() {
            self.portal.looks.close(&look.caller.user, &self.looks);
        }
    }
}
