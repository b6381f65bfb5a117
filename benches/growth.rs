//! How the portal's own time grows with what a user has.
//!
//! Compared is a user with 500 customers, 5,000 items and 50,000 bins with one who has 1 customer, 50
//! items and 100 bins: a cold page of 20 rows and a cold stock balance; and a document with 1,000
//! rows of packages with one of 20. The demo ERP takes much longer over much, so what counts is the
//! time of a page in which no question is at the ERP, for each row that is handled: it is the portal's
//! own, HTTP to and fro included. The two are measured in turns, each at a portal that remembers
//! nothing; the figure is the worst ratio. Last, 100,000 remembered answers are dropped by one
//! webhook, five times, and the longest that a request waits for the portal meanwhile may be 10 ms: the
//! bench fails where the median of the five is longer.

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
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt as _, stream};
use hmac::{Hmac, KeyInit as _, Mac as _};
use quayfront::clock::Clock;
use quayfront::demo::Site;
use serde_json::json;
use sha2::Sha256;
use support::asked::Asked;
use support::cores::{self, Part};
use support::report::{self, Bar, Measured, PAIRS, say};
use support::stage::{self, Browser, Portal};
use tokio::runtime::Runtime;

/// The most that the time for a row may grow.
const BAR: f64 = 3.0;
/// The longest that a request may wait while much is dropped, in milliseconds.
const WAIT: f64 = 10.0;

/// How many answers are dropped at once.
const ENTRIES: u64 = 100_000;

/// What bounds and limits a user, lifted.
const LIFTED: &str = "stock.rows = 1000000\n[memory]\nsize = \"4 GiB\"\nuser_size = \"4 GiB\"\n\
                      readable = \"4h\"\n[webhooks]\nsecrets = [\"of the benches\"]";
const LIFTED_OF_SITE: &str = "user_per_minute = 1000000\nwarm_up = 0\nlargest_answer = \"64 MiB\"";

/// A document that others are made from.
const MODEL: &str = "TRJ000000648";

/// What a user has.
struct Holding {
    customers: u32,
    items: u32,
    /// Bins of each item.
    places: u32,
    jobs: u32,
    /// Rows of packages of the document.
    packages: u32,
}

const LITTLE: Holding = Holding {
    customers: 1,
    items: 50,
    places: 2,
    jobs: 200,
    packages: 20,
};

const MUCH: Holding = Holding {
    customers: 500,
    items: 5_000,
    places: 10,
    jobs: 1_000,
    packages: 1_000,
};

/// A site where one user has so much.
struct Stage {
    holding: Holding,
    site: Arc<Site>,
    erp: SocketAddr,
    asked: Arc<Asked>,
    watch: Clock,
    user: String,
}

fn main() -> ExitCode {
    cores::introduce();
    cores::bind(Part::Load);
    let (server, load) = (cores::runtime(Part::Server), cores::runtime(Part::Load));
    load.block_on(async {
        let figure = grown(&server).await;
        let wait = dropped(&server).await;
        let verdict = report::verdict("growth", figure, Bar::AtMost(BAR));
        if wait > WAIT {
            return ExitCode::FAILURE;
        }
        verdict
    })
}

/// How much more each of what is measured takes for a row of much than for one of little: the worst.
async fn grown(server: &Runtime) -> f64 {
    let (little, much) = (Stage::new(LITTLE).await, Stage::new(MUCH).await);
    let mut rounds: Vec<[[f64; 3]; 2]> = Vec::new();
    for _ in 0..PAIRS {
        rounds.push([little.round(server).await, much.round(server).await]);
    }
    let rows_of = |holding: &Holding| [20, holding.items * holding.places, holding.packages];
    let rows = [rows_of(&LITTLE), rows_of(&MUCH)];
    let whats = ["a page of 20 rows", "a stock balance", "a document"];
    let mut worst = 0.0_f64;
    for (at, what) in whats.into_iter().enumerate() {
        let of = |which: usize| Measured::of(rounds.iter().map(|round| round[which][at]));
        let grown = Measured::of(rounds.iter().map(|[little, much]| {
            let for_a_row = |took: &[f64; 3], rows: &[u32; 3]| took[at] / f64::from(rows[at]);
            for_a_row(much, &rows[1]) / for_a_row(little, &rows[0])
        }));
        say(&format!(
            "{what}: {} ms for {} rows, {} ms for {} rows; for each row {grown} times as much",
            of(0),
            rows[0][at],
            of(1),
            rows[1][at],
        ));
        worst = worst.max(grown.median());
    }
    worst
}

