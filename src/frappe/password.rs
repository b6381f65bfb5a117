//! Passwords: asking for a mail, setting a new one with its key, changing one's own.
//!
//! It promises that a password is changed only with the old one or with a key, that every other
//! session of the user ends with it, as on Frappe's own page, and that a session which a key began
//! never outlives the question: Frappe begins it without a second factor
//! (`update_password_with_key_ok`). Frappe counts neither wrong old passwords nor wrong keys, nor
//! weak new passwords, so whoever lets visitors ask must.

use std::net::IpAddr;

use secrecy::{ExposeSecret, SecretString};

use super::{
    answer::{Answer, Asked, Refusal},
    client::{Caller, Client, decided, method},
    error::Error,
    limits::Turn,
    names::UserId,
    password_advice::PasswordAdvice,
    question::{Body, Credentials, LANGUAGE, Question},
    reset_key::ResetKey,
    sid::Sid,
};

/// The longest new password that is sent, in characters. Frappe takes 512 and computes seconds long
/// how easily such a one is guessed, before it looks at the key or the old password.
pub const LONGEST_NEW_PASSWORD: usize = 128;

/// What became of asking for a mail. To whoever asked, both must look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetRequest {
    /// Frappe mails a link (`reset_password_ok`).
    Asked,
    /// There is no such user, or none who may reset a password (`reset_password_unknown_user`,
    /// `reset_password_disabled_user`, `reset_password_administrator`).
    Refused,
}

/// What became of setting a password with a key.
#[derive(Clone, Debug)]
pub enum NewPassword {
    /// It is set, and every session of the user is over (`update_password_with_key_ok`).
    Set {
        /// Whose password it is, if Frappe said so.
        user: Option<UserId>,
        /// The session that Frappe began with it, if it could not be ended: to be ended later.
        unended: Option<Caller>,
    },
    /// The key was used before or never given out; Frappe does not tell which
    /// (`update_password_key_reused`, `update_password_bad_key`).
    KeyUsedOrUnknown,
    /// The key is too old.
    KeyExpired,
    /// The password is too weak; the key stays good (`update_password_weak`).
    Weak {
        /// What would make it better.
        advice: PasswordAdvice,
    },
    /// The password is longer than [`LONGEST_NEW_PASSWORD`]; Frappe was not asked.
    TooLong,
    /// The key is good, and Frappe refuses the user all the same: disabled, not now or not from
    /// here. Whether the password is set is not known.
    UserRefused,
}

/// What became of changing one's own password.
#[derive(Clone, Debug)]
pub enum ChangedPassword {
    /// It is changed, and the user's other sessions are over. The caller's goes on, and Frappe has
    /// begun another beside it (`update_password_with_old_ok`): go on with the new one and end the
    /// caller's, so that a copy of its sid is worth nothing.
    Changed {
        /// The new session, proved to be the caller's. Without one, go on with the caller's.
        session: Option<Sid>,
    },
    /// That is not the old password. The session goes on, whatever the answer's cookies say
    /// (`update_password_wrong_old`, `update_password_after_wrong_old_same_sid`).
    WrongOld,
    /// The new password is too weak.
    Weak {
        /// What would make it better.
        advice: PasswordAdvice,
    },
    /// The new password is longer than [`LONGEST_NEW_PASSWORD`]; Frappe was not asked.
    TooLong,
}

impl Client {
    /// Asks Frappe to mail a link for a new password. Frappe's own limit, three in an hour from one
    /// address for whatever users, is [`Error::RateLimited`].
    pub async fn request_password_reset(
        &self,
        user: &str,
        address: IpAddr,
    ) -> Result<ResetRequest, Error> {
        let user = user.trim();
        if user.is_empty() {
            return Ok(ResetRequest::Refused);
        }
        let question = Question {
            path: method("frappe.core.doctype.user.user.reset_password"),
            body: form(vec![("user", user)]),
            credentials: Credentials::Address(address),
            turn: Turn::SignIn,
        };
        let answer = self.transport.ask(question).await?;
        match answer.read(Asked::Nobody).map_err(decided) {
            // Success is a message for the screen alone; `message` is one word about a refusal.
            Ok((body, _)) if body.get("message").is_none_or(serde_json::Value::is_null) => {
                Ok(ResetRequest::Asked)
            }
            Ok(_) | Err(Error::NotFound) => Ok(ResetRequest::Refused),
            Err(error) => Err(error),
        }
    }

    /// Sets a new password with a key out of a mail or an expired password's sign-in. The session
    /// that Frappe begins with it is ended before this returns, or handed over to be ended.
    pub async fn set_password_with_key(
        &self,
        key: &ResetKey,
        new: &SecretString,
        address: IpAddr,
    ) -> Result<NewPassword, Error> {
        let form = match new_password(new) {
            Ok(new) => form(vec![("key", key.expose()), new, OTHER_SESSIONS]),
            Err(Unfit::Empty) => return Ok(weak_password(PasswordAdvice::default())),
            Err(Unfit::TooLong) => return Ok(NewPassword::TooLong),
        };
        let answer = self.update(form, Credentials::Address(address)).await?;
        match answer.read(Asked::Nobody).map_err(decided) {
            Ok(_) => Ok(self.end_begun_session(&answer, address).await),
            Err(_) if answer.status.as_u16() == 410 && answer.is_of_an_expired_key() => {
                Ok(NewPassword::KeyExpired)
            }
            Err(_) if answer.status.as_u16() == 410 => Ok(NewPassword::KeyUsedOrUnknown),
            Err(error) => match answer.weakness() {
                Some(advice) => Ok(weak_password(advice)),
                // No session could begin, as at a sign-in (`login_disabled_user_right_password`).
                None if error == Error::SignInRequired
                    || (error == Error::Invalid && answer.status.as_u16() == 417) =>
                {
                    Ok(NewPassword::UserRefused)
                }
                None => Err(error),
            },
        }
    }

