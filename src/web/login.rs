//! Signing in with a password.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Form, Query, State};
use axum::http::header::{RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Redirect, Response};
use secrecy::SecretString;
use serde::Deserialize;

use super::error_pages::Finished;
use super::failure::{Failure, unavailable, wait};
use super::session::Session;
use super::visitor::{ClientAddress, session_of};
use super::{App, frame};
use crate::frappe::{self, Caller, SignIn, UserKind};
use crate::views::context::{MessagePage, Notice, SignInPage, Tone};

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
    let notice = (!arrival.ended.is_empty()).then(|| Notice {
        tone: Tone::Info,
        text: "Your session has ended. Please sign in again; you will be back where you were."
            .to_owned(),
    });
    let page = SignInPage {
        notice,
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
    let typed: String = user.trim().chars().take(140).collect();
    let refuse = |status, problem: String| {
        let page = SignInPage {
            problem: Some(problem),
            ..blank(&app, next.clone(), typed.clone())
        };
        Ok::<_, Failure>(finished(status, app.views.render(&page)?))
    };
    if user.trim().is_empty() || user.chars().count() > 140 {
        return refuse(StatusCode::UNPROCESSABLE_ENTITY, REFUSED.to_owned());
    }
    match app.portal.client().sign_in(&user, &password, address).await {
        Ok(SignIn::SignedIn(session))
            if session.kind == UserKind::SystemUser && !app.system_users =>
        {
            let caller = Caller {
                sid: session.sid,
                user: session.user,
                address,
            };
            super::logout::end(&app, caller).await;
            message(&app, StatusCode::FORBIDDEN, MessagePage::system_user)
        }
        Ok(SignIn::SignedIn(session)) => {
            app.health.answered();
            super::logout::retry_soon(&app);
            end_earlier(&app, &headers, address);
            Ok(begin(&app, session, address, next.as_deref()))
        }
        Ok(SignIn::SecondFactor(_)) => message(&app, StatusCode::OK, MessagePage::second_factor),
        Ok(SignIn::PasswordExpired { .. }) => {
            message(&app, StatusCode::OK, MessagePage::password_expired)
        }
        Ok(SignIn::Refused) => refuse(StatusCode::UNPROCESSABLE_ENTITY, REFUSED.to_owned()),
        Err(frappe::Error::LockedOut { seconds }) => {
            let waiting = seconds.map_or_else(
                || "a minute or so".to_owned(),
                |seconds| wait(seconds.into()),
            );
            let problem = format!(
                "There were too many wrong passwords, so signing in is locked for a while. Please try again in {waiting}."
            );
            Ok(retry_after(
                refuse(StatusCode::TOO_MANY_REQUESTS, problem)?,
                seconds.map(u64::from),
            ))
        }
        Err(frappe::Error::RateLimited { retry_after: time }) => {
            let seconds = time.map(|time| time.as_secs());
            let waiting = seconds.map_or_else(|| "a minute or so".to_owned(), wait);
            let problem =
                format!("Too many people are signing in right now. Please try again in {waiting}.");
            Ok(retry_after(
                refuse(StatusCode::TOO_MANY_REQUESTS, problem)?,
                seconds,
            ))
        }
        Err(frappe::Error::Unavailable(outage)) => {
            tracing::warn!(%outage, "a sign-in did not reach the site");
            Ok(retry_after(
                refuse(
                    StatusCode::SERVICE_UNAVAILABLE,
                    unavailable(outage).to_owned(),
                )?,
                Some(10),
            ))
        }
        Err(error) => Err(Failure::Unexpected(format!("sign-in: {error}"))),
    }
}

/// A session that the browser had until now ends: nobody holds its cookie any more, or nobody who
/// should.
fn end_earlier(app: &Arc<App>, headers: &HeaderMap, address: IpAddr) {
    let Ok(earlier) = session_of(app, headers) else {
        return;
    };
    let caller = Caller {
        sid: earlier.sid,
        user: earlier.user,
        address,
    };
    let ending = Arc::clone(app);
    app.portal
        .background()
        .spawn(async move { super::logout::end(&ending, caller).await });
}

/// Begins the session: the cookie, what is to be found out in the background, and on to the page.
fn begin(
    app: &Arc<App>,
    session: frappe::Session,
    address: IpAddr,
    next: Option<&str>,
) -> Response {
    let now = app.clock.now();
    let caller = Caller {
        sid: session.sid.clone(),
        user: session.user.clone(),
        address,
    };
    let session = Session {
        sid: session.sid,
        user: session.user,
        full_name: session.full_name,
        begun: now,
        seen: now,
    };
    let portal = Arc::clone(&app.portal);
    app.portal.background().spawn(async move {
        if let Err(problem) = portal.visit(caller).await {
            tracing::debug!(%problem, "nothing was found out after a sign-in");
        }
    });
    let cookie = app.sessions.seal(&session, now);
    ([(SET_COOKIE, cookie)], Redirect::to(next.unwrap_or("/"))).into_response()
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

fn message(
    app: &App,
    status: StatusCode,
    page: impl FnOnce(crate::views::context::Frame) -> MessagePage,
) -> Result<Response, Failure> {
    let mut page = page(frame::anonymous(app, "Sign in"));
    page.frame.title.clone_from(&page.title);
    Ok::<_, Failure>(finished(status, app.views.render(&page)?))
}

fn finished(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    response.extensions_mut().insert(Finished);
    response
}

fn retry_after(mut response: Response, seconds: Option<u64>) -> Response {
    if let Some(seconds) = seconds {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// One of our own paths, or nothing: never another host, however it is written.
fn own_path(next: &str) -> Option<String> {
    let base = url::Url::parse("https://portal.invalid/").ok()?;
    let plain = next.starts_with('/')
        && next.len() <= 2_000
        && !next
            .chars()
            .any(|letter| letter.is_control() || letter == '\\');
    let joined = base
        .join(next)
        .ok()
        .filter(|joined| plain && joined.origin() == base.origin())?;
    let path = joined.path();
    // The parser has taken dot segments out, so what is left might begin with two slashes.
    if path.starts_with("//") || path == "/login" || path == "/logout" {
        return None;
    }
    Some(
        joined
            .query()
            .map_or_else(|| path.to_owned(), |query| format!("{path}?{query}")),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_is_led_back_to_our_own_paths_only() {
        for (next, own) in [
            (
                "/transport-jobs?status=Closed&page=2",
                Some("/transport-jobs?status=Closed&page=2"),
            ),
            ("/transport-jobs/TRJ%2F1", Some("/transport-jobs/TRJ%2F1")),
            ("/", Some("/")),
            ("", None),
            ("https://evil.example/", None),
            ("//evil.example/", None),
            ("/\\evil.example/", None),
            ("\\\\evil.example", None),
            ("/.//evil.example", None),
            ("/x/..//evil.example", None),
            ("/\t/evil.example", None),
            ("javascript:alert(1)", None),
            ("transport-jobs", None),
            ("/login?next=/login", None),
            ("/logout", None),
        ] {
            assert_eq!(own_path(next).as_deref(), own, "{next:?}");
        }
    }

    proptest! {
        #[test]
        fn wherever_one_is_led_a_browser_stays_here(next in "[/\\\\.a-z:@?#\\t]{0,16}") {
            if let Some(path) = own_path(&next) {
                let here = url::Url::parse("https://portal.example.com/login").expect("a URL");
                prop_assert_eq!(here.join(&path).expect("a path").origin(), here.origin());
            }
        }
    }
}
