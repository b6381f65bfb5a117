//! Sealed cookies: what a browser keeps for us and can neither read nor change.
//!
//! Each kind has a name of its own, and the name is part of what is authenticated: a cookie of one
//! kind never opens as another, however it is renamed. How long its content is good is for the kind
//! to say, in the content: a browser may keep a cookie for longer than it was told to.

use std::borrow::Cow;

use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::COOKIE;
use cookie::{Cookie, CookieJar, SameSite};
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::{PublicUrl, SessionKeys};

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A session.
    Session,
    /// A sign-in that waits for its second factor.
    SecondFactor,
    /// A key with which a new password can be set.
    NewPassword,
    /// That this browser was signed in with an account before.
    KnownBrowser,
}

impl Purpose {
    /// The cookie's name. A browser takes a `__Host-` cookie from this host alone, over https alone.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-quayfront",
            (Self::Session, false) => "quayfront",
            (Self::SecondFactor, true) => "__Host-quayfront-second-factor",
            (Self::SecondFactor, false) => "quayfront-second-factor",
            (Self::NewPassword, true) => "__Host-quayfront-new-password",
            (Self::NewPassword, false) => "quayfront-new-password",
            (Self::KnownBrowser, true) => "__Host-quayfront-known-browser",
            (Self::KnownBrowser, false) => "quayfront-known-browser",
        }
    }
}

/// Seals and opens cookies of one kind.
#[derive(Clone, Debug)]
pub struct Seal {
    keys: SessionKeys,
    name: &'static str,
    secure: bool,
}

impl Seal {
    /// Cookies of this kind, of a portal at `public_url`.
    pub fn new(purpose: Purpose, keys: SessionKeys, public_url: &PublicUrl) -> Self {
        let secure = public_url.is_https();
        Self {
            keys,
            name: purpose.name(secure),
            secure,
        }
    }

