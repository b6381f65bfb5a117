//! The context of the first page after signing in.

use serde::Serialize;

use super::{AsOf, Cell, Frame, Page};
use crate::views::samples;

/// The pages that a user has, one card for each.
#[derive(Debug, Clone, Serialize)]
pub struct HomePage {
    /// What stands around the page.
    pub frame: Frame,
    /// The heading: `Good morning, Anna`.
    pub greeting: String,
    /// One sentence below it: for whom one is here.
    pub intro: Option<String>,
    /// The pages.
    pub cards: Vec<Card>,
    /// When the numbers on the cards were read, where there are any.
    pub as_of: Option<AsOf>,
}

/// One page that a user has.
#[derive(Debug, Clone, Serialize)]
pub struct Card {
    /// The page's title.
    pub title: String,
    /// What is found there.
    pub text: String,
    /// Its address.
    pub href: String,
    /// The name of a symbol in `assets/icons.svg`.
    pub icon: String,
    /// What needs attention: `3 late`, or how many there are; [`Cell::Empty`] for nothing.
    pub badge: Cell,
}

impl Page for HomePage {
    const TEMPLATE: &'static str = "pages/home.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::pages::home()
    }
}
