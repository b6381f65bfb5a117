//! The morning: 500 users sign in within five minutes, and each clicks every five seconds.
//!
//! The ERP costs what a real one was measured to (`quayfront::demo::Costs`): two processors and eight
//! threads of its own, in a model whose time is slept, so that it takes nothing from the portal. It
//! lasts six minutes of real time, because queues and the ages of what is remembered go by real time;
//! the sixth is one in which everybody is there. A click is a page of the user's six, drawn by Zipf's
//! law, from the moment it is asked for to its last byte; the first one is the page that a sign-in
//! leads to. A page that is not shown counts as one that takes forever. The figure is the time, in
//! milliseconds, that 99 of 100 clicks do not exceed. The settings are those that ship; with
//! `cargo bench --bench morning_rush -- webhooks`, those of a site with webhooks, whose answers are
//! fresh for ten minutes.

#![expect(
    clippy::expect_used,
    reason = "a measurement may end where it does not find what it needs"
)]

mod support;

// What the program itself has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use quayfront::clock::Clock;
use quayfront::demo::{Costs, Site};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use support::asked::Asked;
use support::cores::{self, Part};
use support::habits::{Documents, PAGES, zipf};
use support::report::{self, Bar, Measured, plain, say};
use support::stage::{self, Browser, Portal};
use tokio::task::JoinSet;

/// The most milliseconds that 99 of 100 clicks may take.
const BAR: f64 = 100.0;
/// How much of the ERP's processors may be busy, as an aim.
const AIM: f64 = 0.6;

const USERS: u32 = 500;
const SIGN_INS: Duration = Duration::from_mins(5);
const WHOLE: Duration = Duration::from_mins(6);
const CLICK: Duration = Duration::from_secs(5);

/// What a page that is not shown counts as, in milliseconds.
const FOREVER: f64 = 60_000.0;

/// What happened to a user, in milliseconds.
struct Morning {
    /// To the sign-in that was no longer refused, further tries and the waiting between them included.
    sign_in: f64,
    /// The statuses of those that were.
    refused: Vec<u16>,
    clicks: Vec<Click>,
}

struct Click {
    /// Which of his clicks it is, from 0.
    number: usize,
    status: u16,
    took: f64,
}

/// Somebody before he signs in.
struct User {
    client: reqwest::Client,
    portal: std::net::SocketAddr,
    name: String,
    password: String,
    pages: [String; PAGES],
    random: StdRng,
    clock: Clock,
}

fn main() -> ExitCode {
    cores::introduce();
    cores::bind(Part::Load);
    let server = cores::runtime(Part::Server);
    let load = cores::runtime(Part::Load);
    let (site, costs) = (
        Site::demo(Clock::system()).expect("the demo's records"),
        Arc::new(Costs::measured()),
    );
    let asked = Arc::new(Asked::new(Clock::system()));
    site.set_onlooker(asked.clone());
    site.set_costs(Some(Arc::clone(&costs)));
    let erp = load.block_on(stage::serve_erp(&site));
    let has_webhooks = std::env::args().any(|argument| argument == "webhooks");
    let settings = if has_webhooks {
        stage::WITH_WEBHOOKS
    } else {
        ""
    };
    let portal = server.block_on(Portal::serve(erp, Clock::system(), settings, ""));
    load.block_on(morning(&site, &portal, &costs, &asked))
}

