//! What stands around every page: the operator's name, the person, the menu.

use std::sync::Arc;

use super::App;
use super::session::Session;
use crate::frappe::CustomerName;
use crate::portal::Visit;
use crate::portal::page::{Entry, Page};
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

/// Around a page of a visit; `current` is the page one is on.
pub async fn of_visit(
    app: &Arc<App>,
    session: &Session,
    visit: &Visit,
    title: &str,
    current: Option<&str>,
) -> context::Frame {
    let menu = visit
        .menu()
        .await
        .into_iter()
        .map(|entry| (entry.group(), menu_item(entry, current)));
    context::Frame {
        menu: context::MenuEntry::grouped(menu),
        for_whom: for_whom(&visit.customers()),
        ..of_session(app, session, title)
    }
}

/// For whom one is here.
pub fn for_whom(customers: &[CustomerName]) -> Option<String> {
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

fn menu_item(entry: &Entry, current: Option<&str>) -> context::MenuItem {
    context::MenuItem {
        title: entry.title().to_owned(),
        href: format!("/{}", entry.name()),
        icon: entry.icon().to_owned(),
        current: current == Some(entry.name()),
    }
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
