//! How to reach a site, and how patient to be with it.
//!
//! The defaults suit a site on the same network with two workers of four threads, which is what
//! `bench` sets up. [`Connection::site`] is the one value without a sane default.

use std::num::NonZeroU32;
use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::SecretString;
use url::Url;

use super::names::SiteName;

/// Everything the client has to know about a site.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Where Frappe listens: scheme, host and port.
    pub url: Url,
    /// The `Host` to ask for, where it is not the one of the `url`.
    pub host: Option<HeaderValue>,
    /// The site of a bench with several, sent as `X-Frappe-Site-Name`.
    pub site_name: Option<SiteName>,
    /// An account of the portal's own. Never reads customers' data.
    pub service: Option<ServiceAccount>,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// How many questions may be under way at once.
    pub max_in_flight: usize,
    /// How many of them may be one user's.
    pub user_in_flight: usize,
    /// How many questions one user may ask in a minute.
    pub user_per_minute: NonZeroU32,
    /// How many sign-ins among them; each costs Frappe as much as thirty pings.
    pub max_sign_ins: usize,
    /// How many prints among them; each costs Frappe as much as two hundred pings.
    pub max_prints: usize,
    /// How many files may be on their way, beside the questions.
    pub max_files: usize,
    /// How long a question may wait for its turn.
    pub queue_deadline: Duration,
    /// The largest answer that is read.
    pub max_answer_bytes: usize,
    /// When to stop asking for a while.
    pub breaker: BreakerSettings,
    /// Whether a reading question is asked again, once, when its connection broke before any answer.
    pub retry: bool,
    /// How long until then, at the most: chance decides.
    pub retry_within: Duration,
}

impl Connection {
    /// A connection to the site at this address, with the defaults for all else.
    #[must_use]
    pub fn site(url: Url) -> Self {
        Self {
            url,
            host: None,
            site_name: None,
            service: None,
            timeouts: Timeouts::default(),
            max_in_flight: 16,
            user_in_flight: 8,
            user_per_minute: NonZeroU32::MIN.saturating_add(599),
            max_sign_ins: 4,
            max_prints: 2,
            max_files: 4,
            queue_deadline: Duration::from_secs(3),
            max_answer_bytes: 16 * 1024 * 1024,
            breaker: BreakerSettings::default(),
            retry: true,
            retry_within: Duration::from_millis(50),
        }
    }
}

/// An API key and its secret.
#[derive(Clone, Debug)]
pub struct ServiceAccount {
    /// The user's API key.
    pub key: String,
    /// The secret that goes with it.
    pub secret: SecretString,
}

/// How long to wait for a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub read: Duration,
    /// For a whole answer.
    pub whole: Duration,
    /// For a print, from the question to its last byte.
    pub print: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            read: Duration::from_secs(15),
            whole: Duration::from_secs(30),
            print: Duration::from_mins(1),
        }
    }
}

/// When a site that fails is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreakerSettings {
    /// So many failures in a row open the breaker.
    pub failures: u32,
    /// So long nothing is asked; then one question may try.
    pub open_for: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self {
            failures: 5,
            open_for: Duration::from_secs(5),
        }
    }
}

/// Settings that no client can be built from.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionProblem {
    /// The address is more, or other, than where a site is.
    #[error(
        "the site's address must be http:// or https:// with a host and, if need be, a port, and \
         nothing else"
    )]
    Address,
    /// The service account's key or secret cannot stand in a header.
    #[error("the service account's key and secret must be letters, digits and the like")]
    ServiceAccount,
    /// A limit of zero would let nothing through.
    #[error("{0} must be at least 1")]
    Zero(&'static str),
    /// TLS or the like could not be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
}
