//! How many questions may be under way at once.
//!
//! It promises that never more than so many are, that sign-ins, new passwords and prints, which are
//! dear, have smaller limits of their own and so cannot fill the room of all others nor of each other,
//! that exports, which ask one question after the other, leave half of the room to pages, that files,
//! which take as long as their visitors' connections, take no room from questions at all, and that
//! nobody waits for a turn longer than the deadline.

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
    /// How many questions there may be.
    turns: usize,
    sign_ins: Arc<Semaphore>,
    new_passwords: Arc<Semaphore>,
    exports: Arc<Semaphore>,
    prints: Arc<Semaphore>,
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
    /// Prints among them.
    pub prints: usize,
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
    /// A piece of an export.
    Export,
    /// A document to print.
    Print,
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
            turns: room.questions,
            sign_ins: places(room.sign_ins),
            new_passwords: places(NEW_PASSWORDS),
            prints: places(room.prints),
            files: places(room.files),
            exports: places(EXPORTS.min(room.questions / 2).max(1)),
            deadline,
        }
    }

    /// Whether half of the turns are taken, or more: what nobody waits for can be asked later.
    #[must_use]
    pub fn is_half_taken(&self) -> bool {
        2 * self.questions.available_permits() <= self.turns
    }

    /// Waits for a turn; `None` when there was none before the deadline.
    pub async fn permit(&self, turn: Turn) -> Option<Permit> {
        let permit = async {
            let (own, question) = match turn {
                Turn::Question => (None, Some(&self.questions)),
                Turn::SignIn => (Some(&self.sign_ins), Some(&self.questions)),
                Turn::NewPassword => (Some(&self.new_passwords), Some(&self.questions)),
                Turn::Export => (Some(&self.exports), Some(&self.questions)),
                Turn::Print => (Some(&self.prints), Some(&self.questions)),
                Turn::File => (Some(&self.files), None),
            };
            // Who waits among his own kind must not hold anybody else's place meanwhile.
            let own = place(own).await?;
            Some(Permit {
                _own: own,
                _question: place(question).await?,
            })
        };
        let deadline = match turn {
            Turn::Export => self.deadline.saturating_mul(PATIENCE_OF_EXPORTS),
            _ => self.deadline,
        };
        timeout(deadline, permit).await.ok().flatten()
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
            prints: 1,
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

    #[tokio::test]
    async fn half_of_the_turns_are_a_sign_to_ask_later_what_nobody_waits_for() {
        let limits = Limits::new(room(4, 1), DEADLINE);
        let first = limits.permit(Turn::Question).await;
        assert!(!limits.is_half_taken());
        let second = limits.permit(Turn::Question).await;
        assert!(limits.is_half_taken());
        drop((first, second));
        assert!(!limits.is_half_taken());
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
    async fn exports_leave_half_of_the_room_to_pages() {
        let limits = Limits::new(room(4, 1), DEADLINE);
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

    #[tokio::test(start_paused = true)]
    async fn prints_beyond_their_limit_keep_nobody_from_a_page() {
        let limits = Limits::new(room(16, 1), DEADLINE);
        let _first = limits.permit(Turn::Print).await.unwrap();
        let (second, question) =
            tokio::join!(limits.permit(Turn::Print), limits.permit(Turn::Question));
        assert!(second.is_none());
        assert!(question.is_some());
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
