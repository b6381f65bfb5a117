//! The lock-out after too many failed sign-ins, for each user and for each address.
//!
//! Frappe's `LoginAttemptTracker`: the first failure of an interval starts it; more failures than
//! allowed within it lock the key until it is over (`login_locked_out_right_password`,
//! `login_ip_locked_right_password`).

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// How many failures are allowed in how many seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) attempts: i64,
    pub(super) interval: i64,
}

/// The failures counted so far.
#[derive(Debug, Default)]
pub(super) struct Attempts(HashMap<String, (Timestamp, i64)>);

impl Attempts {
    pub(super) fn failed(&mut self, key: &str, now: Timestamp, limits: Limits) {
        let entry = self.0.entry(key.to_owned()).or_insert((now, 0));
        if is_within(entry.0, now, limits) {
            entry.1 += 1;
        } else {
            *entry = (now, 1);
        }
    }

    pub(super) fn succeeded(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub(super) fn is_locked(&self, key: &str, now: Timestamp, limits: Limits) -> bool {
        limits.attempts > 0
            && self.0.get(key).is_some_and(|(first, count)| {
                *count > limits.attempts && is_within(*first, now, limits)
            })
    }
}

fn is_within(first: Timestamp, now: Timestamp, limits: Limits) -> bool {
    now.duration_since(first) < SignedDuration::from_secs(limits.interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_eleventh_failure_within_a_minute_locks_until_the_minute_is_over() {
        let limits = Limits {
            attempts: 10,
            interval: 60,
        };
        let start = Timestamp::UNIX_EPOCH;
        let later = |seconds| start + SignedDuration::from_secs(seconds);
        let mut attempts = Attempts::default();
        for _ in 0..10 {
            attempts.failed("a", start, limits);
        }
        assert!(!attempts.is_locked("a", later(1), limits));
        attempts.failed("a", later(2), limits);
        assert!(attempts.is_locked("a", later(59), limits));
        assert!(!attempts.is_locked("b", later(59), limits));
        assert!(!attempts.is_locked("a", later(60), limits));
    }
}
