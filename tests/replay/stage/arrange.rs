//! What brings the site into the state that a recording names: settings, second factors, lock-outs,
//! keys, service accounts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use quayfront::demo::{MailContent, SecondFactor};
use serde_json::{Value, json};

use super::super::recording::{Recording, Request, header};
use super::{PASSWORD, RESET_PASSWORD, SECRET, Stage, after};

const UPDATE_PASSWORD: &str = "/api/method/frappe.core.doctype.user.user.update_password";
/// Whose keys were used where a recording does not say.
const FORGETFUL: &str = "lockme@cobalt-marine.example";

/// `DocType`, name, field and the value before.
pub(super) type Change = (String, String, String, Value);

impl Stage {
    /// Service accounts sign with keys that were not recorded, and one of them was made for the
    /// recording alone (`reader_portal_settings_doc` names its roles).
    pub(super) fn hire_service_accounts(&mut self, recordings: &[Recording]) {
        let with_tokens = recordings.iter().filter(|recording| {
            recording
                .request
                .as_ref()
                .is_some_and(|request| header(&request.headers, "Authorization").is_some())
        });
        for recording in with_tokens {
            let user = recording.as_user.clone();
            if !user.starts_with("svc-") || self.keys.contains_key(&user) {
                continue;
            }
            if self.site.record("User", &user).is_none() {
                self.site.insert_record(
                    "User",
                    json!({"name": user, "enabled": 1, "user_type": "System User", "email": user}),
                );
                for role in [
                    "Sales User",
                    "Stock User",
                    "Transport User",
                    "Warehouse User",
                    "Website Manager",
                ] {
                    self.site.add_role(&user, role);
                }
            }
            let key = format!("key-of-{}", user.split('@').next().unwrap_or_default());
            self.site.set_api_key(&user, &key, SECRET);
            self.keys.insert(user, key);
        }
        // A Basic header was recorded as it was; what succeeded with it is its owner's.
        for recording in recordings
            .iter()
            .filter(|recording| recording.response.status == 200)
        {
            let headers = recording
                .request
                .as_ref()
                .map(|request| request.headers.as_slice());
            let token = header(headers.unwrap_or_default(), "Authorization")
                .and_then(|value| value.strip_prefix("Basic "))
                .and_then(|token| STANDARD.decode(token).ok())
                .and_then(|pair| String::from_utf8(pair).ok());
            if let Some((key, secret)) = token.as_deref().and_then(|pair| pair.split_once(':')) {
                self.site.set_api_key(&recording.as_user, key, secret);
            }
        }
    }

    /// The Print Formats that recordings list; the data set has none. One that Frappe failed to print
    /// shows something of a host that is not there.
    pub(super) fn take_print_formats(&mut self, recordings: &[Recording]) {
        let asked = |recording: &Recording, name: &str| {
            let request = recording.request.as_ref();
            request.is_some_and(|request| request.parameter("format").as_deref() == Some(name))
        };
        let listing = recordings.iter().filter(|recording| {
            let resource = recording.request.as_ref().and_then(Request::resource);
            resource.is_some_and(|(doctype, _)| doctype == "Print Format")
        });
        for row in listing
            .filter_map(|recording| recording.response.body.as_ref()?.get("data")?.as_array())
            .flatten()
        {
            let name = row["name"].as_str().unwrap_or_default();
            let is_broken = recordings
                .iter()
                .any(|recording| recording.exc_type() == "OSError" && asked(recording, name));
            let mut format = row.clone();
            let html = if is_broken {
                "https://cdn.example/logo.png"
            } else {
                "name"
            };
            format["html"] = json!(html);
            self.site.insert_record("Print Format", format);
            self.inventory.gain("Print Format");
        }
    }

