//! How many of its questions the portal spares the ERP.
//!
//! 1,000 users look at ten pages each within five minutes of simulated time: in two bursts of five
//! clicks about five seconds apart, each page drawn by Zipf's law from the user's six. Everything that
//! the ERP is asked meanwhile is counted, proofs, refreshes behind visitors' backs and whatever else
//! the portal wants to know, and held against what the same views would cost without any memory: the
//! proof and every question of each page, counted at a portal that remembers nothing. The users have
//! signed in an hour before, so that their day has begun and nothing remembered is fresh; what it is
//! when they sign in with their first click is printed too, and so is what a site with webhooks may
//! have, whose answers may be fresh for longer. No question may be asked by two at once for one user.

#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

// What the program itself has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use quayfront::clock::Clock;
use quayfront::demo::{Fault, Site};
use quayfront::portal::Change;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;
use support::asked::Asked;
use support::habits::{Documents, PAGES, zipf};
use support::report::{self, Bar, plain, say};
use support::stage::{self, Browser, Person, Portal};

/// The most of the questions that may be left.
const BAR: f64 = 0.5;
/// What sites with webhooks aim at.
const AIM: f64 = 0.35;

const USERS: usize = 1_000;
/// The seconds of simulated time.
const SECONDS: u64 = 300;
/// Clicks of a burst, and how many seconds lie between them at least and at most.
const CLICKS: usize = 5;
const BETWEEN: std::ops::RangeInclusive<u64> = 3..=7;

/// The settings that ship.
const SHIPPED: &str = "";
/// Nothing is remembered but what a user may read at all, which no page asks for.
const WITHOUT_MEMORY: &str = "[memory]\nlist = \"0s\"\ndocument = \"0s\"\nmaster = \"0s\"\n\
                              stale = \"0s\"\nkept = \"0s\"\nreadable = \"4h\"";

/// A site, who uses it, and what they look at when.
struct Stage {
    site: Arc<Site>,
    erp: SocketAddr,
    clock: Clock,
    asked: Arc<Asked>,
    people: Vec<Person>,
    /// The six pages of each.
    pages: Vec<[String; PAGES]>,
    /// Second by second, who looks at which of his pages.
    views: BTreeMap<u64, Vec<(usize, usize)>>,
}

/// When the users sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SignIn {
    AnHourBefore,
    WithTheFirstClick,
}

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(measure())
}

async fn measure() -> ExitCode {
    let stage = Stage::new().await;
    let cold = stage.without_memory().await;
    say(&format!(
        "without memory: {cold} questions for {} views, {} each",
        USERS * 2 * CLICKS,
        plain(ratio(cold, (USERS * 2 * CLICKS) as u64)),
    ));
    let shipped = stage.run(SHIPPED, SignIn::AnHourBefore, 0).await;
    let figure = ratio(shipped, cold);
    say(&format!(
        "the settings that ship: {shipped} questions, {figure}"
    ));
    let most_of_one = stage.asked.most_of_one();
    let signing_in = stage.run(SHIPPED, SignIn::WithTheFirstClick, 0).await;
    say(&format!(
        "with sign-ins and what is fetched ahead after them: {signing_in} questions, {}",
        plain(ratio(signing_in, cold))
    ));
    let told = stage
        .run(stage::WITH_WEBHOOKS, SignIn::AnHourBefore, 1)
        .await;
    say(&format!(
        "webhooks, memory.list and document 10m, master 1h, a job of each customer changes: {told} questions, {} (aim {AIM})",
        plain(ratio(told, cold))
    ));
    let together = stage.at_once().await;
    let most = most_of_one.max(stage.asked.most_of_one()).max(together);
    say(&format!(
        "at the same time of one question of one user: {most}"
    ));
    let verdict = report::verdict("questions_saved", figure, Bar::AtMost(BAR));
    if most > 1 {
        return ExitCode::FAILURE;
    }
    verdict
}

