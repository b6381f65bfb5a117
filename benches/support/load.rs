//! Load that costs little itself: requests written beforehand, and answers of which no more is read
//! than where they end.

use std::net::SocketAddr;
use std::time::Duration;

use quayfront::clock::Clock;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::cores::Awake;

/// How many connections there are, each with one request at a time.
pub const CONNECTIONS: usize = 32;

/// What came of a round.
#[derive(Default)]
pub struct Round {
    /// How many answers there were in how much time.
    pub answers: usize,
    /// How long that took.
    pub took: Duration,
    /// How long each answer took.
    pub latencies: Vec<Duration>,
}

impl Round {
    /// Adds another one.
    pub fn add(&mut self, other: Self) {
        self.answers += other.answers;
        self.took += other.took;
        self.latencies.extend(other.latencies);
    }

    /// Answers in a second.
    pub fn per_second(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "there are few enough")]
        let answers = self.answers as f64;
        answers / self.took.as_secs_f64()
    }
}

/// Asks for so long, each connection with requests of its own order out of `requests`. `pick` gives the
/// request that a connection sends next.
pub async fn round(
    server: SocketAddr,
    requests: &'static [Vec<u8>],
    until: Duration,
    pick: impl Fn(usize) -> Box<dyn FnMut() -> usize + Send>,
) -> Round {
    let clock = Clock::system();
    let _awake = Awake::begin();
    let mut asking = Vec::new();
    for connection in 0..CONNECTIONS {
        let (mut next, clock) = (pick(connection), clock.clone());
        asking.push(tokio::spawn(async move {
            let mut connection = Connection::open(server).await;
            let mut latencies = Vec::with_capacity(1 << 12);
            while clock.uptime() < until {
                let asked = clock.uptime();
                connection.ask(&requests[next()]).await;
                latencies.push(clock.uptime().saturating_sub(asked));
            }
            latencies
        }));
    }
    let mut latencies = Vec::new();
    for asking in asking {
        latencies.extend(asking.await.expect("no panic"));
    }
    Round {
        answers: latencies.len(),
        took: clock.uptime(),
        latencies,
    }
}

/// A connection that stays open.
pub struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    /// Opens one.
    pub async fn open(server: SocketAddr) -> Self {
        let stream = TcpStream::connect(server).await.expect("a connection");
        stream.set_nodelay(true).expect("an option");
        let answer = Vec::with_capacity(256 << 10);
        Self { stream, answer }
    }

    /// Asks, and reads the answer, which has to be a 200 that says its length.
    pub async fn ask(&mut self, request: &[u8]) -> &[u8] {
        let written = self.stream.write_all(request).await;
        written.expect("a server that reads");
        self.answer.clear();
        let mut end = None;
        while end.is_none_or(|end| self.answer.len() < end) {
            let read = self.stream.read_buf(&mut self.answer).await;
            assert_ne!(read.expect("an answer"), 0, "the connection was closed");
            if end.is_none()
                && let Some(head) = end_of_head(&self.answer)
            {
                end = Some(head + length(&self.answer[..head]));
            }
        }
        &self.answer
    }
}

/// Where the body of an answer begins.
pub fn end_of_head(answer: &[u8]) -> Option<usize> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(end + 4)
}

/// The length that the head of an answer says.
fn length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("a head in ASCII");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    head.lines()
        .find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length").then_some(value)
        })
        .and_then(|length| length.parse().ok())
        .expect("a length")
}
