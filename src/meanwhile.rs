//! What does not depend on an answer is done while that is under way.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::yield_now;

/// Asks, and does something meanwhile; afterwards, where nothing has to be waited for.
pub async fn meanwhile<A, T>(
    asked: impl Future<Output = A>,
    other: impl Future<Output = T>,
) -> (A, T) {
    let mut asked = pin!(asked);
    let begun = poll_fn(|context| Poll::Ready(asked.as_mut().poll(context)));
    if let Poll::Ready(answer) = begun.await {
        return (answer, other.await);
    }
    // The questions leave first: other tasks send them.
    yield_now().await;
    tokio::join!(biased; asked, other)
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::sync::{Arc, Mutex};

    use tokio::sync::oneshot;

    use super::*;

    /// What was done, in its order.
    #[derive(Clone, Default)]
    struct Done(Arc<Mutex<Vec<&'static str>>>);

    impl Done {
        fn add(&self, what: &'static str) {
            self.0.lock().unwrap().push(what);
        }

        fn all(&self) -> Vec<&'static str> {
            self.0.lock().unwrap().clone()
        }
    }

    #[tokio::test]
    async fn what_is_done_meanwhile_comes_after_the_questions_have_left() {
        let done = Done::default();
        let (answer, answered) = oneshot::channel();
        let asked = async {
            // As an HTTP client does: another task sends what is asked.
            let done = done.clone();
            tokio::spawn(async move {
                done.add("sent");
                let _ = answer.send("an answer");
            });
            answered.await
        };
        let other = async { done.add("made") };
        let (answer, ()) = meanwhile(asked, other).await;
        assert_eq!(answer, Ok("an answer"));
        assert_eq!(done.all(), ["sent", "made"]);
    }

    #[tokio::test]
    async fn nobody_steps_aside_where_nothing_is_asked() {
        let done = Done::default();
        let of_others = done.clone();
        let others = tokio::spawn(async move { of_others.add("others") });
        let other = async { done.add("made") };
        meanwhile(ready("remembered"), other).await;
        assert_eq!(done.all(), ["made"]);
        others.await.unwrap();
    }

    #[tokio::test]
    async fn what_is_done_meanwhile_is_done_before_the_answer_comes() {
        let (done, (answer, answered)) = (Done::default(), oneshot::channel());
        let other = async {
            done.add("made");
            answer.send(()).unwrap();
        };
        let (answer, ()) = meanwhile(answered, other).await;
        assert_eq!(answer, Ok(()));
        assert_eq!(done.all(), ["made"]);
    }
}
