//! The session: one sealed cookie, and nothing kept here that could not be found again.
//!
//! The cookie is encrypted and authenticated; it holds the sid, the user and when the session began
//! and was last used, so that any replica serves any request and a restart signs nobody out. A sid
//! that was signed out here is remembered until its absolute end, because the cookie itself cannot
//! be called back.

mod signed_out;

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::signed_out::NotSignedOut;
pub use self::signed_out::SignedOut;
use super::rendered::LastPages;
use super::sealed::{Purpose, Seal, cookies};
use crate::config::{PublicUrl, SessionKeys};
use crate::frappe::{Sid, UserId};
use crate::portal::LastProof;

/// A renewed cookie is sent at most this often.
const RENEWED_AT_MOST_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// A session as the cookie holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// What proves the session to Frappe.
    pub sid: Sid,
    /// Whose it is.
    pub user: UserId,
    /// The user's name, as a person writes it.
    pub full_name: Arc<str>,
    /// When it began.
    pub begun: Timestamp,
    /// When it was last used, to the minute or so.
    pub seen: Timestamp,
}

/// The cookie's content, with short names: a cookie travels with every request.
#[derive(Serialize, Deserialize)]
struct Sealed<'text> {
    #[serde(borrow)]
    s: Cow<'text, str>,
    #[serde(borrow)]
    u: Cow<'text, str>,
    #[serde(borrow)]
    n: Cow<'text, str>,
    b: i64,
    t: i64,
}

impl Session {
    fn read(text: &str) -> Option<Self> {
        let Sealed { s, u, n, b, t } = serde_json::from_str(text).ok()?;
        Some(Self {
            sid: Sid::parse(&s).ok()?,
            user: UserId::parse(&u).ok()?,
            full_name: n.into(),
            begun: Timestamp::from_second(b).ok()?,
            seen: Timestamp::from_second(t).ok()?,
        })
    }
}

/// A session whose cookie was opened, with what was last found out about it: a browser that comes
/// back is looked for once. None of that is believed without being held against its source.
#[derive(Debug)]
pub struct Opened {
    session: Session,
    /// What Frappe last said of it.
    pub proof: LastProof,
    /// The pages that were lately looked at with it.
    pub pages: LastPages,
    not_signed_out: NotSignedOut,
}

impl Opened {
    fn new(session: Session) -> Self {
        Self {
            session,
            proof: LastProof::default(),
            pages: LastPages::default(),
            not_signed_out: NotSignedOut::default(),
        }
    }
}

impl Deref for Opened {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

/// Why a cookie is no session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSession {
    /// There is none.
    Missing,
    /// It was not sealed with one of our keys, or is broken.
    Unreadable,
    /// It was not used for too long, or is too old.
    Ended,
}

/// How sessions are sealed and how long they last.
#[derive(Debug)]
pub struct Sessions {
    seal: Seal,
    idle: SignedDuration,
    absolute: SignedDuration,
    /// What was opened lately, by the whole header: to open a cookie costs more than all else that is
    /// done about it.
    opened: moka::sync::Cache<HeaderValue, Arc<Opened>>,
}

/// How many opened cookies are kept, and for how long one that does not come again.
const OPENED: u64 = 4_096;
/// Longer headers, in bytes, are opened each time.
const LONGEST_OPENED: usize = 4_096;
const OPENED_FOR: Duration = Duration::from_mins(2);

impl Sessions {
    /// Sessions of a portal at `public_url`, ended after `idle` without use and `absolute` in all.
    #[must_use]
    pub fn new(
        keys: SessionKeys,
        public_url: &PublicUrl,
        idle: Duration,
        absolute: Duration,
    ) -> Self {
        Self {
            seal: Seal::new(Purpose::Session, keys, public_url),
            idle: SignedDuration::try_from(idle).unwrap_or(SignedDuration::MAX),
            absolute: SignedDuration::try_from(absolute).unwrap_or(SignedDuration::MAX),
            opened: moka::sync::Cache::builder()
                .max_capacity(OPENED)
                .time_to_idle(OPENED_FOR)
                .build(),
        }
    }

