//! One stream, from its first word to its end.
//!
//! It is made as it is read: a browser that leaves takes it along, and nothing of it is left.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::Event;
use futures::stream;
use jiff::Timestamp;
use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::super::App;
use super::super::failure::Failure;
use super::super::turns::Turn;
use super::super::visitor::SignedIn;
use super::pages::Pages;
use crate::portal::Watch;

/// How soon an open page is asked for again that could not be when it was due.
const SOON: Duration = Duration::from_secs(5);

/// The events, by name. A page has changed: its address follows.
const CHANGED: &str = "changed";
/// The session has ended.
const ENDED: &str = "ended";

/// A stream.
#[derive(Debug)]
pub struct Stream {
    app: Arc<App>,
    visitor: SignedIn,
    watch: Watch,
    pages: Pages,
    /// How many changes of each page were told.
    told: Vec<u64>,
    /// What is to be told next.
    waiting: VecDeque<Event>,
    /// When the session ends, if nothing else ends it.
    until: Timestamp,
    heartbeat: Interval,
    soon: Interval,
    is_over: bool,
    _turn: Turn,
}

impl Stream {
    /// A stream about these pages, some of which have `changed` since they were shown.
    pub fn new(
        app: Arc<App>,
        visitor: SignedIn,
        watch: Watch,
        pages: Pages,
        changed: Vec<bool>,
        turn: Turn,
    ) -> Self {
        let shown = pages.iter().zip(changed);
        let waiting = shown
            .filter(|(_, changed)| *changed)
            .map(|(page, _)| Event::default().event(CHANGED).data(&page.address))
            .collect();
        Self {
            told: pages.iter().map(|_| 0).collect(),
            until: app.sessions.ends(&visitor.session),
            heartbeat: every(app.events.heartbeat),
            soon: every(app.events.heartbeat.min(SOON)),
            is_over: false,
            app,
            visitor,
            watch,
            pages,
            waiting,
            _turn: turn,
        }
    }

    /// Its events, one after the other, until the server ends.
    pub fn into_events(
        self,
        ending: CancellationToken,
    ) -> impl futures::Stream<Item = Result<Event, Infallible>> {
        stream::unfold((self, ending), |(mut stream, ending)| async {
            let event = ended_by(&ending, stream.next()).await?;
            Some((Ok(event), (stream, ending)))
        })
    }

    /// The next event; `None` when there are no more.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(event);
            }
            if self.is_over {
                return None;
            }
            if self.watch.is_over() {
                return Some(self.end());
            }
            self.look();
            if !self.waiting.is_empty() {
                continue;
            }
            tokio::select! {
                () = self.watch.news() => {}
                _ = self.soon.tick() => self.watch.go_on(),
                _ = self.heartbeat.tick() => {
                    let goes_on = self.prove().await;
                    // What is no event: it keeps the connection, and finds out whether there is one.
                    return Some(if goes_on { Event::default().comment("") } else { self.end() });
                }
            }
        }
    }

    /// Notes which pages have changed since that was told.
    fn look(&mut self) {
        let pages = self.pages.iter().zip(&mut self.told);
        for ((page, told), changes) in pages.zip(self.watch.changes()) {
            if *told != changes {
                *told = changes;
                let event = Event::default().event(CHANGED).data(&page.address);
                self.waiting.push_back(event);
            }
        }
    }

    fn end(&mut self) -> Event {
        self.is_over = true;
        // Browsers pass over an event without data.
        Event::default().event(ENDED).data("session")
    }

    /// Whether the session is still good, as far as can be found out.
    async fn prove(&self) -> bool {
        if self.app.clock.now() >= self.until {
            return false;
        }
        match self.visitor.visit(&self.app).await {
            Ok(visit) => {
                self.watch.proved(&visit);
                true
            }
            Err(Failure::SignIn { .. }) => false,
            // What could not be found out is found out next time; nothing is told in between.
            Err(_) => true,
        }
    }
}

/// What `work` comes to, or nothing when everything ends.
async fn ended_by<T>(
    ending: &CancellationToken,
    work: impl Future<Output = Option<T>>,
) -> Option<T> {
    tokio::select! {
        biased;
        () = ending.cancelled() => None,
        done = work => done,
    }
}

fn every(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
