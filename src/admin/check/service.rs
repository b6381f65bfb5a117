//! The portal's own account: that it can read what it has to, and cannot do anything else.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, mend, some};
use crate::admin::facts::{Facts, Rule, Service};
use crate::admin::names::{READER_READS, READER_ROLE};
use crate::admin::wanted::Wanted;
use crate::frappe::Right;

fn known(facts: &Facts) -> Option<&Service> {
    facts.service.as_ref()?.as_ref().ok()
}

/// Whether there is one, and Frappe knows it.
pub fn account(facts: &Facts, wanted: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "service-account";
    if let Some(keys) = &wanted.missing_keys {
        let files = keys.missing.iter();
        let files = files.map(|(key, file)| format!("{key} names {}", file.display()));
        let files: Vec<String> = files.collect();
        return vec![Finding::wrong(
            CHECK,
            format!("A file is not there: {}", files.join(", ")),
            "The portal does not start.",
            "quayfront setup makes a new key, into these files; or put back what was in them.",
        )];
    }
    vec![match &facts.service {
        None => Finding::warning(
            CHECK,
            "The portal has no account of its own",
            "Users whom only a customer's Portal Users table names, and who may not read it, see nothing.",
            "quayfront setup makes one; then site.api_key and site.api_secret in the settings.",
        ),
        Some(Err(problem)) if problem.is_refusal() => Finding::wrong(
            CHECK,
            format!("Frappe refuses the portal's own account: {problem}"),
            "As if there were none: users whom only a Portal Users table names see nothing.",
            "quayfront setup makes a new key where this one is over; or site.api_key and site.api_secret \
             in the settings, and User > Enabled.",
        ),
        Some(Err(problem)) => Finding::unread(CHECK, "The portal's own account", problem),
        Some(Ok(service)) => Finding::good(
            CHECK,
            format!("The portal's own account is {}", service.user),
        ),
    }]
}

/// What it should be able to read and cannot.
pub fn too_little(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "service-too-little";
    let Some(service) = known(facts) else {
        return Vec::new();
    };
    let missing: Vec<&str> = READER_READS
        .into_iter()
        .filter(|doctype| service.reads.get(*doctype) != Some(&true))
        .collect();
    vec![if missing.is_empty() {
        Finding::good(CHECK, format!("It reads {}", READER_READS.join(", ")))
    } else {
        Finding::wrong(
            CHECK,
            format!("{} may not read {}", service.user, missing.join(", ")),
            "What it is there for fails: to tell whose user somebody is who may not read that himself.",
            format!("quayfront setup; or give it the role {READER_ROLE} with read on these."),
        )
    }]
}

/// What it could do and should not be able to.
pub fn too_much(facts: &Facts, _: &Wanted) -> Vec<Finding> {
    const CHECK: &str = "service-too-much";
    let Some(service) = known(facts) else {
        return Vec::new();
    };
    let rules = match &facts.rules {
        Ok(rules) => rules,
        Err(problem) => return vec![Finding::unread(CHECK, "Permission rows", problem)],
    };
    let mut findings = Vec::new();
    let others: Vec<&String> = service
        .roles
        .iter()
        .filter(|role| role.as_str() != READER_ROLE)
        .collect();
    if service.user == "Administrator" {
        findings.push(Finding::wrong(
            CHECK,
            "The portal's own account is Administrator",
            "Whoever steals its key owns the ERP.",
            "quayfront setup makes an account that reads three DocTypes.",
        ));
    } else if !others.is_empty() {
        let written: BTreeSet<&str> = others
            .iter()
            .flat_map(|role| rights_of(rules, role))
            .filter(|(_, rights)| {
                rights
                    .iter()
                    .any(|right| *right != Right::Select && *right != Right::Read)
            })
            .map(|(doctype, _)| doctype)
            .collect();
        let changes = match written.len() {
            0 => String::new(),
            count => format!(
                ", which give more than read on {count} DocTypes ({})",
                some(written)
            ),
        };
        findings.push(Finding::wrong(
            CHECK,
            format!("{} has {} beside {READER_ROLE}{changes}", service.user, some(&others)),
            "Whoever steals its key can do all that in the ERP; Website Manager may write scripts into \
             its pages.",
            format!("User > {}: leave it the role {READER_ROLE} alone.", service.user),
        ));
    }
    let mut is_setups = true;
    let beyond: Vec<String> = rights_of(rules, READER_ROLE)
        .into_iter()
        .filter_map(|(doctype, rights)| {
            // A page with a `[[print]]` needs the account to look its Print Format up.
            let is_needed = READER_READS.contains(&doctype) || doctype == "Print Format";
            let beyond: Vec<&str> = rights
                .iter()
                .filter(|right| !(is_needed && **right == Right::Read))
                .map(|right| right.name())
                .collect();
            if beyond.is_empty() {
                return None;
            }
            is_setups &= READER_READS.contains(&doctype);
            Some(format!("{} on {doctype}", beyond.join(", ")))
        })
        .collect();
    if !beyond.is_empty() {
        let desk = format!("Role Permissions Manager, role {READER_ROLE}: read alone.");
        findings.push(Finding::wrong(
            CHECK,
            format!("The role {READER_ROLE} gives too much: {}", some(beyond)),
            "Whoever steals the portal's key can do that in the ERP.",
            mend(is_setups, &desk),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::good(CHECK, "It can do nothing else"));
    }
    findings
}

/// What a role gives, by DocType.
fn rights_of<'a>(rules: &'a [Rule], role: &str) -> BTreeMap<&'a str, BTreeSet<Right>> {
    let mut given: BTreeMap<&str, BTreeSet<Right>> = BTreeMap::new();
    let custom: BTreeSet<&str> = rules
        .iter()
        .filter(|rule| rule.is_custom)
        .map(|rule| rule.doctype.as_str())
        .collect();
    for rule in rules.iter().filter(|rule| rule.role == role) {
        if rule.is_custom == custom.contains(rule.doctype.as_str()) {
            given
                .entry(&rule.doctype)
                .or_default()
                .extend(rule.rights.iter().copied());
        }
    }
    given
}
