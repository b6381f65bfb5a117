//! The stage: a demo ERP with the recorded records, and what sends it a recorded request again. What
//! brings it into the state that a recording names stands in `arrange`, the sessions in
//! `sessions`.

mod arrange;
mod changes;
pub mod later;
mod sessions;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{SignedDuration, Timestamp};
use quayfront::clock::Clock;
use quayfront::demo::{Site, serve};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use tokio::net::TcpListener;

use arrange::password_owner;
use changes::Changes;
use later::Later;

use super::inventory::Inventory;
use super::recording::{Recording, Request, header};

pub const PASSWORD: &str = "a-password-of-the-replay-26";
const SECRET: &str = "a-secret-of-the-replay";
/// As long as the recorded one, which the asterisks show.
const WEBHOOK_SECRET: &str = "quay-test-secret";
const RESET_PASSWORD: &str = "/api/method/frappe.core.doctype.user.user.reset_password";

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
    later: Later,
    pub inventory: Inventory,
    keys: HashMap<String, String>,
    visitors: AtomicU32,
    changes: Changes,
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
        let later = Later::after_the_data_set();
        let mut stage = Self {
            site,
            clock,
            client,
            address,
            sids: BTreeMap::new(),
            first_session: None,
            tmp_id: String::new(),
            reset_key: String::new(),
            inventory: Inventory::of(dataset).with(&later),
            later,
            keys: HashMap::new(),
            visitors: AtomicU32::new(0),
            changes: Changes::default(),
        };
        stage.hire_service_accounts(recordings);
        stage.take_print_formats(recordings);
        stage
    }

    /// Moves the time to when a recording was made, and the records to what they were then.
    pub fn move_to(&mut self, recording: &Recording) {
        let Some(at) = recording.at else {
            return;
        };
        let ahead = at.duration_since(self.clock.now());
        self.clock.advance(ahead.max(SignedDuration::ZERO));
        self.changes.end_with_their_series(&self.site, at);
        self.later.happen(&self.site, self.clock.now());
    }

    /// Brings the site into the recorded state, sends the request, and brings the site back.
    pub async fn play(&mut self, recording: &Recording) -> Answer {
        let request = recording.request.as_ref().expect("a request");
        self.move_to(recording);
        self.changes.begin(&self.site, recording);
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

    /// The recording with the names and times of this run in the place of the recorded ones.
    pub fn of_this_run(&mut self, recording: &Recording, answer: &Answer) -> Recording {
        self.changes.learn(recording, answer.json().as_ref());
        let mut recording = recording.clone();
        if let Some(body) = &recording.response.body {
            let text = self.changes.of_this_run(&body.to_string());
            recording.response.body = serde_json::from_str(&text).ok();
        }
        recording
    }

    async fn send(&self, recording: &Recording, request: &Request, cookie: Option<&str>) -> Answer {
        let query = self.filled(recording, &request.query);
        let separator = if query.is_empty() { "" } else { "?" };
        let path = self.changes.of_this_run(&request.path);
        let url = format!("{}{path}{separator}{query}", self.address);
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
                let body = self.changes.of_this_run(&body.to_string());
                builder = builder.body(self.filled(recording, &body));
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
        text = text.replace("__WEBHOOK_SECRET__", WEBHOOK_SECRET);
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

fn request_resets(recording: &Recording) -> bool {
    let request = recording.request.as_ref();
    request.is_some_and(|request| request.path == RESET_PASSWORD)
}

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
