//! What the client promises over the wire, tried against a loopback server: what goes out with each
//! question, and what comes of answers that no recording has. Here is the server; the tests are in
//! the files beside.

mod files;
mod outages;
mod passwords;
mod questions;

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU32,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::*;
use crate::clock::Clock;

const ANNA: &str = "anna@acme.example";
const SID: &str = "5ec2e7";
const COOKIES: [(&str, &str); 2] = [
    ("set-cookie", "sid=5ec2e7; Path=/"),
    ("set-cookie", "user_id=anna%40acme.example; Path=/"),
];

/// A question as the server saw it.
#[derive(Clone, Debug)]
struct Seen {
    method: String,
    target: String,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn header(&self, name: &str) -> Vec<&str> {
        let values = self.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    }
}

/// A server that gives prepared answers, one after the other, and remembers the questions.
#[derive(Clone, Default)]
struct Site {
    answers: Arc<Mutex<VecDeque<Response<Body>>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Site {
    async fn answering(answers: impl IntoIterator<Item = Response<Body>>) -> (Self, Connection) {
        let site = Self::default();
        site.answers.lock().unwrap().extend(answers);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let connection = connection_to(&listener);
        let server = Router::new().fallback(answer).with_state(site.clone());
        tokio::spawn(async move { axum::serve(listener, server).await });
        (site, connection)
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn answer(State(site): State<Site>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    site.seen.lock().unwrap().push(Seen {
        method: parts.method.to_string(),
        target: parts.uri.to_string(),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    });
    let answer = site.answers.lock().unwrap().pop_front();
    answer.expect("more questions than answers")
}

fn connection_to(listener: &TcpListener) -> Connection {
    let site = format!("http://{}", listener.local_addr().unwrap());
    Connection::site(site.parse().unwrap())
}

fn client(connection: Connection) -> Client {
    Client::new(connection, Clock::manual(Timestamp::UNIX_EPOCH)).unwrap()
}

fn reply(status: u16, headers: &[(&str, &str)], body: &Value) -> Response<Body> {
    let mut reply = Response::builder()
        .status(status)
        .header("content-type", "application/json");
    for (name, value) in headers {
        reply = reply.header(*name, *value);
    }
    reply.body(body.to_string().into()).unwrap()
}

fn html(status: u16) -> Response<Body> {
    let reply = Response::builder().status(status);
    let reply = reply.header("content-type", "text/html");
    reply.body("<h1>nginx</h1>".into()).unwrap()
}

fn forbidden(headers: &[(&str, &str)]) -> Response<Body> {
    reply(403, headers, &json!({"exc_type": "PermissionError"}))
}

fn caller() -> Caller {
    Caller {
        sid: Sid::parse(SID).unwrap(),
        user: UserId::parse(ANNA).unwrap(),
        address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7)),
    }
}

fn field(name: &str) -> FieldName {
    FieldName::parse(name).unwrap()
}

fn jobs() -> ListQuery {
    let doctype = DocType::parse("Transport Job").unwrap();
    ListQuery::new(doctype, vec![field("status")], NonZeroU32::new(20).unwrap())
}

fn jobs_named(count: usize) -> ListQuery {
    let names = (0..count).map(|number| format!("TRJ{number:09}"));
    ListQuery {
        filters: vec![Filter::one_of(FieldName::name(), names)],
        ..jobs()
    }
}
