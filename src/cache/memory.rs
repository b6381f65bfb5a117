//! Answers with their ages, one question in flight for each key, bounded in bytes.
//!
//! The time comes from the clock that was passed in, so that nothing but that clock decides an age.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::ages::{Age, Ages, Same, Sequence, Since, Version};
use super::bookmarks::Bookmarks;
use super::flights::{Flight, Flights};
use super::store::{Figures, Owned, Room, Store, Thing, Weigh};
use crate::clock::Clock;

/// What a failed question means for the answer that is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody could answer: what is kept may be served.
    Serve,
    /// It says nothing about the answer, which stays but does not stand in.
    Keep,
    /// The answer is no longer so: it is forgotten.
    Forget,
}

/// An answer and when it was given.
#[derive(Debug)]
pub struct Aged<V> {
    /// The answer.
    pub value: Arc<V>,
    /// When the question was asked: what happened after that, the answer may not know.
    pub asked_at: Timestamp,
    /// How old that is.
    pub age: Age,
    /// Where it came from.
    pub origin: Origin,
    /// Which answer it is.
    pub version: Version,
    /// Whether it has just taken the place of one that said something else.
    pub is_news: bool,
}

impl<V> Clone for Aged<V> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            ..*self
        }
    }
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was remembered.
    Memory,
    /// It was asked for just now.
    Site,
}

/// What became of a question.
#[derive(Debug)]
pub enum Got<V, E> {
    /// An answer that is fresh.
    Answer(Aged<V>),
    /// What was kept, because the question failed with this.
    Kept(Aged<V>, E),
}

impl<V, E> Got<V, E> {
    /// The answer, whichever it is.
    pub fn answer(self) -> Aged<V> {
        match self {
            Self::Answer(answer) | Self::Kept(answer, _) => answer,
        }
    }
}

/// An answer as it is remembered.
#[derive(Debug)]
pub struct Remembered<V> {
    value: Arc<V>,
    asked_at: Timestamp,
    number: u64,
    version: Version,
}

/// Where somebody who asks for the same answers again and again keeps what he found.
pub type Found<K, V> = Bookmarks<K, Remembered<V>>;

impl<V: Weigh> Weigh for Remembered<V> {
    fn weight(&self) -> usize {
        self.value.weight()
    }
}

/// What was answered, by key.
pub struct Memory<K: Owned, V> {
    answers: Store<K, Remembered<V>>,
    versions: AtomicU64,
    flights: Flights<K>,
    clock: Clock,
    sequence: Sequence,
}

