//! One question in flight for each key.
//!
//! Whoever enters first asks; the others wait and look again when he is through. They never get
//! his *failure*: a waiter who finds nothing remembered asks for himself, with his own session.
//! A visitor who leaves in the middle frees the way for the next.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// The keys that are being asked for.
#[derive(Debug)]
pub struct Flights<K> {
    under_way: Mutex<HashMap<K, Weak<AsyncMutex<()>>>>,
}

/// The right to ask for one key; given up when dropped.
#[derive(Debug)]
pub struct Flight {
    _turn: OwnedMutexGuard<()>,
}

impl<K: Hash + Eq + Clone> Flights<K> {
    pub fn new() -> Self {
        Self {
            under_way: Mutex::new(HashMap::new()),
        }
    }

    /// Waits until nobody else asks for `key`.
    pub async fn enter(&self, key: &K) -> Flight {
        let lane = self.lane(key);
        Flight {
            _turn: lane.lock_owned().await,
        }
    }

    /// The right to ask for `key`, unless somebody has it.
    pub fn try_enter(&self, key: &K) -> Option<Flight> {
        let turn = self.lane(key).try_lock_owned().ok()?;
        Some(Flight { _turn: turn })
    }

    fn lane(&self, key: &K) -> Arc<AsyncMutex<()>> {
        let mut under_way = self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(lane) = under_way.get(key).and_then(Weak::upgrade) {
            return lane;
        }
        // Lanes that everybody has left are swept when a new one is made and they have become
        // many, so that the map holds little more than what is under way.
        if under_way.len() >= 64 && under_way.len().is_power_of_two() {
            under_way.retain(|_, lane| lane.strong_count() > 0);
        }
        let lane = Arc::new(AsyncMutex::new(()));
        under_way.insert(key.clone(), Arc::downgrade(&lane));
        lane
    }

    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lanes_that_everybody_left_are_swept() {
        let flights = Flights::new();
        for key in 0..10_000 {
            drop(flights.enter(&key).await);
        }
        assert!(flights.len() <= 128, "{} lanes are left", flights.len());
    }
}
