//! How many questions may be under way at once.
//!
//! It promises that never more than so many are, that sign-ins, which are dear, have a smaller
//! limit of their own and so cannot fill the room of all others, and that nobody waits for a turn
//! longer than the deadline.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// The turns there are.
#[derive(Debug)]
pub struct Limits {
    questions: Arc<Semaphore>,
    sign_ins: Arc<Semaphore>,
    deadline: Duration,
}

/// What a turn is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Any question but a sign-in.
    Question,
    /// A password or a code to check.
    SignIn,
}

/// A turn, held until it is dropped.
#[derive(Debug)]
pub struct Permit {
    _question: OwnedSemaphorePermit,
    _sign_in: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// So many questions, so many sign-ins among them, so long to wait for either.
    #[must_use]
    pub fn new(questions: usize, sign_ins: usize, deadline: Duration) -> Self {
        Self {
            questions: Arc::new(Semaphore::new(questions.min(Semaphore::MAX_PERMITS))),
            sign_ins: Arc::new(Semaphore::new(sign_ins.min(Semaphore::MAX_PERMITS))),
            deadline,
        }
    }

    /// Waits for a turn; `None` when there was none before the deadline.
    pub async fn permit(&self, turn: Turn) -> Option<Permit> {
        let permit = async {
            // A sign-in that waits among sign-ins must not hold anybody else's place meanwhile.
            let sign_in = match turn {
                Turn::Question => None,
                Turn::SignIn => Some(Arc::clone(&self.sign_ins).acquire_owned().await.ok()?),
            };
            Some(Permit {
                _sign_in: sign_in,
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
}
