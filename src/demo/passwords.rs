//! Forgotten, expired and changed passwords: Frappe's `reset_password` and `update_password`.
//!
//! Recorded as `reset_password_*`, `update_password_*` and `forced_reset_*`; what they leave open is
//! as in Frappe's `core/doctype/user/user.py`: the order of the checks, the expiry of keys, the
//! limit of an address and which sessions end.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::{Failure, hash, printed};
use super::grants::{ADMINISTRATOR, GUEST};
use super::mails::{MailContent, require_account};
use super::password_strength::weakness;
use super::records::{int, text};
use super::sign_in::MAX_PASSWORD_SIZE;
use super::state::State;
use super::visit::Visit;

/// How long requests for mails are counted together.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// The keys in force, one for each user: a newer one takes the place of an older.
#[derive(Debug, Default)]
pub(super) struct ResetKeys(HashMap<String, (String, Timestamp)>);

/// How many mails each address has asked for, and since when.
#[derive(Debug, Default)]
pub(super) struct ResetRequests(HashMap<String, (Timestamp, i64)>);

impl ResetRequests {
    /// Counts one more; says how many there are within the hour that the first began.
    fn count(&mut self, address: &str, now: Timestamp) -> i64 {
        let entry = self.0.entry(address.to_owned()).or_insert((now, 0));
        if now.duration_since(entry.0) >= HOUR {
            *entry = (now, 0);
        }
        entry.1 += 1;
        entry.1
    }
}

impl State {
    /// A new key for a user, and the page of the site that takes it.
    pub(super) fn reset_link(&mut self, visit: &Visit, user: &str, expired: bool) -> String {
        let key = hash(56);
        let made = (key.clone(), self.now());
        self.reset_keys.0.insert(user.to_owned(), made);
        let expired = if expired {
            "&password_expired=true"
        } else {
            ""
        };
        self.link(visit, &format!("/update-password?key={key}{expired}"))
    }

    /// Mails a link, three times in an hour for each address. What it answers tells whether there
    /// is such a user.
    pub(super) fn reset_password(&mut self, visit: &mut Visit) -> Result<Option<Value>, Failure> {
        let now = self.now();
        let limit = self.setting_int("password_reset_limit");
        let count = self.reset_requests.count(&visit.address, now);
        if count > if limit > 0 { limit } else { 3 } {
            return Err(Failure::rate_limited());
        }
        if !visit.form.contains_key("user") {
            return Err(missing_argument("reset_password", "user"));
        }
        let Some(record) = self.records.get("User", visit.parameter("user")) else {
            visit.status = 404;
            return Ok(Some(json!("not found")));
        };
        let user = text(record, "name").to_owned();
        if user == ADMINISTRATOR {
            return Ok(Some(json!("not allowed")));
        }
        if int(record, "enabled") == 0 {
            return Ok(Some(json!("disabled")));
        }
        require_account(&self.records)?;
        let link = self.reset_link(visit, &user, false);
        self.send(&user, "Password Reset", MailContent::ResetLink(link));
        visit.printed.push(printed(
            "Password reset instructions have been sent to your email",
            "Password Email Sent",
        ));
        Ok(None)
    }

    /// Sets a password with a key or with the old one, then begins a session for its user.
    pub(super) fn update_password(&mut self, visit: &mut Visit) -> Result<Option<Value>, Failure> {
        if !visit.form.contains_key("new_password") {
            return Err(missing_argument("update_password", "new_password"));
        }
        let new = visit.parameter("new_password").to_owned();
        if new.chars().count() > MAX_PASSWORD_SIZE {
            return Err(Failure::validation(
                "Password size exceeded the maximum allowed size.",
            ));
        }
        self.require_strong(&new)?;
        let (key, old) = (visit.parameter("key"), visit.parameter("old_password"));
        let user = if !key.is_empty() {
            match self.user_of_key(key) {
                Ok(user) => user,
                Err(words) => {
                    visit.status = 410;
                    return Ok(Some(json!(words)));
                }
            }
        } else if old.is_empty() {
            // `update_password_guest_no_key`, and whoever is signed in alike.
            return Err(Failure::python("KeyError", "'user'"));
        } else if visit.user == GUEST || self.password_of(&visit.user) != old {
            return Err(Failure::sign_in("Incorrect password"));
        } else {
            visit.user.clone()
        };
        let ends_others = visit.parameter("logout_all_sessions") == "1"
            || self.setting_int("logout_on_password_reset") != 0;
        self.store_password(visit, &user, &new, ends_others);
        self.reset_keys.0.remove(&user);
        let today = self.today().to_string();
        if let Some(record) = self.records.get_mut("User", &user) {
            record.insert("last_password_reset_date".to_owned(), json!(today));
        }
        self.post_login(visit, &user)?;
        let record = self.records.get("User", &user);
        let is_staff = record.is_some_and(|record| text(record, "user_type") == "System User");
        Ok(Some(json!(if is_staff { "/app" } else { "me" })))
    }

    /// Stores a password, and ends the user's sessions but this one if asked to.
    pub(super) fn store_password(
        &mut self,
        visit: &Visit,
        user: &str,
        new: &str,
        ends_others: bool,
    ) {
        self.passwords.insert(user.to_owned(), new.to_owned());
        if ends_others {
            self.sessions
                .retain(|sid, session| session.user != user || *sid == visit.sid);
        }
    }

    pub(super) fn require_strong(&self, password: &str) -> Result<(), Failure> {
        if self.setting_int("enable_password_policy") == 0 {
            return Ok(());
        }
        match weakness(password) {
            Some(words) => Err(Failure::weak_password(&words)),
            None => Ok(()),
        }
    }

    fn user_of_key(&self, key: &str) -> Result<String, &'static str> {
        let mut keys = self.reset_keys.0.iter();
        let Some((user, (_, made))) = keys.find(|(_, (known, _))| known == key) else {
            return Err("The reset password link has either been used before or is invalid");
        };
        let lifetime = self.setting_int("reset_password_link_expiry_duration");
        let age = self.now().duration_since(*made);
        if lifetime > 0 && age > SignedDuration::from_secs(lifetime) {
            return Err("The reset password link has been expired");
        }
        Ok(user.clone())
    }
}

fn missing_argument(method: &str, name: &str) -> Failure {
    Failure::python(
        "TypeError",
        format!("{method}() missing 1 required positional argument: '{name}'"),
    )
}
