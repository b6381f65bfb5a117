//! Portal Settings: which menu customers have, and what stands in it.

use std::collections::BTreeSet;

use super::{Finding, mend, some};
use crate::admin::facts::{Facts, Menu, MenuRow};
use crate::admin::lost_rows::lost_rows;
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::Wanted;
use crate::frappe::{CustomerGroup, CustomerName};
use crate::portal::menu::{Leads, Nowhere, Ruling};

const CHECK: &str = "menu";

/// A row that leads to a page of ours.
struct OurRow<'a> {
    route: String,
    row: &'a MenuRow,
    is_shown: bool,
}

fn our_rows<'a>(menu: &'a Menu, wanted: &Wanted) -> Vec<OurRow<'a>> {
    let ours = menu.rows().filter_map(|(row, is_shown)| {
        let Ok(Leads::Page(page)) = wanted.leads.leads(&row.route) else {
            return None;
        };
        let route = format!("/{page}");
        Some(OurRow {
            route,
            row,
            is_shown,
        })
    });
    ours.collect()
}

/// Whether the portal reads Portal Settings, and if not, why.
fn is_read(facts: &Facts) -> Result<(), &'static str> {
    match &facts.service {
        None => Err("the portal has no account of its own"),
        Some(Err(problem)) if problem.is_refusal() => {
            Err("Frappe refuses the portal's own account")
        }
        Some(Err(_)) => Err("the portal's own account could not be asked"),
        Some(Ok(service)) if service.reads.get("Portal Settings") != Some(&true) => {
            Err("the portal's own account may not read Portal Settings")
        }
        Some(Ok(_)) => Ok(()),
    }
}

/// Which menu is in force, and whether it has the portal's pages.
pub fn rows(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    let menu = match &facts.menu {
        Ok(menu) => menu,
        Err(problem) => return vec![Finding::unread(CHECK, "Portal Settings", problem)],
    };
    let ours = our_rows(menu, wanted);
    let mut findings = pages(facts, wanted, &ours);
    findings.extend(lost(facts, wanted));
    findings.extend(links(menu, wanted));
    findings.extend(home(menu, wanted));
    findings.extend(customers(facts, wanted));
    // ERPNext makes an empty customer of everybody who signs in and has none
    // (`login_default_role_creates_customer`).
    if menu.default_role == CUSTOMER_ROLE {
        findings.push(Finding::warning(
            "default-role",
            format!("Default Role at Time of Signup is {CUSTOMER_ROLE}"),
            "Whoever signs in without a customer gets a new, empty one in your ERP.",
            "quayfront setup; or Portal Settings > Default Role at Time of Signup: none.",
        ));
    }
    findings
}

