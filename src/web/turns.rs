//! How many things that take long are under way at once: exports, archives, files.
//!
//! It promises that there are never more than so many in the whole process, nor more than so many of
//! one user. Nobody waits: who finds no turn is told so at once. A turn lasts until what was made has
//! been sent.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::frappe::UserId;

/// The turns there are.
#[derive(Debug)]
pub struct Turns {
    at_once: usize,
    each_user: usize,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// Why there is no turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoTurn {
    /// The user has as many as one may have.
    OfUser,
    /// There are as many as there may be.
    AtAll,
}

/// A turn, held until it is dropped.
#[derive(Debug)]
pub struct Turn {
    user: UserId,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Turns {
    /// So many at once, so many of them one user's.
    pub fn new(at_once: usize, each_user: usize) -> Self {
        Self {
            at_once,
            each_user,
            taken: Arc::default(),
        }
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        lock(&self.taken).values().sum()
    }

    /// A turn for a user.
    ///
    /// # Errors
    /// When there is none.
    pub fn take(&self, user: &UserId) -> Result<Turn, NoTurn> {
        let mut taken = lock(&self.taken);
        if taken.get(user).is_some_and(|own| *own >= self.each_user) {
            return Err(NoTurn::OfUser);
        }
        if taken.values().sum::<usize>() >= self.at_once {
            return Err(NoTurn::AtAll);
        }
        *taken.entry(user.clone()).or_default() += 1;
        Ok(Turn {
            user: user.clone(),
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Entry::Occupied(mut own) = lock(&self.taken).entry(self.user.clone()) {
            *own.get_mut() -= 1;
            if *own.get() == 0 {
                own.remove();
            }
        }
    }
}

fn lock(taken: &Mutex<HashMap<UserId, usize>>) -> MutexGuard<'_, HashMap<UserId, usize>> {
    taken.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_more_than_his_share_nor_all_together_more_than_there_are() {
        let user = |name: &str| UserId::parse(name).unwrap();
        let (anna, jan, tom) = (
            user("a@x.example"),
            user("j@x.example"),
            user("t@x.example"),
        );
        let turns = Turns::new(3, 2);
        let first = turns.take(&anna).unwrap();
        let _second = turns.take(&anna).unwrap();
        assert_eq!(turns.take(&anna).unwrap_err(), NoTurn::OfUser);
        let _third = turns.take(&jan).unwrap();
        assert_eq!(turns.take(&tom).unwrap_err(), NoTurn::AtAll);
        drop(first);
        let fourth = turns.take(&anna).unwrap();
        drop(fourth);
        assert!(turns.take(&tom).is_ok());
    }
}
