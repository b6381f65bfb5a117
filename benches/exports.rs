//! What is taken away, measured: rows a second, when the first byte comes, and the memory that it
//! takes above idle; and what a file of a gigabyte takes.
//!
//! Three processes, so that only the portal's memory is counted: this one asks and measures, and it
//! starts itself twice more, as a demo ERP with 50,000 rows of each list and as a portal in front of
//! it. The memory is the portal's peak resident set, as Linux keeps it (`VmHWM`, begun anew for each
//! kind). The last line is the figure that counts: `exports: MiB (bar MiB)`, the peak above idle of
//! the XLSX files; over the bar, the exit status is 1.
#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

// What the program itself has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use quayfront::clock::Clock;
use quayfront::demo::{MadeFile, Site};
use reqwest::header::COOKIE;
use serde_json::json;

use support::process::Process;
use support::report::{Bar, say, verdict};
use support::stage::{self, ANNA, Browser, Portal, VELDHUIS};

/// How many rows each list has.
const ROWS: u32 = 50_000;

/// The most memory above idle, in MiB, that an XLSX file may take.
const BAR: f64 = 64.0;

const MEBIBYTE: f64 = 1_048_576.0;

/// A list, its DocType, and a document that all rows are made from.
const LISTS: [(&str, &str, &str); 2] = [
    ("/transport-jobs", "Transport Job", "TRJ000000648"),
    ("/warehouse-jobs", "Warehouse Job", "WJ-0000000001"),
];

/// A file of one of the user's jobs, and where it lies on the site.
const FILE: &str = "/transport-jobs/TRJ000000511/files/179f4bad96";
const FILE_URL: &str = "/private/files/proof-of-delivery_TRJ000000511.pdf";

const FORMS: [&str; 2] = ["csv", "xlsx"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["as-erp"] => runtime.block_on(erp()),
        ["as-portal", erp] => runtime.block_on(portal(erp)),
        _ => return runtime.block_on(measure()),
    }
    ExitCode::SUCCESS
}

/// A demo ERP with many rows. Says where it is and what its user's password is.
async fn erp() {
    let site = Site::demo(Clock::system()).expect("the demo's records");
    for (_, doctype, of) in LISTS {
        let model = site.record(doctype, of).expect("a document of the demo");
        for number in 0..ROWS {
            let mut row = model.clone();
            let name = format!("ROW-{number:07}");
            for leg in row["legs"].as_array_mut().into_iter().flatten() {
                leg["name"] = json!(format!("{name}-{}", leg["idx"]));
                leg["parent"] = json!(name);
            }
            row["customer_ref_no"] = json!(format!("PO-{number} „Łódź“"));
            row["customer"] = json!(VELDHUIS);
            row["docstatus"] = json!(1);
            row["name"] = json!(name);
            site.insert_record(doctype, row);
        }
    }
    site.set_file_content(FILE_URL, MadeFile::Pattern(1 << 30));
    let address = stage::serve_erp(&site).await;
    say(&format!("{address} {}", stage::password(&site, ANNA)));
    std::future::pending::<()>().await;
}

/// A portal in front of it. Says where it is.
async fn portal(erp: &str) {
    let erp = erp.parse().expect("an address");
    let portal = Portal::serve(erp, Clock::system(), "", "answer_timeout = \"2m\"").await;
    say(&portal.address.to_string());
    std::future::pending::<()>().await;
}

/// What a process takes, in MiB, once that has not changed for a while: what goes on behind a sign-in
/// is over.
async fn at_rest(process: &Process) -> f64 {
    let (mut last, mut unchanged) = (0.0_f64, 0);
    while unchanged < 10 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let now = process.resident() / MEBIBYTE;
        unchanged = if (now - last).abs() < 0.25 {
            unchanged + 1
        } else {
            0
        };
        last = now;
    }
    last
}

async fn measure() -> ExitCode {
    let erp = Process::start(&["as-erp"]);
    let (site, password) = erp.said.split_once(' ').expect("address and password");
    let portal = Process::start(&["as-portal", site]);
    let visitor = Visitor::signed_in(portal.said.parse().expect("an address"), password).await;
    // A page of each, so that what pages need and what is remembered for them is there.
    for path in ["/"].into_iter().chain(LISTS.map(|(path, ..)| path)) {
        visitor.take(path).await;
    }
    let idle = at_rest(&portal).await;
    say(&format!("idle: {idle:.1} MiB"));
    let mut worst = 0.0_f64;
    for form in FORMS {
        for (path, ..) in LISTS {
            portal.forget_peak();
            let taken = visitor.take(&format!("{path}.{form}")).await;
            let above = portal.peak() / MEBIBYTE - idle;
            let rows = f64::from(ROWS) / taken.whole.as_secs_f64();
            say(&format!(
                "{path}.{form}: {ROWS} rows, {:.1} MiB, {rows:.0} rows/s, first byte after {:.0} ms, {above:.1} MiB above idle",
                taken.mebibytes,
                taken.first.as_secs_f64() * 1_000.0,
            ));
            if form == "xlsx" {
                worst = worst.max(above);
            }
        }
    }
    portal.forget_peak();
    let taken = visitor.take(FILE).await;
    let above = portal.peak() / MEBIBYTE - idle;
    let rate = taken.mebibytes / taken.whole.as_secs_f64();
    say(&format!(
        "a file of 1 GiB: {:.0} MiB, {rate:.0} MiB/s, first byte after {:.0} ms, {above:.1} MiB above idle",
        taken.mebibytes,
        taken.first.as_secs_f64() * 1_000.0,
    ));
    verdict("exports", worst, Bar::AtMost(BAR))
}

struct Visitor {
    client: reqwest::Client,
    base: String,
    cookie: String,
    clock: Clock,
}

/// How a download went.
struct Taken {
    first: Duration,
    whole: Duration,
    mebibytes: f64,
}

#[expect(
    clippy::disallowed_methods,
    reason = "this is a browser, not the portal"
)]
impl Visitor {
    async fn signed_in(portal: SocketAddr, password: &str) -> Self {
        let client = Browser::client();
        let browser = Browser::signed_in(&client, portal, ANNA, password).await;
        Self {
            cookie: browser.cookie_header(),
            base: format!("http://{portal}"),
            client,
            clock: Clock::system(),
        }
    }

    /// Reads an address to its end, and keeps nothing.
    async fn take(&self, path: &str) -> Taken {
        let began = self.clock.uptime();
        let mut answer = self
            .client
            .get(format!("{}{path}", self.base))
            .header(COOKIE, &self.cookie)
            .send()
            .await
            .expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        let (mut first, mut bytes) = (None, 0.0);
        while let Some(chunk) = answer.chunk().await.expect("a whole answer") {
            first.get_or_insert(self.clock.uptime().saturating_sub(began));
            bytes += u32::try_from(chunk.len()).map_or(0.0, f64::from);
        }
        Taken {
            first: first.unwrap_or_default(),
            whole: self.clock.uptime().saturating_sub(began),
            mebibytes: bytes / MEBIBYTE,
        }
    }
}
