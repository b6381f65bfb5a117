//! The menu: which pages a user has.
//!
//! It is Portal Settings, as soon as they name any page of ours and there is a service account that
//! reads them; else it is the pages of the settings. A page is a user's where a row that is on leads
//! one of his roles to it, he has a customer who has it, and its DocType is not known to be
//! unreadable. All of this narrows: what a user may see of a page is decided elsewhere, and nothing
//! here adds to it. A page that is not in the menu is refused like one that Frappe refuses, in
//! whatever form it is asked for, and nothing is asked for it.

mod customers;
mod known;
mod remembered;
mod routes;
mod ruling;

use std::sync::Arc;

pub use self::customers::{Named, PagesOfCustomers};
pub(super) use self::known::Menus;
use self::remembered::Groups;
pub use self::routes::{Away, Common, Leads, Nowhere, Routes};
pub use self::ruling::Ruling;
use super::page::{BuiltIn, Entry, Page, PageName, Pages};
use super::scope::Scope;
use super::visit::Visit;
use super::{Error, Portal, stock};
use crate::frappe::{Caller, CustomerName, DocType};

/// The entries of a menu, in their order, each leading somewhere else. Two that are equal look the
/// same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Menu(Vec<Item>);

/// An entry of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Item {
    /// Where it leads.
    pub leads: Leads,
    /// What it is called, where that is not what it leads to.
    pub title: Option<String>,
    /// Whether it opens a window of its own.
    pub new_window: bool,
}

impl Menu {
    /// All pages of the settings, in their order.
    fn of_settings(pages: &Pages) -> Self {
        let names = pages.entries().map(Entry::name);
        let items = names.filter_map(PageName::parse).map(|page| Item {
            leads: Leads::Page(page),
            title: None,
            new_window: false,
        });
        items.collect()
    }

    /// The entries.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.0.iter()
    }

    /// The pages among them, each with what it is called here.
    pub fn pages<'a>(&'a self, pages: &'a Pages) -> impl Iterator<Item = (&'a Entry, &'a str)> {
        self.items().filter_map(|item| {
            let Leads::Page(page) = &item.leads else {
                return None;
            };
            let entry = pages.entry(page)?;
            Some((entry, item.title.as_deref().unwrap_or(entry.title())))
        })
    }

    /// Whether a page is among them.
    #[must_use]
    pub fn has(&self, page: &PageName) -> bool {
        self.items()
            .any(|item| matches!(&item.leads, Leads::Page(leads) if leads == page))
    }
}

impl FromIterator<Item> for Menu {
    fn from_iter<I: IntoIterator<Item = Item>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

/// What a user's menu is made of, beside his scope and what he may read: what Portal Settings say for
/// his roles, and the groups of his customers. Cheap to clone, and to compare with its like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    menu: Arc<Menu>,
    groups: Arc<Groups>,
}

impl Reach {
    /// What is known of both.
    pub(super) const fn new(menu: Arc<Menu>, groups: Arc<Groups>) -> Self {
        Self { menu, groups }
    }
}

impl Visit {
    /// The user's menu. Never asks Frappe anything.
    #[must_use]
    pub fn menu(&self) -> Menu {
        let is_his = |item: &&Item| match &item.leads {
            Leads::Page(page) => self.has_page(page),
            Leads::Common(_) | Leads::Away(_) => true,
        };
        self.reach.menu.items().filter(is_his).cloned().collect()
    }

    /// The pages of the user's menu, in its order.
    #[must_use]
    pub fn entries(&self) -> Vec<&Entry> {
        let menu = self.menu();
        let pages = menu.items().filter_map(|item| match &item.leads {
            Leads::Page(page) => self.portal.pages.entry(page),
            Leads::Common(_) | Leads::Away(_) => None,
        });
        pages.collect()
    }

