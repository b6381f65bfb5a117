//! What is known of Portal Settings, of users' roles and of customers' groups.
//!
//! All of it is remembered, Portal Settings and roles with the ages of lists, groups with those of
//! what seldom changes, and asked for anew behind the visitor's back; the first time, side by side
//! with the proof of the session. Portal Settings that cannot be read leave the last ones in force
//! that could be, however long ago that was.

use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::remembered::{Customers, Grouped, Groups, Paused, Roles, Site, Whose};
use super::{Menu, PagesOfCustomers, Reach, Routes, Ruling};
use crate::cache::{Age, Ages, Memory, Owned, Room, Same, Sequence, Verdict, Weigh};
use crate::clock::Clock;
use crate::frappe::{self, Caller, CustomerName, UserId};
use crate::portal::page::Pages;
use crate::portal::proof::judge_proof;
use crate::portal::{Portal, Visit};

/// How much of each is remembered, in bytes.
const BYTES: u64 = 8 << 20;

/// What menus are made of.
#[derive(Debug)]
pub struct Menus {
    routes: Routes,
    /// The menu where Portal Settings do not decide.
    of_settings: Arc<Menu>,
    /// What is known of a user's reach before anything is. Each visit begins with it, so it is here.
    unknown: Reach,
    pub(in crate::portal) customers: PagesOfCustomers,
    clock: Clock,
    rulings: Memory<Site, Ruling>,
    /// The last one that could be read.
    last: RwLock<Option<Arc<Ruling>>>,
    rulings_paused: Paused,
    roles: Memory<Whose, Roles>,
    groups: Memory<Customers, Grouped>,
    groups_paused: Paused,
}

impl Menus {
    /// Nothing is known yet; what will be is kept for so long at the most.
    pub fn new(
        pages: &Pages,
        routes: Routes,
        customers: PagesOfCustomers,
        longest: Duration,
        clock: &Clock,
        sequence: &Sequence,
    ) -> Self {
        let room = Room {
            bytes: BYTES,
            share: BYTES,
            longest,
        };
        Self {
            of_settings: Arc::new(Menu::of_settings(pages)),
            unknown: Reach::default(),
            routes,
            customers,
            rulings: Memory::new(room, clock.clone(), sequence.clone()),
            last: RwLock::default(),
            rulings_paused: Paused::default(),
            roles: Memory::new(room, clock.clone(), sequence.clone()),
            groups: Memory::new(room, clock.clone(), sequence.clone()),
            groups_paused: Paused::default(),
            clock: clock.clone(),
        }
    }

    /// The reach of somebody of whom nothing is known yet.
    pub(in crate::portal) fn unknown(&self) -> Reach {
        self.unknown.clone()
    }

    /// The last Portal Settings that could be read.
    fn last(&self) -> Option<Arc<Ruling>> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.clone()
    }
}

impl Portal {
    /// The menu of whoever has the caller's roles. They are asked for only where they decide
    /// something, side by side with Portal Settings where that is likely.
    ///
    /// # Errors
    /// When the roles decide and Frappe does not answer.
    pub(in crate::portal) async fn menu_of(
        self: &Arc<Self>,
        caller: &Caller,
    ) -> Result<Arc<Menu>, frappe::Error> {
        let menus = &self.menus;
        let is_likely = match menus.last() {
            Some(ruling) => ruling.is_in_force(),
            None => self.client.has_service_account() && !menus.rulings_paused.is_on(&menus.clock),
        };
        let likely = async {
            if is_likely {
                Some(self.roles(caller).await)
            } else {
                None
            }
        };
        let (ruling, roles) = tokio::join!(self.ruling(&caller.user), likely);
        let Some(ruling) = ruling.filter(|ruling| ruling.is_in_force()) else {
            return Ok(Arc::clone(&self.menus.of_settings));
        };
        let roles = match roles {
            Some(roles) => roles?,
            None => self.roles(caller).await?,
        };
        Ok(roles.menu(&ruling))
    }

