//! A forgotten password: a mail with a link, asked for in the background.
//!
//! Every address gets the same answer after the same work, whether there is such an account or not.
//! Frappe sends three mails an hour for one client address; when it says that there were enough,
//! nobody is waiting for that answer any more, so it is remembered for whoever asks next from there.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Redirect, Response};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use serde::Deserialize;

use super::entry::message;
use super::failure::{Failure, wait};
use super::refusal::Refusal;
use super::tries::{Network, TooMany, Typed};
use super::visitor::ClientAddress;
use super::{App, frame};
use crate::clock::Clock;
use crate::frappe::{Error, ResetRequest};
use crate::views::context::{ForgottenPasswordPage, MessagePage};

/// For how long it is believed that Frappe sends nothing more, where Frappe does not say: its limit
/// is one for each hour, and how much of it is left is not known.
const PAUSE: Duration = Duration::from_mins(15);

/// How many networks are remembered; beyond that the oldest are forgotten, and Frappe says it again.
const MOST_NETWORKS: u64 = 4_096;

/// The query of the page.
#[derive(Debug, Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
pub struct Filled {
    #[serde(default)]
    user: String,
}

/// From where Frappe sends no more mails, and until when.
#[derive(Debug)]
pub struct Paused {
    until: Cache<String, Duration>,
    clock: Clock,
}

impl Paused {
    /// Nothing is paused.
    pub fn new(clock: Clock) -> Self {
        let until = Cache::builder()
            .max_capacity(MOST_NETWORKS)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { until, clock }
    }

    fn remember(&self, network: Network, time: Option<Duration>) {
        let until = self.clock.uptime().saturating_add(time.unwrap_or(PAUSE));
        self.until.insert(network.to_string(), until);
    }

    fn check(&self, network: Network) -> Result<(), TooMany> {
        let until = self.until.get(&network.to_string()).unwrap_or_default();
        let left = until.saturating_sub(self.clock.uptime());
        if left.is_zero() {
            return Ok(());
        }
        Err(TooMany {
            seconds: left.as_secs().max(1),
        })
    }
}

/// `GET /password/forgot`
pub async fn form(
    State(app): State<Arc<App>>,
    Query(arrival): Query<Arrival>,
) -> Result<Response, Failure> {
    if arrival.notice == "asked" {
        return message(
            &app,
            StatusCode::OK,
            "Forgotten password",
            MessagePage::password_mail,
        );
    }
    Ok(Html(app.views.render(&blank(&app))?).into_response())
}

/// `POST /password/forgot`
pub async fn ask(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    Form(Filled { user }): Form<Filled>,
) -> Result<Response, Failure> {
    let shown: String = user.trim().chars().take(140).collect();
    let refuse = |refusal: Refusal| {
        let page = ForgottenPasswordPage {
            user: shown.clone(),
            problem: Some(refusal.text.clone()),
            ..blank(&app)
        };
        Ok::<_, Failure>(refusal.finish(app.views.render(&page)?))
    };
    let Some(typed) = Typed::parse(&user) else {
        return refuse(Refusal::unfit(
            "Please type the e-mail address with which you sign in.",
        ));
    };
    let network = Network::of(address);
    let place = app
        .paused_mails
        .check(network)
        .and_then(|()| app.tries.reset_mail(&typed, network));
    let place = match place {
        Ok(place) => place,
        Err(too_many) => return refuse(enough(too_many)),
    };
    // Every mail counts, whatever becomes of it.
    drop(place);
    let asking = Arc::clone(&app);
    app.portal.background().spawn(async move {
        let client = asking.portal.client();
        match client.request_password_reset(typed.as_str(), address).await {
            Ok(ResetRequest::Asked | ResetRequest::Refused) => {}
            Err(Error::RateLimited { retry_after }) => {
                tracing::warn!(%network, "the site sends no more password mails for now");
                asking.paused_mails.remember(network, retry_after);
            }
            Err(problem) => tracing::warn!(%problem, "a password mail was not asked for"),
        }
    });
    Ok(Redirect::to("/password/forgot?notice=asked").into_response())
}

fn enough(too_many: TooMany) -> Refusal {
    let waiting = wait(too_many.seconds);
    let mut refusal = Refusal::from(too_many);
    refusal.text = format!(
        "A mail was asked for several times already, and for your safety there is a limit. Please check your mailbox for the newest one, or try again in {waiting}."
    );
    refusal
}

fn blank(app: &App) -> ForgottenPasswordPage {
    ForgottenPasswordPage {
        frame: frame::anonymous(app, "Forgotten password"),
        user: String::new(),
        problem: None,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_pause_without_end_is_one_and_no_more() {
        let paused = Paused::new(Clock::manual(Timestamp::UNIX_EPOCH));
        paused.clock.advance(jiff::SignedDuration::from_hours(1));
        let network = Network::of([203, 0, 113, 7].into());
        paused.remember(network, Some(Duration::MAX));
        assert!(paused.check(network).is_err());
    }
}
