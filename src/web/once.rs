//! What works once: an attempt at the second factor.
//!
//! Frappe takes the same `tmp_id` and code as often as they are sent (`twofa_tmp_id_replayed`), so
//! whoever copied both could sign in after their owner. Here an attempt is claimed before Frappe is
//! asked, so that of two requests at the same moment one is refused; it is free again after a wrong
//! code, and spent for good after a right one. Whoever breaks off in between has spent it too: Frappe
//! may have taken the code.
//!
//! Attempts are sealed cookies and cost a right password each, and none is remembered for longer than
//! it is good, so there are never many.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

type AttemptDigest = [u8; 32];

/// The attempts that cannot be used now, and until when that matters.
#[derive(Debug, Default)]
pub struct Attempts(Mutex<HashMap<AttemptDigest, Timestamp>>);

impl Attempts {
    /// Claims an attempt that is good until then; nothing, when it is claimed or spent.
    pub fn claim(
        &self,
        tmp_id: &SecretString,
        until: Timestamp,
        now: Timestamp,
    ) -> Option<Claim<'_>> {
        let attempt = Sha256::digest(tmp_id.expose_secret()).into();
        let mut attempts = self.lock();
        attempts.retain(|_, until| now < *until);
        if attempts.contains_key(&attempt) {
            return None;
        }
        attempts.insert(attempt, until);
        Some(Claim {
            attempts: self,
            attempt,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AttemptDigest, Timestamp>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt that nobody else can use. It is spent, unless it is released.
#[derive(Debug)]
#[must_use]
pub struct Claim<'attempts> {
    attempts: &'attempts Attempts,
    attempt: AttemptDigest,
}

impl Claim<'_> {
    /// The code was wrong, or nobody has looked at it: another one may follow.
    pub fn release(self) {
        self.attempts.lock().remove(&self.attempt);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn an_attempt_is_claimed_once_and_again_only_after_it_was_released() {
        let attempts = Attempts::default();
        let (one, other) = (
            SecretString::from("ab12cd34"),
            SecretString::from("ab12cd35"),
        );
        let claim = attempts.claim(&one, at(180), at(0)).expect("free");
        assert!(attempts.claim(&one, at(180), at(0)).is_none());
        assert!(attempts.claim(&other, at(180), at(0)).is_some());
        claim.release();
        let claim = attempts.claim(&one, at(180), at(1)).expect("free again");
        drop(claim);
        assert!(attempts.claim(&one, at(180), at(179)).is_none(), "spent");
    }

    #[test]
    fn nothing_is_remembered_for_longer_than_it_matters() {
        let attempts = Attempts::default();
        for number in 0..1_000 {
            let tmp_id = SecretString::from(number.to_string());
            let _ = attempts.claim(&tmp_id, at(number + 10), at(number));
            assert!(attempts.lock().len() <= 10);
        }
    }
}
