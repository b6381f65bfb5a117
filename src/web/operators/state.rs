//! How the portal stands, as it is told to people and to machines.

use std::io::ErrorKind;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::Operators;
use crate::admin::report::Report;
use crate::cache::Figures;
use crate::frappe::{CustomerName, Standing, UserId};
use crate::portal::{Seen, Why};
use crate::web::App;
use crate::web::health::{self, Reach};
use crate::web::sign_ins::{Counts, Outcome};

/// The version of the program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everything that is told.
pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) up_for: SignedDuration,
    pub(super) reach: Reach,
    pub(super) standing: Standing,
    pub(super) memory: Vec<(&'static str, Figures)>,
    pub(super) sign_ins: Counts,
    pub(super) check: Check,
    pub(super) asked: Option<Asked>,
}

/// What the last check said.
pub(super) enum Check {
    /// The settings name no file.
    NoFile,
    /// There is none yet.
    None,
    /// It cannot be read, for this reason.
    Unreadable(String),
    /// This.
    Left(Report),
}

/// A user who was asked about.
pub(super) struct Asked {
    pub(super) user: String,
    pub(super) about: About,
}

/// What is known of him.
pub(super) enum About {
    NoUser,
    NotSeen,
    Seen(Seen),
}

impl State {
    pub(super) async fn of(operators: &Operators, user: Option<&str>) -> Self {
        let app = &operators.app;
        let now = app.clock.now();
        let portal = app.portal();
        let user = user.map(str::trim).filter(|user| !user.is_empty());
        let asked = user.map(|user| Asked {
            about: match UserId::parse(user) {
                Ok(id) => portal.seen(&id).map_or(About::NotSeen, About::Seen),
                Err(_) => About::NoUser,
            },
            user: user.chars().take(140).collect(),
        });
        Self {
            now,
            up_for: now.duration_since(operators.started),
            // It may ask, so that what follows is as new as can be.
            reach: health::reach(app).await,
            standing: portal.client().standing(),
            memory: memory(app),
            sign_ins: app.sign_ins.last_hour(),
            check: Check::last(operators).await,
            asked,
        }
    }
}

/// What is remembered, by what it is.
pub(super) fn memory(app: &App) -> Vec<(&'static str, Figures)> {
    let of_portal = app.portal().figures();
    let pages = ("pages", app.rendered.figures());
    of_portal.into_iter().chain([pages]).collect()
}

impl Check {
    pub(super) async fn last(operators: &Operators) -> Self {
        let Some(file) = operators.report.clone() else {
            return Self::NoFile;
        };
        let read = tokio::task::spawn_blocking(move || Report::left_in(&file)).await;
        match read {
            Ok(Ok(report)) => Self::Left(report),
            Ok(Err(problem)) if problem.kind() == ErrorKind::NotFound => Self::None,
            Ok(Err(problem)) => Self::Unreadable(problem.to_string()),
            Err(problem) => Self::Unreadable(problem.to_string()),
        }
    }
}

/// The same for machines.
#[derive(Serialize)]
pub(super) struct Json<'a> {
    version: &'static str,
    at: String,
    up_for_seconds: i64,
    site: SiteJson,
    memory: Vec<MemoryJson>,
    sign_ins_last_hour: serde_json::Map<String, serde_json::Value>,
    check: Option<&'a Report>,
    settings: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserJson<'a>>,
}

#[derive(Serialize)]
struct SiteJson {
    state: &'static str,
    breaker: &'static str,
    answered_at: Option<String>,
}

#[derive(Serialize)]
struct MemoryJson {
    memory: &'static str,
    entries: u64,
    bytes: u64,
    most_bytes: u64,
    hits: u64,
    misses: u64,
}

#[derive(Serialize)]
struct UserJson<'a> {
    user: &'a str,
    /// Whether anything is known of him.
    known: bool,
    age_seconds: Option<i64>,
    customers_from: Option<&'static str>,
    pages: Vec<PageJson<'a>>,
}

#[derive(Serialize)]
struct PageJson<'a> {
    page: &'a str,
    route: &'a str,
    doctype: &'a str,
    customers: Vec<&'a str>,
    shown: bool,
    why: &'static str,
}

/// What the breaker does, in a word.
pub(super) const fn breaker(standing: Standing) -> &'static str {
    match standing {
        Standing { is_open: true, .. } => "open",
        Standing {
            on_probation: true, ..
        } => "on probation",
        _ => "shut",
    }
}

impl State {
    pub(super) fn json<'a>(&'a self, settings: &[(String, String)]) -> Json<'a> {
        let instant = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let counts = Outcome::ALL.iter().zip(self.sign_ins);
        Json {
            version: VERSION,
            at: instant(self.now),
            up_for_seconds: self.up_for.as_secs(),
            site: SiteJson {
                state: self.reach.words(),
                breaker: breaker(self.standing),
                answered_at: self.standing.answered.map(instant),
            },
            memory: self
                .memory
                .iter()
                .map(|(memory, figures)| MemoryJson {
                    memory,
                    entries: figures.entries,
                    bytes: figures.bytes,
                    most_bytes: figures.most,
                    hits: figures.hits,
                    misses: figures.misses,
                })
                .collect(),
            sign_ins_last_hour: counts
                .map(|(outcome, count)| (outcome.name().to_owned(), count.into()))
                .collect(),
            check: match &self.check {
                Check::Left(report) => Some(report),
                _ => None,
            },
            settings: settings
                .iter()
                .map(|(key, value)| (key.clone(), value.as_str().into()))
                .collect(),
            user: self.asked.as_ref().map(UserJson::of),
        }
    }
}

impl<'a> UserJson<'a> {
    fn of(asked: &'a Asked) -> Self {
        let seen = match &asked.about {
            About::Seen(seen) => Some(seen),
            About::NoUser | About::NotSeen => None,
        };
        let pages = seen.iter().flat_map(|seen| &seen.pages);
        Self {
            user: &asked.user,
            known: seen.is_some(),
            age_seconds: seen.map(|seen| seen.age.as_secs()),
            customers_from: seen.map(|seen| {
                if seen.by_portal_users {
                    "portal users"
                } else {
                    "user permissions"
                }
            }),
            pages: pages
                .map(|page| PageJson {
                    page: &page.title,
                    route: &page.route,
                    doctype: page.doctype.as_str(),
                    customers: page.customers.iter().map(CustomerName::as_str).collect(),
                    shown: page.why.is_shown(),
                    why: match page.why {
                        Why::Has => "readable",
                        Why::HasPerhaps => "not asked lately",
                        Why::NoCustomer => "no customer",
                        Why::NotInMenu => "not in the menu",
                        Why::NotForCustomers => "not for his customers",
                        Why::Unreadable => "not readable",
                    },
                })
                .collect(),
        }
    }
}