impl Stage {
    async fn new(holding: Holding) -> Self {
        let clock = Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"));
        let site = Site::demo(clock).expect("the demo's records");
        let people = stage::add_people(&site, 0..1);
        let user = people.into_iter().next().expect("one").user;
        site.remove_user_permissions(&user);
        for number in 0..holding.customers {
            site.add_user_permission(&user, "Customer", &customer(number), None);
        }
        for doctype in ["Transport Job", "Item", "Bin"] {
            let model = site.record(doctype, MODEL);
            for name in site.record_names(doctype) {
                site.remove_record(doctype, &name);
            }
            if let Some(model) = model {
                for number in 0..holding.jobs {
                    add_job(
                        &site,
                        &model,
                        number,
                        &customer(number % holding.customers),
                        2,
                    );
                }
                add_job(&site, &model, holding.jobs, &customer(0), holding.packages);
            }
        }
        for number in 0..holding.items {
            let name = format!("ITEM-{number:05}");
            let owner = customer(number % holding.customers);
            site.insert_record(
                "Item",
                json!({
                    "name": name, "item_code": name, "item_name": format!("Item {number}"),
                    "item_group": "Products", "stock_uom": "Nos", "customer": owner, "docstatus": 0,
                }),
            );
            for place in 0..holding.places {
                site.insert_record("Bin", json!({
                    "name": format!("{number:05}-{place:02}"), "item_code": name, "docstatus": 0,
                    "warehouse": format!("Hall {place} - HLL"), "actual_qty": 1.0, "stock_uom": "Nos",
                }));
            }
        }
        let watch = Clock::system();
        let asked = Arc::new(Asked::new(watch.clone()));
        site.set_onlooker(asked.clone());
        let erp = stage::serve_erp(&site).await;
        Self {
            holding,
            site,
            erp,
            asked,
            watch,
            user,
        }
    }

    async fn signed_in(&self, server: &Runtime) -> (Portal, Browser) {
        let portal = serve(server, self.erp, Clock::system()).await;
        let password = stage::password(&self.site, &self.user);
        let client = Browser::client();
        let mut browser = Browser::signed_in(&client, portal.address, &self.user, &password).await;
        // Proves the session, and has found out what the user may read.
        browser.take("/wiki").await;
        portal.settled().await;
        (portal, browser)
    }

    /// The portal's own time of a list, of stock and of a document, in milliseconds.
    async fn round(&self, server: &Runtime) -> [f64; 3] {
        let (portal, mut browser) = self.signed_in(server).await;
        let mut lists = Vec::new();
        for page in 1..=5 {
            let path = format!("/transport-jobs?page={page}");
            lists.push(self.own_time(&portal, &mut browser, &path).await);
        }
        let stock = self.own_time(&portal, &mut browser, "/stock-balance").await;
        let document = format!("/transport-jobs/{}", job(self.holding.jobs));
        let document = self.own_time(&portal, &mut browser, &document).await;
        [Measured::of(lists).median(), stock, document]
    }

    async fn own_time(&self, portal: &Portal, browser: &mut Browser, path: &str) -> f64 {
        self.asked.take();
        let began = self.watch.uptime();
        browser.take(path).await;
        let took = self.watch.uptime().saturating_sub(began).as_secs_f64();
        portal.settled().await;
        let questions = self.asked.take();
        assert!(!questions.is_empty(), "{path} was remembered");
        (took - Asked::busy(&questions)) * 1_000.0
    }
}

async fn serve(server: &Runtime, erp: SocketAddr, clock: Clock) -> Portal {
    let portal =
        server.spawn(async move { Portal::serve(erp, clock, LIFTED, LIFTED_OF_SITE).await });
    portal.await.expect("a portal")
}

fn customer(number: u32) -> String {
    format!("Customer of the benches {number:03}")
}

fn job(number: u32) -> String {
    format!("JOB-{number:06}")
}

