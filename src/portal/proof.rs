//! Proof before memory: a session is good only while Frappe has lately said so.
//!
//! One question, `get_user_permissions` with the session's own sid, proves both that the session is
//! alive and what its scope is. Its answer counts for the proof time and has no stale stage: older
//! than that, it is asked before anything counts (what is asked beside it is in `supposed`), and a
//! refusal ends it at once. Only while Frappe cannot be reached does the last proof count, as long as
//! answers are kept, and such a visit sees what is remembered and asks nothing. It is kept for each
//! session and client address, because Frappe holds some users to certain addresses
//! (`session_restrict_ip_existing_session`), and never serves another session of the same user.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::OptionFuture;
use jiff::Timestamp;

use super::answers::judge;
use super::scope::{self, Scope, Scopes};
use super::scope_digest::ScopeDigest;
use super::{Portal, Times};
use crate::cache::{
    Aged, Ages, Figures, Found, Got, Memory, Owned, Room, Same, Sequence, Since, Verdict, Weigh,
};
use crate::clock::Clock;
use crate::frappe::{self, Caller, DocType, PortalUser, SidDigest, UserId, UserPermissions};

/// What Frappe said of a session.
#[derive(Debug, PartialEq)]
pub(super) struct Proof {
    pub(super) permissions: UserPermissions,
    portal_users: Vec<PortalUser>,
    scopes: Scopes,
    pub(super) digest: ScopeDigest,
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
    /// Whether the last question for a proof got no answer.
    failing: AtomicBool,
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
            failing: AtomicBool::new(false),
        }
    }

    /// Whether the last question for a proof was answered, if with a refusal.
    pub fn are_coming(&self) -> bool {
        !self.failing.load(Ordering::Relaxed)
    }

    pub fn forget(&self, caller: &Caller) {
        self.proved.forget(&caller.into());
    }

    /// What is remembered.
    pub fn figures(&self) -> Figures {
        self.proved.figures()
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
    /// The proof of a session, asked for where the last one is not fresh; `of_portal_users` says that it
    /// most likely comes of Portal User rows.
    pub(super) async fn proof(
        &self,
        caller: &Caller,
        of_portal_users: bool,
    ) -> Result<Got<Proof, frappe::Error>, frappe::Error> {
        let key = ProofKey::from(caller);
        if self.is_refused(&key) {
            return Err(frappe::Error::SignInRequired);
        }
        let ages = self.ages_of_proofs();
        let since = |number| self.marks.since(number, &caller.user, []);
        let ask = ask(self, caller, of_portal_users);
        let proved = &self.proofs.proved;
        proved.get(key, &ages, since, judge_proof, ask).await
    }

    /// The last proof of a session, fresh or as long as it is kept; never asks.
    pub(super) fn last_proof(&self, caller: &Caller) -> Result<Option<Aged<Proof>>, frappe::Error> {
        let key = ProofKey::from(caller);
        if self.is_refused(&key) {
            return Err(frappe::Error::SignInRequired);
        }
        let ages = self.ages_of_proofs();
        let since = |number| self.marks.since(number, &caller.user, []);
        Ok(self.proofs.proved.look(&key, &ages, since))
    }

    /// The same while it is fresh. `last` is the session's own.
    pub(super) fn fresh_proof(&self, caller: &Caller, last: &LastProof) -> Option<Aged<Proof>> {
        let since = |number| self.marks.since(number, &caller.user, []);
        let proved = &self.proofs.proved;
        proved.fresh_again(&caller.into(), &last.0, self.times.proof, since)
    }

    fn ages_of_proofs(&self) -> Ages {
        let Times {
            proof, proof_kept, ..
        } = self.times;
        Ages::new(proof, proof, proof_kept)
    }

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

/// Asks for a proof; for the Portal User rows at once where they are likely to decide.
async fn ask(
    portal: &Portal,
    caller: &Caller,
    of_portal_users: bool,
) -> Result<Proof, frappe::Error> {
    // Frappe may have refused it since whoever waits here has come.
    if portal.is_refused(&caller.into()) {
        return Err(frappe::Error::SignInRequired);
    }
    let permissions = portal.client.user_permissions(caller);
    // Apart, as it is seldom needed.
    let likely = of_portal_users.then(|| Box::pin(portal_users(portal, caller)));
    let likely = OptionFuture::from(likely);
    let (permissions, likely) = tokio::join!(biased; permissions, likely);
    let proof = match permissions {
        Ok(permissions) if scope::needs_portal_users(&permissions) => {
            let rows = match likely {
                Some(rows) => rows,
                None => Box::pin(portal_users(portal, caller)).await,
            };
            rows.map(|rows| Proof::new(permissions, rows))
        }
        permissions => permissions.map(|permissions| Proof::new(permissions, Vec::new())),
    };
    let proofs = &portal.proofs;
    let is_refusal = matches!(proof, Err(frappe::Error::SignInRequired));
    if is_refusal {
        proofs.refused.insert(caller.into(), portal.clock.now());
    }
    let failed = proof.is_err() && !is_refusal;
    proofs.failing.store(failed, Ordering::Relaxed);
    proof
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
