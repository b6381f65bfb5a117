//! The context of a user's own account.

use serde::Serialize;

use super::{Frame, Notice, Page, Problem};
use crate::views::samples;

/// One's own account.
#[derive(Debug, Clone, Serialize)]
pub struct AccountPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What was done just now.
    pub notice: Option<Notice>,
    /// The user's name.
    pub full_name: String,
    /// The user, an e-mail address as a rule.
    pub user: String,
    /// The customers whose documents the user may see.
    pub customers: Vec<String>,
    /// The languages to choose from.
    pub languages: Vec<Choosable>,
    /// The time zones to choose from, by the part of the world.
    pub time_zones: Vec<ChoosableGroup>,
    /// The time zone in which the portal shows times.
    pub site_time_zone: String,
    /// Why language and time zone were not changed.
    pub preferences_problem: Option<Problem>,
    /// Why the password was not changed.
    pub password_problem: Option<Problem>,
    /// Why nothing was signed out elsewhere.
    pub elsewhere_problem: Option<Problem>,
}

/// One of several things to choose from.
#[derive(Debug, Clone, Serialize)]
pub struct Choosable {
    /// What the form sends.
    pub value: String,
    /// What is read.
    pub label: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// Things to choose from that belong together.
#[derive(Debug, Clone, Serialize)]
pub struct ChoosableGroup {
    /// What they have in common; without one they stand by themselves.
    pub label: Option<String>,
    /// The things.
    pub choices: Vec<Choosable>,
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "pages/account.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::account::account()
    }
}
