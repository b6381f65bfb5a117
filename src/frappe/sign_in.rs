//! Signing in and out, and what it can come to.
//!
//! A [`Session`] is promised to be one: a message that says so, a sid that is not Guest, and
//! `get_logged_user` naming the user (`forced_reset_login` has a 200 and a sid, and is none). What
//! was typed never becomes the user's name.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::{
    answer::{Asked, Refusal},
    client::{Caller, Client, decided, method},
    cookies::SessionCookies,
    error::Error,
    limits::Turn,
    names::UserId,
    question::{Body, Credentials, LANGUAGE, Question},
    record::is_ticked,
    reset_key::ResetKey,
    sid::Sid,
};

/// The outcome of a sign-in that Frappe decided on. Being locked out is an [`super::Error`].
#[derive(Clone, Debug)]
pub enum SignIn {
    /// Signed in: Frappe itself has named the user of this sid.
    SignedIn(Session),
    /// The password is right, and a second factor is asked for (`twofa_otp_app_login`).
    SecondFactor(SecondFactor),
    /// The password is right and too old; there is no session (`forced_reset_login`).
    PasswordExpired {
        /// The one-time key to set a new one with, if the answer carried it.
        key: Option<ResetKey>,
    },
    /// Wrong password, unknown user, disabled user, not from here, not now: one thing to anybody who
    /// asks.
    Refused,
}

/// A session that Frappe has begun.
#[derive(Clone, Debug)]
pub struct Session {
    /// What proves it.
    pub sid: Sid,
    /// Whose it is: what `get_logged_user` said, never what was typed.
    pub user: UserId,
    /// The user's name, as a person writes it; may be empty.
    pub full_name: String,
    /// What kind of user it is.
    pub kind: UserKind,
}

/// The two kinds of users that Frappe has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserKind {
    /// A customer's: sees no desk.
    WebsiteUser,
    /// Staff, or an account of a program.
    SystemUser,
}

/// What Frappe wants beside the password.
#[derive(Clone, Debug)]
pub struct SecondFactor {
    /// How the user comes by the code.
    pub prompt: SecondFactorPrompt,
    /// What the code has to be sent with. Frappe takes the same pair twice
    /// (`twofa_tmp_id_replayed`): whoever holds one must not.
    pub tmp_id: SecretString,
    /// Whether Frappe managed to send what `prompt` says, and the user's app is known to it.
    pub setup: bool,
}

/// How a user comes by the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactorPrompt {
    /// From an authenticator app (`twofa_otp_app_login`).
    App,
    /// Mailed (`twofa_email_login`).
    EmailedCode,
    /// From an app that is not set up yet: a link to do so was mailed (`twofa_otp_app_first_login`).
    EmailedSetup,
    /// Sent by SMS.
    Sms,
    /// In a way that this client does not know.
    Unknown,
}

impl Client {
    /// Signs a user in. Spaces round the name are left out: Frappe would not
    /// (`login_spaces_around_email`). Nothing in either field is refused without asking.
    pub async fn sign_in(
        &self,
        usr: &str,
        password: &SecretString,
        address: IpAddr,
    ) -> Result<SignIn, Error> {
        let (usr, pwd) = (usr.trim(), password.expose_secret());
        if usr.is_empty() || pwd.is_empty() {
            return Ok(SignIn::Refused);
        }
        let form = vec![("usr", usr.to_owned()), ("pwd", pwd.to_owned())];
        self.begin(form, address).await
    }

    /// Answers a [`SignIn::SecondFactor`]. A wrong code and an unknown or old `tmp_id` are both
    /// [`SignIn::Refused`] (`twofa_wrong_otp`, `twofa_unknown_tmp_id`).
    pub async fn verify_second_factor(
        &self,
        tmp_id: &SecretString,
        otp: &SecretString,
        address: IpAddr,
    ) -> Result<SignIn, Error> {
        let form = vec![
            ("tmp_id", tmp_id.expose_secret().to_owned()),
            ("otp", otp.expose_secret().trim().to_owned()),
        ];
        self.begin(form, address).await
    }

