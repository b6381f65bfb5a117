//! What stands around every page: the operator's name, the person, the menu.

use std::sync::Arc;

use super::App;
use super::session::Session;
use crate::frappe::CustomerName;
use crate::portal::Visit;
use crate::portal::menu::{Item, Leads};
use crate::portal::page::{Page, Pages};
use crate::views::context;

/// The operator's name and whom to ask.
pub fn brand(app: &App) -> context::Brand {
    context::Brand {
        name: app.brand.name.clone(),
        logo: None,
        contact: app.brand.contact.as_ref().map(|text| context::Contact {
            text: text.clone(),
            href: contact_href(text),
        }),
    }
}

/// A contact's address, where it is an e-mail address or a telephone number.
fn contact_href(contact: &str) -> Option<String> {
    let one_word = !contact.contains(char::is_whitespace);
    if one_word && contact.contains('@') {
        return Some(format!("mailto:{contact}"));
    }
    let number: String = contact
        .chars()
        .filter(|sign| !" -()".contains(*sign))
        .collect();
    let digits = number.strip_prefix('+')?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_digit())
        .then(|| format!("tel:{number}"))
}

/// Around a page that nobody is signed in to.
pub fn anonymous(app: &App, title: &str) -> context::Frame {
    context::Frame::anonymous(brand(app), title)
}

/// Around a page of a visit; `current` is the name of the page or place one is on.
pub fn of_visit(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    title: &str,
    current: Option<&str>,
) -> context::Frame {
    let menu = visit.menu();
    let pages = app.portal.pages();
    let items = menu
        .items()
        .filter_map(|item| menu_item(pages, item, current));
    let frame = context::Frame {
        menu: context::MenuEntry::grouped(items),
        for_whom: for_whom(&visit.customers()),
        ..of_session(app, session, title)
    };
    frame.ahead(&app.views)
}

/// For whom one is here.
pub fn for_whom(customers: &[&CustomerName]) -> Option<String> {
    match customers {
        [] => None,
        [only] => Some(format!("For {only}.")),
        [first, second] => Some(format!("For {first} and {second}.")),
        [first, second, third] => Some(format!("For {first}, {second} and {third}.")),
        [first, ..] => Some(format!(
            "For {first} and {} other customers.",
            customers.len() - 1
        )),
    }
}

/// Around a page of a session of which nothing is proved: there is no menu then.
pub fn of_session(app: &App, session: &Session, title: &str) -> context::Frame {
    let full_name = if session.full_name.trim().is_empty() {
        session.user.as_str()
    } else {
        &session.full_name
    };
    let person = context::Person {
        full_name: full_name.to_owned(),
        user: session.user.to_string(),
    };
    context::Frame {
        person: Some(person),
        ..anonymous(app, title)
    }
}

/// An entry of the menu, and the group that it stands in; `current` is the page one is on.
fn menu_item<'a>(
    pages: &'a Pages,
    item: &Item,
    current: Option<&str>,
) -> Option<(Option<&'a str>, context::MenuItem)> {
    let title = |own: &str| item.title.as_deref().unwrap_or(own).to_owned();
    let shown = |own: &str, href: String, icon: &str| context::MenuItem {
        title: title(own),
        href,
        icon: icon.to_owned(),
        current: false,
        away: false,
        new_window: item.new_window,
    };
    Some(match &item.leads {
        Leads::Page(page) => {
            let entry = pages.entry(page)?;
            let href = format!("/{}", entry.name());
            let item = context::MenuItem {
                current: current == Some(entry.name()),
                ..shown(entry.title(), href, entry.icon())
            };
            (entry.group(), item)
        }
        Leads::Common(place) => {
            let href = place.href().to_owned();
            let item = context::MenuItem {
                current: current == Some(place.name()),
                ..shown(place.title(), href, place.icon())
            };
            (None, item)
        }
        Leads::Away(away) => {
            let item = context::MenuItem {
                away: true,
                ..shown(away.host(), away.href().to_owned(), "away")
            };
            (None, item)
        }
    })
}

/// A page's address.
pub fn href(page: &Page) -> String {
    format!("/{}", page.name)
}

/// An address with these parameters.
pub fn with_query<K: AsRef<str>, V: AsRef<str>>(
    path: String,
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    if query.is_empty() {
        path
    } else {
        format!("{path}?{query}")
    }
}
