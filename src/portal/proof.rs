//! Proof before memory: a session is good only while Frappe has lately said so.
//!
//! One question, `get_user_permissions` with the session's own sid, proves both that the session is
//! alive and what its scope is. Its answer counts for the proof time and has no stale stage: older
//! than that, it is asked first, and a refusal ends it at once. Only while Frappe cannot be reached
//! does the last proof count, as long as answers are kept, and such a visit sees what is remembered
//! and asks nothing. It is kept for each session and client address, because Frappe holds some users
//! to certain addresses (`session_restrict_ip_existing_session`), and never serves another session
//! of the same user.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::answers::judge;
use super::made_of::Told;
use super::menu::{Menu, Reach};
use super::page::BuiltIn;
use super::scope::{self, Scope, Scopes};
use super::scope_digest::ScopeDigest;
use super::{Error, Portal, stock};
use crate::cache::{
    Aged, Ages, Figures, Found, Got, Memory, Origin, Owned, Room, Same, Sequence, Since, Verdict,
    Weigh,
};
use crate::clock::Clock;
use crate::frappe::{
    self, Caller, CustomerName, DocType, Outage, PortalUser, SidDigest, UserId, UserPermissions,
};
use jiff::Timestamp;

/// What Frappe said of a session.
#[derive(Debug, PartialEq)]
pub(super) struct Proof {
    pub(super) permissions: UserPermissions,
    portal_users: Vec<PortalUser>,
    scopes: Scopes,
    digest: ScopeDigest,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct ProofKey {
    sid: SidDigest,
    address: IpAddr,
}

impl From<&Caller> for ProofKey {
    fn from(caller: &Caller) -> Self {
        Self {
            sid: caller.sid.digest(),
            address: caller.address,
        }
    }
}

impl Weigh for ProofKey {
    fn weight(&self) -> usize {
        size_of::<Self>()
    }
}

impl Owned for ProofKey {
    type Owner = SidDigest;

    fn owner(&self) -> &SidDigest {
        &self.sid
    }
}

impl Weigh for Proof {
    fn weight(&self) -> usize {
        let permissions: usize = self
            .permissions
            .iter()
            .map(|(_, permission)| 120 + permission.value.len())
            .sum();
        let rows: usize = self
            .portal_users
            .iter()
            .map(|row| 100 + row.parent.len() + row.user.len())
            .sum();
        let customers = self.scopes.all().flat_map(|scope| scope.customers());
        let customers: usize = customers.map(|customer| 80 + customer.as_str().len()).sum();
        300 + permissions + rows + customers
    }
}

impl Same for Proof {}

/// Where whoever keeps a session keeps its last proof, so that it need not be looked for while it is
/// still the last one.
#[derive(Debug)]
pub struct LastProof(Found<ProofKey, Proof>);

impl Default for LastProof {
    fn default() -> Self {
        Self(Found::new(1))
    }
}

/// How many refusals are remembered.
const REFUSED: u64 = 10_000;

/// The proofs of all sessions.
#[derive(Debug)]
pub struct Proofs {
    proved: Memory<ProofKey, Proof>,
    /// When Frappe last refused a session, at an address: whoever goes on asking with a cookie whose
    /// session is over would use up the questions of the user whose it was.
    refused: moka::sync::Cache<ProofKey, Timestamp>,
}

impl Proofs {
    pub fn new(kept: Duration, clock: Clock, sequence: Sequence) -> Self {
        const BYTES: u64 = 32 << 20;
        // A session at many addresses.
        const SHARE: u64 = 1 << 20;
        let room = Room {
            bytes: BYTES,
            share: SHARE,
            longest: kept,
        };
        Self {
            proved: Memory::new(room, clock, sequence),
            refused: moka::sync::Cache::new(REFUSED),
        }
    }

    pub async fn forget(&self, caller: &Caller) {
        self.proved.forget(&caller.into()).await;
    }

    /// What is remembered.
    pub async fn figures(&self) -> Figures {
        self.proved.figures().await
    }

    /// What Frappe last said of any session of a user, and when.
    pub fn of_user(
        &self,
        user: &UserId,
        since: impl Fn(u64) -> Since,
    ) -> Option<(Arc<Proof>, Timestamp)> {
        let is_his = |proof: &Proof| proof.permissions.user() == user;
        self.proved.youngest(is_his, since)
    }
}

impl Proof {
    fn new(permissions: UserPermissions, portal_users: Vec<PortalUser>) -> Self {
        let user = permissions.user();
        Self {
            digest: ScopeDigest::of(&permissions, &portal_users),
            scopes: Scopes::new(user, &permissions, &portal_users),
            permissions,
            portal_users,
        }
    }

