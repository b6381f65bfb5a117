//! What is asked behind everybody's back: so many at the same time, and once for each key.
//!
//! A place that was used rests for twice as long as it was held before somebody else has it. So what
//! nobody waits for takes a third of a processor of the site at the most where there is one place, and
//! less the more the site has to do, because everything takes longer then.
//!
//! Who waits for a place holds nothing that anybody else could wait for: the right to ask for the key
//! itself is taken with the place, by whoever has it. More than can wait are left to the next look.

use std::hash::Hash;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::flights::{Flight, Flights};

/// For how many times as long as it was held a place rests.
const REST: u32 = 2;

/// How many wait at the most.
const WAITING: usize = 4_096;

/// Places that rest after they were used.
#[derive(Clone, Debug)]
pub struct Lane(Arc<Semaphore>);

/// A place, given back when dropped.
#[derive(Debug)]
pub struct Place {
    place: OwnedSemaphorePermit,
    since: Instant,
}

/// A lane whose places are taken for keys.
#[derive(Debug)]
pub struct Behind<K> {
    lane: Lane,
    room: Arc<Semaphore>,
    waiting: Flights<K>,
}

/// The right to wait for a place, which nobody else has for the key.
#[derive(Debug)]
pub struct Waiting {
    lane: Lane,
    _key: Flight,
    _room: OwnedSemaphorePermit,
}

/// A place that was taken for a key.
#[derive(Debug)]
pub struct Turn {
    place: Place,
    _waiting: Waiting,
}

impl Lane {
    /// So many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        let places = places.clamp(1, Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(places)))
    }

    /// A place, once there is one.
    pub async fn place(&self) -> Option<Place> {
        let place = Arc::clone(&self.0).acquire_owned().await.ok()?;
        Some(Place {
            place,
            since: Instant::now(),
        })
    }
}

impl<K: Hash + Eq + Clone> Behind<K> {
    /// So many places.
    #[must_use]
    pub fn new(places: usize) -> Self {
        Self {
            lane: Lane::new(places),
            room: Arc::new(Semaphore::new(WAITING)),
            waiting: Flights::new(),
        }
    }

    /// The right to wait for a place with this key, unless somebody waits with it or has one, or too
    /// many wait.
    pub fn wait(&self, key: &K) -> Option<Waiting> {
        Some(Waiting {
            _key: self.waiting.try_enter(key)?,
            _room: Arc::clone(&self.room).try_acquire_owned().ok()?,
            lane: self.lane.clone(),
        })
    }
}

impl Waiting {
    /// The place, once there is one.
    pub async fn place(self) -> Option<Turn> {
        let place = self.lane.place().await?;
        Some(Turn {
            place,
            _waiting: self,
        })
    }
}

impl Turn {
    /// Gives the place back once it has rested, and the key at once.
    pub fn rest(self) {
        self.place.rest();
    }
}

impl Place {
    /// Gives the place back once it has rested. Nobody waits for that but those who want it.
    pub fn rest(self) {
        let Self { place, since } = self;
        tokio::spawn(async move {
            tokio::time::sleep(since.elapsed() * REST).await;
            drop(place);
        });
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn there_are_so_many_places_and_each_key_waits_once() {
        let behind = Behind::new(1);
        let first = behind.wait(&"a").expect("nobody waits");
        let first = first.place().await.expect("a place");
        assert!(behind.wait(&"a").is_none(), "it has its place");
        let second = behind.wait(&"b").expect("nobody waits with it");
        assert!(behind.wait(&"b").is_none());
        let second = second.place();
        tokio::pin!(second);
        assert!(
            second.as_mut().now_or_never().is_none(),
            "there is one place"
        );
        drop(first);
        assert!(second.now_or_never().is_some());
        assert!(behind.wait(&"a").is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_place_rests_for_twice_as_long_as_it_was_held() {
        const HELD: Duration = Duration::from_millis(300);
        let behind = Behind::new(1);
        let first = behind.wait(&"a").expect("nobody waits");
        let first = first.place().await.expect("a place");
        tokio::time::sleep(HELD).await;
        let rests = Instant::now();
        first.rest();
        let second = behind.wait(&"a").expect("the key is free at once");
        second.place().await.expect("a place");
        let rested = rests.elapsed();
        assert!(
            rested >= REST * HELD && rested < (REST + 1) * HELD,
            "{rested:?}"
        );
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let behind = Behind::new(1);
        let waiting: Vec<_> = (0..WAITING).map(|key| behind.wait(&key)).collect();
        assert!(waiting.iter().all(Option::is_some));
        assert!(behind.wait(&WAITING).is_none());
        drop(waiting);
        assert!(behind.wait(&WAITING).is_some());
    }
}
