//! What an answer's cookies say about whose session it was.
//!
//! Frappe sets `sid` and `user_id` on nearly every answer, and names Guest when a session is over
//! (`session_expired`), so each answer can be held against the session that asked. Nothing is kept:
//! the client has no cookie store.

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderMap, SET_COOKIE};

use super::names::UserId;

/// Whose session an answer belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Belongs {
    /// It names the user who asked.
    ToCaller,
    /// It names Guest, somebody else, or takes the session away.
    ToSomebodyElse,
    /// It does not say.
    Unsaid,
}

/// The cookies of an answer that tell about a session, percent-decoded, in their order.
#[derive(Debug, Default)]
pub(super) struct SessionCookies {
    sids: Vec<String>,
    user_ids: Vec<String>,
    full_name: Option<String>,
}

impl SessionCookies {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut cookies = Self::default();
        for header in headers.get_all(SET_COOKIE) {
            let Some((name, value)) = header.to_str().ok().and_then(name_and_value) else {
                continue;
            };
            match name {
                "sid" => cookies.sids.push(value),
                "user_id" => cookies.user_ids.push(value),
                "full_name" => cookies.full_name = Some(value),
                _ => {}
            }
        }
        cookies
    }

    /// The sid that the answer leaves behind.
    pub(super) fn sid(&self) -> Option<&str> {
        self.sids.last().map(String::as_str)
    }

    /// The user that the answer leaves behind.
    pub(super) fn user_id(&self) -> Option<&str> {
        self.user_ids.last().map(String::as_str)
    }

    pub(super) fn full_name(&self) -> Option<&str> {
        self.full_name.as_deref()
    }

    /// Holds the answer against the session that asked. Where it is not known yet whose that is,
    /// any user but Guest will do.
    pub(super) fn belongs(&self, user: Option<&UserId>) -> Belongs {
        let sid_is_gone = self.sids.iter().any(|sid| is_nobody(sid));
        let is_other = |id: &String| match user {
            Some(user) => id != user.as_str(),
            None => is_nobody(id),
        };
        if sid_is_gone || self.user_ids.iter().any(is_other) {
            Belongs::ToSomebodyElse
        } else if self.user_ids.is_empty() {
            Belongs::Unsaid
        } else {
            Belongs::ToCaller
        }
    }
}

fn is_nobody(value: &str) -> bool {
    value.is_empty() || value == "Guest"
}

fn name_and_value(header: &str) -> Option<(&str, String)> {
    let pair = header.split(';').next()?;
    let (name, value) = pair.split_once('=')?;
    let value = value.trim().trim_matches('"');
    let value = percent_decode_str(value).decode_utf8().ok()?;
    Some((name.trim(), value.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn belongs(cookies: &[&'static str], user: &str) -> Belongs {
        let mut headers = HeaderMap::new();
        for cookie in cookies {
            headers.append(SET_COOKIE, cookie.parse().unwrap());
        }
        let user = UserId::parse(user).unwrap();
        SessionCookies::of(&headers).belongs(Some(&user))
    }

    #[test]
    fn an_answer_that_names_the_user_is_the_callers() {
        let cookies = [
            "sid=abc; Expires=Sun, 29 Nov 2026 19:20:59 GMT; HttpOnly; Path=/",
            "user_id=anna%40acme.example; Path=/; SameSite=Lax",
        ];
        assert_eq!(belongs(&cookies, "anna@acme.example"), Belongs::ToCaller);
    }

    #[test]
    fn an_answer_that_names_another_user_or_guest_is_not_the_callers() {
        for cookies in [
            &["user_id=berta%40acme.example"][..],
            &["sid=Guest; Path=/", "user_id=anna%40acme.example"],
            &["user_id=ANNA%40acme.example"],
            &["sid=; Expires=Sat, 21 Nov 2026 17:27:01 GMT; Path=/"],
            &["user_id="],
        ] {
            let found = belongs(cookies, "anna@acme.example");
            assert_eq!(found, Belongs::ToSomebodyElse, "{cookies:?}");
        }
    }

    #[test]
    fn an_answer_without_a_user_says_nothing() {
        assert_eq!(belongs(&[], "anna@acme.example"), Belongs::Unsaid);
        assert_eq!(belongs(&["sid=abc"], "anna@acme.example"), Belongs::Unsaid);
    }
}
