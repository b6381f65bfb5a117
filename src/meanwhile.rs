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
