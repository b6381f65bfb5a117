//! What can go wrong between the portal and a site, on demand: no answer, a late one, another's.
//!
//! `Faults` says what happens to a request; `Hold` keeps answers back until enough requests are
//! under way at once, which proves that they are made side by side.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// What happens to a request instead of a plain answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The connection is closed without an answer.
    Refuse,
    /// The answer comes this much later.
    Slow(Duration),
    /// An answer of an nginx in front, with this status and an HTML page.
    Status(u16),
    /// 200, said to be JSON, and broken.
    Garbage,
    /// A 500 of Frappe's own, as where a script of the site's breaks.
    Raised,
    /// The same, because the database chose this request to end a deadlock.
    Deadlock,
    /// The answer breaks off in the middle.
    Truncated,
}

/// The faults in force.
#[derive(Debug, Default)]
pub(super) struct Faults {
    pub(super) everywhere: Option<Fault>,
    /// The longest prefix that fits a path goes first.
    pub(super) on: Vec<(String, Fault)>,
}

impl Faults {
    pub(super) fn of(&self, path: &str) -> Option<Fault> {
        self.on
            .iter()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len())
            .map(|(_, fault)| fault)
            .or(self.everywhere.as_ref())
            .cloned()
    }
}

/// Holds answers until a number of requests wait together.
#[derive(Debug)]
pub(super) struct Hold {
    waiting: Mutex<Waiting>,
    round: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Waiting {
    wanted: usize,
    count: usize,
}

impl Default for Hold {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            round: watch::Sender::new(0),
        }
    }
}

impl Hold {
    /// From now on `wanted` requests go together; 0 lets everything go at once.
    pub(super) fn set(&self, wanted: usize) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting = Waiting { wanted, count: 0 };
        self.round.send_modify(|round| *round += 1);
    }

    /// Returns when this request may be answered.
    pub(super) async fn pass(&self) {
        let mut rounds = self.round.subscribe();
        let here = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.wanted == 0 {
                return;
            }
            waiting.count += 1;
            if waiting.count >= waiting.wanted {
                waiting.count = 0;
                self.round.send_modify(|round| *round += 1);
                return;
            }
            *rounds.borrow_and_update()
        };
        let mut place = Place {
            hold: self,
            round: here,
            is_over: false,
        };
        // The sender lives as long as the site, so the wait cannot fail.
        let _ = rounds.wait_for(|round| *round != here).await;
        place.is_over = true;
    }
}

/// A place in the row, given up when whoever asked goes away.
struct Place<'a> {
    hold: &'a Hold,
    round: u64,
    is_over: bool,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut waiting = self
            .hold
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if !self.is_over && *self.hold.round.borrow() == self.round {
            waiting.count = waiting.count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let faults = Faults {
            everywhere: Some(Fault::Garbage),
            on: vec![
                ("/api".to_owned(), Fault::Refuse),
                ("/api/method/login".to_owned(), Fault::Status(502)),
            ],
        };
        assert_eq!(faults.of("/api/method/login"), Some(Fault::Status(502)));
        assert_eq!(faults.of("/api/resource/Bin"), Some(Fault::Refuse));
        assert_eq!(faults.of("/files/x"), Some(Fault::Garbage));
    }

    #[tokio::test]
    async fn held_answers_go_together_and_a_lost_one_does_not_count() {
        let hold = Hold::default();
        hold.set(2);
        assert!(hold.pass().now_or_never().is_none());
        let mut first = std::pin::pin!(hold.pass());
        assert!(first.as_mut().now_or_never().is_none());
        hold.pass().await;
        first.await;
        hold.set(0);
        hold.pass().await;
    }
}
