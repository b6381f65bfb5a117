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

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::Duration;

use quayfront::clock::Clock;
use quayfront::commands::serve::{Sources, assemble, limits};
use quayfront::config::Settings;
use quayfront::demo::{self, MadeFile, Site};
use quayfront::web;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;
use tokio::net::TcpListener;

/// How many rows each list has.
const ROWS: u32 = 50_000;

/// The most memory above idle, in MiB, that an XLSX file may take.
const BAR: f64 = 64.0;

/// Whose rows they are.
const USER: &str = "anna.visser@veldhuis-foods.example";

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
            row["customer"] = json!("Veldhuis Specialty Foods BV");
            row["docstatus"] = json!(1);
            row["name"] = json!(name);
            site.insert_record(doctype, row);
        }
    }
    site.set_file_content(FILE_URL, MadeFile::Pattern(1 << 30));
    let password = site
        .accounts()
        .iter()
        .find(|account| account.email == USER)
        .map(|account| account.password.clone())
        .expect("the account");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    say(&format!(
        "{} {password}",
        listener.local_addr().expect("an address")
    ));
    let served = demo::serve(listener, site, std::future::pending()).await;
    served.expect("the ERP serves");
}

/// A portal in front of it. Says where it is.
async fn portal(erp: &str) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz";
    let settings = format!(
        "public_url = \"http://{address}\"\n[site]\nurl = \"http://{erp}\"\n\
         time_zone = \"Europe/Amsterdam\"\nanswer_timeout = \"2m\"\n[session]\nkeys = [\"{key}\"]\n"
    );
    let settings = Settings::extract("the bench's settings", &settings).expect("settings");
    let app = assemble(&settings, &Sources::default(), Clock::system()).expect("a portal");
    say(&address.to_string());
    let served = web::serve(
        listener,
        Arc::clone(&app),
        std::future::pending(),
        limits(&settings),
    )
    .await;
    served.expect("the portal serves");
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").expect("somebody listens");
    out.flush().expect("somebody listens");
}

/// One of the other processes, ended with this one.
struct Process {
    child: Child,
    /// What it said first.
    said: String,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let this = std::env::current_exe().expect("this program");
        let mut child = Command::new(this)
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut said = String::new();
        let out = child.stdout.take().expect("its output");
        BufReader::new(out).read_line(&mut said).expect("a line");
        Self {
            child,
            said: said.trim().to_owned(),
        }
    }

    /// A line of its `/proc/…/status`, in MiB.
    fn mebibytes(&self, what: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("Linux tells what a process takes");
        let line = status.lines().find_map(|line| line.strip_prefix(what));
        let kibibytes = line.and_then(|line| {
            line.trim_matches([':', '\t', ' ', 'k', 'B'])
                .parse::<f64>()
                .ok()
        });
        kibibytes.expect("a number of kB") / 1024.0
    }

    /// What it takes once that has not changed for a while: what goes on behind a sign-in is over.
    async fn at_rest(&self) -> f64 {
        let (mut last, mut unchanged) = (0.0_f64, 0);
        while unchanged < 10 {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let now = self.mebibytes("VmRSS");
            unchanged = if (now - last).abs() < 0.25 {
                unchanged + 1
            } else {
                0
            };
            last = now;
        }
        last
    }

    /// Lets the peak begin anew.
    fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5")
            .expect("Linux lets the peak begin anew");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
    let idle = portal.at_rest().await;
    say(&format!("idle: {idle:.1} MiB"));
    let mut worst = 0.0_f64;
    for form in FORMS {
        for (path, ..) in LISTS {
            portal.forget_peak();
            let taken = visitor.take(&format!("{path}.{form}")).await;
            let above = portal.mebibytes("VmHWM") - idle;
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
    let above = portal.mebibytes("VmHWM") - idle;
    let rate = taken.mebibytes / taken.whole.as_secs_f64();
    say(&format!(
        "a file of 1 GiB: {:.0} MiB, {rate:.0} MiB/s, first byte after {:.0} ms, {above:.1} MiB above idle",
        taken.mebibytes,
        taken.first.as_secs_f64() * 1_000.0,
    ));
    say(&format!("exports: {worst:.1} (bar {BAR:.0})"));
    if worst > BAR {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
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
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        let base = format!("http://{portal}");
        let answer = client
            .post(format!("{base}/login"))
            .header("sec-fetch-site", "same-origin")
            .form(&[("user", USER), ("password", password)])
            .send()
            .await
            .expect("an answer");
        let cookies: Vec<&str> = answer
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
            .collect();
        assert!(!cookies.is_empty(), "{USER} signs in: {}", answer.status());
        Self {
            cookie: cookies.join("; "),
            client,
            base,
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
            mebibytes: bytes / 1_048_576.0,
        }
    }
}
