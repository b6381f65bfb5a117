//! What one user would see, and why: by the same rule that the portal itself goes by.

use std::collections::BTreeSet;

use serde::Serialize;

use super::facts::{Facts, Rule};
use super::wanted::Wanted;
use crate::frappe::{DocType, PortalUser, Right, UserId, UserPermission, UserPermissions};
use crate::portal::scope::scope;

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
    let pages = wanted.doctypes().into_iter().map(|doctype| {
        let customers: Vec<String> = UserId::parse(name)
            .map(|user| {
                let permissions =
                    UserPermissions::new(user.clone(), his.iter().filter_map(permission));
                let scope = scope(&user, &doctype, &permissions, &rows);
                scope.customers().map(ToString::to_string).collect()
            })
            .unwrap_or_default();
        let reads = Facts::rules_of(rules, doctype.as_str()).any(|rule| gives_read(rule, &held));
        let why = match (reads, customers.is_empty()) {
            (false, _) => "none of his roles may read it",
            (true, true) => "no customer of his holds for it",
            (true, false) => "he sees the documents of these customers",
        };
        SeenPage {
            doctype: doctype.to_string(),
            customers: if reads { customers } else { Vec::new() },
            why: why.to_owned(),
        }
    });
    Seen {
        user: name.to_owned(),
        sign_in: sign_in.to_owned(),
        customers_from: customers_from.to_owned(),
        pages: pages.collect(),
    }
}

fn gives_read(rule: &Rule, roles: &BTreeSet<&str>) -> bool {
    rule.level == 0 && rule.rights.contains(&Right::Read) && roles.contains(rule.role.as_str())
}
