//! What the portal adds to a page that it does not remember: the time of the page, less what the ERP's
//! own answers take whoever asks for them without a portal.
//!
//! A page asks in steps, in each of them several questions side by side. After each page the same
//! questions are asked in the same steps by a bare client that has the portal's core; what its page
//! is held against is the sum, step by step, of the slowest answer, from the question to its last
//! byte. It is measured for lists and documents that this portal has never seen, from an ERP that answers
//! at once, after 20 ms and after 200 ms. The figure is the worst of those medians with the session and
//! its scope proved, in milliseconds.
//!
//! Printed beside it: the worst where the proof is out of date, and is asked for with the page; the
//! page's time beyond that within the ERP alone, from a question's arrival there to its answer's
//! leaving, so that HTTP to and fro counts as the portal's; and what the first page after a sign-in
//! takes.
#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

// What the program itself has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quayfront::clock::Clock;
use quayfront::demo::{Fault, Site};
use support::asked::{Asked, Steps};
use support::cores::{self, Awake, Part};
use support::direct::Direct;
use support::report::{self, Bar, Measured, PAIRS, plain, say};
use support::stage::{self, ANNA, Browser, Portal, VELDHUIS};
use tokio::runtime::Handle;

/// The most that the portal may add, in milliseconds.
const BAR: f64 = 1.5;

/// How long the ERP takes for an answer, beside its own work for it.
const DELAYS: [u64; 3] = [0, 20, 200];

/// How many pages of each kind are measured in a round.
const PAGES: usize = 12;

/// The answer that tells the steps from each other comes after so long.
const SLOW: Duration = Duration::from_millis(20);

/// A page and what it is counted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    List,
    Document,
}

/// Whether the session and its scope are proved already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Proof {
    Fresh,
    Asked,
}

struct Stage {
    server: Handle,
    site: Arc<Site>,
    erp: std::net::SocketAddr,
    asked: Arc<Asked>,
    clock: Clock,
    /// What time it really is.
    watch: Clock,
}

fn main() -> ExitCode {
    cores::introduce();
    cores::bind(Part::Load);
    let load = cores::runtime(Part::Load);
    let clock = Clock::manual("2026-11-22T10:00:00Z".parse().expect("a time"));
    let site = Site::demo(clock.clone()).expect("the demo's records");
    let watch = Clock::system();
    let asked = Arc::new(Asked::new(watch.clone()));
    site.set_onlooker(asked.clone());
    let erp = load.block_on(stage::serve_erp(&site));
    let server = cores::runtime(Part::Server);
    let stage = Stage {
        server: server.handle().clone(),
        site,
        erp,
        asked,
        clock,
        watch,
    };
    let measured = async move {
        let _awake = Awake::begin();
        measure(&stage).await
    };
    let measured = load.spawn(measured);
    load.block_on(measured).expect("no panic")
}

/// What a page is asked for with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Case {
    proof: Proof,
    /// How long the ERP takes, in milliseconds.
    delay: u64,
}

async fn measure(stage: &Stage) -> ExitCode {
    let pages = pages(&stage.site);
    let mut steps = HashMap::new();
    for proof in [Proof::Fresh, Proof::Asked] {
        stage.site.set_fault(Some(Fault::Slow(SLOW)));
        steps.insert(proof, stage.steps(&pages, proof).await);
    }
    let proofs = [Proof::Fresh, Proof::Asked].into_iter();
    let cases = proofs.flat_map(|proof| DELAYS.map(|delay| Case { proof, delay }));
    let cases: Vec<Case> = cases.collect();
    // All cases in each round, so that what disturbs the machine for a while disturbs one round of
    // some of them, and not all rounds of one.
    let mut rounds: HashMap<Case, Vec<Round>> = HashMap::new();
    for _ in 0..PAIRS {
        for &case in &cases {
            let Case { proof, delay } = case;
            let fault = (delay > 0).then(|| Fault::Slow(Duration::from_millis(delay)));
            stage.site.set_fault(fault);
            let round = stage.round(&pages, &steps[&proof], proof).await;
            rounds.entry(case).or_default().push(round);
        }
    }
    let mut worst: HashMap<Proof, f64> = HashMap::new();
    let mut worst_beyond_erp = 0.0_f64;
    for case in cases {
        let (Case { proof, delay }, rounds) = (case, &rounds[&case]);
        for kind in [Kind::List, Kind::Document] {
            let of_rounds = |of: fn(&[Measured; 2]) -> f64| {
                Measured::of(rounds.iter().map(|round| of(&round.of(kind))))
            };
            let medians = of_rounds(|[calls, _]| calls.median());
            let slow = of_rounds(|[calls, _]| calls.percentile(95));
            let beyond_erp = of_rounds(|[_, erp]| erp.median());
            say(&format!(
                "{}, ERP after {delay} ms, {}, {} steps: {medians} ms beyond the same answers asked for \
                 without a portal, p95 {} ms; {beyond_erp} ms beyond the ERP's own time",
                match kind {
                    Kind::List => "list",
                    Kind::Document => "document",
                },
                match proof {
                    Proof::Fresh => "proved before",
                    Proof::Asked => "proof asked for",
                },
                steps_of(&steps[&proof], &pages, kind),
                plain(slow.median()),
            ));
            let worst = worst.entry(proof).or_default();
            *worst = worst.max(medians.median());
            worst_beyond_erp = worst_beyond_erp.max(beyond_erp.median());
        }
        say(&format!(
            "start page after sign-in, ERP after {delay} ms: {} ms",
            Measured::of(rounds.iter().map(|round| round.first))
        ));
    }
    say(&format!(
        "the worst with the proof asked for: {} ms; the worst beyond the ERP's own time: {} ms",
        plain(worst[&Proof::Asked]),
        plain(worst_beyond_erp)
    ));
    report::verdict("cold_page", worst[&Proof::Fresh], Bar::AtMost(BAR))
}

