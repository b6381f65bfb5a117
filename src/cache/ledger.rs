//! How much of a memory is whose.
//!
//! Each owner has a share of the bytes. What goes beyond it is taken from what was put in for this
//! owner longest ago, so that whoever asks for ever new things empties nobody's memory but his own.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// What each owner holds.
#[derive(Debug)]
pub struct Ledger<O, K> {
    most: u64,
    owners: Mutex<HashMap<O, Held<K>>>,
}

/// What one owner holds. Most owners hold a few things, and none of them more than his share, so that
/// the oldest is looked for when it has to go, and nothing is kept in order for that.
#[derive(Debug)]
struct Held<K> {
    bytes: u64,
    entries: HashMap<K, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    number: u64,
    bytes: u64,
}

impl<K> Default for Held<K> {
    fn default() -> Self {
        Self {
            bytes: 0,
            entries: HashMap::new(),
        }
    }
}

impl<K: Hash + Eq + Clone> Held<K> {
    fn take_out(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.bytes -= entry.bytes;
        }
    }

    fn oldest(&self) -> Option<K> {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.number);
        oldest.map(|(key, _)| key.clone())
    }
}

impl<O: Hash + Eq + Clone, K: Hash + Eq + Clone> Ledger<O, K> {
    /// So many bytes for each owner.
    pub fn new(most: u64) -> Self {
        Self {
            most,
            owners: Mutex::default(),
        }
    }

    /// Writes down what is put in, as `number`, in place of what had the same key; says which of the
    /// owner's have to go. What is larger than a whole share is one of them itself.
    pub fn put(&self, owner: &O, key: K, number: u64, bytes: u64) -> Vec<K> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let held = owners.entry(owner.clone()).or_default();
        held.take_out(&key);
        held.entries.insert(key, Entry { number, bytes });
        held.bytes += bytes;
        let mut gone = Vec::new();
        while held.bytes > self.most {
            let Some(oldest) = held.oldest() else {
                break;
            };
            held.take_out(&oldest);
            gone.push(oldest);
        }
        gone
    }

    /// Writes down that what was put in as `number` is no longer there.
    pub fn remove(&self, owner: &O, key: &K, number: u64) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(held) = owners.get_mut(owner) else {
            return;
        };
        // What has taken its place has another number.
        if held
            .entries
            .get(key)
            .is_some_and(|entry| entry.number == number)
        {
            held.take_out(key);
        }
        if held.entries.is_empty() {
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
        assert_eq!(ledger.put(&"anna", "c", 4, 40), ["a"]);
        // The same key again is as young as it can be.
        assert!(ledger.put(&"anna", "b", 5, 40).is_empty());
        assert_eq!(ledger.put(&"anna", "d", 6, 40), ["c"]);
        assert_eq!(
            ledger.put(&"anna", "too large", 7, 101),
            ["b", "d", "too large"]
        );
        assert_eq!((ledger.bytes(&"anna"), ledger.bytes(&"jan")), (0, 100));
    }

    #[test]
    fn what_is_no_longer_there_takes_no_room_and_what_replaced_it_does() {
        let ledger = Ledger::new(100);
        ledger.put(&"anna", "a", 1, 40);
        ledger.put(&"anna", "a", 2, 50);
        ledger.remove(&"anna", &"a", 1);
        assert_eq!(ledger.bytes(&"anna"), 50);
        ledger.remove(&"anna", &"a", 2);
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
                    ledger.remove(&owner, &key, number);
                }
                prop_assert!(ledger.bytes(&owner) <= 100);
                let owners = ledger.owners.lock().expect("not poisoned");
                for held in owners.values() {
                    let bytes: u64 = held.entries.values().map(|entry| entry.bytes).sum();
                    prop_assert_eq!(held.bytes, bytes);
                }
            }
        }
    }
}
