//! What one user would see, and why: by the same rule that the portal itself goes by.

use std::collections::BTreeSet;

use serde::Serialize;

use super::facts::{Facts, Rule};
use super::wanted::Wanted;
use crate::frappe::{
    CustomerGroup, CustomerName, DocType, PortalUser, Right, RoleName, UserId, UserPermission,
    UserPermissions,
};
use crate::portal::menu::{Menu, Ruling};
use crate::portal::page::{BuiltIn, PageName};
use crate::portal::scope::{Scope, scope};

/// What one user would see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The user.
    pub user: String,
    /// Whether he is a Website User who may sign in, and if not, why.
    pub sign_in: String,
    /// Where his customers come from.
    pub customers_from: String,
    /// Each page.
    pub pages: Vec<SeenPage>,
}

/// One page for one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeenPage {
    /// The DocType.
    pub doctype: String,
    /// The customers whose documents he sees there.
    pub customers: Vec<String>,
    /// Whether he sees any, and why.
    pub why: String,
}

/// Works it out.
#[must_use]
pub fn see(facts: &Facts, wanted: &Wanted, name: &str) -> Seen {
    let users = facts.users.as_deref().unwrap_or_default();
    let found = users.iter().find(|user| user.name == name);
    let sign_in = match found {
        None => "is no Website User of this site",
        Some(user) if !user.enabled => "is disabled and cannot sign in",
        Some(_) => "may sign in",
    };
    let all = facts.permissions.as_deref().unwrap_or_default();
    let his: Vec<_> = all.iter().filter(|one| one.user == name).collect();
    let rows: Vec<_> = facts
        .portal_users
        .iter()
        .flatten()
        .filter(|row| row.user == name)
        .map(|row| PortalUser {
            parent: row.customer.clone(),
            parenttype: "Customer".to_owned(),
            user: row.user.clone(),
        })
        .collect();
    let customers_from = if !his.is_empty() {
        "User Permissions on Customer decide"
    } else if rows.is_empty() {
        "no User Permission on Customer and no customer's Portal Users table names him: he sees nothing"
    } else {
        "no User Permission on Customer: the customers whose Portal Users table names him. Frappe itself \
         shows him everything"
    };
    let permission = |one: &&super::facts::Permission| {
        let limited = DocType::parse(&one.applicable_for).ok();
        let allow = DocType::parse("Customer").ok()?;
        let permission = UserPermission {
            value: one.customer.clone(),
            applicable_for: limited,
            is_default: false,
            hide_descendants: false,
        };
        Some((allow, permission))
    };
    let held: BTreeSet<&str> = found
        .into_iter()
        .flat_map(|user| user.roles.iter().map(String::as_str))
        .chain(["All", "Guest"])
        .collect();
    let rules = facts.rules.as_deref().unwrap_or_default();
    let menu = menu_of(facts, wanted, &held);
    let pages = wanted.doctypes().into_iter().map(|doctype| {
        let whole = UserId::parse(name).map(|user| {
            let permissions = UserPermissions::new(user.clone(), his.iter().filter_map(permission));
            scope(&user, &doctype, &permissions, &rows)
        });
        let reads = Facts::rules_of(rules, doctype.as_str()).any(|rule| gives_read(rule, &held));
        page(
            facts,
            wanted,
            menu.as_ref(),
            &doctype,
            &whole.unwrap_or_default(),
            reads,
        )
    });
    Seen {
        user: name.to_owned(),
        sign_in: sign_in.to_owned(),
        customers_from: customers_from.to_owned(),
        pages: pages.collect(),
    }
}

/// What he sees of a DocType, of these customers.
fn page(
    facts: &Facts,
    wanted: &Wanted,
    menu: Option<&Menu>,
    doctype: &DocType,
    whole: &Scope,
    reads: bool,
) -> SeenPage {
    let pages = pages_of(wanted, doctype);
    let in_menu: Vec<&PageName> = pages
        .iter()
        .filter(|page| menu.is_none_or(|menu| menu.has(page)))
        .collect();
    let has = |customer: &CustomerName| {
        let group = facts.groups.get(customer.as_str());
        let group = group.and_then(|group| CustomerGroup::parse(group).ok());
        let has = |page: &PageName| wanted.customers.has(page, customer, group.as_ref());
        pages.is_empty() || in_menu.iter().any(|page| has(page))
    };
    let shown = whole.customers().filter(|customer| has(customer));
    let customers: Vec<String> = shown.map(ToString::to_string).collect();
    let is_narrowed = customers.len() < whole.customers().len();
    let why = match (reads, customers.is_empty()) {
        (false, _) => "none of his roles may read it",
        (true, true) if is_narrowed && in_menu.is_empty() => {
            "Portal Settings have no row that is on and leads one of his roles there"
        }
        (true, true) if is_narrowed => {
            "his customers do not have the page (pages.only_for, pages.not_for)"
        }
        (true, true) => "no customer of his holds for it",
        (true, false) if is_narrowed => {
            "he sees the documents of these customers; others of his do not have the page \
             (pages.only_for, pages.not_for)"
        }
        (true, false) => "he sees the documents of these customers",
    };
    SeenPage {
        doctype: doctype.to_string(),
        customers: if reads { customers } else { Vec::new() },
        why: why.to_owned(),
    }
}

/// What Portal Settings say for somebody with these roles, where the portal reads them and they
/// decide.
fn menu_of(facts: &Facts, wanted: &Wanted, held: &BTreeSet<&str>) -> Option<Menu> {
    let settings = facts.menu.as_ref().ok()?;
    let service = facts.service.as_ref()?.as_ref().ok()?;
    let ruling = Ruling::read(settings, &wanted.leads);
    let decides = service.reads.get("Portal Settings") == Some(&true) && ruling.is_in_force();
    let roles = held.iter().filter_map(|role| RoleName::parse(role).ok());
    decides.then(|| ruling.for_roles(&roles.collect()))
}

/// The pages that show documents of a DocType. Item and Warehouse are parts of stock.
fn pages_of(wanted: &Wanted, doctype: &DocType) -> Vec<PageName> {
    let declared = wanted.pages.iter();
    let declared = declared.filter(|page| page.doctype == *doctype);
    let is_stock = ["Bin", "Item", "Warehouse"].contains(&doctype.as_str());
    let stock = is_stock.then(|| BuiltIn::StockBalance.name());
    let names = declared.map(|page| page.name.as_str()).chain(stock);
    names.filter_map(PageName::parse).collect()
}

fn gives_read(rule: &Rule, roles: &BTreeSet<&str>) -> bool {
    rule.level == 0 && rule.rights.contains(&Right::Read) && roles.contains(rule.role.as_str())
}
