//! Signing in and out, and the life of a session: Frappe's `LoginManager` and `Session`.
//!
//! Time comes from the site's clock alone. Recorded as `login_*`, `logout_*`, `session_*`,
//! `twofa_*`, `token_*` and `forced_reset_*`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::{Failure, hash};
use super::attempts::Limits;
use super::cells;
use super::collation;
use super::permissions::{ADMINISTRATOR, GUEST, roles_of};
use super::records::{Record, int, text};
use super::state::{Pending, Session, State};
use super::visit::Visit;

/// Longer passwords are refused unread (`login_password_too_long`).
const MAX_PASSWORD_SIZE: usize = 512;
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

    fn require_enabled(&self, user: &str) -> Result<(), Failure> {
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

    fn require_address(&self, user: &str, address: &str) -> Result<(), Failure> {
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

    fn log_in(&mut self, visit: &mut Visit) -> Result<(), Failure> {
        if self.setting_int("disable_user_pass_login") != 0 {
            return Err(Failure::authentication(
                "Login with username and password is not allowed.",
            ));
        }
        let user = self.authenticate(visit)?;
        if self.must_reset_password(&user) {
            let key = hash(32);
            self.reset_keys.insert(key.clone(), user);
            let address = format!(
                "http://{}/update-password?key={key}&password_expired=true",
                visit.host
            );
            visit
                .response
                .insert("redirect_to".to_owned(), json!(address));
            visit
                .response
                .insert("message".to_owned(), json!("Password Reset"));
            become_mailer(visit);
            return Ok(());
        }
        if self.needs_second_factor(&user) && !self.second_factor(visit, &user)? {
            return Ok(());
        }
        self.post_login(visit, &user)
    }

    /// Starts a session for a user whose password is known to be right.
    pub(super) fn post_login(&mut self, visit: &mut Visit, user: &str) -> Result<(), Failure> {
        self.require_address(user, &visit.address)?;
        self.require_hour(user)?;
        self.require_enabled(user)?;
        let now = self.now();
        let sid = hash(56);
        if self.setting_int("deny_multiple_sessions") != 0 {
            self.sessions.retain(|_, session| session.user != user);
        }
        let expiry = SignedDuration::from_secs(self.session_expiry());
        let session = Session {
            user: user.to_owned(),
            last_updated: now,
            last_written: None,
            expiry,
        };
        self.sessions.insert(sid.clone(), session);
        let moment = self.site_time();
        if let Some(record) = self.records.get_mut("User", user) {
            record.insert("last_login".to_owned(), json!(moment));
            record.insert("last_active".to_owned(), json!(moment));
            record.insert("last_ip".to_owned(), json!(visit.address));
        }
        user.clone_into(&mut visit.user);
        visit.sid.clone_from(&sid);
        visit.cookies.set("sid", &sid);
        self.set_user_info(visit, true);
        Ok(())
    }

    fn set_user_info(&self, visit: &mut Visit, is_new: bool) {
        let empty = Record::new();
        let record = self.records.get("User", &visit.user).unwrap_or(&empty);
        let names = [text(record, "first_name"), text(record, "last_name")];
        let full_name = names
            .into_iter()
            .filter(|name| !name.is_empty())
            .collect::<Vec<_>>();
        let full_name = full_name.join(" ");
        let is_system_user = text(record, "user_type") == "System User";
        visit
            .cookies
            .set("system_user", if is_system_user { "yes" } else { "no" });
        visit.cookies.set("full_name", &full_name);
        visit.cookies.set("user_id", &visit.user.clone());
        visit.cookies.set("user_image", text(record, "user_image"));
        if is_new {
            let (message, home_page) = if is_system_user {
                ("Logged In", "/app/home")
            } else {
                ("No App", "/me")
            };
            visit.response.insert("message".to_owned(), json!(message));
            visit
                .response
                .insert("home_page".to_owned(), json!(home_page));
            visit
                .response
                .insert("full_name".to_owned(), json!(full_name));
        }
    }

    fn authenticate(&mut self, visit: &Visit) -> Result<String, Failure> {
        let pending = self.pending(visit.parameter("tmp_id"));
        let (name, password) = match pending {
            Some(pending) => (pending.user, pending.password),
            None => {
                let sent = |name: &str| {
                    visit
                        .form
                        .get(name)
                        .map(|value| cells::text(value).into_owned())
                };
                (
                    sent("usr").unwrap_or_default(),
                    sent("pwd").unwrap_or_default(),
                )
            }
        };
        if name.is_empty() || password.is_empty() {
            return Err(Failure::sign_in("Incomplete login details"));
        }
        if password.chars().count() > MAX_PASSWORD_SIZE {
            return Err(Failure::sign_in(
                "Password size exceeded the maximum allowed size",
            ));
        }
        let found = self.find_user(&name);
        let (now, limits) = (self.now(), self.limits());
        self.require_unlocked(&visit.address, now, limits)?;
        let Some(user) = found else {
            self.attempts.failed(&visit.address, now, limits);
            return Err(Failure::sign_in("Invalid login credentials"));
        };
        let tracked = !(self.needs_second_factor(&user) && visit.form.contains_key("otp"));
        if tracked {
            self.require_unlocked(&user, now, limits)?;
        }
        let enabled = user == ADMINISTRATOR || self.require_enabled(&user).is_ok();
        let problem = if self.password_of(&user) != password {
            "Invalid login credentials"
        } else if !enabled {
            "User disabled or missing"
        } else {
            if tracked {
                self.attempts.succeeded(&user);
            }
            self.attempts.succeeded(&visit.address);
            return Ok(user);
        };
        if tracked {
            self.attempts.failed(&user, now, limits);
        }
        self.attempts.failed(&visit.address, now, limits);
        Err(Failure::sign_in(problem))
    }

    fn find_user(&self, name: &str) -> Option<String> {
        // The address is compared as the database does, but a space in front counts
        // (`login_uppercase_email`, `login_spaces_around_email`).
        let by_name = self.records.get("User", name);
        let by_username = || {
            let by = |field: &'static str| {
                self.records.documents("User").find(|record| {
                    !text(record, field).is_empty() && collation::equal(text(record, field), name)
                })
            };
            let username = self.setting_int("allow_login_using_user_name") != 0;
            let mobile = self.setting_int("allow_login_using_mobile_number") != 0;
            let found = if username { by("username") } else { None };
            found.or_else(|| if mobile { by("mobile_no") } else { None })
        };
        by_name
            .or_else(by_username)
            .map(|record| text(record, "name").to_owned())
    }

    fn limits(&self) -> Limits {
        Limits {
            attempts: self.setting_int("allow_consecutive_login_attempts"),
            interval: self.setting_int("allow_login_after_fail"),
        }
    }

    fn require_unlocked(&self, key: &str, now: Timestamp, limits: Limits) -> Result<(), Failure> {
        if self.attempts.is_locked(key, now, limits) {
            return Err(Failure::locked_out(limits.interval));
        }
        Ok(())
    }

    fn must_reset_password(&self, user: &str) -> bool {
        let days = self.setting_int("force_user_to_reset_password");
        if days <= 0 || user == ADMINISTRATOR {
            return false;
        }
        let last = self
            .records
            .get("User", user)
            .and_then(|record| cells::parse_datetime(text(record, "last_password_reset_date")));
        let since = last.map_or(0, |last| {
            last.date()
                .until(self.today())
                .map_or(0, |span| i64::from(span.get_days()))
        });
        since > days
    }

    fn require_hour(&self, user: &str) -> Result<(), Failure> {
        let Some(record) = self.records.get("User", user) else {
            return Ok(());
        };
        let (after, before) = (int(record, "login_after"), int(record, "login_before"));
        let hour = i64::from(self.site_now().hour());
        if (before > 0 && hour >= before) || (after > 0 && hour < after) {
            return Err(Failure::authentication("Login not allowed at this time"));
        }
        Ok(())
    }

    /// Whether one of the user's roles asks for a second factor (`role_admin`).
    fn needs_second_factor(&self, user: &str) -> bool {
        self.setting_int("enable_two_factor_auth") != 0
            && user != ADMINISTRATOR
            && roles_of(&self.records, user)
                .iter()
                .any(|role| self.second_factor_roles.contains(role))
    }

    fn pending(&self, tmp_id: &str) -> Option<Pending> {
        let now = self.now();
        self.pending
            .get(tmp_id)
            .filter(|pending| now < pending.ends)
            .cloned()
    }

    /// Asks for the code or checks it; `false` while it was only asked for.
    fn second_factor(&mut self, visit: &mut Visit, user: &str) -> Result<bool, Failure> {
        let code = visit
            .form
            .get("otp")
            .map(|code| cells::text(code).into_owned());
        let Some(code) = code.filter(|code| !code.is_empty()) else {
            self.ask_for_code(visit, user);
            return Ok(false);
        };
        if !visit.form.contains_key("tmp_id") {
            // `twofa_usr_pwd_otp_in_one`
            return Err(Failure::python(
                "TypeError",
                "unsupported operand type(s) for +: 'NoneType' and 'str'",
            ));
        }
        let (now, limits) = (self.now(), self.limits());
        self.require_unlocked(user, now, limits)?;
        if code != self.second_factor_code {
            self.attempts.failed(user, now, limits);
            return Err(Failure::sign_in("Incorrect Verification code"));
        }
        self.without_app.remove(user);
        self.attempts.succeeded(user);
        Ok(true)
    }

    fn ask_for_code(&mut self, visit: &mut Visit, user: &str) {
        const SET_UP: &str = "Please check your registered email address for instructions on how \
            to proceed. Do not close this window as you will have to return to it.";
        const SENT: &str = "Verification code has been sent to your registered email address.";
        let method = self.setting("two_factor_method").to_owned();
        let by_mail = |prompt: &str| json!({"token_delivery": true, "prompt": prompt, "method": "Email", "setup": true});
        let (verification, mailed) = match method.as_str() {
            "SMS" => (
                json!({
                    "token_delivery": true,
                    "prompt": "Enter verification code sent to +316******678",
                    "method": "SMS",
                    "setup": true,
                }),
                false,
            ),
            "OTP App" if !self.without_app.contains(user) => {
                (json!({"method": "OTP App", "setup": true}), false)
            }
            "OTP App" => (by_mail(SET_UP), true),
            _ => (by_mail(SENT), true),
        };
        let tmp_id = hash(8);
        let seconds = if matches!(method.as_str(), "SMS" | "Email") {
            300
        } else {
            180
        };
        let ends = self
            .now()
            .saturating_add(SignedDuration::from_secs(seconds));
        let pending = Pending {
            user: user.to_owned(),
            password: self.password_of(user),
            ends: ends.unwrap_or(Timestamp::MAX),
        };
        self.pending.insert(tmp_id.clone(), pending);
        visit
            .response
            .insert("verification".to_owned(), verification);
        visit.response.insert("tmp_id".to_owned(), json!(tmp_id));
        if mailed {
            become_mailer(visit);
        }
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

/// Sending a mail leaves Frappe with another user's name for a sid, worthless as a session
/// (`forced_reset_login`, `forced_reset_session_is_guest`).
fn become_mailer(visit: &mut Visit) {
    visit.cookies.set("sid", ADMINISTRATOR);
}

/// A sign-in that did not start a session still answers as a method without a result.
pub(super) fn method_result(value: Value) -> serde_json::Map<String, Value> {
    let mut map = serde_json::Map::new();
    map.insert("message".to_owned(), value);
    map
}