    /// Ends a session in Frappe. One that is over already is well ended.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), Error> {
        self.end(&caller.sid, Some(&caller.user), caller.address)
            .await
    }

    async fn begin(
        &self,
        mut form: Vec<(&'static str, String)>,
        address: IpAddr,
    ) -> Result<SignIn, Error> {
        form.push((LANGUAGE.0, LANGUAGE.1.to_owned()));
        let question = Question {
            path: method("login"),
            body: Body::Form(form),
            credentials: Credentials::Address(address),
            turn: Turn::SignIn,
        };
        let answer = self.transport.ask(question).await?;
        let body = match answer.read(Asked::Nobody).map_err(decided) {
            Ok((body, _)) => body,
            Err(Error::SignInRequired) => return Ok(SignIn::Refused),
            Err(error) => return Err(error),
        };
        if let Some(second_factor) = SecondFactor::from_json(&body) {
            return Ok(SignIn::SecondFactor(second_factor));
        }
        match body.get("message").and_then(Value::as_str) {
            Some("No App") => {
                let kind = UserKind::WebsiteUser;
                self.signed_in(&answer.cookies(), &body, kind, address)
                    .await
            }
            Some("Logged In") => {
                let kind = UserKind::SystemUser;
                self.signed_in(&answer.cookies(), &body, kind, address)
                    .await
            }
            // Its sid cookie is worthless (`forced_reset_session_is_guest`).
            Some("Password Reset") => Ok(SignIn::PasswordExpired {
                key: reset_key(&body),
            }),
            _ => Err(unknown_outcome()),
        }
    }

    /// "200 and a sid" is no sign-in until `get_logged_user` has named the user, and the same one as
    /// the cookie beside the sid.
    async fn signed_in(
        &self,
        cookies: &SessionCookies,
        body: &Value,
        kind: UserKind,
        address: IpAddr,
    ) -> Result<SignIn, Error> {
        let sid = cookies.sid().and_then(|sid| Sid::parse(sid).ok());
        let sid = sid.ok_or_else(unknown_outcome)?;
        let promised = cookies.user_id().map(UserId::parse).transpose();
        let promised = promised.map_err(|_| unknown_outcome())?;
        match self.whose(&sid, promised.as_ref(), address).await {
            Ok(user) => Ok(SignIn::SignedIn(Session {
                sid,
                user,
                full_name: full_name(body, cookies),
                kind,
            })),
            Err(Error::SignInRequired) => {
                // Whoever's it is, nobody gets it: end it, if it can be ended.
                let _ = self.end(&sid, promised.as_ref(), address).await;
                Err(unknown_outcome())
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn end(
        &self,
        sid: &Sid,
        user: Option<&UserId>,
        address: IpAddr,
    ) -> Result<(), Error> {
        let question = Question {
            path: method("logout"),
            body: Body::Form(vec![(LANGUAGE.0, LANGUAGE.1.to_owned())]),
            credentials: Credentials::Session(sid, address),
            turn: Turn::Question,
        };
        let answer = self.transport.ask(question).await?;
        let Err(refusal) = answer.read(Asked::SignOut) else {
            return Ok(());
        };
        let error = match refusal {
            Refusal::Certain(error) => error,
            Refusal::Doubtful(error) => match self.whose(sid, user, address).await {
                Ok(_) => error,
                Err(error) => error,
            },
        };
        match error {
            Error::SignInRequired => Ok(()),
            error => Err(error),
        }
    }
}

impl SecondFactor {
    fn from_json(body: &Value) -> Option<Self> {
        let verification = body.get("verification")?;
        let text = |name| verification.get(name).and_then(Value::as_str);
        let prompt = match (text("method"), text("prompt")) {
            (Some("OTP App"), _) => SecondFactorPrompt::App,
            // Both are mails; which of them, only the text says. It is in English whatever the
            // user speaks: Frappe has not yet looked at any language when it signs in.
            (Some("Email"), Some(prompt)) if prompt.contains("instructions") => {
                SecondFactorPrompt::EmailedSetup
            }
            (Some("Email"), _) => SecondFactorPrompt::EmailedCode,
            (Some("SMS"), _) => SecondFactorPrompt::Sms,
            _ => SecondFactorPrompt::Unknown,
        };
        Some(Self {
            prompt,
            tmp_id: body.get("tmp_id")?.as_str()?.into(),
            setup: verification.get("setup").is_some_and(is_ticked),
        })
    }
}

/// `redirect_to` is a page of Frappe's with the key in its query.
fn reset_key(body: &Value) -> Option<ResetKey> {
    let page = Url::parse(body.get("redirect_to")?.as_str()?).ok()?;
    let (_, key) = page.query_pairs().find(|(name, _)| name == "key")?;
    ResetKey::parse(&key).ok()
}

fn full_name(body: &Value, cookies: &SessionCookies) -> String {
    let in_body = body.get("full_name").and_then(Value::as_str);
    in_body
        .or(cookies.full_name())
        .unwrap_or_default()
        .to_owned()
}

fn unknown_outcome() -> Error {
    Error::Unexpected("a sign-in that neither began a session nor refused one".to_owned())
}
