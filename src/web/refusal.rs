//! A form that was not taken: shown again with the reason, and when to come back.

use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{Html, IntoResponse, Response};

use super::error_pages::Finished;
use super::failure::{Failure, unavailable, wait};
use super::tries::TooMany;
use crate::frappe::{Error, Outage};

/// Why a form was not taken.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// The reason, for whoever filled it in.
    pub text: String,
    retry_after: Option<u64>,
}

impl From<TooMany> for Refusal {
    /// The same words as for Frappe's own lock-out: which of the two it was is nobody's business.
    fn from(TooMany { seconds }: TooMany) -> Self {
        Self::too_many(Some(seconds))
    }
}

impl Refusal {
    /// Not taken, for a reason of ours.
    pub fn new(status: StatusCode, text: impl Into<String>) -> Self {
        Self {
            status,
            text: text.into(),
            retry_after: None,
        }
    }

    /// What was filled in cannot be taken.
    pub fn unfit(text: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, text)
    }

    fn too_many(seconds: Option<u64>) -> Self {
        let waiting = waiting(seconds);
        Self {
            retry_after: seconds,
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                format!(
                    "There were too many tries that did not work, so this is paused for a while. Please try again in {waiting}."
                ),
            )
        }
    }

    /// Not taken because Frappe did not; `what` was tried is for the log.
    ///
    /// # Errors
    /// When nobody can tell the visitor anything better than that something went wrong.
    pub fn of(error: Error, what: &str) -> Result<Self, Failure> {
        match error {
            Error::LockedOut { seconds } => Ok(Self::too_many(seconds.map(u64::from))),
            Error::RateLimited { retry_after } => {
                let seconds = retry_after.map(|time| time.as_secs());
                let waiting = waiting(seconds);
                Ok(Self {
                    retry_after: seconds,
                    ..Self::new(
                        StatusCode::TOO_MANY_REQUESTS,
                        format!(
                            "Too many people are asking for this right now. Please try again in {waiting}."
                        ),
                    )
                })
            }
            Error::Unavailable(outage) => {
                tracing::warn!(%outage, what, "the site was not reached");
                Ok(Self {
                    retry_after: Some(10),
                    ..Self::new(StatusCode::SERVICE_UNAVAILABLE, unavailable(outage))
                })
            }
            error => Err(Failure::Unexpected(format!("{what}: {error}"))),
        }
    }

    /// Whether Frappe may have looked at a password or code, and counted it as wrong, though its
    /// answer is no answer. Otherwise it was not reached, and an outage costs nobody a try.
    pub const fn may_have_counted(error: &Error) -> bool {
        !matches!(
            error,
            Error::RateLimited { .. }
                | Error::Unavailable(
                    Outage::Unreachable
                        | Outage::Maintenance
                        | Outage::Overloaded
                        | Outage::Gateway
                        | Outage::BreakerOpen
                )
        )
    }

    /// The page that shows the form again.
    pub fn finish(&self, html: String) -> Response {
        let mut response = finished(self.status, html);
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// A page that is one already, whatever its status.
pub fn finished(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    response.extensions_mut().insert(Finished);
    response
}

/// A few plain words to a program, or to whoever is not meant to be here.
pub fn plain(status: StatusCode, words: &'static str) -> Response {
    let headers = [
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'"),
        ("cache-control", "no-store"),
    ];
    let mut response = (status, headers, words).into_response();
    response.extensions_mut().insert(Finished);
    response
}

fn waiting(seconds: Option<u64>) -> String {
    seconds.map_or_else(|| "a minute or so".to_owned(), wait)
}
