//! Portal Settings: rows for the portal's pages that have none. A row that somebody has switched off
//! stays off. Each row names a DocType, or Frappe would not keep it.

use super::{Action, Kind, NewRow, Step};
use crate::admin::facts::Facts;
use crate::admin::lost_rows::{lost_rows, row_doctype};
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
    let row = |(route, title): &(String, String)| NewRow {
        doctype: match wanted.leads.leads(route) {
            Ok(Leads::Page(page)) => row_doctype(facts, wanted, &page).cloned(),
            _ => None,
        },
        route: route.clone(),
        title: title.clone(),
    };
    let missing: Vec<NewRow> = wanted
        .routes
        .iter()
        .filter(|(route, _)| !is_known(route))
        .map(row)
        .collect();
    steps.extend(kept(facts, wanted));
    if !missing.is_empty() {
        let routes: Vec<&str> = missing.iter().map(|row| row.route.as_str()).collect();
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

/// Rows that are there, and would not stay.
fn kept(facts: &Facts, wanted: &Wanted) -> Option<Step> {
    let lost = lost_rows(facts, wanted);
    let kept: Vec<_> = lost
        .iter()
        .filter_map(|one| Some((one.row, one.doctype?)))
        .collect();
    let named: Vec<String> = kept
        .iter()
        .map(|(row, doctype)| format!("{} ({doctype})", row.route))
        .collect();
    let was: Vec<String> = kept
        .iter()
        .map(|(row, _)| match row.reference_doctype.as_str() {
            "" => row.route.clone(),
            doctype => format!("{} ({doctype}, which the site has not got)", row.route),
        })
        .collect();
    let action = kept
        .iter()
        .map(|(row, doctype)| (row.name.clone(), (*doctype).clone()));
    (!kept.is_empty()).then(|| Step {
        kind: Kind::Menu,
        is: format!(
            "Rows of Portal Settings name no DocType of the site: {}",
            was.join(", ")
        ),
        will: format!("These rows name the DocType of their page: {}", named.join(", ")),
        why: "Each bench migrate takes out rows that name none. Whether a row is on, and whose, stays."
            .to_owned(),
        undo: "Portal Settings, these rows > Reference Document Type: empty.".to_owned(),
        action: Action::KeepInMenu(action.collect()),
    })
}