    /// The same as far as it is remembered, of whatever age.
    pub(in crate::portal) fn remembered_menu(&self, user: &UserId) -> Arc<Menu> {
        let last = self.menus.last();
        let Some(ruling) = last.filter(|ruling| ruling.is_in_force()) else {
            return Arc::clone(&self.menus.of_settings);
        };
        let since = |number| self.marks.since(number, user, []);
        let (key, ages) = (Whose(user.clone()), &self.times.list);
        match self.menus.roles.look(&key, ages, since) {
            Some(roles) => roles.value.menu(&ruling),
            None => Roles::of_everybody().menu(&ruling),
        }
    }

    /// What stands in Portal Settings; asked for only where it was never read.
    pub(super) async fn last_ruling(self: &Arc<Self>, user: &UserId) -> Option<Arc<Ruling>> {
        match self.menus.last() {
            Some(ruling) => Some(ruling),
            None => self.ruling(user).await,
        }
    }

    /// What stands in Portal Settings; where they cannot be read, the last that could be. `None`
    /// where there never were any.
    async fn ruling(self: &Arc<Self>, user: &UserId) -> Option<Arc<Ruling>> {
        if !self.client.has_service_account() {
            return None;
        }
        let ask = |portal: Arc<Self>| async move { ask_ruling(&portal).await };
        let ages = &self.times.list;
        let ruling = self.known(user, |menus| &menus.rulings, ages, keep, Site, ask);
        ruling.await.ok().or_else(|| self.menus.last())
    }

    /// The roles of the caller's user. Frappe tells them to everybody of himself; where it does not,
    /// he has those that everybody has.
    async fn roles(self: &Arc<Self>, caller: &Caller) -> Result<Arc<Roles>, frappe::Error> {
        let (key, user) = (Whose(caller.user.clone()), &caller.user);
        let ask = |portal: Arc<Self>| {
            let caller = caller.clone();
            async move { ask_roles(&portal, &caller).await }
        };
        let ages = &self.times.list;
        let roles = self.known(
            user,
            |menus| &menus.roles,
            ages,
            judge_roles,
            key.clone(),
            ask,
        );
        match roles.await {
            Err(
                frappe::Error::Forbidden
                | frappe::Error::NotFound
                | frappe::Error::Invalid
                | frappe::Error::Unexpected(_),
            ) => {
                self.menus.roles.learn(key, Roles::of_everybody());
                Ok(Arc::new(Roles::of_everybody()))
            }
            roles => roles,
        }
    }

    /// The groups of a user's customers, as far as they decide anything and are known; those that are
    /// remembered where nothing may be asked.
    pub(in crate::portal) async fn groups_of(
        self: &Arc<Self>,
        visit: &Visit,
        may_ask: bool,
    ) -> Arc<Groups> {
        if !self.menus.customers.go_by_groups() {
            return Arc::clone(&self.menus.unknown.groups);
        }
        let user = &visit.caller.user;
        let key = Customers(visit.customers().into_iter().cloned().collect());
        let ages = &self.times.master;
        let mut known = None;
        if may_ask {
            let ask = |portal: Arc<Self>| {
                let key = key.clone();
                async move { ask_groups(&portal, &key).await }
            };
            let asked = self.known(user, |menus| &menus.groups, ages, keep, key.clone(), ask);
            known = asked.await.ok();
        }
        match known {
            Some(groups) => Arc::clone(&groups.0),
            None => self.remembered_groups(user, key.0),
        }
    }

    /// The same of these customers as far as it is remembered.
    pub(in crate::portal) fn remembered_groups(
        &self,
        user: &UserId,
        customers: BTreeSet<CustomerName>,
    ) -> Arc<Groups> {
        let since = |number| self.marks.since(number, user, []);
        let (key, ages) = (Customers(customers), &self.times.master);
        let kept = self.menus.groups.look(&key, ages, since);
        kept.map(|groups| Arc::clone(&groups.value.0))
            .unwrap_or_default()
    }

