//! What signing in can come to.

use secrecy::SecretString;

use super::{names::UserId, sid::Sid};

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
        key: Option<SecretString>,
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
