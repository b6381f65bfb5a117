//! Signing in: password, lock-out, forced reset, and the session at the end; the second factor
//! stands beside.
//!
//! Frappe's `LoginManager`. Recorded as `login_*` and `forced_reset_*`.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::answers::{Failure, hash};
use super::attempts::Limits;
use super::cells;
use super::collation;
use super::grants::ADMINISTRATOR;
use super::records::{Record, int, text};
use super::second_factor::become_mailer;
use super::state::{Session, State};
use super::visit::Visit;

/// Longer passwords are refused unread (`login_password_too_long`).
pub(super) const MAX_PASSWORD_SIZE: usize = 512;

impl State {
    pub(super) fn log_in(&mut self, visit: &mut Visit) -> Result<(), Failure> {
        if self.setting_int("disable_user_pass_login") != 0 {
            return Err(Failure::authentication(
                "Login with username and password is not allowed.",
            ));
        }
        let user = self.authenticate(visit)?;
        if self.must_reset_password(&user) {
            let address = self.reset_link(visit, &user, true);
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

    pub(super) fn set_user_info(&self, visit: &mut Visit, is_new: bool) {
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
        let sent = |name: &str| {
            visit
                .form
                .get(name)
                .map(|value| cells::text(value).into_owned())
        };
        let (name, password) = pending.map_or_else(
            || {
                (
                    sent("usr").unwrap_or_default(),
                    sent("pwd").unwrap_or_default(),
                )
            },
            |pending| (pending.user, pending.password),
        );
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

    pub(super) fn limits(&self) -> Limits {
        Limits {
            attempts: self.setting_int("allow_consecutive_login_attempts"),
            interval: self.setting_int("allow_login_after_fail"),
        }
    }

    pub(super) fn require_unlocked(
        &self,
        key: &str,
        now: Timestamp,
        limits: Limits,
    ) -> Result<(), Failure> {
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
}