async fn morning(site: &Site, portal: &Portal, costs: &Costs, asked: &Asked) -> ExitCode {
    let mut users = JoinSet::new();
    let people = stage::add_people(site, 0..USERS as usize);
    let documents = Documents::of(site);
    let mut random = StdRng::seed_from_u64(7);
    let client = Browser::client();
    let clock = Clock::system();
    for (number, person) in (0..).zip(people) {
        let user = User {
            client: client.clone(),
            portal: portal.address,
            password: stage::password(site, &person.user),
            pages: documents.pages(person.customer, &mut random),
            name: person.user,
            random: StdRng::seed_from_u64(number),
            clock: clock.clone(),
        };
        let begins = SIGN_INS.mul_f64(random.random_range(0.0..1.0));
        users.spawn(user.morning(begins));
    }
    let worst_minute = watch(costs, asked, &clock).await;
    let mornings = users.join_all().await;
    let of_clicks = |is_asked_for: &dyn Fn(&Click) -> bool| {
        let clicks = mornings.iter().flat_map(|morning| &morning.clicks);
        Measured::of(
            clicks
                .filter(|click| is_asked_for(click))
                .map(|click| click.took),
        )
    };
    let clicks = of_clicks(&|_| true);
    for (what, measured) in [
        (
            "sign-ins",
            &Measured::of(mornings.iter().map(|morning| morning.sign_in)),
        ),
        ("first clicks", &of_clicks(&|click| click.number == 0)),
        ("later clicks", &of_clicks(&|click| click.number > 0)),
        ("all clicks", &clicks),
    ] {
        say(&format!(
            "{what}: p50 {} ms, p95 {} ms, p99 {} ms, at most {} ms",
            plain(measured.median()),
            plain(measured.percentile(95)),
            plain(measured.percentile(99)),
            plain(measured.greatest())
        ));
    }
    let refused = mornings.iter().flat_map(|morning| &morning.refused);
    let shown = mornings.iter().flat_map(|morning| &morning.clicks);
    let not_shown = shown
        .map(|click| &click.status)
        .filter(|status| **status != 200);
    say(&format!(
        "refused: {} sign-ins; not shown: {} pages",
        by_status(refused),
        by_status(not_shown)
    ));
    say(&format!(
        "busy in the worst minute: {} of the ERP's processors (aim {AIM})",
        plain(worst_minute)
    ));
    report::verdict("morning_rush", clicks.percentile(99), Bar::AtMost(BAR))
}

/// How many there are, and of each status how many.
fn by_status<'a>(statuses: impl Iterator<Item = &'a u16>) -> String {
    let mut of_each: BTreeMap<u16, usize> = BTreeMap::new();
    for status in statuses {
        *of_each.entry(*status).or_default() += 1;
    }
    format!("{} {of_each:?}", of_each.values().sum::<usize>())
}

/// Says minute by minute how busy the ERP is and how much it is asked; gives the worst.
async fn watch(costs: &Costs, asked: &Asked, clock: &Clock) -> f64 {
    let mut worst = 0.0_f64;
    let (mut busy, mut at) = (costs.busy(), clock.uptime());
    for minute in 1..=WHOLE.as_secs() / 60 {
        tokio::time::sleep(Duration::from_mins(minute).saturating_sub(clock.uptime())).await;
        let (busy_now, now) = (costs.busy(), clock.uptime());
        let of = now.saturating_sub(at).as_secs_f64() * Costs::PROCESSORS;
        let part = busy_now.saturating_sub(busy).as_secs_f64() / of;
        say(&format!(
            "minute {minute}: the ERP was asked {} questions, its processors were busy for {}",
            asked.take().len(),
            plain(part)
        ));
        worst = worst.max(part);
        (busy, at) = (busy_now, now);
    }
    worst
}

impl User {
    async fn morning(mut self, begins: Duration) -> Morning {
        let draw = zipf();
        tokio::time::sleep(begins).await;
        let began = self.clock.uptime();
        let mut refused = Vec::new();
        let mut browser = loop {
            let Self {
                client,
                portal,
                name,
                password,
                ..
            } = &self;
            match Browser::try_to_sign_in(client, *portal, name, password).await {
                Ok(browser) => break browser,
                Err(status) => refused.push(status),
            }
            // Whoever is refused tries again.
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        let sign_in = self.since(began);
        let mut clicks = Vec::new();
        let mut next = self.clock.uptime();
        while next < WHOLE {
            tokio::time::sleep(next.saturating_sub(self.clock.uptime())).await;
            let number = clicks.len();
            let path = match number {
                0 => "/".to_owned(),
                _ => self.pages[draw(&mut self.random)].clone(),
            };
            let began = self.clock.uptime();
            let status = browser.try_to_take(&path).await;
            let took = if status == 200 {
                self.since(began)
            } else {
                FOREVER
            };
            clicks.push(Click {
                number,
                status,
                took,
            });
            next = (next + CLICK).max(self.clock.uptime());
        }
        Morning {
            sign_in,
            refused,
            clicks,
        }
    }

    fn since(&self, began: Duration) -> f64 {
        self.clock.uptime().saturating_sub(began).as_secs_f64() * 1_000.0
    }
}
