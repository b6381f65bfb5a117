//! For operators: whether the process lives, and whether it can serve.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde_json::json;

use super::App;
use crate::clock::Clock;

/// A site that answered so lately is not asked again.
const ANSWERED_JUST_NOW: SignedDuration = SignedDuration::from_secs(5);

/// A site that answered so lately counts as answering, even when it does not at this moment: a
/// short hiccup takes no replica out of service.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(60);

/// A site that was asked so lately is not asked again, whatever it said.
const ASKED_JUST_NOW: SignedDuration = SignedDuration::from_secs(2);

/// When the site last answered, and when it was last asked for no other reason.
#[derive(Debug)]
pub struct Health {
    clock: Clock,
    asking: tokio::sync::Mutex<()>,
    last_asked: AtomicI64,
    last_answer: AtomicI64,
}

impl Health {
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            asking: tokio::sync::Mutex::new(()),
            last_asked: AtomicI64::new(i64::MIN),
            last_answer: AtomicI64::new(i64::MIN),
        }
    }

    /// The site has answered.
    pub fn answered(&self) {
        self.last_answer
            .store(self.clock.now().as_second(), Ordering::Relaxed);
    }

    fn asks(&self) {
        self.last_asked
            .store(self.clock.now().as_second(), Ordering::Relaxed);
    }

    fn answered_within(&self, time: SignedDuration) -> bool {
        self.is_within(&self.last_answer, time)
    }

    fn asked_within(&self, time: SignedDuration) -> bool {
        self.is_within(&self.last_asked, time) || self.answered_within(time)
    }

    fn is_within(&self, moment: &AtomicI64, time: SignedDuration) -> bool {
        let age = self
            .clock
            .now()
            .as_second()
            .saturating_sub(moment.load(Ordering::Relaxed));
        (0..=time.as_secs()).contains(&age)
    }
}

/// `GET /health/live`: the process answers.
pub async fn live() -> Response {
    answer(StatusCode::OK, &json!({"live": true}))
}

/// Whether the site answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It does.
    Answering,
    /// It did a moment ago.
    Remembered,
    /// It does not.
    NotAnswering,
}

impl Reach {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Answering => "answering",
            Self::Remembered => "remembered as answering",
            Self::NotAnswering => "not answering",
        }
    }
}

/// Whether the site answers, asked unless that was so just now.
pub async fn reach(app: &App) -> Reach {
    {
        // One asks; whoever comes meanwhile waits for what he hears.
        let _asking = app.health.asking.lock().await;
        if !app.health.asked_within(ASKED_JUST_NOW) {
            app.health.asks();
            if app.portal.client().ping().await.is_ok() {
                app.health.answered();
            }
        }
    }
    if app.health.answered_within(ANSWERED_JUST_NOW) {
        Reach::Answering
    } else if app.health.answered_within(REMEMBERED) {
        Reach::Remembered
    } else {
        Reach::NotAnswering
    }
}

/// `GET /health/ready`: the settings are good (or there would be no server) and the site answers,
/// or did a moment ago.
pub async fn ready(State(app): State<Arc<App>>) -> Response {
    let reach = reach(&app).await;
    let (status, ready) = match reach {
        Reach::Answering | Reach::Remembered => (StatusCode::OK, true),
        Reach::NotAnswering => (StatusCode::SERVICE_UNAVAILABLE, false),
    };
    answer(status, &json!({"ready": ready, "site": reach.words()}))
}

fn answer(status: StatusCode, body: &serde_json::Value) -> Response {
    let mut response = (status, axum::Json(body)).into_response();
    response
        .extensions_mut()
        .insert(super::error_pages::Finished);
    response
}