fn ratio(questions: u64, of: u64) -> f64 {
    let whole = |number: u64| u32::try_from(number).map_or(f64::NAN, f64::from);
    whole(questions) / whole(of)
}

impl Stage {
    async fn new() -> Self {
        let clock = Clock::manual("2026-11-23T08:00:00Z".parse().expect("a time"));
        let site = Site::demo(clock.clone()).expect("the demo's records");
        let asked = Arc::new(Asked::new(clock.clone()));
        site.set_onlooker(asked.clone());
        let people = stage::add_people(&site, 0..USERS);
        let documents = Documents::of(&site);
        let mut random = StdRng::seed_from_u64(5);
        let pages = people
            .iter()
            .map(|person| documents.pages(person.customer, &mut random))
            .collect();
        let mut views: BTreeMap<u64, Vec<(usize, usize)>> = BTreeMap::new();
        let draw = zipf();
        for person in 0..USERS {
            // One burst in each half, so that they do not run into each other.
            for half in [0, SECONDS / 2] {
                let last = SECONDS / 2 - BETWEEN.end() * CLICKS as u64;
                let mut second = half + random.random_range(0..last);
                for _ in 0..CLICKS {
                    let page = draw(&mut random);
                    views.entry(second).or_default().push((person, page));
                    second += random.random_range(BETWEEN);
                }
            }
        }
        let erp = stage::serve_erp(&site).await;
        Self {
            site,
            erp,
            clock,
            asked,
            people,
            pages,
            views,
        }
    }

    async fn portal(&self, settings: &str) -> Portal {
        Portal::serve(self.erp, self.clock.clone(), settings, "").await
    }

    async fn sign_in(&self, client: &reqwest::Client, portal: &Portal, person: usize) -> Browser {
        let user = &self.people[person].user;
        let password = stage::password(&self.site, user);
        Browser::signed_in(client, portal.address, user, &password).await
    }

    /// What all views cost a portal without memory: each page of each customer is asked for once and
    /// counted as often as it is looked at.
    async fn without_memory(&self) -> u64 {
        let portal = self.portal(WITHOUT_MEMORY).await;
        let client = Browser::client();
        let mut browsers: HashMap<&str, Browser> = HashMap::new();
        let mut costs: HashMap<(&str, &str), u64> = HashMap::new();
        let mut sum = 0;
        for (person, page) in self.views.values().flatten() {
            let customer = self.people[*person].customer;
            let path = self.pages[*person][*page].as_str();
            let cost = match costs.entry((customer, path)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(unknown) => {
                    let mut browser = match browsers.remove(customer) {
                        Some(browser) => browser,
                        None => self.newcomer(&client, &portal, *person).await,
                    };
                    // The proof has to be asked for too.
                    self.clock.advance(SignedDuration::from_secs(31));
                    let before = self.asked.total();
                    browser.take(path).await;
                    portal.settled().await;
                    browsers.insert(customer, browser);
                    *unknown.insert(self.asked.total() - before)
                }
            };
            sum += cost;
        }
        let mut kinds: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        for ((_, path), cost) in costs {
            let kind = path.rsplit_once('/').map_or(path, |(list, name)| {
                if list.is_empty() {
                    path
                } else {
                    &path[..path.len() - name.len()]
                }
            });
            kinds.entry(kind).or_default().push(cost);
        }
        for (kind, mut costs) in kinds {
            costs.sort_unstable();
            say(&format!(
                "{kind} without memory: {} to {} questions, the proof among them",
                costs[0],
                costs[costs.len() - 1]
            ));
        }
        sum
    }

    /// Somebody of whom the portal has found out what he may read, which it does behind his first page.
    async fn newcomer(&self, client: &reqwest::Client, portal: &Portal, person: usize) -> Browser {
        let mut browser = self.sign_in(client, portal, person).await;
        browser.take("/").await;
        portal.settled().await;
        browser
    }

