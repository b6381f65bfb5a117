//! What webhooks have dropped and nobody has looked after yet.
//!
//! Drops come in bursts: they are gathered here, and whoever looks after them takes all that there
//! are. More than can be kept in mind are everything.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::marks::TagHash;
use crate::frappe::DocType;

/// How many tags are told apart.
const MOST: usize = 10_000;

/// What was dropped.
#[derive(Debug, Default)]
pub struct Dropped {
    /// Everything of everybody.
    pub everybody: bool,
    /// The DocTypes that any of it is about.
    pub doctypes: HashSet<DocType>,
    /// The hashes of its tags.
    pub tags: HashSet<TagHash>,
}

/// What was dropped since that was last looked after.
#[derive(Debug, Default)]
pub struct Drops {
    is_any: AtomicBool,
    dropped: Mutex<Dropped>,
}

impl Drops {
    /// Adds tags, and the DocTypes that they are about.
    pub fn add<'a>(&self, doctypes: impl IntoIterator<Item = &'a DocType>, tags: &[TagHash]) {
        let mut dropped = self.lock();
        dropped.doctypes.extend(doctypes.into_iter().cloned());
        dropped.tags.extend(tags);
        if dropped.tags.len() > MOST {
            *dropped = Dropped {
                everybody: true,
                ..Dropped::default()
            };
        }
        self.is_any.store(true, Ordering::Release);
    }

    /// Adds everything.
    pub fn add_everybody(&self) {
        self.lock().everybody = true;
        self.is_any.store(true, Ordering::Release);
    }

    /// Whether there is anything.
    pub fn is_any(&self) -> bool {
        self.is_any.load(Ordering::Acquire)
    }

    /// Takes all that there is.
    pub fn take(&self) -> Option<Dropped> {
        let mut dropped = self.lock();
        let is_any = self.is_any.swap(false, Ordering::AcqRel);
        is_any.then(|| std::mem::take(&mut *dropped))
    }

    fn lock(&self) -> MutexGuard<'_, Dropped> {
        self.dropped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(tags: &[u64]) -> Vec<TagHash> {
        tags.iter().copied().map(TagHash::of).collect()
    }

    #[test]
    fn drops_are_gathered_until_somebody_takes_them() {
        let drops = Drops::default();
        assert!(!drops.is_any() && drops.take().is_none());
        let job = DocType::parse("Transport Job").expect("a DocType");
        drops.add([&job], &tags(&[1, 2]));
        drops.add([&job], &tags(&[2, 3]));
        assert!(drops.is_any());
        let dropped = drops.take().expect("drops");
        assert_eq!((dropped.tags.len(), dropped.doctypes.len()), (3, 1));
        assert!(!dropped.everybody && drops.take().is_none());
    }

    #[test]
    fn more_than_can_be_told_apart_is_everything() {
        let drops = Drops::default();
        for tag in 0..=MOST as u64 {
            drops.add([], &tags(&[tag]));
        }
        let dropped = drops.take().expect("drops");
        assert!(dropped.everybody && dropped.tags.is_empty());
    }
}
