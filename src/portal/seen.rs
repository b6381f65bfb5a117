//! What one user would see, for those who run the portal: as far as it is known here.
//!
//! It is told from what Frappe last said of a session of the user's, by the same rule that pages go by.
//! Of a user who has not been here lately nothing is known: the portal's own account may not read User
//! Permissions, and nobody is asked. No document is looked at.

use jiff::SignedDuration;

use super::page::{BuiltIn, Entry, PageName};
use super::{Portal, stock};
use crate::cache::Figures;
use crate::frappe::{CustomerName, DocType, UserId};

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

/// One page for one user.
#[derive(Clone, Debug)]
pub struct SeenPage {
    /// Its title.
    pub title: String,
    /// The DocType.
    pub doctype: DocType,
    /// The customers whose documents he may see there.
    pub customers: Vec<CustomerName>,
    /// Whether he has it, and why.
    pub why: Why,
}

/// Whether a user has a page, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// He has it, and Frappe lets him read it.
    Has,
    /// He has it; whether Frappe lets him read it was not asked lately.
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

impl Portal {
    /// What a user would see; `None` of one who has not been here lately.
    pub async fn seen(&self, user: &UserId) -> Option<Seen> {
        let since = |number| self.marks.since(number, user, []);
        let (proof, asked_at) = self.proofs.of_user(user, since)?;
        let pages: Vec<(PageName, &str, DocType)> = self
            .pages
            .entries()
            .filter_map(|entry| {
                let doctype = match entry {
                    Entry::Declared(page) => page.doctype.clone(),
                    Entry::BuiltIn(BuiltIn::StockBalance) => stock::doctype(),
                    // It is made of the other pages.
                    Entry::BuiltIn(BuiltIn::WarehousingPortal) => return None,
                };
                Some((PageName::parse(entry.name())?, entry.title(), doctype))
            })
            .collect();
        let scopes = pages.iter().map(|(_, _, doctype)| proof.scope(doctype));
        let all = scopes.flat_map(|scope| scope.customers().cloned().collect::<Vec<_>>());
        let groups = self.remembered_groups(user, all.collect()).await;
        let menu = self.remembered_menu(user).await;
        let mut seen = Vec::new();
        for (name, title, doctype) in pages {
            let whole = proof.scope(&doctype);
            let rules = &self.menus.customers;
            let has = |customer: &&CustomerName| rules.has(&name, customer, groups.get(*customer));
            let customers: Vec<CustomerName> = whole.customers().filter(has).cloned().collect();
            let why = if whole.is_empty() {
                Why::NoCustomer
            } else if !menu.has(&name) {
                Why::NotInMenu
            } else if customers.is_empty() {
                Why::NotForCustomers
            } else {
                match self.last_known_readable(user, &doctype) {
                    Some(true) => Why::Has,
                    Some(false) => Why::Unreadable,
                    None => Why::HasPerhaps,
                }
            };
            seen.push(SeenPage {
                title: title.to_owned(),
                doctype,
                customers,
                why,
            });
        }
        Some(Seen {
            age: self.clock.now().duration_since(asked_at),
            by_portal_users: proof.is_of_portal_users(),
            pages: seen,
        })
    }

    /// What is remembered: answers about customers' data, and Frappe's words on sessions.
    pub async fn figures(&self) -> [(&'static str, Figures); 2] {
        [
            ("answers", self.answers.figures().await),
            ("sessions", self.proofs.figures().await),
        ]
    }
}
