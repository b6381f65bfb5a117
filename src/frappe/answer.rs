//! The one place that turns what came over the wire into a value or an [`Error`].
//!
//! It decides by `exc_type` first, then by what the cookies say about the session, then by status:
//! a lock-out is a 500 (`login_locked_out_right_password`), a disabled user a 417
//! (`session_user_disabled_while_logged_in`), and a 403 alone never tells *sign in again* from *not
//! allowed*. Where an answer leaves that open it is a [`Refusal::Doubtful`], and the client asks
//! whose session it is. Texts are translated and carry other customers' names, so none is read, but
//! for a lock-out's number of seconds, what is wrong with a password and which key is too old, and
//! none is passed on.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, RETRY_AFTER},
};
use serde::Deserialize;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor,
};
use serde_json::Value;

use super::{
    cookies::{Belongs, SessionCookies},
    error::{Error, Outage},
    names::UserId,
    password_advice::PasswordAdvice,
};

/// The longest that anybody is told to wait: whatever a header says beyond that is no time.
const LONGEST_RETRY: Duration = Duration::from_hours(24);

/// An answer as it came, its body whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// On whose behalf it was asked, and so what a refusal means.
#[derive(Clone, Copy)]
pub(super) enum Asked<'a> {
    /// Without a session: a ping, or to get one.
    Nobody,
    /// With the service account.
    Service,
    /// With the session of this user.
    Session(&'a UserId),
    /// With a session, whose it is; of this user, if that is known.
    Whose(Option<&'a UserId>),
    /// With a session, to end it.
    SignOut,
}

/// Why there is no value.
#[derive(Debug, PartialEq)]
pub(super) enum Refusal {
    /// This is why.
    Certain(Error),
    /// This is why if the session is good, which the answer does not tell.
    Doubtful(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Certain(error)
    }
}

impl From<Outage> for Refusal {
    fn from(outage: Outage) -> Self {
        Self::Certain(outage.into())
    }
}

impl Answer {
    /// Whether something in front of Frappe says that Frappe does not answer.
    pub(super) fn is_from_a_gateway_in_trouble(&self) -> bool {
        matches!(self.status.as_u16(), 502..=504) && !self.is_json()
    }

    pub(super) fn cookies(&self) -> SessionCookies {
        SessionCookies::of(&self.headers)
    }

    /// The JSON object that answers the question, and whose session the answer says it was.
    pub(super) fn read(&self, asked: Asked<'_>) -> Result<(Value, Belongs), Refusal> {
        let json = self.json();
        let kind = json.as_ref().and_then(exception_type);
        if kind == Some("SecurityException") {
            let seconds = json.as_ref().and_then(lock_out_seconds);
            return Err(Error::LockedOut { seconds }.into());
        }
        let belongs = self.belongs(asked);
        if belongs == Belongs::ToSomebodyElse || self.has_expired(asked, json.as_ref()) {
            return Err(Error::SignInRequired.into());
        }
        match (json, self.status) {
            (Some(json @ Value::Object(_)), status) if status.is_success() => Ok((json, belongs)),
            (Some(ref json), _) => Err(self.refusal(asked, belongs, exception_type(json))),
            (None, _) => Err(self.foreign(asked, belongs)),
        }
    }

    /// An answer that is this and nothing else, as nearly all are, read without JSON's own maps in
    /// between; `None` where it is not. What reads it has to refuse fields that it does not know, so that
    /// no refusal of Frappe's stands beside what is read.
    pub(super) fn read_plain<'a, S: DeserializeSeed<'a>>(
        &'a self,
        asked: Asked<'_>,
        seed: S,
    ) -> Result<Option<(S::Value, Belongs)>, Refusal> {
        let text = self.json_text().filter(|_| self.status.is_success());
        let plain = text.and_then(|text| {
            let mut json = serde_json::Deserializer::from_str(text);
            let plain = seed.deserialize(&mut json).ok()?;
            json.end().ok().map(|()| plain)
        });
        let Some(plain) = plain else {
            return Ok(None);
        };
        match self.belongs(asked) {
            Belongs::ToSomebodyElse => Err(Error::SignInRequired.into()),
            belongs => Ok(Some((plain, belongs))),
        }
    }

    /// What the question was for: under `data` where a resource answers, else under `message`; and
    /// whose session the answer says it was.
    pub(super) fn read_told<T: DeserializeOwned>(
        &self,
        asked: Asked<'_>,
    ) -> Result<(T, Belongs), Refusal> {
        self.read_told_by(asked, PhantomData)
    }

    /// The same, of which `seed` reads what it wants.
    pub(super) fn read_told_by<T, S>(
        &self,
        asked: Asked<'_>,
        seed: S,
    ) -> Result<(T, Belongs), Refusal>
    where
        S: Copy + for<'de> DeserializeSeed<'de, Value = T>,
    {
        if let Some(told) = self.read_plain(asked, Alone(seed))? {
            return Ok(told);
        }
        let (mut json, belongs) = self.read(asked)?;
        let mut told = TOLD.into_iter();
        let told = told.find_map(|key| json.get_mut(key).map(Value::take));
        let told = told.and_then(|told| seed.deserialize(told).ok());
        Ok((told.ok_or(Outage::Incomplete)?, belongs))
    }

    /// The PDF that answers the question (`print_pdf_own`), and whose session the answer says it was.
    pub(super) fn read_pdf(self, asked: Asked<'_>) -> Result<(Vec<u8>, Belongs), Refusal> {
        if !(self.status.is_success() && self.is_of_type("application/pdf")) {
            // 200 and something else is no print.
            return self.read(asked).and(Err(Outage::Broken.into()));
        }
        let belongs = self.belongs(asked);
        if belongs == Belongs::ToSomebodyElse {
            return Err(Error::SignInRequired.into());
        }
        if self.body.starts_with(b"%PDF-") {
            Ok((self.body, belongs))
        } else {
            Err(Outage::Broken.into())
        }
    }

    /// How long the body is said to be.
    pub(super) fn length(&self) -> Option<u64> {
        let length = self.headers.get(CONTENT_LENGTH)?.to_str().ok()?;
        length.trim().parse().ok()
    }

    /// Whether a file's bytes follow. Refusals are pages of HTML, and always 403: of a file that is
    /// another customer's, that does not exist, and to a session that has ended (`file_private_*`).
    pub(super) fn begins_a_file(&self, asked: Asked<'_>) -> Result<(), Refusal> {
        let belongs = self.belongs(asked);
        if belongs == Belongs::ToSomebodyElse {
            return Err(Error::SignInRequired.into());
        }
        match self.status.as_u16() {
            // `file_private_x_accel`: only the nginx that asked for this can follow it.
            200 if self.headers.contains_key("x-accel-redirect") => Err(Error::Unexpected(
                "a file comes as X-Accel-Redirect: site.url has to name the nginx in front of Frappe, or gunicorn itself".to_owned(),
            )
            .into()),
            200 => Ok(()),
            300..=399 => Err(Outage::Redirected.into()),
            401 => Err(Error::SignInRequired.into()),
            403 if matches!(asked, Asked::Session(_)) && belongs == Belongs::Unsaid => {
                Err(Refusal::Doubtful(Error::NotFound))
            }
            403 | 404 | 410 => Err(Error::NotFound.into()),
            429 => Err(self.rate_limited().into()),
            503 => Err(Outage::Maintenance.into()),
            504 => Err(Outage::TimedOut.into()),
            502 => Err(Outage::Gateway.into()),
            status => Err(unexpected(status, None).into()),
        }
    }

    /// What Frappe says of a password that it does not take: 417 with a title that no other refusal
    /// of the same question has (`update_password_weak`).
    pub(super) fn weakness(&self) -> Option<PasswordAdvice> {
        let json = self.json()?;
        let message = first_message(&json)?;
        let is_weak = self.status == StatusCode::EXPECTATION_FAILED
            && message.title.as_deref() == Some("Invalid Password");
        is_weak.then(|| PasswordAdvice::from_text(&message.message))
    }

    /// Which 410 it is: the key is too old, or used or unknown, which Frappe says in the same words
    /// (`update_password_bad_key`, `update_password_key_reused`).
    pub(super) fn is_of_an_expired_key(&self) -> bool {
        let json = self.json();
        let message = json.as_ref().and_then(|json| json.get("message")?.as_str());
        message.is_some_and(|message| message.contains("expired"))
    }

    fn is_json(&self) -> bool {
        self.is_of_type("application/json")
    }

    fn is_of_type(&self, expected: &str) -> bool {
        self.headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case(expected))
    }

    fn json(&self) -> Option<Value> {
        serde_json::from_str(self.json_text()?).ok()
    }

    /// Its JSON. Whether it is UTF-8 is asked of the whole at once, and not of each text in it.
    fn json_text(&self) -> Option<&str> {
        let text = self.is_json().then(|| str::from_utf8(&self.body));
        text?.ok()
    }

    fn belongs(&self, asked: Asked<'_>) -> Belongs {
        match asked {
            Asked::Session(user) => self.cookies().belongs(Some(user)),
            Asked::Whose(user) => self.cookies().belongs(user),
            Asked::Nobody | Asked::Service | Asked::SignOut => Belongs::Unsaid,
        }
    }

    fn has_expired(&self, asked: Asked<'_>, json: Option<&Value>) -> bool {
        let says_so = || {
            json.and_then(|json| json.get("session_expired"))
                .is_some_and(super::record::is_ticked)
        };
        match asked {
            Asked::Nobody | Asked::Service => false,
            Asked::SignOut => !self.status.is_success() && says_so(),
            Asked::Session(_) | Asked::Whose(_) => says_so(),
        }
    }

    /// What Frappe's own refusal means.
    fn refusal(&self, asked: Asked<'_>, belongs: Belongs, kind: Option<&str>) -> Refusal {
        let session = matches!(asked, Asked::Session(_) | Asked::SignOut);
        let whose = matches!(asked, Asked::Whose(_));
        let in_doubt = session && belongs == Belongs::Unsaid;
        match (self.status.as_u16(), kind) {
            (200..=299, _) => Outage::Incomplete.into(),
            (300..=399, _) => Outage::Redirected.into(),
            (401, _) if matches!(asked, Asked::Service) => Error::KeyRefused.into(),
            // The session is not over: it may not be used from here
            // (`session_restrict_ip_existing_session`), not even to be ended.
            (401, _) if matches!(asked, Asked::SignOut) => Error::Forbidden.into(),
            (401, _) => Error::SignInRequired.into(),
            (403 | 417, _) if whose => Error::SignInRequired.into(),
            (403, _) if in_doubt => Refusal::Doubtful(Error::Forbidden),
            (403, _) => Error::Forbidden.into(),
            (404, _) => Error::NotFound.into(),
            // A disabled user's session does not come as far as setting cookies.
            (417, Some("ValidationError")) if in_doubt => Refusal::Doubtful(Error::Invalid),
            (400, Some("CSRFTokenError")) => Error::Unexpected(
                "a CSRF token is asked for: this session has seen the desk".into(),
            )
            .into(),
            (400 | 409 | 410 | 413 | 414 | 415 | 417 | 422, _) => Error::Invalid.into(),
            (429, _) => self.rate_limited().into(),
            (_, Some("QueryTimeoutError" | "QueryDeadlockError")) => Outage::Database.into(),
            (504, _) => Outage::TimedOut.into(),
            (503, _) => Outage::Maintenance.into(),
            (502, _) => Outage::Gateway.into(),
            (status, kind) => unexpected(status, kind).into(),
        }
    }

    /// What an answer means that is not in Frappe's language, or ends early.
    fn foreign(&self, asked: Asked<'_>, belongs: Belongs) -> Refusal {
        match self.status.as_u16() {
            200..=299 => Outage::Broken.into(),
            300..=399 => Outage::Redirected.into(),
            // Frappe's page instead of its JSON: the cookies still tell (`error_permission_accept_html`).
            403 if belongs == Belongs::ToCaller => Error::Forbidden.into(),
            403 if matches!(asked, Asked::Session(_)) => Refusal::Doubtful(Outage::Gateway.into()),
            429 => self.rate_limited().into(),
            _ => Outage::Gateway.into(),
        }
    }

    fn rate_limited(&self) -> Error {
        let retry_after = self
            .headers
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(|seconds| Duration::from_secs(seconds).min(LONGEST_RETRY));
        Error::RateLimited { retry_after }
    }
}

