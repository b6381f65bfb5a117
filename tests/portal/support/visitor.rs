//! Somebody with a browser: a cookie jar, and no following of redirects.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use reqwest::header::{ACCEPT, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// Somebody with a browser.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
    /// The session's cookie, as `name=value`.
    pub cookie: Option<String>,
    /// The other cookies, by their names.
    pub kept: BTreeMap<String, String>,
    /// The address that a proxy of ours says he has, if there is one.
    pub address: Option<String>,
}

/// What the portal answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("JSON expected: {}", self.text()))
    }

    /// A header's text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Visitor {
    /// Somebody who has never been here.
    pub fn new(address: SocketAddr) -> Self {
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Self {
            client,
            base: format!("http://{address}"),
            cookie: None,
            kept: BTreeMap::new(),
            address: None,
        }
    }

    /// The same browser at another replica.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.clone()
        }
    }

    /// The same, as the portal's proxy says, at this address.
    pub fn seen_from(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// Asks for a page, as a browser does.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(
            self.request(Method::GET, path)
                .header(ACCEPT, "text/html,*/*;q=0.8"),
        )
        .await
    }

    /// Asks for JSON.
    pub async fn json(&mut self, path: &str) -> Answer {
        self.ask(
            self.request(Method::GET, path)
                .header(ACCEPT, "application/json"),
        )
        .await
    }

    /// Asks for a body that is read as it comes.
    pub async fn open(&self, request: RequestBuilder) -> reqwest::Response {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is a browser, not the portal"
        )]
        let response = request.send().await.expect("the portal answers");
        response
    }

    /// Sends a form from one of the portal's own pages.
    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        self.ask(
            self.request(Method::POST, path)
                .header("sec-fetch-site", "same-origin")
                .form(form),
        )
        .await
    }

    /// Signs in with the form.
    pub async fn sign_in(&mut self, user: &str, password: &str) -> Answer {
        self.post("/login", &[("user", user), ("password", password)])
            .await
    }

    /// A request with the visitor's cookies, to be changed before it is sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        let request = match &self.address {
            Some(address) => request.header("x-forwarded-for", address),
            None => request,
        };
        let kept = self
            .kept
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let cookies: Vec<_> = self.cookie.iter().cloned().chain(kept).collect();
        if cookies.is_empty() {
            request
        } else {
            request.header(COOKIE, cookies.join("; "))
        }
    }

    /// Sends a request and keeps the cookies that come back.
    pub async fn ask(&mut self, request: RequestBuilder) -> Answer {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is a browser, not the portal"
        )]
        let response = request.send().await.expect("the portal answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.expect("a whole answer").to_vec();
        for cookie in headers.get_all(SET_COOKIE) {
            let pair = cookie
                .to_str()
                .expect("text")
                .split(';')
                .next()
                .unwrap_or_default();
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let kept = Some(value.to_owned()).filter(|value| !value.is_empty());
            if name.trim_start_matches("__Host-") == "quayfront" {
                self.cookie = kept.map(|value| format!("{name}={value}"));
            } else if let Some(value) = kept {
                self.kept.insert(name.to_owned(), value);
            } else {
                self.kept.remove(name);
            }
        }
        Answer {
            status,
            headers,
            body,
        }
    }
}
