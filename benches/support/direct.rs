//! Somebody who asks the ERP himself, with nothing in between.

use std::net::SocketAddr;
use std::time::Duration;

use futures::future::join_all;
use quayfront::clock::Clock;
use quayfront::demo::Request;
use reqwest::header::{ACCEPT, COOKIE, SET_COOKIE};
use reqwest::{Client, Method, Url};

use super::asked::Question;

/// A client of the ERP with a session.
#[derive(Clone)]
pub struct Direct {
    client: Client,
    erp: Url,
    cookie: String,
    watch: Clock,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is whoever asks without the portal"
)]
impl Direct {
    /// Signs in.
    pub async fn signed_in(erp: SocketAddr, user: &str, password: &str, watch: Clock) -> Self {
        let client = Client::builder().no_proxy().build().expect("a client");
        let erp: Url = format!("http://{erp}/").parse().expect("an address");
        let address = erp.join("api/method/login").expect("an address");
        let form = [("usr", user), ("pwd", password)];
        let answer = client.post(address).form(&form).send().await;
        let answer = answer.expect("an answer");
        let cookies = answer.headers().get_all(SET_COOKIE).iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
        let sid = cookies.find(|cookie| cookie.starts_with("sid="));
        let cookie = sid.expect("a session").to_owned();
        answer.bytes().await.expect("a whole answer");
        Self {
            client,
            erp,
            cookie,
            watch,
        }
    }

    /// Asks the questions of one step after the other, those of a step side by side, and says how long
    /// the slowest answer of each step took, together.
    pub async fn ask(&self, steps: Vec<Vec<Question>>) -> Duration {
        let mut took = Duration::ZERO;
        for step in steps {
            let answers = step.iter().map(|question| self.time_of(&question.request));
            took += join_all(answers)
                .await
                .into_iter()
                .max()
                .unwrap_or_default();
        }
        took
    }

    /// From the question to the last byte of its answer.
    async fn time_of(&self, request: &Request) -> Duration {
        let method = Method::from_bytes(request.method.as_bytes()).expect("a method");
        let mut address = self.erp.clone();
        address.set_path(&request.path);
        if !request.query.is_empty() {
            address.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut asked = self.client.request(method, address);
        asked = asked.header(COOKIE, &self.cookie);
        asked = asked.header(ACCEPT, "application/json");
        if let Some(from) = &request.x_forwarded_for {
            asked = asked.header("x-forwarded-for", from);
        }
        if let Some(body) = &request.body {
            asked = asked.json(body);
        }
        let began = self.watch.uptime();
        let answer = asked.send().await.expect("an answer");
        // What a user may not read is refused here as it is there.
        assert!(!answer.status().is_server_error(), "{request:?}");
        answer.bytes().await.expect("a whole answer");
        self.watch.uptime().saturating_sub(began)
    }
}