    pub(super) fn absolute(&self) -> Duration {
        self.absolute.unsigned_abs()
    }

    /// The cookie's name.
    pub(super) const fn cookie_name(&self) -> &'static str {
        self.seal.cookie_name()
    }

    /// The session in a request's headers.
    pub(super) fn of_headers(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<Arc<Opened>, NoSession> {
        let mut all = headers.get_all(COOKIE).iter();
        // A browser sends all its cookies in one header.
        let only = all.next().filter(|_| all.next().is_none());
        let only = only.filter(|only| only.len() <= LONGEST_OPENED);
        if let Some(session) = only.and_then(|only| self.opened.get(only)) {
            return if self.has_ended(&session, now) {
                Err(NoSession::Ended)
            } else {
                Ok(session)
            };
        }
        let cookies = cookies(headers);
        let session = self.open(cookies.iter().map(AsRef::as_ref), now)?;
        let session = Arc::new(Opened::new(session));
        // A copy of its own: a clone would keep all that was read with it.
        let copy = only.and_then(|only| HeaderValue::from_bytes(only.as_bytes()).ok());
        if let Some(copy) = copy {
            self.opened.insert(copy, Arc::clone(&session));
        }
        Ok(session)
    }

    /// The session in a request's `Cookie` headers.
    fn open<'header>(
        &self,
        headers: impl IntoIterator<Item = &'header str>,
        now: Timestamp,
    ) -> Result<Session, NoSession> {
        let mut problem = NoSession::Missing;
        // A browser sends the cookie once; whoever sends more gets the first that is good.
        for opened in self.seal.open(headers) {
            match opened.and_then(|text| Session::read(&text)) {
                Some(session) if self.has_ended(&session, now) => problem = NoSession::Ended,
                Some(session) => return Ok(session),
                None => problem = NoSession::Unreadable,
            }
        }
        Err(problem)
    }

    fn has_ended(&self, session: &Session, now: Timestamp) -> bool {
        // The cookie has whole seconds, so that much it may seem to be ahead.
        let used = now.duration_since(session.seen);
        let old = now.duration_since(session.begun);
        used >= self.idle || old >= self.absolute || used < SignedDuration::from_mins(-1)
    }

    /// When a session ends that is not used any more.
    pub(super) fn ends(&self, session: &Session) -> Timestamp {
        let unused = session.seen.saturating_add(self.idle);
        let old = session.begun.saturating_add(self.absolute);
        let end = |at: Result<Timestamp, _>| at.unwrap_or(Timestamp::MAX);
        end(unused).min(end(old))
    }

    /// The cookie that holds a session, used `now`.
    pub(super) fn seal(&self, session: &Session, now: Timestamp) -> HeaderValue {
        let name: String = session
            .full_name
            .chars()
            .filter(|letter| !letter.is_control())
            .take(80)
            .collect();
        let sealed = Sealed {
            s: session.sid.expose().into(),
            u: session.user.as_str().into(),
            n: name.into(),
            b: session.begun.as_second(),
            t: now.as_second(),
        };
        let content = serde_json::to_string(&sealed).unwrap_or_default();
        let left = self.absolute - now.duration_since(session.begun);
        self.seal.seal(content, left.min(self.idle).as_secs())
    }

    /// The session's cookie again, if it is time for that.
    pub(super) fn renewed(&self, session: &Session, now: Timestamp) -> Option<HeaderValue> {
        (now.duration_since(session.seen) >= RENEWED_AT_MOST_EVERY).then(|| self.seal(session, now))
    }

    /// What takes the cookie away.
    pub(super) fn removed(&self) -> HeaderValue {
        self.seal.removed()
    }
}

#[cfg(test)]
mod tests;