    /// The name of the cookies of this kind.
    pub const fn cookie_name(&self) -> &'static str {
        self.name
    }

    /// What the cookies of this kind in these `Cookie` headers hold; `None` for each that was not
    /// sealed here. A browser sends one; whoever sends more may.
    pub fn open<'header>(
        &self,
        headers: impl IntoIterator<Item = &'header str>,
    ) -> impl Iterator<Item = Option<String>> {
        headers
            .into_iter()
            .flat_map(Cookie::split_parse)
            .flatten()
            .filter(|cookie| cookie.name() == self.name)
            .map(|cookie| self.unseal(&cookie))
    }

    fn unseal(&self, cookie: &Cookie<'_>) -> Option<String> {
        let jar = CookieJar::new();
        let opened = self
            .keys
            .opening()
            .find_map(|key| jar.private(key).decrypt(cookie.clone().into_owned()))?;
        Some(opened.value().to_owned())
    }

    /// The cookie that holds this, for so many seconds.
    pub fn seal(&self, content: String, seconds: i64) -> HeaderValue {
        let mut jar = CookieJar::new();
        jar.private_mut(self.keys.sealing())
            .add(Cookie::new(self.name, content));
        let value = jar
            .get(self.name)
            .map(|cookie| cookie.value().to_owned())
            .unwrap_or_default();
        self.set_cookie(value, seconds)
    }

    /// What takes the cookie away.
    pub fn removed(&self) -> HeaderValue {
        self.set_cookie(String::new(), 0)
    }

    fn set_cookie(&self, value: String, seconds: i64) -> HeaderValue {
        let cookie = Cookie::build((self.name, value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(cookie::time::Duration::seconds(seconds.max(0)));
        HeaderValue::from_str(&cookie.to_string()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// A request's `Cookie` headers. Another cookie beside ours may hold anything.
pub fn cookies(headers: &HeaderMap) -> Vec<Cow<'_, str>> {
    headers
        .get_all(COOKIE)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect()
}

/// Something that a browser keeps for a while, and that is worth nothing afterwards.
#[derive(Clone, Debug)]
pub struct Keepsake {
    seal: Seal,
}

#[derive(Serialize, Deserialize)]
struct Kept<T> {
    /// Until when it is good, in seconds since 1970.
    until: i64,
    what: T,
}

impl Keepsake {
    /// Cookies of this kind, of a portal at `public_url`.
    pub fn new(purpose: Purpose, keys: SessionKeys, public_url: &PublicUrl) -> Self {
        Self {
            seal: Seal::new(purpose, keys, public_url),
        }
    }

    /// What a request brings along that is good `now`, and until when it is.
    pub fn find<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Option<(T, Timestamp)> {
        let cookies = cookies(headers);
        self.seal
            .open(cookies.iter().map(AsRef::as_ref))
            .flatten()
            .find_map(|text| {
                let Kept { until, what } = serde_json::from_str(&text).ok()?;
                let until = Timestamp::from_second(until).ok()?;
                (now < until).then_some((what, until))
            })
    }

    /// The cookie that keeps something until then.
    pub fn keep<T: Serialize>(&self, what: &T, until: Timestamp, now: Timestamp) -> HeaderValue {
        let kept = Kept {
            until: until.as_second(),
            what,
        };
        let text = serde_json::to_string(&kept).unwrap_or_default();
        self.seal.seal(text, until.duration_since(now).as_secs())
    }

    /// The cookie that keeps something for so long.
    pub fn keep_for<T: Serialize>(
        &self,
        what: &T,
        time: SignedDuration,
        now: Timestamp,
    ) -> HeaderValue {
        let until = now.saturating_add(time).unwrap_or(now);
        self.keep(what, until, now)
    }

    /// What takes the cookie away.
    pub fn removed(&self) -> HeaderValue {
        self.seal.removed()
    }
}

/// What browsers keep for us beside the session.
#[derive(Debug)]
pub struct Keepsakes {
    /// A sign-in that waits for its second factor.
    pub(super) second_factor: Keepsake,
    /// A key with which a new password can be set.
    pub(super) new_password: Keepsake,
    /// That this browser was signed in with an account before.
    pub(super) known_browser: Keepsake,
}

impl Keepsakes {
    /// Those of a portal at `public_url`.
    #[must_use]
    pub fn new(keys: &SessionKeys, public_url: &PublicUrl) -> Self {
        let keepsake = |purpose| Keepsake::new(purpose, keys.clone(), public_url);
        Self {
            second_factor: keepsake(Purpose::SecondFactor),
            new_password: keepsake(Purpose::NewPassword),
            known_browser: keepsake(Purpose::KnownBrowser),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: [Purpose; 4] = [
        Purpose::Session,
        Purpose::SecondFactor,
        Purpose::NewPassword,
        Purpose::KnownBrowser,
    ];

    fn keepsake(purpose: Purpose) -> Keepsake {
        let url = PublicUrl::parse("https://portal.example.com").expect("a URL");
        let keys = SessionKeys::parse(["MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]);
        Keepsake::new(purpose, keys.expect("keys"), &url)
    }

    fn now() -> Timestamp {
        "2026-11-22T10:00:00Z".parse().expect("a time")
    }

    fn coming_back(set_cookie: &HeaderValue) -> (String, String) {
        let text = set_cookie.to_str().expect("text");
        let (pair, _) = text.split_once(';').expect("attributes");
        let (name, value) = pair.split_once('=').expect("a pair");
        (name.to_owned(), value.to_owned())
    }

    fn headers(name: &str, value: &str) -> HeaderMap {
        let value = HeaderValue::from_str(&format!("{name}={value}")).expect("a value");
        HeaderMap::from_iter([(COOKIE, value)])
    }

    #[test]
    fn a_cookie_of_one_purpose_never_opens_as_another_however_it_is_renamed() {
        for sealed_for in EVERY {
            let cookie =
                keepsake(sealed_for).keep_for(&"secret", SignedDuration::from_mins(5), now());
            let (_, value) = coming_back(&cookie);
            for opened_as in EVERY {
                let found: Option<(String, _)> =
                    keepsake(opened_as).find(&headers(opened_as.name(true), &value), now());
                assert_eq!(
                    found.is_some(),
                    opened_as == sealed_for,
                    "{sealed_for:?} as {opened_as:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_kept_is_worth_nothing_when_its_time_is_over_or_a_letter_was_changed() {
        let keepsake = keepsake(Purpose::NewPassword);
        let cookie = keepsake.keep_for(&"secret", SignedDuration::from_mins(5), now());
        let (name, value) = coming_back(&cookie);
        let at = |value: &str, seconds| {
            let then = now() + SignedDuration::from_secs(seconds);
            keepsake.find::<String>(&headers(&name, value), then)
        };
        let until = now() + SignedDuration::from_mins(5);
        assert_eq!(at(&value, 299), Some(("secret".to_owned(), until)));
        assert_eq!(at(&value, 300), None);
        for place in 0..value.len() {
            let mut changed = value.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert_eq!(at(&changed, 0), None, "letter {place}");
        }
        assert!(!value.contains("secret"));
    }

    #[test]
    fn every_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts() {
        for purpose in EVERY {
            let keepsake = keepsake(purpose);
            let kept = keepsake.keep_for(&"secret", SignedDuration::from_mins(5), now());
            for (cookie, age) in [(kept, "Max-Age=300"), (keepsake.removed(), "Max-Age=0")] {
                let text = cookie.to_str().expect("text").to_owned();
                assert!(text.starts_with("__Host-quayfront"), "{text}");
                for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/", age] {
                    assert!(text.contains(attribute), "{text}");
                }
                assert!(!text.contains("Domain"), "{text}");
            }
        }
    }
}
