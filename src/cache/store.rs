//! Things by key, within so many bytes in all and so many for each owner.
//!
//! What an age is, and who may ask, is not its business. What goes beyond an owner's share takes what
//! was put in for him longest ago; what goes beyond all bytes takes what is asked for least.

use std::hash::Hash;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;

use super::bookmarks::Bookmarks;
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

/// A thing in a store, or one that was there.
#[derive(Debug)]
pub struct Thing<V> {
    value: V,
    /// Its place in the ledger, which no other has.
    entry: u64,
    is_gone: AtomicBool,
}

impl<V> Thing<V> {
    /// Whether it is still what stands under its key.
    pub(super) fn is_there(&self) -> bool {
        !self.is_gone.load(Ordering::Acquire)
    }
}

impl<V> Deref for Thing<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.value
    }
}

/// Things by key.
pub struct Store<K: Owned, V> {
    things: Cache<K, Arc<Thing<V>>>,
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
    V: Send + Sync + Weigh + 'static,
{
    /// A store with so much room.
    #[must_use]
    pub fn new(room: Room) -> Self {
        let ledger = Arc::new(Ledger::new(room.share));
        let removed = Arc::clone(&ledger);
        let things = Cache::builder()
            .max_capacity(room.bytes)
            .weigher(|key: &K, thing: &Arc<Thing<V>>| weight(key, &thing.value))
            .time_to_live(room.longest)
            .eviction_listener(move |key: Arc<K>, thing: Arc<Thing<V>>, _| {
                thing.is_gone.store(true, Ordering::Release);
                removed.remove(key.owner(), thing.entry);
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
    pub fn get(&self, key: &K) -> Option<Arc<Thing<V>>> {
        self.things.get(key)
    }

    /// The same for whoever has bookmarks: a thing that is among them and still there is not looked
    /// for. `is_it` says of a key whether it is the one that `key` makes.
    pub fn get_again(
        &self,
        bookmarks: &Bookmarks<K, V>,
        is_it: impl Fn(&K) -> bool,
        key: impl FnOnce() -> K,
    ) -> Option<Arc<Thing<V>>> {
        if let Some(thing) = bookmarks.find(&is_it) {
            return Some(thing);
        }
        let key = key();
        let thing = self.get(&key)?;
        bookmarks.set(key, &thing);
        Some(thing)
    }

    /// Puts a thing in, in place of what had the same key.
    pub fn put(&self, key: K, value: V) {
        let entry = self.entries.fetch_add(1, Ordering::Relaxed);
        let bytes = u64::from(weight(&key, &value));
        let gone = self.ledger.put(key.owner(), key.clone(), entry, bytes);
        let thing = Thing {
            value,
            entry,
            is_gone: AtomicBool::new(false),
        };
        self.things.insert(key, Arc::new(thing));
        for key in gone {
            self.things.invalidate(&*key);
        }
    }

    /// Takes a thing out.
    pub fn remove(&self, key: &K) {
        self.things.invalidate(key);
    }

    /// Everything there is, in no order.
    pub fn all(&self) -> impl Iterator<Item = Arc<Thing<V>>> {
        self.things.iter().map(|(_, thing)| thing)
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
    pub fn figures(&self) -> Figures {
        self.things.run_pending_tasks();
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
