//! The context of the first page after signing in.

use serde::Serialize;

use super::{AsOf, Cell, Fact, Frame, Page, Tone};
use crate::views::samples;

/// What needs attention now, and the pages that a user has, one card for each.
#[derive(Debug, Clone, Serialize)]
pub struct HomePage {
    /// What stands around the page.
    pub frame: Frame,
    /// The heading: `Good morning, Anna`.
    pub greeting: String,
    /// One sentence below it: for whom one is here.
    pub intro: Option<String>,
    /// What needs attention, the worst first. Nothing without a number stands here.
    pub attention: Vec<Attention>,
    /// The sentence that nothing needs attention, when that is so.
    pub calm: Option<String>,
    /// What could not be found out, a sentence each.
    pub unknown: Vec<String>,
    /// The pages.
    pub cards: Vec<Card>,
    /// When the numbers were read, where there are any.
    pub as_of: Option<AsOf>,
}

/// One thing that needs attention: how many there are, the first of them, and the way to all.
#[derive(Debug, Clone, Serialize)]
pub struct Attention {
    /// What is the matter: `Late`.
    pub title: String,
    /// What is meant by it, in a sentence; may be empty.
    pub text: String,
    /// Of what: `Transport jobs`.
    pub of: String,
    /// The name of a symbol in `assets/icons.svg`.
    pub icon: String,
    /// How it is to be taken.
    pub tone: Tone,
    /// How many there are.
    pub count: u64,
    /// Whether there may be more than that.
    pub or_more: bool,
    /// Where all of them are.
    pub href: String,
    /// The first of them.
    pub rows: Vec<AttentionRow>,
}

/// One of those that need attention.
#[derive(Debug, Clone, Serialize)]
pub struct AttentionRow {
    /// Its name.
    pub name: String,
    /// Its own page, where it has one.
    pub href: Option<String>,
    /// Where it stands.
    pub status: Cell,
    /// Why it is here: `Commercial Invoice, Packing List`.
    pub why: Option<String>,
    /// What else is to be known of it.
    pub facts: Vec<Fact>,
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
