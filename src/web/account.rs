//! One's own account: who one is, language and time zone, the password, and being signed in elsewhere.

mod choices;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Form, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::carried::answer_carried_through;
use super::failure::Failure;
use super::negotiate::wants_json;
use super::passwords::{TOO_LONG, check_pair, weak};
use super::refusal::Refusal;
use super::session::Session;
use super::visitor::SignedIn;
use super::{App, frame};
use crate::frappe::{self, ChangedPassword, CustomerName, Sid};
use crate::portal::Visit;
use crate::portal::account::{Account, NoChoice, Wanted};
use crate::portal::menu::Common;
use crate::views::context::{AccountPage, Notice, Problem, Tone};

const WRONG_OLD: &str = "That is not your password. Please try again.";

/// The query of the page.
#[derive(Debug, Deserialize)]
pub struct Arrival {
    #[serde(default)]
    notice: String,
}

/// What was done just now, as the address says.
#[derive(Clone, Copy)]
enum Done {
    Preferences,
    Password,
    Elsewhere,
}

impl Done {
    const ALL: [Self; 3] = [Self::Preferences, Self::Password, Self::Elsewhere];

    const fn code(self) -> &'static str {
        match self {
            Self::Preferences => "preferences",
            Self::Password => "password",
            Self::Elsewhere => "elsewhere",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Preferences => "Saved.",
            Self::Password => {
                "Your new password is set. You are still signed in here, and nowhere else."
            }
            Self::Elsewhere => "You are signed out everywhere else.",
        }
    }

    fn redirect(self) -> Response {
        Redirect::to(&format!("/account?notice={}", self.code())).into_response()
    }
}

/// `GET /account`
pub async fn show(
    State(app): State<Arc<App>>,
    Query(arrival): Query<Arrival>,
    headers: HeaderMap,
    visitor: SignedIn,
) -> Result<Response, Failure> {
    let visit = visitor.visit(&app).await?;
    let account = visit.account().await?;
    if wants_json(&headers) {
        return Ok(Json(as_json(&visitor.session, &visit, &account)).into_response());
    }
    let done = Done::ALL
        .into_iter()
        .find(|done| done.code() == arrival.notice);
    let page = AccountPage {
        notice: done.map(|done| Notice {
            tone: Tone::Good,
            text: done.words().to_owned(),
        }),
        ..page(&app, &visitor.session, &visit, &account)
    };
    visitor.answer(&app, &page)
}

/// `GET` where something is changed: a state is changed by POST only, so an address typed or loaded
/// again leads to the page with the form.
pub async fn back() -> Redirect {
    Redirect::to("/account")
}

/// What the form of language and time zone sends.
#[derive(Debug, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    language: String,
    #[serde(default)]
    time_zone: String,
}

/// `POST /account/preferences`
pub async fn set_preferences(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    Form(chosen): Form<Chosen>,
) -> Result<Response, Failure> {
    let visit = visitor.visit(&app).await?;
    let account = visit.account().await?;
    let changes = account.changes(&Wanted {
        language: &chosen.language,
        time_zone: &chosen.time_zone,
    });
    let refusal = match changes {
        Ok(changes) => match visit.set_preferences(&changes).await {
            Ok(()) => return Ok(Done::Preferences.redirect()),
            Err(frappe::Error::Invalid) => Refusal::unfit(
                "That language is not set up in the system behind this portal. Please choose another one.",
            ),
            Err(frappe::Error::Forbidden) => Refusal::new(
                StatusCode::FORBIDDEN,
                "Your account may not change this itself. Please ask us.",
            ),
            Err(frappe::Error::SignInRequired) => return Err(Failure::SignIn { ended: true }),
            Err(error) => Refusal::of(error, "preferences")?,
        },
        Err(NoChoice::Language) => Refusal::unfit("Please choose one of the languages."),
        Err(NoChoice::TimeZone) => Refusal::unfit("Please choose one of the time zones."),
    };
    let page = AccountPage {
        preferences_problem: Some(Problem::new(refusal.text.clone())),
        ..page(&app, &visitor.session, &visit, &account)
    };
    Ok(refusal.finish(app.views.render(&page)?))
}

/// What the form for a new password sends.
#[derive(Deserialize)]
pub struct Passwords {
    #[serde(default)]
    old: SecretString,
    #[serde(default)]
    new: SecretString,
    #[serde(default)]
    again: SecretString,
}

/// `POST /account/password`
pub async fn change_password(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    Form(passwords): Form<Passwords>,
) -> Result<Response, Failure> {
    let work = change_for(Arc::clone(&app), visitor, passwords);
    answer_carried_through(&app, work).await
}

async fn change_for(
    app: Arc<App>,
    visitor: SignedIn,
    Passwords { old, new, again }: Passwords,
) -> Result<Response, Failure> {
    let visit = visitor.visit(&app).await?;
    let problem = match check_pair(&new, &again) {
        Ok(()) => match update(&app, &visitor, &old, &new).await? {
            Updated::Done(sid) => return Ok(go_on(&app, visitor, sid, Done::Password).await),
            Updated::Weak(problem) => Refused::unfit(problem),
            Updated::TooLong => Refused::unfit(Problem::new(TOO_LONG)),
            Updated::Refused(refusal) => refusal.into(),
        },
        Err(problem) => Refused::unfit(Problem::new(problem)),
    };
    let account = visit.account().await?;
    let page = AccountPage {
        password_problem: Some(problem.problem),
        ..page(&app, &visitor.session, &visit, &account)
    };
    Ok(problem.refusal.finish(app.views.render(&page)?))
}

/// What the form for signing out elsewhere sends.
#[derive(Deserialize)]
pub struct Password {
    #[serde(default)]
    password: SecretString,
}