/// `exc_type`, or in version 2 of the API the type of the first of `errors`.
fn exception_type(json: &Value) -> Option<&str> {
    let first = || json.get("errors")?.get(0)?.get("type");
    json.get("exc_type").or_else(first)?.as_str()
}

/// An exception's class is an identifier, and the one word of Frappe's that helps in a log.
fn unexpected(status: u16, kind: Option<&str>) -> Error {
    let is_identifier = |kind: &&str| {
        kind.len() <= 60
            && kind
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    Error::Unexpected(match kind.filter(is_identifier) {
        Some(kind) => format!("status {status}, {kind}"),
        None => format!("status {status}"),
    })
}

/// The first number in the message of a lock-out, and nothing else of it.
fn lock_out_seconds(json: &Value) -> Option<u32> {
    first_message(json)
        .map(|message| message.message)
        .or_else(|| Some(json.get("exception")?.as_str()?.to_owned()))?
        .split(|character: char| !character.is_ascii_digit())
        .find(|digits| !digits.is_empty())?
        .parse()
        .ok()
}

/// Under which of these stands what an answer tells.
const TOLD: [&str; 2] = ["data", "message"];

/// An answer with nothing beside what it tells.
struct Alone<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Alone<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Alone<S> {
    type Value = S::Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with `data` or `message` alone")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut told: A) -> Result<S::Value, A::Error> {
        let is_told = |key: &Cow<'_, str>| TOLD.contains(&key.as_ref());
        let other = || A::Error::custom("something else stands in it");
        told.next_key()
            .and_then(|key| key.filter(is_told).ok_or_else(other))?;
        let value = told.next_value_seed(self.0)?;
        match told.next_key::<IgnoredAny>()? {
            None => Ok(value),
            Some(_) => Err(other()),
        }
    }
}

#[derive(Deserialize)]
struct Message {
    message: String,
    title: Option<String>,
}

/// `_server_messages` is a text that holds a JSON list of texts that hold JSON objects.
fn first_message(json: &Value) -> Option<Message> {
    let messages: Vec<String> =
        serde_json::from_str(json.get("_server_messages")?.as_str()?).ok()?;
    serde_json::from_str(messages.first()?).ok()
}