    /// All views, and what the ERP was asked meanwhile. So many jobs of each customer change.
    async fn run(&self, settings: &str, sign_in: SignIn, changes: u64) -> u64 {
        let portal = self.portal(settings).await;
        let client = Browser::client();
        let mut browsers: Vec<Option<Browser>> = vec![None; USERS];
        if sign_in == SignIn::AnHourBefore {
            for (person, browser) in browsers.iter_mut().enumerate() {
                *browser = Some(self.sign_in(&client, &portal, person).await);
            }
            portal.settled().await;
            self.clock.advance(SignedDuration::from_hours(1));
        }
        self.asked.take();
        let changes = self.changes(changes);
        for second in 0..=SECONDS {
            for change in changes.get(&second).into_iter().flatten() {
                portal.app.portal().changed(change);
            }
            let mut looking = tokio::task::JoinSet::new();
            for (person, page) in self.views.get(&second).into_iter().flatten() {
                let browser = match browsers[*person].take() {
                    Some(browser) => browser,
                    None => self.sign_in(&client, &portal, *person).await,
                };
                let (person, path) = (*person, self.pages[*person][*page].clone());
                looking.spawn(async move {
                    let mut browser = browser;
                    browser.take(&path).await;
                    (person, browser)
                });
            }
            while let Some(looked) = looking.join_next().await {
                let (person, browser) = looked.expect("he looks");
                browsers[person] = Some(browser);
            }
            portal.settled().await;
            self.clock.advance(SignedDuration::from_secs(1));
        }
        let questions = self.asked.take();
        let kinds = ["user_permissions", "login", "[\\\"name\\\"]"].map(|kind| {
            let of_kind = questions.iter().filter(|asked| asked.what.contains(kind));
            of_kind.count()
        });
        let [proofs, sign_ins, looks] = kinds;
        say(&format!(
            "  of {} questions: {proofs} proofs, {sign_ins} sign-ins, {looks} what may be read",
            questions.len()
        ));
        u64::try_from(questions.len()).expect("a number")
    }

    /// Changes of jobs, as webhooks tell them, by the second.
    fn changes(&self, of_each: u64) -> HashMap<u64, Vec<Change>> {
        let mut changes: HashMap<u64, Vec<Change>> = HashMap::new();
        let mut random = StdRng::seed_from_u64(6);
        let mut customers: Vec<&str> = self.people.iter().map(|person| person.customer).collect();
        customers.sort_unstable();
        customers.dedup();
        for name in self.site.record_names("Transport Job") {
            let job = self
                .site
                .record("Transport Job", &name)
                .expect("it is there");
            let of = customers
                .iter()
                .position(|customer| job["customer"] == *customer);
            let Some(of) = of else { continue };
            customers.remove(of);
            for _ in 0..of_each {
                let change = Change {
                    doctype: Some("Transport Job".parse().expect("a DocType")),
                    fields: serde_json::from_value(json!({
                        "name": name, "customer": job["customer"],
                    }))
                    .expect("fields"),
                };
                let second = random.random_range(0..SECONDS);
                changes.entry(second).or_default().push(change);
            }
        }
        changes
    }

    /// One user opens each of his pages five times at the same moment, cold, fresh and stale, while
    /// the ERP takes its time: the most that were there at once of one question.
    async fn at_once(&self) -> usize {
        let portal = self.portal(SHIPPED).await;
        let client = Browser::client();
        let browser = self.sign_in(&client, &portal, 0).await;
        portal.settled().await;
        self.site
            .set_fault(Some(Fault::Slow(Duration::from_millis(20))));
        for seconds in [3_600, 1, 45] {
            self.clock.advance(SignedDuration::from_secs(seconds));
            let paths = self.pages[0].iter().cycle().take(5 * PAGES);
            let mut looking = tokio::task::JoinSet::new();
            for path in paths {
                let (mut browser, path) = (browser.clone(), path.clone());
                looking.spawn(async move { browser.take(&path).await });
            }
            looking.join_all().await;
            portal.settled().await;
        }
        self.site.set_fault(None);
        self.asked.most_of_one()
    }
}