fn steps_of(steps: &HashMap<String, Steps>, pages: &[(Kind, String)], kind: Kind) -> String {
    let of_kind = pages.iter().filter(|(of, _)| *of == kind);
    let mut counts: Vec<usize> = of_kind.map(|(_, path)| steps[path].count()).collect();
    counts.sort_unstable();
    counts.dedup();
    let counts: Vec<String> = counts.iter().map(ToString::to_string).collect();
    counts.join(" or ")
}

/// Lists and documents of a user, one and the other in turn.
fn pages(site: &Site) -> Vec<(Kind, String)> {
    let jobs = |doctype: &str| -> Vec<String> {
        let names = site.record_names(doctype).into_iter();
        names
            .filter(|name| {
                let job = site.record(doctype, name).expect("it was there");
                job["customer"] == VELDHUIS && job["docstatus"] == 1
            })
            .collect()
    };
    let (transport, warehouse) = (jobs("Transport Job"), jobs("Warehouse Job"));
    let documents = transport
        .iter()
        .map(|name| format!("/transport-jobs/{name}"))
        .zip(
            warehouse
                .iter()
                .map(|name| format!("/warehouse-jobs/{name}")),
        )
        .flat_map(|(one, other)| [one, other]);
    let lists = (1..=4).flat_map(|page| {
        [
            "/transport-jobs?page=",
            "/warehouse-jobs?page=",
            "/transport-jobs?sort=-name&page=",
        ]
        .map(|list| format!("{list}{page}"))
    });
    let pages: Vec<_> = documents
        .zip(lists)
        .flat_map(|(document, list)| [(Kind::Document, document), (Kind::List, list)])
        .take(2 * PAGES)
        .collect();
    assert_eq!(pages.len(), 2 * PAGES, "there are enough pages");
    pages
}

/// What a round has found: milliseconds.
struct Round {
    first: f64,
    /// Of each page what it took beyond the answers alone, and beyond the ERP's own time.
    added: HashMap<Kind, Vec<(f64, f64)>>,
}

impl Round {
    /// What pages of a kind took beyond the answers alone, and beyond the ERP's own time.
    fn of(&self, kind: Kind) -> [Measured; 2] {
        let (calls, erp): (Vec<f64>, Vec<f64>) = self.added[&kind].iter().copied().unzip();
        [calls, erp].map(Measured::of)
    }
}

impl Stage {
    /// A new portal, which remembers nothing, and somebody who has just signed in.
    async fn portal(&self) -> (Portal, Browser, f64) {
        let (erp, clock) = (self.erp, self.clock.clone());
        let served = self.server.spawn(async move {
            // What a user may read is found out once, and what the start page has read stays fresh: no
            // page that is measured is among it, and what is asked behind one is not its own.
            let more = "[memory]\nreadable = \"4h\"\nlist = \"4h\"\ndocument = \"4h\"\n\
                        master = \"4h\"\nstale = \"4h\"\nkept = \"4h\"";
            Portal::serve(erp, clock, more, "warm_up = 0\nuser_per_minute = 1000000").await
        });
        let portal = served.await.expect("a portal");
        let password = stage::password(&self.site, ANNA);
        let client = Browser::client();
        let mut browser = Browser::signed_in(&client, portal.address, ANNA, &password).await;
        let began = self.watch.uptime();
        browser.take("/").await;
        let first = self.since(began);
        portal.settled().await;
        (portal, browser, first)
    }

    /// Somebody who asks the ERP the same without a portal, from the portal's core.
    async fn direct(&self) -> Direct {
        let (erp, watch) = (self.erp, self.watch.clone());
        let password = stage::password(&self.site, ANNA);
        let signed_in = async move { Direct::signed_in(erp, ANNA, &password, watch).await };
        self.server.spawn(signed_in).await.expect("no panic")
    }

    fn since(&self, began: Duration) -> f64 {
        self.watch.uptime().saturating_sub(began).as_secs_f64() * 1_000.0
    }

    fn before_a_page(&self, proof: Proof) {
        if proof == Proof::Asked {
            self.clock.advance(SignedDuration::from_secs(31));
        }
        self.asked.take();
    }

    /// In which steps each page asks.
    async fn steps(&self, pages: &[(Kind, String)], proof: Proof) -> HashMap<String, Steps> {
        let (portal, mut browser, _) = self.portal().await;
        let mut steps = HashMap::new();
        for (_, path) in pages {
            self.before_a_page(proof);
            browser.take(path).await;
            portal.settled().await;
            steps.insert(path.clone(), Steps::of(&self.asked.take()));
        }
        steps
    }

    /// Each page once, from a portal that has seen none of them.
    async fn round(
        &self,
        pages: &[(Kind, String)],
        steps: &HashMap<String, Steps>,
        proof: Proof,
    ) -> Round {
        let (portal, mut browser, first) = self.portal().await;
        let direct = self.direct().await;
        let mut added: HashMap<Kind, Vec<(f64, f64)>> = HashMap::new();
        for (kind, path) in pages {
            self.before_a_page(proof);
            let began = self.watch.uptime();
            browser.take(path).await;
            let took = self.since(began);
            portal.settled().await;
            let asked = self.asked.take();
            let own = steps[path].own_time(&asked) * 1_000.0;
            let (direct, again) = (direct.clone(), steps[path].in_order(&asked));
            let calls = self.server.spawn(async move { direct.ask(again).await });
            let calls = calls.await.expect("no panic").as_secs_f64() * 1_000.0;
            let beyond = (took - calls, took - own);
            added.entry(*kind).or_default().push(beyond);
        }
        Round { first, added }
    }
}
