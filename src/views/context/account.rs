//! The contexts of signing in and out.

use serde::Serialize;

use super::{Action, Frame, Notice, Page, Tone};
use crate::views::samples;

/// The sign-in form.
#[derive(Debug, Clone, Serialize)]
pub struct SignInPage {
    /// What stands around the page.
    pub frame: Frame,
    /// Where to go afterwards: one of the portal's own paths.
    pub next: Option<String>,
    /// What was typed as the user, kept when something went wrong. The password never is.
    pub user: String,
    /// Why signing in did not work.
    pub problem: Option<String>,
    /// Why one is here: a session that ended, a sign-out.
    pub notice: Option<Notice>,
    /// Whom to ask, in the operator's own words.
    pub help: Option<String>,
}

impl Page for SignInPage {
    const TEMPLATE: &'static str = "pages/sign_in.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::pages::sign_in()
    }
}

/// A page that says one thing and where to go from there.
#[derive(Debug, Clone, Serialize)]
pub struct MessagePage {
    /// What stands around the page.
    pub frame: Frame,
    /// How it is to be taken.
    pub tone: Tone,
    /// What is the matter.
    pub title: String,
    /// Why, and what can be done.
    pub paragraphs: Vec<String>,
    /// The ways on.
    pub actions: Vec<Action>,
}

impl MessagePage {
    /// The site asks for a second factor, which the portal cannot pass on yet.
    #[must_use]
    pub fn second_factor(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Info,
            "Your account asks for a second step",
            &[
                "Your password was right. This account also asks for a verification code, and this \
                 portal cannot take one yet.",
                "Please ask us to help: we can change how your account signs in.",
            ],
            Action::primary("Back to sign-in", "/login"),
        )
    }

    /// The site wants the password changed first.
    #[must_use]
    pub fn password_expired(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Warn,
            "Your password has expired",
            &[
                "Your password was right, but it is too old to be used again. It has to be changed \
                 before you can sign in.",
                "Please ask us for a message with which you can set a new one.",
            ],
            Action::primary("Back to sign-in", "/login"),
        )
    }

    /// A System User, for whom this portal is not meant.
    #[must_use]
    pub fn system_user(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Info,
            "This portal is for customers",
            &[
                "You signed in with an account of our own staff (a System User). Please work in \
                 ERPNext itself.",
                "You have been signed out again. To see what a customer sees, sign in with the \
                 account of a customer (a Website User).",
            ],
            Action::primary("Sign in with another account", "/login"),
        )
    }

    /// Signed out, here and on the site.
    #[must_use]
    pub fn signed_out(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Good,
            "You are signed out",
            &["Your session has ended. If others use this device, close the window too."],
            Action::primary("Sign in again", "/login"),
        )
    }

    /// Signed out here, while the site could not be reached to hear of it.
    #[must_use]
    pub fn signed_out_here_only(frame: Frame) -> Self {
        Self::new(
            frame,
            Tone::Warn,
            "You are signed out here",
            &[
                "This portal no longer accepts your session, and nobody can go on with it here.",
                "The system behind it could not be reached just now. It will be told to end your \
                 session as soon as it answers.",
            ],
            Action::primary("Sign in again", "/login"),
        )
    }

    fn new(frame: Frame, tone: Tone, title: &str, paragraphs: &[&str], action: Action) -> Self {
        Self {
            frame,
            tone,
            title: title.to_owned(),
            paragraphs: paragraphs.iter().map(|&text| text.to_owned()).collect(),
            actions: vec![action],
        }
    }
}

impl Page for MessagePage {
    const TEMPLATE: &'static str = "pages/message.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::pages::message()
    }
}
