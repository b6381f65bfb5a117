//! What the portal takes: of memory when it remembers as much as it may, and before that; of time
//! until its first page; of the disk.
//!
//! 10,000 users look at five pages each, of a portal in a process of its own with the settings that
//! ship. Its global allocator counts the bytes that are allocated; the figure is what came to be
//! allocated above idle, for whatever reason, over `memory.size`. What the system has given the
//! process is printed beside it, and is more by what the allocator keeps. An ERP that holds so many
//! users at once would take its time over each question, so they come and go there in batches; the
//! portal remembers all of them. What a portal takes at rest, and how long it needs to its first page,
//! is measured at the program itself, `quayfront serve`.

#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

use std::io::{BufRead as _, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use peak_alloc::PeakAlloc;
use quayfront::clock::Clock;
use quayfront::demo::Site;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use support::habits::Documents;
use support::process::{self, Process};
use support::report::{self, Bar, Measured, PAIRS, plain, say};
use support::stage::{self, Browser, Portal};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The most bytes that may be held for each byte configured.
const BAR: f64 = 1.1;

const USERS: usize = 10_000;
const PAGES: usize = 5;
/// How many users the ERP has at the same time, and how many of these look at pages.
const BATCH: usize = 250;
const AT_ONCE: usize = 8;

const MEBIBYTE: f64 = 1_048_576.0;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    if let [role, erp] = &arguments[..]
        && role == "as-portal"
    {
        let erp = erp.parse().expect("an address");
        runtime.block_on(portal(erp));
        return ExitCode::SUCCESS;
    }
    runtime.block_on(measure())
}

/// A portal that says where it is, and how many bytes it has allocated as often as it is asked.
async fn portal(erp: SocketAddr) {
    let portal = Portal::serve(erp, Clock::system(), "", "user_per_minute = 1000000").await;
    say(&portal.address.to_string());
    let (asks, mut asked) = tokio::sync::mpsc::channel(1);
    std::thread::spawn(move || {
        for _ in std::io::stdin().lock().lines().map_while(Result::ok) {
            if asks.blocking_send(()).is_err() {
                return;
            }
        }
    });
    while asked.recv().await.is_some() {
        portal.settled().await;
        say(&ALLOCATOR.current_usage().to_string());
    }
}

async fn measure() -> ExitCode {
    let site = Site::demo(Clock::system()).expect("the demo's records");
    let erp = stage::serve_erp(&site).await;
    at_rest(erp);
    let mut portal = Process::start(&["as-portal", &erp.to_string()]);
    let address: SocketAddr = portal.said.parse().expect("an address");
    let configured = stage::settings(address, erp, "", "").memory.size.bytes();
    let configured = bytes(&configured.to_string());
    // What every page needs, whoever asks for it, is there before anything is counted.
    look(&site, address, 0..1).await;
    let idle = bytes(&portal.ask("held"));
    let resident_idle = portal.resident();
    say(&format!(
        "with one user: {} MiB allocated, {} MiB resident; memory.size is {} MiB",
        mebibytes(idle),
        mebibytes(resident_idle),
        mebibytes(configured)
    ));
    let mut most = 0.0_f64;
    for from in (1..=USERS).step_by(BATCH) {
        look(&site, address, from..from + BATCH).await;
        let held = bytes(&portal.ask("held")) - idle;
        most = most.max(held);
        if from % (BATCH * 5) == 1 || from + BATCH > USERS {
            say(&format!(
                "{} users: {} MiB allocated above idle, {} MiB resident",
                from + BATCH - 1,
                mebibytes(held),
                mebibytes(portal.resident() - resident_idle)
            ));
        }
    }
    report::verdict("size", most / configured, Bar::AtMost(BAR))
}

/// Users of these numbers look at five pages each, and are forgotten by the ERP.
async fn look(site: &Arc<Site>, portal: SocketAddr, numbers: std::ops::Range<usize>) {
    let people = stage::add_people(site, numbers.clone());
    let documents = Documents::of(site);
    let client = Browser::client();
    let mut random = StdRng::seed_from_u64(numbers.start as u64);
    let visits = people.iter().map(|person| {
        let password = stage::password(site, &person.user);
        let (client, user) = (client.clone(), person.user.clone());
        let mut pages = documents.pages(person.customer, &mut random).to_vec();
        pages.truncate(PAGES);
        async move {
            let mut browser = Browser::signed_in(&client, portal, &user, &password).await;
            for page in pages {
                browser.take(&page).await;
            }
        }
    });
    let visits: Vec<_> = visits.collect();
    stream::iter(visits)
        .for_each_concurrent(AT_ONCE, |visit| visit)
        .await;
    for person in people {
        site.remove_user_permissions(&person.user);
        site.remove_record("User", &person.user);
    }
}

/// What the program takes before anybody comes.
fn at_rest(erp: SocketAddr) {
    let program = Path::new(env!("CARGO_BIN_EXE_quayfront"));
    let folder = tempfile::tempdir().expect("a folder");
    let stripped = folder.path().join("stripped");
    let mut strip = Command::new("strip");
    let strip = strip.arg("-o").arg(&stripped).arg(program).status();
    let is_stripped = strip.is_ok_and(|status| status.success());
    let file = if is_stripped { &stripped } else { program };
    let size = std::fs::metadata(file).expect("the program").len();
    say(&format!(
        "the program{}: {} MB (aim 20)",
        if is_stripped {
            ", stripped"
        } else {
            ", which could not be stripped"
        },
        plain(bytes(&size.to_string()) / 1e6)
    ));
    let (mut first_page, mut resident) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let (took, takes) = started(program, folder.path(), erp);
        first_page.push(took.as_secs_f64() * 1_000.0);
        resident.push(takes / MEBIBYTE);
    }
    say(&format!(
        "from start to first page: {} ms (aim 100)",
        Measured::of(first_page)
    ));
    say(&format!(
        "resident at rest: {} MiB (aim 25)",
        Measured::of(resident)
    ));
}

/// Starts the program, asks it for a page as soon as it listens, and says how long that took and what
/// it takes then.
fn started(program: &Path, folder: &Path, erp: SocketAddr) -> (Duration, f64) {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
    let address = free.expect("a free port");
    let config = folder.join("portal.toml");
    let settings = stage::settings_text(
        address,
        erp,
        &format!("log.filter = \"error\"\nlisten.address = \"{address}\""),
        "",
    );
    std::fs::write(&config, settings).expect("written");
    let clock = Clock::system();
    let child = Command::new(program)
        .args(["serve", "--config"])
        .arg(&config)
        .stdout(Stdio::null())
        .spawn();
    let mut child = child.expect("the program starts");
    let page = loop {
        match page(address) {
            Ok(page) => break page,
            Err(_) if clock.uptime() < Duration::from_secs(30) => {
                std::thread::sleep(Duration::from_millis(1));
            }
            Err(problem) => panic!("no page from {address}: {problem}"),
        }
    };
    let took = clock.uptime();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    std::thread::sleep(Duration::from_secs(1));
    let resident = process::resident(child.id());
    let _ = child.kill();
    let _ = child.wait();
    (took, resident)
}

/// The sign-in page, as bare as HTTP may be.
fn page(portal: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(portal)?;
    write!(
        stream,
        "GET /login HTTP/1.1\r\nhost: {portal}\r\nconnection: close\r\n\r\n"
    )?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

fn bytes(text: &str) -> f64 {
    text.parse().expect("a number of bytes")
}

fn mebibytes(bytes: f64) -> String {
    format!("{:.1}", bytes / MEBIBYTE)
}