    /// Changes the caller's own password, always with the old one, and ends the user's other
    /// sessions.
    pub async fn change_password(
        &self,
        caller: &Caller,
        old: &SecretString,
        new: &SecretString,
    ) -> Result<ChangedPassword, Error> {
        let old = old.expose_secret();
        if old.is_empty() {
            // Frappe would look for a key, then fail (`update_password_guest_no_key`).
            return Ok(ChangedPassword::WrongOld);
        }
        let form = match new_password(new) {
            Ok(new) => form(vec![("old_password", old), new, OTHER_SESSIONS]),
            Err(Unfit::Empty) => {
                let advice = PasswordAdvice::default();
                return Ok(ChangedPassword::Weak { advice });
            }
            Err(Unfit::TooLong) => return Ok(ChangedPassword::TooLong),
        };
        let credentials = Credentials::Session(&caller.sid, caller.address);
        let answer = self.update(form, credentials).await?;
        let error = match answer.read(Asked::Session(&caller.user)) {
            Ok(_) => {
                let session = self.begun_session(&answer, caller).await;
                return Ok(ChangedPassword::Changed { session });
            }
            Err(Refusal::Certain(error)) => error,
            Err(Refusal::Doubtful(error)) => {
                self.logged_user(caller).await?;
                error
            }
        };
        if let Some(advice) = answer.weakness() {
            return Ok(ChangedPassword::Weak { advice });
        }
        // A wrong old password takes the cookies away as a session that is over does, and the
        // session goes on.
        if error == Error::SignInRequired && answer.status.as_u16() == 401 {
            self.logged_user(caller).await?;
            return Ok(ChangedPassword::WrongOld);
        }
        Err(error)
    }

    /// Ends the user's sessions but the caller's, up to a hundred of them, with the password.
    ///
    /// Frappe lets a Website User end other sessions only along with setting a password, so this
    /// sets the one that he has: Frappe compares old and new on its own page alone. Beside ending
    /// sessions, that makes the password count as new where passwords expire, and one that the
    /// site would not take today is [`ChangedPassword::Weak`], with nothing ended.
    pub async fn sign_out_elsewhere(
        &self,
        caller: &Caller,
        password: &SecretString,
    ) -> Result<ChangedPassword, Error> {
        self.change_password(caller, password, password).await
    }

    async fn update(&self, body: Body, credentials: Credentials<'_>) -> Result<Answer, Error> {
        let question = Question {
            path: method("frappe.core.doctype.user.user.update_password"),
            body,
            credentials,
            turn: Turn::NewPassword,
        };
        Ok(self.transport.ask(question).await?)
    }

    async fn end_begun_session(&self, answer: &Answer, address: IpAddr) -> NewPassword {
        let cookies = answer.cookies();
        let user = cookies.user_id().and_then(|user| UserId::parse(user).ok());
        let sid = cookies.sid().and_then(|sid| Sid::parse(sid).ok());
        let mut unended = None;
        if let Some(sid) = sid
            && self.end(&sid, user.as_ref(), address).await.is_err()
        {
            unended = user.clone().map(|user| Caller { sid, user, address });
        }
        NewPassword::Set { user, unended }
    }

    /// The new session, if it is one and the caller's user has it.
    async fn begun_session(&self, answer: &Answer, caller: &Caller) -> Option<Sid> {
        let sid = Sid::parse(answer.cookies().sid()?).ok()?;
        if sid == caller.sid {
            return None;
        }
        let user = Some(&caller.user);
        if self.whose(&sid, user, caller.address).await.is_ok() {
            return Some(sid);
        }
        // Nobody gets it: end it, if it can be ended.
        let _ = self.end(&sid, user, caller.address).await;
        None
    }
}

/// What Frappe's own page sends: the user's other sessions end.
const OTHER_SESSIONS: (&str, &str) = ("logout_all_sessions", "1");

enum Unfit {
    Empty,
    TooLong,
}

fn new_password(new: &SecretString) -> Result<(&'static str, &str), Unfit> {
    let new = new.expose_secret();
    if new.is_empty() {
        Err(Unfit::Empty)
    } else if new.chars().count() > LONGEST_NEW_PASSWORD {
        Err(Unfit::TooLong)
    } else {
        Ok(("new_password", new))
    }
}

const fn weak_password(advice: PasswordAdvice) -> NewPassword {
    NewPassword::Weak { advice }
}

fn form(fields: Vec<(&'static str, &str)>) -> Body {
    let fields = fields.into_iter().chain([LANGUAGE]);
    Body::Form(
        fields
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
    )
}
