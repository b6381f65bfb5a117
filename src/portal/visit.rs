//! A visit: who is there, what Frappe last said of his session, and what he was told.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::made_of::Told;
use super::menu::{Menu, Reach};
use super::page::BuiltIn;
use super::proof::{LastProof, Proof};
use super::scope::Scope;
use super::scope_digest::ScopeDigest;
use super::supposed::Word;
use super::{Error, Portal, stock};
use crate::cache::{Age, Aged, Got, Origin};
use crate::frappe::{self, Caller, CustomerName, DocType, Outage};

/// A visit: a session that Frappe has confirmed within the proof time, or the last time it could.
#[derive(Clone, Debug)]
pub struct Visit {
    pub(super) portal: Arc<Portal>,
    pub(super) caller: Caller,
    pub(super) proof: Arc<Proof>,
    /// What the menu is made of, beside what the proof says.
    pub(super) reach: Reach,
    /// Whether Frappe was asked just now.
    pub(super) just_proved: bool,
    /// Why Frappe could not be asked, where the proof is an old one: nothing is asked then.
    pub(super) away: Option<Outage>,
    /// At which number of the marks it began.
    pub(super) begun: u64,
    /// What it was told.
    pub(super) told: Arc<Told>,
    /// The word that makes it true, where it only supposes that the last proof holds.
    pub(super) supposed: Option<Word>,
}

impl Visit {
    /// The visit of a session that Frappe has confirmed within the proof time, or confirms now.
    pub(super) async fn prove(portal: Arc<Portal>, caller: Caller) -> Result<Self, Error> {
        Self::prove_as_likely(portal, caller, false).await
    }

    /// The same where it is known how the last proof came about: of Portal User rows, or without.
    pub(super) async fn prove_as_likely(
        portal: Arc<Portal>,
        caller: Caller,
        of_portal_users: bool,
    ) -> Result<Self, Error> {
        let begun = portal.marks.sequence().current();
        let got = portal.proof(&caller, of_portal_users);
        let (got, menu) = tokio::join!(got, Box::pin(portal.menu_of(&caller)));
        let (proof, away) = match got? {
            Got::Answer(proof) => (proof, None),
            Got::Kept(proof, frappe::Error::Unavailable(outage)) => (proof, Some(outage)),
            Got::Kept(_, problem) => return Err(problem.into()),
        };
        let visit = Self::of(portal, caller, &proof, begun, Arc::default())?;
        let visit = Self { away, ..visit };
        Ok(visit.reaching(menu?, away.is_none()).await)
    }

    /// The same by the last proof: of a session whose proof is fresh; or one that supposes that the last
    /// proof holds, where there is one and only its age is against it. Asks for the menu, if at all.
    pub(super) async fn of_last_proof(
        portal: &Arc<Portal>,
        caller: &Caller,
    ) -> Result<Option<Last>, Error> {
        let begun = portal.marks.sequence().current();
        let Some(proof) = portal.last_proof(caller)? else {
            return Ok(None);
        };
        let visit = Self::of(
            Arc::clone(portal),
            caller.clone(),
            &proof,
            begun,
            Arc::default(),
        );
        if proof.age == Age::Fresh {
            let menu = Box::pin(portal.menu_of(caller)).await?;
            return Ok(Some(Last::Fresh(visit?.reaching(menu, true).await)));
        }
        // That it is somebody else's is for Frappe to say.
        let Ok(visit) = visit else { return Ok(None) };
        let menu = portal.remembered_menu(&caller.user);
        Ok(Some(Last::Old(visit.reaching(menu, false).await)))
    }

    /// The visit that a proof makes, of which the menu is not known yet.
    fn of(
        portal: Arc<Portal>,
        caller: Caller,
        proof: &Aged<Proof>,
        begun: u64,
        told: Arc<Told>,
    ) -> Result<Self, Error> {
        if *proof.value.permissions.user() != caller.user {
            return Err(frappe::Error::SignInRequired.into());
        }
        Ok(Self {
            proof: Arc::clone(&proof.value),
            reach: portal.menus.unknown(),
            just_proved: proof.origin == Origin::Site,
            away: None,
            begun,
            told,
            supposed: None,
            portal,
            caller,
        })
    }

    /// The visit of a session whose proof is fresh; never asks. `last` is the session's own.
    pub(super) async fn remembered(
        portal: Arc<Portal>,
        caller: Caller,
        last: &LastProof,
    ) -> Option<Self> {
        let begun = portal.marks.sequence().current();
        let proof = portal.fresh_proof(&caller, last)?;
        let menu = portal.remembered_menu(&caller.user);
        let visit = Self::of(portal, caller, &proof, begun, Told::passing()).ok()?;
        Some(visit.reaching(menu, false).await)
    }

    /// With this menu, and with the groups of the user's customers where they decide anything.
    async fn reaching(mut self, menu: Arc<Menu>, may_ask: bool) -> Self {
        let groups = self.portal.groups_of(&self, may_ask).await;
        self.reach = Reach::new(menu, groups);
        self
    }

    /// Who asks.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether Frappe was asked for this visit, rather than memory.
    #[must_use]
    pub const fn just_proved(&self) -> bool {
        self.just_proved
    }

    /// Refuses what has to be asked of Frappe itself while Frappe cannot be reached: the proof is an
    /// old one then, and what Frappe might answer after all could be held against nothing.
    ///
    /// # Errors
    /// When the visit counts only because Frappe cannot be reached.
    pub(super) fn can_ask(&self) -> Result<(), frappe::Error> {
        self.away.map_or(Ok(()), |outage| Err(outage.into()))
    }

    pub(super) fn scope_digest(&self) -> ScopeDigest {
        self.proof.digest
    }

    /// The customers whose documents of this DocType the user may see.
    #[must_use]
    pub fn scope(&self, doctype: &DocType) -> &Arc<Scope> {
        self.proof.scope(doctype)
    }

    /// The customers of the user on any page, in the order of their names.
    #[must_use]
    pub fn customers(&self) -> Vec<&CustomerName> {
        let pages = &self.portal.pages;
        let stock = pages.has(BuiltIn::StockBalance).then(stock::doctype);
        let doctypes = pages.iter().map(|page| &page.doctype).chain(&stock);
        // Most DocTypes share one scope, which may be long.
        let mut scopes: Vec<&Arc<Scope>> = doctypes.map(|doctype| self.scope(doctype)).collect();
        scopes.sort_unstable_by_key(|scope| Arc::as_ptr(scope));
        scopes.dedup_by_key(|scope| Arc::as_ptr(scope));
        let customers: BTreeSet<_> = scopes.iter().flat_map(|scope| scope.customers()).collect();
        customers.into_iter().collect()
    }
}

/// What the last proof of a session makes.
pub(super) enum Last {
    /// A visit: the proof is fresh.
    Fresh(Visit),
    /// What would be a visit if the proof were.
    Old(Visit),
}
