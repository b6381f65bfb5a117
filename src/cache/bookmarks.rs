//! Where somebody who looks for the same few things again and again keeps what he found.
//!
//! To look for a thing costs more than all that is done about one that was found. A bookmark keeps
//! nothing from being forgotten, and it is never believed: a thing knows whether it is still what
//! stands under its key, and one that was replaced or taken out is looked for anew.
//!
//! What is found so is no look that a store counts when it has to choose what goes for want of room.
//! What is looked at is put in anew every minute or so, which counts.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::store::Thing;

/// Bookmarks in a store. Only keys of whoever keeps them may be among them.
#[derive(Debug)]
pub struct Bookmarks<K, V> {
    found: Mutex<Vec<(K, Weak<Thing<V>>)>>,
    most: usize,
}

impl<K: Eq, V> Bookmarks<K, V> {
    /// Room for so many, of which the oldest makes room for a new one.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self {
            found: Mutex::new(Vec::new()),
            most,
        }
    }

    /// What was found under a key, if it is still there.
    pub(super) fn find(&self, is_it: impl Fn(&K) -> bool) -> Option<Arc<Thing<V>>> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let (_, thing) = found.iter().find(|(key, _)| is_it(key))?;
        thing.upgrade().filter(|thing| thing.is_there())
    }

    /// Keeps what was found under a key.
    pub(super) fn set(&self, key: K, thing: &Arc<Thing<V>>) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let same = found.iter().position(|(of, _)| *of == key);
        let oldest = (found.len() >= self.most).then_some(0);
        if let Some(place) = same.or(oldest) {
            found.remove(place);
        }
        found.push((key, Arc::downgrade(thing)));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::cache::{Owned, Room, Store, Weigh};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    struct Key(u8);

    impl Weigh for Key {
        fn weight(&self) -> usize {
            1
        }
    }

    impl Owned for Key {
        type Owner = ();

        fn owner(&self) -> &() {
            &()
        }
    }

    #[derive(Clone, Copy, Debug, PartialEq)]
    struct Value(usize);

    impl Weigh for Value {
        fn weight(&self) -> usize {
            9
        }
    }

    fn store(share: u64) -> Store<Key, Value> {
        Store::new(Room {
            bytes: 1_000,
            share,
            longest: Duration::from_hours(1),
        })
    }

    #[derive(Clone, Debug)]
    enum Step {
        Put(u8),
        Remove(u8),
        Look(u8),
    }

    fn step() -> impl Strategy<Value = Step> {
        (0..6_u8, 0..4_u8).prop_map(|(key, what)| match what {
            0 => Step::Put(key),
            1 => Step::Remove(key),
            _ => Step::Look(key),
        })
    }

    proptest! {
        // The share has room for four of the six, the bookmarks for two.
        #[test]
        fn whoever_has_bookmarks_finds_what_he_would_find_without(
            steps in prop::collection::vec(step(), 1..80),
        ) {
            let (store, bookmarks) = (store(40), Bookmarks::new(2));
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Put(key) => store.put(Key(key), Value(number)),
                    Step::Remove(key) => store.remove(&Key(key)),
                    Step::Look(key) => {
                        let key = Key(key);
                        let is_it = |of: &Key| *of == key;
                        let found = store.get_again(&bookmarks, is_it, || key);
                        let found = found.map(|thing| **thing);
                        let there = store.get(&key).map(|thing| **thing);
                        prop_assert_eq!(found, there);
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_bookmarked_is_not_looked_for_and_not_kept() {
        let (store, bookmarks) = (store(1_000), Bookmarks::new(2));
        let is_among = |key: u8| bookmarks.find(|of: &Key| of.0 == key).is_some();
        for key in [1, 2, 3] {
            store.put(Key(key), Value(7));
            let found = store.get_again(&bookmarks, |of| of.0 == key, || Key(key));
            assert!(found.is_some());
        }
        assert_eq!([1, 2, 3].map(is_among), [false, true, true], "two of them");
        store.put(Key(2), Value(8));
        store.remove(&Key(3));
        assert_eq!([2, 3].map(is_among), [false, false]);
    }
}
