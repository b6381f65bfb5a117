//! A warm page of somebody who is signed in, held against a handler that returns the same bytes,
//! headers and coding from memory and knows nobody.
//!
//! 200 users look at five pages each, in random order, over connections that stay open. The portal has
//! everything on that it has in service: its settings are the defaults, and each request writes its
//! line of the log, to a file that keeps nothing. Its clock stands still, so that a page that is warm
//! stays so however long a round takes. Portal and handler have one core in turn, a quarter of a
//! second each, so that a machine that is slow for a while is slow for both; the load has another, and
//! never sleeps. The last line is the portal's requests a second over the handler's, the median of five
//! pairs.
#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

// What the program itself has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::fs;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use axum::response::Response;
use quayfront::clock::Clock;
use quayfront::demo::Site;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use support::cores::{self, Part};
use support::load::{self, Round};
use support::report::{Bar, Measured, PAIRS, plain, say, verdict};
use support::stage::{self, Browser, Portal};

/// The least that counts.
const BAR: f64 = 0.8;
const USERS: usize = 200;
const PAGES: [&str; 5] = [
    "/",
    "/transport-jobs",
    "/transport-jobs?page_size=50",
    "/warehouse-jobs",
    "/stock-balance",
];
/// How long one of them is asked before it is the other one's turn.
const SLICE: Duration = Duration::from_millis(250);
/// How often, in a pair.
const SLICES: u64 = 16;

/// The header that tells the handler which page it is to return; the portal does not know it.
const PAGE: HeaderName = HeaderName::from_static("x-page");

fn main() -> ExitCode {
    support::log::begin();
    cores::introduce();
    let load = cores::runtime(Part::Load);
    let (ours, theirs) = (cores::runtime(Part::Server), cores::runtime(Part::Server));
    let clock = Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"));
    let site = Site::demo(clock.clone()).expect("the demo's records");
    let users = stage::add_users(&site, USERS);
    let erp = load.block_on(async { stage::serve_erp(&site).await });
    let portal = ours.block_on(Portal::serve(erp, clock, "", ""));
    let client = Browser::client();
    let requests: Vec<Vec<u8>> = load.block_on(async {
        let mut requests = Vec::new();
        for user in &users {
            let password = stage::password(&site, user);
            let browser = Browser::signed_in(&client, portal.address, user, &password).await;
            for page in PAGES {
                requests.push(request(portal.address, page, &browser, requests.len()));
            }
        }
        requests
    });
    let requests: &'static [Vec<u8>] = requests.leak();
    let warmed = load.block_on(warm(portal.address, requests));
    ours.block_on(portal.settled());
    // Once more, now that everything has been found out that pages are made of.
    load.block_on(warm(portal.address, requests));
    let handler = theirs.block_on(serve_handler(warmed));

    let (mut ratios, mut costs) = (Vec::new(), Vec::new());
    let mut p99s = [Vec::new(), Vec::new()];
    for pair in 0..PAIRS as u64 {
        let [mut our_round, mut their_round] = [Round::default(), Round::default()];
        let [mut our_cpu, mut their_cpu] = [0.0, 0.0];
        for slice in 0..SLICES {
            for (server, runtime, round, spent) in [
                (portal.address, &ours, &mut our_round, &mut our_cpu),
                (handler, &theirs, &mut their_round, &mut their_cpu),
            ] {
                let before = cpu(runtime);
                let order = order(pair * SLICES + slice);
                round.add(load.block_on(async move {
                    let round = load::round(server, requests, SLICE, order);
                    tokio::spawn(round).await.expect("no panic")
                }));
                *spent += cpu(runtime) - before;
            }
        }
        ratios.push(our_round.per_second() / their_round.per_second());
        let a_thousand = |cpu: f64, round: &Round| 1000.0 * cpu / count(round.answers);
        costs.push((
            a_thousand(our_cpu, &our_round),
            a_thousand(their_cpu, &their_round),
        ));
        for (p99s, round) in p99s.iter_mut().zip([&our_round, &their_round]) {
            let latencies = round.latencies.iter().map(|one| one.as_secs_f64() * 1000.0);
            p99s.push(Measured::of(latencies).percentile(99));
        }
        say(&format!(
            "pair {}: portal {} requests/s, handler {}; they were busy for {} and {} of the time",
            pair + 1,
            plain(our_round.per_second().round()),
            plain(their_round.per_second().round()),
            plain(our_cpu / our_round.took.as_secs_f64()),
            plain(their_cpu / their_round.took.as_secs_f64()),
        ));
    }
    let (ours, theirs): (Vec<f64>, Vec<f64>) = costs.into_iter().unzip();
    say(&format!(
        "CPU seconds for 1,000 requests: portal {}, handler {}",
        Measured::of(ours),
        Measured::of(theirs)
    ));
    let [ours, theirs] = p99s;
    say(&format!(
        "p99 with {} requests in flight: portal {} ms, handler {} ms",
        load::CONNECTIONS,
        Measured::of(ours),
        Measured::of(theirs)
    ));
    let ratio = Measured::of(ratios);
    say(&format!(
        "requests per second, portal over handler: {ratio}"
    ));
    verdict("warm_page", ratio.median(), Bar::AtLeast(BAR))
}

