//! What stands around every page: whose portal it is, who is signed in, where one can go.

use serde::Serialize;

use super::{Part, SafeHtml, Tone};

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
    /// For whom this person is here, in words: told on paper, where nobody sees the account.
    pub for_whom: Option<String>,
    /// The pages this person has.
    pub menu: Vec<MenuEntry>,
    /// What has to be said above the page.
    pub notices: Vec<Notice>,
    /// The HTML of the page's head with the menu, where that was made ahead; what only it shows, the
    /// menu and for whom one is here, is empty then.
    pub header: Option<SafeHtml>,
}

impl Part for Frame {
    const TEMPLATE: &'static str = "partials/header.html";
    const MACRO: &'static str = "header";
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
            for_whom: None,
            menu: Vec::new(),
            notices: Vec::new(),
            header: None,
        }
    }

    /// The same with its head as HTML, where that can be made.
    #[must_use]
    pub fn ahead(self, views: &crate::views::Views) -> Self {
        match views.part(&self) {
            None => self,
            header => Self {
                header,
                menu: Vec::new(),
                for_whom: None,
                ..self
            },
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
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum MenuEntry {
    /// A page.
    Page(MenuItem),
    /// Pages of one kind, folded together.
    Group(MenuGroup),
}

/// Pages of one kind, folded together.
#[derive(Debug, Clone, Serialize)]
pub struct MenuGroup {
    /// What they are: `Orders`.
    pub title: String,
    /// The name of a symbol in `assets/icons.svg`.
    pub icon: String,
    /// Whether one of them is the page one is on.
    pub current: bool,
    /// The pages.
    pub pages: Vec<MenuItem>,
}

impl MenuEntry {
    /// The menu of these pages, each with the group that it belongs to. A group stands where its
    /// first page stands; a page that is alone in its group stands for itself.
    #[must_use]
    pub fn grouped<'a>(pages: impl IntoIterator<Item = (Option<&'a str>, MenuItem)>) -> Vec<Self> {
        let mut menu: Vec<Self> = Vec::new();
        for (group, page) in pages {
            let Some(title) = group else {
                menu.push(Self::Page(page));
                continue;
            };
            let there = menu.iter_mut().find_map(|entry| match entry {
                Self::Group(group) if group.title == title => Some(group),
                _ => None,
            });
            if let Some(group) = there {
                group.current |= page.current;
                group.pages.push(page);
            } else {
                menu.push(Self::Group(MenuGroup {
                    title: title.to_owned(),
                    icon: page.icon.clone(),
                    current: page.current,
                    pages: vec![page],
                }));
            }
        }
        for entry in &mut menu {
            if let Self::Group(group) = entry
                && let [alone] = group.pages.as_slice()
            {
                *entry = Self::Page(alone.clone());
            }
        }
        menu
    }
}

/// One page in the menu.
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
    /// Whether it leads away from the portal.
    pub away: bool,
    /// Whether it opens a window of its own.
    pub new_window: bool,
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

/// A link to a file that takes a while to make.
#[derive(Debug, Clone, Serialize)]
pub struct Making {
    /// The words on it.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// What the page says from the click on until the file comes.
    pub said: String,
}

/// Words that lead somewhere.
#[derive(Debug, Clone, Serialize)]
pub struct Link {
    /// The words.
    pub text: String,
    /// Where they lead.
    pub href: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(title: &str, current: bool) -> MenuItem {
        MenuItem {
            title: title.to_owned(),
            href: String::new(),
            icon: title.to_lowercase(),
            current,
            away: false,
            new_window: false,
        }
    }

    #[test]
    fn pages_of_one_group_stand_where_the_first_of_them_stands() {
        let menu = MenuEntry::grouped([
            (None, item("Jobs", false)),
            (Some("Orders"), item("Inbound", false)),
            (None, item("Stock", false)),
            (Some("Orders"), item("Release", true)),
            (Some("Papers"), item("Bills", false)),
        ]);
        let shown: Vec<_> = menu
            .iter()
            .map(|entry| match entry {
                MenuEntry::Page(page) => page.title.clone(),
                MenuEntry::Group(group) => {
                    let pages: Vec<_> = group.pages.iter().map(|page| &*page.title).collect();
                    let (title, icon, current) = (&group.title, &group.icon, group.current);
                    format!("{title} {icon} {current}: {}", pages.join(", "))
                }
            })
            .collect();
        assert_eq!(
            shown,
            [
                "Jobs",
                "Orders inbound true: Inbound, Release",
                "Stock",
                "Bills"
            ]
        );
    }
}
