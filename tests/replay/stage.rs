//! The stage: a demo ERP with the recorded records, and everything that brings it into the state
//! that a recording names and back again.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use quayfront::clock::Clock;
use quayfront::demo::{MailContent, SecondFactor, Site, serve};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::inventory::Inventory;
use super::recording::{Recording, Request, header};

pub const PASSWORD: &str = "a-password-of-the-replay-26";
const SECRET: &str = "a-secret-of-the-replay";
const RESET_PASSWORD: &str = "/api/method/frappe.core.doctype.user.user.reset_password";
const UPDATE_PASSWORD: &str = "/api/method/frappe.core.doctype.user.user.update_password";
/// Whose keys were used where a recording does not say.
const FORGETFUL: &str = "lockme@cobalt-marine.example";

/// What came back.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

pub struct Stage {
    pub site: Arc<Site>,
    clock: Clock,
    client: Client,
    address: String,
    sids: BTreeMap<String, String>,
    /// The session that a second sign-in has ended.
    first_session: Option<String>,
    tmp_id: String,
    reset_key: String,
    pub inventory: Inventory,
    keys: HashMap<String, String>,
    visitors: AtomicU32,
}

impl Stage {
    /// Reads the records and serves them.
    pub async fn set(dataset: &Path, recordings: &[Recording]) -> Self {
        let start = recordings.iter().find_map(|recording| recording.at);
        let clock = Clock::manual(start.unwrap_or(Timestamp::UNIX_EPOCH));
        let site = Site::from_folder(dataset, clock.clone(), PASSWORD).expect("the data set");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(serve(listener, Arc::clone(&site), std::future::pending()));
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        let mut stage = Self {
            site,
            clock,
            client,
            address,
            sids: BTreeMap::new(),
            first_session: None,
            tmp_id: String::new(),
            reset_key: String::new(),
            inventory: Inventory::of(dataset),
            keys: HashMap::new(),
            visitors: AtomicU32::new(0),
        };
        stage.hire_service_accounts(recordings);
        stage
    }

