//! The life of a session, and tokens in its place: Frappe's `Session` and `validate_auth`.
//!
//! Time comes from the site's clock alone. Recorded as `session_*`, `logout_*` and `token_*`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::json;

use super::answers::Failure;
use super::grants::GUEST;
use super::records::{int, text};
use super::state::State;
use super::visit::Visit;

/// A session in use is written anew at most this often.
const UPDATE_INTERVAL: SignedDuration = SignedDuration::from_secs(600);

impl State {
    /// Who asks: a sign-in, a session, or nobody; then a token, if one was sent.
    pub(super) fn settle_visitor(&mut self, visit: &mut Visit) -> Result<(), Failure> {
        visit.max_age = self.session_expiry();
        if visit.parameter("cmd") == "login" || visit.path == "/api/method/login" {
            self.log_in(visit)?;
        } else {
            self.resume(visit)?;
        }
        visit.is_settled = true;
        self.validate_token(visit)
    }

    /// Seconds that a session lives without being used.
    pub(super) fn session_expiry(&self) -> i64 {
        let setting = self.setting("session_expiry");
        let mut parts = setting
            .split(':')
            .map(|part| part.trim().parse::<i64>().unwrap_or(0));
        let (hours, minutes) = (parts.next().unwrap_or(0), parts.next().unwrap_or(0));
        let seconds = hours * 3600 + minutes * 60 + parts.next().unwrap_or(0);
        if seconds > 0 { seconds } else { 170 * 3600 }
    }

    fn resume(&mut self, visit: &mut Visit) -> Result<(), Failure> {
        let now = self.now();
        let sid = visit.sent_sid().to_owned();
        let session = self
            .sessions
            .get(&sid)
            .filter(|session| session.is_alive(now));
        if sid == GUEST {
            become_guest(visit);
            return Ok(());
        }
        let Some(user) = session.map(|session| session.user.clone()) else {
            self.sessions.remove(&sid);
            visit
                .response
                .insert("session_expired".to_owned(), json!(1));
            become_guest(visit);
            visit.cookies.clear = true;
            return Ok(());
        };
        self.require_enabled(&user)?;
        self.require_address(&user, &visit.address)?;
        visit.user.clone_from(&user);
        visit.sid = sid;
        visit.cookies.set("sid", &visit.sid.clone());
        self.set_user_info(visit, false);
        Ok(())
    }

    /// Frappe extends a session after it has answered, and not each time
    /// (`session_2min_kept_alive`).
    pub(super) fn touch(&mut self, sid: &str) {
        let now = self.now();
        if let Some(session) = self.sessions.get_mut(sid) {
            let due = session
                .last_written
                .is_none_or(|written| now.duration_since(written) > UPDATE_INTERVAL);
            if due {
                session.last_updated = now;
                session.last_written = Some(now);
            }
        }
    }

    pub(super) fn require_enabled(&self, user: &str) -> Result<(), Failure> {
        let enabled = user == GUEST
            || self
                .records
                .get("User", user)
                .is_some_and(|record| int(record, "enabled") != 0);
        if enabled {
            return Ok(());
        }
        Err(Failure::validation(format!(
            "User {user} is disabled. Please contact your System Manager."
        )))
    }

    pub(super) fn require_address(&self, user: &str, address: &str) -> Result<(), Failure> {
        let allowed = self
            .records
            .get("User", user)
            .map(|record| text(record, "restrict_ip"));
        let mut list = allowed
            .unwrap_or_default()
            .split([',', '\n'])
            .map(str::trim)
            .filter(|prefix| !prefix.is_empty())
            .peekable();
        if list.peek().is_none() || list.any(|prefix| address.starts_with(prefix)) {
            return Ok(());
        }
        Err(Failure::authentication(format!(
            "Access not allowed from this IP Address: {address}"
        )))
    }

    /// Ends the session, if there is one, and goes on as nobody (`logout_post`).
    pub(super) fn log_out(&mut self, visit: &mut Visit) {
        self.sessions.remove(&visit.sid);
        become_guest(visit);
        visit.cookies.clear = true;
        for (name, value) in [
            ("message", "No App"),
            ("home_page", "/login"),
            ("full_name", "Guest"),
        ] {
            visit.response.insert(name.to_owned(), json!(value));
        }
    }

    /// `Authorization`: `token key:secret` or Basic. A session goes before it
    /// (`cookie_plus_token`), a wrong one is refused in any case (`token_auth_*`).
    fn validate_token(&self, visit: &mut Visit) -> Result<(), Failure> {
        let parts: Vec<&str> = visit.authorization.split(' ').collect();
        let [scheme, token] = parts.as_slice() else {
            return Ok(());
        };
        let pair = match scheme.to_lowercase().as_str() {
            "basic" => {
                let Ok(decoded) = STANDARD.decode(token) else {
                    return Err(Failure::token());
                };
                String::from_utf8(decoded).ok()
            }
            "token" => Some((*token).to_owned()),
            _ => None,
        };
        let pair = pair.as_deref().and_then(|pair| pair.split_once(':'));
        if let Some((key, secret)) = pair.filter(|(_, secret)| !secret.contains(':')) {
            let known = self
                .api_keys
                .get(key)
                .filter(|known| known.secret == secret);
            let user = known.map(|known| known.user.clone());
            let user = user.filter(|user| self.require_enabled(user).is_ok());
            let Some(user) = user else {
                return Err(Failure::token());
            };
            if visit.user == GUEST {
                visit.user = user;
                visit.sid.clone_from(&visit.user);
            }
        }
        if visit.user == GUEST {
            Err(Failure::token())
        } else {
            Ok(())
        }
    }
}

fn become_guest(visit: &mut Visit) {
    GUEST.clone_into(&mut visit.user);
    GUEST.clone_into(&mut visit.sid);
    visit.cookies.set("sid", GUEST);
    visit.cookies.set("system_user", "no");
    visit.cookies.set("full_name", GUEST);
    visit.cookies.set("user_id", GUEST);
    visit.cookies.set("user_image", "");
}
