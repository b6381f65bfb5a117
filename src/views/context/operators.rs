//! The context of the page for those who run the portal.

use serde::Serialize;

use super::{Cell, Frame, Page};
use crate::views::samples;

/// How the portal stands.
#[derive(Debug, Clone, Serialize)]
pub struct OperatorsPage {
    /// What stands around the page.
    pub frame: Frame,
    /// The portal itself.
    pub portal: Vec<Labelled>,
    /// The site behind it.
    pub site: Vec<Labelled>,
    /// What is remembered.
    pub memory: Vec<MemoryLine>,
    /// Sign-ins of the last hour.
    pub sign_ins: Vec<Labelled>,
    /// What the last check said, in a sentence.
    pub check: String,
    /// What it found that is not good.
    pub check_lines: Vec<CheckLine>,
    /// The user who was asked about; empty for nobody.
    pub user: String,
    /// What is known of him, in a sentence.
    pub seen: Option<String>,
    /// Each of his pages.
    pub seen_pages: Vec<SeenLine>,
    /// The settings in force.
    pub settings: Vec<SettingLine>,
}

/// A value and what it is.
#[derive(Debug, Clone, Serialize)]
pub struct Labelled {
    /// What it is.
    pub label: String,
    /// The value.
    pub value: Cell,
}

impl Labelled {
    /// A value that is called so.
    #[must_use]
    pub fn new(label: impl Into<String>, value: Cell) -> Self {
        Self {
            label: label.into(),
            value,
        }
    }
}

/// One memory.
#[derive(Debug, Clone, Serialize)]
pub struct MemoryLine {
    /// What is remembered there.
    pub name: String,
    /// How many things.
    pub entries: String,
    /// How large they are together.
    pub bytes: String,
    /// How large they may be.
    pub most: String,
    /// How often it had the answer; nothing before it was asked.
    pub remembered: Option<String>,
}

/// One line of a check.
#[derive(Debug, Clone, Serialize)]
pub struct CheckLine {
    /// How good or bad it is.
    pub grade: Cell,
    /// Which check says so.
    pub check: String,
    /// What was found.
    pub found: String,
    /// What it means for customers.
    pub means: String,
    /// Where to mend it.
    pub mend: String,
}

/// One page for one user.
#[derive(Debug, Clone, Serialize)]
pub struct SeenLine {
    /// Its title.
    pub title: String,
    /// The DocType.
    pub doctype: String,
    /// Whether it is shown.
    pub shown: Cell,
    /// His customers there.
    pub customers: Vec<String>,
    /// Why.
    pub why: String,
}

/// One setting.
#[derive(Debug, Clone, Serialize)]
pub struct SettingLine {
    /// Its key.
    pub key: String,
    /// Its value, unless it is a secret.
    pub value: String,
}

impl Page for OperatorsPage {
    const TEMPLATE: &'static str = "pages/operators.html";

    fn samples() -> Vec<(&'static str, Self)> {
        samples::operators::all()
    }
}
