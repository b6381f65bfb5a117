//! Somebody with a browser: a cookie jar of one cookie, and no following of redirects.

use std::net::SocketAddr;

use reqwest::header::{ACCEPT, COOKIE, HeaderMap, SET_COOKIE};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;

/// Somebody with a browser.
#[derive(Clone)]
pub struct Visitor {
    client: Client,
    base: String,
    /// The cookie, as `name=value`.
    pub cookie: Option<String>,
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
        }
    }

    /// The same browser at another replica.
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.clone()
        }
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

    /// A request with the visitor's cookie, to be changed before it is sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.cookie {
            Some(cookie) => request.header(COOKIE, cookie),
            None => request,
        }
    }

    /// Sends a request and keeps the cookie that comes back.
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
            let is_empty = pair
                .split_once('=')
                .is_none_or(|(_, value)| value.is_empty());
            self.cookie = (!is_empty).then(|| pair.to_owned());
        }
        Answer {
            status,
            headers,
            body,
        }
    }
}
