//! Whatever goes wrong, as one type that becomes a page or problem details.
//!
//! A handler answers a [`Failure`]; the failure rides in the response's extensions to the
//! middleware, which knows the visitor, the language and the reference and makes the page. What a
//! failure says is written here: no word of Frappe's own text, traceback or HTML ever stands in it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::turns::NoTurn;
use crate::frappe::{self, Outage};
use crate::portal::request::BadParameter;
use crate::portal::{self, NotPrinted};

/// Why a request did not get what it asked for.
#[derive(Clone, Debug)]
pub enum Failure {
    /// Nobody is signed in, or no longer.
    SignIn {
        /// Whether there was a session that has ended.
        ended: bool,
    },
    /// The user has no customers.
    NoCustomers,
    /// The user may not read what the page shows.
    Unreadable,
    /// The user may not read what a view of a list is worked out from.
    ViewRefused,
    /// A customer was chosen that is not the user's.
    OutsideScope,
    /// There is nothing here, or nothing of this visitor's.
    NotFound,
    /// A file that a document names, and that the site does not give.
    FileGone,
    /// A parameter has a value that is not accepted.
    BadParameter(BadParameter),
    /// A change that did not come from our own pages.
    ForeignOrigin,
    /// The site does not answer.
    Unavailable(Outage),
    /// The document is the visitor's, and is not printed.
    NotPrinted(NotPrinted),
    /// Too many questions; when to come back, in seconds.
    TooMany(Option<u64>),
    /// As many exports or downloads are under way as there may be.
    NoTurn(NoTurn),
    /// An export that would be larger than a file may be.
    TooMuchToExport,
    /// Something of HTTP's own: a wrong method, a body too large.
    Status(StatusCode),
    /// Our own fault, or an answer nobody expected; the log knows more.
    Unexpected(String),
}

/// What a failure is in words: for a page's title and text, and for problem details.
#[derive(Debug)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// What is the matter.
    pub title: &'static str,
    /// Why, and what can be done.
    pub text: String,
    /// More of it, a line each.
    pub details: Vec<String>,
    /// Whether trying again may help.
    pub again: bool,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.told().status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<portal::Error> for Failure {
    fn from(error: portal::Error) -> Self {
        match error {
            portal::Error::NoCustomers => Self::NoCustomers,
            portal::Error::ViewRefused => Self::ViewRefused,
            portal::Error::OutsideScope => Self::OutsideScope,
            portal::Error::NotAChoice(bad) => Self::BadParameter(bad),
            portal::Error::Unreadable => Self::Unreadable,
            portal::Error::NotPrinted(reason) => Self::NotPrinted(reason),
            portal::Error::NotFound => Self::NotFound,
            portal::Error::FileGone => Self::FileGone,
            portal::Error::Frappe(error) => error.into(),
        }
    }
}

impl From<frappe::Error> for Failure {
    fn from(error: frappe::Error) -> Self {
        match error {
            frappe::Error::SignInRequired => Self::SignIn { ended: true },
            frappe::Error::Forbidden => Self::Unreadable,
            frappe::Error::NotFound => Self::NotFound,
            frappe::Error::Unavailable(outage) => Self::Unavailable(outage),
            frappe::Error::RateLimited { retry_after } => {
                Self::TooMany(retry_after.map(|wait| wait.as_secs()))
            }
            frappe::Error::LockedOut { seconds } => Self::TooMany(seconds.map(u64::from)),
            error @ (frappe::Error::KeyRefused
            | frappe::Error::Invalid
            | frappe::Error::Unexpected(_)) => Self::Unexpected(error.to_string()),
        }
    }
}

impl From<crate::views::ViewsError> for Failure {
    fn from(error: crate::views::ViewsError) -> Self {
        Self::Unexpected(error.to_string())
    }
}

impl From<NoTurn> for Failure {
    fn from(why: NoTurn) -> Self {
        Self::NoTurn(why)
    }
}

impl From<BadParameter> for Failure {
    fn from(bad: BadParameter) -> Self {
        Self::BadParameter(bad)
    }
}

impl Failure {
    /// The failure in words.
    #[must_use]
    pub fn told(&self) -> Told {
        let told = |status, title, text: &str| Told {
            status,
            title,
            text: text.to_owned(),
            details: Vec::new(),
            again: false,
        };
        match self {
            Self::BadParameter(bad) => Told {
                details: vec![format!(
                    "{}: “{}” is not accepted. Accepted is {}.",
                    bad.parameter, bad.found, bad.accepted
                )],
                ..told(
                    StatusCode::BAD_REQUEST,
                    "The address is not quite right",
                    "A part of the address has a value that this page does not know.",
                )
            },
            Self::Unavailable(outage) => Told {
                again: true,
                ..told(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "We cannot show this right now",
                    unavailable(*outage),
                )
            },
            Self::NotPrinted(reason) => not_printed(reason),
            Self::TooMany(seconds) => Told {
                again: true,
                ..told(
                    StatusCode::TOO_MANY_REQUESTS,
                    "Too many requests",
                    &seconds.map_or_else(
                        || "Please wait a moment and try again.".to_owned(),
                        |seconds| format!("Please try again in {}.", wait(seconds)),
                    ),
                )
            },
            Self::NoTurn(why) => no_turn(*why),
            Self::TooMuchToExport => told(
                StatusCode::UNPROCESSABLE_ENTITY,
                "This is too much for one file",
                "There is more in these rows than we put into an Excel file. Please use filters to export fewer, or export them as CSV.",
            ),
            Self::Status(status) => of_http(*status),
            plain => {
                let (status, title, text) = plain.told_plainly();
                Told {
                    again: matches!(plain, Self::Unexpected(_)),
                    ..told(status, title, text)
                }
            }
        }
    }

