//! Customers' users: whose they are, and whether Frappe knows it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, some};
use crate::admin::facts::{Facts, Link, Permission, User};
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::Wanted;

/// The users who sign in to the portal.
fn customers_users(users: &[User]) -> impl Iterator<Item = &User> {
    users.iter().filter(|user| user.is_a_customers())
}

/// Whether each of them has a User Permission: without one Frappe shows him everything
/// (`list_ironclad_no_up`).
pub fn user_permissions(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "user-permissions";
    let (users, permissions) = match (&facts.users, &facts.permissions) {
        (Ok(users), Ok(permissions)) => (users, permissions),
        (Err(problem), _) => return vec![Finding::unread(CHECK, "Users", problem)],
        (_, Err(problem)) => return vec![Finding::unread(CHECK, "User Permissions", problem)],
    };
    let have: BTreeSet<&str> = permissions.iter().map(|one| one.user.as_str()).collect();
    let without: Vec<&str> = customers_users(users)
        .map(|user| user.name.as_str())
        .filter(|user| !have.contains(user))
        .collect();
    vec![if without.is_empty() {
        let count = customers_users(users).count();
        Finding::good(
            CHECK,
            format!("Each of {count} users has a User Permission on Customer"),
        )
    } else {
        Finding::wrong(
            CHECK,
            format!("No User Permission on Customer: {}", without.join(", ")),
            "Frappe shows them every customer's documents. The portal shows them their own customer or \
             nothing, but their password opens Frappe's REST API too.",
            "quayfront setup makes those of users that a customer's Portal Users table names; quayfront \
             link USER CUSTOMER for the others; or disable them.",
        )
        .naming(without)
    }]
}

/// Whether the permissions of each user hold for each DocType that is shown.
pub fn applicable_for(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "applicable-for";
    let (Ok(users), Ok(permissions)) = (&facts.users, &facts.permissions) else {
        // That they cannot be read is told already.
        return Vec::new();
    };
    let mut of_user: BTreeMap<&str, Vec<&Permission>> = BTreeMap::new();
    for permission in permissions {
        of_user
            .entry(&permission.user)
            .or_default()
            .push(permission);
    }
    let narrows = |doctype: &str| wanted.customer_field_of(doctype);
    let mut open = Vec::new();
    for user in customers_users(users) {
        let Some(his) = of_user.get(user.name.as_str()) else {
            continue;
        };
        let holds = |doctype: &str| {
            his.iter()
                .any(|one| one.applicable_for.is_empty() || one.applicable_for == doctype)
        };
        let doctypes = wanted.doctypes();
        let unheld: Vec<&str> = doctypes
            .iter()
            .map(crate::frappe::DocType::as_str)
            .filter(|doctype| narrows(doctype) && !holds(doctype))
            .collect();
        if !unheld.is_empty() {
            open.push(format!("{} ({})", user.name, some(unheld)));
        }
    }
    vec![if open.is_empty() {
        Finding::good(
            CHECK,
            "Users' User Permissions hold for every DocType that is shown",
        )
    } else {
        Finding::wrong(
            CHECK,
            format!(
                "A User Permission that is limited to another DocType: {}",
                some(&open)
            ),
            "For the DocTypes in brackets Frappe shows them every customer's documents; the portal shows \
             them nothing there.",
            "User Permission > Apply To All Document Types, for each of them.",
        )
        .naming(open)
    }]
}

/// Whether users, portal users and contacts say the same.
pub fn links(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "portal-users";
    let (Ok(users), Ok(permissions)) = (&facts.users, &facts.permissions) else {
        return Vec::new();
    };
    let rows = match &facts.portal_users {
        Ok(rows) => rows,
        Err(problem) => return vec![Finding::unread(CHECK, "Portal users", problem)],
    };
    let enabled: BTreeMap<&str, &User> = users
        .iter()
        .filter(|user| user.enabled)
        .map(|user| (user.name.as_str(), user))
        .collect();
    let mut findings = Vec::new();
    let allowed = |user: &str| -> BTreeSet<&str> {
        let his = permissions.iter().filter(|one| one.user == user);
        his.map(|one| one.customer.as_str()).collect()
    };
    let without_role: Vec<&str> = rows
        .iter()
        .filter_map(|row| enabled.get(row.user.as_str()))
        .filter(|user| !user.roles.contains(CUSTOMER_ROLE))
        .map(|user| user.name.as_str())
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    if !without_role.is_empty() {
        findings.push(
            Finding::warning(
                CHECK,
                format!(
                    "Portal users without role {CUSTOMER_ROLE}: {}",
                    some(&without_role)
                ),
                "They can sign in, and are told that there is nothing for them.",
                format!("quayfront link USER CUSTOMER; or User > Roles: {CUSTOMER_ROLE}."),
            )
            .naming(without_role),
        );
    }
    findings.extend(contradictions(CHECK, rows, &allowed, &enabled));
    findings.extend(loose_ends(facts, rows, &allowed, &enabled));
    if findings.is_empty() {
        findings.push(Finding::good(
            CHECK,
            "Customers' portal users, User Permissions and Contacts say the same",
        ));
    }
    findings
}

