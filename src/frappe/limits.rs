//! How many questions may be under way at once.
//!
//! It promises that never more than so many are, that sign-ins, new passwords and prints, which are dear,
//! have smaller limits of their own and so cannot fill the room of all others nor of each other, and
//! that nobody waits for a turn longer than the deadline.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How many new passwords are weighed at once: for each, Frappe computes for up to seconds how easily
/// it is guessed, before it looks at the key or the old password. They are rare, so two will do.
const NEW_PASSWORDS: usize = 2;

/// The turns there are.
#[derive(Debug)]
pub struct Limits {
    questions: Arc<Semaphore>,
    sign_ins: Arc<Semaphore>,
    new_passwords: Arc<Semaphore>,
    prints: Arc<Semaphore>,
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
    /// A document to print.
    Print,
}

/// A turn, held until it is dropped.
#[derive(Debug)]
pub struct Permit {
    _question: OwnedSemaphorePermit,
    _dear: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// So many questions, so many sign-ins and prints among them, so long to wait for any.
    #[must_use]
    pub fn new(questions: usize, sign_ins: usize, prints: usize, deadline: Duration) -> Self {
        let turns = |count: usize| Arc::new(Semaphore::new(count.min(Semaphore::MAX_PERMITS)));
        Self {
            questions: turns(questions),
            sign_ins: turns(sign_ins),
            new_passwords: turns(NEW_PASSWORDS),
            prints: turns(prints),
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
                Turn::Print => Some(&self.prints),
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
        timeout(self.deadline, permit).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_deadline() {
        let limits = Limits::new(1, 1, 1, DEADLINE);
        let held = limits.permit(Turn::Question).await;
        assert!(held.is_some());
        let began = tokio::time::Instant::now();
        assert!(limits.permit(Turn::Question).await.is_none());
        assert_eq!(began.elapsed(), DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_given_back_goes_to_the_next() {
        let limits = Limits::new(1, 1, 1, DEADLINE);
        drop(limits.permit(Turn::Question).await);
        assert!(limits.permit(Turn::Question).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_sign_ins_leave_room_for_everybody_else() {
        let limits = Limits::new(2, 1, 1, DEADLINE);
        let _signing_in = limits.permit(Turn::SignIn).await.unwrap();
        let (second, question) =
            tokio::join!(limits.permit(Turn::SignIn), limits.permit(Turn::Question));
        assert!(second.is_none());
        assert!(question.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn new_passwords_keep_nobody_from_signing_in() {
        let limits = Limits::new(16, 1, 1, DEADLINE);
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
    async fn prints_beyond_their_limit_keep_nobody_from_a_page() {
        let limits = Limits::new(16, 1, 2, DEADLINE);
        let _first = limits.permit(Turn::Print).await.unwrap();
        let _second = limits.permit(Turn::Print).await.unwrap();
        let (third, question) =
            tokio::join!(limits.permit(Turn::Print), limits.permit(Turn::Question));
        assert!(third.is_none());
        assert!(question.is_some());
    }
}
