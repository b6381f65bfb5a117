//! How much of something that takes long each user may have under way at once.
//!
//! What one user takes is counted for him alone, so that nobody is kept waiting by somebody else's
//! many downloads before the room for all of them is used up.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use crate::frappe::UserId;

/// The shares of all users.
#[derive(Clone, Debug)]
pub struct Shares {
    most: usize,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// One of a user's places, held until it is dropped.
#[derive(Debug)]
pub struct Share {
    user: UserId,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

impl Shares {
    /// So many for each user.
    #[must_use]
    pub fn new(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// A place for this user, if he has one left.
    #[must_use]
    pub fn take(&self, user: &UserId) -> Option<Share> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.get(user).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        taken.insert(user.clone(), count + 1);
        Some(Share {
            user: user.clone(),
            taken: Arc::clone(&self.taken),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = taken.entry(self.user.clone()) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::parse(name).expect("a user")
    }

    #[test]
    fn one_users_places_are_not_anothers() {
        let shares = Shares::new(2);
        let (anna, jan) = (user("anna@acme.example"), user("jan@acme.example"));
        let held = (shares.take(&anna), shares.take(&anna));
        assert!(held.0.is_some() && held.1.is_some());
        assert!(shares.take(&anna).is_none());
        assert!(shares.take(&jan).is_some());
        drop(held.0);
        assert!(shares.take(&anna).is_some());
    }

    #[test]
    fn who_holds_nothing_is_not_remembered() {
        let shares = Shares::new(1);
        drop(shares.take(&user("anna@acme.example")));
        assert!(shares.taken.lock().expect("not poisoned").is_empty());
    }
}
