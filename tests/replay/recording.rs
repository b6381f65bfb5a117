//! Recorded exchanges, as `recordings/README.md` describes their files.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

/// One exchange, or a delivery that the site sent by itself.
#[derive(Clone)]
pub struct Recording {
    pub case: String,
    pub as_user: String,
    pub note: String,
    pub given: Map<String, Value>,
    /// `None` for a delivery.
    pub request: Option<Request>,
    pub response: Response,
    /// When it was answered; the start of the day where the answer does not say.
    pub at: Option<Timestamp>,
}

#[derive(Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub parameters: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
}

#[derive(Clone, Default)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Option<Value>,
    pub is_cut: bool,
}

fn text(value: &Value, name: &str) -> String {
    value
        .get(name)
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

fn pairs(value: &Value, name: &str) -> Vec<(String, String)> {
    let pairs = value
        .get(name)
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let word = |pair: &Value, at: usize| {
        pair.get(at)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    pairs
        .iter()
        .map(|pair| (word(pair, 0), word(pair, 1)))
        .collect()
}

pub fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = headers
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

impl Recording {
    /// All exchanges of a folder, in the order in which they were made.
    pub fn read_all(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder)
            .unwrap_or_else(|error| panic!("the recordings in {}: {error}", folder.display()));
        let mut recordings: Vec<Self> = entries
            .map(|entry| entry.expect("a file").path())
            .filter(|path| {
                path.extension()
                    .is_some_and(|extension| extension == "json")
            })
            .map(|path| {
                let text = fs::read_to_string(&path).expect("a recording");
                let value = serde_json::from_str(&text)
                    .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                Self::read(&value)
            })
            .collect();
        recordings.sort_by(|left, right| (left.at, &left.case).cmp(&(right.at, &right.case)));
        recordings
    }

    fn read(value: &Value) -> Self {
        let request = value.get("request").map(|request| Request {
            method: text(request, "method"),
            path: text(request, "path"),
            query: text(request, "query"),
            parameters: pairs(request, "query_decoded"),
            headers: pairs(request, "headers"),
            body: request.get("body").filter(|body| !body.is_null()).cloned(),
        });
        let response = value.get("response").cloned().unwrap_or_default();
        let headers = pairs(&response, "headers");
        let date = header(&headers, "Date");
        let at = date
            .and_then(|date| rfc2822::parse(&date.replace("GMT", "+0000")).ok())
            .map(|moment| moment.timestamp());
        let note = text(value, "note");
        let is_cut = response.get("truncated") == Some(&Value::Bool(true))
            || response.get("cut") == Some(&Value::Bool(true))
            || [
                "cut by the recorder",
                "Cut by the recorder",
                "kept;",
                "counts kept",
            ]
            .iter()
            .any(|words| note.contains(words));
        Self {
            case: text(value, "case"),
            as_user: text(value, "as_user"),
            given: value
                .get("given")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            request,
            response: Response {
                status: response
                    .get("status")
                    .and_then(Value::as_u64)
                    .and_then(|status| u16::try_from(status).ok())
                    .unwrap_or_default(),
                body: response.get("body").filter(|body| !body.is_null()).cloned(),
                headers,
                is_cut,
            },
            note,
            at,
        }
    }

    pub fn given(&self, name: &str) -> Option<&str> {
        self.given.get(name).and_then(Value::as_str)
    }

    /// The text of an error's `exc_type`, empty where there is none.
    pub fn exc_type(&self) -> &str {
        let body = self.response.body.as_ref();
        body.and_then(|body| body.get("exc_type"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Whose session the request came with: the cookie says it in full.
    pub fn session_user(&self) -> String {
        let cookie = self
            .request
            .as_ref()
            .and_then(|request| header(&request.headers, "Cookie"));
        let named = cookie.and_then(|cookie| {
            cookie
                .split(';')
                .find_map(|part| part.trim().strip_prefix("user_id="))
        });
        let decode = |name: &str| percent_decode_str(name).decode_utf8_lossy().into_owned();
        // A token's owner has the cookies of nobody.
        match named.map(decode) {
            Some(user) if user != "Guest" => user,
            _ => self.as_user.clone(),
        }
    }
}

impl Request {
    /// The parts of a resource's path: `DocType`, and name if it is one document.
    pub fn resource(&self) -> Option<(String, Option<String>)> {
        let rest = self
            .path
            .strip_prefix("/api/resource/")?
            .trim_end_matches('/');
        let decode = |part: &str| percent_decode_str(part).decode_utf8_lossy().into_owned();
        Some(match rest.split_once('/') {
            Some((doctype, name)) => (decode(doctype), Some(decode(name))),
            None => (decode(rest), None),
        })
    }

    pub fn method_name(&self) -> Option<&str> {
        self.path.strip_prefix("/api/method/")
    }

    /// A parameter, wherever it stood.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let of_query = self.parameters.iter().find(|(known, _)| known == name);
        let of_body = || match self.body.as_ref()? {
            Value::String(form) => form_urlencoded::parse(form.as_bytes())
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned()),
            Value::Object(map) => {
                let inner = map.get("data").and_then(Value::as_object);
                let value = map.get(name).or_else(|| inner?.get(name))?;
                Some(
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned),
                )
            }
            _ => None,
        };
        of_query.map(|(_, value)| value.clone()).or_else(of_body)
    }
}