    /// What is remembered, as long as it is fresh or being refreshed; else what `ask` answers.
    async fn known<K, V, Asked>(
        self: &Arc<Self>,
        user: &UserId,
        of: fn(&Menus) -> &Memory<K, V>,
        ages: &Ages,
        judge: fn(&frappe::Error) -> Verdict,
        key: K,
        ask: impl FnOnce(Arc<Self>) -> Asked,
    ) -> Result<Arc<V>, frappe::Error>
    where
        K: Hash + Eq + Clone + Send + Sync + Weigh + Owned + 'static,
        V: Send + Sync + Weigh + Same + 'static,
        Asked: Future<Output = Result<V, frappe::Error>> + Send + 'static,
    {
        let memory = of(&self.menus);
        let since = |number| self.marks.since(number, user, []);
        if let Some(known) = memory.look(&key, ages, since) {
            match known.age {
                Age::Fresh => return Ok(known.value),
                Age::Stale => {
                    if let Some(flight) = memory.free(&key) {
                        let portal = Arc::clone(self);
                        let asked = ask(Arc::clone(self));
                        self.background.spawn(async move {
                            let memory = of(&portal.menus);
                            let asked = memory.refresh(&key, flight, judge, asked).await;
                            if let Err(problem) = asked {
                                tracing::debug!(%problem, "what the menu is made of was not refreshed");
                            }
                        });
                    }
                    return Ok(known.value);
                }
                Age::Expired => {}
            }
        }
        // Apart from the future of whoever finds it remembered.
        let asked = Box::pin(ask(Arc::clone(self)));
        let got = memory.get(key, ages, since, judge, asked).await?;
        Ok(got.answer().value)
    }
}

/// Whatever the service account could not read stays as it was.
const fn keep(_: &frappe::Error) -> Verdict {
    Verdict::Keep
}

/// The end of one session says nothing about the roles of its user.
const fn judge_roles(failure: &frappe::Error) -> Verdict {
    match failure {
        frappe::Error::SignInRequired => Verdict::Keep,
        failure => judge_proof(failure),
    }
}

async fn ask_ruling(portal: &Portal) -> Result<Ruling, frappe::Error> {
    let menus = &portal.menus;
    menus.rulings_paused.check(&menus.clock)?;
    let settings = match portal.client.portal_settings().await {
        Ok(settings) => settings,
        Err(problem) => {
            tracing::warn!(%problem, "the service account cannot read Portal Settings; the menu is the last one that it could read, or else the pages of the settings");
            menus.rulings_paused.begin(&menus.clock, &problem);
            return Err(problem);
        }
    };
    let ruling = Ruling::read(&settings, &menus.routes);
    let mut last = menus.last.write().unwrap_or_else(PoisonError::into_inner);
    if last.as_deref() != Some(&ruling) {
        *last = Some(Arc::new(ruling.clone()));
    }
    Ok(ruling)
}

async fn ask_roles(portal: &Portal, caller: &Caller) -> Result<Roles, frappe::Error> {
    let roles = portal.client.roles(caller).await;
    if let Err(problem) = &roles {
        tracing::warn!(user = %caller.user, %problem, "Frappe does not tell a user's roles");
    }
    roles.map(Roles::new)
}

async fn ask_groups(portal: &Portal, customers: &Customers) -> Result<Grouped, frappe::Error> {
    let menus = &portal.menus;
    menus.groups_paused.check(&menus.clock)?;
    let groups = match portal.client.customer_groups(&customers.0).await {
        Ok(groups) => groups,
        Err(problem) => {
            tracing::warn!(%problem, "the service account cannot read the groups of customers; pages that are only for groups are off, as far as it is not known");
            menus.groups_paused.begin(&menus.clock, &problem);
            return Err(problem);
        }
    };
    Ok(Grouped(Arc::new(groups)))
}