/// Portal User rows that a user's own permissions contradict: the permissions decide.
fn contradictions<'a>(
    check: &'static str,
    rows: &'a [Link],
    allowed: &impl Fn(&'a str) -> BTreeSet<&'a str>,
    enabled: &BTreeMap<&str, &User>,
) -> Vec<Finding> {
    let differ: Vec<String> = rows
        .iter()
        .filter(|row| enabled.contains_key(row.user.as_str()))
        .filter(|row| {
            let allowed = allowed(&row.user);
            !allowed.is_empty() && !allowed.contains(row.customer.as_str())
        })
        .map(|row| format!("{} at {}", row.user, row.customer))
        .collect();
    if differ.is_empty() {
        return Vec::new();
    }
    vec![
        Finding::warning(
            check,
            format!(
                "Portal users whose User Permissions name other customers: {}",
                some(&differ)
            ),
            "They do not see this customer: User Permissions decide.",
            "Customer > Portal Users, or a User Permission for it: quayfront link USER CUSTOMER.",
        )
        .naming(differ),
    ]
}

/// Users and customers that nothing connects, and Contacts that say otherwise than the rest.
fn loose_ends<'a>(
    facts: &'a Facts,
    rows: &'a [Link],
    allowed: &impl Fn(&'a str) -> BTreeSet<&'a str>,
    enabled: &BTreeMap<&'a str, &'a User>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let named = |user: &str| rows.iter().any(|row| row.user == user);
    let nowhere: Vec<&str> = enabled
        .values()
        .filter(|user| user.roles.contains(CUSTOMER_ROLE))
        .map(|user| user.name.as_str())
        .filter(|user| allowed(user).is_empty() && !named(user))
        .collect();
    if !nowhere.is_empty() {
        findings.push(
            Finding::warning(
                "users-without-customer",
                format!("Users of no customer: {}", some(&nowhere)),
                "They are told that there is nothing for them.",
                "quayfront link USER CUSTOMER, or disable them.",
            )
            .naming(nowhere),
        );
    }
    if let Ok(customers) = &facts.customers {
        let mut reached: BTreeSet<&str> = BTreeSet::new();
        for user in enabled.keys() {
            reached.extend(allowed(user));
        }
        reached.extend(
            rows.iter()
                .filter(|row| enabled.contains_key(row.user.as_str()))
                .map(|row| row.customer.as_str()),
        );
        let alone: Vec<&String> = customers
            .iter()
            .filter(|customer| !reached.contains(customer.as_str()))
            .collect();
        if !alone.is_empty() {
            // Many customers have no portal user and never will: it is told, and is no fault.
            let found = format!(
                "{} of {} customers have no user: {}",
                alone.len(),
                customers.len(),
                some(&alone)
            );
            findings.push(Finding::good("customers-without-users", found).naming(alone));
        }
    }
    if let Ok(contacts) = &facts.contacts {
        let differ: Vec<String> = contacts
            .iter()
            .filter(|contact| {
                enabled
                    .get(contact.user.as_str())
                    .is_some_and(|user| user.roles.contains(CUSTOMER_ROLE))
            })
            .filter(|contact| {
                let is_allowed = allowed(&contact.user).contains(contact.customer.as_str());
                let is_named = rows
                    .iter()
                    .any(|row| row.user == contact.user && row.customer == contact.customer);
                !is_allowed && !is_named
            })
            .map(|contact| {
                format!(
                    "{} ({} at {})",
                    contact.through, contact.user, contact.customer
                )
            })
            .collect();
        if !differ.is_empty() {
            findings.push(Finding::warning(
                "contacts",
                format!("Contacts that link a user to a customer that he is not of: {}", some(&differ)),
                "Nothing: a Contact grants nothing, for any user can make one that links to any customer. \
                 Somebody may have tried, or somebody may have forgotten the rest.",
                "quayfront link USER CUSTOMER if he belongs there; delete the Contact's link if not.",
            ).naming(differ));
        }
    }
    findings
}
