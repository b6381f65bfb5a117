//! The contexts of pages that say what is missing or went wrong.

use serde::Serialize;

use super::{Action, Frame, Page};
use crate::views::samples;

/// Signed in, but for no customer.
#[derive(Debug, Clone, Serialize)]
pub struct NoCustomersPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The user, as the administrator has to look it up.
    pub user: String,
}

impl Page for NoCustomersPage {
    const TEMPLATE: &'static str = "pages/no_customers.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::pages::no_customers()
    }
}

/// Something went wrong.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The HTTP status.
    pub status: u16,
    /// What is the matter.
    pub title: String,
    /// Why, and what can be done. Never a word of the site's own.
    pub text: String,
    /// More of it, one to a line: which parameters were wrong.
    pub details: Vec<String>,
    /// What the log has it under.
    pub reference: Option<String>,
    /// The ways on: try again, back.
    pub actions: Vec<Action>,
}

impl Page for ErrorPage {
    const TEMPLATE: &'static str = "pages/error.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::pages::error()
    }
}
