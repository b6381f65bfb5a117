//! What does not depend on Frappe's answers is made while they are under way.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use tokio::task::yield_now;

/// Asks, and makes something ready meanwhile; afterwards, where nothing has to be waited for.
pub async fn meanwhile<A, T>(asked: impl Future<Output = A>, make: impl FnOnce() -> T) -> (A, T) {
    let mut asked = pin!(asked);
    let begun = poll_fn(|context| Poll::Ready(asked.as_mut().poll(context)));
    if let Poll::Ready(answer) = begun.await {
        return (answer, make());
    }
    // The questions leave first: other tasks send them.
    yield_now().await;
    let thing = make();
    (asked.await, thing)
}
