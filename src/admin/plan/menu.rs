//! Portal Settings: rows for the portal's pages that have none. A row that somebody has switched off
//! stays off.

use super::{Action, Kind, Step};
use crate::admin::facts::Facts;
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::Wanted;

/// The steps.
pub fn menu(facts: &Facts, wanted: &Wanted) -> Vec<Step> {
    let Ok(menu) = &facts.menu else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let standard = menu.standard.iter().filter(|_| !menu.hides_standard);
    let known: Vec<&str> = standard
        .chain(&menu.custom)
        .map(|row| row.route.as_str())
        .collect();
    let missing: Vec<(String, String)> = wanted
        .routes
        .iter()
        .filter(|(route, _)| !known.contains(&route.as_str()))
        .cloned()
        .collect();
    if !missing.is_empty() {
        let routes: Vec<&str> = missing.iter().map(|(route, _)| route.as_str()).collect();
        let routes = routes.join(", ");
        steps.push(Step {
            kind: Kind::Menu,
            is: format!("Portal Settings has no row for {routes}"),
            will: format!("Custom Menu Items has rows for {routes}, for role {CUSTOMER_ROLE}"),
            why:
                "So the desk shows which pages customers have, and Frappe's own portal names them."
                    .to_owned(),
            undo: "Portal Settings > Custom Menu Items: delete these rows.".to_owned(),
            action: Action::AddToMenu(missing),
        });
    }
    if menu.default_role == CUSTOMER_ROLE {
        steps.push(Step {
            kind: Kind::Menu,
            is: format!("Default Role at Time of Signup is {CUSTOMER_ROLE}"),
            will: "There is no such role".to_owned(),
            why: "ERPNext makes an empty customer of everybody who signs in and has none."
                .to_owned(),
            undo: format!("Portal Settings > Default Role at Time of Signup: {CUSTOMER_ROLE}."),
            action: Action::ClearDefaultRole,
        });
    }
    steps
}
