//! The context of the built-in help for customers.

use serde::Serialize;

use super::{Cell, Frame, Page};
use crate::views::samples;

/// The built-in help. What holds for everybody stands in the template.
#[derive(Debug, Clone, Serialize)]
pub struct HelpPage {
    /// What stands around the page.
    pub frame: Frame,
    /// What the pages of this visitor show; empty when nobody is signed in.
    pub topics: Vec<HelpTopic>,
    /// Whether there are pages that show a checklist of papers.
    pub papers: bool,
}

/// A page, or several of one kind, and what the words on them mean.
#[derive(Debug, Clone, Serialize)]
pub struct HelpTopic {
    /// What it is about: the page's title, or the group's.
    pub title: String,
    /// Its anchor on the page: `transport-jobs`.
    pub id: String,
    /// The pages.
    pub pages: Vec<TopicPage>,
    /// What the words on them mean.
    pub meanings: Vec<Meaning>,
}

/// A page and what it shows.
#[derive(Debug, Clone, Serialize)]
pub struct TopicPage {
    /// Its title.
    pub title: String,
    /// Its address.
    pub href: String,
    /// What it shows, in a sentence.
    pub text: String,
}

/// A word and what it means.
#[derive(Debug, Clone, Serialize)]
pub struct Meaning {
    /// The word, as the pages show it.
    pub word: Cell,
    /// What it means.
    pub text: String,
}

impl Page for HelpPage {
    const TEMPLATE: &'static str = "pages/help.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::help::all()
    }
}
