//! Answers with their age, one question in flight for each key, bounded in bytes.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;

use super::flights::Flights;
use crate::clock::Clock;

/// How many bytes a remembered thing takes, roughly.
pub trait Weigh {
    /// The bytes, keys and heap included.
    fn weight(&self) -> usize;
}

/// An answer and when it was given.
#[derive(Debug)]
pub struct Aged<V> {
    /// The answer.
    pub value: Arc<V>,
    /// When the question was asked: what happened after that, the answer may not know.
    pub asked_at: Timestamp,
    /// Where it came from.
    pub origin: Origin,
}

impl<V> Clone for Aged<V> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            asked_at: self.asked_at,
            origin: self.origin,
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

struct Remembered<V> {
    value: Arc<V>,
    asked_at: Timestamp,
}

impl<V> Clone for Remembered<V> {
    fn clone(&self) -> Self {
        Self {
            value: Arc::clone(&self.value),
            asked_at: self.asked_at,
        }
    }
}

/// What was answered, by key.
pub struct Memory<K, V> {
    answers: Cache<K, Remembered<V>>,
    flights: Flights<K>,
    clock: Clock,
}

impl<K, V> std::fmt::Debug for Memory<K, V> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl<K, V> Memory<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + Weigh + 'static,
    V: Send + Sync + Weigh + 'static,
{
    /// A memory of at most `bytes`, in which nothing stays longer than `longest`.
    #[must_use]
    pub fn new(bytes: u64, longest: Duration, clock: Clock) -> Self {
        let answers = Cache::builder()
            .max_capacity(bytes)
            .weigher(|key: &K, answer: &Remembered<V>| {
                u32::try_from(key.weight() + answer.value.weight()).unwrap_or(u32::MAX)
            })
            .time_to_live(longest)
            .build();
        Self {
            answers,
            flights: Flights::new(),
            clock,
        }
    }

    /// The answer remembered for `key` if it is younger than `fresh`, else what `ask` answers.
    ///
    /// While one asks, others with the same key wait for him. A failure goes to the one who asked
    /// and to nobody else: those who waited ask for themselves.
    ///
    /// # Errors
    /// What `ask` failed with.
    pub async fn get<E>(
        &self,
        key: K,
        fresh: Duration,
        ask: impl Future<Output = Result<V, E>>,
    ) -> Result<Aged<V>, E> {
        if let Some(answer) = self.fresh(&key, fresh).await {
            return Ok(answer);
        }
        let flight = self.flights.enter(&key).await;
        if let Some(answer) = self.fresh(&key, fresh).await {
            return Ok(answer);
        }
        let asked_at = self.clock.now();
        let value = Arc::new(ask.await?);
        let remembered = Remembered {
            value: Arc::clone(&value),
            asked_at,
        };
        self.answers.insert(key, remembered).await;
        drop(flight);
        Ok(Aged {
            value,
            asked_at,
            origin: Origin::Site,
        })
    }

    /// The answer remembered for `key`, if it is younger than `fresh`.
    pub async fn fresh(&self, key: &K, fresh: Duration) -> Option<Aged<V>> {
        let Remembered { value, asked_at } = self.answers.get(key).await?;
        let age = self.clock.now().duration_since(asked_at);
        // An answer from the future means that the clock was set back: its age is unknown.
        let young = age >= SignedDuration::ZERO && age.unsigned_abs() < fresh;
        young.then_some(Aged {
            value,
            asked_at,
            origin: Origin::Memory,
        })
    }

    /// Puts an answer in that was learned on the way.
    pub async fn learn(&self, key: K, value: V) {
        let remembered = Remembered {
            value: Arc::new(value),
            asked_at: self.clock.now(),
        };
        self.answers.insert(key, remembered).await;
    }

    /// Forgets one answer.
    pub async fn forget(&self, key: &K) {
        self.answers.invalidate(key).await;
    }

    /// The bytes that are remembered now; lags behind a little.
    pub async fn bytes(&self) -> u64 {
        self.answers.run_pending_tasks().await;
        self.answers.weighted_size()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Barrier;

    use super::*;

    impl Weigh for &'static str {
        fn weight(&self) -> usize {
            self.len()
        }
    }

    impl Weigh for usize {
        fn weight(&self) -> usize {
            1000
        }
    }

    const FRESH: Duration = Duration::from_secs(30);

    fn memory(clock: &Clock) -> Arc<Memory<&'static str, usize>> {
        Arc::new(Memory::new(1 << 20, Duration::from_hours(1), clock.clone()))
    }

    fn clock() -> Clock {
        Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"))
    }

    #[tokio::test]
    async fn an_answer_is_asked_for_once_while_it_is_fresh_and_again_when_it_is_not() {
        let clock = clock();
        let memory = memory(&clock);
        let asked = AtomicUsize::new(0);
        let ask = || async { Ok::<_, ()>(asked.fetch_add(1, Ordering::SeqCst)) };
        assert_eq!(
            memory
                .get("a", FRESH, ask())
                .await
                .map(|answer| answer.origin),
            Ok(Origin::Site)
        );
        clock.advance(SignedDuration::from_secs(29));
        let answer = memory.get("a", FRESH, ask()).await.expect("remembered");
        assert_eq!((*answer.value, answer.origin), (0, Origin::Memory));
        clock.advance(SignedDuration::from_secs(1));
        let answer = memory.get("a", FRESH, ask()).await.expect("asked again");
        assert_eq!((*answer.value, answer.origin), (1, Origin::Site));
    }

    #[tokio::test]
    async fn a_clock_set_back_makes_nothing_young() {
        let clock = clock();
        let memory = memory(&clock);
        memory.learn("a", 1).await;
        for seconds in [-1, -60] {
            clock.advance(SignedDuration::from_secs(seconds));
            assert!(memory.fresh(&"a", FRESH).await.is_none(), "{seconds}");
        }
    }

    #[tokio::test]
    async fn those_who_wait_on_the_same_key_share_one_question() {
        let memory = memory(&clock());
        let asked = Arc::new(AtomicUsize::new(0));
        let gate = Arc::new(tokio::sync::Notify::new());
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let (memory, asked, gate) =
                    (Arc::clone(&memory), Arc::clone(&asked), Arc::clone(&gate));
                tokio::spawn(async move {
                    let ask = async {
                        asked.fetch_add(1, Ordering::SeqCst);
                        gate.notified().await;
                        Ok::<_, ()>(7)
                    };
                    memory
                        .get("a", FRESH, ask)
                        .await
                        .map(|answer| *answer.value)
                })
            })
            .collect();
        gate.notify_one();
        for task in waiting {
            assert_eq!(task.await.expect("no panic"), Ok(7));
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_failed_question_is_never_the_answer_for_somebody_else_who_waits_on_the_same_key() {
        let memory = memory(&clock());
        let both_there = Arc::new(Barrier::new(2));
        let failing = {
            let (memory, both_there) = (Arc::clone(&memory), Arc::clone(&both_there));
            tokio::spawn(async move {
                let ask = async {
                    both_there.wait().await;
                    Err("this session has ended")
                };
                memory
                    .get("a", FRESH, ask)
                    .await
                    .map(|answer| *answer.value)
            })
        };
        let waiting = async {
            both_there.wait().await;
            memory
                .get("a", FRESH, async { Ok::<_, &str>(7) })
                .await
                .map(|answer| *answer.value)
        };
        assert_eq!(waiting.await, Ok(7));
        assert_eq!(
            failing.await.expect("no panic"),
            Err("this session has ended")
        );
        assert_eq!(
            memory.fresh(&"a", FRESH).await.map(|answer| *answer.value),
            Some(7)
        );
    }

    #[tokio::test]
    async fn one_who_leaves_in_the_middle_frees_the_way() {
        let memory = memory(&clock());
        let leaving = memory.get("a", FRESH, std::future::pending::<Result<usize, ()>>());
        tokio::select! {
            biased;
            _ = leaving => unreachable!("the question is never answered"),
            () = std::future::ready(()) => {}
        }
        let answer = memory
            .get("a", FRESH, async { Ok::<_, ()>(7) })
            .await
            .map(|answer| *answer.value);
        assert_eq!(answer, Ok(7));
    }

    #[tokio::test]
    async fn memory_stays_within_its_bytes() {
        let memory: Memory<&'static str, usize> =
            Memory::new(5_000, Duration::from_hours(1), clock());
        for key in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"] {
            memory.learn(key, 1).await;
        }
        assert!(memory.bytes().await <= 5_000);
    }
}
