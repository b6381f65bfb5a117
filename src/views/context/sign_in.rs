//! The contexts of signing in, with all that may stand in between.

use serde::Serialize;

use super::{Frame, Notice, Page};
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
        samples::sign_in::sign_in()
    }
}

/// The form for the code of the second factor.
#[derive(Debug, Clone, Serialize)]
pub struct SecondFactorPage {
    /// What stands around the page.
    pub frame: Frame,
    /// As whom one signs in, as it was typed.
    pub user: String,
    /// Where the code comes from, a paragraph each.
    pub paragraphs: Vec<String>,
    /// Why a code was not taken.
    pub problem: Option<String>,
}

impl Page for SecondFactorPage {
    const TEMPLATE: &'static str = "pages/second_factor.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::sign_in::second_factor()
    }
}

/// The form that asks for a mail to set a new password.
#[derive(Debug, Clone, Serialize)]
pub struct ForgottenPasswordPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What was typed as the user.
    pub user: String,
    /// Why no mail is sent.
    pub problem: Option<String>,
}

impl Page for ForgottenPasswordPage {
    const TEMPLATE: &'static str = "pages/forgotten_password.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::sign_in::forgotten_password()
    }
}

/// The form for a new password, for whoever holds a key.
#[derive(Debug, Clone, Serialize)]
pub struct NewPasswordPage {
    /// What stands around the page.
    pub frame: Frame,
    /// Why a new one is needed.
    pub intro: String,
    /// Why one was not taken, and what would be better.
    pub problem: Option<Problem>,
}

impl Page for NewPasswordPage {
    const TEMPLATE: &'static str = "pages/new_password.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::sign_in::new_password()
    }
}

/// Why something was not taken.
#[derive(Debug, Clone, Serialize)]
pub struct Problem {
    /// What is the matter.
    pub text: String,
    /// What would be better, one to a line.
    pub details: Vec<String>,
}

impl Problem {
    /// A problem that one sentence tells.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            details: Vec::new(),
        }
    }
}