    /// Service accounts sign with keys that were not recorded, and one of them was made for the
    /// recording alone (`reader_portal_settings_doc` names its roles).
    fn hire_service_accounts(&mut self, recordings: &[Recording]) {
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

    /// Brings the site into the recorded state, sends the request, and brings the site back.
    pub async fn play(&mut self, recording: &Recording) -> Answer {
        let request = recording.request.as_ref().expect("a request");
        if let Some(at) = recording.at {
            self.clock.advance(
                at.duration_since(self.clock.now())
                    .max(SignedDuration::ZERO),
            );
        }
        let undo = self.arrange(recording, request).await;
        let cookie = self.cookie(recording, request).await;
        self.arrange_after_sign_in(recording);
        self.arrange_password(recording, request).await;
        let answer = self.send(recording, request, cookie.as_deref()).await;
        if let Some(tmp_id) = answer
            .json()
            .as_ref()
            .and_then(|body| body.get("tmp_id")?.as_str())
        {
            tmp_id.clone_into(&mut self.tmp_id);
        }
        for (doctype, name, field, value) in undo {
            if doctype == "System Settings" {
                self.site.set_system_setting(&field, value);
            } else {
                self.site.set_record_field(&doctype, &name, &field, value);
            }
        }
        self.site.set_maintenance(false);
        // Whoever got another password goes on with the one of this run.
        self.site.set_password(&password_owner(recording), PASSWORD);
        answer
    }

    /// The state that stands before anybody signs in.
    async fn arrange(&mut self, recording: &Recording, request: &Request) -> Vec<Change> {
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
    fn arrange_after_sign_in(&mut self, recording: &Recording) {
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
    async fn arrange_password(&mut self, recording: &Recording, request: &Request) {
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

    /// The cookie to send: the recorded one with a sid of this run.
    async fn cookie(&mut self, recording: &Recording, request: &Request) -> Option<String> {
        let recorded = header(&request.headers, "Cookie")?.to_owned();
        if !recorded.contains("__SID__") {
            return Some(recorded);
        }
        let user = recording.session_user();
        let sid = match recording.given("session") {
            Some("unknown sid") => "00112233445566778899aabbccddeeff0011223344556677".to_owned(),
            Some("signed out") => {
                let sid = self.sign_in(&user).await;
                self.get("/api/method/logout", &sid).await;
                sid
            }
            Some("expired") => {
                self.site.expire_sessions_after(Duration::from_secs(1));
                let sid = self.sign_in(&user).await;
                self.clock.advance(SignedDuration::from_secs(2));
                self.site
                    .set_system_setting("session_expiry", json!("170:00"));
                sid
            }
            _ if recording.note == "the first session" => {
                self.first_session.clone().unwrap_or_default()
            }
            _ => self.live_sid(&user, &recording.note).await,
        };
        Some(recorded.replace("__SID__", &sid))
    }

    /// A live session, or one that has lived as a note says.
    async fn live_sid(&mut self, user: &str, note: &str) -> String {
        let number = |words: &str| after(note, words, 3)?.trim().parse::<i64>().ok();
        if let Some(seconds) = number("idle for more than ") {
            let sid = self.sign_in(user).await;
            self.clock.advance(SignedDuration::from_secs(seconds + 1));
            return sid;
        }
        if let Some((pause, total)) = number("a request every ").zip(number(", after ")) {
            let sid = self.sign_in(user).await;
            for _ in 0..total / pause {
                self.clock.advance(SignedDuration::from_secs(pause));
                self.get("/api/method/ping", &sid).await;
            }
            return sid;
        }
        let known = self
            .sids
            .get(user)
            .filter(|sid| self.site.sessions_of(user).contains(sid));
        if let Some(sid) = known {
            return sid.clone();
        }
        let sid = self.sign_in(user).await;
        self.sids.insert(user.to_owned(), sid.clone());
        sid
    }

    async fn send(&self, recording: &Recording, request: &Request, cookie: Option<&str>) -> Answer {
        let query = self.filled(recording, &request.query);
        let separator = if query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{separator}{query}", self.address, request.path);
        let method = Method::from_bytes(request.method.as_bytes()).expect("a method");
        let mut builder = self.client.request(method, url);
        for (name, value) in &request.headers {
            builder = match name.as_str() {
                "Cookie" => builder.header(name, cookie.unwrap_or_default()),
                "Authorization" => builder.header(name, self.signed(recording, value)),
                _ => builder.header(name, value),
            };
        }
        match &request.body {
            Some(Value::String(body)) => {
                builder = builder.body(self.filled(recording, body));
            }
            Some(body) => {
                let body = self.continued(recording, body.clone()).await;
                builder = builder.body(self.filled(recording, &body.to_string()));
            }
            None => {}
        }
        finish(builder).await
    }

    /// Puts the secrets of this run in the place of the recorded ones.
    fn filled(&self, recording: &Recording, text: &str) -> String {
        let mut text = text
            .replace("__PASSWORD_2__", PASSWORD)
            .replace("__PASSWORD_3__", PASSWORD);
        text = text
            .replace("__PASSWORD__", PASSWORD)
            .replace("__TMP_ID__", &self.tmp_id);
        text = text.replace("__RESET_KEY__", &self.reset_key);
        // The recorder took the name of who had just mailed for his sid.
        if request_resets(recording) {
            text = text.replace("user=__SID__", "user=Administrator");
        }
        // The code of the day was recorded; where it was right, today's is.
        let is_right = recording.response.status == 200 || text.contains("usr=");
        match after(&text, "otp=", 6).filter(|_| is_right) {
            Some(code) => text.replace(
                &format!("otp={code}"),
                &format!("otp={}", self.site.second_factor_code()),
            ),
            None => text,
        }
    }

    fn signed(&self, recording: &Recording, value: &str) -> String {
        let own = self.keys.get(&recording.as_user);
        let portal = || {
            self.keys
                .iter()
                .find(|(user, _)| user.starts_with("svc-portal"))
        };
        let key = own
            .or_else(|| portal().map(|(_, key)| key))
            .cloned()
            .unwrap_or_default();
        with_placeholder(
            &with_placeholder(value, "__API_KEY", &key),
            "__API_SECRET",
            SECRET,
        )
    }

    /// A list of names that the recorder has cut goes on with the names that the user sees.
    async fn continued(&self, recording: &Recording, mut body: Value) -> Value {
        const WORDS: &str = " names in all";
        let doctype = body
            .get("doctype")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let pointer = "/filters/name/1";
        let cut = body
            .pointer(pointer)
            .and_then(Value::as_array)
            .and_then(|names| {
                let last = names
                    .last()?
                    .as_str()?
                    .strip_prefix("... ")?
                    .strip_suffix(WORDS)?;
                last.parse::<usize>().ok()
            });
        let (Some(count), Some(sid)) = (cut, self.sids.get(&recording.session_user())) else {
            return body;
        };
        let doctype = doctype.replace(' ', "%20");
        let path = format!("/api/resource/{doctype}?order_by=name%20asc&limit_page_length={count}");
        let names: Vec<Value> = self
            .get(&path, sid)
            .await
            .json()
            .and_then(|list| list.get("data")?.as_array().cloned())
            .unwrap_or_default()
            .iter()
            .filter_map(|row| row.get("name").cloned())
            .collect();
        if let Some(list) = body.pointer_mut(pointer) {
            *list = Value::Array(names);
        }
        body
    }

    pub async fn get(&self, path: &str, sid: &str) -> Answer {
        let builder = self.client.get(format!("{}{path}", self.address));
        let builder = builder.header("Accept", "application/json");
        finish(builder.header("Cookie", format!("sid={sid}"))).await
    }

    /// The same list once more, without limits.
    pub async fn whole_list(&self, recording: &Recording) -> Option<Answer> {
        let request = recording.request.as_ref()?;
        let is_limit = |name: &str| matches!(name, "limit" | "limit_page_length" | "limit_start");
        let kept = request
            .parameters
            .iter()
            .filter(|(name, _)| !is_limit(name));
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept)
            .append_pair("limit_page_length", "0")
            .finish();
        let mut builder = self
            .client
            .get(format!("{}{}?{query}", self.address, request.path));
        builder = builder.header("Accept", "application/json");
        builder = if let Some(value) = header(&request.headers, "Authorization") {
            builder.header("Authorization", self.signed(recording, value))
        } else {
            let sid = self.sids.get(&recording.session_user())?;
            builder.header("Cookie", format!("sid={sid}"))
        };
        Some(finish(builder).await)
    }

    fn someone(&self) -> String {
        let number = self.visitors.fetch_add(1, Ordering::Relaxed);
        format!("198.51.{}.{}", number / 250, number % 250)
    }

    async fn sign_in(&self, user: &str) -> String {
        let form = [("usr", user), ("pwd", PASSWORD)];
        let answer = self.log_in(&form, &self.someone()).await;
        let code = self.site.second_factor_code();
        let tmp_id = answer
            .json()
            .and_then(|body| Some(body.get("tmp_id")?.as_str()?.to_owned()));
        let answer = match &tmp_id {
            Some(tmp_id) => {
                self.log_in(&[("tmp_id", tmp_id), ("otp", &code)], &self.someone())
                    .await
            }
            None => answer,
        };
        let sid = answer
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .find_map(|(_, value)| value.strip_prefix("sid="))
            .and_then(|value| value.split(';').next());
        sid.unwrap_or_else(|| panic!("{user} cannot sign in: {}", answer.status))
            .to_owned()
    }

    async fn fail_to_sign_in(&self, user: &str, address: Option<&str>) {
        let someone = self.someone();
        self.log_in(
            &[("usr", user), ("pwd", "wrong")],
            address.unwrap_or(&someone),
        )
        .await;
    }

    async fn log_in(&self, form: &[(&str, &str)], address: &str) -> Answer {
        self.post("/api/method/login", form, address).await
    }

    async fn post(&self, path: &str, form: &[(&str, &str)], address: &str) -> Answer {
        let builder = self
            .client
            .post(format!("{}{path}", self.address))
            .header("Accept", "application/json")
            .header("X-Forwarded-For", address)
            .form(form);
        finish(builder).await
    }
}

/// Whose password a recording is about.
fn password_owner(recording: &Recording) -> String {
    match recording.session_user().as_str() {
        "" | "Guest" => FORGETFUL.to_owned(),
        user => user.to_owned(),
    }
}

fn request_resets(recording: &Recording) -> bool {
    let request = recording.request.as_ref();
    request.is_some_and(|request| request.path == RESET_PASSWORD)
}

/// `DocType`, name, field and the value before.
type Change = (String, String, String, Value);

#[expect(
    clippy::disallowed_methods,
    reason = "the replay sends by itself, through this alone"
)]
async fn finish(builder: RequestBuilder) -> Answer {
    let response = builder.send().await.expect("an answer");
    let status = response.status().as_u16();
    let headers = response
        .headers()
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let body = response.bytes().await.expect("a body").to_vec();
    Answer {
        status,
        headers,
        body,
    }
}

/// Puts a value in the place of `__NAME__` and of `__NAME_OF_WHOM__`.
fn with_placeholder(text: &str, name: &str, value: &str) -> String {
    let Some(start) = text.find(name) else {
        return text.to_owned();
    };
    let rest = &text[start + name.len()..];
    let end = rest.find("__").map_or(rest.len(), |end| end + 2);
    format!("{}{value}{}", &text[..start], &rest[end..])
}

/// The characters that follow some words in a text.
fn after<'a>(text: &'a str, words: &str, length: usize) -> Option<&'a str> {
    let (_, rest) = text.split_once(words)?;
    rest.get(..length.min(rest.len()))
}