/// A transport job like another, with so many rows of packages.
fn add_job(site: &Site, model: &serde_json::Value, number: u32, customer: &str, packages: u32) {
    let (mut record, name) = (model.clone(), job(number));
    for table in ["legs", "milestones", "documents", "charges"] {
        for row in record[table].as_array_mut().into_iter().flatten() {
            row["name"] = json!(format!("{name}-{table}-{}", row["idx"]));
            row["parent"] = json!(name);
        }
    }
    let row = record["packages"][0].clone();
    let rows = (1..=packages).map(|number| {
        let mut row = row.clone();
        row["name"] = json!(format!("{name}-{number}"));
        row["parent"] = json!(name);
        row["idx"] = json!(number);
        row
    });
    record["packages"] = rows.collect();
    record["customer"] = json!(customer);
    record["name"] = json!(name);
    site.insert_record("Transport Job", record);
}

/// Drops many answers at once, and says how long requests waited for the portal meanwhile, at most: the
/// median of several times, since one disturbance of the machine is the longest wait of its time.
async fn dropped(server: &Runtime) -> f64 {
    let stage = Stage::new(Holding { jobs: 25, ..LITTLE }).await;
    let (mut quiet, mut waited) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let (portal, browser) = stage.signed_in(server).await;
        stage.fill(&portal, &browser).await;
        quiet.push(stage.longest_wait(&portal, &browser, false).await);
        waited.push(stage.longest_wait(&portal, &browser, true).await);
    }
    let (quiet, waited) = (Measured::of(quiet), Measured::of(waited));
    say(&format!(
        "{ENTRIES} answers dropped by one webhook: the longest wait for the portal meanwhile was {waited} ms (bar {WAIT}); without a webhook {quiet} ms"
    ));
    waited.median()
}

impl Stage {
    /// Has many answers remembered: searches without a hit, an answer each.
    async fn fill(&self, portal: &Portal, browser: &Browser) {
        let before = self.asked.total();
        stream::iter(0..ENTRIES)
            .for_each_concurrent(8, |number| {
                let mut browser = browser.clone();
                async move {
                    let path = format!("/transport-jobs?q=nothing+{number}");
                    browser.take(&path).await;
                }
            })
            .await;
        portal.settled().await;
        let remembered = self.asked.total() - before;
        assert!(remembered >= ENTRIES, "{remembered} answers are remembered");
        self.asked.take();
    }

    /// Looks at pages, remembered ones and others, for a few seconds; a webhook may come meanwhile.
    /// The longest time of a page, in milliseconds, in which no question was at the ERP.
    async fn longest_wait(&self, portal: &Portal, browser: &Browser, is_told: bool) -> f64 {
        let mut browser = browser.clone();
        // To make one takes milliseconds of the load's core, in which no answer would be read.
        let site = Browser::client();
        let mut longest = 0.0_f64;
        for number in 0..1_000 {
            let told = (is_told && number == 100).then(|| {
                let (site, address) = (site.clone(), portal.address);
                tokio::spawn(tell_of_a_change(site, address))
            });
            let path = match number % 4 {
                0 => "/health/live".to_owned(),
                1 => "/transport-jobs".to_owned(),
                _ => format!("/transport-jobs?q=nothing+{number}"),
            };
            self.asked.take();
            let began = self.watch.uptime();
            browser.take(&path).await;
            let took = self.watch.uptime().saturating_sub(began).as_secs_f64();
            let own = took - Asked::busy(&self.asked.take());
            longest = longest.max(own * 1_000.0);
            if let Some(told) = told {
                told.await.expect("it is told");
            }
        }
        portal.settled().await;
        longest
    }
}

/// Delivers a webhook that concerns everybody.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the site, not the portal"
)]
async fn tell_of_a_change(site: reqwest::Client, portal: SocketAddr) {
    let body = br#"{"name": "Customer", "modified": "2026-11-22 10:00:00"}"#;
    let mac = Hmac::<Sha256>::new_from_slice(b"of the benches").expect("any key will do");
    let signature = STANDARD.encode(mac.chain_update(body).finalize().into_bytes());
    let answer = site
        .post(format!(
            "http://{portal}/hooks/frappe?doctype=Role&event=on_change"
        ))
        .header("x-frappe-webhook-signature", signature)
        .body(body.to_vec())
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 204);
}
