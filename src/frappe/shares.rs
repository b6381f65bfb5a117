//! What one user may ask, so that nobody's questions take all turns from others.
//!
//! It promises that never more than so many questions of one user are under way at once, further
//! ones waiting behind his own, and that he asks no more than so many a minute. Whoever asks too
//! much is told so as Frappe itself would tell him; nobody else notices anything.

use std::{
    collections::HashMap,
    fmt,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use governor::{Quota, RateLimiter, middleware::NoOpMiddleware, state::keyed::HashMapStateStore};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::{error::Error, names::UserId};
use crate::clock::Clock;

/// When users who have gone are looked for among those that are remembered.
const MANY: usize = 1_024;

type PerMinute = RateLimiter<UserId, HashMapStateStore<UserId>, Clock, NoOpMiddleware<Duration>>;

/// The shares of all users.
pub struct Shares {
    in_flight: usize,
    deadline: Duration,
    per_minute: PerMinute,
    clock: Clock,
    under_way: Mutex<HashMap<UserId, Weak<Semaphore>>>,
}

/// The right to ask one question, held until it is answered.
#[derive(Debug)]
pub struct Share(
    #[expect(dead_code, reason = "held, and given back when dropped")] OwnedSemaphorePermit,
);

impl Shares {
    /// So many questions of one user at once, so many a minute, and so long to wait behind one's own.
    #[must_use]
    pub fn new(in_flight: usize, per_minute: NonZeroU32, deadline: Duration, clock: Clock) -> Self {
        Self {
            in_flight: in_flight.clamp(1, Semaphore::MAX_PERMITS),
            deadline,
            per_minute: RateLimiter::hashmap_with_clock(
                Quota::per_minute(per_minute),
                clock.clone(),
            ),
            clock,
            under_way: Mutex::default(),
        }
    }

    /// Takes a question out of a user's share.
    ///
    /// # Errors
    /// [`Error::RateLimited`] when he has asked too much in the last minute, or waits too long
    /// behind his own questions.
    pub async fn take(&self, user: &UserId) -> Result<Share, Error> {
        if let Err(not_until) = self.per_minute.check_key(user) {
            let wait = not_until.wait_time_from(self.clock.uptime());
            return Err(Error::RateLimited {
                retry_after: Some(Duration::from_secs(wait.as_secs().saturating_add(1))),
            });
        }
        let lane = self.lane(user).acquire_owned();
        match timeout(self.deadline, lane).await {
            Ok(Ok(permit)) => Ok(Share(permit)),
            _ => Err(Error::RateLimited { retry_after: None }),
        }
    }

    fn lane(&self, user: &UserId) -> Arc<Semaphore> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = under_way.get(user).and_then(Weak::upgrade) {
            return lane;
        }
        if under_way.len() >= MANY && under_way.len().is_power_of_two() {
            under_way.retain(|_, lane| lane.strong_count() > 0);
            self.per_minute.retain_recent();
        }
        let lane = Arc::new(Semaphore::new(self.in_flight));
        under_way.insert(user.clone(), Arc::downgrade(&lane));
        lane
    }
}

impl fmt::Debug for Shares {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Shares")
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).expect("a user")
    }

    fn shares(in_flight: usize, per_minute: u32) -> (Shares, Clock) {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let per_minute = NonZeroU32::new(per_minute).expect("not zero");
        let deadline = Duration::from_secs(3);
        (
            Shares::new(in_flight, per_minute, deadline, clock.clone()),
            clock,
        )
    }

    #[tokio::test(start_paused = true)]
    async fn a_user_waits_behind_his_own_questions_and_nobody_else_does() {
        let (shares, _clock) = shares(2, 1_000);
        let (anna, jan) = (user("anna"), user("jan"));
        let held = (shares.take(&anna).await, shares.take(&anna).await);
        assert!(held.0.is_ok() && held.1.is_ok());
        assert!(shares.take(&jan).await.is_ok());
        let began = tokio::time::Instant::now();
        let refused = shares.take(&anna).await;
        assert!(matches!(refused, Err(Error::RateLimited { .. })));
        assert_eq!(began.elapsed(), Duration::from_secs(3));
        drop(held);
        assert!(shares.take(&anna).await.is_ok());
    }

    #[tokio::test]
    async fn a_user_asks_so_much_a_minute_and_is_told_when_to_come_back() {
        let (shares, clock) = shares(8, 60);
        let (anna, jan) = (user("anna"), user("jan"));
        for _ in 0..60 {
            assert!(shares.take(&anna).await.is_ok());
        }
        let refused = shares.take(&anna).await.map(drop);
        let retry_after = Some(Duration::from_secs(2));
        assert_eq!(refused, Err(Error::RateLimited { retry_after }));
        assert!(shares.take(&jan).await.is_ok(), "each for himself");
        clock.advance(SignedDuration::from_secs(1));
        assert!(shares.take(&anna).await.is_ok());
        assert!(shares.take(&anna).await.is_err());
        clock.advance(SignedDuration::from_secs(60));
        for _ in 0..60 {
            assert!(shares.take(&anna).await.is_ok());
        }
    }

    #[tokio::test]
    async fn users_who_have_gone_are_forgotten() {
        let (shares, clock) = shares(8, 60);
        for number in 0..20_000 {
            drop(shares.take(&user(&format!("user-{number}"))).await);
            clock.advance(SignedDuration::from_secs(1));
        }
        let left = shares.under_way.lock().expect("not poisoned").len();
        assert!(left <= 2 * MANY, "{left}");
        assert!(shares.per_minute.len() <= 2 * MANY);
    }
}
