//! Portal Settings: rows for the portal's pages that have none. A row that somebody has switched off
//! stays off.

use super::{Action, Kind, Step};
use crate::admin::facts::Facts;
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::Wanted;
use crate::portal::menu::Leads;

/// The steps.
pub fn menu(facts: &Facts, wanted: &Wanted) -> Vec<Step> {
    let Ok(menu) = &facts.menu else {
        return Vec::new();
    };
    let mut steps = Vec::new();
    let standard = menu.standard.iter().filter(|_| !menu.hides_standard);
    let known: Vec<Leads> = standard
        .chain(&menu.custom)
        .filter_map(|row| wanted.leads.leads(&row.route).ok())
        .collect();
    let is_known = |route: &str| {
        let leads = wanted.leads.leads(route);
        leads.is_ok_and(|leads| known.contains(&leads))
    };
    let missing: Vec<(String, String)> = wanted
        .routes
        .iter()
        .filter(|(route, _)| !is_known(route))
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
                "As soon as Portal Settings names any of the portal's pages, customers have those that it \
                 names and no others."
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
