//! Sids that were signed out here, remembered until a cookie with one of them could not be opened any
//! more.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Opened;
use crate::frappe::{Sid, SidDigest};

/// Sids that were signed out here.
#[derive(Debug)]
pub struct SignedOut {
    sids: moka::sync::Cache<SidDigest, ()>,
    /// How many there have been, and one.
    count: AtomicU64,
}

/// At which count a session was last known not to be among them.
#[derive(Debug, Default)]
pub(super) struct NotSignedOut(AtomicU64);

impl SignedOut {
    pub fn new(absolute: Duration) -> Self {
        Self {
            sids: moka::sync::Cache::builder().time_to_live(absolute).build(),
            count: AtomicU64::new(1),
        }
    }

    pub fn remember(&self, sid: &Sid) {
        self.sids.insert(sid.digest(), ());
        // Afterwards: whoever has looked before it was there has the number before.
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a session is among them. It is looked for only where somebody has signed out since it
    /// was looked for the last time.
    pub fn holds(&self, session: &Opened) -> bool {
        let count = self.count.load(Ordering::SeqCst);
        let NotSignedOut(at) = &session.not_signed_out;
        if at.load(Ordering::SeqCst) == count {
            return false;
        }
        let holds = self.holds_sid(&session.sid);
        if !holds {
            at.store(count, Ordering::SeqCst);
        }
        holds
    }

    /// The same of a session of which no more is known.
    pub fn holds_sid(&self, sid: &Sid) -> bool {
        self.sids.contains_key(&sid.digest())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;
    use crate::frappe::UserId;
    use crate::web::session::Session;

    fn opened(sid: &str) -> Opened {
        Opened::new(Session {
            sid: Sid::parse(sid).expect("a sid"),
            user: UserId::parse("anna@acme-foods.example").expect("a user"),
            full_name: Arc::from("Anna"),
            begun: Timestamp::UNIX_EPOCH,
            seen: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn a_session_that_was_seen_before_it_was_signed_out_is_among_them_afterwards() {
        let signed_out = SignedOut::new(Duration::from_hours(1));
        let (anna, other) = (opened("anna"), opened("other"));
        for _ in 0..2 {
            assert!(!signed_out.holds(&anna) && !signed_out.holds(&other));
        }
        signed_out.remember(&anna.sid);
        for _ in 0..2 {
            assert!(signed_out.holds(&anna) && !signed_out.holds(&other));
        }
        assert!(signed_out.holds(&opened("anna")), "its cookie opened anew");
        signed_out.remember(&other.sid);
        assert!(signed_out.holds(&anna) && signed_out.holds(&other));
    }
}
