//! Work that is carried through, though whoever asked for it leaves.
//!
//! A handler is dropped when its visitor closes the connection. What changes something in several
//! steps would then stop between them: a sign-out that Frappe never hears of, or a session that Frappe
//! has begun and nobody ends.

use axum::response::Response;

use super::App;
use super::failure::Failure;
use crate::frappe::Questions;

/// What the work comes to; `None` where it has panicked.
pub async fn carried_through<T: Send + 'static>(
    app: &App,
    work: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let work = Box::pin(work);
    let task = match Questions::current() {
        Some(questions) => app
            .portal
            .background()
            .spawn(async move { questions.counting(work).await }),
        None => app.portal.background().spawn(work),
    };
    task.await.ok()
}

/// The answer that the work comes to.
pub async fn answer_carried_through(
    app: &App,
    work: impl Future<Output = Result<Response, Failure>> + Send + 'static,
) -> Result<Response, Failure> {
    let answer = carried_through(app, Box::pin(work)).await;
    answer.unwrap_or_else(|| Err(Failure::Unexpected("a change has panicked".to_owned())))
}
