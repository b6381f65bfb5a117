//! What one user would see, and why: by the same rules that the portal itself goes by.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::facts::{Facts, Rule};
use super::wanted::Wanted;
use crate::frappe::{
    CustomerGroup, CustomerName, DocType, PortalUser, Right, RoleName, UserId, UserPermission,
    UserPermissions,
};
use crate::portal::menu::{Menu, Ruling};
use crate::portal::scope::Scopes;

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
    /// Its title.
    pub page: String,
    /// Its route.
    pub route: String,
    /// The DocType.
    pub doctype: String,
    /// Whether he has it.
    pub shown: bool,
    /// The customers whose documents he sees there.
    pub customers: Vec<String>,
    /// Why.
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
    let menu = menu_of(facts, wanted, &held);
    let groups: BTreeMap<CustomerName, CustomerGroup> = facts
        .groups
        .iter()
        .filter_map(|(customer, group)| {
            let customer = CustomerName::parse(customer).ok()?;
            Some((customer, CustomerGroup::parse(group).ok()?))
        })
        .collect();
    let scopes = UserId::parse(name).map(|user| {
        let permissions = UserPermissions::new(user.clone(), his.iter().filter_map(permission));
        Scopes::new(&user, &permissions, &rows)
    });
    let pages = wanted.showing.iter().map(|page| {
        let whole = scopes
            .as_ref()
            .map(|scopes| Arc::clone(scopes.of(&page.doctype)));
        let whole = whole.unwrap_or_default();
        let is_readable = facts.rules.as_deref().ok().map(|rules| {
            Facts::rules_of(rules, page.doctype.as_str()).any(|rule| gives_read(rule, &held))
        });
        let seen = page.to(
            &whole,
            &wanted.customers,
            |customer| groups.get(customer),
            menu.as_ref().is_none_or(|menu| menu.has(&page.name)),
            is_readable,
        );
        let is_shown = seen.why.is_shown();
        let customers = seen.customers.iter().filter(|_| is_shown);
        SeenPage {
            customers: customers.map(ToString::to_string).collect(),
            shown: is_shown,
            why: seen.words(),
            page: seen.title,
            route: seen.route,
            doctype: seen.doctype.to_string(),
        }
    });
    Seen {
        user: name.to_owned(),
        sign_in: sign_in.to_owned(),
        customers_from: customers_from.to_owned(),
        pages: pages.collect(),
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

fn gives_read(rule: &Rule, roles: &BTreeSet<&str>) -> bool {
    rule.level == 0 && rule.rights.contains(&Right::Read) && roles.contains(rule.role.as_str())
}