impl<K: Owned, V> std::fmt::Debug for Memory<K, V> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl<K, V> Memory<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + Weigh + Owned + 'static,
    V: Send + Sync + Weigh + Same + 'static,
{
    /// A memory with so much room.
    #[must_use]
    pub fn new(room: Room, clock: Clock, sequence: Sequence) -> Self {
        Self {
            answers: Store::new(room),
            versions: AtomicU64::new(0),
            flights: Flights::new(),
            clock,
            sequence,
        }
    }

    /// The answer remembered for `key` if it is fresh, else what `ask` answers, else, where `judge`
    /// says of the failure that nobody could answer, what is kept.
    ///
    /// While one asks, others with the same key wait for him. A failure goes to the one who asked
    /// and to nobody else: those who waited ask for themselves.
    ///
    /// # Errors
    /// What `ask` failed with.
    pub async fn get<E>(
        &self,
        key: K,
        ages: &Ages,
        since: impl Fn(u64) -> Since,
        judge: impl Fn(&E) -> Verdict,
        ask: impl Future<Output = Result<V, E>>,
    ) -> Result<Got<V, E>, E> {
        let fresh = |answer: &Aged<V>| answer.age == Age::Fresh;
        if let Some(answer) = self.look(&key, ages, &since).filter(fresh) {
            return Ok(Got::Answer(answer));
        }
        let flight = self.flights.enter(&key).await;
        if let Some(answer) = self.look(&key, ages, &since).filter(fresh) {
            return Ok(Got::Answer(answer));
        }
        self.answers.missed();
        match self.ask(&key, &flight, &judge, ask).await {
            Ok(answer) => Ok(Got::Answer(answer)),
            Err(failure) if judge(&failure) == Verdict::Serve => {
                match self.look(&key, ages, &since) {
                    Some(kept) => {
                        let age = Age::Expired;
                        Ok(Got::Kept(Aged { age, ..kept }, failure))
                    }
                    None => Err(failure),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Asks for a key whose answer is stale, unless somebody does already.
    ///
    /// # Errors
    /// What `ask` failed with.
    pub async fn refresh<E>(
        &self,
        key: &K,
        flight: Flight,
        judge: impl Fn(&E) -> Verdict,
        ask: impl Future<Output = Result<V, E>>,
    ) -> Result<Aged<V>, E> {
        let answer = self.ask(key, &flight, &judge, ask).await;
        drop(flight);
        answer
    }

    /// The right to ask for `key`, unless somebody has it.
    pub fn free(&self, key: &K) -> Option<Flight> {
        self.flights.try_enter(key)
    }

    async fn ask<E>(
        &self,
        key: &K,
        _flight: &Flight,
        judge: impl Fn(&E) -> Verdict,
        ask: impl Future<Output = Result<V, E>>,
    ) -> Result<Aged<V>, E> {
        let (asked_at, number) = (self.clock.now(), self.sequence.current());
        let value = match ask.await {
            Ok(value) => Arc::new(value),
            Err(failure) => {
                if judge(&failure) == Verdict::Forget {
                    self.answers.remove(key);
                }
                return Err(failure);
            }
        };
        let (version, is_news) = self.put(key.clone(), Arc::clone(&value), asked_at, number);
        Ok(Aged {
            value,
            asked_at,
            age: Age::Fresh,
            origin: Origin::Site,
            version,
            is_news,
        })
    }

    /// The answer remembered for `key`, with its age; never asks. `since` says which answers count,
    /// as far as that matters to one of this number.
    pub fn look(&self, key: &K, ages: &Ages, since: impl Fn(u64) -> Since) -> Option<Aged<V>> {
        let answer = self.peek(key, ages, since)?;
        if answer.age != Age::Expired {
            self.answers.hit();
        }
        Some(answer)
    }

    /// The same for whoever wants to know that it is there, and does not serve it.
    pub fn peek(&self, key: &K, ages: &Ages, since: impl Fn(u64) -> Since) -> Option<Aged<V>> {
        let remembered = self.answers.get(key)?;
        self.aged(&remembered, ages, since)
    }

    /// The answer remembered for `key`, if it is younger than `fresh`.
    pub fn fresh(&self, key: &K, fresh: Duration, since: impl Fn(u64) -> Since) -> Option<Aged<V>> {
        let answer = self.look(key, &Ages::fresh_only(fresh), since)?;
        (answer.age == Age::Fresh).then_some(answer)
    }

    /// The same for whoever asks for it again and again and keeps what he `found`: the answer is not
    /// looked for while it is still there. Its age and what was marked are held against it each time.
    pub fn fresh_again(
        &self,
        key: &K,
        found: &Found<K, V>,
        fresh: Duration,
        since: impl Fn(u64) -> Since,
    ) -> Option<Aged<V>> {
        let is_it = |of: &K| of == key;
        let remembered = self.answers.get_again(found, is_it, || key.clone())?;
        let answer = self.aged(&remembered, &Ages::fresh_only(fresh), since)?;
        if answer.age != Age::Fresh {
            return None;
        }
        self.answers.hit();
        Some(answer)
    }

    fn aged(
        &self,
        remembered: &Thing<Remembered<V>>,
        ages: &Ages,
        since: impl Fn(u64) -> Since,
    ) -> Option<Aged<V>> {
        let Remembered {
            value,
            asked_at,
            number,
            version,
        } = &**remembered;
        let since = since(*number);
        if *number < since.forgotten {
            return None;
        }
        let mut age = ages.of(self.clock.now().duration_since(*asked_at))?;
        if *number < since.expired {
            age = Age::Expired;
        }
        Some(Aged {
            value: Arc::clone(value),
            asked_at: *asked_at,
            age,
            origin: Origin::Memory,
            version: *version,
            is_news: false,
        })
    }

    /// Puts an answer in that was learned on the way.
    pub fn learn(&self, key: K, value: V) {
        let (asked_at, number) = (self.clock.now(), self.sequence.current());
        self.put(key, Arc::new(value), asked_at, number);
    }

    fn put(&self, key: K, value: Arc<V>, asked_at: Timestamp, number: u64) -> (Version, bool) {
        // What is forgotten by a mark is still there to be compared with.
        let before = self.answers.get(&key);
        let (version, is_news) = match before {
            Some(before) if before.value.is_same(&value) => (before.version, false),
            before => {
                let next = self.versions.fetch_add(1, Ordering::Relaxed) + 1;
                (Version(next), before.is_some())
            }
        };
        let remembered = Remembered {
            value,
            asked_at,
            number,
            version,
        };
        self.answers.put(key, remembered);
        (version, is_news)
    }

    /// Forgets one answer.
    pub fn forget(&self, key: &K) {
        self.answers.remove(key);
    }

    /// The bytes that are remembered now; lags behind a little.
    pub fn bytes(&self) -> u64 {
        self.figures().bytes
    }

    /// What it holds now; lags behind a little.
    pub fn figures(&self) -> Figures {
        self.answers.figures()
    }

    /// The youngest answer of these and when it was asked for, among those that still count. It looks
    /// at every answer there is: for those who run the portal, and for nobody who waits.
    pub fn youngest(
        &self,
        is_one: impl Fn(&V) -> bool,
        since: impl Fn(u64) -> Since,
    ) -> Option<(Arc<V>, Timestamp)> {
        let counts = |answer: &Arc<Thing<Remembered<V>>>| {
            is_one(&answer.value) && answer.number >= since(answer.number).forgotten
        };
        let answers = self.answers.all().filter(counts);
        let youngest = answers.max_by_key(|answer| answer.asked_at);
        youngest.map(|answer| (Arc::clone(&answer.value), answer.asked_at))
    }
}

#[cfg(test)]
mod tests;
