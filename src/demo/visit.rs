//! One request while it is being answered: what was sent, who asks, what goes into the answer.
//!
//! Reads a request as Frappe does: the query and a form together, or a JSON body alone; the
//! client's address from the first entry of `X-Forwarded-For`; the session from the `sid` cookie
//! or parameter. Collects cookies and the extra keys of the answer.

use axum::http::{HeaderMap, header};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::answers::Failure;
use super::grants::GUEST;

/// The cookies that Frappe sets together, in its order.
const COOKIES: [&str; 5] = ["sid", "system_user", "full_name", "user_id", "user_image"];

/// What Python's `quote` leaves as it is.
const UNQUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'_')
    .remove(b'.')
    .remove(b'-')
    .remove(b'~')
    .remove(b'/');

/// One request.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) method: String,
    /// The path with its percent signs, as it came over the wire.
    pub(super) path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
    pub(super) form: Map<String, Value>,
    pub(super) accept: String,
    pub(super) address: String,
    pub(super) forwarded_for: Option<String>,
    pub(super) host: String,
    pub(super) authorization: String,
    pub(super) asks_x_accel: bool,
    cookie_sid: Option<String>,
    is_https: bool,

    pub(super) user: String,
    pub(super) sid: String,
    /// What the answer holds besides its data, such as `session_expired`.
    pub(super) response: Map<String, Value>,
    pub(super) printed: Vec<Value>,
    /// What an answer that is no failure has for a status (`update_password_bad_key`).
    pub(super) status: u16,
    pub(super) cookies: Cookies,
    /// Whether the sign-in part is done: only then does a failure clear cookies.
    pub(super) is_settled: bool,
    pub(super) max_age: i64,
}

/// The cookies of an answer.
#[derive(Debug, Default)]
pub(super) struct Cookies {
    set: Vec<(&'static str, String)>,
    pub(super) clear: bool,
}

impl Cookies {
    pub(super) fn set(&mut self, name: &'static str, value: &str) {
        self.set.retain(|(known, _)| *known != name);
        self.set.push((name, value.to_owned()));
    }
}

impl Visit {
    /// Reads the head of a request.
    pub(super) fn new(method: &str, path: &str, query: &str, headers: &HeaderMap) -> Self {
        let text = |name: &str| {
            headers
                .get(name)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let forwarded_for = text("x-forwarded-for");
        let address = forwarded_for
            .as_deref()
            .and_then(|list| list.split(',').next())
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .unwrap_or("127.0.0.1");
        let sid = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .filter_map(|cookie| cookie.trim().split_once('='))
            .find(|(name, _)| *name == "sid")
            .map(|(_, value)| percent_decode_str(value).decode_utf8_lossy().into_owned());
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            body: None,
            form: Map::new(),
            accept: text("accept").unwrap_or_default(),
            address: address.to_owned(),
            forwarded_for,
            host: text("host").unwrap_or_else(|| "localhost".to_owned()),
            authorization: text("authorization").unwrap_or_default(),
            asks_x_accel: text("x-use-x-accel-redirect").is_some(),
            cookie_sid: sid,
            is_https: text("x-forwarded-proto").as_deref() == Some("https"),
            user: GUEST.to_owned(),
            sid: GUEST.to_owned(),
            response: Map::new(),
            printed: Vec::new(),
            status: 200,
            cookies: Cookies::default(),
            is_settled: false,
            max_age: 0,
        }
    }

    /// Reads the body: JSON stands alone, a form adds to the query.
    pub(super) fn read_body(&mut self, content_type: &str, body: &[u8]) -> Result<(), Failure> {
        let is_json = content_type.starts_with("application/json");
        if is_json && !body.is_empty() {
            let sent: Value =
                serde_json::from_slice(body).map_err(|error| Failure::not_json(&error))?;
            self.body = Some(sent.clone());
            match sent {
                Value::Object(map) => self.form = map,
                Value::Array(list) => {
                    self.form.insert("data".to_owned(), Value::Array(list));
                }
                _ => return Err(Failure::validation("Invalid request arguments")),
            }
            return Ok(());
        }
        for (name, value) in &self.query {
            self.form
                .entry(name.clone())
                .or_insert_with(|| json!(value));
        }
        if content_type.starts_with("application/x-www-form-urlencoded") {
            let mut sent: Map<String, Value> = Map::new();
            for (name, value) in form_urlencoded::parse(body) {
                sent.entry(name.into_owned())
                    .or_insert_with(|| json!(value));
            }
            self.form.extend(sent);
        }
        self.form.remove("_");
        Ok(())
    }

    /// A parameter as text, empty where it was not sent.
    pub(super) fn parameter(&self, name: &str) -> &str {
        self.form
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// The sid that was sent.
    pub(super) fn sent_sid(&self) -> &str {
        let parameter = self.parameter("sid");
        if parameter.is_empty() {
            self.cookie_sid.as_deref().unwrap_or(GUEST)
        } else {
            parameter
        }
    }

    /// The path as a client means it.
    pub(super) fn decoded_path(&self) -> String {
        percent_decode_str(&self.path)
            .decode_utf8_lossy()
            .into_owned()
    }

    /// Whether errors are told as JSON rather than as a page (`error_permission_*`).
    pub(super) fn wants_json(&self) -> bool {
        self.accept.contains("application/json")
            || (self.path.starts_with("/api/") && !self.accept.starts_with("text"))
    }

    /// The `Set-Cookie` headers, as recorded: session cookies first, then those that end.
    pub(super) fn set_cookies(&self, now: Timestamp) -> Vec<String> {
        let at = |seconds: i64| {
            let moment = now.saturating_add(jiff::SignedDuration::from_secs(seconds));
            moment
                .unwrap_or(now)
                .strftime("%a, %d %b %Y %H:%M:%S GMT")
                .to_string()
        };
        let secure = if self.is_https { "Secure; " } else { "" };
        let mut headers: Vec<String> = self
            .cookies
            .set
            .iter()
            .map(|(name, value)| {
                let value = utf8_percent_encode(value, UNQUOTED);
                if *name == "sid" {
                    let age = self.max_age;
                    format!(
                        "sid={value}; Expires={}; Max-Age={age}; {secure}HttpOnly; Path=/; \
                         SameSite=Lax",
                        at(age)
                    )
                } else {
                    format!("{name}={value}; {secure}Path=/; SameSite=Lax")
                }
            })
            .collect();
        if self.cookies.clear {
            let yesterday = at(-24 * 60 * 60);
            headers.extend(
                COOKIES
                    .iter()
                    .map(|name| format!("{name}=; Expires={yesterday}; Path=/")),
            );
        }
        headers
    }
}
