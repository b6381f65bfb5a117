//! How much of a memory is whose.
//!
//! Each owner has a share of the bytes. What goes beyond it is taken from what was put in for this
//! owner longest ago, so that whoever asks for ever new things empties nobody's memory but his own.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// What each owner holds.
#[derive(Debug)]
pub struct Ledger<O, K> {
    most: u64,
    owners: Mutex<HashMap<O, Held<K>>>,
}

/// What one owner holds: the numbers by key, and what is to go first by number.
#[derive(Debug)]
struct Held<K> {
    bytes: u64,
    numbers: HashMap<Arc<K>, u64>,
    oldest_first: BTreeMap<u64, (Arc<K>, u64)>,
}

impl<K> Default for Held<K> {
    fn default() -> Self {
        Self {
            bytes: 0,
            numbers: HashMap::new(),
            oldest_first: BTreeMap::new(),
        }
    }
}

impl<K: Hash + Eq> Held<K> {
    fn take_out(&mut self, number: u64) -> Option<Arc<K>> {
        let (key, bytes) = self.oldest_first.remove(&number)?;
        self.bytes -= bytes;
        self.numbers.remove(&key);
        Some(key)
    }
}

impl<O: Hash + Eq + Clone, K: Hash + Eq> Ledger<O, K> {
    /// So many bytes for each owner.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            owners: Mutex::default(),
        }
    }

    /// Writes down what is put in, as `number`, in place of what had the same key; says which of the
    /// owner's have to go. What is larger than a whole share is one of them itself.
    pub fn put(&self, owner: &O, key: K, number: u64, bytes: u64) -> Vec<Arc<K>> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let held = owners.entry(owner.clone()).or_default();
        if let Some(earlier) = held.numbers.get(&key).copied() {
            held.take_out(earlier);
        }
        let key = Arc::new(key);
        held.numbers.insert(Arc::clone(&key), number);
        held.oldest_first.insert(number, (key, bytes));
        held.bytes += bytes;
        let mut gone = Vec::new();
        while held.bytes > self.most {
            let Some((&oldest, _)) = held.oldest_first.first_key_value() else {
                break;
            };
            gone.extend(held.take_out(oldest));
        }
        gone
    }

    /// Writes down that what was put in as `number` is no longer there.
    pub fn remove(&self, owner: &O, number: u64) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = owners.get_mut(owner) else {
            return;
        };
        // What has taken its place has another number.
        held.take_out(number);
        if held.oldest_first.is_empty() {
            owners.remove(owner);
        }
    }

    /// The bytes that an owner holds.
    #[cfg(test)]
    fn bytes(&self, owner: &O) -> u64 {
        let owners = self.owners.lock().expect("not poisoned");
        owners.get(owner).map_or(0, |held| held.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_oldest_of_the_same_owner_goes_first_and_nobody_elses() {
        let ledger = Ledger::new(100);
        assert!(ledger.put(&"jan", "x", 1, 100).is_empty());
        assert!(ledger.put(&"anna", "a", 2, 40).is_empty());
        assert!(ledger.put(&"anna", "b", 3, 40).is_empty());
        assert_eq!(ledger.put(&"anna", "c", 4, 40), [Arc::new("a")]);
        // The same key again is as young as it can be.
        assert!(ledger.put(&"anna", "b", 5, 40).is_empty());
        assert_eq!(ledger.put(&"anna", "d", 6, 40), [Arc::new("c")]);
        assert_eq!(
            ledger.put(&"anna", "too large", 7, 101),
            ["b", "d", "too large"].map(Arc::new)
        );
        assert_eq!((ledger.bytes(&"anna"), ledger.bytes(&"jan")), (0, 100));
    }

    #[test]
    fn what_is_no_longer_there_takes_no_room_and_what_replaced_it_does() {
        let ledger = Ledger::new(100);
        ledger.put(&"anna", "a", 1, 40);
        ledger.put(&"anna", "a", 2, 50);
        ledger.remove(&"anna", 1);
        assert_eq!(ledger.bytes(&"anna"), 50);
        ledger.remove(&"anna", 2);
        assert_eq!(ledger.bytes(&"anna"), 0);
        assert!(ledger.owners.lock().expect("not poisoned").is_empty());
    }

    proptest! {
        #[test]
        fn no_owner_ever_holds_more_than_his_share(
            puts in proptest::collection::vec((0_u8..3, 0_u8..20, 0_u64..60, any::<bool>()), 0..200)
        ) {
            let ledger = Ledger::new(100);
            for (number, (owner, key, bytes, removed)) in (0..).zip(puts) {
                ledger.put(&owner, key, number, bytes);
                if removed {
                    ledger.remove(&owner, number);
                }
                prop_assert!(ledger.bytes(&owner) <= 100);
                let owners = ledger.owners.lock().expect("not poisoned");
                for held in owners.values() {
                    let bytes: u64 = held.oldest_first.values().map(|(_, bytes)| bytes).sum();
                    prop_assert_eq!(held.bytes, bytes);
                    prop_assert_eq!(held.numbers.len(), held.oldest_first.len());
                }
            }
        }
    }
}
