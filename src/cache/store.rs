//! Things by key, within so many bytes in all and so many for each owner.
//!
//! What an age is, and who may ask, is not its business. What goes beyond an owner's share takes what
//! was put in for him longest ago; what goes beyond all bytes takes what is asked for least.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::future::Cache;

use super::ledger::Ledger;

/// How many bytes a remembered thing takes, roughly.
pub trait Weigh {
    /// The bytes, keys and heap included.
    fn weight(&self) -> usize;
}

/// Whose a key is, so that what one remembers is no more than his share.
pub trait Owned {
    /// Whoever it is.
    type Owner: Hash + Eq + Clone + Send + Sync + 'static;

    /// The key's owner.
    fn owner(&self) -> &Self::Owner;
}

/// How much may be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// By all together, in bytes.
    pub bytes: u64,
    /// By one owner.
    pub share: u64,
    /// For how long at the most.
    pub longest: Duration,
}

/// What a store holds, and how often it had what was looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// How many things there are.
    pub entries: u64,
    /// Their bytes, roughly.
    pub bytes: u64,
    /// How many bytes there may be.
    pub most: u64,
    /// How often a thing was remembered that could be served at once.
    pub hits: u64,
    /// How often it had to be asked for, or made, while a visitor waited.
    pub misses: u64,
}

#[derive(Clone)]
struct Placed<V> {
    value: V,
    /// Its place in the ledger, which no other has.
    entry: u64,
}

/// Things by key. A thing is cloned when it is looked at, so that should cost little.
pub struct Store<K: Owned, V> {
    things: Cache<K, Placed<V>>,
    ledger: Arc<Ledger<K::Owner, K>>,
    entries: AtomicU64,
    most: u64,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl<K: Owned, V> std::fmt::Debug for Store<K, V> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

impl<K, V> Store<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + Weigh + Owned + 'static,
    V: Clone + Send + Sync + Weigh + 'static,
{
    /// A store with so much room.
    #[must_use]
    pub fn new(room: Room) -> Self {
        let ledger = Arc::new(Ledger::new(room.share));
        let removed = Arc::clone(&ledger);
        let things = Cache::builder()
            .max_capacity(room.bytes)
            .weigher(|key: &K, placed: &Placed<V>| weight(key, &placed.value))
            .time_to_live(room.longest)
            .eviction_listener(move |key: Arc<K>, placed: Placed<V>, _| {
                removed.remove(key.owner(), placed.entry);
            })
            .build();
        Self {
            things,
            ledger,
            entries: AtomicU64::new(0),
            most: room.bytes,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    /// What stands under a key.
    pub async fn get(&self, key: &K) -> Option<V> {
        self.things.get(key).await.map(|placed| placed.value)
    }

    /// Puts a thing in, in place of what had the same key.
    pub async fn put(&self, key: K, value: V) {
        let entry = self.entries.fetch_add(1, Ordering::Relaxed);
        let bytes = u64::from(weight(&key, &value));
        let gone = self.ledger.put(key.owner(), key.clone(), entry, bytes);
        self.things.insert(key, Placed { value, entry }).await;
        for key in gone {
            self.things.invalidate(&*key).await;
        }
    }

    /// Takes a thing out.
    pub async fn remove(&self, key: &K) {
        self.things.invalidate(key).await;
    }

    /// Everything there is, in no order.
    pub fn all(&self) -> impl Iterator<Item = V> {
        self.things.iter().map(|(_, placed)| placed.value)
    }

    /// Counts that something was remembered that could be served at once: whoever looks knows.
    pub fn hit(&self) {
        self.hits.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts that a visitor had to wait for it.
    pub fn missed(&self) {
        self.misses.fetch_add(1, Ordering::Relaxed);
    }

    /// What it holds now; lags behind a little.
    pub async fn figures(&self) -> Figures {
        self.things.run_pending_tasks().await;
        Figures {
            entries: self.things.entry_count(),
            bytes: self.things.weighted_size(),
            most: self.most,
            hits: self.hits.load(Ordering::Relaxed),
            misses: self.misses.load(Ordering::Relaxed),
        }
    }
}

fn weight<K: Weigh, V: Weigh>(key: &K, value: &V) -> u32 {
    u32::try_from(key.weight() + value.weight()).unwrap_or(u32::MAX)
}
