//! The second factor: a code from an app, a mail or a text message.
//!
//! Between password and code nothing is kept here: the attempt lies in a sealed cookie of its own
//! for as long as Frappe holds its side of it.

use std::sync::Arc;

use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use axum::response::{Html, IntoResponse, Redirect, Response};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::entry::{self, Attempt};
use super::failure::Failure;
use super::login::Because;
use super::refusal::Refusal;
use super::sign_ins::Outcome;
use super::tries::Typed;
use super::visitor::ClientAddress;
use super::{App, frame, known};
use crate::frappe::{SecondFactor, SecondFactorPrompt, SignIn};
use crate::views::context::SecondFactorPage;

const WRONG: &str = "That code is wrong, or no longer valid. Please try again with the newest one.";

/// Where Frappe could not send the code: no telephone number, say.
const NOT_SENT: &[&str] = &[
    "Your password is right, and you also need a code that we send you. That could not be sent: we may not have the right address or number of yours.",
    "Please ask us.",
];

/// The longest code that anybody sends; Frappe's have six digits.
const LONGEST: usize = 12;

/// A sign-in that waits for its code, as the cookie holds it.
#[derive(Serialize, Deserialize)]
struct Pending {
    tmp_id: String,
    user: String,
    next: Option<String>,
    way: Way,
    sent: bool,
}

/// How the user comes by the code.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Way {
    App,
    Mail,
    SetUp,
    Sms,
    Unknown,
}

impl Way {
    const fn of(prompt: SecondFactorPrompt) -> Self {
        match prompt {
            SecondFactorPrompt::App => Self::App,
            SecondFactorPrompt::EmailedCode => Self::Mail,
            SecondFactorPrompt::EmailedSetup => Self::SetUp,
            SecondFactorPrompt::Sms => Self::Sms,
            SecondFactorPrompt::Unknown => Self::Unknown,
        }
    }

    /// For how long Frappe waits: 300 s for what it sends, 180 s for an app, the first time
    /// included (`frappe/twofactor.py`, `cache_2fa_data`).
    const fn patience(self) -> SignedDuration {
        match self {
            Self::Mail | Self::Sms => SignedDuration::from_mins(5),
            Self::App | Self::SetUp | Self::Unknown => SignedDuration::from_mins(3),
        }
    }

    const fn words(self) -> &'static [&'static str] {
        match self {
            Self::App => &[
                "Your password is right. Now open the app on your phone that makes your codes, and type the one that it shows.",
                "You have three minutes.",
            ],
            Self::Mail => &[
                "Your password is right. We have just sent you a mail with a code: please type it here.",
                "You have five minutes. If you cannot find the mail, look into your spam folder.",
            ],
            Self::SetUp => &[
                "Your password is right. From now on you also need a code from an app on your phone. We have just sent you a mail that says how to set it up: do that first, and then type the code that the app shows.",
                "Take your time. After three minutes you may have to sign in once more; the mail stays good.",
            ],
            Self::Sms => &[
                "Your password is right. We have just sent a text message with a code to your phone: please type it here.",
                "You have five minutes.",
            ],
            Self::Unknown => &[
                "Your password is right. Please type the verification code that you were given.",
                "You have three minutes.",
            ],
        }
    }
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Filled {
    #[serde(default)]
    code: SecretString,
}

/// The password was right: on to the code.
pub fn begin(app: &App, second_factor: &SecondFactor, attempt: Attempt) -> Response {
    let way = Way::of(second_factor.prompt);
    let pending = Pending {
        tmp_id: second_factor.tmp_id.expose_secret().to_owned(),
        user: attempt.typed,
        next: attempt.next,
        way,
        sent: second_factor.setup,
    };
    let cookie = app
        .keepsakes
        .second_factor
        .keep_for(&pending, way.patience(), app.clock.now());
    ([(SET_COOKIE, cookie)], Redirect::to("/login/verify")).into_response()
}

/// `GET /login/verify`
pub async fn form(State(app): State<Arc<App>>, headers: HeaderMap) -> Result<Response, Failure> {
    let Some((pending, _)) = pending(&app, &headers) else {
        return Ok(over(&app));
    };
    Ok(Html(app.views.render(&page(&app, &pending))?).into_response())
}

