//! A new password with a key: from one of Frappe's mails, or because the old one has expired.
//!
//! The key comes in an address and leaves it at once, for a sealed cookie: it stands in no log of
//! ours, no page and no Referer. Frappe begins a session with it, without a second factor; that one
//! is ended, and the user signs in.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Form, RawQuery, State};
use axum::http::header::{REFERRER_POLICY, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::SignedDuration;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::carried::answer_carried_through;
use super::entry::{end_earlier, message};
use super::failure::Failure;
use super::login::Because;
use super::passwords::{TOO_LONG, check_pair, weak};
use super::refusal::Refusal;
use super::tries::Network;
use super::visitor::{ClientAddress, session_of};
use super::{App, frame};
use crate::frappe::{NewPassword, ResetKey, ResetKeyDigest, UserId};
use crate::views::context::{Frame, MessagePage, NewPasswordPage, Problem};

/// For how long a browser holds a key. Frappe's own time for it is longer, or none.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// How many used keys are remembered. Each cost a mail; of one that is forgotten a visitor is told
/// that it is used *or* unknown, which is all that Frappe says.
const MOST_KEYS: u64 = 4_096;

/// A key, as the cookie holds it.
#[derive(Serialize, Deserialize)]
struct Held {
    key: String,
    expired: bool,
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Filled {
    #[serde(default)]
    new: SecretString,
    #[serde(default)]
    again: SecretString,
}

/// Keys with which a password was set here: Frappe does not tell used from unknown
/// (`update_password_key_reused`, `update_password_bad_key`).
#[derive(Debug)]
pub struct UsedKeys(Cache<ResetKeyDigest, ()>);

impl UsedKeys {
    /// No key was used yet.
    pub fn new() -> Self {
        let cache = Cache::builder()
            .max_capacity(MOST_KEYS)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self(cache)
    }
}

/// The password was right, and is too old: on to a new one.
pub fn begin_expired(app: &App, key: &ResetKey) -> Response {
    begin(app, key, true)
}

fn begin(app: &App, key: &ResetKey, expired: bool) -> Response {
    let held = Held {
        key: key.expose().to_owned(),
        expired,
    };
    let cookie = app
        .keepsakes
        .new_password
        .keep_for(&held, PATIENCE, app.clock.now());
    (
        [(SET_COOKIE, cookie)],
        [(REFERRER_POLICY, "no-referrer")],
        Redirect::to("/password/reset"),
    )
        .into_response()
}

/// `GET /update-password`: where Frappe's mails point. Whether the password has expired is not
/// taken from the address, which anybody can write: Frappe says it in the answer to a sign-in alone
/// ([`begin_expired`]).
pub async fn arrive(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Failure> {
    let query = query.unwrap_or_default();
    let key = form_urlencoded::parse(query.as_bytes())
        .find_map(|(name, value)| (name == "key").then_some(value))
        .unwrap_or_default();
    match ResetKey::parse(&key) {
        Ok(key) => Ok(begin(&app, &key, false)),
        Err(_) => no_key(&app),
    }
}

/// `GET /password/reset`
pub async fn form(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    match held(&app, &headers) {
        Some((_, expired)) => Ok(Html(app.views.render(&page(&app, expired))?).into_response()),
        None => no_key(&app),
    }
}

/// `POST /password/reset`
pub async fn set(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(filled): Form<Filled>,
) -> Result<Response, Failure> {
    let work = set_for(Arc::clone(&app), address, headers, filled);
    answer_carried_through(&app, work).await
}

async fn set_for(
    app: Arc<App>,
    address: IpAddr,
    headers: HeaderMap,
    Filled { new, again }: Filled,
) -> Result<Response, Failure> {
    let Some((key, expired)) = held(&app, &headers) else {
        return no_key(&app);
    };
    let show = |refusal: &Refusal, problem: Problem| {
        let page = NewPasswordPage {
            problem: Some(problem),
            ..page(&app, expired)
        };
        Ok::<_, Failure>(refusal.finish(app.views.render(&page)?))
    };
    let refuse = |refusal: Refusal| show(&refusal, Problem::new(refusal.text.clone()));
    if let Err(problem) = check_pair(&new, &again) {
        return refuse(Refusal::unfit(problem));
    }
    let place = match app.tries.reset_key(Network::of(address)) {
        Ok(place) => place,
        Err(too_many) => return refuse(too_many.into()),
    };
    let client = app.portal.client();
    match client.set_password_with_key(&key, &new, address).await {
        Ok(NewPassword::Set { user, unended }) => {
            place.does_not_count();
            app.used_keys.0.insert(key.digest(), ());
            if let Some(caller) = unended {
                super::logout::end(&app, caller).await;
            }
            Ok(done(&app, &headers, address, user.as_ref()))
        }
        Ok(NewPassword::KeyUsedOrUnknown) => {
            let used = app.used_keys.0.contains_key(&key.digest());
            let page: fn(Frame) -> MessagePage = if used {
                MessagePage::key_used
            } else {
                MessagePage::key_unknown
            };
            without_key(&app, StatusCode::GONE, page)
        }
        Ok(NewPassword::KeyExpired) => {
            without_key(&app, StatusCode::GONE, MessagePage::key_expired)
        }
        Ok(NewPassword::UserRefused) => without_key(
            &app,
            StatusCode::FORBIDDEN,
            MessagePage::key_of_a_refused_user,
        ),
        // Frappe looks at the password before it looks at the key, so this says nothing about it;
        // and looks long, so it counts.
        Ok(NewPassword::Weak { advice }) => {
            let problem = weak(&advice);
            show(&Refusal::unfit(problem.text.clone()), problem)
        }
        Ok(NewPassword::TooLong) => {
            place.does_not_count();
            refuse(Refusal::unfit(TOO_LONG))
        }
        Err(error) => {
            if !Refusal::may_have_counted(&error) {
                place.does_not_count();
            }
            refuse(Refusal::of(error, "new password")?)
        }
    }
}

/// The new password is set: what the browser holds of this user is worth nothing any more, and he
/// signs in. A session of somebody else's, who was sent here with a key that is not his, goes on.
fn done(app: &Arc<App>, headers: &HeaderMap, address: IpAddr, user: Option<&UserId>) -> Response {
    let mut response = Because::PasswordSet.redirect().into_response();
    let mut removed = vec![app.keepsakes.new_password.removed()];
    if session_of(app, headers).is_ok_and(|earlier| Some(&earlier.user) == user) {
        end_earlier(app, headers, address);
        removed.push(app.sessions.removed());
    }
    for removed in removed {
        response.headers_mut().append(SET_COOKIE, removed);
    }
    response
}

fn held(app: &App, headers: &HeaderMap) -> Option<(ResetKey, bool)> {
    let (held, _) = app
        .keepsakes
        .new_password
        .find::<Held>(headers, app.clock.now())?;
    Some((ResetKey::parse(&held.key).ok()?, held.expired))
}

fn no_key(app: &App) -> Result<Response, Failure> {
    message(
        app,
        StatusCode::BAD_REQUEST,
        "New password",
        MessagePage::no_key,
    )
}

fn without_key(
    app: &App,
    status: StatusCode,
    page: fn(Frame) -> MessagePage,
) -> Result<Response, Failure> {
    let mut response = message(app, status, "New password", page)?;
    response
        .headers_mut()
        .append(SET_COOKIE, app.keepsakes.new_password.removed());
    Ok(response)
}

fn page(app: &App, expired: bool) -> NewPasswordPage {
    let intro = if expired {
        "Your password has expired; choose a new one."
    } else {
        "It takes the place of the one that you had."
    };
    NewPasswordPage {
        frame: frame::anonymous(app, "Choose a new password"),
        intro: intro.to_owned(),
        problem: None,
    }
}
