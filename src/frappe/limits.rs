//! How many questions may be under way at once.
//!
//! It promises that never more than so many are, that sign-ins and new passwords, which are dear,
//! have smaller limits of their own and so cannot fill the room of all others nor of each other, that
//! exports, which ask one question after the other, leave half of the room to pages, and that nobody
//! waits for a turn longer than the deadline.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How many new passwords are weighed at once: for each, Frappe computes for up to seconds how easily
/// it is guessed, before it looks at the key or the old password. They are rare, so two will do.
const NEW_PASSWORDS: usize = 2;

/// How many questions of exports are under way at once, and never more than half of all.
const EXPORTS: usize = 4;

/// How many times as long an export may wait for a turn: nobody sits before it, and what it has
/// fetched so far would be lost.
const PATIENCE_OF_EXPORTS: u32 = 10;

/// The turns there are.
#[derive(Debug)]
pub struct Limits {
    questions: Arc<Semaphore>,
    sign_ins: Arc<Semaphore>,
    new_passwords: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    deadline: Duration,
}

/// What a turn is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Any question but those below.
    Question,
    /// A password or a code to check.
    SignIn,
    /// A password to set.
    NewPassword,
    /// A piece of an export.
    Export,
}

/// A turn, held until it is dropped.
#[derive(Debug)]
pub struct Permit {
    _question: OwnedSemaphorePermit,
    _dear: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// So many questions, so many sign-ins among them, so long to wait for either.
    #[must_use]
    pub fn new(questions: usize, sign_ins: usize, deadline: Duration) -> Self {
        Self {
            questions: Arc::new(Semaphore::new(questions.min(Semaphore::MAX_PERMITS))),
            sign_ins: Arc::new(Semaphore::new(sign_ins.min(Semaphore::MAX_PERMITS))),
            new_passwords: Arc::new(Semaphore::new(NEW_PASSWORDS)),
            exports: Arc::new(Semaphore::new(EXPORTS.min(questions / 2).max(1))),
            deadline,
        }
    }

    /// Waits for a turn; `None` when there was none before the deadline.
    pub async fn permit(&self, turn: Turn) -> Option<Permit> {
        let permit = async {
            // A sign-in that waits among sign-ins must not hold anybody else's place meanwhile.
            let dear = match turn {
                Turn::Question => None,
                Turn::SignIn => Some(&self.sign_ins),
                Turn::NewPassword => Some(&self.new_passwords),
                Turn::Export => Some(&self.exports),
            };
            let dear = match dear {
                None => None,
                Some(dear) => Some(Arc::clone(dear).acquire_owned().await.ok()?),
            };
            Some(Permit {
                _dear: dear,
                _question: Arc::clone(&self.questions).acquire_owned().await.ok()?,
            })
        };
        let deadline = match turn {
            Turn::Export => self.deadline.saturating_mul(PATIENCE_OF_EXPORTS),
            _ => self.deadline,
        };
        timeout(deadline, permit).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_deadline() {
        let limits = Limits::new(1, 1, DEADLINE);
        let held = limits.permit(Turn::Question).await;
        assert!(held.is_some());
        let began = tokio::time::Instant::now();
        assert!(limits.permit(Turn::Question).await.is_none());
        assert_eq!(began.elapsed(), DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_given_back_goes_to_the_next() {
        let limits = Limits::new(1, 1, DEADLINE);
        drop(limits.permit(Turn::Question).await);
        assert!(limits.permit(Turn::Question).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_sign_ins_leave_room_for_everybody_else() {
        let limits = Limits::new(2, 1, DEADLINE);
        let _signing_in = limits.permit(Turn::SignIn).await.unwrap();
        let (second, question) =
            tokio::join!(limits.permit(Turn::SignIn), limits.permit(Turn::Question));
        assert!(second.is_none());
        assert!(question.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn new_passwords_keep_nobody_from_signing_in() {
        let limits = Limits::new(16, 1, DEADLINE);
        let mut weighed = Vec::new();
        for _ in 0..NEW_PASSWORDS {
            weighed.push(limits.permit(Turn::NewPassword).await.unwrap());
        }
        let (another, sign_in) = tokio::join!(
            limits.permit(Turn::NewPassword),
            limits.permit(Turn::SignIn)
        );
        assert!(another.is_none());
        assert!(sign_in.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn exports_leave_half_of_the_room_to_pages() {
        let limits = Limits::new(4, 1, DEADLINE);
        let _exports = (
            limits.permit(Turn::Export).await.unwrap(),
            limits.permit(Turn::Export).await.unwrap(),
        );
        let (third, page, another) = tokio::join!(
            limits.permit(Turn::Export),
            limits.permit(Turn::Question),
            limits.permit(Turn::Question)
        );
        assert!(third.is_none());
        assert!(page.is_some() && another.is_some());
    }
}
