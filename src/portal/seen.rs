//! What one user would see, for those who run the portal: of each page whether he has it, and why.
//!
//! The operators' page tells it of what Frappe last said of a session of the user's, by the same rule
//! that pages go by. Of a user who has not been here lately nothing is known: the portal's own account
//! may not read User Permissions, and nobody is asked. `quayfront check` tells it of what an
//! administrator may read. No document is looked at.

use jiff::SignedDuration;

use super::menu::PagesOfCustomers;
use super::page::{BuiltIn, Entry, PageName, Pages};
use super::scope::Scope;
use super::{Portal, stock};
use crate::cache::Figures;
use crate::frappe::{CustomerGroup, CustomerName, DocType, UserId};

/// What one user would see.
#[derive(Clone, Debug)]
pub struct Seen {
    /// How old Frappe's word is.
    pub age: SignedDuration,
    /// Whether it is the customers' Portal Users tables that say whose user he is, for want of a User
    /// Permission on Customer: Frappe itself shows him everything then.
    pub by_portal_users: bool,
    /// Each page of the menu.
    pub pages: Vec<SeenPage>,
}

/// A page that shows documents of one kind.
#[derive(Clone, Debug)]
pub struct Showing {
    /// Its name.
    pub name: PageName,
    /// Its title.
    pub title: String,
    /// The DocType.
    pub doctype: DocType,
}

/// One page for one user.
#[derive(Clone, Debug)]
pub struct SeenPage {
    /// Its title.
    pub title: String,
    /// Its route.
    pub route: String,
    /// The DocType.
    pub doctype: DocType,
    /// The customers whose documents he may see there.
    pub customers: Vec<CustomerName>,
    /// Whether the settings give it to some of his customers and not to others.
    pub is_narrowed: bool,
    /// Whether he has it, and why.
    pub why: Why,
}

/// Whether a user has a page, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// He has it, and Frappe lets him read it.
    Has,
    /// He has it; whether Frappe lets him read it is not known.
    HasPerhaps,
    /// No customer of his holds for it.
    NoCustomer,
    /// Portal Settings do not lead him there.
    NotInMenu,
    /// The settings give it to none of his customers.
    NotForCustomers,
    /// Frappe does not let him read it.
    Unreadable,
}

impl Why {
    /// Whether he has it.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Has | Self::HasPerhaps)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Has => "Frappe lets him read it.",
            Self::HasPerhaps => "Whether Frappe lets him read it is not known here.",
            Self::NoCustomer => "No customer of his holds for it.",
            Self::NotInMenu => {
                "Portal Settings have no row that is on and leads one of his roles there."
            }
            Self::NotForCustomers => {
                "His customers do not have the page (pages.only_for, pages.not_for)."
            }
            Self::Unreadable => "Frappe does not let him read it.",
        }
    }
}

impl Showing {
    /// Those of these pages. The warehouse at a glance is made of the others.
    #[must_use]
    pub fn all(pages: &Pages) -> Vec<Self> {
        let showing = |entry: &Entry| {
            let doctype = match entry {
                Entry::Declared(page) => page.doctype.clone(),
                Entry::BuiltIn(BuiltIn::StockBalance) => stock::doctype(),
                Entry::BuiltIn(BuiltIn::WarehousingPortal) => return None,
            };
            Some(Self {
                name: PageName::parse(entry.name())?,
                title: entry.title().to_owned(),
                doctype,
            })
        };
        pages.entries().filter_map(showing).collect()
    }

    /// What a user has of it who sees these customers' documents of its kind, whether or not it is in
    /// his menu and Frappe lets him read it, as far as that is known.
    #[must_use]
    pub fn to<'groups>(
        &self,
        whole: &Scope,
        rules: &PagesOfCustomers,
        group: impl Fn(&CustomerName) -> Option<&'groups CustomerGroup>,
        is_in_menu: bool,
        is_readable: Option<bool>,
    ) -> SeenPage {
        let has = |customer: &&CustomerName| rules.has(&self.name, customer, group(customer));
        let customers: Vec<CustomerName> = whole.customers().filter(has).cloned().collect();
        let why = if whole.is_empty() {
            Why::NoCustomer
        } else if !is_in_menu {
            Why::NotInMenu
        } else if customers.is_empty() {
            Why::NotForCustomers
        } else {
            match is_readable {
                Some(true) => Why::Has,
                Some(false) => Why::Unreadable,
                None => Why::HasPerhaps,
            }
        };
        SeenPage {
            title: self.title.clone(),
            route: format!("/{}", self.name),
            doctype: self.doctype.clone(),
            is_narrowed: customers.len() < whole.customers().len(),
            customers,
            why,
        }
    }
}

impl SeenPage {
    /// Why he has it or has it not, in words for those who run the portal.
    #[must_use]
    pub fn words(&self) -> String {
        let words = self.why.words();
        if self.why.is_shown() && self.is_narrowed {
            format!(
                "{words} Others of his customers do not have the page (pages.only_for, pages.not_for)."
            )
        } else {
            words.to_owned()
        }
    }
}

impl Portal {
    /// What a user would see; `None` of one who has not been here lately.
    pub fn seen(&self, user: &UserId) -> Option<Seen> {
        let since = |number| self.marks.since(number, user, []);
        let (proof, asked_at) = self.proofs.of_user(user, since)?;
        let showing = Showing::all(&self.pages);
        let scopes = showing.iter().map(|page| proof.scope(&page.doctype));
        let all = scopes.flat_map(|scope| scope.customers().cloned().collect::<Vec<_>>());
        let groups = self.remembered_groups(user, all.collect());
        let menu = self.remembered_menu(user);
        let pages = showing.iter().map(|page| {
            let whole = proof.scope(&page.doctype);
            page.to(
                whole,
                &self.menus.customers,
                |customer| groups.get(customer),
                menu.has(&page.name),
                self.last_known_readable(user, &page.doctype),
            )
        });
        Some(Seen {
            age: self.clock.now().duration_since(asked_at),
            by_portal_users: proof.is_of_portal_users(),
            pages: pages.collect(),
        })
    }

    /// What is remembered: answers about customers' data, and Frappe's words on sessions.
    pub fn figures(&self) -> [(&'static str, Figures); 2] {
        [
            ("answers", self.answers.figures()),
            ("sessions", self.proofs.figures()),
        ]
    }
}
