//! What a page is made of, asked for beside the proof that its session needs.
//!
//! Who comes back after the proof time would wait for two answers of Frappe's, one after the other: the
//! proof, and what the page is made of. The last proof most likely still holds, so both are asked at
//! once, by the scope of the last one. It is believed no sooner for that: what is answered is remembered
//! and given out once Frappe has confirmed the session and this very scope, and thrown away where it
//! does not. (Whose a document is that Frappe shows is learned at once: it is no word about the user.)
//! While Frappe has enough to do, or has failed to prove anybody, it is not done at all.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;

use futures::FutureExt as _;
use futures::channel::oneshot;
use futures::future::{Either, Shared, select};

use super::visit::{Last, Visit};
use super::{Error, Portal};
use crate::frappe::Caller;

/// That the proof says what was supposed; it never comes where it does not.
pub(super) type Word = Shared<oneshot::Receiver<()>>;

impl Portal {
    /// A visit as [`Portal::visit`], and what `make` makes for it meanwhile, where the last proof is old
    /// and the new one says the same. `make` is given a visit that is not proved: what it returns is
    /// dropped where the proof says anything else.
    ///
    /// # Errors
    /// When the session has ended, or Frappe cannot be asked.
    pub async fn visit_with<T, Making>(
        self: &Arc<Self>,
        caller: Caller,
        make: impl FnOnce(Visit) -> Making,
    ) -> Result<(Visit, Option<T>), Error>
    where
        Making: Future<Output = Option<T>>,
    {
        let last = Visit::of_last_proof(self, &caller).await?;
        let (visit, ready) = match last {
            Some(Last::Fresh(visit)) => (visit, None),
            Some(Last::Old(visit)) if !self.client.is_busy() && self.proofs.are_coming() => {
                Box::pin(self.beside(visit, caller, make)).await?
            }
            Some(Last::Old(_)) | None => (
                Box::pin(Visit::prove(Arc::clone(self), caller)).await?,
                None,
            ),
        };
        self.look_around(&visit);
        // A drop of everybody may have waited for its time.
        self.look_after_drops();
        Ok((visit, ready))
    }

    /// The proof of a visit that supposes the last one, and what is made beside it, if that counts.
    async fn beside<T, Making>(
        self: &Arc<Self>,
        mut supposed: Visit,
        caller: Caller,
        make: impl FnOnce(Visit) -> Making,
    ) -> Result<(Visit, Option<T>), Error>
    where
        Making: Future<Output = Option<T>>,
    {
        let (word, told) = oneshot::channel();
        supposed.supposed = Some(told.shared());
        let of_portal_users = supposed.proof.is_of_portal_users();
        let proof = Visit::prove_as_likely(Arc::clone(self), caller, of_portal_users);
        let (proof, ready) = (pin!(proof), pin!(make(supposed.clone())));
        let (visit, ready) = match select(proof, ready).await {
            Either::Left((visit, making)) => {
                let visit = visit?;
                if !visit.is_as(&supposed) {
                    return Ok((visit, None));
                }
                // Where all was remembered, nobody has waited for it.
                word.send(()).ok();
                (visit, making.await)
            }
            Either::Right((ready, proof)) => (proof.await?, ready),
        };
        // What was marked meanwhile was not held against what had been looked at before.
        let is_unmarked = self.marks.sequence().current() == supposed.begun;
        Ok(match ready {
            Some(ready) if is_unmarked && visit.is_as(&supposed) => {
                (visit.with_answers_of(&supposed), Some(ready))
            }
            _ => (visit, None),
        })
    }
}

impl Visit {
    /// Waits for the proof, where this visit only supposes it. The wait does not end where the proof
    /// says something else: whoever supposed it is dropped then.
    pub(super) async fn is_proved(&self) {
        let Some(word) = &self.supposed else { return };
        if word.clone().await.is_err() {
            pending::<()>().await;
        }
    }

    /// Whether Frappe has confirmed what another visit supposes: the same may be seen, on the same
    /// pages.
    fn is_as(&self, supposed: &Self) -> bool {
        self.away.is_none()
            && self.scope_digest() == supposed.scope_digest()
            && self.reach == supposed.reach
    }

    /// This visit, which was given the answers that another one was given for it.
    fn with_answers_of(self, supposed: &Self) -> Self {
        Self {
            told: Arc::clone(&supposed.told),
            begun: supposed.begun,
            ..self
        }
    }
}
