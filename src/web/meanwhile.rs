//! What does not depend on Frappe's answers is made while they are under way.

use tokio::task::yield_now;

/// Asks, and makes something ready meanwhile.
pub async fn meanwhile<A, T>(asked: impl Future<Output = A>, make: impl FnOnce() -> T) -> (A, T) {
    let ready = async {
        // The questions leave first: other tasks send them.
        yield_now().await;
        make()
    };
    tokio::join!(biased; asked, ready)
}