fn pages(facts: &Facts, wanted: &Wanted, ours: &[OurRow<'_>]) -> Vec<Finding> {
    if ours.is_empty() {
        return vec![Finding::warning(
            CHECK,
            "The menu is pages.menu of the settings: Portal Settings names none of the portal's pages",
            "Customers have all of the portal's pages, and nothing in the desk shows or changes that.",
            "quayfront setup, or Portal Settings > Custom Menu Items.",
        )];
    }
    let routes = || wanted.routes.iter().map(|(route, _)| route.as_str());
    let shown: BTreeSet<&str> = ours
        .iter()
        .filter(|our| our.is_shown)
        .map(|our| our.route.as_str())
        .collect();
    if let Err(why) = is_read(facts) {
        let missing: Vec<&str> = routes().filter(|route| !shown.contains(route)).collect();
        let mut findings = vec![Finding::good(
            CHECK,
            format!("The menu is pages.menu of the settings: {why}"),
        )];
        if !missing.is_empty() {
            findings.push(Finding::warning(
                CHECK,
                format!(
                    "Portal Settings does not name, or has switched off: {}",
                    some(missing)
                ),
                format!(
                    "The portal shows them all the same: {why}. Your staff reads otherwise in the desk."
                ),
                "quayfront setup makes the account; or leave these out of pages.menu in the settings.",
            ));
        }
        return findings;
    }
    if shown.is_empty() {
        return vec![Finding::wrong(
            CHECK,
            "The menu is Portal Settings, and all of the portal's pages are switched off there",
            "Nobody has any page.",
            "Portal Settings: switch on what customers are to have.",
        )];
    }
    let named = |route: &str| ours.iter().any(|our| our.route == route);
    let missing: Vec<&str> = routes().filter(|route| !named(route)).collect();
    let off: Vec<&str> = routes()
        .filter(|route| named(route) && !shown.contains(route))
        .collect();
    let mut told = format!("The menu is Portal Settings: {}", some(&shown));
    if !off.is_empty() {
        told = format!("{told}; switched off there: {}", some(off));
    }
    let mut findings = vec![Finding::good(CHECK, told)];
    if !missing.is_empty() {
        findings.push(Finding::warning(
            CHECK,
            format!("Portal Settings has no row for {}", some(missing)),
            "Nobody has these pages.",
            "quayfront setup, or Portal Settings > Custom Menu Items; or leave them out of pages.menu in \
             the settings.",
        ));
    }
    findings.extend(roles(facts, ours));
    findings
}

/// Rows for roles that none of the customers' users has.
fn roles(facts: &Facts, ours: &[OurRow<'_>]) -> Option<Finding> {
    let users = facts.users.as_deref().ok()?;
    let is_somebodys = |role: &str| {
        role.is_empty()
            || [CUSTOMER_ROLE, "All", "Guest"].contains(&role)
            || users.iter().any(|user| user.roles.contains(role))
    };
    let nobodys: Vec<String> = ours
        .iter()
        .filter(|our| our.is_shown && !is_somebodys(&our.row.role))
        .map(|our| format!("{} ({})", our.row.route, our.row.role))
        .collect();
    (!nobodys.is_empty()).then(|| {
        Finding::warning(
            CHECK,
            format!(
                "Pages for a role that no Website User has: {}",
                some(nobodys)
            ),
            "These rows show nobody a page.",
            format!("Portal Settings: Role {CUSTOMER_ROLE}, or none; or give users the role."),
        )
    })
}

/// Rows that do not last.
fn lost(facts: &Facts, wanted: &Wanted) -> Option<Finding> {
    let lost = lost_rows(facts, wanted);
    let is_setups = lost.iter().all(|one| one.doctype.is_some());
    let routes = lost.iter().map(|one| one.row.route.as_str());
    let desk = "Portal Settings, these rows > Reference Document Type: the page's, or any other.";
    (!lost.is_empty()).then(|| {
        Finding::warning(
            CHECK,
            format!(
                "The next bench migrate takes rows out that name no DocType of the site: {}",
                some(routes)
            ),
            "Customers lose these pages then; or, when no row of a page is left, they have all of them, \
             those too that were switched off.",
            mend(is_setups, desk),
        )
    })
}

/// Rows that are not shown because of where they lead.
fn links(menu: &Menu, wanted: &Wanted) -> Vec<Finding> {
    let leading = |why: Nowhere| {
        let rows = menu.rows().filter(|(_, is_shown)| *is_shown);
        let rows = rows.filter(|(row, _)| wanted.leads.leads(&row.route) == Err(why));
        rows.map(|(row, _)| row.route.as_str()).collect::<Vec<_>>()
    };
    let mut findings = Vec::new();
    let others = leading(Nowhere::NotServed);
    if !others.is_empty() {
        findings.push(Finding::good(
            CHECK,
            format!(
                "The portal leaves out what it does not serve: {}",
                some(others)
            ),
        ));
    }
    let bad = leading(Nowhere::NotHttps);
    if !bad.is_empty() {
        findings.push(Finding::warning(
            CHECK,
            format!("Links that are no https address: {}", some(bad)),
            "The portal does not show them.",
            "Portal Settings: https://… for pages elsewhere, a route of the portal for its own.",
        ));
    }
    findings
}

/// Where users land.
fn home(menu: &Menu, wanted: &Wanted) -> Option<Finding> {
    let home = &menu.default_home;
    let ruling = Ruling::read(menu, &wanted.leads);
    let told = match ruling.home() {
        Some(page) => format!("Whoever signs in lands on /{page}, where he has that page"),
        None if home.is_empty() => return None,
        None => format!(
            "Whoever signs in lands on the start page: Default Portal Home ({home}) is no page of the \
             portal"
        ),
    };
    Some(Finding::good(CHECK, told))
}

/// Customers that the settings name for pages and that are not there, and groups that nobody is in.
fn customers(facts: &Facts, wanted: &Wanted) -> Option<Finding> {
    const CHECK: &str = "pages-of-customers";
    let known = facts.customers.as_deref().ok()?;
    let (customers, groups) = (wanted.customers.customers(), wanted.customers.groups());
    let customers = customers.into_iter().map(CustomerName::as_str);
    let groups = groups.into_iter().map(CustomerGroup::as_str);
    let missing: Vec<&str> = customers
        .filter(|customer| !known.iter().any(|known| known == customer))
        .chain(groups.filter(|group| !facts.groups.values().any(|known| known == group)))
        .collect();
    (!missing.is_empty()).then(|| {
        Finding::warning(
            CHECK,
            format!(
                "pages.only_for or pages.not_for name customers that are not there, or groups that nobody \
                 is in: {}",
                some(missing)
            ),
            "Whoever was meant has a page that he should not have, or has it not.",
            "The settings: the names of Customers and Customer Groups, letter by letter; a group does not \
             count for those below it.",
        )
    })
}