/// `POST /account/sign-out-elsewhere`: Frappe ends a user's other sessions only along with setting a
/// password, so the one that he has is set again.
pub async fn sign_out_elsewhere(
    State(app): State<Arc<App>>,
    visitor: SignedIn,
    Form(Password { password }): Form<Password>,
) -> Result<Response, Failure> {
    let work = sign_out_for(Arc::clone(&app), visitor, password);
    answer_carried_through(&app, work).await
}

async fn sign_out_for(
    app: Arc<App>,
    visitor: SignedIn,
    password: SecretString,
) -> Result<Response, Failure> {
    let visit = visitor.visit(&app).await?;
    let problem: Refused = match update(&app, &visitor, &password, &password).await? {
        Updated::Done(sid) => return Ok(go_on(&app, visitor, sid, Done::Elsewhere).await),
        Updated::Weak(_) => Refused::unfit(Problem::new(
            "Nothing was signed out: that password is too easy to guess for the system to take it once more. If it is yours, please choose a new one above, which signs you out everywhere else too.",
        )),
        Updated::TooLong => Refused::unfit(Problem::new(
            "Nothing was signed out: that password is longer than we can take for this. If it is yours, please choose one of at most 128 characters above, which signs you out everywhere else too.",
        )),
        Updated::Refused(refusal) => refusal.into(),
    };
    let account = visit.account().await?;
    let page = AccountPage {
        elsewhere_problem: Some(problem.problem),
        ..page(&app, &visitor.session, &visit, &account)
    };
    Ok(problem.refusal.finish(app.views.render(&page)?))
}

/// What became of setting a password with the old one.
enum Updated {
    /// It is set; Frappe may have begun a new session in the place of this one.
    Done(Option<Sid>),
    /// It is too weak.
    Weak(Problem),
    /// It is too long.
    TooLong,
    /// It is not set.
    Refused(Refusal),
}

/// Why a form was not taken, with what would be better.
struct Refused {
    refusal: Refusal,
    problem: Problem,
}

impl Refused {
    fn unfit(problem: Problem) -> Self {
        Self {
            refusal: Refusal::unfit(problem.text.clone()),
            problem,
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self {
            problem: Problem::new(refusal.text.clone()),
            refusal,
        }
    }
}

async fn update(
    app: &App,
    visitor: &SignedIn,
    old: &SecretString,
    new: &SecretString,
) -> Result<Updated, Failure> {
    if old.expose_secret().is_empty() {
        return Ok(Updated::Refused(Refusal::unfit(
            "Please type the password that you have now.",
        )));
    }
    let caller = &visitor.caller;
    let place = match app.tries.old_password(&caller.user, &caller.sid.digest()) {
        Ok(place) => place,
        Err(too_many) => return Ok(Updated::Refused(too_many.into())),
    };
    let outcome = app.portal.client().change_password(caller, old, new).await;
    match outcome {
        Ok(ChangedPassword::WrongOld) => Ok(Updated::Refused(Refusal::unfit(WRONG_OLD))),
        Ok(ChangedPassword::Changed { session }) => {
            place.does_not_count();
            Ok(Updated::Done(session))
        }
        // Frappe looks at the new password before it looks at the old one, and looks long, so it
        // counts.
        Ok(ChangedPassword::Weak { advice }) => Ok(Updated::Weak(weak(&advice))),
        Ok(ChangedPassword::TooLong) => {
            place.does_not_count();
            Ok(Updated::TooLong)
        }
        Err(frappe::Error::SignInRequired) => Err(Failure::SignIn { ended: true }),
        Err(error) => {
            if !Refusal::may_have_counted(&error) {
                place.does_not_count();
            }
            Ok(Updated::Refused(Refusal::of(error, "password")?))
        }
    }
}

/// Goes on with the session that Frappe has begun, and ends the one until now: a copy of its cookie
/// is worth nothing any more.
async fn go_on(app: &Arc<App>, visitor: SignedIn, sid: Option<Sid>, done: Done) -> Response {
    let mut response = done.redirect();
    if let Some(sid) = sid {
        let now = app.clock.now();
        let session = Session {
            sid,
            begun: now,
            seen: now,
            ..Session::clone(&visitor.session)
        };
        super::logout::end(app, visitor.caller).await;
        let cookie = app.sessions.seal(&session, now);
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn as_json(session: &Session, visit: &Visit, account: &Account) -> serde_json::Value {
    let customers = visit.customers();
    let customers: Vec<_> = customers.into_iter().map(CustomerName::as_str).collect();
    let or_null = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    json!({
        "user": session.user.as_str(),
        "full_name": or_null(&account.full_name),
        "customers": customers,
        "language": or_null(&account.language),
        "time_zone": or_null(&account.time_zone),
    })
}

fn page(app: &Arc<App>, session: &Session, visit: &Visit, account: &Account) -> AccountPage {
    let frame = frame::of_visit(
        app,
        session,
        visit,
        "Your account",
        Some(Common::Account.name()),
    );
    let full_name = if account.full_name.is_empty() {
        session.user.to_string()
    } else {
        account.full_name.clone()
    };
    AccountPage {
        frame,
        notice: None,
        full_name,
        user: session.user.to_string(),
        customers: visit.customers().iter().map(ToString::to_string).collect(),
        languages: choices::languages(&account.language),
        time_zones: choices::time_zones(&account.time_zone),
        site_time_zone: app
            .portal
            .time_zone()
            .iana_name()
            .unwrap_or("UTC")
            .to_owned(),
        preferences_problem: None,
        password_problem: None,
        elsewhere_problem: None,
    }
}
