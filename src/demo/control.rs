//! What tests and the demo do to a site behind the portal's back.
//!
//! The administrator's doings (users, roles, permissions, settings), accidents (killed sessions,
//! maintenance, faults) and a look at what was asked. All act at once, on live sessions too.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};

use super::answers::hash;
use super::costs::Costs;
use super::faults::Fault;
use super::made::MadeFile;
use super::onlooker::{Looking, Onlooker};
use super::records::{Record, Records, text};
use super::server::Request;
use super::site::Site;
use super::state::ApiKey;

/// How the site asks for a second factor, of users with a role that demands one
/// (`Portal 2FA`, `role_admin`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// Not at all.
    Off,
    /// By a code in a mail.
    Email,
    /// By a code in a text message.
    Sms,
    /// By an app that everybody has set up.
    App,
    /// By an app that nobody has set up yet: the first sign-in mails how to.
    AppNotSetUp,
}

/// The records of a site at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot(Records);

impl Site {
    /// Ends one session, as when it was signed out elsewhere. Says whether there was one.
    pub fn kill_session(&self, sid: &str) -> bool {
        self.state().sessions.remove(sid).is_some()
    }

    /// Ends all sessions of a user.
    pub fn kill_sessions(&self, user: &str) {
        self.state()
            .sessions
            .retain(|_, session| session.user != user);
    }

    /// The sids of a user's sessions that are still alive.
    #[must_use]
    pub fn sessions_of(&self, user: &str) -> Vec<String> {
        let state = self.state();
        let now = state.now();
        let alive = state
            .sessions
            .iter()
            .filter(|(_, session)| session.user == user && session.is_alive(now));
        alive.map(|(sid, _)| sid.clone()).collect()
    }

    /// Disables a user; sessions stay and are refused (`session_user_disabled_while_logged_in`).
    pub fn disable_user(&self, user: &str) {
        self.set_record_field("User", user, "enabled", json!(0));
    }

    /// Gives a user a User Permission.
    pub fn add_user_permission(
        &self,
        user: &str,
        allow: &str,
        for_value: &str,
        applicable_for: Option<&str>,
    ) {
        let moment = self.state().site_time();
        let permission = json!({
            "name": hash(10),
            "creation": moment,
            "modified": moment,
            "user": user,
            "allow": allow,
            "for_value": for_value,
            "applicable_for": applicable_for,
            "apply_to_all_doctypes": i32::from(applicable_for.is_none()),
            "is_default": 0,
            "hide_descendants": 0,
        });
        self.insert_record("User Permission", permission);
    }

    /// Takes all User Permissions from a user, which opens everything to him.
    pub fn remove_user_permissions(&self, user: &str) {
        let state = &mut *self.state();
        let names: Vec<String> = state
            .records
            .documents("User Permission")
            .filter(|permission| text(permission, "user") == user)
            .map(|permission| text(permission, "name").to_owned())
            .collect();
        for name in names {
            state.records.remove("User Permission", &name);
        }
    }

    /// Takes a role from a user.
    pub fn remove_role(&self, user: &str, role: &str) {
        if let Some(record) = self.state().records.get_mut("User", user)
            && let Some(Value::Array(roles)) = record.get_mut("roles")
        {
            roles.retain(|row| row.get("role").and_then(Value::as_str) != Some(role));
        }
    }

    /// Gives a user a role.
    pub fn add_role(&self, user: &str, role: &str) {
        if let Some(record) = self.state().records.get_mut("User", user) {
            let roles = record.entry("roles").or_insert_with(|| json!([]));
            if let Value::Array(roles) = roles {
                roles.push(json!({
                    "name": hash(10),
                    "role": role,
                    "parent": user,
                    "parentfield": "roles",
                    "parenttype": "User",
                }));
            }
        }
    }

    /// Switches *Apply Strict User Permissions*: an empty link is then nobody's.
    pub fn set_strict_user_permissions(&self, strict: bool) {
        self.set_system_setting("apply_strict_user_permissions", json!(i32::from(strict)));
    }

    /// Sets a value of System Settings; NULL takes it away.
    pub fn set_system_setting(&self, name: &str, value: Value) {
        let state = &mut *self.state();
        let settings = state.records.single_mut("System Settings");
        if value.is_null() {
            settings.remove(name);
        } else {
            settings.insert(name.to_owned(), value);
        }
    }

