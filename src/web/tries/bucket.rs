//! One limit with a state for each key: so many tries at once, then another one each time.
//!
//! A try takes its place before anybody is asked, so that a hundred at the same moment are a hundred;
//! and gives it back when it turns out not to count. Keys are chosen by whoever tries, so there are
//! at most [`MOST_KEYS`] of them: beyond that the ones that were not used for longest are forgotten,
//! and their owners start afresh. Whoever is refused is remembered already, so
//! nobody is forgotten for him. The arithmetic is `governor`'s.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::{Quota, RateLimiter};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::clock::Clock;
use crate::config::Allowance;

/// How many keys one limit remembers; each takes a few hundred bytes at the most.
const MOST_KEYS: u64 = 16_384;

/// A limit.
#[derive(Debug)]
pub struct Bucket {
    limiter: RateLimiter<String, Store, Clock, NoOpMiddleware<Duration>>,
    store: Store,
    each: Nanos,
}

impl Bucket {
    /// A limit of which nothing is used yet.
    pub fn new(allowance: Allowance, clock: Clock) -> Self {
        Self::holding(MOST_KEYS, allowance, clock)
    }

    fn holding(most_keys: u64, allowance: Allowance, clock: Clock) -> Self {
        let store = Store::new(most_keys);
        // An allowance is never zero, which is the one thing that is no period.
        let quota = Quota::with_period(allowance.then_every())
            .unwrap_or_else(|| Quota::per_hour(allowance.tries()))
            .allow_burst(allowance.tries());
        Self {
            limiter: RateLimiter::new(quota, store.clone(), clock),
            each: quota.replenish_interval().into(),
            store,
        }
    }

    /// Takes a place, or says how long it is until there is one.
    pub fn take(&self, key: &str) -> Result<(), Duration> {
        self.limiter
            .check_key(&key.to_owned())
            .map_err(|not_until| not_until.wait_time_from(self.limiter.clock().uptime()))
    }

    /// Gives a place back.
    pub fn give_back(&self, key: &str) {
        self.store.move_back(key, self.each);
    }

    /// Whether anything is remembered of a key.
    #[cfg(test)]
    pub fn remembers(&self, key: &str) -> bool {
        self.store.0.contains_key(key)
    }
}

/// When, as far as a key is concerned, all its tries will be there again.
type Moment = Arc<Mutex<Option<Nanos>>>;

/// The states of the keys.
#[derive(Clone, Debug)]
struct Store(Cache<String, Moment>);

impl Store {
    fn new(most_keys: u64) -> Self {
        // With the usual policy a newcomer might not be remembered at all.
        let cache = Cache::builder()
            .max_capacity(most_keys)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self(cache)
    }

    fn move_back(&self, key: &str, by: Nanos) {
        if let Some(moment) = self.0.get(key) {
            let mut moment = moment.lock().unwrap_or_else(PoisonError::into_inner);
            *moment = moment.map(|moment| moment.saturating_sub(by));
        }
    }
}

impl StateStore for Store {
    type Key = String;

    fn measure_and_replace<T, F, E>(&self, key: &String, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let moment = self.0.get_with_by_ref(key, Moment::default);
        let mut moment = moment.lock().unwrap_or_else(PoisonError::into_inner);
        let (outcome, next) = decide(*moment)?;
        *moment = Some(next);
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;

    fn bucket(tries: u32, seconds: u64) -> (Bucket, Clock) {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let allowance = Allowance::new(tries, Duration::from_secs(seconds)).expect("good");
        (Bucket::new(allowance, clock.clone()), clock)
    }

    #[test]
    fn so_many_at_once_and_then_another_one_each_time() {
        let (bucket, clock) = bucket(3, 20);
        for _ in 0..3 {
            assert_eq!(bucket.take("anna"), Ok(()));
        }
        assert_eq!(bucket.take("anna"), Err(Duration::from_secs(20)));
        assert_eq!(bucket.take("jan"), Ok(()), "each key for itself");
        clock.advance(SignedDuration::from_secs(19));
        assert_eq!(bucket.take("anna"), Err(Duration::from_secs(1)));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(bucket.take("anna"), Ok(()));
        assert_eq!(bucket.take("anna"), Err(Duration::from_secs(20)));
    }

    #[test]
    fn what_is_given_back_can_be_taken_again_and_no_more_than_that() {
        let (bucket, clock) = bucket(2, 20);
        for _ in 0..10 {
            assert_eq!(bucket.take("anna"), Ok(()));
            bucket.give_back("anna");
        }
        bucket.give_back("a key that nobody has used");
        assert_eq!(bucket.take("anna"), Ok(()));
        assert_eq!(bucket.take("anna"), Ok(()));
        assert!(bucket.take("anna").is_err());
        clock.advance(SignedDuration::from_hours(1));
        bucket.give_back("anna");
        assert_eq!(bucket.take("anna"), Ok(()));
        assert_eq!(bucket.take("anna"), Ok(()));
        assert!(bucket.take("anna").is_err(), "never more than at once");
    }

    #[test]
    fn no_window_sees_more_than_the_allowance_says() {
        let allowance = Allowance::new(5, Duration::from_secs(30)).expect("good");
        let window = 60;
        for begun in 0..60 {
            let clock = Clock::manual(Timestamp::UNIX_EPOCH);
            let bucket = Bucket::new(allowance, clock.clone());
            let mut passed = Vec::new();
            for second in 0..240 {
                while second >= begun && bucket.take("anna").is_ok() {
                    passed.push(second);
                }
                clock.advance(SignedDuration::from_secs(1));
            }
            for start in 0..240 {
                let within = passed
                    .iter()
                    .filter(|second| (start..start + window).contains(*second));
                assert!(within.count() <= 6, "begun at {begun}: {passed:?}");
            }
        }
    }

    #[test]
    fn however_many_keys_are_tried_only_so_many_are_remembered() {
        let clock = Clock::manual(Timestamp::UNIX_EPOCH);
        let allowance = Allowance::new(1, Duration::from_mins(1)).expect("good");
        let bucket = Bucket::holding(100, allowance, clock);
        for number in 0..1_000 {
            assert_eq!(bucket.take(&format!("user-{number}")), Ok(()));
            bucket.store.0.run_pending_tasks();
            assert!(bucket.store.0.entry_count() <= 100);
        }
        assert!(
            bucket.take("user-999").is_err(),
            "the latest are those remembered"
        );
    }
}
