//! Sign-outs that Frappe has not heard of yet.
//!
//! A bounded queue: past that many, Frappe's own session expiry has to do, while the sids stay
//! refused here. One that is older than any session is dropped.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::frappe::Caller;

const MOST: usize = 10_000;

/// Visitors bring the news that the site answers; they are listened to this often at most.
const EVERY: SignedDuration = SignedDuration::from_secs(5);

/// A sign-out.
#[derive(Debug)]
pub struct SignOut {
    /// Whose session is to end.
    pub caller: Caller,
    since: Timestamp,
}

impl SignOut {
    /// A sign-out that was asked for just now.
    pub const fn new(caller: Caller, now: Timestamp) -> Self {
        Self { caller, since: now }
    }
}

/// Sign-outs that Frappe has not heard of yet.
#[derive(Debug, Default)]
pub struct PendingSignOuts(Mutex<Queue>);

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<SignOut>,
    tried: Option<Timestamp>,
}

impl PendingSignOuts {
    /// Puts one at the end.
    pub fn put(&self, sign_out: SignOut) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.waiting.len() >= MOST {
            queue.waiting.pop_front();
        }
        queue.waiting.push_back(sign_out);
    }

    /// Takes all that are not older than a session can be.
    pub fn take(&self, now: Timestamp, absolute: Duration) -> VecDeque<SignOut> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        queue.tried = Some(now);
        let mut waiting = std::mem::take(&mut queue.waiting);
        waiting.retain(|one| now.duration_since(one.since).unsigned_abs() < absolute);
        waiting
    }

    /// Whether a visitor's news is worth a try.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_early = queue
            .tried
            .is_some_and(|tried| now.duration_since(tried) < EVERY);
        !queue.waiting.is_empty() && !is_early
    }
}