    /// Those that are always said in the same words.
    const fn told_plainly(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::SignIn { ended: true } => (
                StatusCode::UNAUTHORIZED,
                "Your session has ended",
                "Please sign in again.",
            ),
            Self::SignIn { ended: false } => (
                StatusCode::UNAUTHORIZED,
                "Please sign in",
                "This page is for customers.",
            ),
            Self::NoCustomers => (
                StatusCode::FORBIDDEN,
                "No customer is linked to your account",
                "Your account is good, but it is not linked to a customer for this page, so there is nothing to show.",
            ),
            Self::Unreadable => (
                StatusCode::FORBIDDEN,
                "This page is not available for your account",
                "Your account may not read these documents. If you need them, please ask us to give your account access.",
            ),
            Self::ViewRefused => (
                StatusCode::FORBIDDEN,
                "This view is not available for your account",
                "Your account may not read what this view is made from, so we cannot say what belongs in it. The list itself is there. If you need the view, please ask us to give your account access.",
            ),
            Self::OutsideScope => (
                StatusCode::FORBIDDEN,
                "Not one of your customers",
                "You asked for the documents of a customer that is not linked to your account.",
            ),
            Self::NotFound => (
                StatusCode::NOT_FOUND,
                "Not found",
                "There is nothing here, or nothing that your account may see.",
            ),
            Self::FileGone => (
                StatusCode::NOT_FOUND,
                "This file is not there any more",
                "The document names it, but it cannot be had. If you need it, please ask us.",
            ),
            Self::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "This did not come from our own pages",
                "For your safety, something is changed only when it is asked for from a page of this portal. Please open the page here and try again; if you did, your browser or a proxy hides where requests come from.",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "Something went wrong",
                "That should not have happened. If it happens again, please tell us the reference below.",
            ),
        }
    }

    /// Seconds for `Retry-After`.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany(seconds) => *seconds,
            Self::Unavailable(_) | Self::NoTurn(_) => Some(10),
            Self::NotPrinted(NotPrinted::Failed(_)) => Some(60),
            _ => None,
        }
    }
}

fn no_turn(why: NoTurn) -> Told {
    let (status, title, text) = match why {
        NoTurn::OfUser => (
            StatusCode::TOO_MANY_REQUESTS,
            "Too many downloads at once",
            "Only a few files are made and sent for one account at the same time. Please wait until one of yours has arrived, or cancel it, and try again.",
        ),
        NoTurn::AtAll => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Many downloads are under way",
            "Others take files and lists away just now. Please try again in a moment; the pages themselves are there.",
        ),
    };
    Told {
        status,
        title,
        text: text.to_owned(),
        details: Vec::new(),
        again: true,
    }
}

/// What a visitor is told of an outage, as it is said on the sign-in page too.
pub const fn unavailable(outage: Outage) -> &'static str {
    match outage {
        Outage::Maintenance => {
            "The system behind this portal is being maintained. Please try again in a few minutes."
        }
        Outage::Overloaded => {
            "The system behind this portal is very busy. Please try again in a moment."
        }
        _ => {
            "The system behind this portal does not answer. Please try again in a moment; nothing is lost."
        }
    }
}

fn not_printed(reason: &NotPrinted) -> Told {
    const PAGE: &str = "The page itself prints well: go back to it and print it with your browser.";
    let (status, title, text) = match reason {
        NotPrinted::Refused => (
            StatusCode::FORBIDDEN,
            "This cannot be printed as a PDF",
            "Your account may read this document, but not print it, or it may not be printed as it stands now.",
        ),
        NotPrinted::Failed(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "A PDF cannot be made right now",
            "The system behind this portal could not make the PDF; we have been told.",
        ),
    };
    Told {
        status,
        title,
        text: format!("{text} {PAGE}"),
        details: Vec::new(),
        again: matches!(reason, NotPrinted::Failed(_)),
    }
}

/// A waiting time in words.
pub fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "a second".to_owned(),
        2..120 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

fn of_http(status: StatusCode) -> Told {
    let (title, text) = match status {
        StatusCode::METHOD_NOT_ALLOWED => (
            "This cannot be done here",
            "The page is there, but it does not take this kind of request.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            "Too much at once",
            "What was sent is larger than this page takes.",
        ),
        StatusCode::URI_TOO_LONG => ("The address is too long", "Please use fewer filters."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            "Not a form",
            "This page takes what its form sends, and nothing else.",
        ),
        status if status.is_client_error() => (
            "The request is not quite right",
            "This page cannot make sense of what was sent.",
        ),
        _ => (
            "Something went wrong",
            "That should not have happened. If it happens again, please tell us the reference below.",
        ),
    };
    Told {
        status,
        title,
        text: text.to_owned(),
        details: Vec::new(),
        again: status.is_server_error(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_log_is_told_of_a_failure_is_told_to_nobody_else() {
        let failure = Failure::Unexpected("status 500, OperationalError".to_owned());
        let Told { text, details, .. } = failure.told();
        assert!(!text.contains("500") && !text.contains("OperationalError"));
        assert!(details.is_empty(), "{details:?}");
    }
}