    /// The state that stands before anybody signs in.
    pub(super) async fn arrange(
        &mut self,
        recording: &Recording,
        request: &Request,
    ) -> Vec<Change> {
        let mut settings: Vec<(String, Value)> = Vec::new();
        for name in [
            "force_user_to_reset_password",
            "disable_user_pass_login",
            "allow_error_traceback",
        ] {
            if let Some(value) = recording.given.get(name) {
                settings.push((name.to_owned(), value.clone()));
            }
        }
        if recording.given.get("strict_user_permissions") == Some(&json!(true)) {
            settings.push(("apply_strict_user_permissions".to_owned(), json!(1)));
        }
        // Some notes name a setting where `given` does not.
        for name in ["allow_login_using_user_name", "deny_multiple_sessions"] {
            if recording.note.contains(&format!("{name}=1")) {
                settings.push((name.to_owned(), json!(1)));
            }
        }
        if let Some(expiry) = after(&recording.note, "session_expiry ", 5) {
            settings.push(("session_expiry".to_owned(), json!(expiry)));
        }
        let mut undo: Vec<Change> = settings
            .into_iter()
            .map(|(name, value)| self.change("System Settings", "", &name, value))
            .collect();
        let user = recording.session_user();
        if recording.given.contains_key("force_user_to_reset_password") {
            // Only who changed it long ago must change it (`forced_reset_login`).
            let long_ago = json!("2026-01-01");
            undo.push(self.change("User", &user, "last_password_reset_date", long_ago));
        }
        for field in ["login_before", "login_after"] {
            let hour = after(&recording.note, &format!("User.{field}="), 2);
            if let Some(hour) = hour.and_then(|hour| hour.trim_matches(',').parse::<i64>().ok()) {
                undo.push(self.change("User", &user, field, json!(hour)));
            }
        }
        match recording.given("second_factor") {
            Some(method) if method.contains("not set up") => {
                self.site.set_two_factor(SecondFactor::AppNotSetUp);
            }
            Some(method) if method.starts_with("OTP App") => {
                self.site.set_two_factor(SecondFactor::App);
            }
            Some("Email") => self.site.set_two_factor(SecondFactor::Email),
            _ => {}
        }
        if recording.note.contains("deny_multiple_sessions=1")
            && let Some(user) = request.parameter("usr")
        {
            self.first_session = Some(self.sign_in(&user).await);
            self.sids.remove(&user);
        }
        match recording.given("locked") {
            Some("user") => {
                let user = request.parameter("usr").unwrap_or_default();
                for _ in 0..11 {
                    self.fail_to_sign_in(&user, None).await;
                }
            }
            Some("address of the request") => {
                let address = header(&request.headers, "X-Forwarded-For").map(str::to_owned);
                for number in 0..11 {
                    self.fail_to_sign_in(&format!("nobody{number}"), address.as_deref())
                        .await;
                }
            }
            _ => self.clock.advance(SignedDuration::ZERO),
        }
        undo
    }

    fn change(&self, doctype: &str, name: &str, field: &str, value: Value) -> Change {
        let before = if doctype == "System Settings" {
            let before = self.site.system_setting(field);
            self.site.set_system_setting(field, value);
            before
        } else {
            let record = self.site.record(doctype, name).unwrap_or_default();
            self.site.set_record_field(doctype, name, field, value);
            record.get(field).cloned().unwrap_or_default()
        };
        (
            doctype.to_owned(),
            name.to_owned(),
            field.to_owned(),
            before,
        )
    }

    /// What happened to the site since the session began.
    pub(super) fn arrange_after_sign_in(&mut self, recording: &Recording) {
        let user = recording.session_user();
        if recording.given("user") == Some("disabled since") {
            self.site.disable_user(&user);
            self.sids.remove(&user);
        }
        if recording.given.get("maintenance") == Some(&json!(true)) {
            self.site.set_maintenance(true);
        }
        if recording.note.contains("before restrict_ip was set") {
            self.site.set_restrict_ip(&user, "192.0.2.");
        } else if !user.is_empty() {
            self.site.set_restrict_ip(&user, "");
        }
    }

    /// The old password that a change was made with, and the key that a request carries: a fresh
    /// one, or one that has been used.
    pub(super) async fn arrange_password(&mut self, recording: &Recording, request: &Request) {
        let owner = password_owner(recording);
        if let Some(old) = request.parameter("old_password")
            && recording.response.status == 200
        {
            let old = self.filled(recording, &old);
            self.site.set_password(&owner, &old);
        }
        let Some(Value::String(body)) = &request.body else {
            return;
        };
        if !body.contains("__RESET_KEY__") {
            return;
        }
        self.reset_key = self.mailed_key(&owner).await;
        let is_used = recording.given("reset_key") == Some("used")
            || recording.note.contains("used a second time");
        if is_used {
            let form = [("key", self.reset_key.as_str()), ("new_password", PASSWORD)];
            let answer = self.post(UPDATE_PASSWORD, &form, &self.someone()).await;
            assert_eq!(answer.status, 200, "a fresh key is taken");
        }
    }

    async fn mailed_key(&self, user: &str) -> String {
        let answer = self
            .post(RESET_PASSWORD, &[("user", user)], &self.someone())
            .await;
        assert_eq!(answer.status, 200, "{user} gets a mail");
        let mails = self.site.mails();
        let Some(MailContent::ResetLink(link)) = mails.last().map(|mail| &mail.content) else {
            panic!("{user} got no mail");
        };
        let (_, key) = link.split_once("key=").expect("a key in the link");
        key.to_owned()
    }
}

/// Whose password a recording is about.
pub(super) fn password_owner(recording: &Recording) -> String {
    match recording.session_user().as_str() {
        "" | "Guest" => FORGETFUL.to_owned(),
        user => user.to_owned(),
    }
}