    /// A value of System Settings as it is stored; NULL where it was never set.
    #[must_use]
    pub fn system_setting(&self, name: &str) -> Value {
        let state = self.state();
        let settings = state.records.single("System Settings");
        settings
            .and_then(|settings| settings.get(name))
            .cloned()
            .unwrap_or_default()
    }

    /// Sets a field of a record, `modified` aside, as `frappe.db.set_value` may. NULL empties it.
    pub fn set_record_field(&self, doctype: &str, name: &str, field: &str, value: Value) {
        if let Some(record) = self.state().records.get_mut(doctype, name) {
            if value.is_null() {
                record.remove(field);
            } else {
                record.insert(field.to_owned(), value);
            }
        }
    }

    /// Sets a field of a Single `DocType`.
    pub fn set_single_field(&self, doctype: &str, field: &str, value: Value) {
        let state = &mut *self.state();
        let single = state.records.single_mut(doctype);
        single.insert(field.to_owned(), value);
    }

    /// Adds rows for role Customer to the custom menu of Portal Settings, for these routes and titles,
    /// as far as it has none for them.
    pub fn name_in_portal_menu<'a>(&self, pages: impl IntoIterator<Item = (&'a str, &'a str)>) {
        let state = &mut *self.state();
        let settings = state.records.single_mut("Portal Settings");
        let menu = settings
            .entry("custom_menu".to_owned())
            .or_insert_with(|| json!([]));
        let Value::Array(rows) = menu else { return };
        for (route, title) in pages {
            if !rows.iter().any(|row| row["route"] == route) {
                rows.push(json!({
                    "name": format!("menu-{}", rows.len() + 1), "idx": rows.len() + 1, "title": title,
                    "enabled": 1, "route": route, "role": "Customer", "parent": "Portal Settings",
                    "parentfield": "custom_menu", "parenttype": "Portal Settings",
                }));
            }
        }
    }

    /// Stores a record, a JSON object with a `name`; one of that name is replaced.
    pub fn insert_record(&self, doctype: &str, record: Value) {
        if let Value::Object(mut record) = record {
            record.retain(|_, value| !value.is_null());
            self.state().records.put(doctype, record);
        }
    }

    /// Deletes a record. Says whether there was one.
    pub fn remove_record(&self, doctype: &str, name: &str) -> bool {
        self.state().records.remove(doctype, name).is_some()
    }

    /// A record as it is stored; a Single `DocType`'s bears the `DocType`'s name.
    #[must_use]
    pub fn record(&self, doctype: &str, name: &str) -> Option<Value> {
        let state = self.state();
        let single = || state.records.single(doctype).filter(|_| name == doctype);
        let record: Option<&Record> = state.records.get(doctype, name).or_else(single);
        record.map(|record| json!(record))
    }

    /// Sets the version of one of the site's apps; without one the site does not have the app.
    pub fn set_version(&self, app: &str, version: Option<&str>) {
        let versions = &mut self.state().versions;
        match version {
            Some(version) => versions.insert(app.to_owned(), version.to_owned()),
            None => versions.remove(app),
        };
    }

    /// Lets a web server in front of the site take every client's address for this one, or ends
    /// that.
    pub fn set_address_of_all(&self, address: Option<&str>) {
        self.state().address_of_all = address.map(str::to_owned);
    }

    /// The names of a `DocType`'s records.
    #[must_use]
    pub fn record_names(&self, doctype: &str) -> Vec<String> {
        let state = self.state();
        let names = state.records.documents(doctype);
        names
            .map(|record| text(record, "name").to_owned())
            .collect()
    }

    /// All records as they are now, to come back to.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.state().records.clone())
    }

    /// Brings the records back to what they were.
    pub fn restore(&self, snapshot: &Snapshot) {
        self.state().records = snapshot.0.clone();
    }

    /// Lets a file hold these bytes.
    pub fn set_file_content(&self, file_url: &str, content: MadeFile) {
        self.state().made.insert(file_url.to_owned(), content);
    }

    /// How many made-up bytes of files have gone out.
    #[must_use]
    pub fn made_bytes_sent(&self) -> u64 {
        self.sent.bytes.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// How many files with made-up bytes are still being sent.
    #[must_use]
    pub fn made_files_open(&self) -> u64 {
        self.sent.open.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Switches maintenance mode: every request is 503 `SessionStopped`.
    pub fn set_maintenance(&self, maintenance: bool) {
        self.state().maintenance = maintenance;
    }

    /// Switches the engine that makes PDFs: without it every print is 500 `OSError`
    /// (`print_pdf_custom_format`).
    pub fn set_pdf_engine(&self, is_there: bool) {
        self.state().prints = is_there;
    }

    /// A document as the Standard format prints it: every field, costs too.
    #[must_use]
    pub fn print_standard(&self, doctype: &str, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        let document = state.records.get(doctype, name)?;
        Some(super::prints::standard(doctype, document))
    }

    /// Lets sessions that begin from now on end after this time without use. Seconds count, no
    /// fractions; Frappe extends a session at most every 600 s.
    pub fn expire_sessions_after(&self, expiry: Duration) {
        let seconds = expiry.as_secs();
        let text = format!(
            "{:02}:{:02}:{:02}",
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60
        );
        self.set_system_setting("session_expiry", json!(text));
    }

    /// Sets how the site asks for a second factor.
    pub fn set_two_factor(&self, method: SecondFactor) {
        let name = match method {
            SecondFactor::Off => None,
            SecondFactor::Email => Some("Email"),
            SecondFactor::Sms => Some("SMS"),
            SecondFactor::App | SecondFactor::AppNotSetUp => Some("OTP App"),
        };
        self.set_system_setting("enable_two_factor_auth", json!(i32::from(name.is_some())));
        if let Some(name) = name {
            self.set_system_setting("two_factor_method", json!(name));
        }
        let state = &mut *self.state();
        state.without_app.clear();
        if method == SecondFactor::AppNotSetUp {
            let users = state.records.documents("User");
            state.without_app = users.map(|user| text(user, "name").to_owned()).collect();
        }
    }

    /// The code that the second factor takes, always the same.
    #[must_use]
    pub fn second_factor_code(&self) -> String {
        self.state().second_factor_code.clone()
    }

    /// Whether passwords that were not changed for a day must be changed at sign-in. It concerns
    /// users with a `last_password_reset_date`.
    pub fn set_forced_password_reset(&self, forced: bool) {
        self.set_system_setting("force_user_to_reset_password", json!(i32::from(forced)));
    }

    /// Lets a user in from addresses with these beginnings only; an empty text lifts that.
    pub fn set_restrict_ip(&self, user: &str, prefixes: &str) {
        self.set_record_field("User", user, "restrict_ip", json!(prefixes));
    }

    /// Gives a user a password of his own.
    pub fn set_password(&self, user: &str, password: &str) {
        self.state()
            .passwords
            .insert(user.to_owned(), password.to_owned());
    }

    /// Lets a service account sign its requests with `Authorization: token key:secret`.
    pub fn set_api_key(&self, user: &str, key: &str, secret: &str) {
        let known = ApiKey {
            user: user.to_owned(),
            secret: secret.to_owned(),
        };
        self.state().api_keys.insert(key.to_owned(), known);
    }

    /// Breaks every answer, or mends them again; faults on single paths stay.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.faults
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .everywhere = fault;
    }

    /// Breaks the answers on paths with this beginning (percent signs as sent).
    pub fn set_fault_on(&self, path_prefix: &str, fault: Fault) {
        let faults = &mut *self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.on.retain(|(prefix, _)| prefix != path_prefix);
        faults.on.push((path_prefix.to_owned(), fault));
    }

    /// Mends everything.
    pub fn clear_faults(&self) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) =
            super::faults::Faults::default();
    }

    /// Holds every answer until `n` requests are in flight at the same time, then lets them all
    /// go, and so on; 0 ends it.
    pub fn hold(&self, n: usize) {
        self.hold.set(n);
    }

    /// Lets answers cost what they do from now on, or nothing.
    pub fn set_costs(&self, costs: Option<Arc<Costs>>) {
        *self.costs.lock().unwrap_or_else(PoisonError::into_inner) = costs;
    }

    /// Lets somebody look on from now on.
    pub fn set_onlooker(&self, onlooker: Arc<dyn Onlooker>) {
        *self.looking.lock().unwrap_or_else(PoisonError::into_inner) = Looking::by(onlooker);
    }

    /// Every request since the start or the last [`Site::clear_requests`], in order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
