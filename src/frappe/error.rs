//! What can go wrong with a question to Frappe, in the few kinds that anybody decides on.
//!
//! No variant carries Frappe's own words: its messages name other customers
//! (`doc_transport_job_other_customer`), hold HTML and tracebacks. What an [`Error`] prints is for the
//! log and made here.

use std::time::Duration;

/// Why a question was not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The session is over, or belongs to somebody else by now: sign in again.
    #[error("the session is over")]
    SignInRequired,
    /// The session is good, and its user may not have this.
    #[error("not permitted")]
    Forbidden,
    /// The service account's key is over, or of a user who may not sign in.
    #[error("the service account's key is refused")]
    KeyRefused,
    /// There is no such document.
    #[error("no such document")]
    NotFound,
    /// Frappe understood the question and refused it as wrong: an unknown field, say.
    #[error("refused as invalid")]
    Invalid,
    /// Too many wrong passwords for this user or from this address.
    #[error("locked out after too many failed attempts")]
    LockedOut {
        /// For how long, if Frappe said so.
        seconds: Option<u32>,
    },
    /// Frappe's limit on the number of questions.
    #[error("too many questions")]
    RateLimited {
        /// When to ask again, if Frappe said so.
        retry_after: Option<Duration>,
    },
    /// Nobody can have an answer now; asking again later may help.
    #[error("unavailable: {0}")]
    Unavailable(#[from] Outage),
    /// An answer that the client does not know. Says what was odd about it, in words of its own.
    #[error("unexpected answer: {0}")]
    Unexpected(String),
}

impl Error {
    /// Whether the site has answered, and refuses who asks.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::SignInRequired | Self::KeyRefused | Self::Forbidden
        )
    }
}

/// Why no answer can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Outage {
    /// No answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// No connection, or one that broke before an answer.
    #[error("cannot be reached")]
    Unreachable,
    /// The site is in maintenance (`maintenance_mode`).
    #[error("in maintenance")]
    Maintenance,
    /// Too many of our own questions are under way; this one waited as long as it may.
    #[error("too many questions under way")]
    Overloaded,
    /// A proxy or server in front of Frappe answered in its place: 502, 504, or a page of HTML.
    #[error("something in front of the site answered")]
    Gateway,
    /// Frappe failed too often just now, and is not asked for a moment.
    #[error("not asked after too many failures")]
    BreakerOpen,
    /// The answer is larger than the settings allow.
    #[error("the answer is too large")]
    TooLarge,
    /// The answer ends early, or is not in Frappe's language.
    #[error("the answer is broken")]
    Broken,
    /// Frappe's answer lacks what it must hold.
    #[error("the answer lacks what it must hold")]
    Incomplete,
    /// Frappe's database gave up: a lock, or a question that took too long.
    #[error("the site's database gave up")]
    Database,
    /// The answer leads elsewhere, and the client does not follow: the site's address may be wrong.
    #[error("the answer is a redirect")]
    Redirected,
}

impl Outage {
    /// Whether the site itself cannot be reached, and not just one answer of it be had.
    #[must_use]
    pub const fn is_away(&self) -> bool {
        match self {
            Self::TimedOut
            | Self::Unreachable
            | Self::Maintenance
            | Self::Gateway
            | Self::BreakerOpen
            | Self::Broken => true,
            // Frappe is there, and has answered: a visitor could have brought that about.
            Self::Incomplete
            | Self::Database
            | Self::Overloaded
            | Self::TooLarge
            | Self::Redirected => false,
        }
    }
}