    /// Whether a page is in the user's menu.
    fn has_page(&self, name: &PageName) -> bool {
        match self.portal.pages.entry(name) {
            Some(Entry::BuiltIn(BuiltIn::WarehousingPortal)) => {
                self.warehousing_scope().is_ok() && self.has_warehousing()
            }
            Some(Entry::BuiltIn(BuiltIn::StockBalance)) => self.has_stock(),
            Some(Entry::Declared(page)) => self.has_declared(page),
            None => false,
        }
    }

    /// Whether the user has customers for a declared page, whose DocType is not known to be unreadable
    /// for him.
    pub(super) fn has_declared(&self, page: &Page) -> bool {
        self.scope_of(page).is_ok() && !self.is_unreadable(&page.doctype)
    }

    /// The same for stock.
    pub(super) fn has_stock(&self) -> bool {
        self.stock_scope().is_ok() && !self.is_unreadable(&stock::doctype())
    }

    /// The user's customers for a declared page, who have it; not empty.
    ///
    /// # Errors
    /// When the user has no customers for its DocType, or the page is not in his menu.
    pub fn scope_of(&self, page: &Page) -> Result<Arc<Scope>, Error> {
        self.narrowed_scope(&page.name, &page.doctype)
    }

    /// The user's customers whose stock he may see.
    ///
    /// # Errors
    /// As [`Self::scope_of`].
    pub fn stock_scope(&self) -> Result<Arc<Scope>, Error> {
        let page = name_of(BuiltIn::StockBalance)?;
        self.narrowed_scope(&page, &stock::doctype())
    }

    /// Refuses the warehouse at a glance where it is not in the menu. What stands on it are other
    /// pages' rows, each of that page's customers.
    ///
    /// # Errors
    /// When the user has no customers, or the page is not in his menu.
    pub(super) fn warehousing_scope(&self) -> Result<(), Error> {
        let page = name_of(BuiltIn::WarehousingPortal)?;
        let customers = self.customers();
        if customers.is_empty() {
            return Err(Error::NoCustomers);
        }
        let has = customers.iter().any(|customer| self.is_on(&page, customer));
        if self.reach.menu.has(&page) && has {
            Ok(())
        } else {
            Err(Error::Unreadable)
        }
    }

    fn narrowed_scope(&self, page: &PageName, doctype: &DocType) -> Result<Arc<Scope>, Error> {
        let whole = self.scope(doctype);
        if whole.is_empty() {
            return Err(Error::NoCustomers);
        }
        if !self.reach.menu.has(page) {
            return Err(Error::Unreadable);
        }
        if self.portal.menus.customers.all_have(page) {
            return Ok(Arc::clone(whole));
        }
        let customers = whole.customers();
        let his: Scope = customers
            .filter(|customer| self.is_on(page, customer))
            .cloned()
            .collect();
        if his.is_empty() {
            Err(Error::Unreadable)
        } else {
            Ok(Arc::new(his))
        }
    }

    /// Whether a customer has a page.
    fn is_on(&self, page: &PageName, customer: &CustomerName) -> bool {
        let group = self.reach.groups.get(customer);
        self.portal.menus.customers.has(page, customer, group)
    }
}

fn name_of(page: BuiltIn) -> Result<PageName, Error> {
    PageName::parse(page.name()).ok_or(Error::NotFound)
}

impl Portal {
    /// The page on which a user lands who has just signed in, where Portal Settings name one of ours
    /// and he has it: asked for, when it is not known, so that nobody lands on a refusal. Else he
    /// lands on the start page.
    pub async fn home(self: &Arc<Self>, caller: &Caller) -> Option<PageName> {
        let ruling = self.last_ruling(&caller.user).await?;
        let page = ruling.home()?;
        let visit = self.visit(caller.clone()).await.ok()?;
        let doctype = match self.pages.entry(page)? {
            Entry::Declared(page) => Some(page.doctype.clone()),
            Entry::BuiltIn(BuiltIn::StockBalance) => Some(stock::doctype()),
            Entry::BuiltIn(BuiltIn::WarehousingPortal) => None,
        };
        if let Some(doctype) = doctype {
            visit.find_out_readable(&doctype).await.ok()?;
        }
        visit.has_page(page).then(|| page.clone())
    }
}
