//! What stands around every page: whose portal it is, who is signed in, where one can go.

use serde::Serialize;

use super::Tone;

/// The surroundings of a page.
#[derive(Debug, Clone, Serialize)]
pub struct Frame {
    /// Whose portal this is.
    pub brand: Brand,
    /// The page's title, as the browser's tab shows it before the brand's name.
    pub title: String,
    /// The language of the page, as in `<html lang>`: `en`.
    pub language: String,
    /// Who is signed in; without one there is neither menu nor sign-out.
    pub person: Option<Person>,
    /// The pages this person has.
    pub menu: Vec<MenuItem>,
    /// What has to be said above the page.
    pub notices: Vec<Notice>,
}

impl Frame {
    /// The surroundings of a page that nobody is signed in to.
    #[must_use]
    pub fn anonymous(brand: Brand, title: impl Into<String>) -> Self {
        Self {
            brand,
            title: title.into(),
            language: "en".to_owned(),
            person: None,
            menu: Vec::new(),
            notices: Vec::new(),
        }
    }
}

/// Whose portal this is.
#[derive(Debug, Clone, Serialize)]
pub struct Brand {
    /// The company's name.
    pub name: String,
    /// The address of its logo; without one, a plain mark stands there.
    pub logo: Option<String>,
    /// Whom customers can ask.
    pub contact: Option<Contact>,
}

/// Whom to ask: shown in the footer and wherever a page cannot help any further.
#[derive(Debug, Clone, Serialize)]
pub struct Contact {
    /// The words: `support@example.com`, `+31 10 123 4567`.
    pub text: String,
    /// `mailto:`, `tel:` or a web address.
    pub href: Option<String>,
}

/// The person signed in.
#[derive(Debug, Clone, Serialize)]
pub struct Person {
    /// Their name; where the site has none, the address again.
    pub full_name: String,
    /// Their user, an e-mail address as a rule.
    pub user: String,
}

/// One entry of the menu.
#[derive(Debug, Clone, Serialize)]
pub struct MenuItem {
    /// The page's title.
    pub title: String,
    /// Its address.
    pub href: String,
    /// The name of a symbol in `assets/icons.svg`: `truck`, `warehouse`, `box`, `clipboard`.
    pub icon: String,
    /// Whether this is the page one is on, or the one above it.
    pub current: bool,
}

/// Something to be said above a page.
#[derive(Debug, Clone, Serialize)]
pub struct Notice {
    /// How it is to be taken.
    pub tone: Tone,
    /// The words.
    pub text: String,
}

/// A way on from a page: a link that looks like a button.
#[derive(Debug, Clone, Serialize)]
pub struct Action {
    /// The words on it.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is what most people want next.
    pub primary: bool,
}

impl Action {
    /// What most people want next.
    #[must_use]
    pub fn primary(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
            primary: true,
        }
    }

    /// Another way on.
    #[must_use]
    pub fn other(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            primary: false,
            ..Self::primary(label, href)
        }
    }
}

/// Words that lead somewhere.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// The words.
    pub text: String,
    /// Where they lead.
    pub href: String,
}
