//! A browser that listens to what it is told of its open pages.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::ACCEPT;

use super::Visitor;

/// What comes on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// An event, by its name, and what it says.
    Event(String, String),
    /// That the stream is still there.
    Nothing,
    /// The stream has ended.
    End,
}

/// A stream of events.
pub struct Stream {
    /// Status, headers, and a body that comes as it comes.
    response: reqwest::Response,
    read: String,
}

impl Stream {
    /// Opens a stream for these pages.
    pub async fn open(visitor: &Visitor, pages: &[&str]) -> Self {
        Self::of(visitor, &address(pages)).await
    }

    /// Opens a stream at an address.
    pub async fn of(visitor: &Visitor, address: &str) -> Self {
        let request = visitor
            .request(Method::GET, address)
            .header(ACCEPT, "text/event-stream");
        Self {
            response: visitor.open(request).await,
            read: String::new(),
        }
    }

    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The next that comes.
    pub async fn next(&mut self) -> Told {
        loop {
            if let Some(end) = self.read.find("\n\n") {
                let told = told(&self.read[..end]);
                self.read.drain(..end + 2);
                return told;
            }
            let chunk = tokio::time::timeout(Duration::from_mins(1), self.response.chunk()).await;
            match chunk.expect("something comes in time").expect("whole") {
                Some(chunk) => self.read.push_str(&String::from_utf8_lossy(&chunk)),
                None => return Told::End,
            }
        }
    }

    /// The next that says something.
    pub async fn event(&mut self) -> Told {
        loop {
            match self.next().await {
                Told::Nothing => {}
                told => return told,
            }
        }
    }

    /// Whether nothing is said for a while: an event that is due comes before the stream says that it
    /// is still there.
    pub async fn is_silent(&mut self) -> bool {
        for _ in 0..3 {
            if self.next().await != Told::Nothing {
                return false;
            }
        }
        true
    }
}

/// The address of a stream for these pages, each with its version where one follows after a space.
pub fn address(pages: &[&str]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for page in pages {
        let (page, version) = page.split_once(' ').unwrap_or((page, ""));
        query.append_pair("page", page);
        if !version.is_empty() {
            query.append_pair("version", version);
        }
    }
    format!("/events?{}", query.finish())
}

/// The version of itself that a page names.
pub fn version(page: &str) -> String {
    let (_, rest) = page.split_once("data-version=\"").expect("a version");
    rest.chars().take_while(|letter| *letter != '"').collect()
}

/// That a page has changed.
pub fn changed(page: &str) -> Told {
    Told::Event("changed".to_owned(), page.to_owned())
}

/// That the session has ended.
pub fn ended() -> Told {
    Told::Event("ended".to_owned(), "session".to_owned())
}

fn told(said: &str) -> Told {
    let (mut event, mut data) = (None, String::new());
    for line in said.lines() {
        match line.split_once(':') {
            Some(("event", name)) => event = Some(name.trim_start().to_owned()),
            Some(("data", text)) => data.push_str(text.trim_start()),
            Some(("", _)) => {}
            _ => panic!("no part of an event: {line:?}"),
        }
    }
    event.map_or(Told::Nothing, |event| Told::Event(event, data))
}
