//! Signing in with a password.
//!
//! A refusal comes no sooner than `sign_in.refusal` after it was asked for, whether Frappe was asked
//! or not: Frappe takes longer over a wrong password than over an account that does not exist.

use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::entry::{self, Attempt};
use super::failure::Failure;
use super::known;
use super::next::own_path;
use super::refusal::Refusal;
use super::sign_ins::Outcome;
use super::tries::{Network, Typed};
use super::visitor::{ClientAddress, session_of};
use super::{App, frame};
use crate::frappe::SignIn;
use crate::views::context::{Notice, SignInPage, Tone};

/// One sentence for a wrong password, an unknown user and a disabled one: which of them it was is
/// nobody's business.
const REFUSED: &str = "That e-mail address and password do not belong together, or the account cannot sign in. Please check both and try again.";

/// The query of the sign-in page.
#[derive(Debug, Deserialize)]
pub struct Arrival {
    #[serde(default)]
    next: String,
    #[serde(default)]
    ended: String,
    #[serde(default)]
    notice: String,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Credentials {
    #[serde(default)]
    user: String,
    #[serde(default)]
    password: SecretString,
    #[serde(default)]
    next: String,
}

/// Why one is led to the sign-in page, as its address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// A sign-in was not finished in time, or was finished already.
    AttemptOver,
    /// A new password is set.
    PasswordSet,
}

impl Because {
    const ALL: [Self; 2] = [Self::AttemptOver, Self::PasswordSet];

    const fn code(self) -> &'static str {
        match self {
            Self::AttemptOver => "attempt-over",
            Self::PasswordSet => "password-set",
        }
    }

    fn notice(self) -> Notice {
        let (tone, text) = match self {
            Self::AttemptOver => (
                Tone::Info,
                "That sign-in is over: a code has to be entered within a few minutes, and once. Please sign in again.",
            ),
            Self::PasswordSet => (Tone::Good, "Your new password is set. Please sign in."),
        };
        Notice {
            tone,
            text: text.to_owned(),
        }
    }

    /// The way to the sign-in page.
    pub fn redirect(self) -> Redirect {
        Redirect::to(&format!("/login?notice={}", self.code()))
    }
}

/// `GET /login`
pub async fn form(
    State(app): State<Arc<App>>,
    Query(arrival): Query<Arrival>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let next = own_path(&arrival.next);
    if session_of(&app, &headers).is_ok() {
        return Ok(Redirect::to(next.as_deref().unwrap_or("/")).into_response());
    }
    let because = Because::ALL
        .into_iter()
        .find(|because| because.code() == arrival.notice);
    let ended = (!arrival.ended.is_empty()).then(|| Notice {
        tone: Tone::Info,
        text: "Your session has ended. Please sign in again; you will be back where you were."
            .to_owned(),
    });
    let page = SignInPage {
        notice: because.map(Because::notice).or(ended),
        ..blank(&app, next, String::new())
    };
    Ok(Html(app.views.render(&page)?).into_response())
}

/// `POST /login`
pub async fn sign_in(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Failure> {
    let Credentials {
        user,
        password,
        next,
    } = credentials;
    let next = own_path(&next);
    let shown: String = user.trim().chars().take(140).collect();
    let refuse = |refusal: Refusal| {
        let page = SignInPage {
            problem: Some(refusal.text.clone()),
            ..blank(&app, next.clone(), shown.clone())
        };
        Ok::<_, Failure>(refusal.finish(app.views.render(&page)?))
    };
    // It runs from here; whoever waits for it holds no turn at Frappe any more.
    let soonest = tokio::time::sleep(app.refusal);
    let refused = || Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, REFUSED);
    let Some(typed) = Typed::parse(&user).filter(|_| !password.expose_secret().is_empty()) else {
        soonest.await;
        return refuse(refused());
    };
    let known = known::knows(&app, &headers, &typed);
    let place = match app.tries.password(&typed, Network::of(address), known) {
        Ok(place) => place,
        Err(too_many) => {
            app.sign_ins.note(Outcome::Limited);
            return refuse(too_many.into());
        }
    };
    let second_factor = match app.tries.second_factor(&typed, known) {
        Ok(second_factor) => second_factor,
        Err(too_many) => {
            app.sign_ins.note(Outcome::Limited);
            place.does_not_count();
            return refuse(too_many.into());
        }
    };
    match app
        .portal
        .client()
        .sign_in(typed.as_str(), &password, address)
        .await
    {
        Ok(SignIn::Refused) => {
            app.sign_ins.note(Outcome::Refused);
            second_factor.does_not_count();
            soonest.await;
            refuse(refused())
        }
        Ok(right) => {
            place.does_not_count();
            if !matches!(right, SignIn::SecondFactor(_)) {
                second_factor.does_not_count();
            }
            let attempt = Attempt {
                typed: typed.as_str().to_owned(),
                next: next.clone(),
            };
            entry::enter(&app, &headers, address, attempt, right).await
        }
        Err(error) => {
            app.sign_ins.note(Outcome::of(&error));
            if !Refusal::may_have_counted(&error) {
                place.does_not_count();
                second_factor.does_not_count();
            }
            refuse(Refusal::of(error, "sign-in")?)
        }
    }
}

fn blank(app: &App, next: Option<String>, user: String) -> SignInPage {
    SignInPage {
        frame: frame::anonymous(app, "Sign in"),
        next,
        user,
        problem: None,
        notice: None,
        help: None,
    }
}