    /// The customers whose documents of this DocType its user may see.
    pub fn scope(&self, doctype: &DocType) -> &Arc<Scope> {
        self.scopes.of(doctype)
    }

    /// Whether Portal User rows decide, because there is no User Permission on Customer.
    pub fn is_of_portal_users(&self) -> bool {
        scope::needs_portal_users(&self.permissions)
    }
}

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
}

impl Visit {
    pub(super) async fn prove(portal: Arc<Portal>, caller: Caller) -> Result<Self, Error> {
        let begun = portal.marks.sequence().current();
        let ask = ask(&portal, &caller);
        let ages = Ages::new(
            portal.times.proof,
            portal.times.proof,
            portal.times.proof_kept,
        );
        let since = |number| portal.marks.since(number, &caller.user, []);
        let key = ProofKey::from(&caller);
        if portal.is_refused(&key) {
            return Err(frappe::Error::SignInRequired.into());
        }
        let got = portal
            .proofs
            .proved
            .get(key, &ages, since, judge_proof, ask);
        let (got, menu) = tokio::join!(got, Box::pin(portal.menu_of(&caller)));
        let (proof, away) = match got? {
            Got::Answer(proof) => (proof, None),
            Got::Kept(proof, frappe::Error::Unavailable(outage)) => (proof, Some(outage)),
            Got::Kept(_, problem) => return Err(problem.into()),
        };
        if *proof.value.permissions.user() != caller.user {
            return Err(frappe::Error::SignInRequired.into());
        }
        let Aged { value, origin, .. } = proof;
        let visit = Self {
            proof: value,
            reach: portal.menus.unknown(),
            just_proved: origin == Origin::Site,
            away,
            begun,
            told: Arc::default(),
            portal,
            caller,
        };
        Ok(visit.reaching(menu?, away.is_none()).await)
    }

    /// The visit of a session whose proof is fresh; never asks. `last` is the session's own.
    pub(super) async fn remembered(
        portal: Arc<Portal>,
        caller: Caller,
        last: &LastProof,
    ) -> Option<Self> {
        let begun = portal.marks.sequence().current();
        let since = |number| portal.marks.since(number, &caller.user, []);
        let proof = portal
            .proofs
            .proved
            .fresh_again((&caller).into(), &last.0, portal.times.proof, since)
            .await?;
        if *proof.value.permissions.user() != caller.user {
            return None;
        }
        let menu = portal.remembered_menu(&caller.user).await;
        let visit = Self {
            proof: proof.value,
            reach: portal.menus.unknown(),
            just_proved: false,
            away: None,
            begun,
            told: Told::passing(),
            portal,
            caller,
        };
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

/// An old proof counts while Frappe cannot be reached. That it is busy with our own questions, or
/// answers something that we do not take, is no reason: a visitor could bring that about.
pub(super) const fn judge_proof(failure: &frappe::Error) -> Verdict {
    match failure {
        frappe::Error::Unavailable(outage) if !outage.is_away() => Verdict::Keep,
        // This session's own proof.
        frappe::Error::SignInRequired => Verdict::Forget,
        failure => judge(failure),
    }
}

impl Portal {
    /// Whether Frappe has refused a session within the proof time. A clock that was set back tells
    /// nothing.
    fn is_refused(&self, key: &ProofKey) -> bool {
        let Some(at) = self.proofs.refused.get(key) else {
            return false;
        };
        let age = self.clock.now().duration_since(at);
        Duration::try_from(age).is_ok_and(|age| age < self.times.proof)
    }
}

async fn ask(portal: &Portal, caller: &Caller) -> Result<Proof, frappe::Error> {
    let permissions = portal.client.user_permissions(caller).await;
    if let Err(frappe::Error::SignInRequired) = permissions {
        let refused = &portal.proofs.refused;
        refused.insert(caller.into(), portal.clock.now());
    }
    let permissions = permissions?;
    let portal_users = if scope::needs_portal_users(&permissions) {
        portal_users(portal, caller).await?
    } else {
        Vec::new()
    };
    Ok(Proof::new(permissions, portal_users))
}

/// The Portal User rows that name the user: read as the user, and by the service account where the
/// user may not (`portal_user_own_rows_norole`).
async fn portal_users(portal: &Portal, caller: &Caller) -> Result<Vec<PortalUser>, frappe::Error> {
    match portal.client.portal_users(caller).await {
        Err(frappe::Error::Forbidden) if portal.client.has_service_account() => {
            portal.client.portal_users_by_service(&caller.user).await
        }
        Err(frappe::Error::Forbidden) => Ok(Vec::new()),
        answer => answer,
    }
}
