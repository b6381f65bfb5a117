//! What makes answers be asked for anew: a user who wants to see what is so now.
//!
//! Nothing is looked for and taken out: a mark says from which number on answers count, and whoever
//! looks at an answer holds it against the marks. So a mark costs the same however much is
//! remembered.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use crate::cache::{Sequence, Since};
use crate::clock::Clock;
use crate::frappe::UserId;

/// How often a user may ask for everything anew.
const REFRESH: Duration = Duration::from_secs(5);

/// How many users' refreshes are remembered. Beyond that all of them are forgotten, and with them
/// who has refreshed just now.
const MOST_USERS: usize = 100_000;

/// What was marked.
#[derive(Debug)]
pub struct Marks {
    sequence: Sequence,
    clock: Clock,
    refreshed: RwLock<HashMap<UserId, Refreshed>>,
}

#[derive(Clone, Copy, Debug)]
struct Refreshed {
    number: u64,
    at: Duration,
}

impl Marks {
    pub fn new(clock: Clock) -> Self {
        Self {
            sequence: Sequence::default(),
            clock,
            refreshed: RwLock::default(),
        }
    }

    /// What the answers are numbered by.
    pub fn sequence(&self) -> Sequence {
        self.sequence.clone()
    }

    /// Which answers of a user still count.
    pub fn since(&self, user: &UserId) -> Since {
        let refreshed = self
            .refreshed
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Since {
            forgotten: 0,
            expired: refreshed.get(user).map_or(0, |mark| mark.number),
        }
    }

    /// Has everything of a user asked for anew, unless that was so a moment ago: then false.
    pub fn refresh(&self, user: &UserId) -> bool {
        let now = self.clock.uptime();
        let mut refreshed = self
            .refreshed
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_new = refreshed
            .get(user)
            .is_none_or(|mark| now.saturating_sub(mark.at) >= REFRESH);
        if is_new {
            if refreshed.len() >= MOST_USERS {
                refreshed.clear();
            }
            let number = self.sequence.advance();
            refreshed.insert(user.clone(), Refreshed { number, at: now });
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).expect("a user")
    }

    #[test]
    fn a_user_refreshes_at_most_once_in_five_seconds_and_nobody_elses_answers() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let marks = Marks::new(clock.clone());
        let (anna, jan) = (user("anna@example.com"), user("jan@example.com"));
        assert!(marks.refresh(&anna));
        let first = marks.since(&anna).expired;
        assert_eq!(first, marks.sequence().current());
        assert_eq!(marks.since(&jan), Since::default());
        clock.advance(SignedDuration::from_secs(4));
        assert!(!marks.refresh(&anna));
        assert_eq!(marks.since(&anna).expired, first);
        assert!(marks.refresh(&jan), "each for himself");
        clock.advance(SignedDuration::from_secs(1));
        assert!(marks.refresh(&anna));
        assert!(marks.since(&anna).expired > first);
    }
}
