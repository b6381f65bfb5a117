//! Portal Settings: what stands in the menu.

use super::{Finding, some};
use crate::admin::facts::{Facts, Menu, MenuRow};
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::Wanted;

/// The rows that are on: those of the standard menu only while it is not hidden.
fn shown(menu: &Menu) -> impl Iterator<Item = &MenuRow> {
    let standard = menu.standard.iter().filter(|_| !menu.hides_standard);
    standard.chain(&menu.custom).filter(|row| row.enabled)
}

/// Whether a role is one that customers' users have.
fn is_for_customers(row: &MenuRow) -> bool {
    row.role.is_empty() || [CUSTOMER_ROLE, "All", "Guest"].contains(&row.role.as_str())
}

/// Whether Portal Settings names the portal's pages.
pub fn rows(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "menu";
    let menu = match &facts.menu {
        Ok(menu) => menu,
        Err(problem) => return vec![Finding::unread(CHECK, "Portal Settings", problem)],
    };
    let mut findings = Vec::new();
    let is_ours = |route: &str| wanted.routes.iter().any(|(ours, _)| ours == route);
    let named: Vec<&MenuRow> = shown(menu).filter(|row| is_ours(&row.route)).collect();
    let missing: Vec<&str> = wanted
        .routes
        .iter()
        .map(|(route, _)| route.as_str())
        .filter(|route| !named.iter().any(|row| row.route == *route))
        .collect();
    if named.is_empty() {
        findings.push(Finding::warning(
            CHECK,
            "Portal Settings names none of the portal's pages",
            "Nothing in the desk shows which pages customers have: the menu is pages.menu of the settings.",
            "quayfront setup, or Portal Settings > Custom Menu Items.",
        ));
    } else if !missing.is_empty() {
        findings.push(Finding::warning(
            CHECK,
            format!(
                "Portal Settings does not name, or has switched off: {}",
                some(missing)
            ),
            "The portal shows them all the same: its menu is pages.menu of its settings. Your staff reads \
             otherwise in the desk.",
            "Portal Settings > Custom Menu Items; or leave them out of pages.menu in the settings.",
        ));
    }
    let others: Vec<String> = named
        .iter()
        .filter(|row| !is_for_customers(row))
        .map(|row| format!("{} ({})", row.route, row.role))
        .collect();
    if !others.is_empty() {
        findings.push(Finding::warning(
            CHECK,
            format!("Pages for users with another role: {}", some(others)),
            "The portal shows them to whoever has a customer; your staff reads otherwise in the desk.".to_owned(),
            format!("Portal Settings: Role {CUSTOMER_ROLE}, or none."),
        ));
    }
    // ERPNext makes an empty customer of everybody who signs in and has none
    // (`login_default_role_creates_customer`).
    if menu.default_role == CUSTOMER_ROLE {
        findings.push(Finding::warning(
            "default-role",
            format!("Default Role at Time of Signup is {CUSTOMER_ROLE}"),
            "Whoever signs in without a customer gets a new, empty one in your ERP.",
            "Portal Settings > Default Role at Time of Signup: none.",
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(
            CHECK,
            "Portal Settings names the portal's pages",
        ));
    }
    findings
}
