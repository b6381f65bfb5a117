//! Documents that rows of a page's child tables point to, of which the page shows fields where the user
//! may read them: the legs of a transport job, say.
//!
//! Most sites let no customer read them, and the page leaves these columns out: that is no fault. Where
//! customers may read them, Frappe narrows them by a link to a Customer alone, and most have none.

use super::pages::{Mends, Told, is_a_customers, levels, overreach};
use super::{Finding, some};
use crate::admin::facts::{Facts, Fields};
use crate::admin::names::CUSTOMER_ROLE;
use crate::admin::wanted::{Wanted, WantedLinked, WantedPage};
use crate::frappe::{DocType, Right};
use crate::portal::page::is_never;

fn each(wanted: &Wanted) -> impl Iterator<Item = (&WantedPage, &WantedLinked)> {
    let pages = wanted.pages.iter();
    pages.flat_map(|page| page.linked.iter().map(move |linked| (page, linked)))
}

fn known<'a>(facts: &'a Facts, doctype: &DocType) -> Option<&'a Fields> {
    facts.doctypes.as_ref().ok()?.get(doctype)?.as_ref()
}

/// Whether some role of a customer's user may read it.
fn is_read(facts: &Facts, doctype: &DocType) -> bool {
    let rules = facts.rules.as_deref().unwrap_or_default();
    Facts::rules_of(rules, doctype.as_str())
        .any(|rule| is_a_customers(rule) && rule.level == 0 && rule.rights.contains(&Right::Read))
}

/// Whether what they show is there and may be shown.
pub fn fields(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "linked-fields";
    if facts.doctypes.is_err() {
        // That they cannot be read is told of the pages.
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (page, linked) in each(wanted) {
        let Some(fields) = known(facts, &linked.doctype) else {
            findings.push(Finding::warning(
                CHECK,
                format!(
                    "Page {}: the site has no DocType {}, which rows of it should point to",
                    page.name, linked.doctype
                ),
                "The columns that come from there are left out.",
                format!(
                    "The page file pages/{}.toml: the table's `linked`.",
                    page.name
                ),
            ));
            continue;
        };
        let rules = facts.rules.as_deref().unwrap_or_default();
        let mut told = Told::new(levels(rules, linked.doctype.as_str()));
        for field in &linked.fields {
            let is_never = is_never(&linked.doctype, field);
            told.look(field.to_string(), fields.0.get(field), is_never);
        }
        if !is_read(facts, &linked.doctype) {
            // Whoever may read none of it reads no level of it either.
            told.hidden.clear();
        }
        if !told.missing.is_empty() {
            findings.push(Finding::warning(
                CHECK,
                format!(
                    "Page {}: {} has no {}",
                    page.name,
                    linked.doctype,
                    some(&told.missing)
                ),
                "All columns that come from there are left out.",
                format!(
                    "The page file pages/{}.toml: the table's `linked`.",
                    page.name
                ),
            ));
        }
        findings.extend(told.hidden(CHECK, page, &linked.doctype));
        findings.extend(told.never(CHECK, page));
    }
    if findings.is_empty() && wanted.linked().next().is_some() {
        findings.push(Finding::good(CHECK, "What rows point to has every field"));
    }
    findings
}

/// Whether role Customer may do more with them than the page needs.
pub fn rights(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "linked-rights";
    let Ok(rules) = &facts.rules else {
        // That they cannot be read is told of the pages.
        return Vec::new();
    };
    let shown = wanted.doctypes();
    let mut findings = Vec::new();
    let mut good = Vec::new();
    for (page, linked) in each(wanted) {
        let doctype = &linked.doctype;
        let Some(fields) = known(facts, doctype) else {
            continue;
        };
        if shown.contains(doctype) {
            continue;
        }
        if !is_read(facts, doctype) {
            good.push(format!(
                "{doctype} is not readable for role {CUSTOMER_ROLE}: page {} leaves its columns out",
                page.name
            ));
            continue;
        }
        let before = findings.len();
        let narrows = fields.0.values().any(|field| {
            field.fieldtype == "Link" && field.options == "Customer" && !field.ignores_permissions
        });
        if !narrows {
            findings.push(Finding::warning(
                CHECK,
                format!("Role {CUSTOMER_ROLE} may read {doctype}, which has no link to a Customer"),
                "The portal shows a customer those of his own documents. Past the portal, his password \
                 opens every customer's.",
                format!(
                    "Close Frappe to the internet; or Role Permissions Manager > {doctype}: take the \
                     rule of role {CUSTOMER_ROLE} away, and page {} leaves these columns out.",
                    page.name
                ),
            ));
        }
        findings.extend(overreach(CHECK, rules, doctype, Mends::Nobody));
        if findings.len() == before {
            good.push(format!(
                "Role {CUSTOMER_ROLE} reads {doctype}, and changes nothing"
            ));
        }
    }
    if !good.is_empty() {
        findings.push(Finding::good(CHECK, good.join("; ")));
    }
    findings
}