/// A request as a browser sends it.
fn request(portal: SocketAddr, page: &str, browser: &Browser, number: usize) -> Vec<u8> {
    format!(
        "GET {page} HTTP/1.1\r\nHost: {portal}\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64)\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Language: en\r\nAccept-Encoding: gzip, deflate, br\r\nSec-Fetch-Site: same-origin\r\n\
         Cookie: {}\r\n{PAGE}: {number}\r\n\r\n",
        browser.cookie_header()
    )
    .into_bytes()
}

/// Looks at every page once, and says what came of each: its headers and its bytes.
async fn warm(portal: SocketAddr, requests: &'static [Vec<u8>]) -> Vec<(HeaderMap, Bytes)> {
    let looking = async move {
        let mut answers = Vec::new();
        let mut connection = load::Connection::open(portal).await;
        for request in requests {
            answers.push(parsed(connection.ask(request).await));
        }
        answers
    };
    tokio::spawn(looking).await.expect("no panic")
}

/// An answer's headers, but for those that any server adds itself, and its body.
fn parsed(answer: &[u8]) -> (HeaderMap, Bytes) {
    let end = load::end_of_head(answer).expect("a whole answer");
    let head = std::str::from_utf8(&answer[..end]).expect("a head in ASCII");
    let mut headers = HeaderMap::new();
    for line in head.lines().skip(1) {
        let Some((name, value)) = line.split_once(": ") else {
            continue;
        };
        if !["date", "content-length"].contains(&name) {
            let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
            headers.append(name, HeaderValue::from_str(value).expect("a value"));
        }
    }
    (headers, Bytes::copy_from_slice(&answer[end..]))
}

/// The handler that the portal is held against.
async fn serve_handler(pages: Vec<(HeaderMap, Bytes)>) -> SocketAddr {
    async fn page(
        State(pages): State<Arc<Vec<(HeaderMap, Bytes)>>>,
        request: Request<Body>,
    ) -> Response {
        let number = request
            .headers()
            .get(PAGE)
            .and_then(|number| number.to_str().ok());
        let number: usize = number
            .and_then(|number| number.parse().ok())
            .expect("a number");
        let (headers, body) = &pages[number];
        let mut response = Response::new(Body::from(body.clone()));
        response.headers_mut().clone_from(headers);
        response
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let router = Router::new().fallback(page).with_state(Arc::new(pages));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Pages in random order, another for each connection and slice.
fn order(slice: u64) -> impl Fn(usize) -> Box<dyn FnMut() -> usize + Send> {
    move |connection| {
        let mut random = StdRng::seed_from_u64(slice * 1000 + connection as u64);
        Box::new(move || random.random_range(0..USERS * PAGES.len()))
    }
}

/// The seconds that the one thread of a runtime has computed.
fn cpu(runtime: &Runtime) -> f64 {
    let read = runtime.spawn(async { fs::read_to_string("/proc/thread-self/schedstat") });
    let read = runtime.block_on(read).expect("no panic").expect("Linux");
    let nanoseconds: u64 = read
        .split(' ')
        .next()
        .and_then(|number| number.parse().ok())
        .expect("nanoseconds");
    Duration::from_nanos(nanoseconds).as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "there are few enough")]
const fn count(number: usize) -> f64 {
    number as f64
}
