//! How many questions may be under way at once.
//!
//! It promises that never more than so many are, that sign-ins and new passwords, which are dear,
//! have smaller limits of their own and so cannot fill the room of all others nor of each other, that
//! files, which take as long as their visitors' connections, take no room from questions at all, and
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
    files: Arc<Semaphore>,
    deadline: Duration,
}

/// How many of each may be under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Questions.
    pub questions: usize,
    /// Sign-ins among them.
    pub sign_ins: usize,
    /// Files, beside them.
    pub files: usize,
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
    /// The bytes of a file.
    File,
}

/// A turn, held until it is dropped.
#[derive(Debug)]
pub struct Permit {
    _question: Option<OwnedSemaphorePermit>,
    _own: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// So much room, so long to wait for a turn.
    #[must_use]
    pub fn new(room: Room, deadline: Duration) -> Self {
        let places = |number: usize| Arc::new(Semaphore::new(number.min(Semaphore::MAX_PERMITS)));
        Self {
            questions: places(room.questions),
            sign_ins: places(room.sign_ins),
            new_passwords: places(NEW_PASSWORDS),
            files: places(room.files),
            deadline,
        }
    }

    /// Whether whoever asks now has to wait.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.questions.available_permits() == 0
    }

    /// Waits for a turn; `None` when there was none before the deadline.
    pub async fn permit(&self, turn: Turn) -> Option<Permit> {
        let permit = async {
            let (own, question) = match turn {
                Turn::Question => (None, Some(&self.questions)),
                Turn::SignIn => (Some(&self.sign_ins), Some(&self.questions)),
                Turn::NewPassword => (Some(&self.new_passwords), Some(&self.questions)),
                Turn::File => (Some(&self.files), None),
            };
            // Who waits among his own kind must not hold anybody else's place meanwhile.
            let own = place(own).await?;
            Some(Permit {
                _own: own,
                _question: place(question).await?,
            })
        };
        timeout(self.deadline, permit).await.ok().flatten()
    }
}

/// A place, once there is one; at once where none is wanted.
async fn place(of: Option<&Arc<Semaphore>>) -> Option<Option<OwnedSemaphorePermit>> {
    match of {
        None => Some(None),
        Some(places) => Some(Some(Arc::clone(places).acquire_owned().await.ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn room(questions: usize, sign_ins: usize) -> Room {
        Room {
            questions,
            sign_ins,
            files: 1,
        }
    }

    const DEADLINE: Duration = Duration::from_secs(3);

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_the_deadline() {
        let limits = Limits::new(room(1, 1), DEADLINE);
        let held = limits.permit(Turn::Question).await;
        assert!(held.is_some());
        let began = tokio::time::Instant::now();
        assert!(limits.permit(Turn::Question).await.is_none());
        assert_eq!(began.elapsed(), DEADLINE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_given_back_goes_to_the_next() {
        let limits = Limits::new(room(1, 1), DEADLINE);
        drop(limits.permit(Turn::Question).await);
        assert!(limits.permit(Turn::Question).await.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_sign_ins_leave_room_for_everybody_else() {
        let limits = Limits::new(room(2, 1), DEADLINE);
        let _signing_in = limits.permit(Turn::SignIn).await.unwrap();
        let (second, question) =
            tokio::join!(limits.permit(Turn::SignIn), limits.permit(Turn::Question));
        assert!(second.is_none());
        assert!(question.is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn new_passwords_keep_nobody_from_signing_in() {
        let limits = Limits::new(room(16, 1), DEADLINE);
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
    async fn files_on_their_way_keep_no_question_waiting() {
        let limits = Limits::new(room(1, 1), DEADLINE);
        let file = limits.permit(Turn::File).await;
        assert!(file.is_some());
        assert!(limits.permit(Turn::Question).await.is_some());
        assert!(limits.permit(Turn::File).await.is_none());
        let question = limits.permit(Turn::Question).await;
        drop(file);
        assert!(limits.permit(Turn::File).await.is_some());
        drop(question);
    }
}
