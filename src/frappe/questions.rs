//! How many questions one piece of work asks Frappe: for the log line of a web request, and for
//! tests that count round trips.
//!
//! The count belongs to the running task: everything awaited inside [`Questions::counting`] is
//! counted, side by side with `join!` or one after the other. A task spawned meanwhile is another
//! task and is not, unless it is spawned with [`Questions::current`] around it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

tokio::task_local! {
    static CURRENT: Questions;
}

/// A counter of questions. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Questions(Arc<AtomicU32>);

impl Questions {
    /// Runs a future and counts what it asks.
    pub async fn counting<F: Future>(&self, work: F) -> F::Output {
        CURRENT.scope(self.clone(), work).await
    }

    /// How many were asked so far. A question that was asked a second time counts twice.
    #[must_use]
    pub fn asked(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// The counter of the work under way, to carry it into a task that is spawned.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    /// Counts one question, if anybody counts.
    pub(super) fn count_one() {
        let _ = CURRENT.try_with(|questions| questions.0.fetch_add(1, Ordering::Relaxed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_asked_side_by_side_is_counted_together() {
        let questions = Questions::default();
        questions
            .counting(async {
                tokio::join!(async { Questions::count_one() }, async {
                    Questions::count_one();
                });
            })
            .await;
        assert_eq!(questions.asked(), 2);
    }

    #[tokio::test]
    async fn what_nobody_counts_is_no_error() {
        Questions::count_one();
        assert!(Questions::current().is_none());
    }
}