/// `POST /login/verify`
pub async fn verify(
    State(app): State<Arc<App>>,
    ClientAddress(address): ClientAddress,
    headers: HeaderMap,
    Form(Filled { code }): Form<Filled>,
) -> Result<Response, Failure> {
    let Some((pending, until)) = pending(&app, &headers) else {
        return Ok(over(&app));
    };
    let Some(typed) = Typed::parse(&pending.user) else {
        return Ok(over(&app));
    };
    let refuse = |refusal: Refusal| {
        let page = SecondFactorPage {
            problem: Some(refusal.text.clone()),
            ..page(&app, &pending)
        };
        Ok::<_, Failure>(refusal.finish(app.views.render(&page)?))
    };
    let Some(code) = digits(&code) else {
        return refuse(Refusal::unfit(WRONG));
    };
    let tmp_id = SecretString::from(pending.tmp_id.as_str());
    let Some(claim) = app.attempts.claim(&tmp_id, until, app.clock.now()) else {
        return Ok(over(&app));
    };
    let known = known::knows(&app, &headers, &typed);
    let place = match app.tries.code(&typed, known) {
        Ok(place) => place,
        Err(too_many) => {
            app.sign_ins.note(Outcome::Limited);
            claim.release();
            return refuse(too_many.into());
        }
    };
    match app
        .portal
        .client()
        .verify_second_factor(&tmp_id, &code, address)
        .await
    {
        Ok(SignIn::Refused) => {
            app.sign_ins.note(Outcome::Refused);
            claim.release();
            refuse(Refusal::unfit(WRONG))
        }
        Ok(SignIn::SecondFactor(_)) => Err(Failure::Unexpected(
            "a second factor asks for another one".to_owned(),
        )),
        Ok(right) => {
            place.does_not_count();
            app.tries.completed(&typed, known);
            let attempt = Attempt {
                typed: pending.user.clone(),
                next: pending.next.clone(),
            };
            let mut response = entry::enter(&app, &headers, address, attempt, right).await?;
            response
                .headers_mut()
                .append(SET_COOKIE, app.keepsakes.second_factor.removed());
            Ok(response)
        }
        Err(error) => {
            app.sign_ins.note(Outcome::of(&error));
            claim.release();
            if !Refusal::may_have_counted(&error) {
                place.does_not_count();
            }
            refuse(Refusal::of(error, "second factor")?)
        }
    }
}

fn pending(app: &App, headers: &HeaderMap) -> Option<(Pending, Timestamp)> {
    app.keepsakes.second_factor.find(headers, app.clock.now())
}

/// Back to the beginning, kindly.
fn over(app: &App) -> Response {
    let removed = app.keepsakes.second_factor.removed();
    ([(SET_COOKIE, removed)], Because::AttemptOver.redirect()).into_response()
}

/// The digits of a code, however they were grouped.
fn digits(code: &SecretString) -> Option<SecretString> {
    let digits: String = code
        .expose_secret()
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .collect();
    let fits =
        (1..=LONGEST).contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_digit());
    fits.then(|| digits.into())
}

fn page(app: &App, pending: &Pending) -> SecondFactorPage {
    let words = if pending.sent {
        pending.way.words()
    } else {
        NOT_SENT
    };
    SecondFactorPage {
        frame: frame::anonymous(app, "Enter your code"),
        user: pending.user.clone(),
        paragraphs: words.iter().map(|&words| words.to_owned()).collect(),
        problem: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_may_be_grouped_and_holds_digits_alone() {
        let read = |text: &str| {
            digits(&SecretString::from(text)).map(|code| code.expose_secret().to_owned())
        };
        for good in ["123456", " 123 456 ", "123-456", "12 34 56", "\u{a0}123456"] {
            assert_eq!(read(good).as_deref(), Some("123456"), "{good:?}");
        }
        for bad in ["", "  ", "12345a", "１２３４５６", "1234567890123", "12.34"] {
            assert_eq!(read(bad), None, "{bad:?}");
        }
    }
}
