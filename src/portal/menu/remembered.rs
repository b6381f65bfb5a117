//! What is remembered of menus: keys and values of the memories, and a question that waits.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::{Menu, Ruling};
use crate::cache::{Owned, Same, Weigh};
use crate::clock::Clock;
use crate::frappe::{self, CustomerGroup, CustomerName, RoleName, UserId};

/// For how long nobody asks again what the service account could not read just now.
const PAUSE: Duration = Duration::from_secs(30);

/// The groups of customers.
pub(super) type Groups = BTreeMap<CustomerName, CustomerGroup>;

/// A question that has failed, and is not asked again for a while.
#[derive(Debug, Default)]
pub(super) struct Paused(Mutex<Option<(Duration, frappe::Error)>>);

impl Paused {
    pub(super) fn begin(&self, clock: &Clock, problem: &frappe::Error) {
        let mut paused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = Some((clock.uptime(), problem.clone()));
    }

    pub(super) fn is_on(&self, clock: &Clock) -> bool {
        self.check(clock).is_err()
    }

    pub(super) fn check(&self, clock: &Clock) -> Result<(), frappe::Error> {
        let paused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*paused {
            Some((at, problem)) if clock.uptime().saturating_sub(*at) < PAUSE => {
                Err(problem.clone())
            }
            _ => Ok(()),
        }
    }
}

/// The one key of what there is one of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Site;

/// Whose roles they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Whose(pub(super) UserId);

/// Whose groups they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Customers(pub(super) BTreeSet<CustomerName>);

/// The roles of a user, and the menu that was made last for them.
#[derive(Debug)]
pub(super) struct Roles {
    roles: BTreeSet<RoleName>,
    made: Mutex<Option<(Arc<Ruling>, Arc<Menu>)>>,
}

impl Roles {
    pub(super) fn new(roles: BTreeSet<RoleName>) -> Self {
        Self {
            roles,
            made: Mutex::default(),
        }
    }

    /// What Portal Settings say for these roles; made once.
    pub(super) fn menu(&self, ruling: &Arc<Ruling>) -> Arc<Menu> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, menu)) if Arc::ptr_eq(of, ruling) => Arc::clone(menu),
            _ => {
                let menu = Arc::new(ruling.for_roles(&self.roles));
                *made = Some((Arc::clone(ruling), Arc::clone(&menu)));
                menu
            }
        }
    }

    /// Those that Frappe gives to everybody who is signed in.
    pub(super) fn of_everybody() -> Self {
        let roles = ["All", "Guest"].into_iter();
        Self::new(
            roles
                .filter_map(|role| RoleName::parse(role).ok())
                .collect(),
        )
    }
}

/// The groups of customers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Grouped(pub(super) Arc<Groups>);

/// Keys are their own owners: nobody has more than one.
macro_rules! owns_itself {
    ($key:ty) => {
        impl Owned for $key {
            type Owner = Self;

            fn owner(&self) -> &Self {
                self
            }
        }
    };
}

owns_itself!(Site);
owns_itself!(Whose);
owns_itself!(Customers);

impl Weigh for Site {
    fn weight(&self) -> usize {
        100
    }
}

impl Weigh for Whose {
    fn weight(&self) -> usize {
        100 + self.0.as_str().len()
    }
}

impl Weigh for Customers {
    fn weight(&self) -> usize {
        let names = self.0.iter().map(|customer| 48 + customer.as_str().len());
        100 + names.sum::<usize>()
    }
}

// Nobody is told of versions of these: a page holds its menu itself.
impl Same for Roles {}
impl Same for Grouped {}
impl Same for Ruling {}

impl Weigh for Roles {
    fn weight(&self) -> usize {
        let names = self.roles.iter().map(|role| 48 + role.as_str().len());
        // With its menu, as long as menus are.
        4_000 + names.sum::<usize>()
    }
}

impl Weigh for Grouped {
    fn weight(&self) -> usize {
        let pairs = self.0.iter();
        let bytes =
            pairs.map(|(customer, group)| 120 + customer.as_str().len() + group.as_str().len());
        bytes.sum()
    }
}
